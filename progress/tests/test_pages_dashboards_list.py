"""The list of tasks: narrowed, sorted, in parts, and patient with what nobody can read."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import ReportingPeriod
from tasks.models import Task


@pytest.fixture
def client(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> Iterator[Client]:
    with time_machine.travel(NOW, tick=False):
        yield signed_in(cast.coordinator)


def shown(client: Client, **parameters: str | int) -> list[int]:
    answer = client.get("/tasks/", parameters)
    assert answer.status_code == 200
    return [row.number for row in answer.context["page_obj"].object_list]


def test_a_hundred_rows_are_a_page(client: Client) -> None:
    assert shown(client) == list(range(1, 101))
    assert shown(client, page=2) == list(range(101, 132))
    # A page that is not there is the nearest that is.
    assert shown(client, page=99) == list(range(101, 132))
    assert shown(client, page="x") == list(range(1, 101))


def test_four_thousand_tasks_come_in_pages_as_well(client: Client) -> None:
    like = Task.objects.get(number=4)
    Task.objects.bulk_create(
        Task(number=number, chapter_id=like.chapter_id, title="任务", division=like.division)
        for number in range(132, 4001)
    )
    assert shown(client, page=40) == list(range(3901, 4001))


def test_tasks_without_a_deadline_come_last_in_both_orders(client: Client) -> None:
    for number, days in {9: 10, 5: 20, 7: 20}.items():
        Task.objects.filter(number=number).update(deadline=TODAY + dt.timedelta(days=days))
    assert shown(client, sort="deadline")[:5] == [9, 5, 7, 1, 2]
    assert shown(client, sort="-deadline")[:5] == [5, 7, 9, 1, 2]
    assert shown(client, sort="-number", chapter=1)[:2] == [14, 13]
    assert shown(client, sort="-chapter")[0] == 124


@pytest.mark.parametrize(
    "parameters",
    [
        {"chapter": "15"},
        {"chapter": "99999999999999999999999"},
        {"chapter": "一"},
        {"agency": "1;drop"},
        {"agency": "99999999999999999999999"},
        {"status": "done"},
        {"light": ["red", "purple"]},
        {"reporting": "x"},
        {"division": "x"},
        {"role": "boss"},
        {"deadline_after": "2026-02-30"},
        {"deadline_before": "soon"},
        {"period": "2031-01"},
        {"period": "\0"},
        {"q": "\0"},
        {"sort": "title"},
        {"sort": "--number"},
        {"sort": "password"},
    ],
    ids=str,
)
def test_what_cannot_be_read_is_told_and_shows_no_rows(
    client: Client, parameters: dict[str, str | list[str]]
) -> None:
    answer = client.get("/tasks/", parameters)
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'role="alert"' in page
    assert "<tbody>" not in page


def test_a_filter_in_force_can_be_taken_away_by_itself(client: Client) -> None:
    parameters = {"status": ["not_started", "ongoing"], "chapter": "1", "page": "2"}
    chips = client.get("/tasks/", parameters).context["chips"]
    assert [(chip.value, chip.without) for chip in chips] == [
        ("支持电信服务及相关数字产业开放发展", "?status=not_started&status=ongoing"),
        ("未启动", "?status=ongoing&chapter=1"),
        ("长期坚持", "?status=not_started&chapter=1"),
    ]


def test_nothing_found_says_what_to_do(client: Client) -> None:
    page = client.get("/tasks/", {"q": "没有这样的词"}).content.decode()
    assert "没有" in page
    assert "<tbody>" not in page


def test_the_workbook_link_takes_the_filters_along(client: Client) -> None:
    page = client.get("/tasks/", {"chapter": "3", "status": "not_started"}).content.decode()
    assert 'href="/export/progress.xlsx?chapter=3&amp;status=not_started"' in page

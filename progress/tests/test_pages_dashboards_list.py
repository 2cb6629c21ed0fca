"""The list of tasks: narrowed, sorted, in parts, and patient with what nobody can read."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import ListPage, ReportingPeriod, SavedList
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


def test_fifty_rows_are_a_page_unless_another_size_is_asked_for(client: Client) -> None:
    assert shown(client) == list(range(1, 51))
    assert shown(client, page=3) == list(range(101, 132))
    # A page that is not there is the nearest that is.
    assert shown(client, page=99) == list(range(101, 132))
    assert shown(client, page="x") == list(range(1, 51))
    assert shown(client, rows=100, page=2) == list(range(101, 132))
    assert shown(client, rows=25) == list(range(1, 26))


def test_four_thousand_tasks_come_in_pages_as_well(client: Client) -> None:
    like = Task.objects.get(number=4)
    Task.objects.bulk_create(
        Task(number=number, chapter_id=like.chapter_id, title="任务", division=like.division)
        for number in range(132, 4001)
    )
    assert shown(client, page=80) == list(range(3951, 4001))


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
        {"rows": "0"},
        {"rows": "100000"},
        {"columns": "password"},
        {"columns": ["lead", "id"]},
        {"q": "一 二 三 四 五 六 七 八 九 十 百"},
        {"q": "长" * 101},
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
    assert 'href="/export/?chapter=3&amp;status=not_started"' in page


@pytest.mark.parametrize(
    "sort", ["number", "chapter", "lead", "status", "measures", "light", "deadline", "report"]
)
def test_every_order_keeps_all_rows_and_those_alike_by_number(client: Client, sort: str) -> None:
    Task.objects.filter(number__in=[9, 30]).update(deadline=TODAY)
    upwards = shown(client, sort=sort, rows=100) + shown(client, sort=sort, rows=100, page=2)
    downwards = shown(client, sort=f"-{sort}", rows=100)
    assert sorted(upwards) == list(range(1, 132))
    assert upwards == shown(client, sort=sort, rows=100) + shown(
        client, sort=sort, rows=100, page=2
    )
    if sort in {"status", "measures", "report"}:
        # All alike: by number in both directions.
        assert (upwards, downwards) == (list(range(1, 132)), list(range(1, 101)))


def test_what_one_may_not_know_comes_last_in_both_orders(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    with time_machine.travel(NOW, tick=False):
        client = signed_in(cast.stranger)
        for sort in ("report", "-report"):
            rows = client.get("/tasks/", {"sort": sort, "rows": 100}).context["page_obj"]
            known = [row.reporting_known for row in rows.object_list]
            assert known == sorted(known, reverse=True)
            assert known[0]
            assert not known[-1]


def test_a_page_costs_the_same_statements_with_many_rows_and_saved_lists(
    client: Client, cast: Cast
) -> None:
    for number in range(1, 41):
        SavedList.objects.create(
            owner=cast.coordinator,
            page=ListPage.TASKS,
            name=f"清单{number}",
            query=f"chapter={number % 14 + 1}",
            created_at=NOW,
        )
    with CaptureQueriesContext(connection) as few:
        client.get("/tasks/", {"q": "数据 跨境", "rows": "25", "status": "not_started"})
    with CaptureQueriesContext(connection) as many:
        client.get("/tasks/", {"q": "的", "rows": "100", "status": "not_started"})
    assert len(many) == len(few) < 40

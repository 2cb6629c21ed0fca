"""A form that was open when its agency was merged, or its task given to others, loses nothing."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.models import Agency, User
from conftest import Cast
from progress.models import Contribution, ReportingPeriod
from progress.states import ReportState
from progress.tests.acts import task_numbered
from progress.tests.agencies_changed import (
    LATER,
    NEW,
    OLD,
    agency,
    drafted,
    fresh,
    given_to,
    merged,
    own,
    person_of,
    said,
)
from progress.tests.test_contributions import contributed
from progress.tests.test_pages_contributions import typed
from tasks.models import Task


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(LATER, tick=False):
        yield


def address(name: str, number: int = 4) -> str:
    """Of an agency's contribution, which keeps its id whatever becomes of it."""
    pk = Agency.objects.get(name=name).pk
    return f"/tasks/{number}/reports/2026-10/contributions/{pk}/"


def shared_by_old_alone() -> Task:
    """A task in which the successor has no part, and which the old agency does not lead."""
    tasks = Task.objects.shared_by([agency(OLD).pk]).exclude(responsibilities__agency__name=NEW)
    led = Task.objects.led_by([agency(OLD).pk])
    found = tasks.exclude(pk__in=led.values("pk")).order_by("number").first()
    assert found is not None
    return found


def test_what_moved_is_saved_under_the_successor(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    task = shared_by_old_alone()
    one = drafted(task, period, cast.co_reporter, "发改委的草稿")
    merged(cast)
    client, place = signed_in(fresh(cast.co_reporter)), address(OLD, task.number)
    # An old link leads to it.
    assert "发改委的草稿" in client.get(place).content.decode()
    by_itself = client.post(
        f"{place}edit/", typed(task, "接着写", version=one.version, then="autosave")
    )
    assert by_itself.status_code == 200
    sent = client.post(f"{place}edit/", typed(task, "接着写", version=by_itself.json()["version"]))
    assert sent.status_code == 302
    one.refresh_from_db()
    assert (one.agency.name, one.state) == (NEW, ReportState.SUBMITTED)
    assert "接着写" in said(one)


def test_what_was_begun_nowhere_yet_is_saved_under_the_successor(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    task = shared_by_old_alone()
    place = address(OLD, task.number)
    merged(cast)
    client = signed_in(fresh(cast.co_reporter))
    assert client.post(f"{place}edit/", typed(task, "刚开始写")).status_code == 302
    assert Contribution.objects.get(task=task, period=period).agency.name == NEW


def test_a_form_of_two_that_were_joined_overwrites_neither(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    task, successor = task_numbered(4), person_of(NEW)
    # The versions are such that counting the successor's alone up would meet the old one's.
    drafted(task, period, successor, "工信局的话")
    one = drafted(task, period, cast.co_reporter, "发改委的话")
    Contribution.objects.filter(pk=one.pk).update(version=2)
    merged(cast)
    client, place = signed_in(fresh(cast.co_reporter)), address(OLD)
    sent = typed(task, "发改委的话，又写了几句", version=2)
    answer = client.post(f"{place}edit/", sent)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "发改委的话，又写了几句" in page
    assert "工信局的话" in page
    assert "工信局的话" in said(own(period))
    by_itself = client.post(f"{place}edit/", sent | {"then": "autosave"})
    assert (by_itself.status_code, by_itself.json()["kind"]) == (409, "stale")


def test_where_the_successor_compiles_what_was_typed_stays_to_be_copied(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    task = task_numbered(4)
    one = drafted(task, period, cast.co_reporter, "发改委的草稿")
    merged(cast, OLD, "市数据局")
    client, place = signed_in(fresh(cast.co_reporter)), address(OLD)
    sent = typed(task, "还没保存的话", version=one.version)
    answer = client.post(f"{place}edit/", sent)
    assert answer.status_code == 409
    assert "还没保存的话" in answer.content.decode()
    by_itself = client.post(f"{place}edit/", sent | {"then": "autosave"})
    assert (by_itself.status_code, by_itself.json()["kind"]) == (409, "closed")
    assert said(one) == said(own(period, OLD))


def test_who_has_no_part_any_more_keeps_what_was_typed_and_reads_what_was_handed_in(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    task = task_numbered(4)
    one = contributed(task, period, cast.co_reporter, "发改委的话")
    given_to(cast, "市通信管理局", "市数据局")
    client, place = signed_in(fresh(cast.co_reporter)), address(OLD)
    assert "发改委的话" in client.get(place).content.decode()
    answer = client.post(f"{place}edit/", typed(task, "还没保存的话", version=one.version))
    assert answer.status_code == 409
    assert "还没保存的话" in answer.content.decode()
    # Who never had a part in it learns nothing.
    assert signed_in(person_of("市商务局")).get(place).status_code == 404


def test_a_new_first_lead_reads_what_it_had_contributed_itself(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    task = task_numbered(4)
    drafted(task, period, cast.co_reporter, "发改委的草稿")
    given_to(cast, OLD, "市数据局")
    client = signed_in(fresh(cast.co_reporter))
    assert "发改委的草稿" in client.get(address(OLD)).content.decode()
    assert signed_in(cast.reporter).get(address(OLD)).status_code == 404

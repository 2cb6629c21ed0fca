"""A task's page: the list's words for everybody, the report's words for those who may read them."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.states import Move
from progress.tests.acts import approved, handed_in, task_numbered
from progress.workflow import period_close, period_open, report_move
from tasks.models import TaskRevision

SAID = "举措1已推进"
REASON = "数字与上月不符"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def returned(cast: Cast, period: ReportingPeriod) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    report_move(report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason=REASON)


def test_everybody_reads_what_the_list_says(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    task = task_numbered(4)
    for user in (cast.stranger, cast.leader, cast.auditor, cast.coordinator):
        page = signed_in(user).get("/tasks/4/").content.decode()
        assert task.title in page
        assert all(measure.text in page for measure in task.measures.all())
        assert "未设时限" in page


def test_a_report_on_its_way_is_read_by_its_agencies_and_the_office_alone(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    returned(cast, period)
    for user, may in [
        (cast.reporter, True),
        (cast.co_reporter, True),
        (cast.coordinator, True),
        (cast.leader, False),
        (cast.auditor, False),
        (cast.stranger, False),
    ]:
        page = signed_in(user).get("/tasks/4/").content.decode()
        assert (SAID in page, REASON in page) == (may, may), user.username


def test_a_leader_reads_what_is_approved_but_not_how_it_was_argued_over(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    returned(cast, period)
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    page = signed_in(cast.leader).get("/tasks/4/").content.decode()
    assert SAID in page
    assert REASON not in page


def test_the_lead_agency_is_offered_to_write_while_it_can(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    link = 'href="/tasks/4/reports/2026-10/edit/"'

    def offered(user: User) -> bool:
        return link in signed_in(user).get("/tasks/4/").content.decode()

    assert offered(cast.reporter)
    assert not offered(cast.co_reporter)
    assert not offered(cast.coordinator)
    returned(cast, period)
    assert offered(cast.reporter)
    handed_in(task_numbered(4), period, cast.reporter)
    assert not offered(cast.reporter)
    period_close(period=period, by=cast.coordinator, now=NOW)
    assert not offered(cast.reporter)


def test_reports_of_other_periods_are_listed_latest_first(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW)
    period_open(code="2026-11", by=cast.coordinator, now=NOW)
    page = signed_in(cast.leader).get("/tasks/4/")
    assert [code for code, _state in page.context["earlier"]] == ["2026-10"]
    assert not signed_in(cast.stranger).get("/tasks/4/").context["earlier"]
    # What was said in the closed period is still there to read.
    assert SAID in signed_in(cast.leader).get("/tasks/4/?period=2026-10").content.decode()


def test_an_earlier_wording_of_the_list_can_be_read(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    TaskRevision.objects.create(
        task=task_numbered(4),
        number=1,
        replaced_at=NOW,
        chapter_number=1,
        title="旧的任务名称",
        measures_cell="旧的举措",
        agencies_cell="市数据局",
    )
    assert "旧的任务名称" in signed_in(cast.stranger).get("/tasks/4/").content.decode()


def test_a_task_has_its_neighbours_and_the_ends_have_one(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.leader)
    ends = {number: client.get(f"/tasks/{number}/").context for number in (1, 4, 131)}
    assert {number: (one["before"], one["after"]) for number, one in ends.items()} == {
        1: (None, 2),
        4: (3, 5),
        131: (130, None),
    }

"""Deciding on reports: the queue, the page with the report before, and the moves."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.states import Move, ReportState
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import period_close, period_open, report_move
from tasks.models import Responsibility, Status, Task

REPORT = "/tasks/4/reports/2026-10/"


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.coordinator)


def led_by(user: User, count: int) -> list[Task]:
    """Tasks that the user's agency leads, as many as are wanted: leads are given to it."""
    assert user.agency is not None
    numbers = [4, *[n for n in range(10, 60) if n != 4]][:count]
    for lead in Responsibility.objects.compiling().filter(task__number__in=numbers):
        Responsibility.objects.filter(task=lead.task, agency=user.agency).exclude(
            pk=lead.pk
        ).delete()
        lead.agency = user.agency
        lead.save()
    return list(Task.objects.filter(number__in=numbers))


def waiting(cast: Cast, period: ReportingPeriod, count: int) -> list[Report]:
    """That many reports in the queue, each handed in a minute after the one before."""
    return [
        handed_in(task, period, cast.reporter, now=NOW + dt.timedelta(minutes=place))
        for place, task in enumerate(reversed(led_by(cast.reporter, count)))
        if not task.reports.filter(period=period).exists()
    ]


def test_the_longest_wait_stands_first(office: Client, cast: Cast, period: ReportingPeriod) -> None:
    reports = waiting(cast, period, 3)
    shown = office.get("/review/").context["reports"]
    assert [report.pk for report in shown] == [report.pk for report in reports]


def test_an_empty_queue_says_so(office: Client) -> None:
    assert 'class="empty"' in office.get("/review/").content.decode()


def test_the_queue_costs_the_same_however_many_wait(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    waiting(cast, period, 2)
    with CaptureQueriesContext(connection) as few:
        office.get("/review/")
    waiting(cast, period, 42)
    with CaptureQueriesContext(connection) as many:
        answer = office.get("/review/")
    assert len(answer.context["reports"]) == 42
    assert len(many) == len(few)


def test_an_approver_has_the_reports_of_their_own_agency(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    report = handed_in(task_numbered(4), period, cast.reporter)
    assert report.state == ReportState.AGENCY_REVIEW
    client = signed_in(cast.approver)
    assert [r.pk for r in client.get("/review/").context["reports"]] == [report.pk]
    assert REPORT in client.get("/my/").content.decode()
    client.post(f"{REPORT}endorse/", {"version": report.version})
    report.refresh_from_db()
    assert report.state == ReportState.SUBMITTED


# --- The page --------------------------------------------------------------------------------


def test_who_decides_sees_what_was_approved_before(
    office: Client, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    handed_in(task_numbered(4), november, cast.reporter, Status.COMPLETED)
    address = "/tasks/4/reports/2026-11/"
    page = office.get(address)
    assert page.context["earlier"].period == period
    assert {one.before.status for one in page.context["measures"]} == {Status.IN_PROGRESS}
    assert not any(one.is_unchanged for one in page.context["measures"])
    assert all(one.is_unchanged for one in page.context["prose"])
    assert signed_in(cast.reporter).get(address).context["earlier"] is None


def test_a_report_that_nobody_has_begun_says_so_to_those_who_may_know(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    answers = {
        who: signed_in(getattr(cast, who)).get(REPORT).status_code
        for who in ("reporter", "co_reporter", "coordinator", "stranger", "leader", "auditor")
    }
    assert answers == {
        "reporter": 200,
        "co_reporter": 200,
        "coordinator": 200,
        "stranger": 404,
        "leader": 404,
        "auditor": 404,
    }


def test_a_leader_reads_what_is_approved_and_nothing_of_the_way_there(
    office: Client, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    report_move(report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充数字")
    leader = signed_in(cast.leader)
    assert leader.get(REPORT).status_code == 404
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    page = leader.get(REPORT)
    assert page.status_code == 200
    assert "请补充数字" not in page.content.decode()
    assert "请补充数字" in office.get(REPORT).content.decode()


def test_the_page_costs_the_same_however_long_its_history(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    with CaptureQueriesContext(connection) as short:
        office.get(REPORT)
    for _turn in range(5):
        report_move(report=report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
        report_move(report=report, move=Move.SUBMIT, by=cast.colleague, now=NOW)
    with CaptureQueriesContext(connection) as long:
        assert len(office.get(REPORT).context["events"]) == 11
    assert len(long) == len(short)


# --- Moves -----------------------------------------------------------------------------------


def test_a_return_without_a_reason_is_refused_at_the_field(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    answer = office.post(f"{REPORT}return/", {"version": report.version, "reason": " "})
    assert answer.status_code == 400
    assert 'aria-describedby="reason-return-error"' in answer.content.decode()
    answer = office.post(f"{REPORT}return/", {"version": report.version, "reason": "请补充"})
    assert answer["Location"] == REPORT
    report.refresh_from_db()
    assert report.state == ReportState.RETURNED


def test_a_reason_that_came_too_late_is_not_lost(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    """The agency withdrew it meanwhile: nothing to return any more, and the reason stands there."""
    report = handed_in(task_numbered(4), period, cast.reporter)
    report_move(report=report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    answer = office.post(
        f"{REPORT}return/", {"version": report.version, "reason": "写了很久的理由"}
    )
    assert answer.status_code == 409
    assert "写了很久的理由" in answer.content.decode()


def test_a_decision_on_a_version_that_was_not_seen_is_refused(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    seen = report.version
    report_move(report=report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    handed_in(task_numbered(4), period, cast.reporter, Status.COMPLETED)
    assert office.post(f"{REPORT}approve/", {"version": seen}).status_code == 409
    assert office.post(f"{REPORT}approve/").status_code == 400
    report.refresh_from_db()
    assert report.state == ReportState.SUBMITTED


def test_nothing_is_decided_in_a_closed_period(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    period_close(period=period, by=cast.coordinator, now=NOW)
    assert office.get(REPORT).context["moves"] == []
    assert office.post(f"{REPORT}approve/", {"version": report.version}).status_code == 409


def test_forty_reports_are_decided_one_after_the_other(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    """Each answer leads to the next in the queue; the last one stays where it is."""
    waiting(cast, period, 40)
    first = office.get("/review/").context["reports"][0]
    address = f"/tasks/{first.task.number}/reports/2026-10/"
    for _turn in range(40):
        page = office.get(address)
        version = page.context["report"].version
        answer = office.post(f"{address}approve/", {"version": version, "then": "next"})
        assert answer.status_code == 302
        address = answer["Location"]
    assert not Report.objects.exclude(state=ReportState.APPROVED).exists()
    assert office.get(address).context["next"] is None


def test_a_report_left_undecided_is_passed_over_until_the_round_is_done(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    reports = waiting(cast, period, 3)
    numbers = [report.task.number for report in reports]
    seen = []
    number = numbers[0]
    for _turn in range(4):
        seen.append(number)
        number = office.get(f"/tasks/{number}/reports/2026-10/").context["next"].number
    assert seen == [*numbers, numbers[0]]


def test_a_plain_decision_stays_on_the_report(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    reports = waiting(cast, period, 2)
    address = f"/tasks/{reports[0].task.number}/reports/2026-10/"
    answer = office.post(f"{address}approve/", {"version": reports[0].version})
    assert answer["Location"] == address


def test_a_draft_offers_no_move_to_a_coordinator(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    saved(task_numbered(4), period, cast.reporter)
    assert office.get(REPORT).context["moves"] == []

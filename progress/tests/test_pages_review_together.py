"""The review queue as coordinators walk it: marks, flags, and approving what was looked at."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.pages.waiting import queue_lines
from progress.states import Move, ReportState
from progress.tests.acts import approved, handed_in, task_numbered
from progress.workflow import (
    ContributionContent,
    MeasureText,
    contribution_move,
    contribution_save,
    period_open,
    report_move,
    review_mark,
)
from tasks.models import Division, Status, Task

REPORT = "/tasks/4/reports/2026-10/"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.coordinator)


def led(cast: Cast) -> list[Task]:
    return list(Task.objects.led_by(cast.reporter.agency_ids).order_by("number"))


def waiting(cast: Cast, period: ReportingPeriod, count: int) -> list[Report]:
    return [
        handed_in(task, period, cast.reporter, now=NOW + dt.timedelta(minutes=place))
        for place, task in enumerate(led(cast)[:count])
    ]


def address(report: Report) -> str:
    return f"/tasks/{report.task.number}/reports/{report.period.code}/"


def look_at(office: Client, report: Report) -> str:
    answer = office.post(f"{address(report)}looked-at/", {"version": report.version})
    assert answer.status_code == 302
    return str(answer["Location"])


def value(report: Report) -> str:
    return f"{report.pk}:{report.version}"


# --- Looking at one after the other -----------------------------------------------------------


def test_looking_at_each_leads_through_the_queue_and_back_to_it(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    reports = waiting(cast, period, 3)
    # From the middle on, round to the first, and none twice.
    assert look_at(office, reports[1]) == address(reports[2])
    assert look_at(office, reports[2]) == address(reports[0])
    assert look_at(office, reports[0]) == "/review/"
    assert all(line.is_looked_at for line in queue_lines(user=cast.coordinator, today=NOW.date()))
    assert office.get("/review/").content.decode().count(" checked>") == 3


def test_the_page_says_that_it_was_looked_at_until_it_changes(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    (report,) = waiting(cast, period, 1)
    assert office.get(address(report)).context["is_looked_at"] is False
    look_at(office, report)
    assert office.get(address(report)).context["is_looked_at"] is True
    report_move(report=report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    handed_in(report.task, period, cast.reporter)
    assert office.get(address(report)).context["is_looked_at"] is False


def test_looking_at_what_has_changed_or_is_decided_is_a_conflict(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    (report,) = waiting(cast, period, 1)
    assert office.post(f"{address(report)}looked-at/", {"version": 1}).status_code == 409
    assert office.post(f"{address(report)}looked-at/").status_code == 400
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    answer = office.post(f"{address(report)}looked-at/", {"version": report.version + 1})
    assert answer.status_code == 409


def test_a_report_that_nobody_has_begun_cannot_be_looked_at(office: Client) -> None:
    assert office.post(f"{REPORT}looked-at/", {"version": 1}).status_code == 404


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("reporter", 403),
        ("colleague", 403),
        ("co_reporter", 403),
        ("approver", 403),
        ("stranger", 404),
        ("coordinator", 302),
        ("leader", 404),
        ("auditor", 404),
        ("administrator", 404),
    ],
)
def test_only_a_coordinator_looks_at_reports_for_the_office(
    who: str,
    status: int,
    cast: Cast,
    period: ReportingPeriod,
    signed_in: Callable[[User], Client],
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    client = signed_in(getattr(cast, who))
    answer = client.post(f"{REPORT}looked-at/", {"version": report.version})
    assert answer.status_code == status
    assert report.review_marks.exists() == (status == 302)


# --- Approving together -----------------------------------------------------------------------


def test_the_selected_ones_are_approved_and_the_others_stay(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    reports = waiting(cast, period, 3)
    for report in reports[:2]:
        look_at(office, report)
    answer = office.post("/review/approve/", {"report": [value(reports[0])]}, follow=True)
    assert [m.level_tag for m in answer.context["messages"]] == ["success"]
    states = [Report.objects.get(pk=report.pk).state for report in reports]
    assert states == [ReportState.APPROVED, ReportState.SUBMITTED, ReportState.SUBMITTED]


def test_what_could_not_be_approved_is_named_with_its_reason(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    reports = waiting(cast, period, 3)
    for report in reports[:2]:
        look_at(office, report)
    report_move(report=reports[1], move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    answer = office.post(
        "/review/approve/", {"report": [value(report) for report in reports]}, follow=True
    )
    said = list(answer.context["messages"])
    assert [m.level_tag for m in said] == ["success", "warning", "warning"]
    assert str(reports[1].task.number) in str(said[1])
    assert str(reports[2].task.number) in str(said[2])


@pytest.mark.parametrize("given", ["", "x:1", "1", "1:2:3", "-1:1", "1:9999999999999", "١:1"])
def test_a_form_that_cannot_be_read_approves_nothing(office: Client, given: str) -> None:
    assert office.post("/review/approve/", {"report": [given]}).status_code == 400


def test_choosing_nothing_says_so(office: Client) -> None:
    answer = office.post("/review/approve/", follow=True)
    assert [m.level_tag for m in answer.context["messages"]] == ["warning"]


@pytest.mark.parametrize(
    "who",
    ["reporter", "approver", "co_reporter", "stranger", "leader", "auditor", "administrator"],
)
def test_nobody_else_approves_several(
    who: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    review_mark(report=report, by=cast.coordinator, now=NOW, version=report.version)
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    client = signed_in(getattr(cast, who))
    assert client.post("/review/approve/", {"report": [value(report)]}).status_code == 403
    report.refresh_from_db()
    assert report.state == ReportState.SUBMITTED


def test_an_approver_reads_one_by_one(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    handed_in(task_numbered(4), period, cast.reporter)
    page = signed_in(cast.approver).get("/review/").content.decode()
    assert "/review/approve/" not in page
    assert "looked-at" not in signed_in(cast.approver).get(REPORT).content.decode()


# --- What the queue says of each --------------------------------------------------------------


def test_how_long_each_waits_is_counted_in_working_days(
    cast: Cast, period: ReportingPeriod
) -> None:
    waiting(cast, period, 1)
    # Thursday to Monday: Friday and Monday.
    (line,) = queue_lines(user=cast.coordinator, today=NOW.date() + dt.timedelta(days=4))
    assert line.days == 2


def test_nobody_approves_blindly(cast: Cast, period: ReportingPeriod, office: Client) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    handed_in(task_numbered(4), november, cast.reporter, Status.COMPLETED)
    (line,) = queue_lines(user=cast.coordinator, today=NOW.date())
    assert list(line.completions) == [1, 2, 3]
    # The same words as last time, and completed all at once.
    assert {hint.kind for hint in line.hints} == {
        "completed_saying_nothing_new",
        "completed_without_evidence",
        "text_very_short",
    }
    assert not line.without
    page = office.get("/review/").content.decode()
    assert page.count('class="badge-flag"') == 2


def test_what_a_report_goes_without_is_flagged(cast: Cast, period: ReportingPeriod) -> None:
    task = led(cast)[0]
    task.division = Division.BY_DUTY
    task.save()
    handed_in(task, period, cast.reporter)
    (line,) = queue_lines(user=cast.coordinator, today=NOW.date())
    others = task.responsibilities.filter(position__gt=1).order_by("position")
    assert list(line.without.contributions) == [one.agency.name for one in others]
    assert others


def test_contributions_to_check_stand_in_their_approvers_queue_alone(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    """市数据局's approver checks what its reporter adds to a task that another agency leads."""
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    agency = cast.reporter.agency
    assert agency is not None
    task = (
        Task.objects.shared_by([agency.pk])
        .exclude(pk__in=Task.objects.led_by([agency.pk]))
        .order_by("number")[0]
    )
    contribution = contribution_save(
        task=task,
        period=period,
        agency=agency,
        by=cast.reporter,
        now=NOW,
        content=ContributionContent(
            tuple(
                MeasureText(m.pk, m.ordinal, "已配合完成数据归集")
                for m in task.measures.order_by("ordinal")
            )
        ),
        version=0,
    )
    contribution_move(contribution=contribution, move=Move.SUBMIT, by=cast.reporter, now=NOW)
    page = signed_in(cast.approver).get("/review/")
    assert [line.contribution for line in page.context["contributions"]] == [contribution]
    link = f"/tasks/{task.number}/reports/2026-10/contributions/{agency.pk}/"
    assert f'href="{link}"' in page.content.decode()
    assert signed_in(cast.coordinator).get("/review/").context["contributions"] == []


def test_the_queue_costs_the_same_with_a_history_behind_each_report(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    tasks = led(cast)
    approved(tasks[0], period, cast.reporter, cast.coordinator)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    handed_in(tasks[0], november, cast.reporter)
    with CaptureQueriesContext(connection) as few:
        office.get("/review/")
    for task in tasks[1:]:
        approved(task, period, cast.reporter, cast.coordinator)
        report = handed_in(task, november, cast.reporter, Status.COMPLETED)
        review_mark(report=report, by=cast.coordinator, now=NOW, version=report.version)
    with CaptureQueriesContext(connection) as many:
        lines = office.get("/review/").context["lines"]
    assert len(lines) == len(tasks) > 3
    assert len(many) == len(few)


def test_neighbours_are_found_both_ways(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    reports = waiting(cast, period, 3)
    numbers = [report.task.number for report in reports]
    page = office.get(address(reports[1])).context
    assert (page["previous"].number, page["next"].number) == (numbers[0], numbers[2])
    page = office.get(address(reports[0])).context
    assert page["previous"].number == numbers[2]

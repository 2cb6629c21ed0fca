"""Rule: a status is what was last approved, from the report of the latest period."""

import datetime as dt

import pytest

from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.states import Move
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import period_open, report_move
from tasks.models import Status, Task
from tasks.statuses import task_status_of

DAY = dt.timedelta(days=1)
DONE, LASTS, GOES, NOT = Status.COMPLETED, Status.ONGOING, Status.IN_PROGRESS, Status.NOT_STARTED


@pytest.fixture
def september(cast: Cast) -> ReportingPeriod:
    return period_open(code="2026-09", by=cast.coordinator, now=NOW)


@pytest.fixture
def august(cast: Cast) -> ReportingPeriod:
    return period_open(code="2026-08", by=cast.coordinator, now=NOW)


def standing(number: int = 4) -> tuple[str, dt.date | None, list[str]]:
    task = task_numbered(number)
    measures = task.measures.order_by("ordinal").values_list("status", flat=True)
    return task.status, task.completed_on, list(measures)


def reopened(report: Report, cast: Cast) -> Report:
    return report_move(
        report=report, move=Move.REOPEN, by=cast.coordinator, now=NOW, reason="数据有误"
    )


@pytest.mark.parametrize(
    ("measures", "status"),
    [
        ([DONE, DONE, DONE], DONE),
        ([LASTS, DONE, DONE], LASTS),
        ([LASTS, LASTS], LASTS),
        ([DONE, DONE, NOT], GOES),
        ([DONE, LASTS, GOES], GOES),
        ([GOES, NOT], GOES),
        ([LASTS, NOT], GOES),
        ([NOT, NOT], NOT),
        ([], NOT),
    ],
)
def test_a_tasks_status_follows_from_its_measures(measures: list[Status], status: Status) -> None:
    assert task_status_of(measures) == status


def test_nothing_but_an_approval_changes_a_status(cast: Cast, period: ReportingPeriod) -> None:
    task = task_numbered(4)
    saved(task, period, cast.reporter, DONE)
    assert standing() == (NOT, None, [NOT, NOT, NOT])
    report = handed_in(task, period, cast.reporter, [DONE, LASTS, GOES])
    assert standing() == (NOT, None, [NOT, NOT, NOT])
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    assert standing() == (GOES, None, [DONE, LASTS, GOES])


def test_the_report_of_the_latest_period_holds(
    cast: Cast, period: ReportingPeriod, september: ReportingPeriod
) -> None:
    task = task_numbered(4)
    approved(task, september, cast.reporter, cast.coordinator, GOES)
    approved(task, period, cast.reporter, cast.coordinator, LASTS)
    assert standing() == (LASTS, None, [LASTS, LASTS, LASTS])


def test_an_older_report_that_is_approved_late_changes_nothing(
    cast: Cast, period: ReportingPeriod, september: ReportingPeriod
) -> None:
    task = task_numbered(4)
    approved(task, period, cast.reporter, cast.coordinator, LASTS)
    approved(task, september, cast.reporter, cast.coordinator, GOES)
    assert standing() == (LASTS, None, [LASTS, LASTS, LASTS])


def test_reopening_goes_back_to_the_report_before_until_approved_again(
    cast: Cast, period: ReportingPeriod, september: ReportingPeriod
) -> None:
    task = task_numbered(4)
    approved(task, september, cast.reporter, cast.coordinator, [GOES, NOT, NOT])
    report = approved(task, period, cast.reporter, cast.coordinator, DONE)
    assert standing()[0] == DONE
    reopened(report, cast)
    assert standing() == (GOES, None, [GOES, NOT, NOT])
    report = handed_in(task, period, cast.reporter, [DONE, DONE, LASTS])
    assert standing() == (GOES, None, [GOES, NOT, NOT])
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    assert standing() == (LASTS, None, [DONE, DONE, LASTS])


def test_reopening_the_only_report_leaves_the_task_not_started(
    cast: Cast, period: ReportingPeriod
) -> None:
    reopened(approved(task_numbered(4), period, cast.reporter, cast.coordinator, DONE), cast)
    assert standing() == (NOT, None, [NOT, NOT, NOT])


def test_reopening_an_older_report_changes_nothing(
    cast: Cast, period: ReportingPeriod, september: ReportingPeriod
) -> None:
    task = task_numbered(4)
    older = approved(task, september, cast.reporter, cast.coordinator, GOES)
    approved(task, period, cast.reporter, cast.coordinator, LASTS)
    reopened(older, cast)
    assert standing()[0] == LASTS


def test_a_task_is_completed_on_the_day_its_report_was_handed_in_not_approved(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter, DONE)
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW + 6 * DAY)
    assert standing() == (DONE, NOW.date(), [DONE, DONE, DONE])


def test_a_task_stays_completed_since_the_first_of_an_unbroken_run(
    cast: Cast, period: ReportingPeriod, september: ReportingPeriod, august: ReportingPeriod
) -> None:
    task = task_numbered(4)
    approved(task, august, cast.reporter, cast.coordinator, DONE, now=NOW - 60 * DAY)
    approved(task, september, cast.reporter, cast.coordinator, DONE, now=NOW - 30 * DAY)
    approved(task, period, cast.reporter, cast.coordinator, DONE, now=NOW)
    assert standing()[:2] == (DONE, (NOW - 60 * DAY).date())


def test_a_task_that_was_taken_up_again_is_completed_anew(
    cast: Cast, period: ReportingPeriod, september: ReportingPeriod, august: ReportingPeriod
) -> None:
    task = task_numbered(4)
    approved(task, august, cast.reporter, cast.coordinator, DONE, now=NOW - 60 * DAY)
    approved(
        task, september, cast.reporter, cast.coordinator, [DONE, DONE, GOES], now=NOW - 30 * DAY
    )
    assert standing()[:2] == (GOES, None)
    approved(task, period, cast.reporter, cast.coordinator, DONE, now=NOW)
    assert standing()[:2] == (DONE, NOW.date())


def test_one_tasks_report_leaves_every_other_task_alone(
    cast: Cast, period: ReportingPeriod
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, DONE)
    assert set(Task.objects.exclude(number=4).values_list("status", flat=True)) == {NOT}
    assert standing(5)[2] == [NOT, NOT, NOT]

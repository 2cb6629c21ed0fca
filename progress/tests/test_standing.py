"""Rule: a status is what was last approved, from the report of the latest period."""

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from conftest import NOW, TODAY, Cast
from progress.models import Report, ReportingPeriod
from progress.rollups import task_rows
from progress.states import Move
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import period_close, period_open, report_move
from tasks.models import Status, Task
from tasks.statuses import status_refresh, task_status_of

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


def one_measure_more(number: int = 4) -> None:
    """As a revised list leaves it that adds a measure."""
    task = task_numbered(number)
    task.measures.create(ordinal=task.measures.count() + 1, text="新增举措。")
    status_refresh(task_ids=[task.pk], by=None, now=NOW)


def test_a_task_that_got_another_measure_is_completed_when_that_is_too(
    cast: Cast, september: ReportingPeriod, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    approved(task, september, cast.reporter, cast.coordinator, DONE, now=NOW - 30 * DAY)
    one_measure_more()
    assert standing() == (GOES, None, [DONE, DONE, DONE, NOT])
    approved(task, period, cast.reporter, cast.coordinator, DONE)
    assert standing() == (DONE, NOW.date(), [DONE, DONE, DONE, DONE])


def test_as_of_a_closed_period_it_was_completed_when_its_measures_then_were(
    cast: Cast, september: ReportingPeriod, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    approved(task, september, cast.reporter, cast.coordinator, DONE, now=NOW - 30 * DAY)
    september = period_close(period=september, by=cast.coordinator, now=NOW - 29 * DAY)
    one_measure_more()
    approved(task, period, cast.reporter, cast.coordinator, DONE)
    for one, day in ((september, (NOW - 30 * DAY).date()), (period, NOW.date())):
        [row] = task_rows(
            tasks=Task.objects.filter(number=4), period=one, user=cast.coordinator, today=TODAY
        )
        assert (row.status, row.completed_on) == (DONE, day)


@pytest.mark.django_db(transaction=True)
def test_of_two_reports_approved_at_once_the_one_of_the_later_period_holds(
    transactional_db: None, cast: Cast, period: ReportingPeriod, september: ReportingPeriod
) -> None:
    """Both wait for the task's row; the older one, which gets it last, must see the other."""
    task = task_numbered(4)
    older = handed_in(task, september, cast.reporter, GOES)
    newer = handed_in(task, period, cast.reporter, DONE)

    def approve(report: Report) -> None:
        try:
            report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Task.objects.select_for_update().get(pk=task.pk)
            approvals = []
            for report in (newer, older):
                approvals.append(pool.submit(approve, report))
                wait_until_queued(len(approvals))
        for approval in approvals:
            approval.result()
    assert standing() == (DONE, NOW.date(), [DONE, DONE, DONE])


def wait_until_queued(count: int) -> None:
    """Until so many writers wait for a lock; SQLite lets one transaction write at a time anyway."""
    if connection.vendor != "postgresql":
        return
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    until = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            # Statistics stay as they were first read in a transaction unless they are let go.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(f"{waiting} AND datname = current_database()")
            if cursor.fetchone() == (count,):
                return
            time.sleep(0.02)
    raise AssertionError(f"not {count} writers wait")


def test_one_tasks_report_leaves_every_other_task_alone(
    cast: Cast, period: ReportingPeriod
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, DONE)
    assert set(Task.objects.exclude(number=4).values_list("status", flat=True)) == {NOT}
    assert standing(5)[2] == [NOT, NOT, NOT]

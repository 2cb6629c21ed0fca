"""The month's board: what each agency owes, what has come, and since when the rest is missing."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import Contribution, Report, ReportingPeriod
from progress.reminders import reminders_run
from progress.rollups import (
    NO_BOARD,
    Board,
    BoardItem,
    BoardKind,
    BoardRow,
    board,
    figures_of,
    period_missing,
    task_rows,
)
from progress.states import Move, ReportState
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import (
    ContributionContent,
    MeasureText,
    contribution_move,
    contribution_save,
    period_close,
    report_move,
)
from tasks.models import Division, Responsibility, Task

DAY = dt.timedelta(days=1)
# The fourth working day after the due date, a Thursday.
LATE = TODAY + 7 * DAY


def board_of(user: User, period: ReportingPeriod, today: dt.date = LATE) -> Board:
    rows = task_rows(tasks=Task.objects.visible_to(user), period=period, user=user, today=today)
    return board(rows=rows, period=period, user=user, today=today)


def row_of(found: Board, agency_id: int | None) -> BoardRow:
    [row] = [row for row in found.rows if row.agency.id == agency_id]
    return row


def item_of(row: BoardRow, number: int, kind: BoardKind = BoardKind.REPORT) -> BoardItem:
    [item] = [item for item in row.items if (item.task_number, item.kind) == (number, kind)]
    return item


def contributed(
    cast: Cast, task: Task, period: ReportingPeriod, *, now: dt.datetime = NOW
) -> Contribution:
    agency = cast.co_reporter.agency
    assert agency is not None
    one = contribution_save(
        task=task,
        period=period,
        agency=agency,
        by=cast.co_reporter,
        now=now,
        content=ContributionContent(
            tuple(MeasureText(m.pk, m.ordinal, "") for m in task.measures.order_by("ordinal")),
            nothing_to_add=True,
        ),
        version=0,
    )
    return contribution_move(contribution=one, move=Move.SUBMIT, by=cast.co_reporter, now=now)


@pytest.fixture
def shared_task(cast: Cast) -> Task:
    """Divided by duties, led by the reporter's agency and shared by the co-reporter's."""
    task = task_numbered(4)
    task.division = Division.BY_DUTY
    task.save(update_fields=["division"])
    return task


def with_a_story(cast: Cast, period: ReportingPeriod) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    handed_in(task_numbered(5), period, cast.reporter, now=NOW + 5 * DAY)
    report = handed_in(task_numbered(6), period, cast.reporter)
    report_move(report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请核对")
    saved(task_numbered(7), period, cast.reporter)


def test_the_sums_are_those_of_the_figures_and_of_what_is_missing(
    cast: Cast, period: ReportingPeriod, shared_task: Task
) -> None:
    with_a_story(cast, period)
    contributed(cast, shared_task, period)

    def check() -> None:
        rows = task_rows(tasks=Task.objects.all(), period=period, user=cast.coordinator, today=LATE)
        figures, missing = figures_of(rows), period_missing(period=period)
        found = board_of(cast.coordinator, period)
        assert found.reports is not None
        assert found.contributions is not None
        sums = found.reports
        assert (sums.due, sums.handed_in, sums.on_time, sums.missing) == (
            figures.due,
            figures.handed_in,
            figures.on_time,
            figures.missing,
        )
        assert sums.returned == 1
        assert found.contributions.handed_in == 1
        assert found.contributions.missing == missing.contributions_count
        for name in ("due", "handed_in", "on_time", "returned"):
            assert getattr(sums, name) == sum(getattr(row.reports, name) for row in found.rows)

    check()
    period_close(period=period, by=cast.coordinator, now=NOW + 12 * DAY)
    period.refresh_from_db()
    check()


def test_each_agency_owes_the_reports_it_compiles_and_contributions_by_duty(
    cast: Cast, period: ReportingPeriod
) -> None:
    found = board_of(cast.coordinator, period)
    owed = {
        (row.agency.id, item.task_number, item.kind) for row in found.rows for item in row.items
    }
    parts = Responsibility.objects.select_related("task")
    assert owed == {
        (
            part.agency_id,
            part.task.number,
            BoardKind.REPORT if part.position == 1 else BoardKind.CONTRIBUTION,
        )
        for part in parts
        if part.position == 1 or part.task.division == Division.BY_DUTY
    }


def test_what_is_missing_says_since_how_many_working_days(
    cast: Cast, period: ReportingPeriod
) -> None:
    with_a_story(cast, period)
    own = cast.reporter.agency_id
    row = row_of(board_of(cast.coordinator, period), own)
    assert row.days_missing == 4
    assert item_of(row, 8).days_missing == 4
    assert item_of(row, 4).days_missing == 0
    assert not item_of(row, 4).is_late
    assert item_of(row, 5).is_late
    returned = item_of(row, 6)
    assert (returned.is_handed_in, returned.is_returned) == (True, True)
    assert (item_of(row, 7).state, item_of(row, 7).is_missing) == (ReportState.DRAFT, True)
    early = row_of(board_of(cast.coordinator, period, period.due_on), own)
    assert early.days_missing == 0
    assert early.missing > 0


def test_a_contribution_that_was_returned_is_missing_again(
    cast: Cast, period: ReportingPeriod, shared_task: Task
) -> None:
    one = contributed(cast, shared_task, period)
    contribution_move(
        contribution=one, move=Move.RETURN, by=cast.reporter, now=NOW, reason="请写明数量"
    )
    own = cast.co_reporter.agency_id
    for person, state in ((cast.coordinator, None), (cast.co_reporter, ReportState.RETURNED)):
        row = row_of(board_of(person, period), own)
        item = item_of(row, 4, BoardKind.CONTRIBUTION)
        assert (item.is_missing, item.is_returned, item.state) == (True, True, state)


def test_the_last_reminder_stands_beside_what_it_was_about(
    cast: Cast, period: ReportingPeriod
) -> None:
    own = cast.reporter.agency_id
    assert row_of(board_of(cast.coordinator, period), own).reminded_at is None
    handed_in(task_numbered(4), period, cast.reporter)
    sent_at = NOW + 4 * DAY
    reminders_run(now=sent_at)
    row = row_of(board_of(cast.coordinator, period), own)
    assert row.reminded_at == sent_at
    assert item_of(row, 5).reminded_at == sent_at
    assert item_of(row, 4).reminded_at is None


def test_who_sees_which_lines(cast: Cast, period: ReportingPeriod) -> None:
    with_a_story(cast, period)
    whole = board_of(cast.coordinator, period)
    for name, person in cast.everyone().items():
        found = board_of(person, period)
        if name == "coordinator":
            assert len(found.rows) > 20
        elif name == "leader":
            assert not found.rows
            assert (found.reports, found.contributions) == (whole.reports, whole.contributions)
        elif person.is_active and person.works_for_an_agency:
            assert {row.agency.id for row in found.rows} <= {person.agency_id}
            assert found.reports is not None
            assert found.reports.due == sum(row.reports.due for row in found.rows)
        else:
            assert found == NO_BOARD, name


def test_statements_do_not_grow_with_what_was_handed_in(
    cast: Cast, period: ReportingPeriod
) -> None:
    def statements() -> int:
        rows = task_rows(tasks=Task.objects.all(), period=period, user=cast.coordinator, today=LATE)
        with CaptureQueriesContext(connection) as queries:
            board(rows=rows, period=period, user=cast.coordinator, today=LATE)
        return len(queries)

    few = statements()
    with_a_story(cast, period)
    reminders_run(now=NOW + 4 * DAY)
    assert Report.objects.count() == 4
    assert statements() == few
    period_close(period=period, by=cast.coordinator, now=NOW + 12 * DAY)
    period.refresh_from_db()
    assert statements() <= 9

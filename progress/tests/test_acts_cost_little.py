"""What an act on a report asks of the database: exactly so many statements, whatever the history.

Two of each are the savepoint, set and released.
"""

import pytest
from pytest_django.fixtures import DjangoAssertNumQueries

from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.states import Move
from progress.tests.acts import approved, content, handed_in, saved, task_numbered
from progress.workflow import period_open, report_move, report_save
from tasks.models import Status, Task


@pytest.fixture
def task(cast: Cast, period: ReportingPeriod) -> Task:
    """Reported on in two months before, and with a writer whose agencies are read already."""
    task = task_numbered(4)
    for code in ("2026-08", "2026-09"):
        earlier = period_open(code=code, by=cast.coordinator, now=NOW)
        approved(task, earlier, cast.reporter, cast.coordinator)
    assert cast.reporter.agency_ids
    return task


def moved(report: Report, move: Move, cast: Cast) -> Report:
    by = cast.reporter if move in (Move.SUBMIT, Move.WITHDRAW) else cast.coordinator
    return report_move(report=report, move=move, by=by, now=NOW, reason="请补充数据")


def test_saving_writes_the_measures_that_differ(
    cast: Cast,
    task: Task,
    period: ReportingPeriod,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    def save(statuses: str, version: int) -> None:
        said = content(task, statuses)
        # Period, rights, the list's measures and the report are read.
        with django_assert_num_queries(2 + cost[version]):
            report_save(
                task=task, period=period, by=cast.reporter, now=NOW, content=said, version=version
            )

    # And what is stored; who begins a report locks the task and looks again. The report, its
    # measures and the trail are written.
    cost = {0: 4 + 2 + 3, 1: 5 + 3, 2: 5}
    save(Status.IN_PROGRESS, 0)
    save(Status.ONGOING, 1)
    save(Status.ONGOING, 2)


@pytest.mark.parametrize(
    ("move", "statements"),
    [
        # Of each the period, the report with its task, and its measures are read, the report, the
        # trail and the history written.
        (Move.RETURN, 6),
        (Move.TAKE_UP, 6),
        # Whether it asked for completions, and what the standing is.
        (Move.APPROVE, 6 + 2),
    ],
)
def test_deciding_reads_what_is_decided_on(
    cast: Cast,
    task: Task,
    period: ReportingPeriod,
    move: Move,
    statements: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    report = handed_in(task, period, cast.reporter)
    with django_assert_num_queries(2 + statements):
        moved(report, move, cast)


def test_an_approval_writes_the_standing_where_it_is_another(
    cast: Cast,
    task: Task,
    period: ReportingPeriod,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    report = handed_in(task, period, cast.reporter, Status.ONGOING)
    # Beside the above the measures read and written, the task written, and the trail.
    with django_assert_num_queries(2 + 8 + 4):
        moved(report, Move.APPROVE, cast)
    assert Task.objects.get(pk=task.pk).status == Status.ONGOING


@pytest.mark.parametrize("months", [1, 2, 7])
def test_an_approval_of_a_completed_task_asks_as_little_however_long_it_is_completed(
    cast: Cast,
    period: ReportingPeriod,
    months: int,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    task = task_numbered(4)
    for month in range(10 - months, 10):
        earlier = period_open(code=f"2026-{month:02}", by=cast.coordinator, now=NOW)
        approved(task, earlier, cast.reporter, cast.coordinator, Status.COMPLETED)
    report = handed_in(task, period, cast.reporter, Status.COMPLETED)
    # Instead of whether it asked what was completed before it too.
    with django_assert_num_queries(2 + 8):
        moved(report, Move.APPROVE, cast)


def test_handing_in_asks_who_checks_it(
    cast: Cast,
    task: Task,
    period: ReportingPeriod,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    report = saved(task, period, cast.reporter)
    # As above, and whose it is, the list's measures, who reviews (three), and completions asked.
    with django_assert_num_queries(2 + 6 + 6):
        moved(report, Move.SUBMIT, cast)

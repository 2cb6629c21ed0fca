"""Groups of tasks that are alike add up to what the rows of the tasks add up to, whoever reads."""

import datetime as dt
from random import Random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.lights import Light
from progress.models import Report, ReportingPeriod
from progress.rollups import (
    TaskGroup,
    TaskRow,
    chapter_figures,
    figures_as_of,
    figures_of,
    figures_of_groups,
    handing_in_rows,
    red_first,
    task_groups,
    task_rows,
)
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import period_close, period_open
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Measure, Status, Task

DAY = dt.timedelta(days=1)
YESTERDAY, TOMORROW = TODAY - DAY, TODAY + DAY
# More than any test has.
ALL = 1_000
NEARLY_ALL = 0.9


def groups_compared(period: ReportingPeriod | None, user: User, today: dt.date = TODAY) -> None:
    """Groups, and rows one by one."""
    rows = task_rows(tasks=Task.objects.all(), period=period, user=user, today=today)
    groups = task_groups(period=period, user=user, today=today)
    assert figures_of(groups) == figures_of(rows)
    assert chapter_figures(groups) == chapter_figures(rows)
    counted, in_groups = handing_in_rows(rows, user=user), handing_in_rows(groups, user=user)
    assert figures_of(in_groups) == figures_of(counted)
    assert {one.reporting_known for one in groups} == {row.reporting_known for row in rows}
    of_rows = figures_as_of(period=period, rows=rows, today=today)
    of_groups = figures_of_groups(period=period, groups=groups, today=today)
    assert (of_groups.whole, of_groups.chapters) == (of_rows.whole, of_rows.chapters)
    assert dict(of_groups.agencies) == dict(of_rows.agencies)
    assert_red_first(groups, rows)


def assert_red_first(groups: list[TaskGroup], rows: list[TaskRow]) -> None:
    red = sorted(
        (row for row in rows if row.light == Light.RED),
        key=lambda row: (row.deadline, row.number),
    )
    for count in (2, ALL):
        assert [
            (one.id, one.number, one.title, one.deadline, one.light, one.light_reason, one.leads)
            for one in red_first(groups, count=count)
        ] == [
            (row.id, row.number, row.title, row.deadline, row.light, row.light_reason, row.leads)
            for row in red[:count]
        ]


def deadlines_set(cast: Cast, day: dt.date | None, *numbers: int, now: dt.datetime) -> None:
    deadlines_write(
        changes=[Deadline(task_numbered(number), None, day) for number in numbers],
        reason="调整",
        by=cast.coordinator,
        now=now,
    )


@pytest.fixture
def standing(cast: Cast, period: ReportingPeriod) -> ReportingPeriod:
    """Something of everything: most tasks were never reported on."""
    deadlines_set(cast, YESTERDAY, 1, 4, 5, 9, 30, 31, now=NOW - 9 * DAY)
    deadlines_set(cast, TOMORROW, 2, 6, 10, now=NOW - 9 * DAY)
    deadlines_set(cast, TODAY + 200 * DAY, 3, 7, 11, now=NOW - 9 * DAY)
    by = cast.reporter, cast.coordinator
    approved(task_numbered(4), period, *by, Status.COMPLETED)
    approved(task_numbered(5), period, *by, Status.ONGOING)
    handed_in(task_numbered(6), period, cast.reporter)
    saved(task_numbered(7), period, cast.reporter)
    late = dt.datetime.combine(period.due_on + DAY, NOW.timetz())
    approved(task_numbered(8), period, *by, Status.IN_PROGRESS, now=late)
    return period


def test_groups_add_up_to_what_rows_add_up_to_for_every_reader(
    cast: Cast, standing: ReportingPeriod
) -> None:
    for user in cast.everyone().values():
        for today in (TODAY, standing.due_on + 3 * DAY):
            groups_compared(standing, user, today)


@pytest.mark.parametrize("seed", range(4))
def test_days_around_deadlines_and_due_dates_add_up_too(
    seed: int, cast: Cast, standing: ReportingPeriod
) -> None:
    """One day stands for all on its side of a deadline, or of the due date."""
    chance = Random(seed)  # noqa: S311  # of days, which guard nothing

    def about(day: dt.date) -> dt.date:
        return day + chance.randint(-3, 3) * DAY

    for task in Task.objects.prefetch_related("measures"):
        status = chance.choice(Status.values)
        deadline = chance.choice([None, TODAY, TOMORROW, YESTERDAY])
        Task.objects.filter(pk=task.pk).update(
            status=status,
            deadline=deadline,
            completed_on=about(deadline or TODAY) if status == Status.COMPLETED else None,
        )
        for measure in task.measures.all():
            Measure.objects.filter(pk=measure.pk).update(status=chance.choice(Status.values))
    Report.objects.bulk_create(
        Report(
            task=task,
            period=standing,
            handed_in_on=chance.choice([None, about(standing.due_on)]),
            created_at=NOW,
            updated_at=NOW,
            updated_by=cast.reporter,
        )
        for task in Task.objects.filter(reports=None)
        if chance.random() < NEARLY_ALL
    )
    day = standing.due_on + DAY
    for user in cast.everyone().values():
        groups_compared(standing, user, day)
    moved = chance.sample(range(1, Task.objects.count() + 1), k=10)
    deadlines_set(cast, about(TODAY), *moved, now=NOW)
    groups_compared(standing, cast.coordinator, day)


def test_tasks_completed_on_different_days_are_one_group_on_each_side_of_their_deadline(
    cast: Cast, standing: ReportingPeriod
) -> None:
    of_chapter = Task.objects.filter(chapter__number=2).order_by("number")
    for days, pk in enumerate(of_chapter.values_list("pk", flat=True)):
        Task.objects.filter(pk=pk).update(
            status=Status.COMPLETED, deadline=TODAY, completed_on=TODAY + (days - 5) * DAY
        )
    groups = task_groups(period=standing, user=cast.coordinator, today=TODAY)
    found = [one for one in groups if one.chapter_number == 2]
    assert {one.light: one.tasks for one in found} == {
        Light.BLUE: 6,
        Light.LATE_BLUE: of_chapter.count() - 6,
    }
    assert len(found) == 2


def test_a_deadline_that_moved_after_the_completion_does_not_count(
    cast: Cast, standing: ReportingPeriod
) -> None:
    deadlines_set(cast, TODAY + 200 * DAY, 4, now=NOW + DAY)
    groups = task_groups(period=standing, user=cast.coordinator, today=TODAY)
    [moved] = [one for one in groups if one.rows]
    assert moved.light == Light.LATE_BLUE
    groups_compared(standing, cast.coordinator)


def test_a_closed_period_an_older_one_and_none_are_read_row_by_row(
    cast: Cast, standing: ReportingPeriod
) -> None:
    groups_compared(None, cast.coordinator)
    older = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    groups_compared(older, cast.coordinator)
    period_close(period=standing, by=cast.coordinator, now=NOW + DAY)
    deadlines_set(cast, YESTERDAY, 20, now=NOW + 2 * DAY)
    standing.refresh_from_db()
    period_close(period=older, by=cast.coordinator, now=NOW + 2 * DAY)
    current = ReportingPeriod.objects.current()
    assert current is not None
    assert current.as_it_stands
    for user in cast.everyone().values():
        groups_compared(standing, user)
        groups_compared(current, user)


def test_groups_take_as_many_statements_for_many_tasks_as_for_few(
    cast: Cast, period: ReportingPeriod, standing: ReportingPeriod
) -> None:
    with CaptureQueriesContext(connection) as captured:
        groups = task_groups(period=standing, user=cast.coordinator, today=TODAY)
    assert len(captured) == 3
    assert sum(one.tasks for one in groups) == Task.objects.count() > 4 * len(groups)
    with CaptureQueriesContext(connection) as captured:
        assert red_first(groups, count=3)
    assert len(captured) == 1

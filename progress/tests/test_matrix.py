"""Chapter by agency: who leads and shares how much of which chapter."""

import datetime as dt
from collections.abc import Sequence

from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.lights import Light
from progress.models import ReportingPeriod
from progress.rollups import Matrix, TaskRow, matrix, task_rows
from progress.tests.acts import task_numbered
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Responsibility, Task

DAY = dt.timedelta(days=1)


def rows_of(user: User, period: ReportingPeriod | None = None) -> list[TaskRow]:
    return task_rows(tasks=Task.objects.all(), period=period, user=user, today=TODAY)


def with_lights(cast: Cast) -> None:
    deadlines_write(
        changes=[
            Deadline(task_numbered(number), None, TODAY + days * DAY)
            for number, days in ((4, -1), (5, 2), (60, -9), (100, 1), (131, 30))
        ],
        reason="明确时限",
        by=cast.coordinator,
        now=NOW,
    )


def recounted(agency_id: int, chapter: int, rows: Sequence[TaskRow]) -> tuple[int, ...]:
    light = {row.id: row.light for row in rows}
    parts = Responsibility.objects.filter(agency=agency_id, task__chapter__number=chapter)
    led = [part.task_id for part in parts if part.role == "lead"]
    shared = [part.task_id for part in parts if part.role == "co"]
    return (
        len(led),
        len(shared),
        sum(light[pk] == Light.RED for pk in led),
        sum(light[pk] == Light.YELLOW for pk in led),
        sum(light[pk] == Light.RED for pk in shared),
        sum(light[pk] == Light.YELLOW for pk in shared),
    )


def test_every_cell_is_what_the_responsibilities_say(cast: Cast, period: ReportingPeriod) -> None:
    with_lights(cast)
    rows = rows_of(cast.coordinator, period)
    found = matrix(rows=rows, user=cast.coordinator)
    assert [column.number for column in found.chapters] == list(range(1, 15))
    assert sum(column.tasks for column in found.chapters) == 131
    assert len(found.rows) == Responsibility.objects.values("agency").distinct().count()
    for row in found.rows:
        for column, cell in zip(found.chapters, row.cells, strict=True):
            numbers = (
                cell.led,
                cell.shared,
                cell.led_red,
                cell.led_yellow,
                cell.shared_red,
                cell.shared_yellow,
            )
            assert numbers == recounted(row.agency.id, column.number, rows)
    assert (found.sum.led, found.sum.shared) == (132, 231)


def test_sums_run_both_ways(cast: Cast, period: ReportingPeriod) -> None:
    with_lights(cast)
    found = matrix(rows=rows_of(cast.coordinator, period), user=cast.coordinator)
    for row in found.rows:
        assert row.sum.tasks == sum(cell.tasks for cell in row.cells)
        assert row.sum.red == sum(cell.red for cell in row.cells)
    for place, column in enumerate(found.chapters):
        assert column.sum.tasks == sum(row.cells[place].tasks for row in found.rows)
        assert column.sum.yellow == sum(row.cells[place].yellow for row in found.rows)
    assert found.sum.tasks == sum(column.sum.tasks for column in found.chapters)
    assert found.sum.red > 0
    assert found.sum.yellow > 0


def test_agencies_stand_in_the_order_of_the_list(cast: Cast) -> None:
    found = matrix(rows=rows_of(cast.coordinator), user=cast.coordinator)
    named: dict[int, None] = {}
    for part in Responsibility.objects.order_by("task__number", "position"):
        named.setdefault(part.agency_id)
    assert [row.agency.id for row in found.rows] == list(named)


def test_who_sees_which_rows(cast: Cast) -> None:
    def seen(user: User) -> Matrix:
        return matrix(rows=rows_of(user), user=user)

    everybody = len(seen(cast.coordinator).rows)
    for name, person in cast.everyone().items():
        found = seen(person)
        if name in {"coordinator", "leader"}:
            assert len(found.rows) == everybody
        elif person.is_active and person.works_for_an_agency:
            assert [row.agency.id for row in found.rows] == [person.agency_id]
            assert found.sum == found.rows[0].sum
        else:
            assert not found.rows
            assert found.sum.tasks == 0


def test_the_matrix_asks_the_database_for_nothing(cast: Cast) -> None:
    rows = rows_of(cast.coordinator)
    with CaptureQueriesContext(connection) as queries:
        matrix(rows=rows, user=cast.coordinator)
    assert len(queries) == 0
    assert not matrix(rows=[], user=cast.coordinator).rows

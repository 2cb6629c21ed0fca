"""Chapter by agency: how many tasks of which chapter each agency leads and shares."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields

from agencies.models import Role, User
from progress.lights import Light
from progress.rollups.answering import AgencyRef
from progress.rollups.rows import TaskRow


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """How many tasks are led and shared, and how many of these are lit red and yellow."""

    led: int = 0
    shared: int = 0
    led_red: int = 0
    led_yellow: int = 0
    shared_red: int = 0
    shared_yellow: int = 0

    @property
    def tasks(self) -> int:
        return self.led + self.shared

    @property
    def red(self) -> int:
        return self.led_red + self.shared_red

    @property
    def yellow(self) -> int:
        return self.led_yellow + self.shared_yellow


@dataclass(frozen=True, slots=True)
class MatrixChapter:
    """A column: `sum` adds up the agencies' parts, `tasks` counts the chapter's tasks once each."""

    number: int
    title: str
    tasks: int
    sum: MatrixCell


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """An agency's row: a cell for each of `Matrix.chapters`, in that order, and their sum."""

    agency: AgencyRef
    cells: Sequence[MatrixCell]
    sum: MatrixCell


@dataclass(frozen=True, slots=True)
class Matrix:
    """The chapters that have rows, the agencies in the list's order, and everything added up."""

    chapters: Sequence[MatrixChapter]
    rows: Sequence[MatrixRow]
    sum: MatrixCell


# What a task adds to a cell that it counts in, by role and light.
_LED: Mapping[str, MatrixCell] = {
    Light.RED: MatrixCell(led=1, led_red=1),
    Light.YELLOW: MatrixCell(led=1, led_yellow=1),
}
_SHARED: Mapping[str, MatrixCell] = {
    Light.RED: MatrixCell(shared=1, shared_red=1),
    Light.YELLOW: MatrixCell(shared=1, shared_yellow=1),
}


def matrix(*, rows: Iterable[TaskRow], user: User) -> Matrix:
    """The matrix of these rows as this reader may see it (DESIGN: who may do what); no statement.

    Coordinators and leaders see all agencies, an agency's people its own row and those of agencies
    that were merged into it, others none; sums are of the rows that are seen. A task with two leads
    counts for both.
    """
    rows = sorted(rows, key=lambda row: row.number)
    titles = {row.chapter_number: row.chapter_title for row in rows}
    numbers = sorted(titles)
    cells: dict[AgencyRef, dict[int, list[MatrixCell]]] = {}
    tasks: dict[int, int] = defaultdict(int)
    for row in rows:
        tasks[row.chapter_number] += 1
        for agencies, table, plain in (
            (row.leads, _LED, MatrixCell(led=1)),
            (row.cos, _SHARED, MatrixCell(shared=1)),
        ):
            for agency in agencies:
                of_agency = cells.setdefault(agency, {})
                of_agency.setdefault(row.chapter_number, []).append(table.get(row.light, plain))
    found = [
        _row(agency, [added_up(by_chapter.get(number, ())) for number in numbers])
        for agency, by_chapter in cells.items()
        if _sees(user, agency)
    ]
    return Matrix(
        chapters=[
            MatrixChapter(
                number, titles[number], tasks[number], added_up(row.cells[place] for row in found)
            )
            for place, number in enumerate(numbers)
        ],
        rows=found,
        sum=added_up(row.sum for row in found),
    )


def added_up(cells: Iterable[MatrixCell]) -> MatrixCell:
    """The sum of these cells."""
    cells = list(cells)
    return MatrixCell(
        **{one.name: sum(getattr(cell, one.name) for cell in cells) for one in fields(MatrixCell)}
    )


def _row(agency: AgencyRef, cells: Sequence[MatrixCell]) -> MatrixRow:
    return MatrixRow(agency, cells, added_up(cells))


def _sees(user: User, agency: AgencyRef) -> bool:
    if not user.is_active:
        return False
    if user.is_coordinator or user.role == Role.LEADER:
        return True
    return agency.id in user.agency_ids_of_old

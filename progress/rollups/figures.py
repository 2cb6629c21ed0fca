"""Figures: what rows add up to, and the rates with their formulas (DESIGN.md section 4)."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agencies.models import Role, User
from progress.lights import Light
from progress.rollups.answering import AgencyRef
from progress.rollups.counted import NOTHING_DROPPED, Dropped
from progress.rollups.rows import TaskRow
from tasks.models import Status

# An enumeration makes the list of its values anew each time, and a page adds up dozens of figures.
STATUSES, LIGHTS = Status.values, Light.values
STARTED_FORMULA = _("(in progress + completed + ongoing) / all")
IMPLEMENTED_FORMULA = _("(completed + ongoing) / all")
COMPLETED_FORMULA = _("completed / all")
HANDED_IN_FORMULA = _("reports submitted / reports due")
ON_TIME_FORMULA = _("reports submitted by the due date / reports due")


@dataclass(frozen=True, slots=True)
class Rate:
    """A share of a whole, with the formula that is printed beside it."""

    part: int
    whole: int
    formula: str | Promise

    @property
    def percent(self) -> float | None:
        """0 to 100 with one decimal, None of nothing.

        Half a tenth is rounded up, as people and spreadsheets do: `round` would go to the even one,
        and a page would say 6.2 % where the workbook's formula says 6.3 %.
        """
        return (2000 * self.part + self.whole) // (2 * self.whole) / 10 if self.whole else None


@dataclass(frozen=True, slots=True)
class Figures:
    """What a set of tasks adds up to. Every status and light is a key, with 0 where there is none.

    `due` counts the reports that the period asks for, `handed_in` those that reached the
    coordinating office, `on_time` those that did so by the due date.
    """

    tasks: int
    measures: int
    tasks_by_status: Mapping[str, int]
    measures_by_status: Mapping[str, int]
    lights: Mapping[str, int]
    due: int
    handed_in: int
    on_time: int

    @property
    def missing(self) -> int:
        return self.due - self.handed_in

    @property
    def handed_in_late(self) -> int:
        return self.handed_in - self.on_time

    @property
    def started_rate(self) -> Rate:
        return _started_rate(self.tasks_by_status, self.tasks)

    @property
    def implemented_rate(self) -> Rate:
        return _implemented_rate(self.tasks_by_status, self.tasks)

    @property
    def completed_rate(self) -> Rate:
        return _completed_rate(self.tasks_by_status, self.tasks)

    @property
    def measures_started_rate(self) -> Rate:
        return _started_rate(self.measures_by_status, self.measures)

    @property
    def measures_implemented_rate(self) -> Rate:
        return _implemented_rate(self.measures_by_status, self.measures)

    @property
    def measures_completed_rate(self) -> Rate:
        return _completed_rate(self.measures_by_status, self.measures)

    @property
    def handed_in_rate(self) -> Rate:
        return Rate(self.handed_in, self.due, HANDED_IN_FORMULA)

    @property
    def on_time_rate(self) -> Rate:
        return Rate(self.on_time, self.due, ON_TIME_FORMULA)


@dataclass(frozen=True, slots=True)
class ChapterFigures:
    number: int
    title: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class AgencyFigures:
    """An agency's part: the figures of the tasks it leads, and how many it shares besides."""

    agency: AgencyRef
    led: Figures
    shared: int


class Counted(Protocol):
    """What figures are of: a task (`TaskRow`), or several that are alike (`TaskGroup`)."""

    @property
    def tasks(self) -> int: ...
    @property
    def chapter_number(self) -> int: ...
    @property
    def chapter_title(self) -> str: ...
    @property
    def status(self) -> str: ...
    @property
    def light(self) -> str: ...
    @property
    def measures(self) -> Mapping[str, int]: ...
    @property
    def due_on(self) -> dt.date | None: ...
    @property
    def handed_in_on(self) -> dt.date | None: ...
    @property
    def handed_in_late(self) -> bool: ...
    @property
    def reporting_known(self) -> bool: ...


C = TypeVar("C", bound=Counted)


def figures_of(rows: Iterable[Counted], *, dropped: Dropped = NOTHING_DROPPED) -> Figures:
    """Add the rows up, each as the tasks that it counts.

    Of the whole list as of a closed period, `dropped` (`dropped_since`) is what it counts that has
    no row any more: not started, its report missing, and lit for that.
    """
    measures: Counter[str] = Counter({Status.NOT_STARTED.value: dropped.measures})
    statuses: Counter[str] = Counter({Status.NOT_STARTED.value: dropped.tasks})
    lights: Counter[str] = Counter({dropped.light.value: dropped.tasks})
    due, handed_in, on_time = dropped.tasks, 0, 0
    for row in rows:
        tasks = row.tasks
        for status, count in row.measures.items():
            measures[status] += count
        statuses[row.status] += tasks
        lights[row.light] += tasks
        if row.due_on is not None:
            due += tasks
        if row.handed_in_on is not None:
            handed_in += tasks
            on_time += 0 if row.handed_in_late else tasks
    return Figures(
        tasks=statuses.total(),
        measures=measures.total(),
        tasks_by_status=_complete(statuses, STATUSES),
        measures_by_status=_complete(measures, STATUSES),
        lights=_complete(lights, LIGHTS),
        due=due,
        handed_in=handed_in,
        on_time=on_time,
    )


def handing_in_rows(rows: Iterable[C], *, user: User) -> list[C]:
    """The rows whose handing-in this reader may add up; none where they may know of none.

    Coordinators and leaders all of them, a leader as sums alone (`reporting_known` tells which
    single rows may be shown), everybody else those that they may know about one by one.
    """
    if user.is_coordinator or user.role == Role.LEADER:
        return list(rows)
    return [row for row in rows if row.reporting_known]


def knows_handing_in(*, user: User, agency: int | None = None) -> bool:
    """Whether this reader may be told the sums of handing in: of the whole list and of a chapter,
    or of what that agency (its id) leads.

    Coordinators all of them, leaders those of list and chapters, an agency's people their own.
    """
    if not user.is_active:
        return False
    if user.is_coordinator:
        return True
    if agency is None:
        return user.role == Role.LEADER
    return agency in user.agency_ids_of_old


def chapter_figures(rows: Iterable[Counted]) -> list[ChapterFigures]:
    """The figures of each chapter that has rows, in the order of the list."""
    by_chapter = _grouped(rows, lambda row: (row.chapter_number, row.chapter_title))
    return [
        ChapterFigures(number, title, figures_of(group))
        for (number, title), group in sorted(by_chapter.items())
    ]


def agency_figures(rows: Iterable[TaskRow]) -> list[AgencyFigures]:
    """Each agency's part in the rows, in the order in which the list first names them.

    A task with two leads is led by both, so the agencies' figures may add up to more than the
    whole.
    """
    rows = list(rows)
    led: dict[AgencyRef, list[TaskRow]] = {}
    shared: Counter[AgencyRef] = Counter()
    for row in rows:
        for agency in row.leads:
            led.setdefault(agency, []).append(row)
        for agency in row.cos:
            led.setdefault(agency, [])
            shared[agency] += 1
    return [
        AgencyFigures(agency, figures_of(group), shared[agency]) for agency, group in led.items()
    ]


K = TypeVar("K")


def _grouped(rows: Iterable[C], key: Callable[[C], K]) -> dict[K, list[C]]:
    groups: dict[K, list[C]] = {}
    for row in rows:
        groups.setdefault(key(row), []).append(row)
    return groups


def _complete(counts: Mapping[str, int], keys: Sequence[str]) -> dict[str, int]:
    return {key: counts.get(key, 0) for key in keys}


def _started_rate(counts: Mapping[str, int], whole: int) -> Rate:
    part = whole - counts[Status.NOT_STARTED]
    return Rate(part, whole, STARTED_FORMULA)


def _implemented_rate(counts: Mapping[str, int], whole: int) -> Rate:
    part = counts[Status.COMPLETED] + counts[Status.ONGOING]
    return Rate(part, whole, IMPLEMENTED_FORMULA)


def _completed_rate(counts: Mapping[str, int], whole: int) -> Rate:
    return Rate(counts[Status.COMPLETED], whole, COMPLETED_FORMULA)

"""Who answers for the tasks as of a period: of a closed one those who did at its closing.

An agency that is merged or renamed, or a task that is given to another one, moves nothing that was
closed before: such a period keeps the agencies under the names that they had. What an earlier
release closed kept none, and is read back from the changes since.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import QuerySet

from agencies.models import AgencyChange, AgencyChangeKind
from progress.models import AGENCIES_KEPT, ReportingPeriod
from progress.rollups.counted import are_all
from progress.statements import WrittenOnce
from tasks.models import Responsibility, ResponsibilityChange, Task


@dataclass(frozen=True, slots=True)
class AgencyRef:
    """An agency as rows name it."""

    id: int
    name: str
    short_name: str


class AgencyPart(NamedTuple):
    """An agency's part in a task: `position` counts from 1, the first compiles; `division` is the
    task's, `written_name` the agency's name as the list writes it there."""

    task_id: int
    agency: AgencyRef
    role: str
    position: int
    division: str
    written_name: str


# Built once: only its condition differs from one reading to the next.
_PARTS = Responsibility.objects.order_by("task_id", "position").values_list(
    "task_id",
    "role",
    "position",
    "task__division",
    "written_name",
    "agency_id",
    "agency__name",
    "agency__short_name",
)


def parts_answering(
    *, tasks: QuerySet[Task], period: ReportingPeriod | None
) -> Mapping[int, Sequence[AgencyPart]]:
    """By the task's id its agencies in order: one statement, three for a period that an earlier
    release closed."""
    today = _OF_ALL.of() if are_all(tasks) else _PARTS.filter(task__in=tasks.values("pk"))
    return _as_of(period, tasks, today)


def parts_of_task(*, task: int, period: ReportingPeriod | None) -> Sequence[AgencyPart]:
    """The same of one task by its id."""
    parts = _as_of(period, Task.objects.filter(pk=task), _OF_TASK.of(task))
    return parts.get(task, ())


_OF_ALL = WrittenOnce(lambda: _PARTS)
_OF_TASK = WrittenOnce(lambda task: _PARTS.filter(task=task))


def _as_of(
    period: ReportingPeriod | None, tasks: QuerySet[Task], today: Iterable[Any]
) -> Mapping[int, Sequence[AgencyPart]]:
    """The parts that stand in the rows of `_PARTS` of these tasks, as of the period."""
    parts: dict[int, list[AgencyPart]] = defaultdict(list)
    agencies: dict[int, AgencyRef] = {}
    for task_id, role, position, division, written, pk, name, short_name in today:
        agency = agencies.get(pk)
        if agency is None:
            agency = agencies[pk] = AgencyRef(pk, name, short_name)
        parts[task_id].append(AgencyPart(task_id, agency, role, position, division, written))
    if period is None or period.closed_at is None:
        return parts
    kept = agencies_kept(period)
    if kept is not None:
        parts.update((task_id, kept[task_id]) for task_id in list(parts) if task_id in kept)
        return parts
    parts.update(_changed_since(period, tasks))
    names = _names_before(period)
    for each in parts.values():
        each[:] = [_named(part, names) for part in each]
    return parts


def agencies_kept(period: ReportingPeriod) -> dict[int, list[AgencyPart]] | None:
    """Who answered for each task as the period keeps it; None where it keeps none."""
    kept = (period.register_at_closing or {}).get(AGENCIES_KEPT)
    if kept is None:
        return None
    agencies = {int(pk): AgencyRef(int(pk), *names) for pk, names in kept["names"].items()}
    return {
        int(task_id): [
            AgencyPart(
                int(task_id), agencies[pk], role, position, division, written or agencies[pk].name
            )
            for position, (pk, role, written) in enumerate(each, start=1)
        ]
        for task_id, (division, each) in kept["tasks"].items()
    }


def _changed_since(period: ReportingPeriod, tasks: QuerySet[Task]) -> dict[int, list[AgencyPart]]:
    """The agencies at the closing, of the tasks whose agencies were changed after it."""
    changes = ResponsibilityChange.objects.filter(
        task__in=tasks.values("pk"), at__gt=period.closed_at, before__has_key="agencies"
    ).order_by("pk")
    found: dict[int, list[AgencyPart]] = {}
    for task_id, before in changes.values_list("task_id", "before"):
        # The first change after the closing knows what held until then.
        if task_id not in found:
            found[task_id] = [
                AgencyPart(
                    task_id,
                    AgencyRef(one["id"], one["agency"], one["short_name"]),
                    one["role"],
                    position,
                    before["division"],
                    one["agency"],
                )
                for position, one in enumerate(before["agencies"], start=1)
            ]
    return found


def _names_before(period: ReportingPeriod) -> dict[int, AgencyRef]:
    """The names at the closing of the agencies that were renamed after it, by their ids."""
    renamed = AgencyChange.objects.filter(
        kind=AgencyChangeKind.RENAMED, at__gt=period.closed_at
    ).order_by("pk")
    names: dict[int, AgencyRef] = {}
    for pk, name, short_name in renamed.values_list("agency_id", "old_name", "old_short_name"):
        names.setdefault(pk, AgencyRef(pk, name, short_name))
    return names


def _named(part: AgencyPart, names: Mapping[int, AgencyRef]) -> AgencyPart:
    agency = names.get(part.agency.id, part.agency)
    return part._replace(agency=agency)

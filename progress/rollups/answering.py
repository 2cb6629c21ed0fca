"""Who answers for the tasks as of a period: of a closed one those who did at its closing.

An agency that is merged or renamed, or a task that is given to another one, moves nothing that was
closed before: such a period keeps the agencies under the names that they had. What an earlier
release closed kept none, and is read back from the changes since.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from django.db.models import QuerySet

from agencies.models import AgencyChange, AgencyChangeKind
from progress.models import AGENCIES_KEPT, ReportingPeriod
from tasks.models import Responsibility, ResponsibilityChange, Task


@dataclass(frozen=True, slots=True)
class AgencyRef:
    """An agency as rows name it."""

    id: int
    name: str
    short_name: str


@dataclass(frozen=True, slots=True)
class AgencyPart:
    """An agency's part in a task: `position` counts from 1, the first compiles; `division` is the
    task's, `written_name` the agency's name as the list writes it there."""

    task_id: int
    agency: AgencyRef
    role: str
    position: int
    division: str
    written_name: str


def parts_answering(
    *, tasks: QuerySet[Task], period: ReportingPeriod | None
) -> Mapping[int, Sequence[AgencyPart]]:
    """By the task's id its agencies in order: one statement, three for a period that an earlier
    release closed."""
    parts: dict[int, list[AgencyPart]] = defaultdict(list)
    for task_id, role, position, division, written, pk, name, short_name in (
        Responsibility.objects.filter(task__in=tasks.values("pk"))
        .order_by("task_id", "position")
        .values_list(
            "task_id",
            "role",
            "position",
            "task__division",
            "written_name",
            "agency_id",
            "agency__name",
            "agency__short_name",
        )
    ):
        parts[task_id].append(
            AgencyPart(task_id, AgencyRef(pk, name, short_name), role, position, division, written)
        )
    if period is None or period.closed_at is None:
        return parts
    kept = _kept(period)
    if kept is not None:
        parts.update((task_id, kept[task_id]) for task_id in list(parts) if task_id in kept)
        return parts
    parts.update(_changed_since(period, tasks))
    names = _names_before(period)
    for each in parts.values():
        each[:] = [_named(part, names) for part in each]
    return parts


def _kept(period: ReportingPeriod) -> dict[int, list[AgencyPart]] | None:
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
    return replace(part, agency=agency)

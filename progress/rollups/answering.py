"""Who answers for the tasks as of a period: of a closed one those who did at its closing.

An agency that is merged or renamed, or a task that is given to another one, moves nothing that was
closed before: such a period keeps the agencies under the names that they had.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from agencies.models import AgencyChange, AgencyChangeKind
from progress.models import ReportingPeriod
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
    task's."""

    task_id: int
    agency: AgencyRef
    role: str
    position: int
    division: str


def parts_answering(
    *, tasks: QuerySet[Task], period: ReportingPeriod | None
) -> Mapping[int, Sequence[AgencyPart]]:
    """By the task's id its agencies in order: one statement, three for a closed period."""
    parts: dict[int, list[AgencyPart]] = defaultdict(list)
    for task_id, role, position, division, pk, name, short_name in (
        Responsibility.objects.filter(task__in=tasks.values("pk"))
        .order_by("task_id", "position")
        .values_list(
            "task_id",
            "role",
            "position",
            "task__division",
            "agency_id",
            "agency__name",
            "agency__short_name",
        )
    ):
        parts[task_id].append(
            AgencyPart(task_id, AgencyRef(pk, name, short_name), role, position, division)
        )
    if period is not None and period.closed_at is not None:
        parts.update(_changed_since(period, tasks))
        names = _names_before(period)
        for each in parts.values():
            each[:] = [_named(part, names) for part in each]
    return parts


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
    return AgencyPart(part.task_id, agency, part.role, part.position, part.division)

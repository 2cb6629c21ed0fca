"""Who adds what to the reports of a period: what the other agencies owe and have handed in."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from agencies.models import Role, User
from progress.models import Contribution, ReportingPeriod
from progress.rollups.answering import AgencyPart, AgencyRef, parts_answering
from progress.rollups.counted import are_all
from progress.rollups.together import CountsTogether
from progress.statements import WrittenOnce
from progress.states import ReportState
from tasks.models import Division, ResponsibilityRole, Task


@dataclass(frozen=True, slots=True)
class ContributionRow:
    """What one other agency of a task does for its report of a period.

    `owed`: duties are divided, so that the report waits for it (DESIGN section 4); otherwise the
    agency may add. `answered`: its contribution is in the lead's hands. `state` is None where
    nobody has begun, `is_mine` says whether the reader writes it.
    """

    task_id: int
    agency: AgencyRef
    leads_too: bool
    owed: bool
    is_mine: bool
    contribution_id: int | None
    state: str | None
    version: int
    nothing_to_add: bool
    handed_in_on: dt.date | None
    taken_over: bool
    changed_since: bool

    @property
    def answered(self) -> bool:
        return self.state == ReportState.SUBMITTED


# Of a contribution; its texts are read by whoever shows them.
_STORED = (
    "pk",
    "task_id",
    "agency_id",
    "state",
    "version",
    "nothing_to_add",
    "handed_in_on",
    "taken_over_version",
)


def contribution_rows(
    *,
    tasks: QuerySet[Task],
    period: ReportingPeriod | None,
    user: User,
    parts: Mapping[int, Sequence[AgencyPart]] | None = None,
) -> dict[int, list[ContributionRow]]:
    """By the task's id, one row for each of its agencies but the one that compiles.

    Two statements; four of a closed period, whose agencies are those of its closing; less those of
    the `parts_answering` of the tasks and the period that are handed over.
    """
    answering = parts_answering(tasks=tasks, period=period) if parts is None else parts
    if period is not None and are_all(tasks):
        return _rows(_STORED_OF_ALL.of(period.pk), answering, user)
    stored = Contribution.objects.filter(period=period, task__in=tasks.values("pk"))
    return _rows(stored.values_list(*_STORED, named=True), answering, user)


def contribution_rows_of(
    *, task: int, stored: Iterable[Contribution], parts: Sequence[AgencyPart], user: User
) -> list[ContributionRow]:
    """The same of one task by its id, whose `parts_of_task` are at hand, and all contributions to
    its report."""
    return _rows(stored, {task: parts}, user).get(task, [])


_STORED_OF_ALL = WrittenOnce(
    lambda period: Contribution.objects.filter(period=period).values_list(*_STORED, named=True)
)


def _rows(
    stored_rows: Iterable[Any], answering: Mapping[int, Sequence[AgencyPart]], user: User
) -> dict[int, list[ContributionRow]]:
    stored = {(one.task_id, one.agency_id): one for one in stored_rows}
    rows: dict[int, list[ContributionRow]] = defaultdict(list)
    for part in (one for parts in answering.values() for one in parts if one.position > 1):
        one = stored.get((part.task_id, part.agency.id))
        taken = one.taken_over_version if one else None
        rows[part.task_id].append(
            ContributionRow(
                task_id=part.task_id,
                agency=part.agency,
                leads_too=part.role == ResponsibilityRole.LEAD,
                owed=part.division == Division.BY_DUTY,
                is_mine=part.agency.id in user.agency_ids_of_old,
                contribution_id=one.pk if one else None,
                state=one.state if one else None,
                version=one.version if one else 0,
                nothing_to_add=bool(one and one.nothing_to_add),
                handed_in_on=one.handed_in_on if one else None,
                taken_over=taken is not None,
                changed_since=bool(one and taken is not None and taken != one.version),
            )
        )
    return rows


def agencies_not_contributing(*, task: Task, period: ReportingPeriod) -> list[str]:
    """The names of the agencies that owe this report a contribution and have not handed one in."""
    if task.division != Division.BY_DUTY:
        return []
    answered = Contribution.objects.filter(
        task=task, period=period, state=ReportState.SUBMITTED
    ).values("agency")
    return list(
        task.responsibilities.filter(position__gt=1)
        .exclude(agency__in=answered)
        .order_by("position")
        .values_list("agency__name", flat=True)
    )


def handed_over_count() -> int:
    """How many contributions coordinators read, of all periods: one statement. What was handed over
    stays so, and so the few that are not are counted and taken from all that there are: of neither
    a row is looked at."""
    counts = _HANDED_OVER.of(User(role=Role.COORDINATOR))
    return counts["all"] - counts["kept_back"]


_HANDED_OVER = CountsTogether(
    all=lambda _user: Contribution.objects.all(),
    kept_back=lambda _user: Contribution.objects.exclude(state=ReportState.SUBMITTED),
)

"""What is late, and what its last approved report says of why; the matters that wait longest."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from agencies.models import User
from progress.models import Matter, Report, ReportingPeriod
from progress.rollups import (
    MatterRow,
    Register,
    TaskGroup,
    TaskLit,
    TaskRow,
    matter_rows,
    red_first,
    waiting_states,
)
from progress.statements import WrittenOnce
from progress.states import ReportState
from tasks.models import Task

# What stays on one screen; the number above leads to all of them.
ROWS_SHOWN = 5
MATTERS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class LateTask:
    """A task past its deadline; `problems` is what its last approved report gives as such, as of
    the period with the code `said_in`, both "" where nothing was approved."""

    row: TaskRow | TaskLit
    problems: str
    said_in: str


def late_tasks(
    groups: Sequence[TaskGroup], *, user: User, period: ReportingPeriod | None
) -> list[LateTask]:
    """The tasks that are late the longest, by the deadline: two statements."""
    shown = red_first(groups, count=ROWS_SHOWN)
    until = period.ends_on if period else dt.date.max
    said = {
        task_id: (problems, code)
        for task_id, problems, code in (
            _SAID.for_reader(user, until, *(row.id for row in shown)) if shown else ()
        )
    }
    return [LateTask(row, *said.get(row.id, ("", ""))) for row in shown]


def _last_approved(user: User, until: dt.date, *tasks: int) -> QuerySet[Report, tuple[Any, ...]]:
    """Of each of these tasks the problems that its last approved report gives: no older one is
    read, however many there are."""
    readable = Report.objects.visible_to(user)
    approved = readable.filter(
        task=OuterRef("pk"), state=ReportState.APPROVED, period__ends_on__lte=until
    )
    last = approved.order_by("-period__ends_on").values("pk")[:1]
    reports = readable.filter(
        pk__in=Task.objects.filter(pk__in=tasks).annotate(last=Subquery(last)).values("last")
    )
    return reports.order_by().values_list("task_id", "problems", "period__code")


_SAID = WrittenOnce(_last_approved)


def matters_waiting(*, user: User, today: dt.date) -> Sequence[MatterRow]:
    """The unsettled matters that were raised first, of those that the reader may read."""
    matters = Matter.objects.visible_to(user).filter(state__in=waiting_states(Register.MATTERS))
    first = matters.order_by("raised_on", "pk")[:MATTERS_SHOWN]
    return matter_rows(matters=first, today=today)

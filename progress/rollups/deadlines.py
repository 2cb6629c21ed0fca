"""The deadlines that a closed period is read with: those that held when it was closed."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from progress.models import ReportingPeriod
from tasks.models import DeadlineChange, Task


@dataclass(frozen=True, slots=True)
class DeadlineThen:
    """A deadline, and the first one that was set, None while no other has taken its place."""

    deadline: dt.date | None
    original: dt.date | None


# The task's id, and the measure's, None for the deadline of the task itself.
Target = tuple[int, int | None]


def deadlines_then(
    tasks: QuerySet[Task], period: ReportingPeriod | None
) -> Mapping[Target, DeadlineThen]:
    """What the deadlines of these tasks and measures were, where they moved after the closing.

    What is not named holds as it is stored; everything does while the period is open. Otherwise the
    lights of a closed period would move with every deadline. One statement, none while it is open.
    """
    if period is None or period.closed_at is None:
        return {}
    originals: dict[Target, dt.date] = {}
    then: dict[Target, DeadlineThen] = {}
    changes = DeadlineChange.objects.filter(task__in=tasks.values("pk")).order_by("pk")
    for task_id, measure_id, old, at in changes.values_list("task_id", "measure_id", "old", "at"):
        target = (task_id, measure_id)
        if at > period.closed_at:
            then.setdefault(target, DeadlineThen(old, originals.get(target)))
        elif old is not None:
            originals.setdefault(target, old)
    return then

"""Deadlines as they were: when a period was closed, and when a task was completed."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Exists, F, QuerySet
from django.utils import timezone

from progress.models import ReportingPeriod
from progress.statements import WrittenOnce
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


# Built once: only its condition differs from one reading to the next.
_OF_TASKS = (
    DeadlineChange.objects.filter(measure=None).order_by("pk").values_list("task_id", "old", "at")
)
# Few deadlines move after a completion; the day itself is looked at in the city's time.
_MOVED_SINCE = _OF_TASKS.filter(at__gt=F("task__completed_on"))
_AFTER_COMPLETION = WrittenOnce(lambda: _MOVED_SINCE)
# Whether there is any such change, of whichever task: a database looks once for all rows.
ANY_MOVED_SINCE = Exists(_MOVED_SINCE)


def _changes(
    period: ReportingPeriod | None, tasks: Collection[int], *, are_stored: bool
) -> Iterable[tuple[int, dt.date | None, dt.datetime]]:
    """The changes of deadlines, the first one first, among them all after the completions."""
    if period is not None and period.closed_at is not None:
        return _OF_TASKS.filter(task__in=tasks, at__lte=period.closed_at)
    return _AFTER_COMPLETION.of() if are_stored else _OF_TASKS.filter(task__in=tasks)


def deadlines_kept(
    period: ReportingPeriod | None,
    completed: Mapping[int, dt.date | None],
    *,
    are_stored: bool,
) -> Mapping[int, dt.date | None]:
    """By the task's id the deadline that it was completed under, where it is another since.

    `completed` are the days of completion by the task's id; `are_stored`: of the whole list, as
    they are stored with the tasks. What is completed is measured by the deadline of that day, its
    last one of the day: late blue never turns into plain blue because somebody moves the deadline
    afterwards (DESIGN section 4), nor blue into late. Of a closed period what was changed after its
    closing is left to `deadlines_then`. One statement, none where nothing is completed.
    """
    kept: dict[int, dt.date | None] = {}
    done = [task_id for task_id, day in completed.items() if day is not None]
    if not done:
        return kept
    for task_id, old, at in _changes(period, done, are_stored=are_stored):
        day = completed[task_id]
        if day is not None and task_id not in kept and timezone.localdate(at) > day:
            kept[task_id] = old
    return kept

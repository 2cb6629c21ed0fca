"""The one writer of Measure.status, Task.status and Task.completed_on.

A status is what was last approved. `progress.workflow` hands over what a report says of each
measure; a revised list (`tasks.importing`) adds and drops measures. Nobody else writes these.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping

from django.db import transaction
from django.utils import timezone

from agencies.audit import Note, audit_notes
from agencies.models import User
from tasks.models import Measure, Status, Task


def task_status_of(statuses: Iterable[str]) -> Status:
    """The status of a task whose measures have these (DESIGN: the rules of reporting, status).

    Completed when all its measures are; ongoing when each is completed or ongoing and at least one
    is ongoing; in progress once any has begun; else, and without measures, not started.
    """
    present = {Status(status) for status in statuses}
    if not present or present == {Status.NOT_STARTED}:
        return Status.NOT_STARTED
    if present == {Status.COMPLETED}:
        return Status.COMPLETED
    if present <= {Status.COMPLETED, Status.ONGOING}:
        return Status.ONGOING
    return Status.IN_PROGRESS


def completed_since(course: Iterable[tuple[dt.date | None, bool]]) -> dt.date | None:
    """The day from which a task counts as completed: that on which the first report of the unbroken
    run that calls all its measures completed was handed in.

    `course` are its reports, the oldest first, each with its day and whether it does. None where
    the last one does not.
    """
    since = None
    for day, is_completed in course:
        since = (since or day) if is_completed else None
    return since


def statuses_write(
    *,
    task: Task,
    measure_statuses: Mapping[int, str],
    completed_on: dt.date | None,
    by: User | None,
    now: dt.datetime,
) -> Status:
    """Write the statuses of a task's measures, and through them the task's own; returns that.

    `measure_statuses` is status by id of measure; measures that it leaves out become not started.
    `completed_on` is the day on which the report that completed the task was handed in, kept only
    where the task is completed. `task` is as it is stored, its row locked in the caller's
    transaction, so that two reports of a task cannot mix; it is brought up to date. Only what
    differs is written: one statement reads, at most three write, the trail among them. Raises
    ValueError for a measure of another task, an unknown status, or a completed task without its
    day.
    """
    measures = list(Measure.objects.filter(task=task).order_by("ordinal").only("status"))
    foreign = set(measure_statuses) - {measure.pk for measure in measures}
    if foreign:
        raise ValueError(f"task {task.number} has no measures with the ids {sorted(foreign)}")
    wanted = {one.pk: Status(measure_statuses.get(one.pk, Status.NOT_STARTED)) for one in measures}
    status = task_status_of(wanted.values())
    if status == Status.COMPLETED and completed_on is None:
        raise ValueError(f"task {task.number} is completed: the day of completion is missing")
    day = completed_on if status == Status.COMPLETED else None

    changed = [measure for measure in measures if measure.status != wanted[measure.pk]]
    notes = []
    for measure in changed:
        is_now = wanted[measure.pk]
        notes.append(
            Note("measure.status", measure, {"status": measure.status}, {"status": is_now})
        )
        measure.status = is_now
    Measure.objects.bulk_update(changed, ["status"])
    if (task.status, task.completed_on) != (status, day):
        Task.objects.filter(pk=task.pk).update(status=status, completed_on=day)
        notes.append(_task_note(task, status, day))
        task.status, task.completed_on = status, day
    audit_notes(notes, by=by, now=now)
    return status


@transaction.atomic(savepoint=False)
def status_refresh(*, task_ids: Collection[int], by: User | None, now: dt.datetime) -> int:
    """Work out anew the status of these tasks from their measures; returns how many changed.

    For a revised list: a completed task that gets a new measure is completed no longer, and one
    that loses its last unfinished measure is completed on the day of `now`. The day of a task that
    stays completed stays. At most four statements, however many tasks.
    """
    if not task_ids:
        return 0
    statuses: defaultdict[int, list[str]] = defaultdict(list)
    for task_id, status in Measure.objects.filter(task__in=task_ids).values_list(
        "task_id", "status"
    ):
        statuses[task_id].append(status)
    changed: list[Task] = []
    notes: list[Note] = []
    tasks = Task.objects.select_for_update().filter(pk__in=task_ids)
    for task in tasks.only("status", "completed_on").order_by("pk"):
        status = task_status_of(statuses[task.pk])
        if status != task.status:
            day = timezone.localdate(now) if status == Status.COMPLETED else None
            notes.append(_task_note(task, status, day))
            task.status, task.completed_on = status, day
            changed.append(task)
    Task.objects.bulk_update(changed, ["status", "completed_on"])
    audit_notes(notes, by=by, now=now)
    return len(changed)


def _task_note(task: Task, status: Status, completed_on: dt.date | None) -> Note:
    def seen(status: str, day: dt.date | None) -> dict[str, str | None]:
        return {"status": str(status), "completed_on": day.isoformat() if day else None}

    return Note(
        "task.status", task, seen(task.status, task.completed_on), seen(status, completed_on)
    )

"""The one writer of the deadlines of tasks and measures, and of their history.

An import of the list leaves them alone: the list names none. No deadline of a measure is later than
its task's: a task is completed when all its measures are, so it would be due before it could be.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.audit import Note, audit_notes, kind_of, values_of
from agencies.models import User
from tasks.models import DeadlineChange, Measure, Task

# As those of periods: room to count days without leaving the calendar.
FIRST_YEAR, LAST_YEAR = 2000, 2999
# As long as a text of a report.
LONGEST_REASON = 10_000
# The code of the error where everything is already as it should be set.
UNCHANGED = "unchanged"


@dataclass(frozen=True, slots=True)
class Deadline:
    """The day by which a task, or one of its measures, is due; None: no day is set.

    `reason` is why this one is changed, where it is not changed for the reason of all.
    """

    task: Task
    measure: Measure | None
    day: dt.date | None
    reason: str = ""

    def __str__(self) -> str:
        day = self.day.isoformat() if self.day else _("not set")
        if self.measure is None:
            return _("task %(number)d: %(day)s") % {"number": self.task.number, "day": day}
        return _("task %(number)d, measure %(ordinal)d: %(day)s") % {
            "number": self.task.number,
            "ordinal": self.measure.ordinal,
            "day": day,
        }


class DeadlineMovedError(Exception):
    """Some deadlines have been changed since the person saw them; nothing was written.

    `moved` are these as they are now, and the message names them.
    """

    def __init__(self, moved: Sequence[Deadline]) -> None:
        super().__init__(
            _("Changed meanwhile, so nothing has been written: %(moved)s. Look again.")
            % {"moved": "；".join(str(one) for one in moved)}
        )
        self.moved = moved


@transaction.atomic
def deadlines_write(
    *,
    changes: Sequence[Deadline],
    reason: str,
    by: User,
    now: dt.datetime,
    seen: Iterable[Deadline] = (),
) -> list[DeadlineChange]:
    """Set deadlines of tasks and measures, all or none, by a coordinator; returns their history.

    What is set to what it is already is passed over, whatever was seen: who sends the same twice
    is in conflict with nobody. The first deadline of each stays beside the
    others as its original one once another takes its place. `seen` is what the person was looking
    at. Rows of tasks and measures are locked, and each change is written together with its
    `DeadlineChange`; a number of statements that does not grow with the changes. Raises
    PermissionDenied for anybody but coordinators, DeadlineMovedError where one of `seen` is another
    by now, and ValidationError keyed "deadline" or "reason"; its code is `UNCHANGED` where all of
    them hold already.
    """
    if not by.is_active or not by.is_coordinator:
        raise PermissionDenied(_("Only a coordinator sets deadlines."))
    reason = reason.strip()
    for one in {change.reason.strip() or reason for change in changes} or {reason}:
        _check_reason(one)
    seen = list(seen)
    ids = {one.task.pk for one in (*changes, *seen)}
    # In one order, so that two who change the same deadlines wait for each other.
    tasks = {
        task.pk: task for task in Task.objects.select_for_update().filter(pk__in=ids).order_by("pk")
    }
    measures = {
        measure.pk: measure
        for measure in Measure.objects.select_for_update().filter(task__in=ids).order_by("pk")
    }
    _check_seen(seen, changes, tasks, measures)
    history, changed_tasks, changed_measures, notes = [], [], [], []
    for change in changes:
        row = _row_of(change, tasks, measures)
        _check_day(change)
        if row.deadline == change.day:
            continue
        history.append(
            DeadlineChange(
                task=tasks[change.task.pk],
                measure=row if isinstance(row, Measure) else None,
                old=row.deadline,
                new=change.day,
                reason=change.reason.strip() or reason,
                at=now,
                by=by,
            )
        )
        before = values_of(row)
        if row.original_deadline is None:
            row.original_deadline = row.deadline
        row.deadline = change.day
        notes.append(Note(f"{kind_of(row)}.deadline", row, before, values_of(row)))
        if isinstance(row, Measure):
            changed_measures.append(row)
        else:
            changed_tasks.append(row)
    if not history:
        problem = _("This is what holds already; nothing is changed.")
        raise ValidationError({"deadline": [ValidationError(problem, code=UNCHANGED)]})
    _check_order(tasks, measures.values())
    fields = ["deadline", "original_deadline"]
    Task.objects.bulk_update(changed_tasks, fields)
    Measure.objects.bulk_update(changed_measures, fields)
    audit_notes(notes, by=by, now=now)
    return DeadlineChange.objects.bulk_create(history)


def _check_reason(reason: str) -> None:
    if not reason:
        raise ValidationError({"reason": [_("Say why; it is kept in the task's history.")]})
    if len(reason) > LONGEST_REASON:
        raise ValidationError(
            {
                "reason": [
                    _("The text has %(length)d characters; %(limit)d are allowed.")
                    % {"length": len(reason), "limit": LONGEST_REASON}
                ]
            }
        )


def _check_seen(
    seen: Iterable[Deadline],
    changes: Iterable[Deadline],
    tasks: dict[int, Task],
    measures: dict[int, Measure],
) -> None:
    wanted = {(one.task, one.measure): one.day for one in changes}
    moved = []
    for one in seen:
        row = _row_of(one, tasks, measures)
        if row.deadline not in (one.day, wanted.get((one.task, one.measure), one.day)):
            moved.append(Deadline(one.task, one.measure, row.deadline))
    if moved:
        raise DeadlineMovedError(moved)


def _row_of(one: Deadline, tasks: dict[int, Task], measures: dict[int, Measure]) -> Task | Measure:
    """The locked row. Raises ValidationError for what the list does not know any more."""
    task = tasks.get(one.task.pk)
    measure = None if one.measure is None else measures.get(one.measure.pk)
    if (
        task is None
        or (one.measure is not None and measure is None)
        or (measure is not None and measure.task_id != task.pk)
    ):
        raise ValidationError(
            {"deadline": [_("The list has changed meanwhile; load the page again.")]}
        )
    return measure or task


def _check_day(change: Deadline) -> None:
    if change.day is not None and not FIRST_YEAR <= change.day.year <= LAST_YEAR:
        problem = ValidationError(
            _("Choose a day from %(first)d to %(last)d."),
            params={"first": FIRST_YEAR, "last": LAST_YEAR, "number": change.task.number},
        )
        raise ValidationError({"deadline": [problem]})


def _check_order(tasks: dict[int, Task], measures: Iterable[Measure]) -> None:
    """Raise ValidationError that names each measure that would be due after its task, in words and
    by "number" and "ordinal" in its params."""
    later: defaultdict[int, list[Measure]] = defaultdict(list)
    for measure in measures:
        deadline = tasks[measure.task_id].deadline
        if deadline and measure.deadline and measure.deadline > deadline:
            later[measure.task_id].append(measure)
    problems = [
        ValidationError(
            _(
                "Task %(number)d would be due %(day)s, before its measure %(ordinal)d, due "
                "%(later)s: set that one too."
            ),
            params={
                "number": tasks[task_id].number,
                "day": tasks[task_id].deadline,
                "ordinal": measure.ordinal,
                "later": measure.deadline,
            },
        )
        for task_id, its in later.items()
        for measure in sorted(its, key=lambda one: one.ordinal)
    ]
    if problems:
        raise ValidationError({"deadline": problems})


def deadlines_check(
    *, changes: Sequence[Deadline], reason: str, by: User, now: dt.datetime
) -> None:
    """Raise what `deadlines_write` would raise, and write nothing: for a preview."""
    with transaction.atomic():
        deadlines_write(changes=changes, reason=reason, by=by, now=now)
        transaction.set_rollback(True)

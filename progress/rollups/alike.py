"""Tasks that are alike in all that figures rest on, counted by the database: of the whole list, so
that a light is found once for many tasks and no page that adds up alone reads each of them."""

import datetime as dt
import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Value,
)
from django.db.models.lookups import GreaterThan

from agencies.models import User
from progress.lights import Light
from progress.models import Report, ReportingPeriod
from progress.rollups.answering import AgencyRef
from progress.rollups.figures import STATUSES
from progress.rollups.rows import TaskRow, lights_read, period_read, task_rows
from progress.rollups.standings import stored_holds
from progress.statements import WrittenOnce
from tasks.models import DeadlineChange, Responsibility, ResponsibilityRole, Task


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """So many `tasks` of a chapter that are alike; the attributes are those of `TaskRow`.

    `handed_in_on` and `light_reason` are those of one of them, which differ in nothing that light
    and figures ask. `measures` are added up by chapter alone: the first group of one has those of
    all its groups with the same `reporting_known`. `rows` are the tasks themselves where each had
    to be read, else None.
    """

    tasks: int
    chapter_number: int
    chapter_title: str
    status: str
    deadline: dt.date | None
    light: Light
    light_reason: str
    measures: Mapping[str, int]
    due_on: dt.date | None
    handed_in_on: dt.date | None
    reporting_known: bool
    rows: Sequence[TaskRow] | None = None

    @property
    def handed_in_late(self) -> bool:
        return bool(self.handed_in_on and self.due_on and self.handed_in_on > self.due_on)


class TaskLit(NamedTuple):
    """A task with its light, as far as a line needs it; the attributes are those of `TaskRow`."""

    id: int
    number: int
    title: str
    deadline: dt.date | None
    light: Light
    light_reason: str
    leads: tuple[AgencyRef, ...]


def task_groups(*, period: ReportingPeriod | None, user: User, today: dt.date) -> list[TaskGroup]:
    """The whole list as of the period, as `task_rows` reads it, in groups: what these add up to is
    what its rows add up to. Three statements at most, however many tasks there are, and those of
    the rows where a deadline moved after a completion.

    A task is read by itself where its standing, or the deadline that it is measured by, is not what
    is stored with it: of a closed period, and of one after which something was approved, all are.
    """
    read = period_read(period)
    is_stored = (read is None or read.is_open) and stored_holds(read)
    if period is None or not is_stored or (read is not period and user.works_for_an_agency):
        rows = task_rows(tasks=Task.objects.all(), period=period, user=user, today=today)
        return [_of_one(row) for row in rows]
    light = lights_read(period, today=today)
    found = [_Alike(*each) for each in _STORED.for_reader(user, period.pk, period.due_on)]
    measures = {(one.chapter, one.known): one.measures for one in found if one.tasks is None}
    groups = []
    for one in found:
        if one.tasks is None or one.is_apart:
            continue
        reading = light(one.status, one.deadline, one.completed_on, one.handed_in_on)
        groups.append(
            TaskGroup(
                tasks=one.tasks,
                chapter_number=one.chapter,
                chapter_title=one.title,
                status=one.status,
                deadline=one.deadline,
                light=reading.light,
                light_reason=reading.reason,
                measures=measures.pop((one.chapter, one.known), {}),
                due_on=period.due_on,
                handed_in_on=one.handed_in_on,
                reporting_known=one.known,
            )
        )
    if any(one.is_apart for one in found):
        apart = Task.objects.filter(pk__in=_MOVED_SINCE.of())
        rows = task_rows(tasks=apart, period=period, user=user, today=today)
        groups += [_of_one(row) for row in rows]
    return groups


def red_first(groups: Sequence[TaskGroup], *, count: int) -> list[TaskRow | TaskLit]:
    """The tasks of these groups that are past their deadline, the `count` that are so the longest:
    by deadline and number. One statement, none where there is no such task."""
    red = [group for group in groups if group.light == Light.RED and group.deadline is not None]
    found: list[TaskRow | TaskLit] = [row for group in red for row in group.rows or ()]
    reasons = {
        (group.status, group.deadline): group.light_reason for group in red if group.rows is None
    }
    if reasons:
        # Of those that the condition lets in each is red: that rests on status and deadline alone.
        last = max(deadline for _status, deadline in reasons if deadline is not None)
        statuses = sorted({status for status, _deadline in reasons})
        leads: dict[TaskLit, list[AgencyRef]] = {}
        for pk, number, title, deadline, status, *lead in _longest(count).of(last, *statuses):
            # Else it has moved this moment.
            if (status, deadline) in reasons:
                reason = reasons[status, deadline]
                task = TaskLit(pk, number, title, deadline, Light.RED, reason, ())
                leads.setdefault(task, []).extend([AgencyRef(*lead)] if lead[0] else [])
        found += [task._replace(leads=tuple(of_task)) for task, of_task in leads.items()]
    return sorted(found, key=lambda task: (task.deadline, task.number))[:count]


@functools.cache
def _longest(count: int) -> WrittenOnce[tuple[Any, ...]]:
    """So many tasks of some statuses that were due the first, at the latest on a day, with their
    leads: a row for each lead, one for a task without any."""
    return WrittenOnce(
        lambda last, *statuses: (
            Task.objects.filter(
                pk__in=Task.objects.filter(status__in=statuses, deadline__lte=last)
                .order_by("deadline", "number")
                .values("pk")[:count]
            )
            # Groups are of today, and so are the agencies of their tasks.
            .annotate(
                lead=FilteredRelation(
                    "responsibilities",
                    condition=Q(responsibilities__role=ResponsibilityRole.LEAD),
                )
            )
            .order_by("deadline", "number", "lead__position")
            .values_list(
                "pk",
                "number",
                "title",
                "deadline",
                "status",
                "lead__agency_id",
                "lead__agency__name",
                "lead__agency__short_name",
            )
        )
    )


def _of_one(row: TaskRow) -> TaskGroup:
    return TaskGroup(
        tasks=1,
        chapter_number=row.chapter_number,
        chapter_title=row.chapter_title,
        status=row.status,
        deadline=row.deadline,
        light=row.light,
        light_reason=row.light_reason,
        measures=row.measures,
        due_on=row.due_on,
        handed_in_on=row.handed_in_on,
        reporting_known=row.reporting_known,
        rows=[row],
    )


class _Alike(NamedTuple):
    """So many tasks that are alike, with one day of each kind for all on its side; with None of
    them, the measures that a chapter has by status."""

    chapter: int
    known: bool
    title: str
    status: str
    deadline: dt.date | None
    is_apart: bool
    is_completed_late: bool | None
    is_handed_in_late: bool | None
    completed_on: dt.date | None
    handed_in_on: dt.date | None
    tasks: int | None
    not_started: int
    in_progress: int
    completed: int
    ongoing: int

    @property
    def measures(self) -> Mapping[str, int]:
        return {status: getattr(self, status) for status in STATUSES}


# What is completed is measured by the deadline of that day (`deadlines_kept`).
_CHANGED_SINCE = DeadlineChange.objects.filter(
    measure=None, at__date__gt=F("task__completed_on")
).values("task")
_MOVED_SINCE = WrittenOnce(
    lambda: Task.objects.filter(pk__in=_CHANGED_SINCE).values_list("pk", flat=True)
)
_NOTHING = Value(None, output_field=BooleanField())
# What the tasks of a group have alike.
_KEYS = (
    "chapter__number",
    "known",
    "chapter__title",
    "status",
    "deadline",
    "is_apart",
    "is_completed_late",
    "is_handed_in_late",
)


def _stored(user: User, period: int, due_on: dt.date) -> QuerySet[Task, tuple[Any, ...]]:
    """What lights and figures rest on, as it is stored, with how many tasks have it: rows of
    `_Alike`.

    The light of what is completed rests on which side of its deadline the day is, what is said of
    handing in on which side of the due date, and neither on how many days lie between. So one day
    stands for all on its side, and what it means is left to `light_of`. Each task has its own day,
    so that there would be hundreds of groups else.

    Measures are counted beside the groups: together with them each would be sorted into its group,
    which takes as long as all else.
    """
    known: Any = Value(value=True)
    if not user.is_coordinator:
        seen = Report.objects.filter(task=OuterRef("pk"), period=period).visible_to(user)
        parts = Responsibility.objects.filter(
            task=OuterRef("pk"), agency__in=user.agency_ids_of_old
        )
        known = ExpressionWrapper(Q(Exists(seen)) | Q(Exists(parts)), output_field=BooleanField())
    tasks = Task.objects.order_by().annotate(known=known)
    counts = [f"of_{status}" for status in STATUSES]
    groups = (
        tasks.annotate(
            report=FilteredRelation("reports", condition=Q(reports__period=period)),
            is_apart=ExpressionWrapper(Q(pk__in=_CHANGED_SINCE), output_field=BooleanField()),
            is_completed_late=GreaterThan(F("completed_on"), F("deadline")),
            is_handed_in_late=GreaterThan(F("report__handed_in_on"), due_on),
        )
        .values(*_KEYS)
        .annotate(
            completed=Min("completed_on"),
            handed_in=Min("report__handed_in_on"),
            tasks=Count("pk"),
            **dict.fromkeys(counts, Value(0)),
        )
        .values_list(*_KEYS, "completed", "handed_in", "tasks", *counts)
    )
    measures = (
        tasks.exclude(pk__in=_CHANGED_SINCE)
        .values("chapter__number", "known")
        .annotate(
            **{
                f"of_{status}": Count("measures", filter=Q(measures__status=status))
                for status in STATUSES
            }
        )
        .values_list("chapter__number", "known", *[_NOTHING] * 9, *counts)
    )
    both: QuerySet[Task, tuple[Any, ...]] = groups.union(measures, all=True)
    return both


_STORED = WrittenOnce(_stored)

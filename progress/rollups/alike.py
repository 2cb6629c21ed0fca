"""Tasks that are alike in all that figures rest on, counted by the database: of the whole list, so
that a light is found once for many tasks and no page that adds up alone reads each of them."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import (
    BooleanField,
    Count,
    Exists,
    ExpressionWrapper,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Value,
)

from agencies.models import User
from progress.lights import Light
from progress.models import Report, ReportingPeriod
from progress.rollups.answering import AgencyRef, parts_answering
from progress.rollups.figures import STATUSES
from progress.rollups.rows import TaskRow, agencies_of_role, lights_read, period_read, task_rows
from progress.rollups.standings import stored_holds
from progress.statements import WrittenOnce
from tasks.models import DeadlineChange, Responsibility, ResponsibilityRole, Task


@dataclass(frozen=True, slots=True)
class TaskGroup:
    """So many `tasks` of a chapter that are alike; the attributes are those of `TaskRow`.

    `measures` are those of all of them together. `rows` are the tasks themselves where each had to
    be read, else None.
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
    what its rows add up to. Four statements, however many tasks there are.

    A task is read by itself where its standing, or the deadline that it is measured by, is not what
    is stored with it: of a closed period, and of one after which something was approved, all are.
    """
    read = period_read(period)
    is_stored = (read is None or read.is_open) and stored_holds(read)
    if period is None or not is_stored or (read is not period and user.works_for_an_agency):
        rows = task_rows(tasks=Task.objects.all(), period=period, user=user, today=today)
        return [_of_one(row) for row in rows]
    light = lights_read(period, today=today)
    groups = []
    for (
        chapter,
        title,
        status,
        deadline,
        completed_on,
        handed_in_on,
        known,
        tasks,
        *counts,
    ) in _STORED.for_reader(user, period.pk):
        reading = light(status, deadline, completed_on, handed_in_on)
        groups.append(
            TaskGroup(
                tasks=tasks,
                chapter_number=chapter,
                chapter_title=title,
                status=status,
                deadline=deadline,
                light=reading.light,
                light_reason=reading.reason,
                measures=dict(zip(STATUSES, counts, strict=True)),
                due_on=period.due_on,
                handed_in_on=handed_in_on,
                reporting_known=known,
            )
        )
    if moved := _MOVED_SINCE.of():
        apart = Task.objects.filter(pk__in=moved)
        rows = task_rows(tasks=apart, period=period, user=user, today=today)
        groups += [_of_one(row) for row in rows]
    return groups


def red_first(
    groups: Sequence[TaskGroup], *, period: ReportingPeriod | None, count: int
) -> list[TaskRow | TaskLit]:
    """The tasks of these groups that are past their deadline, the `count` that are so the longest:
    by deadline and number. Two statements, none where there is no such task."""
    red = [group for group in groups if group.light == Light.RED and group.deadline is not None]
    found: list[TaskRow | TaskLit] = [row for group in red for row in group.rows or ()]
    reasons = {
        (group.status, group.deadline): group.light_reason for group in red if group.rows is None
    }
    if reasons:
        # Of those that the condition lets in each is red: that rests on status and deadline alone.
        last = max(deadline for _status, deadline in reasons if deadline is not None)
        tasks = Task.objects.filter(status__in={status for status, _ in reasons})
        first = list(
            tasks.filter(deadline__lte=last)
            .order_by("deadline", "number")
            .values_list("pk", "number", "title", "deadline", "status")[:count]
        )
        of_these = Task.objects.filter(pk__in=[pk for pk, *_facts in first])
        parts = parts_answering(tasks=of_these, period=period_read(period))
        found += [
            TaskLit(
                pk,
                number,
                title,
                deadline,
                Light.RED,
                reasons[status, deadline],
                agencies_of_role(parts.get(pk, ()), ResponsibilityRole.LEAD),
            )
            for pk, number, title, deadline, status in first
            # Else it has moved this moment.
            if (status, deadline) in reasons
        ]
    return sorted(found, key=lambda task: (task.deadline, task.number))[:count]


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


# What is completed is measured by the deadline of that day (`deadlines_kept`).
_MOVED = Exists(
    DeadlineChange.objects.filter(
        task=OuterRef("pk"), measure=None, at__date__gt=OuterRef("completed_on")
    )
)
_MOVED_SINCE = WrittenOnce(
    lambda: Task.objects.filter(_MOVED, completed_on__isnull=False).values_list("pk", flat=True)
)


def _stored(user: User, period: int) -> QuerySet[Task, tuple[Any, ...]]:
    """What lights and figures rest on, as it is stored, with how many tasks have it and how many
    measures these have by status."""
    known: Any = Value(value=True)
    if not user.is_coordinator:
        seen = Report.objects.filter(task=OuterRef("pk"), period=period).visible_to(user)
        parts = Responsibility.objects.filter(
            task=OuterRef("pk"), agency__in=user.agency_ids_of_old
        )
        known = ExpressionWrapper(Q(Exists(seen)) | Q(Exists(parts)), output_field=BooleanField())
    return (
        Task.objects.filter(~Q(_MOVED) | Q(completed_on=None))
        .order_by()
        .annotate(
            report=FilteredRelation("reports", condition=Q(reports__period=period)),
            known=known,
        )
        .values_list(
            "chapter__number",
            "chapter__title",
            "status",
            "deadline",
            "completed_on",
            "report__handed_in_on",
            "known",
        )
        .annotate(
            tasks=Count("pk", distinct=True),
            **{one: Count("measures", filter=Q(measures__status=one)) for one in STATUSES},
        )
    )


_STORED = WrittenOnce(_stored)

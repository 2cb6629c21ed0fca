"""What the rules of deadlines, matters and decisions are read from, and by when each is owed.

Of all of the register or of a few tasks, so that what is found and what is looked at again before
it is sent is the same.
"""

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import cache, partial
from typing import NamedTuple, TypeVar

from django.db.models import Exists, F, Min, Model, OuterRef, QuerySet, Subquery
from django.utils import timezone

from progress.models import (
    Agreement,
    Completion,
    CompletionState,
    DecisionState,
    Extension,
    Matter,
    MatterEvent,
    MatterMove,
    MatterState,
    Policy,
    Report,
    ReportEvent,
    Rule,
)
from progress.reminders.owed.items import step_on
from progress.reminders.owed.rules import (
    addressing_due_on,
    answer_due_on,
    completion_due_on,
    decision_due_on,
)
from progress.states import HANDED_IN, WRITABLE, ReportState
from progress.workdays import WorkCalendar
from tasks.models import Division, Measure, Responsibility, ResponsibilityRole, Status, Task

M = TypeVar("M", bound=Model)


class TaskNamed(NamedTuple):
    """A task as messages name it: a list of many thousands is not worth a model's instances."""

    pk: int
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Day:
    """What every rule is read against."""

    today: dt.date
    policy: Policy
    calendar: WorkCalendar
    zone: dt.tzinfo = field(default_factory=timezone.get_current_timezone)
    # Thousands of things are due on the same few days.
    _steps: dict[dt.date, int] = field(default_factory=dict)

    def step(self, due_on: dt.date) -> int:
        """As `step_on`, today."""
        step = self._steps.get(due_on)
        if step is None:
            step = step_on(due_on, today=self.today, calendar=self.calendar)
            self._steps[due_on] = step
        return step

    def date_of(self, moment: dt.datetime) -> dt.date:
        """On which day it was here."""
        return moment.astimezone(self.zone).date()


def deadlines(
    tasks: Collection[int] | None = None, *, until: dt.date = dt.date.max
) -> Mapping[int, dt.date]:
    """By task the deadline, none later than `until`, by which its leads still have to complete it.
    One statement."""
    asked = Completion.objects.filter(
        measure=OuterRef("pk"), state=CompletionState.REQUESTED, report__state__in=HANDED_IN
    )
    left = Measure.objects.filter(task=OuterRef("pk")).exclude(status=Status.COMPLETED)
    later = Extension.objects.filter(
        task=OuterRef("pk"), measure=None, state=DecisionState.REQUESTED
    )
    rows = (
        _of(Task.objects.filter(deadline__lte=until), "pk", tasks)
        .order_by("pk")
        .values_list(
            "pk", "status", "deadline", ~Exists(left.filter(~Exists(asked))), Exists(later)
        )
    )
    found = {
        pk: completion_due_on(
            status=status, deadline=deadline, is_asked_for=asked, later_is_asked_for=later
        )
        for pk, status, deadline, asked, later in rows
    }
    return {pk: due_on for pk, due_on in found.items() if due_on is not None}


def decisions(day: Day, tasks: Collection[int] | None = None) -> Mapping[tuple[int, int], dt.date]:
    """By task and period the day by which a coordinator is to decide on its report. One statement.

    It counts from the last time it left its agency, where it may have been looked at before.
    """
    left = ReportEvent.objects.filter(report=OuterRef("pk"), to_state=ReportState.SUBMITTED)
    left = left.exclude(from_state=ReportState.SUBMITTED).order_by("-pk")
    rows = _of(
        Report.objects.filter(state=ReportState.SUBMITTED, period__closed_at=None), "task", tasks
    )
    due_on_of = cache(partial(decision_due_on, policy=day.policy, calendar=day.calendar))
    found = {
        (task_id, period_id): due_on_of(state=state, reached_on=day.date_of(at or submitted_at))
        for task_id, period_id, state, submitted_at, at in rows.order_by("pk").values_list(
            "task_id", "period_id", "state", "submitted_at", Subquery(left.values("at")[:1])
        )
    }
    return {key: due_on for key, due_on in found.items() if due_on is not None}


def requests(day: Day, tasks: Collection[int] | None = None) -> Mapping[int, dt.date]:
    """By task the day by which the first request for a later deadline is to be decided on. One
    statement."""
    rows = _of(Extension.objects.filter(state=DecisionState.REQUESTED), "task", tasks)
    found = {
        task_id: decision_due_on(
            state=DecisionState.REQUESTED,
            reached_on=day.date_of(first),
            policy=day.policy,
            calendar=day.calendar,
        )
        for task_id, first in rows.order_by()
        .values_list("task_id")
        .annotate(first=Min("requested_at"))
    }
    return {task_id: due_on for task_id, due_on in found.items() if due_on is not None}


class MatterDue(NamedTuple):
    """What an open matter waits for, by when: an answer of the agency it is addressed to; of one
    that is addressed to nobody (`agency_id` None), that a coordinator says who answers it."""

    rule: Rule
    matter_id: int
    agency_id: int | None
    task_id: int
    due_on: dt.date


def matters(day: Day, tasks: Collection[int] | None = None) -> list[MatterDue]:
    """What open matters wait for. One statement.

    An answer counts from the day of addressing, addressing from that of raising; what was answered,
    or closed, and is asked anew counts from then.
    """
    settled = MatterEvent.objects.filter(
        matter=OuterRef("matter"), move__in=[MatterMove.ANSWER, MatterMove.CLOSE]
    )
    again = MatterEvent.objects.filter(
        Exists(settled.filter(pk__lt=OuterRef("pk"))),
        ~Exists(settled.filter(pk__gt=OuterRef("pk"))),
        matter=OuterRef("pk"),
        move__in=[MatterMove.REWORD, MatterMove.REOPEN],
    )
    rows = _of(Matter.objects.filter(state=MatterState.OPEN), "task", tasks)
    found = []
    for pk, state, task_id, agency_id, raised_on, addressed_on, at in rows.values_list(
        "pk",
        "state",
        "task_id",
        "addressed_to_id",
        "raised_on",
        "addressed_on",
        Subquery(again.order_by("pk").values("at")[:1]),
    ):
        since = addressed_on if agency_id is not None and addressed_on else raised_on
        since = max(since, day.date_of(at)) if at else since
        due_on_of, rule = _OF_A_MATTER[agency_id is not None]
        due_on = due_on_of(state=state, asked_on=since, policy=day.policy, calendar=day.calendar)
        if due_on is not None:
            found.append(MatterDue(rule, pk, agency_id, task_id, due_on))
    return found


# By whether it is addressed to somebody.
_OF_A_MATTER = {False: (addressing_due_on, Rule.ADDRESS), True: (answer_due_on, Rule.MATTER)}


class AgreementDue(NamedTuple):
    """That another lead of a task was asked to agree to a report, and has not answered."""

    task: TaskNamed
    period_id: int
    agency_id: int
    asked_at: dt.datetime


def agreements(parts: QuerySet[Responsibility]) -> list[AgreementDue]:
    """Which of these parts' agencies were asked to agree to reports of open periods. One statement.

    An answer, a new text and a report that has left its first lead each end it.
    """
    asked = parts.filter(
        role=ResponsibilityRole.LEAD,
        position__gt=1,
        task__division=Division.CO_LEAD,
        task__reports__agreement_asked_at__isnull=False,
        task__reports__state__in=WRITABLE,
        task__reports__period__closed_at=None,
    )
    answers = Agreement.objects.filter(report=OuterRef("task__reports"), agency=OuterRef("agency"))
    rows = asked.filter(~Exists(answers)).order_by("task__reports", "position")
    period, asked_at = F("task__reports__period"), F("task__reports__agreement_asked_at")
    named = rows.values_list("task", "task__number", "task__title", period, "agency", asked_at)
    return [AgreementDue(TaskNamed(*row[:3]), *row[3:]) for row in named]


def _of(rows: QuerySet[M], name: str, tasks: Collection[int] | None) -> QuerySet[M]:
    """Those of some tasks, by the column that says which; None: all."""
    return rows if tasks is None else rows.filter(**{f"{name}__in": tasks})

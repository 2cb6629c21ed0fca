"""Which tasks and measures a period counts: of a closed one those that the list had at its closing.

Of a period that is open, and of one that was closed before they were kept, they are those of today
(`ReportingPeriod.register_at_closing`).
"""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import BooleanField, DateField, IntegerField, QuerySet, Value

from progress.lights import Light
from progress.models import (
    AGENCIES_KEPT,
    LIGHT_RULES,
    CalendarCorrection,
    Policy,
    ReportingPeriod,
)
from progress.statements import WrittenOnce
from progress.workdays import WorkCalendar
from tasks.models import Measure, Task, TaskQuerySet

# The ids of the measures of each task in the list's order, by the task's id.
Register = Mapping[int, Sequence[int]]


@dataclass(frozen=True, slots=True)
class Dropped:
    """How many tasks, and measures of theirs, a period counts that left the list after its closing.

    None of them has a report: what was reported on cannot be dropped. So they were not started,
    their reports stay missing, and their `light` tells that where the rules then let it.
    """

    tasks: int = 0
    measures: int = 0
    light: Light = Light.YELLOW


NOTHING_DROPPED = Dropped()


def register_kept(period: ReportingPeriod | None) -> Register | None:
    """What the period counts where it keeps that, dropped tasks too; None: what there is today."""
    if period is None or period.is_open or period.register_at_closing is None:
        return None
    kept = period.register_at_closing.items()
    return {int(pk): measures for pk, measures in kept if pk != AGENCIES_KEPT}


def places_kept(period: ReportingPeriod | None) -> dict[int, int] | None:
    """By its id the place of each measure in its task as the period keeps it; None: today's."""
    register = register_kept(period)
    if register is None:
        return None
    return {
        pk: place for measures in register.values() for place, pk in enumerate(measures, start=1)
    }


def register_today(tasks: QuerySet[Task]) -> Register:
    """The measures that these tasks have now: one statement."""
    register: dict[int, list[int]] = defaultdict(list)
    measures = Measure.objects.filter(task__in=tasks.values("pk")).order_by("task_id", "ordinal")
    for task_id, pk in measures.values_list("task_id", "pk"):
        register[task_id].append(pk)
    return register


def are_all(tasks: QuerySet[Task]) -> bool:
    """Whether the queryset is the whole list: nothing narrows it."""
    query = tasks.query
    return not (query.where or query.is_sliced or query.combinator or query.distinct)


def tasks_counted(tasks: TaskQuerySet, period: ReportingPeriod | None) -> TaskQuerySet:
    """Of these tasks those that the period counts: none that came into the list after its closing.

    What left the list since is not among them, but in `dropped_since`.
    """
    register = register_kept(period)
    return tasks if register is None else tasks.filter(pk__in=list(register))


def is_counted(*, task_id: int, period: ReportingPeriod | None) -> bool:
    """Whether the period counts this task of today's list."""
    register = register_kept(period)
    return register is None or task_id in register


def tasks_due(period: ReportingPeriod, *, today: int) -> int:
    """How many reports the period asks for; `today` is how many tasks the list has now."""
    register = register_kept(period)
    return today if register is None else len(register)


def dropped_since(
    period: ReportingPeriod | None, *, named: Collection[int] = frozenset()
) -> Dropped:
    """What the period counts that is not in the list any more: one statement at most.

    Less the tasks that have a row all the same (`named`, their ids)."""
    register = register_kept(period)
    if register is None:
        return NOTHING_DROPPED
    still_there = {*Task.objects.values_list("pk", flat=True), *named}
    gone = [measures for task_id, measures in register.items() if task_id not in still_there]
    rules = period.light_rules_at_closing if period else None
    lit = rules is None or rules["yellow_for_missing_report"]
    return Dropped(len(gone), sum(map(len, gone)), Light.YELLOW if lit else Light.GREY)


_LIGHT_RULES = WrittenOnce(lambda: Policy.objects.filter(pk=1).only(*LIGHT_RULES))


def policy_read(period: ReportingPeriod | None) -> Policy:
    """The rules by which a period's lights are read: today's, of a closed one those that it keeps.

    One statement; a period that was closed before they were kept is read by today's. Of the rules
    those of lights alone are read.
    """
    policy = next(iter(_LIGHT_RULES.of()), None) or Policy(pk=1)
    if period is not None and period.closed_at is not None:
        for name, value in (period.light_rules_at_closing or {}).items():
            setattr(policy, name, value)
    return policy


# The rules of lights, and what administrators corrected of the calendar.
_RULES = WrittenOnce(
    lambda: (
        Policy.objects.filter(pk=1)
        .annotate(
            day=Value(None, output_field=DateField()),
            working=Value(None, output_field=BooleanField()),
        )
        .order_by()
        .values_list("day", "working", *LIGHT_RULES)
        .union(
            CalendarCorrection.objects.order_by()
            .annotate(
                days=Value(None, output_field=IntegerField()),
                missing=Value(None, output_field=BooleanField()),
            )
            .values_list("day", "working", "days", "missing"),
            all=True,
        )
    )
)


def rules_read(period: ReportingPeriod | None) -> tuple[Policy, WorkCalendar]:
    """What the lights of a period are read by, as `policy_read` and `calendar_read` say it: one
    statement."""
    if period is not None and period.closed_at is not None:
        return policy_read(period), calendar_read(period)
    policy, corrections = Policy(pk=1), {}
    for day, working, *rules in _RULES.of():
        if day is not None:
            corrections[day] = working
        else:
            for name, value in zip(LIGHT_RULES, rules, strict=True):
                setattr(policy, name, value)
    return policy, WorkCalendar(dict(sorted(corrections.items())))


def calendar_read(period: ReportingPeriod | None) -> WorkCalendar:
    """The calendar by which a period's days are counted: today's, of a closed one what it keeps.

    One statement, none where it is kept.
    """
    if period is None or period.closed_at is None or period.calendar_at_closing is None:
        return WorkCalendar.load()
    return WorkCalendar.read(period.calendar_at_closing)

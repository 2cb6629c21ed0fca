"""Which tasks and measures a period counts: of a closed one those that the list had at its closing.

Of a period that is open, and of one that was closed before they were kept, they are those of today
(`ReportingPeriod.register_at_closing`).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import QuerySet

from progress.lights import Light
from progress.models import AGENCIES_KEPT, Policy, ReportingPeriod
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


def register_today(tasks: QuerySet[Task]) -> Register:
    """The measures that these tasks have now: one statement."""
    register: dict[int, list[int]] = defaultdict(list)
    measures = Measure.objects.filter(task__in=tasks.values("pk")).order_by("task_id", "ordinal")
    for task_id, pk in measures.values_list("task_id", "pk"):
        register[task_id].append(pk)
    return register


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


def dropped_since(period: ReportingPeriod | None) -> Dropped:
    """What the period counts that is not in the list any more: one statement at most."""
    register = register_kept(period)
    if register is None:
        return NOTHING_DROPPED
    still_there = set(Task.objects.values_list("pk", flat=True))
    gone = [measures for task_id, measures in register.items() if task_id not in still_there]
    rules = period.light_rules_at_closing if period else None
    lit = rules is None or rules["yellow_for_missing_report"]
    return Dropped(len(gone), sum(map(len, gone)), Light.YELLOW if lit else Light.GREY)


def policy_read(period: ReportingPeriod | None) -> Policy:
    """The rules by which a period's lights are read: today's, of a closed one those that it keeps.

    One statement; a period that was closed before they were kept is read by today's.
    """
    policy = Policy.current()
    if period is not None and period.closed_at is not None:
        for name, value in (period.light_rules_at_closing or {}).items():
            setattr(policy, name, value)
    return policy

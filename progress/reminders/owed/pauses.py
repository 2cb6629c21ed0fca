"""What is kept back by pauses: on a day, and of what a coordinator chose to remind of."""

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass, field

from django.db.models import Q, QuerySet

from agencies.models import Agency, User
from progress.models import (
    Reminder,
    ReminderPause,
    ReminderQuerySet,
    ReportingPeriod,
    Undelivered,
)
from progress.reminders.owed.items import OwedItem
from tasks.models import Task


@dataclass(frozen=True, slots=True)
class Pauses:
    """Of which agencies, tasks and periods (their ids) nothing is asked for on a day."""

    agencies: frozenset[int] = field(default_factory=frozenset)
    tasks: frozenset[int] = field(default_factory=frozenset)
    periods: frozenset[int] = field(default_factory=frozenset)

    @classmethod
    def holding_on(cls, day: dt.date) -> "Pauses":
        """One statement, two where an agency is paused: so are the bodies that act through it."""
        rows = ReminderPause.objects.holding_on(day).order_by()
        agencies, tasks, periods = [], [], []
        for agency_id, task_id, period_id in rows.values_list("agency", "task", "period"):
            agencies.append(agency_id)
            tasks.append(task_id)
            periods.append(period_id)
        if any(agencies):
            bodies = Agency.objects.filter(acts_through__in=[pk for pk in agencies if pk])
            agencies += bodies.values_list("pk", flat=True)
        return cls(*(frozenset(one) - {None} for one in (agencies, tasks, periods)))

    def given_up(self) -> ReminderQuerySet:
        """The messages that were given up, of which coordinators are told."""
        rows = Reminder.objects.undelivered(Undelivered.GIVEN_UP)
        return rows.exclude(agency__in=self.agencies)

    def hold(self, item: OwedItem) -> bool:
        return (
            item.agency_id in self.agencies
            or item.task_id in self.tasks
            or item.period_id in self.periods
        )


def pauses_among(
    *,
    by: User,
    today: dt.date,
    period: ReportingPeriod,
    agencies: Collection[int] | None,
    tasks: QuerySet[Task],
) -> list[ReminderPause]:
    """The pauses that keep back something of what was chosen; `agencies` None: all. One
    statement."""
    rows = ReminderPause.objects.visible_to(by).holding_on(today)
    of_agencies = Q(agency__isnull=False)
    if agencies is not None:
        # What keeps an agency's reminders back holds for the bodies that act through it.
        through = Agency.objects.filter(pk__in=agencies).values("acts_through")
        of_agencies = Q(agency__in=agencies) | Q(agency__in=through)
    chosen = rows.filter(of_agencies | Q(period=period) | Q(task__in=tasks.values("pk")))
    return list(chosen.select_related("agency", "task", "period"))

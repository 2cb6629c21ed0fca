"""How far the handing-in of each period is, and when the next one would be."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from progress.cadence import Span, due_on, opens_on
from progress.models import PeriodQuerySet, Policy, Report, ReportingPeriod, ReportQuerySet
from progress.rollups.counted import tasks_due
from progress.rollups.figures import Figures
from progress.rollups.kept import kept_figures_of
from progress.states import ReportState
from progress.workdays import WorkCalendar
from tasks.models import Task

NOT_APPROVED = tuple(state for state in ReportState if state != ReportState.APPROVED)


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """A period's reports: how many are due, were handed in, of these in time, and are approved.

    `due_is_estimated`: the year's holidays were not known, so the due date rests on weekends alone.
    """

    period: ReportingPeriod
    due: int
    handed_in: int
    on_time: int
    approved: int
    due_is_estimated: bool

    @property
    def missing(self) -> int:
        return self.due - self.handed_in

    @property
    def undecided(self) -> int:
        """Handed in, and not approved (yet)."""
        return self.handed_in - self.approved


def period_figures(*, periods: PeriodQuerySet) -> list[PeriodFigures]:
    """The figures of each period, the latest first, over the whole list: six statements.

    A closed period asked for the tasks that the list had then, whatever became of them. That is one
    of the figures that it keeps, as is what was handed in; the register itself, which is long, and
    all its reports are read where it keeps none.
    For coordinators, who read all reports; of others, figures are made from the rows they may see.
    """
    today = Task.objects.count()
    calendar = WorkCalendar.load()
    found = list(periods.latest_first().to_choose_from())
    registered = set(periods.filter(register_at_closing__isnull=False).values_list("pk", flat=True))
    kept = kept_figures_of(periods=[period for period in found if period.pk in registered])
    due = {
        period.pk: kept[period.pk].due if period.pk in kept else tasks_due(period, today=today)
        for period in found
        if period.pk in registered
    }
    counts = _counts(periods=[period.pk for period in found], kept=kept)
    return [
        PeriodFigures(
            period,
            due.get(period.pk, today),
            *counts[period.pk],
            calendar.is_estimated(period.due_on),
        )
        for period in found
    ]


def _counts(
    *, periods: Iterable[int], kept: Mapping[int, Figures]
) -> dict[int, tuple[int, int, int]]:
    """By the period's id how many reports were handed in, of these in time, and are approved.

    Of periods that keep their figures only what was handed in and is not approved is counted: that
    is next to nothing, however many reports there are.
    """
    others = Report.objects.filter(period__in=[pk for pk in periods if pk not in kept])
    undecided = Report.objects.filter(period__in=kept.keys(), state__in=NOT_APPROVED)
    rows = _counted_by_period(others).union(_counted_by_period(undecided), all=True)
    counted = {pk: numbers for pk, *numbers in rows}
    counts = {}
    for pk in periods:
        handed_in, on_time, approved = counted.get(pk, (0, 0, 0))
        if pk in kept:
            approved = kept[pk].handed_in - handed_in
            handed_in, on_time = kept[pk].handed_in, kept[pk].on_time
        counts[pk] = (handed_in, on_time, approved)
    return counts


def _counted_by_period(reports: ReportQuerySet) -> QuerySet[Report, tuple[Any, ...]]:
    return (
        reports.order_by()
        .values_list("period")
        .annotate(
            handed_in=Count("pk", filter=Q(handed_in_on__isnull=False)),
            on_time=Count("pk", filter=Q(handed_in_on__lte=F("period__due_on"))),
            approved=Count("pk", filter=Q(state=ReportState.APPROVED)),
        )
    )


@dataclass(frozen=True, slots=True)
class PeriodAhead:
    """A period that nobody has opened: when it would open and be due by the rules as they are."""

    code: str
    opens_on: dt.date
    due_on: dt.date
    due_is_estimated: bool


def period_ahead(span: Span, *, policy: Policy, calendar: WorkCalendar) -> PeriodAhead:
    """The days of the span under these rules."""
    due = due_on(span, policy, calendar)
    return PeriodAhead(span.code, opens_on(span, policy), due, calendar.is_estimated(due))

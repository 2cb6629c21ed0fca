"""How far the handing-in of each period is."""

from dataclasses import dataclass

from django.db.models import Count, Q

from progress.models import PeriodQuerySet, Report, ReportingPeriod
from progress.states import ReportState
from progress.workdays import WorkCalendar
from tasks.models import Task


@dataclass(frozen=True, slots=True)
class PeriodFigures:
    """A period's reports: how many are due, how many were handed in, how many are approved.

    `due_is_estimated`: the year's holidays were not known, so the due date rests on weekends alone.
    """

    period: ReportingPeriod
    due: int
    handed_in: int
    approved: int
    due_is_estimated: bool

    @property
    def missing(self) -> int:
        return self.due - self.handed_in


def period_figures(*, periods: PeriodQuerySet) -> list[PeriodFigures]:
    """The figures of each period, the latest first, over the whole list: four statements.

    For coordinators, who read all reports; of others, figures are made from the rows they may see.
    """
    due = Task.objects.count()
    calendar = WorkCalendar.load()
    counts = {
        period_id: (handed_in, approved)
        for period_id, handed_in, approved in Report.objects.filter(period__in=periods)
        .order_by()
        .values_list("period")
        .annotate(
            handed_in=Count("pk", filter=Q(handed_in_on__isnull=False)),
            approved=Count("pk", filter=Q(state=ReportState.APPROVED)),
        )
    }
    return [
        PeriodFigures(
            period, due, *counts.get(period.pk, (0, 0)), calendar.is_estimated(period.due_on)
        )
        for period in periods.latest_first()
    ]

"""How far each task and measure is: as stored, or as of a past period."""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, QuerySet

from progress.models import MeasureProgress, Report, ReportingPeriod
from progress.states import ReportState
from tasks.models import Measure, Status, Task
from tasks.statuses import task_status_of


@dataclass(frozen=True, slots=True)
class Standing:
    """A task's status, day of completion, and its measures counted by status."""

    status: str
    completed_on: dt.date | None
    measures: Mapping[str, int]


def standings_of(
    tasks: QuerySet[Task],
    period: ReportingPeriod | None,
    stored: Mapping[int, tuple[str, dt.date | None]],
) -> dict[int, Standing]:
    """The standing of each task by its id, as of the period.

    `stored` is what is kept on each of these tasks: its status and its day of completion.
    """
    past = past_statuses(tasks, period)
    if past is None:
        counts: dict[int, dict[str, int]] = defaultdict(dict)
        counted = Measure.objects.filter(task__in=tasks.values("pk")).order_by()
        for task_id, status, count in counted.values_list("task_id", "status").annotate(
            count=Count("pk")
        ):
            counts[task_id][status] = count
        return {
            pk: Standing(status, completed_on, counts[pk])
            for pk, (status, completed_on) in stored.items()
        }
    statuses: dict[int, list[str]] = {pk: [] for pk in stored}
    for pk, task_id in Measure.objects.filter(task__in=tasks.values("pk")).values_list(
        "pk", "task_id"
    ):
        statuses[task_id].append(past.get(pk, Status.NOT_STARTED))
    completed = _past_completions(tasks, period)
    standings = {}
    for task_id, of_measures in statuses.items():
        status = task_status_of(of_measures)
        completed_on = completed.get(task_id) if status == Status.COMPLETED else None
        standings[task_id] = Standing(status, completed_on, Counter(of_measures))
    return standings


def past_statuses(tasks: QuerySet[Task], period: ReportingPeriod | None) -> dict[int, str] | None:
    """Statuses by measure id as of the period, or None where what is stored holds.

    What is stored holds for a period after which nothing has been approved.
    """
    if period is None:
        return None
    approved = Report.objects.filter(state=ReportState.APPROVED)
    if not approved.filter(period__ends_on__gt=period.ends_on).exists():
        return None
    # Later rows replace earlier ones: what remains is each task's latest report.
    latest = dict(
        approved.filter(task__in=tasks.values("pk"), period__ends_on__lte=period.ends_on)
        .order_by("period__ends_on")
        .values_list("task_id", "pk")
    )
    return dict(
        MeasureProgress.objects.filter(report__in=latest.values()).values_list(
            "measure_id", "status"
        )
    )


def _past_completions(tasks: QuerySet[Task], period: ReportingPeriod | None) -> dict[int, dt.date]:
    """The first day of each task's unbroken run of approved, completed reports up to the period."""
    assert period is not None
    days: dict[int, dt.date] = {}
    reports = (
        Report.objects.filter(
            state=ReportState.APPROVED,
            task__in=tasks.values("pk"),
            period__ends_on__lte=period.ends_on,
        )
        .order_by("period__ends_on")
        .values_list("task_id", "handed_in_on", "pk")
    )
    unfinished = set(
        MeasureProgress.objects.filter(
            report__state=ReportState.APPROVED, report__period__ends_on__lte=period.ends_on
        )
        .exclude(status=Status.COMPLETED)
        .values_list("report_id", flat=True)
        .distinct()
    )
    for task_id, handed_in_on, pk in reports:
        if pk in unfinished:
            days.pop(task_id, None)
        elif handed_in_on is not None:
            days.setdefault(task_id, handed_in_on)
    return days

"""My tasks: what this person's agency owes this period, at one look."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from agencies.models import Role, User
from agencies.pages import reader_of
from progress.cadence import opens_on
from progress.models import Policy, Report, ReportEvent, ReportingPeriod
from progress.pages.periods import next_span
from progress.rollups import TaskRow, figures_of, task_rows
from progress.states import ReportState
from progress.workdays import WorkCalendar
from tasks.models import Task

# What needs a hand first stands first; None: nobody has begun.
GROUPS: Sequence[tuple[ReportState | None, str | Promise]] = (
    (ReportState.RETURNED, gettext_lazy("Returned, to correct")),
    (None, gettext_lazy("To write")),
    (ReportState.DRAFT, gettext_lazy("Drafts to finish")),
    (ReportState.AGENCY_REVIEW, gettext_lazy("Waiting for the agency's approver")),
    (ReportState.SUBMITTED, gettext_lazy("Handed in, waiting for the coordinators")),
    (ReportState.APPROVED, gettext_lazy("Approved")),
)


@dataclass(frozen=True, slots=True)
class MyTask:
    """One task the agency leads, and why its report came back, if it did."""

    row: TaskRow
    returned_because: str
    is_writable: bool
    is_to_review: bool


@dataclass(frozen=True, slots=True)
class Group:
    state: str
    title: str | Promise
    tasks: Sequence[MyTask]


@require_safe
def my_tasks(request: HttpRequest) -> HttpResponse:
    """What the agency owes; for reporters and approvers."""
    user = reader_of(request)
    if not user.works_for_an_agency:
        raise PermissionDenied(_("Only people who report for an agency have tasks of their own."))
    today = timezone.localdate()
    period = ReportingPeriod.objects.visible_to(user).current()
    mine = Task.objects.visible_to(user).shared_by(user.agency_ids)
    rows = task_rows(tasks=mine, period=period, user=user, today=today)
    led_ids = set(
        Task.objects.visible_to(user).led_by(user.agency_ids).values_list("pk", flat=True)
    )
    led = [row for row in rows if row.id in led_ids]
    is_open = period is not None and period.is_open
    return render(
        request,
        "progress/my_tasks.html",
        {
            "period": period,
            "is_open": is_open,
            "days_left": WorkCalendar.load().between(today, period.due_on) if period else None,
            "figures": figures_of(led),
            "groups": _groups(led, period, is_open=is_open, user=user),
            "next": None if is_open else _next_period(today),
            "shared": [row for row in rows if row.id not in led_ids],
        },
    )


def _next_period(today: dt.date) -> tuple[str, dt.date]:
    """The code of the period that comes next, and the day on which it opens by the calendar."""
    span = next_span(today=today)
    return span.code, opens_on(span, Policy.current())


def _groups(
    led: Sequence[TaskRow], period: ReportingPeriod | None, *, is_open: bool, user: User
) -> list[Group]:
    reasons = dict(
        ReportEvent.objects.filter(
            report__in=Report.objects.filter(
                period=period, state=ReportState.RETURNED, task__in=[row.id for row in led]
            ),
            to_state=ReportState.RETURNED,
        )
        .order_by("pk")
        .values_list("report_id", "reason")
    )
    groups = []
    for state, title in GROUPS:
        tasks = [
            MyTask(
                row,
                returned_because=reasons.get(row.report_id or 0, ""),
                is_writable=is_open and state in (None, ReportState.DRAFT, ReportState.RETURNED),
                is_to_review=is_open
                and state == ReportState.AGENCY_REVIEW
                and user.role == Role.APPROVER,
            )
            for row in led
            if row.report_state == state
        ]
        if tasks:
            groups.append(Group(state or "none", title, tasks))
    return groups

"""Approving the reports of several tasks: look at what would be approved, confirm, all or none."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.models import User
from agencies.pages import reader_of
from progress.models import MeasureProgress, Report, ReportingPeriod
from progress.pages.chosen import PARAMETER, numbers_chosen, numbers_written, versions_chosen
from progress.pages.reading import period_choice
from progress.pages.waiting import QueueLine, queue_lines
from progress.workflow import ApprovalsRefused, reports_approve_together
from tasks.models import Task

CONFLICT = 409


@dataclass(frozen=True, slots=True)
class StatusChange:
    """What approving would make of one measure's status."""

    ordinal: int
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Ready:
    """A report that would be approved, and which statuses change with it."""

    line: QueueLine
    changes: Sequence[StatusChange]

    @property
    def report(self) -> Report:
        return self.line.report


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A chosen task whose report is not approved with the others, and why; `state` is None where
    nobody has begun it, `completions` are ordinals of measures that need a decision of their own.
    """

    number: int
    title: str
    state: str | None
    completions: Sequence[int] = ()
    is_unread: bool = False


@dataclass(frozen=True, slots=True)
class Approving:
    """Of the chosen tasks, the reports that would be approved and those that are left out."""

    ready: Sequence[Ready]
    left_out: Sequence[LeftOut]


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def tasks_approve(request: HttpRequest) -> HttpResponse:
    """A preview of what approving the chosen tasks' reports would do; on POST it is done.

    Approved is only what this coordinator has looked at as it reads, and what asks for no
    completion. All are approved or none; what stands in the way is named.
    """
    user = reader_of(request)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator reviews reports of several agencies."))
    period = period_choice(request, user).period
    if period is None:
        raise Http404(_("No reporting period has been opened yet."))
    numbers = numbers_chosen(request.GET.getlist(PARAMETER))
    if request.method == "POST":
        chosen = versions_chosen(request.POST.getlist("report"))
        if not chosen:
            raise BadRequest(_("The form names no report."))
        try:
            approved = reports_approve_together(chosen=chosen, by=user, now=timezone.now())
        except ApprovalsRefused as refused:
            return _preview(request, user, period, numbers, refused=refused)
        messages.success(
            request,
            ngettext(
                "%(count)d report is approved.", "%(count)d reports are approved.", len(approved)
            )
            % {"count": len(approved)},
        )
        return redirect(f"{reverse('task-list')}?{urlencode({'period': period.code})}")
    return _preview(request, user, period, numbers)


def _preview(
    request: HttpRequest,
    user: User,
    period: ReportingPeriod,
    numbers: Sequence[int],
    *,
    refused: ApprovalsRefused | None = None,
) -> HttpResponse:
    approving = _approving(user, period, numbers)
    return render(
        request,
        "progress/tasks_approve.html",
        {
            "period": period,
            "approving": approving,
            "refused": refused.refused if refused else (),
            "back": f"{reverse('task-list')}?{urlencode({'period': period.code})}",
            "chosen": numbers_written(numbers),
        },
        status=CONFLICT if refused else 200,
    )


def _approving(user: User, period: ReportingPeriod, numbers: Sequence[int]) -> Approving:
    """A constant number of statements, however many tasks are chosen."""
    lines = {
        line.report.task_id: line
        for line in queue_lines(user=user, today=timezone.localdate())
        if line.report.period_id == period.pk
    }
    states = dict(Report.objects.filter(period=period).values_list("task_id", "state"))
    changes = _status_changes([line.report for line in lines.values()])
    ready: list[Ready] = []
    left_out: list[LeftOut] = []
    for task in Task.objects.visible_to(user).filter(number__in=numbers).order_by("number"):
        line = lines.get(task.pk)
        if line is not None and line.is_looked_at and not line.completions:
            ready.append(Ready(line, changes.get(line.report.pk, ())))
            continue
        left_out.append(
            LeftOut(
                number=task.number,
                title=task.title,
                state=states.get(task.pk),
                completions=line.completions if line else (),
                is_unread=line is not None and not line.is_looked_at,
            )
        )
    return Approving(ready, left_out)


def _status_changes(reports: Iterable[Report]) -> Mapping[int, Sequence[StatusChange]]:
    """By the report's id the measures whose status differs from what holds now: one statement."""
    changes: dict[int, list[StatusChange]] = defaultdict(list)
    said = MeasureProgress.objects.filter(report__in=list(reports)).order_by("measure__ordinal")
    for report_id, ordinal, before, after in said.values_list(
        "report_id", "measure__ordinal", "measure__status", "status"
    ):
        if before != after:
            changes[report_id].append(StatusChange(ordinal, before, after))
    return changes

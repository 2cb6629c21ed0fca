"""Reviewing: the queue, looking at one report after the other, and approving those together."""

from collections.abc import Sequence

from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.pages import reader_of
from progress.pages.chosen import versions_chosen
from progress.pages.forms import MoveForm
from progress.pages.reports import place_of
from progress.pages.waiting import contribution_lines, decides, neighbours_of, queue_lines
from progress.workflow import ApprovalOutcome, reports_approve, review_mark


@never_cache
@require_safe
def review_queue(request: HttpRequest) -> HttpResponse:
    """The reports this person has to decide on, the longest wait first.

    For approvers also the contributions of their agency that wait to be checked.
    """
    user = reader_of(request)
    if not decides(user):
        raise PermissionDenied(_("Only coordinators and agencies' approvers review reports."))
    today = timezone.localdate()
    lines = queue_lines(user=user, today=today)
    return render(
        request,
        "progress/review_queue.html",
        {
            "lines": lines,
            "reports": [line.report for line in lines],
            "contributions": contribution_lines(user=user, today=today),
            "approves_several": user.is_coordinator,
            "looked_at": sum(line.is_looked_at for line in lines),
        },
    )


@require_POST
def report_looked_at(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """A coordinator has looked at this report; on to the next one not yet looked at.

    To the queue where there is none: it holds what can now be approved together.
    """
    user = reader_of(request)
    report = place_of(user, number, code).report
    if report is None:
        raise Http404
    form = MoveForm(request.POST)
    if not form.is_valid():
        raise BadRequest(_("The form does not say which version of the report was looked at."))
    review_mark(report=report, by=user, now=timezone.now(), version=form.cleaned_data["version"])
    following = neighbours_of(report, user=user).after_unseen
    if following:
        return redirect("report", following.number, following.code)
    messages.success(request, _("You have looked at all reports that wait."))
    return redirect("review-queue")


@require_POST
def review_approve(request: HttpRequest) -> HttpResponse:
    """Approve the chosen reports that this coordinator has looked at, each by itself."""
    user = reader_of(request)
    outcomes = reports_approve(
        chosen=versions_chosen(request.POST.getlist("report")), by=user, now=timezone.now()
    )
    _say(request, outcomes)
    return redirect("review-queue")


def _say(request: HttpRequest, outcomes: Sequence[ApprovalOutcome]) -> None:
    if not outcomes:
        messages.warning(request, _("No report was chosen."))
    count = sum(outcome.is_approved for outcome in outcomes)
    if count:
        messages.success(
            request,
            ngettext("%(count)d report is approved.", "%(count)d reports are approved.", count)
            % {"count": count},
        )
    for outcome in outcomes:
        if outcome.refused:
            messages.warning(request, _refusal(outcome))


def _refusal(outcome: ApprovalOutcome) -> str:
    if outcome.report is None:
        return _("Not approved: %(why)s") % {"why": outcome.refused}
    return _("Task %(number)d, %(code)s, is not approved: %(why)s") % {
        "number": outcome.report.task.number,
        "code": outcome.report.period.code,
        "why": outcome.refused,
    }

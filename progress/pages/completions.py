"""A measure's completion (办结申请 / 销号): refused with an approval, looked at, reopened."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.models import User
from agencies.pages import posted, reader_of
from progress.models import Completion, CompletionState, Report
from progress.pages.forms import Prose
from progress.pasted_text import pasted_text_cleaned
from progress.statements import WrittenOnce
from progress.timeline.names import NamesThen
from progress.workflow import (
    Conflict,
    ReportContent,
    completion_reopen,
    completions_wanted,
    reopening_conflict,
)
from tasks.models import Measure

BAD_REQUEST, CONFLICT = 400, 409


# --- Beside the approval -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Refusable:
    """A measure that a report under review asks to count as completed, and what was typed for it.

    `problem` says what is wrong with that, "" where nothing is.
    """

    measure: Measure
    is_refused: bool = False
    reason: str = ""
    problem: str = ""

    @property
    def box(self) -> str:
        return f"refuse_{self.measure.pk}"

    @property
    def field(self) -> str:
        return f"refusal_{self.measure.pk}"


def refusables_of(
    report: Report, sent: QueryDict | None = None, *, content: ReportContent | None = None
) -> list[Refusable]:
    """What the coordinator may refuse with the approval, as it was filled in if it was `sent`.
    `content` is what the report says, where that is at hand."""
    refusables = []
    for measure in completions_wanted(report, content):
        one = Refusable(measure)
        if sent is not None:
            is_refused = one.box in sent
            reason = pasted_text_cleaned(sent.get(one.field, "")).strip()
            problem = ""
            if is_refused and not reason:
                problem = _("Say why its completion is refused.")
            elif reason and not is_refused:
                problem = _("Tick the box to refuse it, or empty the reason.")
            one = Refusable(measure, is_refused, reason, problem)
        refusables.append(one)
    return refusables


def refusals_in(refusables: Sequence[Refusable]) -> dict[int, str]:
    """The reasons of those that are refused, by the measure's id, for `report_move`."""
    return {one.measure.pk: one.reason for one in refusables if one.is_refused}


# The completions of the task's report of the period that a person may read, measure by measure.
COMPLETIONS_OF_REPORT = WrittenOnce(
    lambda user, task, period: (
        Completion.objects.visible_to(user)
        .filter(report__task=task, report__period=period)
        .select_related("measure")
        .order_by("measure__ordinal")
    )
)


# --- One completion ------------------------------------------------------------------------------


class ReopenForm(forms.Form):
    """Why a completed measure counts as in progress again."""

    reason = Prose(label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 3}))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def completion(request: HttpRequest, pk: int) -> HttpResponse:
    """A completion with its facts; a coordinator may reopen a granted one."""
    user = reader_of(request)
    entry = _entry(user, pk)
    form = ReopenForm(posted(request), label_suffix="")
    if request.method != "POST":
        return _page(request, user, entry, form)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator reopens a completion."))
    if not form.is_valid():
        return _page(request, user, entry, form, status=BAD_REQUEST)
    try:
        completion_reopen(
            completion=entry, reason=form.cleaned_data["reason"], by=user, now=timezone.now()
        )
    except ValidationError as error:
        form.add_error("reason", error.messages)
        return _page(request, user, entry, form, status=BAD_REQUEST)
    except Conflict as conflict:
        return _page(request, user, _entry(user, pk), form, problem=str(conflict), status=CONFLICT)
    messages.success(request, _("The completion is reopened; the measure is in progress again."))
    return redirect("completion", pk)


def _entry(user: User, pk: int) -> Completion:
    entries = Completion.objects.visible_to(user).select_related(
        "task", "measure", "report__period", "requested_by__agency", "decided_by", "reopened_by"
    )
    return get_object_or_404(entries, pk=pk)


def _page(
    request: HttpRequest,
    user: User,
    entry: Completion,
    form: ReopenForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    in_the_way = reopening_conflict(entry) if user.is_coordinator else ""
    context = {
        "entry": entry,
        "names": NamesThen(),
        "state": CompletionState(entry.state),
        "task": entry.task,
        "form": form,
        "problem": problem,
        "reopens": user.is_coordinator and not in_the_way,
        # Of a completion that is not granted its state says enough.
        "in_the_way": in_the_way if entry.state == CompletionState.GRANTED else "",
        "waits": entry.state == CompletionState.REQUESTED,
    }
    return render(request, "progress/completion.html", context, status=status)

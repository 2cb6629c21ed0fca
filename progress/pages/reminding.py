"""Reminding by hand: one preview for the board and the list of tasks, and what is done on a yes."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.models import User
from agencies.pages import posted, reader_of
from progress.models import ReportingPeriod
from progress.pages.chosen import PARAMETER, is_an_id, numbers_chosen
from progress.pages.forms import Prose
from progress.pages.reading import period_choice
from progress.reminders import (
    LONGEST_NOTE,
    Asked,
    Asking,
    AskingChanged,
    Seen,
    asking_ahead,
    delivery_ask,
    reminders_ask,
)

BAD_REQUEST, CONFLICT = 400, 409


class AskForm(forms.Form):
    """The office's own words, and what the page showed when they were written."""

    note = Prose(
        label=gettext_lazy("Add a few words (optional)"),
        help_text=gettext_lazy(
            "They stand in the inbox, in the mail and before the group as the coordinating "
            "office's."
        ),
        required=False,
        longest=LONGEST_NOTE,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    seen_items = forms.CharField(required=False, widget=forms.HiddenInput)
    seen_messages = forms.CharField(required=False, widget=forms.HiddenInput)

    @property
    def seen(self) -> Seen:
        return Seen(
            _signs(self.cleaned_data["seen_items"]), _signs(self.cleaned_data["seen_messages"])
        )


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Whom the address is about: agencies by their ids, tasks by their numbers, None for all."""

    agencies: frozenset[int] | None
    tasks: frozenset[int] | None

    @property
    def is_empty(self) -> bool:
        return self.agencies == frozenset() or self.tasks == frozenset()


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def board_remind(request: HttpRequest) -> HttpResponse:
    """Who would be told what; on POST it is recorded and a worker asked to send it.

    Nothing is written before that; what has changed since the preview is refused with what changed.
    """
    user = reader_of(request)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator reminds agencies."))
    period = period_choice(request, user).period
    if period is None:
        raise Http404(_("No reporting period has been opened yet."))
    narrowed = _narrowed(request)
    if narrowed.is_empty:
        messages.warning(request, _("Nothing was chosen; tick the agencies first."))
        return redirect(_board(period))
    form = AskForm(posted(request), label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            asked = reminders_ask(
                period=period,
                by=user,
                now=timezone.now(),
                note=form.cleaned_data["note"],
                seen=form.seen,
                agencies=narrowed.agencies,
                tasks=narrowed.tasks,
            )
        except AskingChanged as changed:
            return _preview(request, changed.asking, form, changes=changed.changes, status=CONFLICT)
        _tell(request, asked)
        return redirect(_board(period))
    asking = _ahead(period, user, narrowed)
    return _preview(request, asking, form, status=BAD_REQUEST if form.errors else 200)


def _narrowed(request: HttpRequest) -> Narrowed:
    chosen = request.GET.getlist("agency")
    if not all(map(is_an_id, chosen)):
        raise BadRequest(_("The address names an agency that cannot be read."))
    by_agency = bool(chosen) or "selected" in request.GET
    by_task = PARAMETER in request.GET
    return Narrowed(
        agencies=frozenset(map(int, chosen)) if by_agency else None,
        tasks=frozenset(numbers_chosen(request.GET.getlist(PARAMETER))) if by_task else None,
    )


def _ahead(period: ReportingPeriod, user: User, narrowed: Narrowed) -> Asking:
    return asking_ahead(
        period=period,
        by=user,
        now=timezone.now(),
        agencies=narrowed.agencies,
        tasks=narrowed.tasks,
    )


def _preview(
    request: HttpRequest,
    asking: Asking,
    form: AskForm,
    *,
    changes: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    seen = asking.seen
    return render(
        request,
        "progress/board_remind.html",
        {
            "asking": asking,
            "period": asking.period,
            "form": form,
            "changes": changes,
            "board": _board(asking.period),
            # What is shown now, not what a refused form brought.
            "seen_items": ",".join(sorted(seen.items)),
            "seen_messages": ",".join(sorted(seen.messages)),
        },
        status=status,
    )


def _tell(request: HttpRequest, asked: Asked) -> None:
    is_asked_for = delivery_ask()
    messages.success(
        request,
        ngettext(
            "%(count)d recipient is reminded.", "%(count)d recipients are reminded.", asked.people
        )
        % {"count": asked.people},
    )
    if asked.waits_until is not None:
        moment = timezone.localtime(asked.waits_until)
        messages.info(
            request,
            _(
                "Mail and groups are told at %(moment)s, when they may be again; the inbox is told "
                "now."
            )
            % {"moment": f"{moment:%Y-%m-%d %H:%M}"},
        )
    if not is_asked_for:
        messages.info(request, _("It is recorded and goes out with the next run of the schedule."))


def _board(period: ReportingPeriod) -> str:
    return f"{reverse('board')}?{urlencode({'period': period.code})}"


def _signs(text: str) -> frozenset[str]:
    return frozenset(sign for sign in text.split(",") if sign)

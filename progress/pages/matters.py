"""One matter to coordinate: what it asks, how long it has waited, and what this person may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy, pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.models import Agency, User
from progress.models import Matter, MatterMove, MatterState, Report
from progress.pages.forms import Prose
from progress.pages.registers import register_context, registers_reader
from progress.rollups import Register, matter_rows
from progress.timeline.names import NamesThen
from progress.workflow import (
    Conflict,
    matter_address,
    matter_answer,
    matter_close,
    matter_moves_open_to,
    matter_reopen,
    matter_right_check,
    matter_state_check,
)

BAD_REQUEST, CONFLICT = 400, 409
MADE = (MatterMove.ADDRESS, MatterMove.ANSWER, MatterMove.CLOSE, MatterMove.REOPEN)


class MatterMoveForm(forms.Form):
    """One move of a matter, of the version that was looked at."""

    move: MatterMove
    title: str | Promise
    button: str | Promise

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def make(self, matter: Matter, *, by: User) -> Matter:
        """Do what was typed; raises what the writer raises."""
        raise NotImplementedError

    def refused(self, error: ValidationError) -> None:
        """Show what the writer refused at the field it is about."""
        for name, problems in error.message_dict.items():
            self.add_error(name if name in self.fields else None, problems)


class AddressForm(MatterMoveForm):
    move = MatterMove.ADDRESS
    title = gettext_lazy("Say who has to answer")
    button = gettext_lazy("Address")

    to = forms.ModelChoiceField(
        queryset=Agency.objects.filter(valid_to=None),
        label=gettext_lazy("Addressed to"),
        empty_label=gettext_lazy("Choose an agency"),
    )

    def make(self, matter: Matter, *, by: User) -> Matter:
        typed = self.cleaned_data
        return matter_address(
            matter=matter, to=typed["to"], by=by, now=timezone.now(), version=typed["version"]
        )


class AnswerForm(MatterMoveForm):
    move = MatterMove.ANSWER
    title = gettext_lazy("Answer the matter")
    button = gettext_lazy("Send the answer")

    text = Prose(
        label=gettext_lazy("Answer"),
        help_text=gettext_lazy("Read by the agencies of the task, coordinators and leaders."),
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def make(self, matter: Matter, *, by: User) -> Matter:
        typed = self.cleaned_data
        return matter_answer(
            matter=matter, text=typed["text"], by=by, now=timezone.now(), version=typed["version"]
        )


class CloseForm(MatterMoveForm):
    move = MatterMove.CLOSE
    title = gettext_lazy("Close the matter")
    button = pgettext_lazy("matter", "Close")

    note = Prose(
        label=gettext_lazy("How it was settled"),
        help_text=gettext_lazy("Needed where nobody has answered."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

    def make(self, matter: Matter, *, by: User) -> Matter:
        typed = self.cleaned_data
        return matter_close(
            matter=matter, note=typed["note"], by=by, now=timezone.now(), version=typed["version"]
        )


class ReopenForm(MatterMoveForm):
    move = MatterMove.REOPEN
    title = gettext_lazy("Take the matter up again")
    button = gettext_lazy("Reopen")

    reason = Prose(label=gettext_lazy("Reason"), widget=forms.Textarea(attrs={"rows": 2}))

    def make(self, matter: Matter, *, by: User) -> Matter:
        typed = self.cleaned_data
        return matter_reopen(
            matter=matter,
            reason=typed["reason"],
            by=by,
            now=timezone.now(),
            version=typed["version"],
        )


FORMS: Mapping[MatterMove, type[MatterMoveForm]] = {
    form.move: form for form in (AddressForm, AnswerForm, CloseForm, ReopenForm)
}
DONE: Mapping[MatterMove, Promise] = {
    MatterMove.ADDRESS: gettext_lazy("The agency finds the matter among its own tasks now."),
    MatterMove.ANSWER: gettext_lazy("The answer is on record. A coordinator closes the matter."),
    MatterMove.CLOSE: gettext_lazy("The matter is closed."),
    MatterMove.REOPEN: gettext_lazy("The matter is open again."),
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A move that was not made: what was typed for it, and why."""

    form: MatterMoveForm
    problem: str = ""


@never_cache
@require_safe
def matter(request: HttpRequest, pk: int) -> HttpResponse:
    """A matter with its answers. Raises Http404 for one that this person may not know about."""
    user = registers_reader(request)
    return _page(request, user, _matter_of(user, pk))


@require_POST
def matter_move_page(request: HttpRequest, pk: int, move: str) -> HttpResponse:
    """Make one move. What cannot be done leaves what was typed on the page."""
    user = registers_reader(request)
    if move not in MADE:
        raise Http404
    made = MatterMove(move)
    found = _matter_of(user, pk)
    form = FORMS[made](request.POST, prefix=made.value, label_suffix="")
    try:
        matter_right_check(matter=found, move=made, by=user)
        if not form.is_valid():
            matter_state_check(matter=found, move=made)
            return _page(request, user, found, refused=Refused(form), status=BAD_REQUEST)
        form.make(found, by=user)
    except ValidationError as error:
        form.refused(error)
        return _page(request, user, found, refused=Refused(form), status=BAD_REQUEST)
    except Conflict as conflict:
        return _page(
            request,
            user,
            _matter_of(user, pk),
            refused=Refused(form, str(conflict)),
            status=CONFLICT,
        )
    messages.success(request, str(DONE[made]))
    return redirect("matter", pk)


def _matter_of(user: User, pk: int) -> Matter:
    return get_object_or_404(
        Matter.objects.visible_to(user).select_related("task", "report__period", "addressed_to"),
        pk=pk,
    )


def _page(
    request: HttpRequest,
    user: User,
    found: Matter,
    *,
    refused: Refused | None = None,
    status: int = 200,
) -> HttpResponse:
    [row] = matter_rows(matters=Matter.objects.filter(pk=found.pk), today=timezone.localdate())
    others = Matter.objects.visible_to(user).filter(task=found.task_id).exclude(pk=found.pk)
    context = {
        "matter": row,
        "names": NamesThen(),
        "events": list(found.events.select_related("by__agency").order_by("pk")),
        "reads_report": Report.objects.visible_to(user).filter(pk=found.report_id).exists(),
        "others": matter_rows(matters=others.order_by("-pk"), today=timezone.localdate()),
        "forms": _forms(found, user, refused),
        "problem": refused.problem if refused else "",
        "lost": _lost(found, user, refused),
        "is_unaddressed": found.addressed_to_id is None and found.state != MatterState.CLOSED,
        **register_context(Register.MATTERS),
    }
    return render(request, "progress/matter.html", context, status=status)


def _forms(found: Matter, user: User, refused: Refused | None) -> Sequence[MatterMoveForm]:
    """A form for each thing that the person may do now, with what was typed for one refused."""
    forms_open = []
    for move in matter_moves_open_to(matter=found, user=user):
        if refused and refused.form.move == move:
            form = refused.form
            # What was typed goes on from what is stored now, which the page shows above it.
            assert isinstance(form.data, QueryDict)
            form.data = form.data.copy()
            form.data[form.add_prefix("version")] = str(found.version)
        else:
            form = FORMS[move](
                prefix=move.value, initial={"version": found.version}, label_suffix=""
            )
        forms_open.append(form)
    return forms_open


def _lost(found: Matter, user: User, refused: Refused | None) -> str:
    """What was typed for a move that has gone in the meantime, to be copied."""
    if refused is None or refused.form.move in matter_moves_open_to(matter=found, user=user):
        return ""
    return next(
        (
            str(refused.form[name].value())
            for name in ("text", "note", "reason")
            if name in refused.form.fields and refused.form[name].value()
        ),
        "",
    )

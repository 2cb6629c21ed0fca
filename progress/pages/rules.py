"""The reporting rules (报送规则): what coordinators set once and everything else follows."""

import datetime as dt
from dataclasses import dataclass
from typing import ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agencies.models import User
from agencies.pages import posted, reader_of
from progress.models import Policy, ReportingPeriod
from progress.pages.periods import next_span
from progress.rollups import LightsUnder, lights_under, period_ahead, task_rows
from progress.workdays import WorkCalendar
from progress.workflow import RULES, Conflict, policy_change, policy_wanted, rules_digest
from tasks.models import Task

BAD_REQUEST, CONFLICT = 400, 409


# Generic for type checkers alone: the class itself takes no parameter when the program runs.
class RulesForm(forms.ModelForm):  # type: ignore[type-arg]
    """Every rule, and in `started_from` those that the person was looking at."""

    started_from = forms.CharField(widget=forms.HiddenInput)

    class Meta:
        model = Policy
        fields: ClassVar = [*RULES]
        widgets: ClassVar = {
            "send_from": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
            "send_until": forms.TimeInput(format="%H:%M", attrs={"type": "time"}),
        }

    def _post_clean(self) -> None:
        """Leave the model's own checks to the writer, which names the field of each problem."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of the form that was sent: a preview, or a problem with its status."""

    preview: LightsUnder | None = None
    problem: str = ""
    status: int = 200


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """The rules as a form, and when the next period would open and be due under the stored ones.

    Sent with `preview` it saves nothing and tells which lights of today the rules would change.
    """
    user = reader_of(request)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator sets the reporting rules."))
    policy = Policy.current()
    form = RulesForm(
        posted(request),
        instance=policy,
        initial={"started_from": rules_digest(policy)},
        label_suffix="",
    )
    today = timezone.localdate()
    answer = Answer()
    if request.method == "POST":
        answered = (
            _previewed(form, user, today) if "preview" in request.POST else _saved(form, user)
        )
        if answered is None:
            messages.success(request, _("The reporting rules are saved."))
            return redirect("rules")
        answer = answered
    stored = Policy.current()
    return render(
        request,
        "progress/rules.html",
        {
            "form": form,
            "problem": answer.problem,
            "preview": answer.preview,
            "stored": stored,
            "ahead": period_ahead(
                next_span(today=today), policy=stored, calendar=WorkCalendar.load()
            ),
            "is_begun": ReportingPeriod.objects.exists(),
        },
        status=answer.status,
    )


def _saved(form: RulesForm, user: User) -> Answer | None:
    """None where the rules are stored."""
    if not form.is_valid():
        return Answer(status=BAD_REQUEST)
    wanted = dict(form.cleaned_data)
    try:
        policy_change(
            now=timezone.now(), by=user, started_from=wanted.pop("started_from"), rules=wanted
        )
    except ValidationError as error:
        return _refused(form, error)
    except Conflict as conflict:
        return Answer(problem=str(conflict), status=CONFLICT)
    return None


def _previewed(form: RulesForm, user: User, today: dt.date) -> Answer:
    if not form.is_valid():
        return Answer(status=BAD_REQUEST)
    try:
        policy = policy_wanted(by=user, rules=form.cleaned_data)
    except ValidationError as error:
        return _refused(form, error)
    period = ReportingPeriod.objects.visible_to(user).current()
    rows = task_rows(tasks=Task.objects.visible_to(user), period=period, user=user, today=today)
    return Answer(lights_under(rows=rows, period=period, policy=policy, today=today))


def _refused(form: RulesForm, error: ValidationError) -> Answer:
    for name, problems in error.message_dict.items():
        form.add_error(name if name in form.fields else None, problems)
    return Answer(status=BAD_REQUEST)

"""The reporting rules (报送规则): what coordinators set once and everything else follows."""

from typing import ClassVar

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agencies.pages import posted, reader_of
from progress.models import Policy, ReportingPeriod
from progress.pages.periods import next_span
from progress.rollups import period_ahead
from progress.workdays import WorkCalendar
from progress.workflow import RULES, Conflict, policy_change, rules_digest

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


@require_http_methods(["GET", "HEAD", "POST"])
def rules(request: HttpRequest) -> HttpResponse:
    """The rules as a form, and when the next period would open and be due under the stored ones."""
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
    status, problem = 200, ""
    if request.method == "POST":
        status = BAD_REQUEST
        if form.is_valid():
            wanted = dict(form.cleaned_data)
            try:
                policy_change(by=user, started_from=wanted.pop("started_from"), rules=wanted)
            except ValidationError as error:
                for name, problems in error.message_dict.items():
                    form.add_error(name if name in form.fields else None, problems)
            except Conflict as conflict:
                problem, status = str(conflict), CONFLICT
            else:
                messages.success(request, _("The reporting rules are saved."))
                return redirect("rules")
    stored = Policy.current()
    span = next_span(today=timezone.localdate())
    return render(
        request,
        "progress/rules.html",
        {
            "form": form,
            "problem": problem,
            "stored": stored,
            "ahead": period_ahead(span, policy=stored, calendar=WorkCalendar.load()),
            "is_begun": ReportingPeriod.objects.exists(),
        },
        status=status,
    )

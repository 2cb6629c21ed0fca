"""A later deadline (延期申请): asked for by the lead, decided by a coordinator."""

import datetime as dt
from collections.abc import Sequence

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.models import Agency, User
from agencies.pages import posted, reader_of
from progress.models import DecisionState, Extension, Policy, ReportingPeriod
from progress.pages.deadlines import Day
from progress.pages.forms import Prose
from progress.timeline.names import NamesThen
from progress.workflow import (
    Conflict,
    extension_decide,
    extension_is_open,
    extension_request,
    extension_request_check,
    extension_withdraw,
)
from tasks.models import Measure, Task

BAD_REQUEST, CONFLICT = 400, 409
GRANT, REFUSE, WITHDRAW = "grant", "refuse", "withdraw"
OF_THE_TASK = "task"


class ExtensionForm(forms.Form):
    """Of what, until when, and why. Only what has a deadline is offered."""

    of = forms.ChoiceField(label=gettext_lazy("Deadline to extend"))
    new_deadline = Day(label=gettext_lazy("New deadline"))
    reason = Prose(
        label=gettext_lazy("Why the deadline cannot be kept"),
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(
        self, data: QueryDict | None = None, *, task: Task, measures: Sequence[Measure]
    ) -> None:
        super().__init__(data, label_suffix="")
        choices: list[tuple[str, str]] = []
        if task.deadline:
            choices.append(
                (OF_THE_TASK, _("The task, due %(day)s") % {"day": task.deadline.isoformat()})
            )
        choices += [
            (
                str(measure.ordinal),
                _("Measure %(ordinal)d, due %(day)s")
                % {"ordinal": measure.ordinal, "day": measure.deadline.isoformat()},
            )
            for measure in measures
            if measure.deadline
        ]
        field = self.fields["of"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        self.has_choices = bool(choices)
        self.measures = {str(measure.ordinal): measure for measure in measures}

    @property
    def measure(self) -> Measure | None:
        return self.measures.get(self.cleaned_data["of"])

    def refused(self, error: ValidationError) -> None:
        for name, problems in error.message_dict.items():
            self.add_error({"measure": "of"}.get(name, name), problems)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def extension_add(request: HttpRequest, number: int) -> HttpResponse:
    """The lead asks for a later deadline of the task or of a measure, in the open period."""
    user = reader_of(request)
    task = get_object_or_404(Task.objects.visible_to(user), number=number)
    extension_request_check(task=task, by=user)
    period = ReportingPeriod.objects.visible_to(user).current()
    if period is None or not period.is_open:
        raise Conflict(_("No period is open; a later deadline is asked for within its report."))
    form = ExtensionForm(
        posted(request), task=task, measures=list(task.measures.order_by("ordinal"))
    )
    if request.method != "POST":
        return _form_page(request, task, period, form)
    if not form.is_valid():
        return _form_page(request, task, period, form, status=BAD_REQUEST)
    try:
        extension = extension_request(
            task=task,
            measure=form.measure,
            period=period,
            new_deadline=form.cleaned_data["new_deadline"],
            reason=form.cleaned_data["reason"],
            by=user,
            now=timezone.now(),
        )
    except ValidationError as error:
        form.refused(error)
        return _form_page(request, task, period, form, status=BAD_REQUEST)
    except Conflict as conflict:
        return _form_page(request, task, period, form, problem=str(conflict), status=CONFLICT)
    messages.success(request, _("The later deadline is asked for; a coordinator decides."))
    return redirect("extension", extension.pk)


def _form_page(
    request: HttpRequest,
    task: Task,
    period: ReportingPeriod,
    form: ExtensionForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "task": task,
        "period": period,
        "form": form,
        "problem": problem,
        "undecided": Extension.objects.filter(
            task=task, state=DecisionState.REQUESTED
        ).select_related("measure"),
    }
    return render(request, "progress/extension_form.html", context, status=status)


# --- One request -------------------------------------------------------------------------------


class DecisionForm(forms.Form):
    """What to do with a request; a refusal needs its reason, a yes may have one."""

    reason = Prose(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Needed for a refusal."),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def extension(request: HttpRequest, pk: int) -> HttpResponse:
    """A request with its facts, and what this person may do with it while it is undecided."""
    user = reader_of(request)
    entry = _entry(user, pk)
    form = DecisionForm(posted(request), label_suffix="")
    if request.method != "POST":
        return _entry_page(request, user, entry, form)
    act = request.POST.get("act", "")
    if act not in (GRANT, REFUSE, WITHDRAW):
        return HttpResponseBadRequest(_("There is no such button."))
    if act == WITHDRAW:
        extension_request_check(task=entry.task, by=user)
    elif not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator decides on a later deadline."))
    if not form.is_valid():
        return _entry_page(request, user, entry, form, status=BAD_REQUEST)
    now = timezone.now()
    try:
        if act == WITHDRAW:
            extension_withdraw(extension=entry, by=user, now=now)
        else:
            extension_decide(
                extension=entry,
                granted=act == GRANT,
                by=user,
                now=now,
                reason=form.cleaned_data["reason"],
            )
    except ValidationError as error:
        for name, problems in error.message_dict.items():
            form.add_error(name if name in form.fields else None, problems)
        return _entry_page(request, user, entry, form, status=BAD_REQUEST)
    except Conflict as conflict:
        return _entry_page(
            request, user, _entry(user, pk), form, problem=str(conflict), status=CONFLICT
        )
    messages.success(request, _sentence(act))
    return redirect("extension", pk)


def _entry(user: User, pk: int) -> Extension:
    entries = Extension.objects.visible_to(user).select_related(
        "task", "measure", "report__period", "requested_by__agency", "decided_by"
    )
    return get_object_or_404(entries, pk=pk)


def _entry_page(
    request: HttpRequest,
    user: User,
    entry: Extension,
    form: DecisionForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    undecided = entry.state == DecisionState.REQUESTED
    context = {
        "entry": entry,
        "names": NamesThen(),
        "state": DecisionState(entry.state),
        "task": entry.task,
        "holds": (entry.measure or entry.task).deadline,
        "original": (entry.measure or entry.task).original_deadline,
        "form": form,
        "problem": problem,
        "decides": undecided and user.is_coordinator,
        "withdraws": undecided and may_ask_for_extension(entry.task, user),
    }
    return render(request, "progress/extension.html", context, status=status)


def may_ask_for_extension(
    task: Task,
    user: User,
    *,
    writes: bool | None = None,
    lead: Agency | None = None,
    policy: Policy | None = None,
) -> bool:
    """Whether the person may ask for a later deadline of this task, for links and buttons; what of
    it is known, as `extension_request_check` takes it."""
    try:
        extension_request_check(task=task, by=user, writes=writes, lead=lead, policy=policy)
    except PermissionDenied:
        return False
    return True


def extension_is_offered(
    task: Task,
    user: User,
    *,
    today: dt.date,
    lead: Agency | None = None,
    policy: Policy | None = None,
) -> bool:
    """Whether who writes the task's report is shown the way to ask: they may, and there is
    something to ask for."""
    may = may_ask_for_extension(task, user, writes=True, lead=lead, policy=policy)
    return may and extension_is_open(task=task, today=today)


def _sentence(act: str) -> str:
    if act == GRANT:
        return _("The later deadline is granted and holds from now on.")
    if act == REFUSE:
        return _("The later deadline is refused; the present one stays.")
    return _("The request is withdrawn.")

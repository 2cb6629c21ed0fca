"""Results: entered by the lead beside the report they came in, and struck out where mistaken."""

import datetime as dt

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import User
from agencies.pages import posted, reader_of
from progress.models import Report, Result, ResultKind
from progress.pages.forms import Prose
from progress.pages.registers import register_context, registers_reader
from progress.pages.reports import Place, place_of
from progress.rollups import Register, result_rows
from progress.workflow import (
    Conflict,
    may_strike_ever,
    may_write,
    result_add,
    result_strike,
    writable_check,
)
from progress.workflow.results import LONGEST_DOCUMENT, LONGEST_TITLE
from tasks.models import Measure, Task

BAD_REQUEST, CONFLICT = 400, 409


class ResultForm(forms.Form):
    """A result as the lead types it."""

    kind = forms.ChoiceField(
        label=gettext_lazy("Kind"),
        choices=[("", gettext_lazy("Choose a kind")), *ResultKind.choices],
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=LONGEST_TITLE,
        help_text=gettext_lazy("The document, project, first or case by its full name."),
    )
    came_on = forms.DateField(
        label=gettext_lazy("Date"),
        help_text=gettext_lazy("The day on which it was issued, landed or made public."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    document = forms.CharField(
        label=gettext_lazy("Document number"), max_length=LONGEST_DOCUMENT, required=False
    )
    measure = forms.TypedChoiceField(
        label=gettext_lazy("Measure"), required=False, empty_value=None
    )
    note = Prose(
        label=gettext_lazy("What it is"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: QueryDict | None = None, *, task: Task, today: dt.date) -> None:
        super().__init__(data, label_suffix="")
        self.fields["came_on"].widget.attrs["max"] = today.isoformat()
        measures = {str(one.ordinal): one for one in task.measures.order_by("ordinal")}
        field = self.fields["measure"]
        assert isinstance(field, forms.TypedChoiceField)
        field.coerce = measures.__getitem__
        field.choices = [
            ("", gettext_lazy("The whole task")),
            *((ordinal, _words_of(measure)) for ordinal, measure in measures.items()),
        ]

    def refused(self, error: ValidationError) -> None:
        """Show what the writer refused at the field it is about."""
        for name, problems in error.message_dict.items():
            self.add_error(name if name in self.fields else None, problems)


def _words_of(measure: Measure) -> str:
    """A measure by its place in the task and how it begins."""
    return _("Measure %(ordinal)d: %(text)s") % {
        "ordinal": measure.ordinal,
        "text": measure.text[:30],
    }


class StrikeForm(forms.Form):
    """Why a result is struck out."""

    reason = Prose(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The entry stays readable, struck out, with this reason."),
        widget=forms.Textarea(attrs={"rows": 2}),
    )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_results(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """What came of a task in a period, and the form to add to it; for the lead of the task.

    Raises Http404 for what this person may not know about, PermissionDenied for others who do.
    """
    user = reader_of(request)
    place = place_of(user, number, code)
    if not may_write(task=place.task, user=user):
        raise PermissionDenied(
            _("Only the lead agency of task %(number)d enters its results.") % {"number": number}
        )
    form = ResultForm(posted(request), task=place.task, today=timezone.localdate())
    if not form.is_bound:
        return _results_page(request, user, place, form)
    if not form.is_valid():
        return _results_page(request, user, place, form, status=BAD_REQUEST)
    try:
        added = result_add(
            task=place.task, period=place.period, by=user, now=timezone.now(), **form.cleaned_data
        )
    except ValidationError as error:
        form.refused(error)
        return _results_page(request, user, place, form, status=BAD_REQUEST)
    except Conflict as conflict:
        return _results_page(
            request,
            user,
            place_of(user, number, code),
            form,
            problem=str(conflict),
            status=CONFLICT,
        )
    messages.success(request, _("“%(title)s” is entered.") % {"title": added.title})
    return redirect("report-results", number, code)


def _results_page(
    request: HttpRequest,
    user: User,
    place: Place,
    form: ResultForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    try:
        writable_check(report=place.report, period=place.period)
        why_not = ""
    except Conflict as conflict:
        why_not = str(conflict)
    of_report = Result.objects.visible_to(user).filter(report=place.report)
    context = {
        "task": place.task,
        "period": place.period,
        "form": form,
        "problem": problem,
        "why_not": why_not,
        "results": result_rows(results=of_report.order_by("pk")) if place.report else [],
    }
    return render(request, "progress/report_results.html", context, status=status)


# --- One result --------------------------------------------------------------------------------


@never_cache
@require_safe
def result(request: HttpRequest, pk: int) -> HttpResponse:
    """An entry of the results. Raises Http404 for one that this person may not know about."""
    user = registers_reader(request)
    return _result_page(request, user, _result_of(user, pk), StrikeForm(label_suffix=""))


@require_POST
def result_strike_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Strike an entry out. What cannot be done leaves the reason that was typed on the page."""
    user = registers_reader(request)
    found = _result_of(user, pk)
    form = StrikeForm(request.POST, label_suffix="")
    if not may_strike_ever(result=found, user=user):
        raise PermissionDenied(
            _("Only the lead agency of the task and coordinators strike a result out.")
        )
    if not form.is_valid():
        return _result_page(request, user, found, form, status=BAD_REQUEST)
    try:
        result_strike(result=found, reason=form.cleaned_data["reason"], by=user, now=timezone.now())
    except Conflict as conflict:
        return _result_page(
            request, user, _result_of(user, pk), form, problem=str(conflict), status=CONFLICT
        )
    messages.success(request, _("The entry is struck out."))
    return redirect("result", pk)


def _result_of(user: User, pk: int) -> Result:
    return get_object_or_404(
        Result.objects.visible_to(user).select_related("task", "report__period"), pk=pk
    )


def _result_page(
    request: HttpRequest,
    user: User,
    found: Result,
    form: StrikeForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    [row] = result_rows(results=Result.objects.filter(pk=found.pk))
    context = {
        "result": row,
        "form": form,
        "problem": problem,
        "can_strike": found.struck_at is None and _strikes_now(found, user),
        "reads_report": Report.objects.visible_to(user).filter(pk=found.report_id).exists(),
        **register_context(Register.RESULTS),
    }
    return render(request, "progress/result.html", context, status=status)


def _strikes_now(found: Result, user: User) -> bool:
    if not may_strike_ever(result=found, user=user):
        return False
    if user.is_coordinator:
        return True
    try:
        writable_check(report=found.report, period=found.report.period)
    except Conflict:
        return False
    return True

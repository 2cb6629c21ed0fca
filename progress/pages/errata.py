"""Correcting an approved report of a closed period: choose what, see what holds, say why."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.models import User
from agencies.pages import posted, reader_of
from progress.closings import erratum_create_with_edition
from progress.models import OF_A_MEASURE, Erratum, ErratumField, Report
from progress.pages.forms import Prose
from progress.pages.reports import place_of
from progress.workflow import (
    Conflict,
    ReportContent,
    content_with_errata,
    erratum_check,
    value_in,
)
from tasks.models import Measure, Status

BAD_REQUEST, CONFLICT = 400, 409


@dataclass(frozen=True, slots=True)
class Correctable:
    """One thing that can be corrected, what holds of it now, and the address that corrects it."""

    field: ErratumField
    measure: Measure | None
    holds: str
    address: str

    @property
    def is_status(self) -> bool:
        return self.field == ErratumField.STATUS


class ErratumForm(forms.Form):
    """The correction and its reason; `seen` stands for what held when the page was loaded."""

    seen = forms.CharField(widget=forms.HiddenInput)
    new = forms.CharField()  # made below: a choice for a status, a text for a text
    reason = Prose(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("Kept with the erratum and shown beside it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: QueryDict | None = None, *, chosen: Correctable) -> None:
        super().__init__(data, label_suffix="")
        self.fields["seen"].initial = _digest(chosen.holds)
        label = gettext_lazy("Corrected to")
        self.fields["new"] = (
            forms.ChoiceField(label=label, choices=Status.choices, initial=chosen.holds)
            if chosen.is_status
            else Prose(
                label=label,
                required=False,
                initial=chosen.holds,
                widget=forms.Textarea(attrs={"rows": 8}),
            )
        )
        self.order_fields(["seen", "new", "reason"])

    def seeing(self, holds: str) -> "ErratumForm":
        """The same form with everything typed in it, after a look at what holds now."""
        assert isinstance(self.data, QueryDict)
        self.data = self.data.copy()
        self.data["seen"] = _digest(holds)
        return self


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_erratum(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """Choose what to correct in a report; `?field=` and `&measure=` (an ordinal) is the choice."""
    user = reader_of(request)
    place = place_of(user, number, code)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator corrects a closed period."))
    if place.report is None:
        raise Http404
    report = place.report
    erratum_check(report=report, by=user)
    content = content_with_errata(report)
    choices = _choices(report, content)
    chosen = _chosen(request.GET, choices)
    if chosen is None:
        if request.method == "POST":
            raise Http404
        return render(request, "progress/erratum_choice.html", _context(report, choices=choices))
    form = ErratumForm(posted(request), chosen=chosen)
    if request.method != "POST":
        return _form_page(request, report, chosen, form)
    if not form.is_valid():
        return _form_page(request, report, chosen, form, status=BAD_REQUEST)
    try:
        erratum = _create(report, chosen, form, by=user)
    except ValidationError as error:
        for name, problems in error.message_dict.items():
            form.add_error(name if name in form.fields else None, problems)
        return _form_page(request, report, chosen, form, status=BAD_REQUEST)
    except Conflict as conflict:
        # What holds now is shown with what was typed: the next attempt is over the new text.
        [now] = [
            one
            for one in _choices(report, content_with_errata(report))
            if (one.field, one.measure) == (chosen.field, chosen.measure)
        ]
        return _form_page(
            request, report, now, form.seeing(now.holds), problem=str(conflict), status=CONFLICT
        )
    messages.success(
        request,
        _("Erratum no. %(number)d of period %(code)s is recorded.")
        % {"number": erratum.number, "code": report.period.code},
    )
    return redirect("report", number, code)


def _create(report: Report, chosen: Correctable, form: ErratumForm, *, by: User) -> Erratum:
    typed = form.cleaned_data
    if typed["seen"] != _digest(chosen.holds):
        raise Conflict(
            _("This has been corrected meanwhile; look at what holds now and correct that.")
        )
    return erratum_create_with_edition(
        report=report,
        field=chosen.field,
        measure=chosen.measure,
        old=chosen.holds,
        new=typed["new"],
        reason=typed["reason"],
        by=by,
        now=timezone.now(),
    )


def _form_page(
    request: HttpRequest,
    report: Report,
    chosen: Correctable,
    form: ErratumForm,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    context = _context(report, chosen=chosen, form=form, problem=problem)
    return render(request, "progress/erratum_form.html", context, status=status)


def _context(report: Report, **more: object) -> dict[str, Any]:
    return {"report": report, "task": report.task, "period": report.period, **more}


def _choices(report: Report, content: ReportContent) -> list[Correctable]:
    """Everything that can be corrected, measure by measure, then the texts of the whole report."""
    measures = {one.pk: one for one in report.task.measures.all()}
    found = [
        _correctable(content, field, measures[said.measure_id])
        for said in content.measures
        if said.measure_id in measures
        for field in OF_A_MEASURE
    ]
    whole = [field for field in ErratumField if field not in OF_A_MEASURE]
    return found + [_correctable(content, field, None) for field in whole]


def _correctable(
    content: ReportContent, field: ErratumField, measure: Measure | None
) -> Correctable:
    parameters = {"field": field.value} | ({"measure": measure.ordinal} if measure else {})
    return Correctable(
        field,
        measure,
        holds=value_in(content, field=field, measure=measure),
        address=f"?{urlencode(parameters)}",
    )


def _chosen(asked: QueryDict, choices: Sequence[Correctable]) -> Correctable | None:
    """The choice that the address makes, None where it makes none; Http404 for one there is not."""
    if "field" not in asked:
        return None
    for one in choices:
        ordinal = str(one.measure.ordinal) if one.measure else ""
        if (one.field.value, ordinal) == (asked["field"], asked.get("measure", "")):
            return one
    raise Http404


def _digest(text: str) -> str:
    """Stands for a text in a form: browsers change the line ends of a long one on its way."""
    return hashlib.sha256(text.encode()).hexdigest()

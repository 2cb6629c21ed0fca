"""The working calendar: what the library knows, and the corrections that administrators make."""

import datetime as dt
from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from agencies.models import User
from agencies.pages import posted, reader_of
from progress.models import CalendarCorrection
from progress.workdays import WorkCalendar, statutory, years_known
from progress.workflow import correction_add, correction_remove

BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class DayRead:
    """A day and what is known of it: `library` is None in a year that it does not know."""

    day: dt.date
    library: bool | None
    weekend: bool
    correction: CalendarCorrection | None

    @property
    def changes_nothing(self) -> bool:
        """Whether the correction says what the library says as well."""
        return self.correction is not None and self.correction.working == self.library

    @property
    def working(self) -> bool:
        """What holds."""
        corrections = {self.day: self.correction.working} if self.correction else {}
        return WorkCalendar(corrections).is_working(self.day)


class LookUpForm(forms.Form):
    """Which day to look up."""

    look_up = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )


class CorrectionForm(forms.Form):
    """A day that is working or off, against what the library says."""

    day = forms.DateField(
        label=gettext_lazy("Day"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    working = forms.TypedChoiceField(
        label=gettext_lazy("It is"),
        choices=[("yes", gettext_lazy("a working day")), ("no", gettext_lazy("a day off"))],
        coerce=lambda answer: answer == "yes",
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Such as the notice that says so."),
    )


def _administrator_of(request: HttpRequest) -> User:
    user = reader_of(request)
    if not user.is_administrator:
        raise PermissionDenied(_("Only administrators correct the working calendar."))
    return user


@require_http_methods(["GET", "HEAD", "POST"])
def calendar(request: HttpRequest) -> HttpResponse:
    """The corrections, a form that adds one, and what the library says of any day."""
    user = _administrator_of(request)
    form = CorrectionForm(posted(request), label_suffix="")
    if request.method == "POST" and form.is_valid():
        try:
            added = correction_add(by=user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            for name, problems in error.message_dict.items():
                form.add_error(name if name in form.fields else None, problems)
        else:
            messages.success(
                request,
                _("%(day)s is a working day now.") % {"day": added.day.isoformat()}
                if added.working
                else _("%(day)s is a day off now.") % {"day": added.day.isoformat()},
            )
            return redirect("calendar")
    corrections = list(CalendarCorrection.objects.order_by("day"))
    asked = LookUpForm(request.GET if "look_up" in request.GET else None, label_suffix="")
    by_day = {one.day: one for one in corrections}
    looked_up = asked.cleaned_data["look_up"] if asked.is_bound and asked.is_valid() else None
    years = years_known()
    return render(
        request,
        "progress/calendar.html",
        {
            "form": form,
            "asked": asked,
            "looked_up": _read(looked_up, by_day.get(looked_up)) if looked_up else None,
            "corrections": [_read(one.day, one) for one in corrections],
            "first_year": years.start,
            "last_year": years.stop - 1,
            "this_year": timezone.localdate().year,
        },
        status=BAD_REQUEST if form.is_bound and not form.is_valid() else 200,
    )


@require_POST
def calendar_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a correction back, so that the library's answer holds again."""
    user = _administrator_of(request)
    correction = get_object_or_404(CalendarCorrection, pk=pk)
    day = correction.day.isoformat()
    correction_remove(now=timezone.now(), by=user, correction=correction)
    messages.success(request, _("The correction of %(day)s is removed.") % {"day": day})
    return redirect("calendar")


def _read(day: dt.date, correction: CalendarCorrection | None) -> DayRead:
    return DayRead(day, statutory(day), weekend=day.weekday() >= 5, correction=correction)

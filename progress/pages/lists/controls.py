"""The filters of the lists as a page shows them: which stand at first, which behind a fold."""

from django import forms
from django.utils.translation import gettext_lazy as _

from progress.filters import REPORTING_CHOICES
from progress.lights import Light
from tasks.models import Status

# Shown at first; the others are behind "more filters" until one of them is used.
PLAIN_FIELDS = ("q", "chapter", "agency", "role")
CHECKED_FIELDS = {
    "status": Status.choices,
    "light": Light.choices,
    "reporting": REPORTING_CHOICES,
}
MEASURE_FIELDS = {"measure_status": Status.choices}
FURTHER_FIELDS = ("division", "deadline_after", "deadline_before", "period")
# Those that have words of their own for their values.
WORDED_FIELDS = (*CHECKED_FIELDS, *MEASURE_FIELDS, "role", "division")


def made_ready(form: forms.Form) -> forms.Form:
    """Controls that fit a page: boxes to tick, and fields for dates."""
    for name, choices in (CHECKED_FIELDS | MEASURE_FIELDS).items():
        if name in form.fields:
            form.fields[name].widget = forms.CheckboxSelectMultiple(choices=choices)
    for name in ("deadline_after", "deadline_before"):
        form.fields[name].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    form.fields["q"].widget.input_type = "search"
    # What each filter means is for the readers of the API; on a page the labels say it.
    for field in form.fields.values():
        field.help_text = ""
    form.fields["q"].widget.attrs["placeholder"] = _("Titles, measures, agencies, reports")
    return form

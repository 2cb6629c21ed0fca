"""What people type on the pages of reporting, as forms whose errors stand at their fields."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from progress.workflow import LONGEST_TEXT, MeasureContent, ReportContent
from tasks.models import Measure, Status

PROSE = {
    "problems": _("Problems"),
    "next_steps": _("Next steps"),
    "coordination": _("Matters to coordinate"),
}
PROSE_HELP = {
    "problems": _("What stands in the way; leave it empty where nothing does."),
    "next_steps": _("What will be done in the next period."),
    "coordination": _("What others have to decide or do for this task to go on."),
}


class Prose(forms.CharField):
    """A text of several paragraphs: indents are kept, line ends are one character each.

    The length is checked here and not by the browser, which would cut off a pasted text unasked.
    """

    widget = forms.Textarea

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(strip=False, validators=[MaxLengthValidator(LONGEST_TEXT)], **kwargs)

    def to_python(self, value: Any) -> str:
        text = super().to_python(value) or ""
        return text.replace("\r\n", "\n").replace("\r", "\n").rstrip()


@dataclass(frozen=True, slots=True)
class MeasureFields:
    """A measure with the fields of its progress, and what is stored where that differs."""

    measure: Measure
    status: BoundField
    text: BoundField
    stored_status: str | None
    stored_text: str | None


@dataclass(frozen=True, slots=True)
class ProseField:
    """A text of the whole report, and what is stored where that differs."""

    field: BoundField
    stored: str | None


class ReportForm(forms.Form):
    """A report as its writer types it; `version` is the one that the writing started from."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        measures: Sequence[Measure],
        content: ReportContent,
        version: int,
    ) -> None:
        super().__init__(data, label_suffix="")
        self.measures = measures
        self.stored: ReportContent | None = None
        self.fields["version"].initial = version
        said = {m.measure_id: m for m in content.measures}
        for measure in measures:
            start = said.get(measure.pk)
            self.fields[f"status_{measure.pk}"] = forms.ChoiceField(
                label=_("Status"),
                choices=Status.choices,
                initial=start.status if start else Status.NOT_STARTED,
            )
            self.fields[f"text_{measure.pk}"] = Prose(
                label=_("Progress so far"),
                required=False,
                initial=start.text if start else "",
                widget=forms.Textarea(attrs={"rows": 4}),
            )
        for name, label in PROSE.items():
            self.fields[name] = Prose(
                label=label,
                help_text=PROSE_HELP[name],
                required=False,
                initial=getattr(content, name),
                widget=forms.Textarea(attrs={"rows": 3}),
            )

    def content(self) -> ReportContent:
        """What was typed, once the form is valid."""
        typed = self.cleaned_data
        return ReportContent(
            measures=tuple(
                MeasureContent(
                    measure.pk,
                    measure.ordinal,
                    typed[f"status_{measure.pk}"],
                    typed[f"text_{measure.pk}"],
                )
                for measure in self.measures
            ),
            **{name: typed[name] for name in PROSE},
        )

    def going_on_from(self, *, version: int, stored: ReportContent | None = None) -> "ReportForm":
        """The same form with everything typed in it, to be saved over another version.

        `stored` is shown beside each field that differs from it.
        """
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        data["version"] = str(version)
        form = ReportForm(
            data, measures=self.measures, content=ReportContent(measures=()), version=version
        )
        form.stored = stored
        return form

    def refused(self, error: ValidationError) -> None:
        """Show what the workflow refused at the fields it is about, else above the form."""
        by_ordinal = {measure.ordinal: measure.pk for measure in self.measures}
        for name, problems in error.error_dict.items():
            for problem in problems:
                ordinal = (problem.params or {}).get("ordinal")
                if ordinal in by_ordinal:
                    self.add_error(f"text_{by_ordinal[ordinal]}", problem)
                else:
                    self.add_error(name if name in self.fields else None, problem)

    def measure_fields(self) -> list[MeasureFields]:
        """The fields measure by measure, in order."""
        stored = {m.measure_id: m for m in self.stored.measures} if self.stored else {}
        rows = []
        for measure in self.measures:
            status, text = self[f"status_{measure.pk}"], self[f"text_{measure.pk}"]
            now = stored.get(measure.pk)
            rows.append(
                MeasureFields(
                    measure,
                    status,
                    text,
                    now.status if now and now.status != _typed(status) else None,
                    now.text if now and now.text != _typed(text) else None,
                )
            )
        return rows

    def prose_fields(self) -> list[ProseField]:
        """The fields of the texts that are about the whole report, in order."""
        rows = []
        for name in PROSE:
            now = getattr(self.stored, name) if self.stored else None
            rows.append(ProseField(self[name], now if now != _typed(self[name]) else None))
        return rows


class MoveForm(forms.Form):
    """A move of a report: of which version, and why where the move needs a reason."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = Prose(label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 3}))


class PeriodOpenForm(forms.Form):
    """Which period to open."""

    code = forms.CharField(label=_("Period"), max_length=10)


def _typed(field: BoundField) -> str:
    """What was typed, as it would be stored."""
    value = field.field.to_python(field.value())
    assert isinstance(value, str)
    return value

"""What people type on the pages of reporting, as forms whose errors stand at their fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from progress.differences import Kind, Patience, Piece, marked_differences
from progress.pasted_text import pasted_text_cleaned
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


# The code of the one error that names its field itself, so that nothing has to be put before it.
TOO_LONG = "too_long"


class Prose(forms.CharField):
    """A text of several paragraphs, cleaned of what word processors leave in it.

    The length is checked here and not by the browser, which would cut off a pasted text unasked; of
    several fields with one label the error says of which `measure` it is.
    """

    widget = forms.Textarea

    def __init__(
        self, *, measure: Measure | None = None, longest: int = LONGEST_TEXT, **kwargs: Any
    ) -> None:
        super().__init__(strip=False, **kwargs)
        self.measure = measure
        self.longest = longest

    def to_python(self, value: Any) -> str:
        return pasted_text_cleaned(super().to_python(value) or "")

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) <= self.longest:
            return
        sentence = _("“%(field)s” takes %(limit)d characters and has %(length)d; shorten it.")
        if self.measure is not None:
            sentence = _(
                "Measure %(ordinal)d, “%(field)s”: takes %(limit)d characters and has %(length)d; "
                "shorten it."
            )
        params = {
            "ordinal": self.measure.ordinal if self.measure else 0,
            "field": self.label,
            "limit": LONGEST_TEXT,
            "length": len(value),
        }
        raise ValidationError(sentence, code=TOO_LONG, params=params)


@dataclass(frozen=True, slots=True)
class MeasureFields:
    """A measure with the fields of its progress, and what is stored where that differs.

    `pieces` are the stored text with the words marked that were not typed.
    """

    measure: Measure
    status: BoundField
    text: BoundField
    stored_status: str | None
    stored_text: str | None
    pieces: Sequence[Piece]

    @property
    def stored_status_label(self) -> str:
        return str(Status(self.stored_status).label) if self.stored_status else ""


@dataclass(frozen=True, slots=True)
class ProseField:
    """A text of the whole report, and what is stored where that differs, marked as above."""

    field: BoundField
    stored: str | None
    pieces: Sequence[Piece]


# What the name of a box begins with that asks for the stored text of a field.
TAKE = "take_"


class OfMeasures(forms.Form):
    """A form with a text for each of the `measures`, and what a writer refuses shown at them."""

    measures: Sequence[Measure]

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


class ReportForm(OfMeasures):
    """A report as its writer types it; `version` is the one that the writing started from.

    `reason` is why it is handed in without what others owe it.
    """

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
    reason = Prose(
        label=_("Reason to hand in without them"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
    )

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
                measure=measure,
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

    def measure_fields(self) -> list[MeasureFields]:
        """The fields measure by measure, in order."""
        stored = {m.measure_id: m for m in self.stored.measures} if self.stored else {}
        patience = Patience()
        rows = []
        for measure in self.measures:
            status, text = self[f"status_{measure.pk}"], self[f"text_{measure.pk}"]
            now = stored.get(measure.pk)
            stored_text = now.text if now and now.text != typed_in(text) else None
            rows.append(
                MeasureFields(
                    measure,
                    status,
                    text,
                    now.status if now and now.status != typed_in(status) else None,
                    stored_text,
                    stored_pieces(text, stored_text, patience),
                )
            )
        return rows

    def prose_fields(self) -> list[ProseField]:
        """The fields of the texts that are about the whole report, in order."""
        patience = Patience()
        rows = []
        for name in PROSE:
            now = getattr(self.stored, name) if self.stored else None
            stored = now if now != typed_in(self[name]) else None
            rows.append(ProseField(self[name], stored, stored_pieces(self[name], stored, patience)))
        return rows


def fields_of(content: ReportContent) -> dict[str, str]:
    """What a report says, by the names of the form's fields."""
    said = {f"text_{m.measure_id}": m.text for m in content.measures}
    said |= {f"status_{m.measure_id}": m.status for m in content.measures}
    return said | {name: getattr(content, name) for name in PROSE}


def with_stored_taken(data: QueryDict, stored: Mapping[str, str], *, version: int) -> QueryDict:
    """What was sent, with the stored text in each field for which it was asked.

    `stored` is what is stored as `version`, by the names of fields. A request that looked at
    another version, which may have said something else, is left as it was typed.
    """
    asked = {name.removeprefix(TAKE) for name in data if name.startswith(TAKE)}
    if not asked:
        return data
    data = data.copy()
    for name in asked:
        del data[f"{TAKE}{name}"]
    if data.get("version") == str(version):
        for name in asked & stored.keys():
            data[name] = stored[name]
    return data


class MoveForm(forms.Form):
    """A move of a report: of which version, and why where the move needs a reason."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = Prose(label=_("Reason"), required=False, widget=forms.Textarea(attrs={"rows": 3}))

    def refused(self, error: ValidationError) -> str:
        """Show what is wrong with the reason at its field; returns the rest as one sentence."""
        rest = []
        for name, problems in error.message_dict.items():
            if name == "reason":
                self.add_error("reason", problems)
            else:
                rest += problems
        return " ".join(rest)


class PeriodOpenForm(forms.Form):
    """Which period to open."""

    code = forms.CharField(label=_("Period"), max_length=10)


def typed_in(field: BoundField) -> str:
    """What was typed, as it would be stored."""
    value = field.field.to_python(field.value())
    assert isinstance(value, str)
    return value


def stored_pieces(field: BoundField, stored: str | None, patience: Patience) -> list[Piece]:
    """The stored text, what was not typed marked as added; what was typed stands beside it."""
    if stored is None:
        return []
    compared = marked_differences(typed_in(field), stored, patience=patience)
    return [piece for piece in compared if piece.kind != Kind.REMOVED]

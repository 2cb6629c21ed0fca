"""What another agency of a task types: a text for each measure that concerns it, and remarks."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import forms
from django.forms import BoundField
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from progress.differences import Patience, Piece
from progress.pages.forms import OfMeasures, Prose, stored_pieces, typed_in
from progress.workflow import ContributionContent, MeasureText
from tasks.models import Measure


@dataclass(frozen=True, slots=True)
class TextField:
    """A text, the measure it is about, and what is stored where that differs, with it marked."""

    field: BoundField
    measure: Measure | None
    stored: str | None
    pieces: Sequence[Piece]


class ContributionForm(OfMeasures):
    """A contribution as its writer types it; `version` is the one that the writing started from."""

    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        measures: Sequence[Measure],
        content: ContributionContent,
        version: int,
    ) -> None:
        super().__init__(data, label_suffix="")
        self.measures = measures
        self.stored: ContributionContent | None = None
        self.fields["version"].initial = version
        said = {m.measure_id: m.text for m in content.measures}
        for measure in measures:
            self.fields[f"text_{measure.pk}"] = Prose(
                measure=measure,
                label=_("What your agency did"),
                required=False,
                initial=said.get(measure.pk, ""),
                widget=forms.Textarea(attrs={"rows": 4}),
            )
        self.fields["remarks"] = Prose(
            label=_("Problems and other remarks"),
            help_text=_("For the lead; leave it empty where there are none."),
            required=False,
            initial=content.remarks,
            widget=forms.Textarea(attrs={"rows": 3}),
        )

    def content(self) -> ContributionContent:
        """What was typed, once the form is valid."""
        typed = self.cleaned_data
        return ContributionContent(
            measures=tuple(
                MeasureText(measure.pk, measure.ordinal, typed[f"text_{measure.pk}"])
                for measure in self.measures
            ),
            remarks=typed["remarks"],
        )

    def empty_measures(self) -> list[MeasureText]:
        """Of an agency that has nothing to add."""
        return [MeasureText(measure.pk, measure.ordinal, "") for measure in self.measures]

    def going_on_from(
        self, *, version: int, stored: ContributionContent | None = None
    ) -> "ContributionForm":
        """The same form with everything typed in it, to be saved over another version.

        `stored` is shown beside each field that differs from it.
        """
        assert isinstance(self.data, QueryDict)
        data = self.data.copy()
        data["version"] = str(version)
        form = ContributionForm(
            data, measures=self.measures, content=ContributionContent(measures=()), version=version
        )
        form.stored = stored
        return form

    def measure_fields(self) -> list[TextField]:
        """The fields measure by measure, in order."""
        stored = {m.measure_id: m.text for m in self.stored.measures} if self.stored else {}
        return [
            self._field(f"text_{measure.pk}", stored.get(measure.pk), measure=measure)
            for measure in self.measures
        ]

    def remarks_field(self) -> TextField:
        return self._field("remarks", self.stored.remarks if self.stored else None)

    def _field(self, name: str, stored: str | None, *, measure: Measure | None = None) -> TextField:
        if stored == typed_in(self[name]):
            stored = None
        return TextField(self[name], measure, stored, stored_pieces(self[name], stored, Patience()))


def fields_of(content: ContributionContent) -> dict[str, str]:
    """What a contribution says, by the names of the form's fields."""
    said = {f"text_{m.measure_id}": m.text for m in content.measures}
    return said | {"remarks": content.remarks}

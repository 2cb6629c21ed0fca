"""A form that was opened before the measures of its task were revised: nothing in it is dropped.

Its fields carry the keys of the measures that there were. What was typed of one that is gone is
shown to be copied; one that has been added since starts as it would in a form opened now.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.http import QueryDict
from django.utils.translation import gettext as _

from progress.pasted_text import pasted_text_cleaned
from tasks.models import Measure

TEXT = "text_"


@dataclass(frozen=True, slots=True)
class GoneText:
    """What was typed of a measure that is not in the list any more.

    `place` is its place among the measures of the form that was sent.
    """

    place: int
    text: str


@dataclass(frozen=True, slots=True)
class RevisedMeasures:
    """How the measures of a form that was sent differ from those of the task; false if they do not.

    A measure that is gone and of which nothing was typed is no difference to tell a person of.
    """

    gone: Sequence[GoneText]
    added: Sequence[Measure]

    def __bool__(self) -> bool:
        return bool(self.gone or self.added)

    def problem(self) -> str:
        """What has happened, and that it has to be looked at before it is saved."""
        sentences = []
        if self.gone:
            sentences.append(_("A measure that you wrote about is not in the list any more."))
        if self.added:
            sentences.append(
                _("Added to the list: measure %(ordinals)s.")
                % {"ordinals": "、".join(str(measure.ordinal) for measure in self.added)}
            )
        sentences.append(_("The list was revised while you were writing."))
        return " ".join(reversed(sentences))


def revised_measures(
    data: QueryDict | None, *, measures: Sequence[Measure], official: Sequence[Measure]
) -> RevisedMeasures:
    """How what was sent differs from `measures`, of which the form now asks; `official` are all of
    the task. Of a form that was only looked at, or sent without any text, it does not."""
    sent = [name for name in data or () if name.startswith(TEXT)]
    if data is None or not sent:
        return RevisedMeasures((), ())
    known = {f"{TEXT}{measure.pk}" for measure in official}
    gone = [
        GoneText(place, text)
        for place, name in enumerate(sent, start=1)
        if name not in known and (text := pasted_text_cleaned(data.get(name, ""))).strip()
    ]
    return RevisedMeasures(gone, [one for one in measures if f"{TEXT}{one.pk}" not in sent])


def with_added_begun(
    data: QueryDict, added: Sequence[Measure], starts: Mapping[str, str]
) -> QueryDict:
    """What was sent, with the fields of the added measures as `starts` has them by name."""
    if not added:
        return data
    data = data.copy()
    for measure in added:
        for name in (f"{TEXT}{measure.pk}", f"status_{measure.pk}"):
            if name in starts:
                data.setdefault(name, starts[name])
    return data

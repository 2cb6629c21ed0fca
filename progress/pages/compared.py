"""A filled form beside what is stored, as the page shows it: words marked that differ."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from progress.differences import Patience, Piece, marked_differences
from progress.models import Report
from progress.workflow.sheets import ComparedCell, ComparedPlace, Comparison, Outcome

FIELDS: dict[str, str | Promise] = {
    "status": gettext_lazy("Status"),
    "text": gettext_lazy("Progress so far"),
    "problems": gettext_lazy("Problems"),
    "next_steps": gettext_lazy("Next steps"),
    "coordination": gettext_lazy("Matters to coordinate"),
    "remarks": gettext_lazy("Problems and other remarks"),
}


@dataclass(frozen=True, slots=True)
class ShownCell:
    """A cell with its title, and both texts with what is new in them marked."""

    cell: ComparedCell
    title: str
    in_file: Sequence[Piece]
    in_store: Sequence[Piece]

    @property
    def is_status(self) -> bool:
        return self.cell.field == "status"

    @property
    def choice_file(self) -> str:
        return self.cell.sent_as("file")

    @property
    def choice_stored(self) -> str:
        return self.cell.sent_as("stored")


@dataclass(frozen=True, slots=True)
class ShownPlace:
    """A report or contribution; `new_in_file` are the cells that the file says anew, `staying`
    those that only the database does; `takes_back` whether another lead's answer would lapse."""

    place: ComparedPlace
    new_in_file: Sequence[ShownCell]
    staying: Sequence[ShownCell]

    @property
    def takes_back(self) -> bool:
        written = self.place.standing.written if self.place.standing else None
        return isinstance(written, Report) and written.agreement_asked_at is not None


def places_shown(comparison: Comparison) -> list[ShownPlace]:
    """All places of the comparison, compared word by word within one page's patience."""
    patience = Patience()
    shown = []
    for place in comparison.places:
        cells = [_shown(one, patience) for one in place.cells]
        shown.append(
            ShownPlace(
                place,
                [one for one in cells if one.cell.outcome in (Outcome.TAKEN, Outcome.ASKED)],
                [one for one in cells if one.cell.outcome == Outcome.STAYS],
            )
        )
    return shown


def _shown(cell: ComparedCell, patience: Patience) -> ShownCell:
    title = str(FIELDS[cell.field])
    if cell.measure is not None:
        title = _("Measure %(ordinal)d: %(field)s") % {
            "ordinal": cell.measure.ordinal,
            "field": title,
        }
    if cell.field == "status":
        return ShownCell(cell, title, [], [])
    # What is taken unasked overwrites what is stored; between two texts one chooses by what each
    # made of the downloaded one.
    before = cell.was if cell.is_asked else cell.stored
    return ShownCell(
        cell,
        title,
        marked_differences(before, cell.says, patience=patience),
        marked_differences(cell.was, cell.stored, patience=patience),
    )

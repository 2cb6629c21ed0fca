"""What a person's agency owes for a period, counted by kind, each with the way to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from progress.pages import my_contributions
from progress.states import ReportState


@dataclass(frozen=True, slots=True)
class Way:
    """So many things of a kind are to be done; `place` is where the page has them.

    `comes_first`: what was sent back, or waits for this very person.
    """

    label: str | Promise
    count: int
    place: str
    comes_first: bool = False


@dataclass(frozen=True, slots=True)
class Owing:
    """The ways that lead to something, and how urgent it is.

    `days_left` are the working days until the due date, negative after it.
    """

    ways: Sequence[Way]
    days_left: int

    @property
    def tone(self) -> str:
        """One of "done", "late" and "soon", "" while there is time."""
        if not self.ways:
            return "done"
        if self.days_left < 0:
            return "late"
        return "soon" if self.days_left <= SOON else ""


# As many working days as a person needs to get answers from colleagues.
SOON = 3


def ways(
    *,
    to_review: int,
    contributions_to_review: int,
    returned: int,
    returned_contributions: int,
    to_write: int,
    drafts: int,
    contributions: int,
    answers: int,
    shared_leads: int,
) -> list[Way]:
    """Those of these of which there is something, what comes first in front."""
    every = [
        Way(
            _("To review and hand in"),
            to_review,
            f"group-{ReportState.AGENCY_REVIEW}",
            comes_first=True,
        ),
        Way(
            _("Contributions to check"),
            contributions_to_review,
            my_contributions.TO_REVIEW,
            comes_first=True,
        ),
        Way(_("Returned, to correct"), returned, "group-returned", comes_first=True),
        Way(
            _("Contributions returned, to correct"),
            returned_contributions,
            my_contributions.RETURNED,
            comes_first=True,
        ),
        Way(_("Matters to answer"), answers, "answers-owed"),
        Way(_("To agree to"), shared_leads, "shared-leads"),
        Way(_("To write"), to_write, "group-none"),
        Way(_("Drafts to finish"), drafts, "group-draft"),
        Way(_("Contributions owed"), contributions, my_contributions.OWED),
    ]
    return [one for one in every if one.count]

"""What waits for the coordinating office: how much of each kind, and the way to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from progress.filters.registers import NOT_ADDRESSED
from progress.models import CompletionState, DecisionState, MatterState
from progress.pages.registers import register_address
from progress.rollups import OfficeWaits, Register


@dataclass(frozen=True, slots=True)
class Wait:
    """So many things wait for one kind of decision."""

    label: str | Promise
    count: int
    address: str


def waits_shown(waits: OfficeWaits) -> Sequence[Wait]:
    """Everything that a coordinator has to decide on."""
    return [
        Wait(_("Reports to review"), waits.reports, reverse("review-queue")),
        Wait(
            _("Completion requests to decide"),
            waits.completions,
            register_address(Register.COMPLETIONS, state=[CompletionState.REQUESTED]),
        ),
        Wait(
            _("Extension requests to decide"),
            waits.extensions,
            register_address(Register.EXTENSIONS, state=[DecisionState.REQUESTED]),
        ),
        Wait(
            _("Matters to address to an agency"),
            waits.matters_to_address,
            register_address(Register.MATTERS, state=[MatterState.OPEN], addressed=[NOT_ADDRESSED]),
        ),
        Wait(
            _("Answered matters to close"),
            waits.matters_answered,
            register_address(Register.MATTERS, state=[MatterState.ANSWERED]),
        ),
        Wait(_("Things to settle"), waits.to_settle, reverse("settling")),
    ]

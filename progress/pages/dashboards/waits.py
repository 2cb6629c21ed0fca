"""What waits for the coordinating office: how much of each kind, and the way to it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from agencies.models import User
from progress.filters.registers import NOT_ADDRESSED
from progress.models import CompletionState, DecisionState, MatterState, Report
from progress.pages.registers import register_address
from progress.rollups import (
    Register,
    entries_of,
    matters_to_address,
    register_count,
    settling_count,
)


@dataclass(frozen=True, slots=True)
class Wait:
    """So many things wait for one kind of decision."""

    label: str | Promise
    count: int
    address: str


def waits_of(user: User) -> Sequence[Wait]:
    """Everything that a coordinator has to decide on, today; nothing for anybody else."""
    if not user.is_coordinator:
        return []
    counts = {
        register: register_count(register, entries_of(register, user=user)).by_state
        for register in (Register.COMPLETIONS, Register.EXTENSIONS, Register.MATTERS)
    }
    return [
        Wait(
            _("Reports to review"),
            Report.objects.waiting_for_review(user).count(),
            reverse("review-queue"),
        ),
        Wait(
            _("Completion requests to decide"),
            counts[Register.COMPLETIONS][CompletionState.REQUESTED],
            register_address(Register.COMPLETIONS, state=[CompletionState.REQUESTED]),
        ),
        Wait(
            _("Extension requests to decide"),
            counts[Register.EXTENSIONS][DecisionState.REQUESTED],
            register_address(Register.EXTENSIONS, state=[DecisionState.REQUESTED]),
        ),
        Wait(
            _("Matters to address to an agency"),
            matters_to_address(user=user).count(),
            register_address(Register.MATTERS, state=[MatterState.OPEN], addressed=[NOT_ADDRESSED]),
        ),
        Wait(
            _("Answered matters to close"),
            counts[Register.MATTERS][MatterState.ANSWERED],
            register_address(Register.MATTERS, state=[MatterState.ANSWERED]),
        ),
        Wait(_("Things to settle"), settling_count(), reverse("settling")),
    ]

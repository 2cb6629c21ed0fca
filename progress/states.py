"""The states of a report and the moves between them, as one table of data.

`progress.workflow` makes the moves, pages and the API offer the ones that this table allows, and a
database constraint is built from the same enum. "Nobody decides what they wrote themselves" and "a
review within the agency where it has an approver" need more than a table: see `workflow.moves`.
"""

from dataclasses import dataclass

from django.db import models
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agencies.models import Role


class ReportState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    AGENCY_REVIEW = "agency_review", _("In agency review")
    SUBMITTED = "submitted", _("Submitted")
    APPROVED = "approved", _("Approved")
    RETURNED = "returned", _("Returned")


class Move(models.TextChoices):
    SUBMIT = "submit", _("Submit")
    ENDORSE = "endorse", _("Approve within the agency")
    TAKE_UP = "take_up", _("Start review")
    APPROVE = "approve", pgettext_lazy("report move", "Approve")
    RETURN = "return", pgettext_lazy("report move", "Return")
    WITHDRAW = "withdraw", _("Withdraw")
    REOPEN = "reopen", _("Reopen")


# The agency of the report hands it in; the coordinating office decides on it.
AGENCY = frozenset({Role.REPORTER, Role.APPROVER})
APPROVERS = frozenset({Role.APPROVER})
COORDINATORS = frozenset({Role.COORDINATOR})


@dataclass(frozen=True, slots=True)
class Transition:
    """A move from one of `sources` to `target` that people of `roles` may make.

    `reviewed_target` replaces `target` where the agency reviews the report before it leaves.
    """

    move: Move
    sources: frozenset[ReportState]
    target: ReportState
    roles: frozenset[Role]
    needs_reason: bool = False
    reviewed_target: ReportState | None = None


WRITABLE = frozenset({ReportState.DRAFT, ReportState.RETURNED})
# States in which the report has left the agency.
HANDED_IN = frozenset({ReportState.SUBMITTED, ReportState.APPROVED})

TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        Move.SUBMIT,
        WRITABLE,
        ReportState.SUBMITTED,
        AGENCY,
        reviewed_target=ReportState.AGENCY_REVIEW,
    ),
    Transition(
        Move.ENDORSE, frozenset({ReportState.AGENCY_REVIEW}), ReportState.SUBMITTED, APPROVERS
    ),
    Transition(
        Move.RETURN,
        frozenset({ReportState.AGENCY_REVIEW}),
        ReportState.RETURNED,
        APPROVERS,
        needs_reason=True,
    ),
    Transition(
        Move.WITHDRAW,
        frozenset({ReportState.AGENCY_REVIEW, ReportState.SUBMITTED}),
        ReportState.DRAFT,
        AGENCY,
    ),
    Transition(
        Move.TAKE_UP, frozenset({ReportState.SUBMITTED}), ReportState.SUBMITTED, COORDINATORS
    ),
    Transition(
        Move.APPROVE, frozenset({ReportState.SUBMITTED}), ReportState.APPROVED, COORDINATORS
    ),
    Transition(
        Move.RETURN,
        frozenset({ReportState.SUBMITTED}),
        ReportState.RETURNED,
        COORDINATORS,
        needs_reason=True,
    ),
    Transition(
        Move.REOPEN,
        frozenset({ReportState.APPROVED}),
        ReportState.RETURNED,
        COORDINATORS,
        needs_reason=True,
    ),
)


def transitions_of(move: Move, role: str) -> list[Transition]:
    """The rows of the table for this move that people of this role may make, in any state."""
    return [t for t in TRANSITIONS if t.move == move and role in t.roles]


def transition_from(state: str, move: Move, role: str) -> Transition | None:
    """The row that moves a report in `state`, or None if the move is impossible there."""
    return next((t for t in transitions_of(move, role) if state in t.sources), None)


def moves_from(state: str, role: str) -> list[Transition]:
    """What people of this role may do with a report in this state, in the order of the table."""
    return [t for t in TRANSITIONS if state in t.sources and role in t.roles]


# What each state asks of whom, for the sentence under a report's title.
WAITING_FOR: dict[str, Promise] = {
    ReportState.DRAFT: _("The lead agency is writing this report."),
    ReportState.AGENCY_REVIEW: _("The agency's approver has to check this report."),
    ReportState.SUBMITTED: _("A coordinator has to approve or return this report."),
    ReportState.APPROVED: _("This report is approved."),
    ReportState.RETURNED: _("The lead agency has to correct this report."),
}

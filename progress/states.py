"""The states of reports and contributions and the moves between them, as two tables of data.

`progress.workflow` makes the moves, pages and the API offer the ones that the tables allow, and
database constraints are built from the same enums. "Nobody decides what they wrote themselves" and
"a review within the agency where it has an approver" need more than a table: see `workflow`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

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
    ASK = "ask", _("Ask the other lead for its agreement")
    AGREE = "agree", _("Agree")
    OBJECT = "object", _("Object")
    TAKE_OVER = "take_over", _("Take over")


class Party(StrEnum):
    """On whose behalf a move is made; one agency's people can be of several parties to a task."""

    COMPILER = "compiler"  # the first lead, who compiles the report
    CO_LEAD = "co_lead"  # another lead of the task
    AUTHOR = "author"  # the agency whose contribution it is
    OFFICE = "office"  # the coordinating office


# Agencies hand in; the coordinating office decides.
AGENCY = frozenset({Role.REPORTER, Role.APPROVER})
APPROVERS = frozenset({Role.APPROVER})
COORDINATORS = frozenset({Role.COORDINATOR})


@dataclass(frozen=True, slots=True)
class Transition:
    """A move from one of `sources` to `target` that people of `roles` make for `party`.

    A `target` of None leaves the state as it is. `reviewed_target` replaces `target` where the
    agency reviews what it hands in before it leaves.
    """

    move: Move
    sources: frozenset[ReportState]
    target: ReportState | None
    roles: frozenset[Role]
    party: Party
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
        Party.COMPILER,
        reviewed_target=ReportState.AGENCY_REVIEW,
    ),
    Transition(Move.ASK, WRITABLE, None, AGENCY, Party.COMPILER),
    Transition(Move.AGREE, WRITABLE, None, AGENCY, Party.CO_LEAD),
    Transition(Move.OBJECT, WRITABLE, None, AGENCY, Party.CO_LEAD, needs_reason=True),
    Transition(
        Move.ENDORSE,
        frozenset({ReportState.AGENCY_REVIEW}),
        ReportState.SUBMITTED,
        APPROVERS,
        Party.COMPILER,
    ),
    Transition(
        Move.RETURN,
        frozenset({ReportState.AGENCY_REVIEW}),
        ReportState.RETURNED,
        APPROVERS,
        Party.COMPILER,
        needs_reason=True,
    ),
    Transition(
        Move.WITHDRAW,
        frozenset({ReportState.AGENCY_REVIEW, ReportState.SUBMITTED}),
        ReportState.DRAFT,
        AGENCY,
        Party.COMPILER,
    ),
    Transition(
        Move.TAKE_UP,
        frozenset({ReportState.SUBMITTED}),
        None,
        COORDINATORS,
        Party.OFFICE,
    ),
    Transition(
        Move.APPROVE,
        frozenset({ReportState.SUBMITTED}),
        ReportState.APPROVED,
        COORDINATORS,
        Party.OFFICE,
    ),
    Transition(
        Move.RETURN,
        frozenset({ReportState.SUBMITTED}),
        ReportState.RETURNED,
        COORDINATORS,
        Party.OFFICE,
        needs_reason=True,
    ),
    Transition(
        Move.REOPEN,
        frozenset({ReportState.APPROVED}),
        ReportState.RETURNED,
        COORDINATORS,
        Party.OFFICE,
        needs_reason=True,
    ),
)

# A contribution goes to the lead, not to the coordinating office, so nobody approves it; the lead
# takes it over or gives it back.
CONTRIBUTION_STATES = frozenset(
    {
        ReportState.DRAFT,
        ReportState.AGENCY_REVIEW,
        ReportState.SUBMITTED,
        ReportState.RETURNED,
    }
)
CONTRIBUTION_TRANSITIONS: tuple[Transition, ...] = (
    Transition(
        Move.SUBMIT,
        WRITABLE,
        ReportState.SUBMITTED,
        AGENCY,
        Party.AUTHOR,
        reviewed_target=ReportState.AGENCY_REVIEW,
    ),
    Transition(
        Move.ENDORSE,
        frozenset({ReportState.AGENCY_REVIEW}),
        ReportState.SUBMITTED,
        APPROVERS,
        Party.AUTHOR,
    ),
    Transition(
        Move.RETURN,
        frozenset({ReportState.AGENCY_REVIEW}),
        ReportState.RETURNED,
        APPROVERS,
        Party.AUTHOR,
        needs_reason=True,
    ),
    Transition(
        Move.WITHDRAW,
        frozenset({ReportState.AGENCY_REVIEW, ReportState.SUBMITTED}),
        ReportState.DRAFT,
        AGENCY,
        Party.AUTHOR,
    ),
    Transition(Move.TAKE_OVER, frozenset({ReportState.SUBMITTED}), None, AGENCY, Party.COMPILER),
    Transition(
        Move.RETURN,
        frozenset({ReportState.SUBMITTED}),
        ReportState.RETURNED,
        AGENCY,
        Party.COMPILER,
        needs_reason=True,
    ),
)


def transitions_of(
    move: Move,
    role: str,
    parties: Collection[Party],
    table: tuple[Transition, ...] = TRANSITIONS,
) -> list[Transition]:
    """The rows for this move that a person of this role and these parties may make, ever."""
    return [t for t in table if t.move == move and role in t.roles and t.party in parties]


def moves_from(
    state: str,
    role: str,
    parties: Collection[Party],
    table: tuple[Transition, ...] = TRANSITIONS,
) -> list[Transition]:
    """What such a person may do in this state, in the order of the table."""
    return [t for t in table if state in t.sources and role in t.roles and t.party in parties]


# What each move has done, for the sentence after it.
DONE: dict[str, Promise] = {
    Move.SUBMIT: _("Handed in."),
    Move.ENDORSE: _("Approved within the agency and handed in."),
    Move.TAKE_UP: _("The review has begun; the agency can no longer withdraw the report."),
    Move.APPROVE: _("The report is approved."),
    Move.RETURN: _("Returned, to be corrected."),
    Move.WITHDRAW: _("Withdrawn, to be corrected and handed in again."),
    Move.REOPEN: _("Reopened, to be corrected."),
    Move.ASK: _("The other lead has been asked and answers on this report's page."),
    Move.AGREE: _("Your agency has agreed; the first lead can hand it in now."),
    Move.OBJECT: _(
        "Your agency's objection is recorded; the first lead reads your reason and decides how to "
        "go on."
    ),
}

# What a report is once its period is closed and it was never approved.
LEFT_OVER: dict[str, Promise] = {
    ReportState.DRAFT: _("The period is closed; this report was not handed in."),
    ReportState.AGENCY_REVIEW: _("The period is closed; this report was not handed in."),
    ReportState.SUBMITTED: _("The period is closed; this report was not decided on."),
    ReportState.RETURNED: _("The period is closed; this report was returned and not corrected."),
}

# What each state asks of whom, for the sentence under a report's title.
WAITING_FOR: dict[str, Promise] = {
    ReportState.DRAFT: _("The lead agency is writing this report."),
    ReportState.AGENCY_REVIEW: _("The agency's approver has to check this report."),
    ReportState.SUBMITTED: _("A coordinator has to approve or return this report."),
    ReportState.APPROVED: _("This report is approved."),
    ReportState.RETURNED: _("The lead agency has to correct this report."),
}

CONTRIBUTION_WAITING_FOR: dict[str, Promise] = {
    ReportState.DRAFT: _("The agency is writing this contribution."),
    ReportState.AGENCY_REVIEW: _("The agency's approver has to check this contribution."),
    ReportState.SUBMITTED: _("The lead agency has this contribution."),
    ReportState.RETURNED: _("The agency has to correct this contribution."),
}

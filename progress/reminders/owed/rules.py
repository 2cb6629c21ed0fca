"""By which rule something is owed, by when, and to whom it escalates: pure, against the calendar.

Each answers None where nothing is owed any more.
"""

import datetime as dt
from collections.abc import Mapping
from enum import Enum

from progress.models import DecisionState, MatterState, Policy, Rule
from progress.states import WRITABLE, ReportState
from progress.workdays import WorkCalendar
from tasks.models import Status

# What somebody else looks at before it leaves the agency: asked of approvers first.
REVIEWS = frozenset({Rule.AGENCY_REVIEW, Rule.CONTRIBUTION_REVIEW})
CONTRIBUTIONS = frozenset({Rule.CONTRIBUTION, Rule.CONTRIBUTION_REVIEW})
# What is the agency's word, which its approver gives where it has one.
ANSWERED_BY_APPROVERS = REVIEWS | {Rule.AGREEMENT, Rule.MATTER}

# Which rule of Policy says whether it is asked for. Who cannot be reached is always told.
SWITCHES: Mapping[Rule, str] = {
    Rule.REPORT: "remind_report",
    Rule.RETURNED: "remind_returned",
    Rule.AGENCY_REVIEW: "remind_agency_review",
    Rule.CONTRIBUTION: "remind_contribution",
    Rule.CONTRIBUTION_REVIEW: "remind_agency_review",
    # What the other lead adds to the report, as agencies with duties of their own add their part.
    Rule.AGREEMENT: "remind_contribution",
    Rule.DEADLINE: "remind_deadline",
    Rule.MATTER: "remind_matter",
    Rule.REVIEW: "remind_review",
    Rule.EXTENSION: "remind_review",
    Rule.ADDRESS: "remind_review",
}


def is_asked_for(rule: Rule, policy: Policy) -> bool:
    """Whether the daily run asks for what is owed by this rule."""
    return rule not in SWITCHES or bool(getattr(policy, SWITCHES[rule]))


def rule_of(*, report: str | None) -> Rule | None:
    """By which rule a report in this state (None: not begun) is owed; None once it has left."""
    if report == ReportState.AGENCY_REVIEW:
        return Rule.AGENCY_REVIEW
    if report == ReportState.RETURNED:
        return Rule.RETURNED
    return Rule.REPORT if report is None or report in WRITABLE else None


def rule_of_contribution(*, report: str | None, contribution: str | None) -> Rule | None:
    """By which rule a contribution is owed where duties are divided; None once it is with the lead.

    Nothing is asked for any more once the report has left the lead's hands without it.
    """
    if report is not None and report not in WRITABLE:
        return None
    if contribution == ReportState.AGENCY_REVIEW:
        return Rule.CONTRIBUTION_REVIEW
    is_written = contribution is not None and contribution not in WRITABLE
    return None if is_written else Rule.CONTRIBUTION


def completion_due_on(
    *, status: str, deadline: dt.date | None, is_asked_for: bool, later_is_asked_for: bool
) -> dt.date | None:
    """By when a task is to be completed.

    None once it is, or once its lead has done what is the lead's: reported all of it as completed
    (`is_asked_for`), or asked for a later deadline; then it waits for a coordinator.
    """
    if status == Status.COMPLETED or is_asked_for or later_is_asked_for:
        return None
    return deadline


def decision_due_on(
    *, state: str, reached_on: dt.date, policy: Policy, calendar: WorkCalendar
) -> dt.date | None:
    """By when a coordinator is to decide on a report, or a request, that came in on a day."""
    if state not in (ReportState.SUBMITTED, DecisionState.REQUESTED):
        return None
    return calendar.add(reached_on, policy.review_working_days)


def answer_due_on(
    *, state: str, asked_on: dt.date | None, policy: Policy, calendar: WorkCalendar
) -> dt.date | None:
    """By when a matter is to be answered that an agency was asked for on a day (None: nobody)."""
    if state != MatterState.OPEN or asked_on is None:
        return None
    return calendar.add(asked_on, policy.answer_working_days)


def addressing_due_on(
    *, state: str, asked_on: dt.date, policy: Policy, calendar: WorkCalendar
) -> dt.date | None:
    """By when a coordinator is to say which agency answers a matter that was raised on a day."""
    return calendar.add(asked_on, policy.review_working_days) if state == MatterState.OPEN else None


class Level(Enum):
    """To whom what is late escalates; whoever has to do it stays on the message."""

    APPROVER = "escalate_to_approver"
    LEADER = "escalate_to_leader"
    COORDINATORS = "escalate_to_coordinators"


def levels_reached(late: int, *, policy: Policy) -> frozenset[Level]:
    """Who else is told of what is so many working days late."""
    return frozenset(level for level in Level if 0 < getattr(policy, level.value) <= late)

"""What is said of a report or contribution: what it waits for, and what a move has done."""

from django.utils.functional import Promise
from django.utils.translation import gettext as _

from progress.models import Contribution, Report
from progress.states import (
    CONTRIBUTION_WAITING_FOR,
    DONE,
    LEFT_OVER,
    WAITING_FOR,
    WRITABLE,
    Move,
    ReportState,
)


def waiting_for(report: Report) -> str | Promise:
    """Whom the report waits for now; of a closed period, what became of it.

    Where two lead, a draft can wait for the other lead: one query more, for such a report alone.
    """
    if report.period.closed_at is not None and report.state != ReportState.APPROVED:
        return LEFT_OVER[report.state]
    if report.state in WRITABLE and report.agreement_asked_at is not None:
        answers = [answer.agrees for answer in report.agreements.all()]
        if False in answers:
            return _("The other lead objects; the lead that compiles has to settle it.")
        if not answers:
            return _("The other lead has been asked for its agreement and has not answered yet.")
        return _("The other lead agrees; the lead that compiles can hand it in.")
    return WAITING_FOR[report.state]


def report_moved(report: Report, move: Move) -> str:
    """What has been done with a report, and what comes next."""
    done = str(DONE[move])
    if move == Move.SUBMIT and report.state == ReportState.AGENCY_REVIEW:
        done = _("Submitted to the agency's approver.")
    return _("Task %(number)d: %(done)s") % {"number": report.task.number, "done": done}


def contribution_moved(contribution: Contribution, move: Move) -> str:
    """What has been done with a contribution, and where it is now."""
    done = (
        str(DONE[move])
        if move == Move.RETURN
        else str(CONTRIBUTION_WAITING_FOR[contribution.state])
    )
    return _("Contribution to task %(number)d: %(done)s") % {
        "number": contribution.task.number,
        "done": done,
    }

"""Two leads: the second agrees or objects before the first hands the report in."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.utils.translation import gettext as _

from agencies.models import Agency, User
from progress.models import Agreement, Report
from progress.states import Move
from progress.workflow.conflicts import Conflict
from progress.workflow.parties import other_leads, people_of, speaks_for


def agreement_check(*, report: Report, move: Move, by: User) -> None:
    """Raise Conflict where the question cannot be put or answered now, PermissionDenied where
    another of the agency has to answer."""
    leads = other_leads(report.task)
    if not leads:
        raise Conflict(_("This task has one lead; nobody else has to agree to its report."))
    if move == Move.ASK:
        return
    agency = answering_agency(report=report, user=by)
    if agency is not None and not speaks_for(agency=agency, user=by):
        raise PermissionDenied(_("Your agency's approver answers for it."))
    if report.agreement_asked_at is None:
        raise Conflict(
            _("The first lead has not asked for your agreement yet; the text may still change.")
        )


def answering_agency(*, report: Report, user: User) -> Agency | None:
    """The lead for which the person answers."""
    return next((one for one in other_leads(report.task) if one.pk in user.agency_ids), None)


def agreement_apply(*, report: Report, move: Move, by: User, now: dt.datetime, reason: str) -> None:
    """Ask, or write down the answer; the report itself is saved by the caller."""
    if move == Move.ASK:
        report.agreement_asked_at = now
        report.agreements.filter(agrees=False).delete()
        return
    Agreement.objects.update_or_create(
        report=report,
        agency=answering_agency(report=report, user=by),
        defaults={"agrees": move == Move.AGREE, "reason": reason, "at": now, "by": by},
    )


def agreements_lapse(report: Report) -> None:
    """The text has changed: what was agreed to is not what it says any more."""
    report.agreement_asked_at = None
    report.agreements.all().delete()


def leads_not_agreeing(report: Report) -> list[Agency]:
    """The leads without whose agreement the report goes, if it goes: for a reason to be given.

    One that objects, and one that has nobody who could answer. Raises Conflict for one that can
    answer and has not.
    """
    leads = other_leads(report.task)
    if not leads:
        return []
    answers = dict(report.agreements.values_list("agency_id", "agrees"))
    without = []
    for lead in leads:
        if answers.get(lead.pk):
            continue
        if lead.pk not in answers and User.objects.filter(people_of(lead)).exists():
            raise Conflict(
                _("%(agency)s leads this task too and has not answered; ask for its agreement.")
                % {"agency": lead.name}
            )
        without.append(lead)
    return without

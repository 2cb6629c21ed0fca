"""An agency takes its form along: what the form asks, and what it said at that moment."""

import datetime as dt
import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.audit import audited
from agencies.models import Agency, User
from progress.models import OfflineForm, ReportingPeriod
from progress.pasted_text import pasted_text_cleaned
from progress.workflow.conflicts import Conflict
from progress.workflow.sheets.standing import Standing, standings_of
from tasks.models import Measure

# Letters and digits that nobody mistakes for each other; 80 bits.
_ALPHABET = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_KEY_LENGTH = 16


@dataclass(frozen=True, slots=True)
class FormLine:
    """A row of the form: about one measure, or with None about the task as a whole; `said` is what
    it is filled with, by field."""

    standing: Standing
    measure: Measure | None
    said: dict[str, str]


def form_issue(
    *, by: User, period: ReportingPeriod, now: dt.datetime
) -> tuple[OfflineForm, list[FormLine]]:
    """Keep what the form of this person's agency says now, and return it with its rows.

    Raises PermissionDenied for anybody who reports for no agency, and Conflict for a period that is
    closed or an agency that has nothing to write.
    """
    agency = agency_of(by)
    if not period.is_open:
        raise Conflict(
            _("Period %(code)s is closed; nothing can be changed in it.") % {"code": period.code}
        )
    lines = form_lines(standings_of(user=by, period=period).values())
    if not lines:
        raise Conflict(_("Your agency has no part in any task, so there is no form to fill in."))
    form = OfflineForm(
        key="".join(secrets.choice(_ALPHABET) for _place in range(_KEY_LENGTH)),
        period=period,
        agency=agency,
        lines=[
            {
                "task": line.standing.task.pk,
                "agency": line.standing.place.agency_id,
                "measure": line.measure.pk if line.measure else None,
                "said": line.said,
            }
            for line in lines
        ],
        made_at=now,
        made_by=by,
    )
    with transaction.atomic(), audited("offlineform.issue", form, by=by, now=now):
        form.save()
    return form, lines


def agency_of(user: User) -> Agency:
    """The agency for which the person reports; raises PermissionDenied for anybody else."""
    if not user.is_active or not user.works_for_an_agency or user.agency is None:
        raise PermissionDenied(_("Only people who report for an agency have a form to fill in."))
    return user.agency


def form_lines(standings: Iterable[Standing]) -> list[FormLine]:
    """The rows of all these places, measures first, then the task as a whole."""
    return [
        FormLine(
            standing,
            measure,
            {
                field: pasted_text_cleaned(value)
                for field, value in standing.values(measure.pk if measure else None).items()
            },
        )
        for standing in standings
        for measure in (*standing.measures(), None)
    ]

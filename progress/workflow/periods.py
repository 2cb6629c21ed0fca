"""Opening and closing periods."""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import User
from progress.cadence import PeriodCodeError, due_on, opens_on, span_of
from progress.models import Policy, ReportingPeriod
from progress.workdays import WorkCalendar
from progress.workflow.conflicts import Conflict


def period_open(*, code: str, by: User, now: dt.datetime) -> ReportingPeriod:
    """Open the period with this code, by a coordinator.

    Its days come from Policy and the working calendar; opened before its day by the calendar, it
    opens today. Raises ValidationError, keyed "code", for a code that is none or not of the cadence
    in force, and Conflict for a period that exists or overlaps one that does.
    """
    _check_coordinator(by)
    policy = Policy.current()
    try:
        span = span_of(code)
    except PeriodCodeError as error:
        raise ValidationError(
            {
                "code": [
                    _(
                        "“%(code)s” is no period; write a month as 2026-10, a quarter as 2026-Q3, "
                        "a half-year as 2026-H2 or a year as 2026."
                    )
                    % {"code": code}
                ]
            }
        ) from error
    if span.kind != policy.cadence:
        raise ValidationError(
            {
                "code": [
                    _("The cadence is “%(cadence)s”; open a period of that kind.")
                    % {"cadence": policy.get_cadence_display()}
                ]
            }
        )
    with transaction.atomic():
        overlapping = (
            ReportingPeriod.objects.select_for_update()
            .filter(starts_on__lte=span.ends_on, ends_on__gte=span.starts_on)
            .first()
        )
        if overlapping:
            raise Conflict(
                _("Period %(code)s covers these days already.") % {"code": overlapping.code}
            )
        due = due_on(span, policy, WorkCalendar.load())
        return ReportingPeriod.objects.create(
            code=span.code,
            kind=span.kind,
            starts_on=span.starts_on,
            ends_on=span.ends_on,
            opens_on=min(opens_on(span, policy), timezone.localdate(now)),
            due_on=due,
            opened_at=now,
        )


def period_close(*, period: ReportingPeriod, by: User, now: dt.datetime) -> ReportingPeriod:
    """Close the period, by a coordinator: its reports stay as they are, missing ones missing."""
    _check_coordinator(by)
    with transaction.atomic():
        period = ReportingPeriod.objects.select_for_update().get(pk=period.pk)
        if not period.is_open:
            raise Conflict(_("Period %(code)s is closed already.") % {"code": period.code})
        period.closed_at, period.closed_by = now, by
        period.save(update_fields=["closed_at", "closed_by"])
    return period


def _check_coordinator(user: User) -> None:
    if not user.is_active or not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator opens and closes periods."))

"""Correcting a closed period: numbered errata beside what was approved, never over it."""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from agencies.audit import audit_note
from agencies.models import User
from progress.models import OF_A_MEASURE, Erratum, ErratumField, Report, ReportingPeriod
from progress.states import ReportState
from progress.workflow.conflicts import Conflict
from progress.workflow.content import LONGEST_TEXT, ReportContent, content_with_errata
from progress.workflow.standing import standing_refresh
from tasks.models import Measure, Status


def erratum_create(
    *,
    report: Report,
    field: str,
    new: str,
    reason: str,
    by: User,
    now: dt.datetime,
    measure: Measure | None = None,
    old: str | None = None,
) -> Erratum:
    """Correct one thing in an approved report of a closed period, by a coordinator.

    `field` is an `ErratumField`; status and text are those of `measure`. `old`, where given, is
    what the person was looking at. The erratum gets the next number of its period, keeps what held
    before it, and where it is about a status the task's standing follows if the report is its
    latest approved one; the figures of closed periods stay. Raises PermissionDenied for anybody but
    coordinators, Conflict for an open period, a report that is not approved or an `old` that holds
    no longer, and ValidationError keyed "field", "measure", "new" or "reason".
    """
    _check_coordinator(by)
    reason = reason.strip()
    with transaction.atomic():
        # The period first, as in every other writer; its lock also keeps the numbers apart.
        period = ReportingPeriod.objects.select_for_update().get(pk=report.period_id)
        report = (
            Report.objects.select_for_update(of=("self", "task"))
            .select_related("task", "period")
            .get(pk=report.pk)
        )
        erratum_check(report=report, by=by)
        content = content_with_errata(report)
        _check_place(content, field, measure)
        holds = value_in(content, field=field, measure=measure)
        if old is not None and old != holds:
            raise Conflict(
                _("This has been corrected meanwhile; look at what holds now and correct that.")
            )
        _check_words(field, holds=holds, new=new, reason=reason)
        erratum = Erratum.objects.create(
            period=period,
            number=_next_number(period),
            report=report,
            measure=measure,
            field=field,
            old=holds,
            new=new,
            reason=reason,
            at=now,
            by=by,
        )
        audit_note("erratum.create", erratum, by=by, now=now)
        if field == ErratumField.STATUS:
            standing_refresh(task=report.task, by=by, now=now)
    return erratum


def erratum_check(*, report: Report, by: User) -> None:
    """Raise where this person cannot correct this report by an erratum now, as `erratum_create`."""
    _check_coordinator(by)
    if report.period.is_open:
        raise Conflict(
            _("Period %(code)s is open: reopen the report, so that its agency corrects it.")
            % {"code": report.period.code}
        )
    if report.state != ReportState.APPROVED:
        raise Conflict(
            _("This report was never approved, so there is nothing official in it to correct.")
        )


def value_in(content: ReportContent, *, field: str, measure: Measure | None = None) -> str:
    """What the content says there; `measure` is one that it knows, or None."""
    if measure is None:
        return str(getattr(content, field))
    return next(
        str(getattr(one, field)) for one in content.measures if one.measure_id == measure.pk
    )


def _check_coordinator(user: User) -> None:
    if not user.is_active or not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator corrects a closed period."))


def _check_place(content: ReportContent, field: str, measure: Measure | None) -> None:
    if field not in ErratumField.values:
        raise ValidationError({"field": [_("Choose what to correct.")]})
    if field not in OF_A_MEASURE:
        if measure is not None:
            raise ValidationError({"measure": [_("This is said of the whole report.")]})
        return
    if measure is None or measure.pk not in [one.measure_id for one in content.measures]:
        raise ValidationError({"measure": [_("Choose one of the report's measures.")]})


def _check_words(field: str, *, holds: str, new: str, reason: str) -> None:
    errors: dict[str, list[str]] = {}
    if field == ErratumField.STATUS and new not in Status.values:
        errors["new"] = [_("Choose one of the statuses.")]
    elif new == holds:
        errors["new"] = [_("This is what holds already; nothing is corrected.")]
    if not reason:
        errors["reason"] = [_("Say why this is corrected; it is kept with the erratum.")]
    for name, text in (("new", new), ("reason", reason)):
        if len(text) > LONGEST_TEXT:
            errors[name] = [
                _("The text has %(length)d characters; %(limit)d are allowed.")
                % {"length": len(text), "limit": LONGEST_TEXT}
            ]
    if errors:
        raise ValidationError(errors)


def _next_number(period: ReportingPeriod) -> int:
    last = Erratum.objects.filter(period=period).aggregate(last=Max("number"))["last"]
    return (last or 0) + 1

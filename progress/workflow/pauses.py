"""Keeping reminders back for a while (暂停催报): the only writer of `ReminderPause`.

Nothing that is owed changes by it: it is only asked of nobody, and once the pause is over the
latest step that lies behind is told, once.
"""

import datetime as dt
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.audit import audited
from agencies.models import Agency, User
from progress.models import ReminderPause, ReminderPauseQuerySet, ReportingPeriod
from progress.workflow.conflicts import Conflict
from tasks.models import Task

LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class PauseOf:
    """What is paused: exactly one of the three."""

    agency: Agency | None = None
    task: Task | None = None
    period: ReportingPeriod | None = None

    @property
    def row(self) -> Agency | Task | ReportingPeriod:
        row = self.agency or self.task or self.period
        assert row is not None
        return row

    def pauses(self) -> ReminderPauseQuerySet:
        return ReminderPause.objects.filter(agency=self.agency, task=self.task, period=self.period)


def reminder_pause_begin(
    *,
    of: PauseOf,
    reason: str,
    from_on: dt.date,
    until: dt.date | None,
    by: User,
    now: dt.datetime,
) -> ReminderPause:
    """Let nobody be reminded of it from the first day to the last, None: until somebody ends it.

    Raises PermissionDenied for anybody but coordinators, ValidationError keyed by field, and
    Conflict for a closed period or an agency that has ended, of which nothing is asked anyway. The
    same asked for twice by the same person is done once.
    """
    pause_right_check(by)
    today, reason = timezone.localdate(now), reason.strip()
    with transaction.atomic():
        # Two coordinators at once: the second one finds the first one's pause.
        type(of.row)._default_manager.select_for_update().get(pk=of.row.pk)
        pause_check(of=of)
        pause = ReminderPause(
            agency=of.agency,
            task=of.task,
            period=of.period,
            reason=reason,
            from_on=from_on,
            until=until,
            at=now,
            by=by,
        )
        standing = of.pauses().not_over(today)
        same = standing.filter(by=by, reason=reason, from_on=from_on, until=until).first()
        if same is not None:
            return same
        _check(pause, standing, today)
        with audited("pause.begin", pause, by=by, now=now):
            pause.save()
    return pause


def reminder_pause_end(*, pause: ReminderPause, by: User, now: dt.datetime) -> ReminderPause:
    """Let reminders go on. What is over already stays as it is.

    Raises PermissionDenied for anybody but coordinators.
    """
    pause_right_check(by)
    with transaction.atomic():
        pause = ReminderPause.objects.select_for_update().get(pk=pause.pk)
        is_over = pause.until is not None and pause.until < timezone.localdate(now)
        if pause.ended_at is None and not is_over:
            with audited("pause.end", pause, by=by, now=now):
                pause.ended_at, pause.ended_by = now, by
                pause.save(update_fields=["ended_at", "ended_by"])
    return pause


def pause_right_check(user: User) -> None:
    """Raise PermissionDenied for whoever pauses no reminders."""
    if not user.is_active or not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator pauses reminders."))


def pause_check(*, of: PauseOf) -> None:
    """Raise Conflict where nothing is asked of it any more."""
    if of.period is not None and not of.period.is_open:
        raise Conflict(
            _("Period %(code)s is closed; nothing can be asked for any more.")
            % {"code": of.period.code}
        )
    if of.agency is not None and of.agency.has_ended:
        raise Conflict(_("This agency has ended; its successor is reminded."))


def _check(pause: ReminderPause, standing: ReminderPauseQuerySet, today: dt.date) -> None:
    errors: dict[str, list[str]] = {}
    if not pause.reason:
        errors["reason"] = [_("Say why nobody is to be reminded.")]
    elif len(pause.reason) > LONGEST_REASON:
        errors["reason"] = [_("At most %(most)d characters.") % {"most": LONGEST_REASON}]
    if pause.from_on < today:
        errors["from_on"] = [_("Choose today or a later day.")]
    if pause.until is not None and pause.until < pause.from_on:
        errors["until"] = [_("Choose the first day or a later one.")]
    if errors:
        raise ValidationError(errors)
    if pause.until is not None:
        standing = standing.filter(from_on__lte=pause.until)
    other = standing.not_over(pause.from_on).first()
    if other is not None:
        raise ValidationError(
            {
                "from_on": [
                    _("Reminders are paused already from %(day)s on; let them go on first.")
                    % {"day": other.from_on.isoformat()}
                ]
            }
        )

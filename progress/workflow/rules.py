"""The reporting rules and the corrections to the working calendar: who sets them, and how."""

import datetime as dt
import hashlib
from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agencies.administering import administers
from agencies.audit import Note, audit_note, audit_notes, audited, values_of
from agencies.models import User
from progress.cadence import FIRST_YEAR, LAST_YEAR
from progress.models import CalendarCorrection, Policy
from progress.steps import MOST_STEPS, MOST_WORKING_DAYS, StepsError, days_listed
from progress.workdays import statutory
from progress.workflow.conflicts import Conflict

# From how many working days late on more people are told, in their order.
ESCALATION = ("escalate_to_approver", "escalate_to_leader", "escalate_to_coordinators")
# Each is a number of working days. More would make every light yellow, or no reminder.
WORKING_DAYS = (
    "yellow_working_days",
    "remind_again_every",
    "review_working_days",
    "answer_working_days",
    *ESCALATION,
)

# Every rule that coordinators may set, in the order in which a page asks for them.
RULES = (
    "cadence",
    "opens_day",
    "opens_by_calendar",
    "due_day",
    "due_roll",
    "agency_review",
    "completion_needs_evidence",
    "evidence_files",
    "evidence_megabytes",
    "yellow_working_days",
    "yellow_for_missing_report",
    "remind_before",
    "remind_after",
    "remind_again_every",
    "remind_report",
    "remind_returned",
    "remind_contribution",
    "remind_agency_review",
    "remind_deadline",
    "remind_matter",
    "remind_review",
    "review_working_days",
    "answer_working_days",
    *ESCALATION,
    "send_from",
    "send_until",
)


def rules_digest(policy: Policy) -> str:
    """Stands for the rules as they are, so that a form can tell what it started from."""
    values = "\n".join(str(getattr(policy, name)) for name in RULES)
    return hashlib.sha256(values.encode()).hexdigest()


def policy_change(
    *, by: User, started_from: str, rules: Mapping[str, Any], now: dt.datetime
) -> Policy:
    """Set the reporting rules, by a coordinator; returns them as they are stored.

    `rules` has a value for each of `RULES`, `started_from` is the digest of those that the person
    was looking at. Periods that are open or closed keep their days. Raises PermissionDenied for
    anybody but coordinators, Conflict where somebody changed the rules in between, and
    ValidationError keyed by rule.
    """
    _check_coordinator(by)
    try:
        with transaction.atomic():
            policy = Policy.objects.select_for_update().filter(pk=1).first() or Policy(pk=1)
            if rules_digest(policy) != started_from:
                raise _changed_meanwhile()
            with audited("policy.change", policy, by=by, now=now):
                _set(policy, rules)
                # The first save inserts: of two at once one is refused instead of written over.
                policy.save(force_insert=policy._state.adding)
    except IntegrityError as error:
        raise _changed_meanwhile() from error
    return policy


def policy_wanted(*, by: User, rules: Mapping[str, Any]) -> Policy:
    """The rules as `policy_change` would store them, unsaved, to show what they would do.

    Raises PermissionDenied and ValidationError as that does.
    """
    _check_coordinator(by)
    policy = Policy.current()
    _set(policy, rules)
    return policy


def _set(policy: Policy, rules: Mapping[str, Any]) -> None:
    for name in RULES:
        setattr(policy, name, rules[name])
    policy.clean_fields()
    errors: dict[str, list[str]] = {}
    if policy.due_day < policy.opens_day:
        errors["due_day"] = [
            _("Reports cannot be due before the period opens on day %(day)d.")
            % {"day": policy.opens_day}
        ]
    if policy.send_until <= policy.send_from:
        errors["send_until"] = [
            _("Choose a time after %(time)s.") % {"time": f"{policy.send_from:%H:%M}"}
        ]
    for name in WORKING_DAYS:
        if getattr(policy, name) > MOST_WORKING_DAYS:
            errors[name] = [_("Choose at most %(limit)d.") % {"limit": MOST_WORKING_DAYS}]
    errors |= _escalation_errors(policy)
    for name in ("remind_before", "remind_after"):
        try:
            listed = days_listed(getattr(policy, name))
        except StepsError:
            errors[name] = [
                _(
                    "Write whole numbers from 1 to %(limit)d, each once and at most %(most)d of "
                    "them, divided by commas: 5, 2"
                )
                % {"limit": MOST_WORKING_DAYS, "most": MOST_STEPS}
            ]
            continue
        in_time = listed if name == "remind_after" else tuple(reversed(listed))
        setattr(policy, name, ", ".join(map(str, in_time)))
    if errors:
        raise ValidationError(errors)
    policy.full_clean()


def _escalation_errors(policy: Policy) -> dict[str, list[str]]:
    """Who stands above is told no sooner than who stands below; 0 is never."""
    told = [(name, getattr(policy, name)) for name in ESCALATION if getattr(policy, name)]
    return {
        name: [_("Choose at least %(days)d, when those before are told.") % {"days": before}]
        for (_below, before), (name, days) in pairwise(told)
        if days < before
    }


def _changed_meanwhile() -> Conflict:
    return Conflict(
        _("Somebody else has changed the rules meanwhile; load the page again and look at theirs.")
    )


def _check_coordinator(user: User) -> None:
    if not user.is_active or not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator sets the reporting rules."))


# --- The working calendar --------------------------------------------------------------------


def correction_add(
    *, by: User, now: dt.datetime, day: dt.date, working: bool, note: str = ""
) -> CalendarCorrection:
    """Declare a day working or off against what the library says, by an administrator.

    Due dates of periods that are opened afterwards, and every count of working days but those of
    closed periods, follow it.
    Raises PermissionDenied for anybody but administrators, ValidationError keyed by field, for a
    day that is corrected already among others.
    """
    _check_administrator(by)
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValidationError(
            {
                "day": [
                    _("Choose a day from %(first)d to %(last)d.")
                    % {"first": FIRST_YEAR, "last": LAST_YEAR}
                ]
            }
        )
    if statutory(day) is working:
        raise ValidationError(
            {"working": [_("The statutory calendar says so already; there is nothing to correct.")]}
        )
    correction = CalendarCorrection(day=day, working=working, note=note.strip())
    correction.clean_fields()
    try:
        with transaction.atomic():
            correction.save()
            audit_note("correction.add", correction, by=by, now=now)
    except IntegrityError as error:
        raise ValidationError(
            {"day": [_("This day is corrected already; remove that correction first.")]}
        ) from error
    return correction


def correction_remove(*, by: User, now: dt.datetime, correction: CalendarCorrection) -> None:
    """Let the library's answer hold again for this day, by an administrator."""
    _check_administrator(by)
    with transaction.atomic():
        audit_notes(
            [Note("correction.remove", correction, before=values_of(correction))], by=by, now=now
        )
        correction.delete()


def _check_administrator(user: User) -> None:
    if not administers(user):
        raise PermissionDenied(_("Only administrators correct the working calendar."))

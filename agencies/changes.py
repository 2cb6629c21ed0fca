"""The only writers of what institutional reform (机构改革) does to an agency's own rows.

It is renamed, or ended in favour of a successor; what it answers for moves in the apps that keep
it.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.account_rules import ended_sentence
from agencies.accounts import taken_sentence, unchangeable_sentence
from agencies.administering import administrator_check
from agencies.audit import Note, audit_notes, audited
from agencies.locking import agencies_lock
from agencies.models import Agency, AgencyAlias, AgencyChange, AgencyChangeKind, AgencyKind, User

ONE_DAY = dt.timedelta(days=1)
LONGEST_REASON = 2_000


def agency_rename(
    *,
    agency: Agency,
    name: str,
    short_name: str,
    effective_on: dt.date,
    document: str,
    reason: str,
    by: User,
    now: dt.datetime,
) -> Agency:
    """Give an agency another name from `effective_on`; returns it as it is then.

    The old name becomes another spelling, so that the list still finds the agency by it, and stays
    in the history as the name of the time before. Raises PermissionDenied for anybody but
    administrators, and ValidationError, keyed by field, for a name that is another agency's or the
    present one, an agency that has ended, a missing reason, or a day that has not come or lies
    before an earlier change.
    """
    administrator_check(by)
    name, short_name = name.strip(), short_name.strip()
    with transaction.atomic():
        agency = agencies_lock([agency.pk])[agency.pk]
        change_check(agency=agency, effective_on=effective_on, reason=reason, now=now)
        if name == agency.name:
            raise ValidationError({"name": [_("This is its name already.")]})
        # Renamed back: what was a spelling becomes the name again.
        agency.aliases.filter(name=name).delete()
        if AgencyAlias.objects.filter(name=name).exists():
            raise ValidationError({"name": [taken_sentence(name)]})
        old_name, old_short_name = agency.name, agency.short_name
        with audited("agency.rename", agency, by=by, now=now):
            agency.name, agency.short_name = name, short_name
            agency.full_clean()
            agency.save(update_fields=["name", "short_name"])
        AgencyAlias.objects.create(agency=agency, name=old_name)
        _change_create(
            agency,
            AgencyChangeKind.RENAMED,
            old=(old_name, old_short_name),
            new_name=name,
            effective_on=effective_on,
            document=document,
            reason=reason,
            by=by,
            now=now,
        )
    return agency


@transaction.atomic
def agency_end(
    *,
    agency: Agency,
    successor: Agency,
    effective_on: dt.date,
    document: str,
    reason: str,
    moved: Mapping[str, Any],
    by: User,
    now: dt.datetime,
) -> AgencyChange:
    """End an agency whose part another one takes from `effective_on`, and keep what `moved`.

    Its accounts, what acts through it, and its contact address where the successor has none, go to
    the successor. To be called with both rows locked and checked (`merger_check`), in the
    transaction that moves everything else.
    """
    _passed_on(User.objects.filter(agency=agency), "agency", successor, by=by, now=now)
    _passed_on(
        Agency.objects.filter(acts_through=agency), "acts_through", successor, by=by, now=now
    )
    if agency.contact_email and not successor.contact_email:
        with audited("agency.merge", successor, by=by, now=now):
            successor.contact_email = agency.contact_email
            successor.save(update_fields=["contact_email"])
    with audited("agency.merge", agency, by=by, now=now):
        agency.valid_to, agency.successor = effective_on - ONE_DAY, successor
        agency.save(update_fields=["valid_to", "successor"])
    return _change_create(
        agency,
        AgencyChangeKind.MERGED,
        old=(agency.name, agency.short_name),
        new_name=successor.name,
        effective_on=effective_on,
        document=document,
        reason=reason,
        by=by,
        now=now,
        moved=moved,
    )


def _passed_on(
    rows: QuerySet[User] | QuerySet[Agency],
    field: str,
    successor: Agency,
    *,
    by: User,
    now: dt.datetime,
) -> None:
    """Put the successor where these rows name the agency that ends."""
    notes = [
        Note("agency.merge", row, {field: getattr(row, f"{field}_id")}, {field: successor.pk})
        for row in rows.order_by("pk")
    ]
    rows.update(**{field: successor})
    audit_notes(notes, by=by, now=now)


def merger_check(
    *, agency: Agency, successor: Agency, effective_on: dt.date, reason: str, now: dt.datetime
) -> None:
    """Raise ValidationError, keyed by field, where the one cannot be merged into the other so.

    Collective bodies are no offices with staff: what they answer for is changed task by task.
    """
    change_check(agency=agency, effective_on=effective_on, reason=reason, now=now)
    problem = merger_problem(agency=agency, successor=successor)
    if problem:
        raise ValidationError({"successor": [problem]})
    if successor.valid_from is not None and effective_on < successor.valid_from:
        sentence = _("%(agency)s exists since %(day)s; choose that day or a later one.")
        values = {"agency": successor.name, "day": successor.valid_from.isoformat()}
        raise ValidationError({"effective_on": [sentence % values]})
    # It does not end before it took others in.
    mergers = AgencyChange.objects.filter(agency__successor=agency, kind=AgencyChangeKind.MERGED)
    last = max(mergers.values_list("effective_on", flat=True), default=None)
    if last is not None and effective_on < last:
        sentence = _("It took another agency in on %(day)s; choose that day or a later one.")
        raise ValidationError({"effective_on": [sentence % {"day": last.isoformat()}]})


def merger_problem(*, agency: Agency, successor: Agency) -> str:
    """Why the one cannot be merged into the other whatever the day; "" where it can.

    An agency that has ended takes nobody in, so no chain of successors ever closes to a circle.
    """
    if agency.pk == successor.pk:
        return _("An agency is merged into another one, not into itself.")
    if AgencyKind.COLLECTIVE in (agency.kind, successor.kind):
        return _("A collective body is not merged; change who answers for its tasks instead.")
    if successor.has_ended:
        return ended_sentence(successor)
    return ""


def changes_of(agency: Agency) -> QuerySet[AgencyChange]:
    """What happened to the agency, the latest first: its own changes, and whom it took in."""
    taken_in = Q(agency__successor=agency, kind=AgencyChangeKind.MERGED)
    return AgencyChange.objects.filter(Q(agency=agency) | taken_in).order_by("-effective_on", "-pk")


def heir_of(agency: Agency) -> Agency:
    """The agency that has its part today: itself, or the last of its successors."""
    while agency.successor is not None:
        agency = agency.successor
    return agency


def change_check(*, agency: Agency, effective_on: dt.date, reason: str, now: dt.datetime) -> None:
    """Raise ValidationError, keyed by field, for what no change of an agency may be."""
    if agency.has_ended:
        raise ValidationError(unchangeable_sentence(agency))
    if not reason.strip():
        raise ValidationError({"reason": [_("Say why; it stays in the agency's history.")]})
    if len(reason) > LONGEST_REASON:
        raise ValidationError(
            {"reason": [_("%(limit)d characters are the most.") % {"limit": LONGEST_REASON}]}
        )
    if effective_on > timezone.localdate(now):
        raise ValidationError(
            {"effective_on": [_("This day has not come yet; enter the change when it has.")]}
        )
    earlier = agency.changes.order_by("-effective_on").values_list("effective_on", flat=True)
    first = max([day for day in (agency.valid_from, earlier.first()) if day], default=None)
    if first is not None and effective_on <= first:
        raise ValidationError(
            {
                "effective_on": [
                    _("The agency has its present name since %(day)s; choose a later day.")
                    % {"day": first.isoformat()}
                ]
            }
        )


def _change_create(
    agency: Agency,
    kind: AgencyChangeKind,
    *,
    old: tuple[str, str],
    new_name: str,
    effective_on: dt.date,
    document: str,
    reason: str,
    by: User,
    now: dt.datetime,
    moved: Mapping[str, Any] | None = None,
) -> AgencyChange:
    change = AgencyChange(
        agency=agency,
        kind=kind,
        old_name=old[0],
        old_short_name=old[1],
        new_name=new_name,
        effective_on=effective_on,
        document=document.strip(),
        reason=reason.strip(),
        moved=dict(moved or {}),
        at=now,
        by=by,
    )
    change.full_clean(exclude=["agency", "by", "moved"])
    change.save()
    return change

"""How long the audit trail is kept: what is older is removed from its start, and that is told.

The rest goes on proving itself: each removal keeps the seal of the last entry that went, is sealed
itself, and leaves an entry. A stretch that does not hold is not removed, for it would be the proof.
"""

import datetime as dt

from django.conf import settings
from django.db import models, transaction

from agencies.audit.chain import Faults, TrailBrokenError, chain_check, entries_seal, removal_seal
from agencies.audit.notes import audit_event
from agencies.models import AuditEntry, AuditHead, AuditRemoval

# How many are removed in one transaction.
AT_ONCE = 10_000


def entries_remove(*, now: dt.datetime) -> int:
    """Remove the entries whose time has come; returns how many.

    Those from the start of the trail, up to the first that is younger than AUDIT_DAYS. Raises
    TrailBrokenError where their chain does not hold.
    """
    entries_seal()
    removed = 0
    while count := _removed_at_once(now):
        removed += count
    return removed


def _removed_at_once(now: dt.datetime) -> int:
    with transaction.atomic():
        # Nobody seals or removes beside this.
        head = AuditHead.objects.select_for_update().get(pk=1)
        before = AuditRemoval.objects.last()
        first = before.until + 1 if before else 1
        rows = AuditEntry.objects.filter(position__gte=first).order_by("position")
        kept = rows.filter(at__gte=now - dt.timedelta(days=settings.AUDIT_DAYS)).first()
        until = head.position if kept is None or kept.position is None else kept.position - 1
        until = min(until, first + AT_ONCE - 1)
        if until < first:
            return 0
        found = Faults()
        place, last_seal = chain_check(after=before, until=until, found=found)
        if found or place != until:
            raise TrailBrokenError(
                "The start of the audit trail does not hold, so nothing of it is removed; "
                "manage.py verify_audit names the positions."
            )
        going = rows.filter(position__lte=until)
        moments = going.aggregate(first=models.Min("at"), last=models.Max("at"))
        removal = AuditRemoval(
            first=first,
            until=until,
            first_at=moments["first"],
            last_at=moments["last"],
            kept_days=settings.AUDIT_DAYS,
            removed_at=now,
            last_seal=last_seal,
        )
        removal.seal = removal_seal(removal, key=settings.AUDIT_KEYS[0])
        removal.save()
        # Past the queryset that refuses to change history, which the database lets go of by now.
        models.QuerySet[AuditEntry](AuditEntry).filter(position__lte=until).delete()
        audit_event("auditremoval.make", removal, by=None, now=now, first=first, until=until)
    return until - first + 1

"""Numbering the audit trail and chaining its entries, so that one that was altered or taken out is
found.

What is old enough is removed from its start (`retaining`); the chain goes on from the last of it.

Writers append entries unnumbered and wait for nobody. Whoever seals next numbers what was committed
by then and gives each entry an HMAC over itself and the one before it: without the key, no entry is
altered, added in between or removed unnoticed. The head keeps the last one, so neither is the end
cut off.
"""

import datetime as dt
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.utils.crypto import salted_hmac

from agencies.models import AuditEntry, AuditHead, AuditRemoval

# How many are sealed in one transaction, and read at once when they are verified.
AT_ONCE = 1_000
SALT = "agencies.audit"


def entries_seal() -> int:
    """Give every entry that can be read by now its position and its seal; returns the last
    position given.

    Whoever seals next waits until this is committed, so positions become readable in their own
    order, however long the acts that they tell of took. Run by a job each minute, and before the
    trail is read.
    """
    waiting = AuditEntry.objects.filter(position=None).order_by("pk")
    while True:
        with transaction.atomic():
            head, _new = AuditHead.objects.select_for_update().get_or_create(pk=1)
            entries = list(waiting[:AT_ONCE])
            for entry in entries:
                head.position += 1
                entry.position = head.position
                entry.seal = head.seal = _seal(entry, after=head.seal, key=settings.AUDIT_KEYS[0])
                if entry.is_change:
                    head.changed = head.position
            # Past the queryset that refuses to change history: these are no part of it.
            models.QuerySet[AuditEntry](AuditEntry).bulk_update(entries, ["position", "seal"])
            if entries:
                head.save(update_fields=["position", "seal", "changed"])
        if len(entries) < AT_ONCE:
            return int(head.position)


@dataclass(slots=True)
class Faults:
    """What does not hold: positions that are missing, entries whose seal is not that of what they
    say and of the entry before, removals (by their last position) that were not put on record by
    us, and whether the end is another than the head knows."""

    checked: int = 0
    missing: list[int] = field(default_factory=list)
    altered: list[int] = field(default_factory=list)
    removals: list[int] = field(default_factory=list)
    end_is_cut: bool = False

    def __bool__(self) -> bool:
        return bool(self.missing or self.altered or self.removals or self.end_is_cut)


class TrailBrokenError(Exception):
    """The trail, or a part of it that is to be removed, does not hold."""


def trail_check() -> None:
    """Go through the whole trail. Raises TrailBrokenError where it does not hold."""
    if trail_faults():
        raise TrailBrokenError("The audit trail does not hold; manage.py verify_audit says where.")


def trail_faults() -> Faults:
    """Go through the whole trail, once it is sealed. Memory does not grow with it."""
    entries_seal()
    found = Faults()
    found.removals = [one.until for one in AuditRemoval.objects.all() if not _is_ours(one)]
    last = AuditRemoval.objects.last()
    place, seal = chain_check(after=last, until=None, found=found)
    # What was removed is there no more.
    left = AuditEntry.objects.filter(position__lte=last.until if last else 0)
    found.altered[:0] = [one.position or 0 for one in left.order_by("position")[:AT_ONCE]]
    head = AuditHead.objects.filter(pk=1).first()
    if head is not None:
        found.end_is_cut = (head.position, head.seal) != (place, seal)
    return found


def chain_check(*, after: AuditRemoval | None, until: int | None, found: Faults) -> tuple[int, str]:
    """Go through the entries behind a removal (None: all) up to a position (None: the end), and
    note what does not hold; returns where this ended, and the last seal."""
    place, before = (after.until, after.last_seal) if after else (0, "")
    for entry in _in_order(place, until):
        assert entry.position is not None
        place += 1
        if entry.position != place:
            # What follows a gap can only be held to itself from here on.
            found.missing += range(place, entry.position)
            place = entry.position
        elif not any(
            hmac.compare_digest(_seal(entry, after=before, key=key), entry.seal)
            for key in settings.AUDIT_KEYS
        ):
            found.altered.append(entry.position)
        before = entry.seal
        found.checked += 1
    return place, before


def removal_seal(removal: AuditRemoval, *, key: str) -> str:
    """What proves that a removal was put on record by whoever has the key."""
    return _sealed(
        [
            "removal",
            removal.first,
            removal.until,
            *(_moment(one) for one in (removal.first_at, removal.last_at, removal.removed_at)),
            removal.kept_days,
            removal.last_seal,
        ],
        key,
    )


def _is_ours(removal: AuditRemoval) -> bool:
    return any(
        hmac.compare_digest(removal_seal(removal, key=key), removal.seal)
        for key in settings.AUDIT_KEYS
    )


def _in_order(last: int, until: int | None) -> Iterator[AuditEntry]:
    rows = AuditEntry.objects.order_by("position")
    if until is not None:
        rows = rows.filter(position__lte=until)
    while True:
        entries = list(rows.filter(position__gt=last)[:AT_ONCE])
        yield from entries
        if len(entries) < AT_ONCE:
            return
        assert entries[-1].position is not None
        last = entries[-1].position


def _seal(entry: AuditEntry, *, after: str, key: str) -> str:
    return _sealed(
        [
            after,
            entry.position,
            _moment(entry.at),
            entry.by_id,
            entry.via,
            entry.address,
            entry.act,
            entry.kind,
            entry.thing,
            entry.is_change,
            entry.changes,
        ],
        key,
    )


def _moment(at: dt.datetime) -> str:
    return at.astimezone(dt.UTC).isoformat(timespec="microseconds")


def _sealed(said: Sequence[Any], key: str) -> str:
    written = json.dumps(said, sort_keys=True, separators=(",", ":"))
    return salted_hmac(SALT, written, secret=key, algorithm="sha256").hexdigest()

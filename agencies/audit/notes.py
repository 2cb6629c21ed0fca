"""The only writer of the audit trail: one entry for each thing that an act has changed.

Each writer of business data notes its act here, in its own transaction. Nothing else is derived
from that the act was done: what changed since when, the feed that other systems follow, and whether
an answer is still what it was, are all read from these entries.
"""

import contextlib
import datetime as dt
import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from agencies.models import AuditEntry, User
from agencies.origin import origin_now
from agencies.rows_written import row_insert
from agencies.telephones import telephones_masked

# The key of what is not there: somebody tried a user name that nobody has.
NOTHING = 0
# Never in the trail, not even as a digest, which could be tried against guesses.
SECRET_FIELDS = frozenset({"password", "digest", "sealed"})
# What changes with every act on a row and says nothing of it.
BESIDE_THE_POINT = frozenset({"updated_at", "updated_by", "last_login"})


@dataclass(slots=True)
class Note:
    """What an act did to one thing: `on` is a stored row; the values by field, as they were before
    and are after. What is the same in both is not kept; a row that came has nothing before."""

    act: str
    on: models.Model
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)


@contextlib.contextmanager
def audited(act: str, on: models.Model, *, by: User | None, now: dt.datetime) -> Iterator[Note]:
    """Note what the block does to the row `on`, which it saves; to be used within its transaction.

    `on` is as it is stored, or not stored yet. The block may add to `before` and `after` of the
    note that it is given what belongs to the thing but stands in other tables. A block that changes
    nothing leaves no entry, and one that raises none either.
    """
    note = Note(act, on)
    if not on._state.adding:
        note.before |= values_of(on)
    yield note
    note.after |= values_of(on)
    audit_notes([note], by=by, now=now)


def audit_notes(notes: Iterable[Note], *, by: User | None, now: dt.datetime) -> None:
    """Write an entry for each note that says of something that it changed: one statement."""
    entries, origin = [], origin_now()
    for note in notes:
        changes = _changes(note.before, note.after)
        if changes:
            entries.append(
                AuditEntry(
                    at=now,
                    by=by,
                    via=origin.via,
                    address=origin.address,
                    act=note.act,
                    kind=kind_of(note.on),
                    thing=note.on.pk,
                    changes=changes,
                )
            )
    if len(entries) == 1:
        row_insert(entries[0])  # Most acts.
    else:
        AuditEntry.objects.bulk_create(entries)


def audit_note(act: str, on: models.Model, *, by: User | None, now: dt.datetime) -> None:
    """Write that the row came into being as it is."""
    audit_notes([Note(act, on, after=values_of(on))], by=by, now=now)


def audit_event(
    act: str, on: models.Model, *, by: User | None, now: dt.datetime, **said: Any
) -> None:
    """Write that something was done that changes nothing: signed in, exported, read. `said` are
    words and numbers that tell more of it."""
    origin = origin_now()
    AuditEntry.objects.create(
        at=now,
        by=by,
        via=origin.via,
        address=origin.address,
        act=act,
        kind=kind_of(on),
        thing=on.pk or NOTHING,
        changes={name: [None, _masked(value)] for name, value in said.items()},
        is_change=False,
    )


def kind_of(on: models.Model | type[models.Model]) -> str:
    """By which word the trail knows rows of this model: "report", "matter", "task", …"""
    return str(on._meta.model_name)


def values_of(row: models.Model) -> dict[str, Any]:
    """What the trail may hold of the row, by field: texts as `text_seen`, secrets not at all."""
    values = {}
    for one in row._meta.concrete_fields:
        if one.primary_key or one.name in SECRET_FIELDS | BESIDE_THE_POINT:
            continue
        value = getattr(row, one.attname)
        if isinstance(one, models.TextField):
            value = text_seen(value)
        elif isinstance(one, models.JSONField):
            value = text_seen(json.dumps(value, sort_keys=True, default=str))
        elif isinstance(value, dt.date | dt.time):
            value = value.isoformat()
        elif not isinstance(value, bool | int | None):
            value = str(value)
        values[one.name] = value
    return values


def text_seen(text: str) -> dict[str, Any] | None:
    """A text as the trail holds it: {"length": characters, "sha256": hex}; None where it is empty.

    So it can be proved which text it was, and not read.
    """
    if not text:
        return None
    return {"length": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}


def _changes(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """By field what was and what is, where that differs; absent and empty are the same."""
    changes = {}
    for name in before | after:
        was, is_now = before.get(name), after.get(name)
        if was != is_now and (was not in (None, "") or is_now not in (None, "")):
            changes[name] = [_masked(was), _masked(is_now)]
    return changes


def _masked(value: Any) -> Any:
    """A value as auditors may read it: nobody's mobile telephone is whole in the trail."""
    return telephones_masked(value) if isinstance(value, str) else value

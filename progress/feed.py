"""What other systems follow: which things have changed since a position of the audit trail.

The trail's own order, without holes: who has read up to a position has missed nothing before it.
What a reader may not know of is left out, as it is everywhere.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import reverse
from django.utils import timezone

from agencies.audit import check_kept, entries_seal, kind_of, state_of_the_trail
from agencies.models import Agency, AuditEntry, Role, User
from progress.models import (
    Completion,
    Contribution,
    Erratum,
    Evidence,
    Extension,
    Matter,
    Report,
    ReportingPeriod,
    Result,
)
from progress.states import ReportState
from tasks.models import Chapter, Measure, Task

Rows = Callable[[User], QuerySet[Any]]


@dataclass(frozen=True, slots=True)
class Followed:
    """A kind of thing that the feed tells of: its model, by what readers know one, and which of
    its rows a person may read. Of what leaves `state`, those who `read_then` learn that it did.

    What was dropped is told to whoever reads the register; where `task` names the field of its
    task, to coordinators and the task's agencies alone.
    """

    model: type[Model]
    key: str
    visible_to: Rows
    state: str = ""
    read_then: Rows | None = None
    task: str = ""


def _reports_read_when_approved(user: User) -> QuerySet[Report]:
    reads = user.is_active and user.role == Role.LEADER
    return Report.objects.all() if reads else Report.objects.none()


def _contributions_read_when_handed_in(user: User) -> QuerySet[Contribution]:
    if not user.is_active:
        return Contribution.objects.none()
    if user.is_coordinator:
        return Contribution.objects.all()
    return Contribution.objects.filter(task__in=Task.objects.shared_by(user.agency_ids))


FOLLOWED: Mapping[str, Followed] = {
    kind_of(one.model): one
    for one in (
        Followed(Chapter, "number", Chapter.objects.visible_to),
        Followed(Task, "number", Task.objects.visible_to),
        Followed(Measure, "pk", Measure.objects.visible_to),
        Followed(Agency, "pk", Agency.objects.visible_to),
        Followed(ReportingPeriod, "code", ReportingPeriod.objects.visible_to),
        Followed(
            Report,
            "pk",
            Report.objects.visible_to,
            ReportState.APPROVED,
            _reports_read_when_approved,
        ),
        Followed(
            Contribution,
            "pk",
            Contribution.objects.visible_to,
            ReportState.SUBMITTED,
            _contributions_read_when_handed_in,
        ),
        Followed(Evidence, "pk", Evidence.objects.visible_to),
        Followed(Matter, "pk", Matter.objects.visible_to),
        Followed(Extension, "pk", Extension.objects.visible_to),
        Followed(Completion, "pk", Completion.objects.visible_to, task="task"),
        Followed(Result, "pk", Result.objects.visible_to),
        Followed(Erratum, "pk", Erratum.objects.visible_to),
    )
}


# The route by which one thing of a kind is read, and the name of its key in the address.
READ_BY: Mapping[str, tuple[str, str]] = {
    "chapter": ("api:chapter", "number"),
    "task": ("api:task", "number"),
    "agency": ("api:agency", "pk"),
    "measure": ("api:measure", "pk"),
    "reportingperiod": ("api:period", "code"),
    "report": ("api:report", "pk"),
    "contribution": ("api:contribution", "pk"),
    "evidence": ("api:evidence-file", "pk"),
    "matter": ("api:matter", "pk"),
    "extension": ("api:extension", "pk"),
    "completion": ("api:completion", "pk"),
    "result": ("api:result", "pk"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """That a thing changed, at last by the act at this position and moment.

    `key` is its number, code or id. It `is_gone` where the reader finds it no more, because it was
    dropped or is not theirs to read any longer.
    """

    position: int
    at: dt.datetime
    kind: str
    key: int | str
    is_gone: bool

    @property
    def path(self) -> str | None:
        """Where it is read; None where it is gone, and where it is read in a list alone."""
        if self.is_gone or self.kind not in READ_BY:
            return None
        route, name = READ_BY[self.kind]
        return reverse(route, kwargs={name: self.key})


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the feed: all changes up to `position`, behind which there is `more` or not."""

    changes: Sequence[Change]
    position: int
    more: bool

    def as_document(self, absolute: Callable[[str], str]) -> dict[str, Any]:
        """As other systems are given it, moments with the offset that they have everywhere;
        `absolute` makes an address of a path."""
        return {
            "position": self.position,
            "more": self.more,
            "results": [
                {
                    "position": one.position,
                    "at": timezone.localtime(one.at),
                    "kind": one.kind,
                    "key": str(one.key),
                    "gone": one.is_gone,
                    "address": absolute(one.path) if one.path else None,
                }
                for one in self.changes
            ],
        }


def changes_after(
    *,
    position: int,
    reader: User,
    kinds: Iterable[str],
    limit: int | None,
    until: int | None = None,
) -> Stretch:
    """What changed behind the position of what the reader may know of: `limit` acts at most, and
    none behind `until`.

    Each thing stands there once, where it changed last. A number of statements that depends on the
    number of kinds alone. A stretch is so many positions long, whatever stands at them: one that
    ended at an act that the reader may not know of would tell of it. So it may be short, or empty,
    and have more behind it. Raises NoLongerKeptError where the trail begins behind the position.
    """
    check_kept(position)
    last = entries_seal() if until is None else until
    end = max(last, position)
    if limit is not None:
        end = min(end, position + limit)
    wanted = AuditEntry.objects.filter(
        kind__in=list(kinds), is_change=True, position__gt=position, position__lte=end
    )
    entries = list(wanted.order_by("position"))
    found: dict[tuple[str, int], Change] = {}
    for change, thing in _changes(entries, reader):
        # Put behind what changed before it.
        found.pop((change.kind, thing), None)
        found[change.kind, thing] = change
    # Behind the last change nothing is to be read: signing in and reading are no changes.
    more = end < state_of_the_trail()[0]
    return Stretch(list(found.values()), end, more)


def _changes(entries: Sequence[AuditEntry], reader: User) -> Iterator[tuple[Change, int]]:
    things: defaultdict[str, set[int]] = defaultdict(set)
    for one in entries:
        things[one.kind].add(one.thing)
    known = {kind: _Known.of(FOLLOWED[kind], ids, reader) for kind, ids in things.items()}
    for one in entries:
        key, is_gone = known[one.kind].key_of(one)
        if key is not None:
            assert one.position is not None
            yield Change(one.position, one.at, one.kind, key, is_gone), one.thing


@dataclass(frozen=True, slots=True)
class _Known:
    """Of the things of one kind: the key of each that is stored, and what the reader may know."""

    followed: Followed
    stored: Mapping[int, int | str]
    visible: Collection[int]
    read_then: Collection[int]
    reads_the_register: bool
    # By id the tasks of which the reader learns that something was dropped; None: of all.
    tasks: Collection[int] | None

    @classmethod
    def of(cls, followed: Followed, ids: Collection[int], reader: User) -> "_Known":
        def among(rows: QuerySet[Any]) -> set[int]:
            return set(rows.filter(pk__in=ids).order_by().values_list("pk", flat=True))

        rows = followed.model._default_manager.filter(pk__in=ids)
        return cls(
            followed=followed,
            stored=dict(rows.values_list("pk", followed.key)),
            visible=among(followed.visible_to(reader)),
            read_then=among(followed.read_then(reader)) if followed.read_then else set(),
            reads_the_register=not reader.is_administrator,
            tasks=None if not followed.task or reader.is_coordinator else _tasks_shared(reader),
        )

    def key_of(self, entry: AuditEntry) -> tuple[int | str | None, bool]:
        """By what the reader knows the entry's thing, None: by nothing; and whether it is gone."""
        key = self.stored.get(entry.thing)
        if entry.thing in self.visible:
            return key, False
        if key is None:
            return self._key_of_dropped(entry), True
        was = entry.changes.get("state", [None])[0]
        if entry.thing in self.read_then and was == self.followed.state:
            return key, True
        return None, False

    def _key_of_dropped(self, entry: AuditEntry) -> int | str | None:
        """What is not stored any more is told to who could read it."""
        if not self.reads_the_register:
            return None
        task = entry.changes.get(self.followed.task, [None])[0]
        if self.tasks is not None and task not in self.tasks:
            return None
        was = entry.changes.get(self.followed.key, [None])[0]
        return entry.thing if was is None else was


def _tasks_shared(reader: User) -> Collection[int]:
    return set(Task.objects.shared_by(reader.agency_ids).order_by().values_list("pk", flat=True))

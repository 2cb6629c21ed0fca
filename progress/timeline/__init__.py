"""A task's history as one timeline: who did what and when, and what it said then.

It is read here and nowhere written: its rows are made by `progress.workflow` and by the import of
the list, once, and no page changes one.
"""

import functools
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import QuerySet

from agencies.models import Role, User
from progress.models import Erratum, Report
from progress.statements import WrittenOnce
from progress.timeline.decisions import (
    DeadlineChanges,
    Extensions,
    RefusedCompletions,
    ReopenedCompletions,
)
from progress.timeline.entries import Cursor, CursorError, Entry, Said, comparing_once
from progress.timeline.evidence import Attached, Removed
from progress.timeline.names import NamesThen
from progress.timeline.registers import Entered, Matters, Struck
from progress.timeline.responsibilities import Responsibilities
from progress.timeline.sources import (
    ApprovedReports,
    Contributions,
    Errata,
    Moves,
    Revisions,
    Source,
)
from tasks.models import Task

__all__ = [
    "ERRATA_OF_REPORT",
    "Cursor",
    "CursorError",
    "Entry",
    "Said",
    "Timeline",
    "errata_entries",
    "timeline_of",
]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stretch of a task's history, newest first.

    `earlier` is the place before which it goes on, None where this is its beginning.
    """

    entries: Sequence[Entry]
    earlier: Cursor | None


def timeline_of(
    *,
    task: Task,
    user: User,
    count: int,
    before: Cursor | None = None,
    names: NamesThen | None = None,
) -> Timeline:
    """The last `count` things that happened before that place, of what this person may read.

    Moves of reports and contributions with their texts (for leaders the approved texts alone),
    errata, earlier wordings of the list, what was decided about deadlines and completions, files
    that were attached and taken out, what was done with matters to coordinate, and results that
    were entered and struck out. Which they are is one query, however long the history is; what they
    say, one or a few more of each kind that is among them.
    """
    names = names or NamesThen()
    sources = _sources(task, user, names)
    found = (
        _newest(count).for_reader(user, task.pk)
        if before is None
        else list(_places(sources, before, count))
    )
    keys: dict[int, list[int]] = defaultdict(list)
    for _happened, rank, key in found[:count]:
        keys[rank].append(key)
    compare = comparing_once()
    entries: list[Entry] = []
    for source in sources:
        if source.rank in keys:
            entries += source.entries(source.rows(keys[source.rank]), compare)
    entries = _with_agencies(entries, names)
    entries.sort(key=lambda entry: entry.cursor, reverse=True)
    return Timeline(entries, entries[-1].cursor if len(found) > count else None)


def errata_entries(
    rows: Sequence[Erratum], *, report: Report, user: User, names: NamesThen
) -> list[Entry]:
    """What `ERRATA_OF_REPORT` gave of this report, as a timeline shows it."""
    return _with_agencies(Errata(report.task, user, names).entries(rows, comparing_once()), names)


# The errata to the task's report of the period that the person may read, in their order.
ERRATA_OF_REPORT = WrittenOnce(
    lambda user, task, period: (
        Errata(Task(pk=task), user).visible().filter(report__period=period).order_by("number")
    )
)


def _sources(task: Task, user: User, names: NamesThen | None = None) -> list[Source[Any]]:
    return [
        Revisions(task, user, names),
        Contributions(task, user, names),
        # A leader reads what is approved, and nothing of the way there.
        ApprovedReports(task, user, names)
        if user.role == Role.LEADER
        else Moves(task, user, names),
        Errata(task, user, names),
        DeadlineChanges(task, user, names),
        Extensions(task, user, names),
        RefusedCompletions(task, user, names),
        ReopenedCompletions(task, user, names),
        Responsibilities(task, user, names),
        Attached(task, user, names),
        Removed(task, user, names),
        Matters(task, user, names),
        Entered(task, user, names),
        Struck(task, user, names),
    ]


def _places(sources: Sequence[Source[Any]], before: Cursor | None, count: int) -> QuerySet[Any]:
    """Of the last `count` rows before that place, and of one more, where each stands."""
    first, *others = (source.places(before) for source in sources)
    newest = first.union(*others, all=True).order_by("-happened", "-its_rank", "-its_key")
    return newest[: count + 1]


@functools.cache
def _newest(count: int) -> WrittenOnce[Any]:
    return WrittenOnce(lambda user, task: _places(_sources(Task(pk=task), user), None, count))


def _with_agencies(entries: Sequence[Entry], names: NamesThen) -> list[Entry]:
    """The entries with the agencies of their people under the names of that time."""
    return [
        replace(entry, by_agency=names.of_person(entry.by, entry.at)) if entry.by else entry
        for entry in entries
    ]

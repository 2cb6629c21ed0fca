"""A task's history as one timeline: who did what and when, and what it said then.

It is read here and nowhere written: its rows are made by `progress.workflow` and by the import of
the list, once, and no page changes one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from agencies.models import Role, User
from progress.models import Report
from progress.pages.timeline.decisions import (
    DeadlineChanges,
    Extensions,
    RefusedCompletions,
    ReopenedCompletions,
)
from progress.pages.timeline.entries import Cursor, CursorError, Entry, Said, comparing_once
from progress.pages.timeline.evidence import Attached, Removed
from progress.pages.timeline.names import NamesThen
from progress.pages.timeline.registers import Entered, Matters, Struck
from progress.pages.timeline.responsibilities import Responsibilities
from progress.pages.timeline.sources import (
    ApprovedReports,
    Contributions,
    Errata,
    Moves,
    Revisions,
    Source,
)
from tasks.models import Task

__all__ = ["Cursor", "CursorError", "Entry", "Said", "Timeline", "errata_entries", "timeline_of"]


@dataclass(frozen=True, slots=True)
class Timeline:
    """A stretch of a task's history, newest first.

    `earlier` is the place before which it goes on, None where this is its beginning.
    """

    entries: Sequence[Entry]
    earlier: Cursor | None


def timeline_of(*, task: Task, user: User, count: int, before: Cursor | None = None) -> Timeline:
    """The last `count` things that happened before that place, of what this person may read.

    Moves of reports and contributions with their texts (for leaders the approved texts alone),
    errata, earlier wordings of the list, what was decided about deadlines and completions, files
    that were attached and taken out, what was done with matters to coordinate, and results that
    were entered and struck out. The same few queries however long the history is.
    """
    sources: list[Source[Any]] = [
        Revisions(task, user),
        Contributions(task, user),
        # A leader reads what is approved, and nothing of the way there.
        ApprovedReports(task, user) if user.role == Role.LEADER else Moves(task, user),
        Errata(task, user),
        DeadlineChanges(task, user),
        Extensions(task, user),
        RefusedCompletions(task, user),
        ReopenedCompletions(task, user),
        Responsibilities(task, user),
        Attached(task, user),
        Removed(task, user),
        Matters(task, user),
        Entered(task, user),
        Struck(task, user),
    ]
    found = sorted(
        (
            (source.cursor(row), source, row)
            for source in sources
            for row in source.rows(before, count + 1)
        ),
        key=lambda one: one[0],
        reverse=True,
    )
    taken = found[:count]
    compare = comparing_once()
    entries: list[Entry] = []
    for source in sources:
        rows = [row for _place, its, row in taken if its is source]
        if rows:
            entries += source.entries(rows, compare)
    entries = _with_agencies(entries)
    entries.sort(key=lambda entry: entry.cursor, reverse=True)
    return Timeline(entries, entries[-1].cursor if len(found) > count else None)


def errata_entries(*, report: Report, user: User) -> list[Entry]:
    """The errata to this report that the person may read, in their order: two queries."""
    source = Errata(report.task, user)
    rows = list(source.visible().filter(report=report).order_by("number"))
    return _with_agencies(source.entries(rows, comparing_once()))


def _with_agencies(entries: Sequence[Entry]) -> list[Entry]:
    """The entries with the agencies of their people under the names of that time."""
    if not entries:
        return []
    names = NamesThen.load()
    return [
        replace(entry, by_agency=names.of_person(entry.by, entry.at)) if entry.by else entry
        for entry in entries
    ]

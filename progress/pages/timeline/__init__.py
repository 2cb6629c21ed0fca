"""A task's history as one timeline: who did what and when, and what it said then.

It is read here and nowhere written: its rows are made by `progress.workflow` and by the import of
the list, once, and no page changes one.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agencies.models import Role, User
from progress.models import Report
from progress.pages.timeline.entries import Cursor, CursorError, Entry, Said, comparing_once
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
    errata, and earlier wordings of the list. The same few queries however long the history is.
    """
    sources: list[Source[Any]] = [
        Revisions(task, user),
        Contributions(task, user),
        # A leader reads what is approved, and nothing of the way there.
        ApprovedReports(task, user) if user.role == Role.LEADER else Moves(task, user),
        Errata(task, user),
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
    entries.sort(key=lambda entry: entry.cursor, reverse=True)
    return Timeline(entries, entries[-1].cursor if len(found) > count else None)


def errata_entries(*, report: Report, user: User) -> list[Entry]:
    """The errata to this report that the person may read, in their order: one query."""
    source = Errata(report.task, user)
    return source.entries(
        list(source.visible().filter(report=report).order_by("number")), comparing_once()
    )

"""The newest entries of the recorded histories of list, deadlines and agencies."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext as _

from agencies.models import AgencyChange, AgencyChangeKind, User
from tasks.models import DeadlineChange, ResponsibilityChange, TaskRevision

ENTRIES_SHOWN = 10


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """One change that was recorded: when, what, why, by whom ("" for the importer), and where its
    whole history is."""

    at: dt.datetime
    what: str
    reason: str
    by: str
    address: str


def newest_entries(user: User) -> Sequence[RecordedEntry]:
    """The last changes of deadlines, of tasks' agencies, of the list and of agencies, the newest
    first: a statement for each kind, however long the histories are."""
    found = [
        *_deadlines(user),
        *_responsibilities(user),
        *_revisions(user),
        *_agencies(),
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)[:ENTRIES_SHOWN]


def _deadlines(user: User) -> list[RecordedEntry]:
    changes = DeadlineChange.objects.visible_to(user).select_related("task", "measure", "by")
    return [
        RecordedEntry(
            one.at,
            _("Deadline of task %(number)d: %(old)s → %(new)s")
            % {
                "number": one.task.number,
                "old": one.old.isoformat() if one.old else _("Not set"),
                "new": one.new.isoformat() if one.new else _("Not set"),
            },
            one.reason,
            str(one.by),
            _history(one.task.number),
        )
        for one in changes.order_by("-at", "-pk")[:ENTRIES_SHOWN]
    ]


def _responsibilities(user: User) -> list[RecordedEntry]:
    changes = ResponsibilityChange.objects.visible_to(user).select_related("task", "by")
    return [
        RecordedEntry(
            one.at,
            _("Agencies of task %(number)d were changed") % {"number": one.task.number},
            one.reason,
            str(one.by),
            _history(one.task.number),
        )
        for one in changes.order_by("-at", "-pk")[:ENTRIES_SHOWN]
    ]


def _revisions(user: User) -> list[RecordedEntry]:
    revisions = TaskRevision.objects.visible_to(user).select_related("task")
    return [
        RecordedEntry(
            one.replaced_at,
            _("Task %(number)d was revised in the list") % {"number": one.task.number},
            "",
            "",
            _history(one.task.number),
        )
        for one in revisions.order_by("-replaced_at", "-pk")[:ENTRIES_SHOWN]
    ]


def _agencies() -> list[RecordedEntry]:
    words = {
        AgencyChangeKind.RENAMED: _("%(old)s was renamed %(new)s"),
        AgencyChangeKind.MERGED: _("%(old)s was merged into %(new)s"),
    }
    changes = AgencyChange.objects.select_related("by").order_by("-at", "-pk")[:ENTRIES_SHOWN]
    return [
        RecordedEntry(
            one.at,
            words[AgencyChangeKind(one.kind)] % {"old": one.old_name, "new": one.new_name},
            one.reason,
            str(one.by),
            reverse("agency", args=[one.agency_id]),
        )
        for one in changes
    ]


def _history(number: int) -> str:
    return reverse("task-history", args=[number])

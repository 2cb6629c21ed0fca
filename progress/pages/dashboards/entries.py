"""The recorded histories of list, deadlines and agencies as one: who changed what, when and why."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.db.models import F, QuerySet, Value
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from agencies.models import AgencyChange, AgencyChangeKind, User
from progress.pages.reading import register_reader
from tasks.models import DeadlineChange, ResponsibilityChange, TaskRevision

ENTRIES_SHOWN = 10
ENTRIES_A_PAGE = 50


class History(StrEnum):
    """The histories, in the order in which they can be chosen."""

    DEADLINES = "deadlines"
    RESPONSIBILITIES = "responsibilities"
    REVISIONS = "revisions"
    AGENCIES = "agencies"


LABELS: Mapping[str, str | Promise] = {
    History.DEADLINES: gettext_lazy("Deadlines"),
    History.RESPONSIBILITIES: gettext_lazy("Agencies of tasks"),
    History.REVISIONS: gettext_lazy("Revisions of the list"),
    History.AGENCIES: gettext_lazy("Agencies renamed or merged"),
}


@dataclass(frozen=True, slots=True)
class RecordedEntry:
    """One change that was recorded: when, what, why, by whom ("" for the importer), and where its
    whole history is."""

    at: dt.datetime
    what: str
    reason: str
    by: str
    address: str


@dataclass(frozen=True, slots=True)
class HistoryChoice:
    """A history to choose, "" for all of them, and how much it holds."""

    label: str | Promise
    count: int
    address: str
    is_chosen: bool


@require_safe
def changes(request: HttpRequest) -> HttpResponse:
    """What was changed in list, deadlines and agencies, the newest first; `history` narrows it.

    The auditor's home; everybody reads it who reads the register. Raises BadRequest for a history
    that is none. A statement for each history's count, one for the page, and one for each history
    on it.
    """
    user = register_reader(request)
    chosen = request.GET.get("history", "")
    if chosen and chosen not in LABELS:
        raise BadRequest(_("There is no such history."))
    counts = {one: _rows(one, user).count() for one in History}
    here = reverse("changes")
    choices = [
        HistoryChoice(gettext_lazy("All"), sum(counts.values()), here, not chosen),
        *(
            HistoryChoice(LABELS[one], count, f"{here}?history={one}", one == chosen)
            for one, count in counts.items()
        ),
    ]
    index = _index(user, [History(chosen)] if chosen else list(History))
    page = Paginator(index, ENTRIES_A_PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "progress/changes.html",
        {"choices": choices, "page_obj": page, "entries": _entries(page.object_list)},
    )


def newest_entries(user: User) -> Sequence[RecordedEntry]:
    """The last changes of all histories, the newest first: a statement for each kind and one more,
    however long the histories are."""
    return _entries(_index(user, list(History))[:ENTRIES_SHOWN])


def _rows(history: History, user: User) -> QuerySet[Any]:
    match history:
        case History.DEADLINES:
            return DeadlineChange.objects.visible_to(user)
        case History.RESPONSIBILITIES:
            return ResponsibilityChange.objects.visible_to(user)
        case History.REVISIONS:
            return TaskRevision.objects.visible_to(user)
        case History.AGENCIES:
            return AgencyChange.objects.all()


def _index(user: User, histories: Sequence[History]) -> QuerySet[Any]:
    """Moment, history and key of each entry, the newest first."""
    first, *others = (
        _rows(one, user)
        .order_by()
        .annotate(
            moment=F("replaced_at" if one == History.REVISIONS else "at"),
            history=Value(one.value),
            row=F("pk"),
        )
        .values_list("moment", "history", "row")
        for one in histories
    )
    every: QuerySet[Any] = first.union(*others, all=True)
    return every.order_by("-moment", "history", "-row")


def _entries(index: Iterable[tuple[dt.datetime, str, int]]) -> list[RecordedEntry]:
    keys = [(History(history), row) for _moment, history, row in index]
    found: dict[tuple[History, int], RecordedEntry] = {}
    for history, read in READ.items():
        rows = [row for one, row in keys if one == history]
        if rows:
            found |= {(history, row): entry for row, entry in read(rows).items()}
    return [found[key] for key in keys]


def _deadlines(rows: Sequence[int]) -> Mapping[int, RecordedEntry]:
    changed = DeadlineChange.objects.filter(pk__in=rows).select_related("task", "measure", "by")
    return {
        one.pk: RecordedEntry(
            one.at,
            _deadline_of(one)
            % {
                "number": one.task.number,
                "ordinal": one.measure.ordinal if one.measure else 0,
                "old": one.old.isoformat() if one.old else _("Not set"),
                "new": one.new.isoformat() if one.new else _("Not set"),
            },
            one.reason,
            str(one.by),
            _history(one.task.number),
        )
        for one in changed
    }


def _deadline_of(change: DeadlineChange) -> str:
    if change.measure is None:
        return _("Deadline of task %(number)d: %(old)s → %(new)s")
    return _("Deadline of task %(number)d, measure %(ordinal)d: %(old)s → %(new)s")


def _responsibilities(rows: Sequence[int]) -> Mapping[int, RecordedEntry]:
    changed = ResponsibilityChange.objects.filter(pk__in=rows).select_related("task", "by")
    return {
        one.pk: RecordedEntry(
            one.at,
            _("Agencies of task %(number)d were changed") % {"number": one.task.number},
            one.reason,
            str(one.by),
            _history(one.task.number),
        )
        for one in changed
    }


def _revisions(rows: Sequence[int]) -> Mapping[int, RecordedEntry]:
    revised = TaskRevision.objects.filter(pk__in=rows).select_related("task")
    return {
        one.pk: RecordedEntry(
            one.replaced_at,
            _("Task %(number)d was revised in the list") % {"number": one.task.number},
            "",
            "",
            _history(one.task.number),
        )
        for one in revised
    }


def _agencies(rows: Sequence[int]) -> Mapping[int, RecordedEntry]:
    words = {
        AgencyChangeKind.RENAMED: _("%(old)s was renamed %(new)s"),
        AgencyChangeKind.MERGED: _("%(old)s was merged into %(new)s"),
    }
    changed = AgencyChange.objects.filter(pk__in=rows).select_related("by")
    return {
        one.pk: RecordedEntry(
            one.at,
            words[AgencyChangeKind(one.kind)] % {"old": one.old_name, "new": one.new_name},
            one.reason,
            str(one.by),
            reverse("agency", args=[one.agency_id]),
        )
        for one in changed
    }


READ = {
    History.DEADLINES: _deadlines,
    History.RESPONSIBILITIES: _responsibilities,
    History.REVISIONS: _revisions,
    History.AGENCIES: _agencies,
}


def _history(number: int) -> str:
    return reverse("task-history", args=[number])

"""Whose report raised a matter: the agency that compiled it then, under the name it had then."""

import datetime as dt
from collections.abc import Mapping

from agencies.models import AgencyChange
from progress.models import MatterEvent
from progress.rollups.answering import AgencyRef
from tasks.models import ResponsibilityChange, ResponsibilityRole


def raised_by(
    *, raisings: Mapping[int, MatterEvent], leads: Mapping[int, AgencyRef]
) -> dict[int, AgencyRef | None]:
    """By the matter's id the agency whose report raised it: two statements.

    `raisings` are the events that raised the matters, by the matter's id, each with its matter;
    `leads` who compiles today, by the task's id. A revision of the list that names another lead
    keeps no record of the earlier one, so that today's stands for it.
    """
    if not raisings:
        return {}
    tasks = {one.matter.task_id for one in raisings.values()}
    first = min(one.at for one in raisings.values())
    changes: dict[int, list[tuple[dt.datetime, AgencyRef]]] = {}
    for task_id, at, before in (
        ResponsibilityChange.objects.filter(
            task__in=tasks, at__gt=first, before__has_key="agencies"
        )
        .order_by("at", "pk")
        .values_list("task_id", "at", "before")
    ):
        compiling = next(
            (one for one in before["agencies"] if one["role"] == ResponsibilityRole.LEAD), None
        )
        if compiling is not None:
            until = AgencyRef(compiling["id"], compiling["agency"], compiling["short_name"])
            changes.setdefault(task_id, []).append((at, until))
    names = list(AgencyChange.objects.order_by("effective_on", "pk"))
    found: dict[int, AgencyRef | None] = {}
    for pk, event in raisings.items():
        # The first change after the raising knows who compiled until then.
        compiled = next(
            (ref for at, ref in changes.get(event.matter.task_id, []) if at > event.at),
            leads.get(event.matter.task_id),
        )
        found[pk] = compiled and _named_then(compiled, event.matter.raised_on, names)
    return found


def _named_then(ref: AgencyRef, day: dt.date, changes: list[AgencyChange]) -> AgencyRef:
    """The agency under its name of that day; `changes` the earliest first."""
    change = next(
        (one for one in changes if one.agency_id == ref.id and one.effective_on > day), None
    )
    return AgencyRef(ref.id, change.old_name, change.old_short_name) if change else ref

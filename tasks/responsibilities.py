"""The only writer, outside imports of the list, of who answers for a task and how they share it."""

import datetime as dt
import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.account_rules import ended_sentence
from agencies.audit import Note, audit_notes
from agencies.locking import agencies_lock
from agencies.models import Agency, User
from tasks.duties import duties_of
from tasks.listing.cells import agencies_cell_today, row_cells
from tasks.models import (
    Division,
    MeasureDuty,
    Responsibility,
    ResponsibilityChange,
    ResponsibilityRole,
    Task,
)

LONGEST_REASON = 2_000
LONGEST_DOCUMENT = 100


@dataclass(frozen=True, slots=True)
class Part:
    """An agency's part in a task, in the order of the task's agencies."""

    agency: Agency
    role: str


def parts_of(task: Task) -> list[Part]:
    """Who answers for the task today, in order: one query."""
    rows = task.responsibilities.select_related("agency").order_by("position")
    return [Part(one.agency, one.role) for one in rows]


class PartsChangedError(Exception):
    """Others answer for the task by now than whom the coordinator was looking at."""

    def __init__(self, task: Task) -> None:
        super().__init__(f"the agencies of task {task.number} have changed")
        self.task = task


def parts_digest(division: str, parts: Sequence[Part]) -> str:
    """Tells whether the same agencies answer in the same way."""
    said = [str(division), *(f"{part.agency.pk} {part.role}" for part in parts)]
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]


@transaction.atomic
def responsibilities_write(
    *,
    task: Task,
    division: str,
    agencies: Sequence[tuple[Agency, str]],
    reason: str,
    document: str,
    by: User,
    now: dt.datetime,
    seen: str | None = None,
) -> ResponsibilityChange:
    """Say who answers for a task, by a coordinator; returns the change as history keeps it.

    `agencies` are pairs of agency and role, the whole list in order; the first one compiles. The
    list's own words stay with the task. `seen`, where given, is the `parts_digest` of what the
    coordinator was looking at. Raises PermissionDenied for anybody but coordinators,
    PartsChangedError where others than those seen answer for the task by now, and ValidationError,
    keyed "agencies", "division", "reason" or "document", for agencies that do not fit the division,
    stand twice or have ended, a missing reason, and where nothing is changed.
    """
    if not by.is_active or not by.is_coordinator:
        raise PermissionDenied(_("Only a coordinator says who answers for a task."))
    # As they are stored: one of them may have been merged since it was chosen.
    stored = agencies_lock(agency.pk for agency, _role in agencies)
    task = Task.objects.select_for_update().get(pk=task.pk)
    parts = [Part(stored[agency.pk], role) for agency, role in agencies]
    before = parts_of(task)
    if seen is not None and seen != parts_digest(task.division, before):
        raise PartsChangedError(task)
    errors = _faults(parts, division, known={part.agency.pk for part in before})
    if not reason.strip():
        errors["reason"] = [_("Say why; it stays in the task's history.")]
    elif len(reason) > LONGEST_REASON:
        errors["reason"] = [_("%(limit)d characters are the most.") % {"limit": LONGEST_REASON}]
    if len(document) > LONGEST_DOCUMENT:
        errors["document"] = [_("%(limit)d characters are the most.") % {"limit": LONGEST_DOCUMENT}]
    if not errors and (division, parts) == (task.division, before):
        errors["agencies"] = [_("Nothing is changed; these agencies answer for it already.")]
    if errors:
        raise ValidationError(errors)
    return _write(task, division, before, parts, reason=reason, document=document, by=by, now=now)


def responsibilities_pass_on(
    *,
    agency: Agency,
    successor: Agency,
    reason: str,
    document: str,
    by: User,
    now: dt.datetime,
) -> list[Task]:
    """Give every part of an agency to its successor; returns the tasks, by number.

    Where the successor has a part already, the higher role and the earlier place count and the
    others close up. To be called by a merger, which checks the right, with both rows locked.
    """
    concerned = Task.objects.filter(responsibilities__agency=agency).values("pk")
    # Locked in the order of every other writer, which a revised list does not change.
    locked = Task.objects.select_for_update().filter(pk__in=concerned).order_by("pk")
    tasks = sorted(locked, key=lambda task: task.number)
    for task in tasks:
        before = parts_of(task)
        parts = parts_passed_on(before, agency=agency, successor=successor)
        _duties_pass_on(task, agency=agency, successor=successor)
        _write(
            task,
            division_after(task.division, parts),
            before,
            parts,
            reason=reason,
            document=document,
            by=by,
            now=now,
        )
    return tasks


def parts_passed_on(parts: Sequence[Part], *, agency: Agency, successor: Agency) -> list[Part]:
    """The same parts with the successor in the place of the agency, once."""
    roles = {part.role for part in parts if part.agency in (agency, successor)}
    role = ResponsibilityRole.LEAD if ResponsibilityRole.LEAD in roles else ResponsibilityRole.CO
    passed_on: list[Part] = []
    for part in parts:
        if part.agency not in (agency, successor):
            passed_on.append(part)
        elif all(one.agency != successor for one in passed_on):
            passed_on.append(Part(successor, role))
    return passed_on


def division_after(division: str, parts: Collection[Part]) -> str:
    """How these agencies share the task: two leads that have become one do not lead together."""
    leads = sum(part.role == ResponsibilityRole.LEAD for part in parts)
    if division == Division.CO_LEAD and leads < 2:
        return Division.LEAD_COMPILES
    return division


def _faults(
    parts: Sequence[Part], division: str, *, known: Collection[int]
) -> dict[str, list[str]]:
    """What is wrong with these parts; one that has ended may stay where it is `known`."""
    if not parts:
        return {"agencies": [_("Choose at least the lead.")]}
    errors: dict[str, list[str]] = {}
    ids = [part.agency.pk for part in parts]
    faults = [
        _("%(agency)s stands twice.") % {"agency": part.agency.name}
        for place, part in enumerate(parts)
        if part.agency.pk in ids[:place]
    ]
    faults += [
        ended_sentence(part.agency)
        for part in parts
        if part.agency.has_ended and part.agency.pk not in known
    ]
    if faults:
        errors["agencies"] = faults
    if division not in Division.values:
        errors["division"] = [_("Choose how they share the task.")]
        return errors
    roles = [part.role for part in parts]
    wanted = 2 if division == Division.CO_LEAD else 1
    expected = [ResponsibilityRole.LEAD] * wanted
    if roles[:wanted] != expected or ResponsibilityRole.LEAD in roles[wanted:]:
        errors["division"] = [
            _("With two leads, the first two agencies lead and nobody else does.")
            if division == Division.CO_LEAD
            else _("With this division the first agency leads and nobody else does.")
        ]
    return errors


def _write(
    task: Task,
    division: str,
    before: Sequence[Part],
    parts: Sequence[Part],
    *,
    reason: str,
    document: str,
    by: User,
    now: dt.datetime,
) -> ResponsibilityChange:
    was = _as_json(task.division, before)
    if not task.listed_agencies:
        task.listed_agencies = row_cells(task).agencies
    # An agency that stays keeps the name under which the list has it.
    written = dict(task.responsibilities.values_list("agency_id", "written_name"))
    task.responsibilities.all().delete()
    Responsibility.objects.bulk_create(
        Responsibility(
            task=task,
            agency=part.agency,
            role=part.role,
            position=position,
            written_name=written.get(part.agency.pk, part.agency.name),
        )
        for position, part in enumerate(parts, start=1)
    )
    task.division = division
    if agencies_cell_today(task) == task.listed_agencies:
        # Back to what the list says: it can be written from the responsibilities again.
        task.listed_agencies = ""
    task.save(update_fields=["division", "listed_agencies"])
    # The lead writes of all measures, and who has no part any more of none.
    MeasureDuty.objects.filter(measure__task=task).exclude(
        agency__in=[part.agency.pk for part in parts[1:]]
    ).delete()
    is_now = _as_json(division, parts)
    audit_notes([Note("task.agencies", task, was, is_now)], by=by, now=now)
    return ResponsibilityChange.objects.create(
        task=task,
        before=was,
        after=is_now,
        reason=reason.strip(),
        document=document.strip(),
        at=now,
        by=by,
    )


def _as_json(division: str, parts: Sequence[Part]) -> dict[str, Any]:
    return {
        "division": str(division),
        "agencies": [
            {
                "agency": part.agency.name,
                "short_name": part.agency.short_name,
                "id": part.agency.pk,
                "role": str(part.role),
            }
            for part in parts
        ],
    }


def _duties_pass_on(task: Task, *, agency: Agency, successor: Agency) -> None:
    """What concerned either concerns the successor. Nothing said of one means all measures."""
    said = duties_of(task)
    shares = task.responsibilities.filter(agency=successor).exists()
    mine = [said.get(agency.pk)] + ([said.get(successor.pk)] if shares else [])
    MeasureDuty.objects.filter(measure__task=task, agency__in=[agency.pk, successor.pk]).delete()
    if None in mine:
        return
    together = {pk for each in mine if each is not None for pk in each}
    if together != set(task.measures.values_list("pk", flat=True)):
        MeasureDuty.objects.bulk_create(
            MeasureDuty(agency=successor, measure_id=pk) for pk in sorted(together)
        )

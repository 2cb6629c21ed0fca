"""Writing a plan: a number of statements that does not grow with the number of tasks.

Runs within the transaction of `import_list`, which holds the lock.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F, Max

from agencies.audit import Note, audit_notes, text_seen, values_of
from agencies.models import Agency, User
from tasks.importing.plan import ChangedTask, ImportPlan
from tasks.listing import ListedTask, RowCells
from tasks.listing.known_agencies import FixtureAgency, agencies_create
from tasks.models import (
    Chapter,
    Division,
    Measure,
    Responsibility,
    ResponsibilityRole,
    Task,
    TaskRevision,
)
from tasks.statuses import status_refresh

# Numbers are unique at every moment: those that change places first step aside by this much.
ASIDE = 10_000


def plan_write(
    *,
    plan: ImportPlan,
    absent_agencies: tuple[FixtureAgency, ...],
    by: User | None,
    now: dt.datetime,
) -> None:
    """Write what the plan says; nothing at all where it says that nothing changed."""
    if absent_agencies:
        agencies_create(absent=absent_agencies, by=by, now=now)
    audit_notes(_before_and_after(plan), by=by, now=now)
    chapters = _chapters_write(plan)
    answering = _Answering.load() if plan.changed or plan.created else _Answering({}, {})
    if plan.dropped:
        Task.objects.filter(pk__in=[task.pk for task in plan.dropped]).delete()
    if plan.changed:
        _revisions_keep(plan.changed, now=now)
        _tasks_update(plan.changed, chapters, answering)
        _measures_update(plan, by=by, now=now)
    tasks = _tasks_create(plan.created, chapters, answering)
    created = [Note("task.create", task, after=_cells_seen(listed.cells)) for task, listed in tasks]
    audit_notes(created, by=by, now=now)
    _responsibilities_write(plan, tasks, answering)
    if plan.chapters_dropped:
        Chapter.objects.filter(pk__in=[one.pk for one in plan.chapters_dropped]).delete()


def _before_and_after(plan: ImportPlan) -> list[Note]:
    """What the plan changes and drops, as the audit trail holds it; before anything is written."""
    notes = [
        Note(
            "task.revise",
            one.task,
            {**_cells_seen(one.before), "chapter": one.chapter_before.number},
            {**_cells_seen(one.listed.cells), "chapter": one.listed.chapter_number},
        )
        for one in plan.changed
    ]
    notes += [Note("task.drop", one, before=values_of(one)) for one in plan.dropped]
    notes += [
        Note("chapter.revise", one, {"title": one.title}, {"title": title})
        for one, title in plan.chapters_retitled
    ]
    return notes


def _cells_seen(cells: RowCells) -> dict[str, Any]:
    return {
        "number": cells.number,
        "title": text_seen(cells.title),
        "measures": text_seen(cells.measures),
        "agencies": text_seen(cells.agencies),
    }


@dataclass(frozen=True, slots=True)
class _Parts:
    """Who answers for a task of the list today; `as_listed` where these are whom the list names."""

    division: str
    agencies: tuple[tuple[int, str, str], ...]
    as_listed: bool


@dataclass(frozen=True, slots=True)
class _Answering:
    """The agencies by name, and the successors of those that have ended: a list may still name one.

    Its successor then has its part, once, and the list's own words stay with the task.
    """

    ids: Mapping[str, int]
    successors: Mapping[int, int]

    @classmethod
    def load(cls) -> "_Answering":
        ids, successors = {}, {}
        for pk, name, successor_id in Agency.objects.values_list("pk", "name", "successor"):
            ids[name] = pk
            if successor_id is not None:
                successors[pk] = successor_id
        return cls(ids, successors)

    def parts(self, listed: ListedTask) -> _Parts:
        agencies: dict[int, tuple[int, str, str]] = {}
        as_listed = True
        for one in listed.agencies:
            pk = self.ids[one.name]
            while pk in self.successors:
                pk, as_listed = self.successors[pk], False
            agencies.setdefault(pk, (pk, one.role, one.written_name))
        leads = sum(role == ResponsibilityRole.LEAD for _pk, role, _name in agencies.values())
        division = listed.division
        if division == Division.CO_LEAD and leads < 2:
            division = Division.LEAD_COMPILES
        return _Parts(division, tuple(agencies.values()), as_listed)


def _chapters_write(plan: ImportPlan) -> dict[int, Chapter]:
    """Bring the titles up to date; returns the chapters by number."""
    retitled = plan.chapters_retitled
    for chapter, title in retitled:
        chapter.title = title
    if retitled:
        Chapter.objects.bulk_update([chapter for chapter, _title in retitled], ["title"])
    created = Chapter.objects.bulk_create(
        Chapter(number=number, title=title) for number, title in plan.chapters_created.items()
    )
    return plan.chapters | {chapter.number: chapter for chapter in created}


def _revisions_keep(changed: Iterable[ChangedTask], *, now: dt.datetime) -> None:
    reworded = [one for one in changed if one.text_changed]
    last_numbers = dict(
        TaskRevision.objects.filter(task__in=[one.task.pk for one in reworded])
        .order_by()
        .values_list("task")
        .annotate(last=Max("number"))
    )
    TaskRevision.objects.bulk_create(
        TaskRevision(
            task=one.task,
            number=last_numbers.get(one.task.pk, 0) + 1,
            replaced_at=now,
            chapter_number=one.chapter_before.number,
            title=one.before.title,
            measures_cell=one.before.measures,
            agencies_cell=one.before.agencies,
        )
        for one in reworded
    )


def _tasks_update(
    changed: Iterable[ChangedTask], chapters: Mapping[int, Chapter], answering: _Answering
) -> None:
    changed = [one for one in changed if one.row_changed]
    moved = [one.task.pk for one in changed if one.task.number != one.listed.number]
    if moved:
        Task.objects.filter(pk__in=moved).update(number=F("number") + ASIDE)
    tasks: list[Task] = []
    for one in changed:
        task, listed = one.task, one.listed
        task.number = listed.number
        task.chapter = chapters[listed.chapter_number]
        task.title = listed.cells.title
        if one.agencies_changed:
            # Otherwise what somebody has changed since the last list stands.
            parts = answering.parts(listed)
            task.division = parts.division
            task.open_ended = listed.open_ended
            task.listed_agencies = "" if parts.as_listed else listed.cells.agencies
        tasks.append(task)
    Task.objects.bulk_update(
        tasks, ["number", "chapter", "title", "division", "open_ended", "listed_agencies"]
    )


def _measures_update(plan: ImportPlan, *, by: User | None, now: dt.datetime) -> None:
    dropped = plan.measures_dropped
    if dropped:
        Measure.objects.filter(pk__in=[measure.pk for measure in dropped]).delete()
    moved: list[int] = []
    kept: list[Measure] = []
    added: list[Measure] = []
    with_other_measures: list[int] = []
    for one in plan.changed:
        if one.measures is None:
            continue
        for measure, ordinal, text in one.measures.kept:
            if measure.ordinal != ordinal:
                moved.append(measure.pk)
            if (measure.ordinal, measure.text) != (ordinal, text):
                measure.ordinal, measure.text = ordinal, text
                kept.append(measure)
        added += [
            Measure(task=one.task, ordinal=ordinal, text=text)
            for ordinal, text in one.measures.added
        ]
        if one.measures.added or one.measures.dropped:
            with_other_measures.append(one.task.pk)
    if moved:
        Measure.objects.filter(pk__in=moved).update(ordinal=F("ordinal") + ASIDE)
    Measure.objects.bulk_update(kept, ["ordinal", "text"])
    Measure.objects.bulk_create(added)
    status_refresh(task_ids=with_other_measures, by=by, now=now)


def _tasks_create(
    listed_tasks: Iterable[ListedTask], chapters: Mapping[int, Chapter], answering: _Answering
) -> list[tuple[Task, ListedTask]]:
    listed_tasks = list(listed_tasks)
    tasks = Task.objects.bulk_create(
        Task(
            number=listed.number,
            chapter=chapters[listed.chapter_number],
            title=listed.cells.title,
            division=parts.division,
            open_ended=listed.open_ended,
            listed_agencies="" if parts.as_listed else listed.cells.agencies,
        )
        for listed, parts in ((one, answering.parts(one)) for one in listed_tasks)
    )
    created = list(zip(tasks, listed_tasks, strict=True))
    Measure.objects.bulk_create(
        Measure(task=task, ordinal=ordinal, text=text)
        for task, listed in created
        for ordinal, text in enumerate(listed.measures, start=1)
    )
    return created


def _responsibilities_write(
    plan: ImportPlan, created: list[tuple[Task, ListedTask]], answering: _Answering
) -> None:
    changed = [(one.task, one.listed) for one in plan.changed if one.agencies_changed]
    if changed:
        Responsibility.objects.filter(task__in=[task.pk for task, _listed in changed]).delete()
    Responsibility.objects.bulk_create(
        Responsibility(
            task=task,
            agency_id=agency_id,
            role=role,
            position=position,
            written_name=written_name,
        )
        for task, listed in changed + created
        for position, (agency_id, role, written_name) in enumerate(
            answering.parts(listed).agencies, start=1
        )
    )

"""Writing a plan: a number of statements that does not grow with the number of tasks.

Runs within the transaction of `import_list`, which holds the lock.
"""

import datetime as dt
from collections.abc import Iterable, Mapping

from django.db.models import F, Max
from django.utils import timezone

from agencies.models import Agency
from tasks.importing.plan import ChangedTask, ImportPlan
from tasks.listing import ListedTask
from tasks.listing.known_agencies import FixtureAgency, agencies_create
from tasks.models import Chapter, Measure, Responsibility, Task, TaskRevision
from tasks.statuses import status_refresh

# Numbers are unique at every moment: those that change places first step aside by this much.
ASIDE = 10_000


def plan_write(
    *, plan: ImportPlan, absent_agencies: tuple[FixtureAgency, ...], now: dt.datetime
) -> None:
    """Write what the plan says; nothing at all where it says that nothing changed."""
    if absent_agencies:
        agencies_create(absent=absent_agencies)
    chapters = _chapters_write(plan)
    if plan.dropped:
        Task.objects.filter(pk__in=[task.pk for task in plan.dropped]).delete()
    if plan.changed:
        _revisions_keep(plan.changed, now=now)
        _tasks_update(plan.changed, chapters)
        _measures_update(plan, now=now)
    tasks = _tasks_create(plan.created, chapters)
    _responsibilities_write(plan, tasks)
    if plan.chapters_dropped:
        Chapter.objects.filter(pk__in=[one.pk for one in plan.chapters_dropped]).delete()


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


def _tasks_update(changed: Iterable[ChangedTask], chapters: Mapping[int, Chapter]) -> None:
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
        task.division = listed.division
        task.open_ended = listed.open_ended
        tasks.append(task)
    Task.objects.bulk_update(tasks, ["number", "chapter", "title", "division", "open_ended"])


def _measures_update(plan: ImportPlan, *, now: dt.datetime) -> None:
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
    status_refresh(task_ids=with_other_measures, on=timezone.localdate(now))


def _tasks_create(
    listed_tasks: Iterable[ListedTask], chapters: Mapping[int, Chapter]
) -> list[tuple[Task, ListedTask]]:
    listed_tasks = list(listed_tasks)
    tasks = Task.objects.bulk_create(
        Task(
            number=listed.number,
            chapter=chapters[listed.chapter_number],
            title=listed.cells.title,
            division=listed.division,
            open_ended=listed.open_ended,
        )
        for listed in listed_tasks
    )
    created = list(zip(tasks, listed_tasks, strict=True))
    Measure.objects.bulk_create(
        Measure(task=task, ordinal=ordinal, text=text)
        for task, listed in created
        for ordinal, text in enumerate(listed.measures, start=1)
    )
    return created


def _responsibilities_write(plan: ImportPlan, created: list[tuple[Task, ListedTask]]) -> None:
    changed = [(one.task, one.listed) for one in plan.changed if one.agencies_changed]
    if changed:
        Responsibility.objects.filter(task__in=[task.pk for task, _listed in changed]).delete()
    if not changed and not created:
        return
    agency_ids = dict(Agency.objects.values_list("name", "pk"))
    Responsibility.objects.bulk_create(
        Responsibility(
            task=task,
            agency_id=agency_ids[agency.name],
            role=agency.role,
            position=position,
            written_name=agency.written_name,
        )
        for task, listed in changed + created
        for position, agency in enumerate(listed.agencies, start=1)
    )

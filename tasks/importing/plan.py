"""What a list changes in the register. Reads and compares; writes nothing."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TypeVar

from django.db import models
from django.utils.translation import gettext as _

from tasks.listing import Fault, ListedTask, OfficialList, RowCells, row_cells
from tasks.listing.cells import agencies_cell_today, measure_without_mark
from tasks.listing.matching import alike, same_texts
from tasks.models import Chapter, Measure, Task

M = TypeVar("M", bound=models.Model)
# The column of a list, counted from 0.
MEASURES = 2


@dataclass(frozen=True, slots=True)
class MeasureChanges:
    """What becomes of the measures of a task whose cell of measures reads differently.

    `kept` pairs a stored measure with the ordinal and text that it gets; `added` are ordinals and
    texts.
    """

    kept: tuple[tuple[Measure, int, str], ...]
    added: tuple[tuple[int, str], ...]
    dropped: tuple[Measure, ...]


@dataclass(frozen=True, slots=True)
class ChangedTask:
    """A task of the register and the row of the list that now stands for it.

    `set_aside` are the agencies that answered for it until now, where somebody had changed them
    since the last list and the new one names others: the list takes over again. "" elsewhere.
    """

    task: Task
    before: RowCells
    chapter_before: Chapter
    listed: ListedTask
    measures: MeasureChanges | None
    set_aside: str

    @property
    def text_changed(self) -> bool:
        """Whether more than the task's number is different."""
        before, after = self.before, self.listed.cells
        return (self.chapter_before.number, before.title, before.measures, before.agencies) != (
            self.listed.chapter_number,
            after.title,
            after.measures,
            after.agencies,
        )

    @property
    def row_changed(self) -> bool:
        """Whether the task's own row in the register has to be written."""
        before, after = self.before, self.listed.cells
        return self.chapter_before.number != self.listed.chapter_number or (
            (before.number, before.title, before.agencies)
            != (after.number, after.title, after.agencies)
        )

    @property
    def agencies_changed(self) -> bool:
        return self.before.agencies != self.listed.cells.agencies


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """The register as it is stored, beside the list that it is to follow.

    `chapters` are rows by number, which the writing brings up to date; `chapter_titles` are their
    titles as they were.
    """

    official_list: OfficialList
    chapters: dict[int, Chapter]
    chapter_titles: dict[int, str]
    created: tuple[ListedTask, ...]
    changed: tuple[ChangedTask, ...]
    dropped: tuple[Task, ...]
    unchanged: int

    @property
    def chapters_retitled(self) -> list[tuple[Chapter, str]]:
        """Stored chapters whose title differs, each with its new title."""
        titles = self.official_list.chapters
        return [
            (chapter, titles[number])
            for number, chapter in self.chapters.items()
            if number in titles and self.chapter_titles[number] != titles[number]
        ]

    @property
    def chapters_created(self) -> dict[int, str]:
        titles = self.official_list.chapters
        return {number: title for number, title in titles.items() if number not in self.chapters}

    @property
    def chapters_dropped(self) -> list[Chapter]:
        titles = self.official_list.chapters
        return [chapter for number, chapter in self.chapters.items() if number not in titles]

    @property
    def measures_dropped(self) -> list[Measure]:
        """Of tasks that stay; what a dropped task had goes with it."""
        return [
            measure
            for changed in self.changed
            if changed.measures is not None
            for measure in changed.measures.dropped
        ]

    def faults(self) -> list[Fault]:
        """Tasks and measures that the list leaves out although they have been reported on."""
        return [*self._task_faults(), *self._measure_faults()]

    def _task_faults(self) -> Iterator[Fault]:
        held = _held_by(Task, [task.pk for task in self.dropped])
        for task in self.dropped:
            if task.pk in held:
                yield Fault(
                    None,
                    _(
                        "task %(number)d is not in this list any more, but it has %(held)s on "
                        "record and cannot be dropped; put its row back: %(title)s"
                    )
                    % {
                        "number": task.number,
                        "held": _(" and ").join(held[task.pk]),
                        "title": task.title,
                    },
                )

    def _measure_faults(self) -> Iterator[Fault]:
        held = _held_by(Measure, [measure.pk for measure in self.measures_dropped])
        for changed in self.changed:
            for measure in changed.measures.dropped if changed.measures is not None else ():
                if measure.pk in held:
                    yield Fault(
                        changed.listed.line,
                        _(
                            "measure %(ordinal)d of task %(number)d is not in this list any more, "
                            "but it has %(held)s on record and cannot be dropped; put it back: "
                            "%(text)s"
                        )
                        % {
                            "ordinal": measure.ordinal,
                            "number": changed.task.number,
                            "held": _(" and ").join(held[measure.pk]),
                            "text": measure.text,
                        },
                        MEASURES,
                    )


def plan_of(official_list: OfficialList, *, lock: bool) -> ImportPlan:
    """Compare the list with the register. Four queries, however many tasks.

    With `lock` the rows of tasks and measures are locked until the transaction ends: nobody can
    begin a report on what is about to be dropped.
    """
    # Locked in the order of every other writer, which a revised list does not change.
    stored_tasks = Task.objects.order_by("pk").prefetch_related(
        models.Prefetch("measures", _locked(Measure.objects.order_by("ordinal"), lock=lock)),
        "responsibilities",
    )
    tasks = sorted(_locked(stored_tasks, lock=lock), key=lambda task: task.number)
    chapters = {chapter.pk: chapter for chapter in Chapter.objects.all()}
    pairs = _pairs(tasks, official_list.tasks)
    changed: list[ChangedTask] = []
    for task, listed in pairs:
        before = row_cells(task)
        chapter = chapters[task.chapter_id]
        if before != listed.cells or chapter.number != listed.chapter_number:
            measures = (
                _measure_changes(task, listed) if before.measures != listed.cells.measures else None
            )
            gives_way = task.listed_agencies and before.agencies != listed.cells.agencies
            set_aside = agencies_cell_today(task) if gives_way else ""
            changed.append(ChangedTask(task, before, chapter, listed, measures, set_aside))
    kept_tasks = {task.pk for task, _listed in pairs}
    kept_rows = {listed.number for _task, listed in pairs}
    return ImportPlan(
        official_list=official_list,
        chapters={chapter.number: chapter for chapter in chapters.values()},
        chapter_titles={chapter.number: chapter.title for chapter in chapters.values()},
        created=tuple(one for one in official_list.tasks if one.number not in kept_rows),
        changed=tuple(changed),
        dropped=tuple(task for task in tasks if task.pk not in kept_tasks),
        unchanged=len(pairs) - len(changed),
    )


def _locked(rows: models.QuerySet[M], *, lock: bool) -> models.QuerySet[M]:
    return rows.select_for_update() if lock else rows


def _pairs(
    tasks: Collection[Task], listed_tasks: Collection[ListedTask]
) -> list[tuple[Task, ListedTask]]:
    """Which row of the list stands for which stored task: by its words, then by its number.

    Where only the number is the same, and neither title nor measures are alike, the row is another
    task: it must not come into the reports of the one that it replaces.
    """
    by_number = {task.number: task for task in tasks}
    continues = same_texts(
        {task.number: task.title for task in tasks},
        {listed.number: listed.cells.title for listed in listed_tasks},
    )
    pairs: list[tuple[Task, ListedTask]] = []
    for listed in listed_tasks:
        if listed.number not in continues:
            continue
        task = by_number[continues[listed.number]]
        if (
            task.title == listed.cells.title
            or alike(task.title, listed.cells.title)
            or alike(row_cells(task).measures, listed.cells.measures)
        ):
            pairs.append((task, listed))
    return pairs


def _measure_changes(task: Task, listed: ListedTask) -> MeasureChanges:
    stored = {measure.ordinal: measure for measure in task.measures.all()}
    texts = dict(enumerate(listed.measures, start=1))
    continues = same_texts(
        {ordinal: measure_without_mark(one.text, ordinal) for ordinal, one in stored.items()},
        {ordinal: measure_without_mark(text, ordinal) for ordinal, text in texts.items()},
    )
    kept_ordinals = set(continues.values())
    return MeasureChanges(
        kept=tuple(
            (stored[continues[ordinal]], ordinal, text)
            for ordinal, text in texts.items()
            if ordinal in continues
        ),
        added=tuple((ordinal, text) for ordinal, text in texts.items() if ordinal not in continues),
        dropped=tuple(one for ordinal, one in stored.items() if ordinal not in kept_ordinals),
    )


def _held_by(model: type[models.Model], ids: Collection[int]) -> dict[int, list[str]]:
    """Ids of rows that others forbid to delete (on_delete=PROTECT), with what these others are.

    Asked of the models rather than of the reports by name: this app knows nothing of those.
    """
    held: defaultdict[int, list[str]] = defaultdict(list)
    if not ids:
        return held
    for relation in model._meta.related_objects:
        if relation.on_delete is not models.PROTECT:
            continue
        holders = relation.related_model._base_manager.filter(**{f"{relation.field.name}__in": ids})
        for pk in holders.values_list(relation.field.attname, flat=True).distinct():
            held[pk].append(str(relation.related_model._meta.verbose_name))
    return held

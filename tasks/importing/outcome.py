"""What an import tells whoever ran it."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from tasks.importing.plan import ChangedTask, ImportPlan
from tasks.listing import OfficialList
from tasks.listing.differences import text_difference
from tasks.listing.known_agencies import FixtureAgency
from tasks.models import ResponsibilityRole


@dataclass(frozen=True, slots=True)
class CellChange:
    """One cell of a row, as it was and as it is."""

    name: str
    before: str
    after: str

    def __str__(self) -> str:
        return f"{self.name}: {text_difference(self.before, self.after)}"


@dataclass(frozen=True, slots=True)
class TaskChange:
    """A task whose row changed; `number` is the one it had before.

    `set_aside` are agencies that were changed since the last list and give way to this one's.
    """

    number: int
    cells: tuple[CellChange, ...]
    set_aside: str = ""

    @property
    def only_renumbered(self) -> bool:
        return [cell.name for cell in self.cells] == ["number"]

    def lines(self) -> Iterator[str]:
        yield f"task {self.number} changed"
        yield from (f"    {cell}" for cell in self.cells)
        if self.set_aside:
            yield f"    agencies changed since the last list give way: {self.set_aside}"


@dataclass(frozen=True, slots=True)
class NamedTask:
    number: int
    title: str


@dataclass(frozen=True, slots=True)
class Totals:
    """What the list holds."""

    chapters: int
    tasks: int
    measures: int
    agencies: int
    leads: int
    co_responsibilities: int


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import changed, or with `dry_run` would change.

    `created`, `updated`, `unchanged` and `dropped` count tasks; `changes` show what is different in
    each updated one.
    """

    dry_run: bool
    totals: Totals
    created: int
    updated: int
    unchanged: int
    dropped: int
    new_tasks: tuple[NamedTask, ...]
    changes: tuple[TaskChange, ...]
    dropped_tasks: tuple[NamedTask, ...]
    chapter_changes: tuple[CellChange, ...]
    new_agencies: tuple[str, ...]

    @property
    def changes_nothing(self) -> bool:
        return not (
            self.created
            or self.updated
            or self.dropped
            or self.chapter_changes
            or self.new_agencies
        )

    @property
    def digest(self) -> str:
        """The same for what would change and for what changed, and another for anything else."""
        return hashlib.sha256(repr(replace(self, dry_run=False)).encode()).hexdigest()

    def lines(self) -> Iterator[str]:
        """The outcome for a person to read, a line at a time, in English."""
        totals = self.totals
        yield (
            f"The list holds {totals.chapters} chapters, {totals.tasks} tasks, {totals.measures} "
            f"measures and {totals.agencies} agencies with {totals.leads} lead and "
            f"{totals.co_responsibilities} co-responsibilities."
        )
        if self.new_agencies:
            yield f"New agencies: {len(self.new_agencies)}."
        # On the first import everything is new, and the counts say all.
        if self.updated or self.unchanged or self.dropped:
            yield from (str(change) for change in self.chapter_changes)
            yield from (f"task {one.number} is new: {one.title}" for one in self.new_tasks)
        for one in self.dropped_tasks:
            yield f"task {one.number} is dropped, nothing was reported on it: {one.title}"
        for first, last, new_first in self.renumbered():
            span = len(range(first, last))
            if span:
                yield f"tasks {first} to {last} are now {new_first} to {new_first + span}"
            else:
                yield f"task {first} is now {new_first}"
        for change in self.changes:
            if not change.only_renumbered:
                yield from change.lines()
        yield (
            f"Tasks: created {self.created}, updated {self.updated}, dropped {self.dropped}, "
            f"unchanged {self.unchanged}."
        )
        if self.dry_run:
            yield "This was a dry run: nothing was written."
        elif self.changes_nothing:
            yield "Nothing changed, nothing was written."

    def renumbered(self) -> list[tuple[int, int, int]]:
        """Runs of tasks that moved together and say the same: first, last, new number of first."""
        runs: list[tuple[int, int, int]] = []
        for change in sorted(self.changes, key=lambda one: one.number):
            if not change.only_renumbered:
                continue
            number, moved_to = change.number, int(change.cells[0].after)
            if runs:
                first, last, new_first = runs[-1]
                if number == last + 1 and moved_to - number == new_first - first:
                    runs[-1] = (first, number, new_first)
                    continue
            runs.append((number, number, moved_to))
        return runs


def outcome_of(
    plan: ImportPlan, *, absent_agencies: tuple[FixtureAgency, ...], dry_run: bool
) -> ImportOutcome:
    return ImportOutcome(
        dry_run=dry_run,
        totals=_totals(plan.official_list),
        created=len(plan.created),
        updated=len(plan.changed),
        unchanged=plan.unchanged,
        dropped=len(plan.dropped),
        new_tasks=tuple(NamedTask(one.number, one.cells.title) for one in plan.created),
        changes=tuple(
            TaskChange(int(one.before.number), _cells(one), one.set_aside) for one in plan.changed
        ),
        dropped_tasks=tuple(NamedTask(one.number, one.title) for one in plan.dropped),
        chapter_changes=tuple(_chapter_changes(plan)),
        new_agencies=tuple(one.name for one in absent_agencies),
    )


def _totals(official_list: OfficialList) -> Totals:
    tasks = official_list.tasks
    roles = Counter(agency.role for task in tasks for agency in task.agencies)
    return Totals(
        chapters=len(official_list.chapters),
        tasks=len(tasks),
        measures=sum(len(task.measures) for task in tasks),
        agencies=len({agency.name for task in tasks for agency in task.agencies}),
        leads=roles[ResponsibilityRole.LEAD],
        co_responsibilities=roles[ResponsibilityRole.CO],
    )


def _cells(one: ChangedTask) -> tuple[CellChange, ...]:
    before, after = one.before, one.listed.cells
    cells = (
        CellChange("number", before.number, after.number),
        CellChange("chapter", str(one.chapter_before.number), str(one.listed.chapter_number)),
        CellChange("task", before.title, after.title),
        CellChange("measures", before.measures, after.measures),
        CellChange("agencies", before.agencies, after.agencies),
    )
    return tuple(cell for cell in cells if cell.before != cell.after)


def _chapter_changes(plan: ImportPlan) -> Iterable[CellChange]:
    titles = plan.official_list.chapters
    stored = plan.chapter_titles
    for number in sorted(titles.keys() | stored.keys()):
        before, after = stored.get(number, ""), titles.get(number, "")
        if before != after:
            yield CellChange(f"chapter {number}", before, after)

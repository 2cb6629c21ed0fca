"""What the list said when a period was closed: what its documents go on saying (`KeptList`).

Pages name tasks as the list does today, since they lead to them; a document of a closed period is
read years later, and made again it has to say the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from progress.lights import ReportDue, light_of
from progress.models import KeptList, ReportingPeriod
from progress.rollups.answering import AgencyPart, agencies_kept
from progress.rollups.counted import calendar_read, policy_read, register_kept
from progress.rollups.errata import ErratumRow
from progress.rollups.rows import MeasureRow, TaskRow, agencies_of_role, reading_day
from tasks.listing import agencies_read, measures_split
from tasks.models import Division, ResponsibilityRole, Status, Task, TaskRevision


@dataclass(frozen=True, slots=True)
class ListedTask:
    """A task as the list had it: `measures` are ids and texts in order."""

    id: int
    number: int
    title: str
    chapter_number: int
    open_ended: bool
    measures: Sequence[tuple[int, str]]


@dataclass(frozen=True, slots=True)
class ListThen:
    """The list as the period keeps it, tasks by their ids."""

    period: ReportingPeriod
    chapters: Mapping[int, str]
    tasks: Mapping[int, ListedTask]

    def erratum_rows(self, errata: Sequence[ErratumRow]) -> list[ErratumRow]:
        """The errata with the numbers that their tasks had."""
        return [
            replace(one, task_number=self.tasks[one.task_id].number)
            if one.task_id in self.tasks
            else one
            for one in errata
        ]

    def task_rows(self, rows: Sequence[TaskRow], *, is_whole: bool) -> list[TaskRow]:
        """The rows in the words and the order of then; of the whole list also what left it since.

        Nothing had been reported on that, nor was it given a deadline: else it would be there.
        """
        said = [self._row(row) for row in rows]
        if is_whole:
            known = {row.id for row in rows}
            said += self._rows_dropped([one for pk, one in self.tasks.items() if pk not in known])
        return sorted(said, key=lambda row: row.number)

    def measure_rows(
        self, measures: Mapping[int, Sequence[MeasureRow]]
    ) -> dict[int, list[MeasureRow]]:
        """The measures of each task in the words of then, by the task's id, dropped ones too."""
        found = {pk: list(rows) for pk, rows in measures.items() if pk not in self.tasks}
        for pk, task in self.tasks.items():
            rows = {row.id: row for row in measures.get(pk, ())}
            found[pk] = [
                rows[measure_id]._replace(text=text)
                if measure_id in rows
                else MeasureRow(
                    id=measure_id,
                    task_id=pk,
                    ordinal=place,
                    text=text,
                    deadline=None,
                    original_deadline=None,
                    status=Status.NOT_STARTED,
                    progress="",
                )
                for place, (measure_id, text) in enumerate(task.measures, start=1)
            ]
        return found

    def _row(self, row: TaskRow) -> TaskRow:
        task = self.tasks.get(row.id)
        if task is None:
            return row
        return replace(
            row,
            number=task.number,
            title=task.title,
            chapter_number=task.chapter_number,
            chapter_title=self.chapters[task.chapter_number],
            open_ended=task.open_ended,
        )

    def _rows_dropped(self, dropped: Sequence[ListedTask]) -> list[TaskRow]:
        if not dropped:
            return []
        period = self.period
        assert period.closed_at is not None
        reading = light_of(
            status=Status.NOT_STARTED,
            deadline=None,
            completed_on=None,
            report=ReportDue(period.due_on, None, is_closed=True),
            today=reading_day(period, today=period.due_on),
            policy=policy_read(period),
            calendar=calendar_read(period),
        )
        parts: Mapping[int, Sequence[AgencyPart]] = agencies_kept(period) or {}
        return [
            TaskRow(
                id=task.id,
                number=task.number,
                title=task.title,
                chapter_number=task.chapter_number,
                chapter_title=self.chapters[task.chapter_number],
                division=parts[task.id][0].division if task.id in parts else Division.LEAD_COMPILES,
                open_ended=task.open_ended,
                deadline=None,
                original_deadline=None,
                status=Status.NOT_STARTED,
                completed_on=None,
                light=reading.light,
                light_reason=reading.reason,
                leads=agencies_of_role(parts.get(task.id, ()), ResponsibilityRole.LEAD),
                cos=agencies_of_role(parts.get(task.id, ()), ResponsibilityRole.CO),
                measures={Status.NOT_STARTED: len(task.measures)},
                due_on=period.due_on,
                handed_in_on=None,
                report_id=None,
                report_state=None,
                reporting_known=True,
            )
            for task in dropped
        ]


def list_then(period: ReportingPeriod) -> ListThen | None:
    """What the list said when the period was closed: one statement.

    None of a period that is open or read as things stand today, which is today's list, and of one
    that an earlier release closed, until it is filled in.
    """
    if period.is_open or period.as_it_stands:
        return None
    words = KeptList.objects.filter(period=period).values_list("words", flat=True).first()
    if words is None:
        return None
    return ListThen(
        period=period,
        chapters=dict(words["chapters"]),
        tasks={
            pk: ListedTask(pk, number, title, chapter, open_ended, [(m, said) for m, said in each])
            for pk, number, title, chapter, open_ended, each in words["tasks"]
        },
    )


def words_of_list() -> dict[str, Any]:
    """What the list says now, in the shape of `KeptList.words`.

    One statement, so that a list that is imported meanwhile is in it as a whole or not at all.
    """
    chapters: dict[int, str] = {}
    tasks: dict[int, list[Any]] = {}
    for (
        pk,
        number,
        title,
        chapter,
        chapter_title,
        open_ended,
        measure,
        text,
    ) in Task.objects.order_by("number", "measures__ordinal").values_list(
        "pk",
        "number",
        "title",
        "chapter__number",
        "chapter__title",
        "open_ended",
        "measures__pk",
        "measures__text",
    ):
        chapters[chapter] = chapter_title
        task = tasks.setdefault(pk, [pk, number, title, chapter, open_ended, []])
        if measure is not None:
            task[-1].append([measure, text])
    return {"chapters": [list(one) for one in sorted(chapters.items())], "tasks": [*tasks.values()]}


def words_at_closing(period: ReportingPeriod) -> dict[str, Any]:
    """The same as of the closing, of a period that an earlier release closed: read back from what
    revised lists have replaced since. Numbers are today's, and what was dropped has left no words.
    """
    words = words_of_list()
    register = register_kept(period) or {}
    since = TaskRevision.objects.filter(replaced_at__gt=period.closed_at).order_by("-number")
    # The first one after the closing knows what held until then.
    replaced = {one.task_id: one for one in since}
    named = {number for number, _title in words["chapters"]}
    for task in words["tasks"]:
        one = replaced.get(task[0])
        if one is None:
            continue
        task[2] = one.title
        task[3] = one.chapter_number if one.chapter_number in named else task[3]
        task[4] = agencies_read(one.agencies_cell).open_ended
        texts = measures_split(one.measures_cell)
        if len(texts) == len(register.get(task[0], ())):
            task[5] = [list(pair) for pair in zip(register[task[0]], texts, strict=True)]
    if register:
        words["tasks"] = [task for task in words["tasks"] if task[0] in register]
    return words

"""数据: one row for each measure, nothing merged, dates as dates and numbers as numbers."""

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from progress.lights import Light
from progress.models import Paper
from progress.rollups import MeasureRow
from progress.workbooks.report.book import Book, Sheet
from progress.workbooks.report.content import ProgressContent, TaskEntry
from progress.workbooks.report.words import files, labels, leads_and_cos, reporting
from tasks.models import Division, Status

Value = str | int | dt.date | None


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the flat sheet; the public edition leaves the `internal` ones out.

    What is not `of_measure` is the same in all rows of a task, and worked out once.
    """

    heading: str
    width: float
    value: Callable[[TaskEntry, MeasureRow], Value]
    internal: bool = False
    of_measure: bool = False


def data_write(book: Book, content: ProgressContent, *, paper: Paper) -> None:
    """Add the sheet, with filters on its one row of headings."""
    sheet = book.long_sheet(pgettext("sheet", "Data"))
    columns = [one for one in columns_of(content) if content.is_internal or not one.internal]
    for at, column in enumerate(columns):
        sheet.worksheet.set_column(at, at, column.width)
        sheet.text(0, at, column.heading, "flat_heading")
    sheet.worksheet.set_row(0, 22)
    row = 1
    for task in content.tasks:
        of_task: dict[int, Value] = {}
        for measure in task.measures:
            for at, column in enumerate(columns):
                if column.of_measure or at not in of_task:
                    of_task[at] = column.value(task, measure)
                _write(sheet, row, at, of_task[at])
            sheet.worksheet.set_row(row, 16)
            row += 1
        sheet.rows_end()
    sheet.worksheet.autofilter(0, 0, max(row - 1, 1), len(columns) - 1)
    sheet.worksheet.freeze_panes(1, 0)
    sheet.worksheet.hide_gridlines(0)  # which prints them
    sheet.printed_across(paper, repeated=(0, 0))


def _write(sheet: Sheet, row: int, column: int, value: Value) -> None:
    if isinstance(value, dt.date):
        sheet.day(row, column, value, "flat_day")
    elif isinstance(value, int):
        sheet.number(row, column, value, "flat")
    elif value:
        sheet.text(row, column, value, "flat")


def columns_of(content: ProgressContent) -> list[Column]:
    """All columns in their order."""
    period, day = content.period, content.day
    divisions, statuses, lights = labels(Division), labels(Status), labels(Light)

    def said(name: str) -> Callable[[TaskEntry, MeasureRow], Value]:
        return lambda task, _measure: getattr(task.texts, name) if task.texts else ""

    return [
        Column(pgettext("column", "Period"), 10, lambda _t, _m: period.code),
        Column(pgettext("column", "As of"), 12, lambda _t, _m: day),
        Column(pgettext("column", "Chapter no."), 8, lambda t, _m: t.row.chapter_number),
        Column(pgettext("column", "Chapter"), 24, lambda t, _m: t.row.chapter_title),
        Column(pgettext("column", "Task no."), 8, lambda t, _m: t.row.number),
        Column(pgettext("column", "Pilot task"), 40, lambda t, _m: t.row.title),
        Column(pgettext("column", "Measure no."), 8, lambda _t, m: m.ordinal, of_measure=True),
        Column(pgettext("column", "Measure"), 50, lambda _t, m: m.text, of_measure=True),
        Column(pgettext("column", "Lead"), 20, lambda t, _m: leads_and_cos(t.row)[0]),
        Column(pgettext("column", "Co-responsible"), 30, lambda t, _m: leads_and_cos(t.row)[1]),
        Column(
            pgettext("column", "Division of labour"),
            16,
            lambda t, _m: divisions[t.row.division],
        ),
        Column(pgettext("column", "Deadline of the task"), 14, lambda t, _m: t.row.deadline),
        Column(
            pgettext("column", "Original deadline of the task"),
            14,
            lambda t, _m: t.row.original_deadline,
            internal=True,
        ),
        Column(
            pgettext("column", "Deadline of the measure"),
            14,
            lambda _t, m: m.deadline,
            of_measure=True,
        ),
        Column(
            pgettext("column", "Status of the task"),
            12,
            lambda t, _m: statuses[t.row.status],
        ),
        Column(
            pgettext("column", "Status of the measure"),
            12,
            lambda _t, m: statuses[m.status],
            of_measure=True,
        ),
        Column(
            pgettext("column", "Completed on"), 12, lambda t, _m: t.row.completed_on, internal=True
        ),
        Column(
            pgettext("column", "Light"),
            10,
            lambda t, _m: lights[t.row.light],
            internal=True,
        ),
        Column(
            pgettext("column", "Reason of the light"),
            30,
            lambda t, _m: t.row.light_reason,
            internal=True,
        ),
        Column(
            pgettext("column", "Report due"), 12, lambda t, _m: _known(t, "due_on"), internal=True
        ),
        Column(
            pgettext("column", "Report handed in"),
            12,
            lambda t, _m: _known(t, "handed_in_on"),
            internal=True,
        ),
        Column(
            pgettext("column", "State of the report"),
            20,
            lambda t, _m: reporting(t.row),
            internal=True,
        ),
        Column(
            pgettext("column", "Progress this period"),
            60,
            lambda _t, m: m.progress,
            of_measure=True,
        ),
        Column(pgettext("column", "Problems"), 30, said("problems"), internal=True),
        Column(pgettext("column", "Next steps"), 30, said("next_steps"), internal=True),
        Column(_("Matters to coordinate"), 30, said("coordination"), internal=True),
        Column(pgettext("column", "Evidence"), 30, lambda t, _m: files(t.evidence), internal=True),
        Column(
            pgettext("column", "Counts as task"),
            10,
            lambda t, m: int(m is t.measures[0]),
            of_measure=True,
        ),
    ]


def _known(task: TaskEntry, name: str) -> Value:
    """A fact of handing in, shown where the reader may know of this task's."""
    value: Value = getattr(task.row, name)
    return value if task.row.reporting_known else None

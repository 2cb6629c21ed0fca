"""Laying the content out on a sheet: one row a measure, what belongs to the task merged down."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from progress.workbooks.cells import (
    MOST_LINES,
    height_of,
    printed_on_a3,
    styles_add,
    text_write,
)
from progress.workbooks.content import MeasureEntry, ProgressContent, TaskEntry
from progress.workbooks.text_lines import lines_of

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

# Half-width characters of the body font, in the order of `content.headings`.
WIDTHS = (5, 30, 40, 12, 14, 11, 8, 10, 44, 16, 17, 10)
(NUMBER, TITLE, MEASURE, LEADS, COS, DEADLINE, STATUS, LIGHT, PROGRESS, PROBLEMS, STEPS, REMARK) = (
    range(1, 13)
)
# What is said of the task as a whole, and so stands once for all rows of its measures.
OF_TASK = (NUMBER, TITLE, LEADS, COS, DEADLINE, LIGHT, PROBLEMS, STEPS, REMARK)
CENTRED = (NUMBER, DEADLINE, STATUS, LIGHT)


TITLE_ROW, PERIOD_ROW, NOTICE_ROW, HEADER_ROW = 1, 2, 3, 4


@dataclass(slots=True)
class SheetRow:
    """One row of the sheet: a stretch of one measure's progress, and how many lines it holds."""

    progress: str
    lines: int


def sheet_write(workbook: "Workbook", content: ProgressContent) -> None:
    """Fill the workbook's first sheet, ready to print on A3 in landscape."""
    sheet = workbook.active
    assert sheet is not None
    sheet.title = _("Progress")
    styles_add(workbook)
    _page_set_up(sheet)
    _head_write(sheet, content)
    at = HEADER_ROW + 1
    for chapter in content.chapters:
        _band_write(sheet, at, chapter.heading, "band", width=sum(WIDTHS))
        at += 1
        for task in chapter.tasks:
            at = _task_write(sheet, at, task)
    for note in content.notes:
        _band_write(sheet, at, note, "note", width=sum(WIDTHS))
        at += 1


def _page_set_up(sheet: "Worksheet") -> None:
    from openpyxl.utils import get_column_letter

    for column, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    printed_on_a3(sheet, header_row=HEADER_ROW)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, MEASURE)


def _head_write(sheet: "Worksheet", content: ProgressContent) -> None:
    for row, text, style, height in (
        (TITLE_ROW, content.title, "title", 36),
        (PERIOD_ROW, content.period_line, "period", 22),
        (NOTICE_ROW, content.notice, "notice", 18),
    ):
        text_write(sheet, row, 1, text, style)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(WIDTHS))
        sheet.row_dimensions[row].height = height
    for column, heading in enumerate(content.headings, start=1):
        text_write(sheet, HEADER_ROW, column, heading, "heading")
    sheet.row_dimensions[HEADER_ROW].height = 34


def _band_write(sheet: "Worksheet", row: int, text: str, style: str, *, width: int) -> None:
    text_write(sheet, row, 1, text, style)
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(WIDTHS))
    sheet.row_dimensions[row].height = height_of(max(len(lines_of(text, width)), 1) + 0.4)


def _task_write(sheet: "Worksheet", first: int, task: TaskEntry) -> int:
    """Write a task from row `first` on; returns the row after it."""
    texts = _texts_of_task(task)
    blocks = [_rows_of_measure(measure) for measure in task.measures]
    needed = max(_lines(text, column) for column, text in texts.items())
    _rows_stretch(blocks, needed)
    at = first
    for measure, rows in zip(task.measures, blocks, strict=True):
        end = at + len(rows) - 1
        _merged_write(sheet, at, end, MEASURE, measure.text)
        _merged_write(sheet, at, end, STATUS, measure.status)
        for row, stretch in enumerate(rows, start=at):
            text_write(sheet, row, PROGRESS, stretch.progress, "text")
            sheet.row_dimensions[row].height = height_of(stretch.lines)
        at = end + 1
    for column, text in texts.items():
        _merged_write(sheet, first, at - 1, column, text)
    return at


def _texts_of_task(task: TaskEntry) -> dict[int, str]:
    return dict(
        zip(
            OF_TASK,
            (
                str(task.number),
                task.title,
                task.leads,
                task.cos,
                task.deadline,
                task.light,
                task.problems,
                task.next_steps,
                task.remark,
            ),
            strict=True,
        )
    )


def _rows_of_measure(measure: MeasureEntry) -> list[SheetRow]:
    """As many rows as the measure needs: past Excel's highest row its progress goes on below."""
    said = lines_of(measure.progress, WIDTHS[PROGRESS - 1])
    rows = [
        SheetRow("".join(stretch).removesuffix("\n"), len(stretch))
        for stretch in _stretches(said, MOST_LINES)
    ]
    _rows_stretch([rows], _lines(measure.text, MEASURE))
    return rows


def _rows_stretch(blocks: Sequence[list[SheetRow]], needed: int) -> None:
    """Make the rows higher, evenly, until they hold `needed` lines; add rows once none can."""
    rows = [row for block in blocks for row in block]
    missing = needed - sum(row.lines for row in rows)
    while missing > 0:
        growing = [row for row in rows if row.lines < MOST_LINES]
        if not growing:
            blocks[-1].append(SheetRow("", min(missing, MOST_LINES)))
            missing -= MOST_LINES
            continue
        share = max(missing // len(growing), 1)
        for row in growing:
            more = min(share, MOST_LINES - row.lines, missing)
            row.lines += more
            missing -= more


def _stretches(lines: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(lines), size):
        yield lines[start : start + size]


def _lines(text: str, column: int) -> int:
    return len(lines_of(text, WIDTHS[column - 1]))


def _merged_write(sheet: "Worksheet", first: int, last: int, column: int, text: str) -> None:
    text_write(sheet, first, column, text, "centred" if column in CENTRED else "text")
    if last > first:
        sheet.merge_cells(start_row=first, end_row=last, start_column=column, end_column=column)

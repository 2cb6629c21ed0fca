"""The sheet as it goes out: each task and measure with its deadline, and two cells to fill in."""

import datetime as dt
from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from progress.rollups import TaskRow
from progress.workbooks.archive import workbook_bytes
from progress.workbooks.cells import height_of, printed_across, styles_add, text_write
from progress.workbooks.deadlines.keys import key_of
from progress.workbooks.text_lines import lines_of
from tasks.models import Measure, Task

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

NEW_DEADLINE: Promise = gettext_lazy("New deadline (fill in)")
REASON: Promise = gettext_lazy("Reason (fill in)")
TITLE_ROW, HOW_ROW, NOTICE_ROW, HEADER_ROW = 1, 2, 3, 4
WIDTHS = (6, 8, 56, 20, 14, 18, 30)
TEXT_COLUMN, NOW_COLUMN, NEW_COLUMN, REASON_COLUMN, KEY_COLUMN = 3, 5, 6, 7, 8
TO_FILL = "FFFFF9E5"
DAY_FORMAT = "yyyy-mm-dd"


def deadline_workbook(
    *, rows: Sequence[TaskRow], tasks: Sequence[Task], now: dt.datetime, language: str
) -> bytes:
    """These tasks with their measures, as the bytes of an .xlsx file to be filled in.

    `tasks` are those of `rows`, their measures prefetched. All cells but the two to fill in are
    locked, without a password: locking keeps slips out, and the hidden signed key whatever else.
    """
    from openpyxl import Workbook

    by_number = {task.number: task for task in tasks}
    with translation.override(language):
        workbook = Workbook()
        workbook.properties.title = _("Deadlines to fill in")
        styles_add(workbook)
        sheet = workbook.active
        assert sheet is not None
        sheet.title = _("Deadlines")
        _head_write(sheet)
        at = HEADER_ROW
        for row in rows:
            task = by_number[row.number]
            at += 1
            leads = "、".join(lead.short_name for lead in row.leads)
            _row_write(sheet, at, task, number=row.number, words=("", task.title, leads))
            for measure in task.measures.all():
                at += 1
                said = _("Measure %(ordinal)s") % {"ordinal": measure.ordinal}
                words = (said, measure.text, "")
                _row_write(sheet, at, measure, number=row.number, words=words)
        _protect(sheet, at)
        return workbook_bytes(workbook, now=now)


def deadline_sheet_name(*, today: dt.date, language: str) -> str:
    """The file's name, such as 完成时限填报表_2026-11-24.xlsx."""
    with translation.override(language):
        return _("Deadlines_%(day)s.xlsx") % {"day": today.isoformat()}


def _head_write(sheet: "Worksheet") -> None:
    last = REASON_COLUMN
    for letter, width in zip("ABCDEFG", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.column_dimensions["H"].hidden = True
    how = _(
        "Fill in the two last columns alone: a day such as 2026-12-31, 2026年12月31日 or "
        "2026年12月底, or “取消” to take the deadline away; and why. Rows that are left empty stay "
        "as they are."
    )
    for row, text, style, height in (
        (TITLE_ROW, _("Deadlines to fill in"), "title", 36.0),
        (HOW_ROW, how, "note", height_of(len(lines_of(how, sum(WIDTHS))))),
        (NOTICE_ROW, _("Classified content must not be entered."), "notice", 18.0),
    ):
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=last)
        text_write(sheet, row, 1, text, style)
        sheet.row_dimensions[row].height = height
    headings = (
        _("No."),
        _("Measure"),
        _("Pilot task or measure"),
        _("Lead"),
        _("Deadline now"),
        str(NEW_DEADLINE),
        str(REASON),
    )
    for column, heading in enumerate(headings, start=1):
        text_write(sheet, HEADER_ROW, column, heading, "heading")
    printed_across(sheet, header_row=HEADER_ROW)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, TEXT_COLUMN)


def _row_write(
    sheet: "Worksheet", at: int, row: Task | Measure, *, number: int, words: tuple[str, str, str]
) -> None:
    from openpyxl.styles import PatternFill, Protection

    ordinal, text, leads = words
    style = "band" if isinstance(row, Task) else "text"
    sheet.cell(at, 1, number).style = "centred"
    text_write(sheet, at, 2, ordinal, "centred")
    text_write(sheet, at, TEXT_COLUMN, text, style)
    text_write(sheet, at, 4, leads, "text")
    now = sheet.cell(at, NOW_COLUMN, row.deadline)
    now.style, now.number_format = "centred", DAY_FORMAT
    for column, fill_style in ((NEW_COLUMN, "centred"), (REASON_COLUMN, "text")):
        cell = sheet.cell(at, column)
        cell.style = fill_style
        cell.protection = Protection(locked=False)
        cell.fill = PatternFill("solid", fgColor=TO_FILL)
    sheet.cell(at, NEW_COLUMN).number_format = DAY_FORMAT
    sheet.cell(at, KEY_COLUMN, key_of(row))
    most = len(lines_of(text, WIDTHS[TEXT_COLUMN - 1]))
    sheet.row_dimensions[at].height = min(height_of(most), 409)


def _protect(sheet: "Worksheet", last_row: int) -> None:
    sheet.auto_filter.ref = f"A{HEADER_ROW}:G{max(last_row, HEADER_ROW + 1)}"
    sheet.protection.sheet = True
    # Said the other way round in the format: what is not forbidden.
    sheet.protection.autoFilter = sheet.protection.sort = False
    sheet.protection.formatColumns = sheet.protection.formatRows = False

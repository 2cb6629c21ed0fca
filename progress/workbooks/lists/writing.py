"""The register's list as a workbook, in the columns in which it is read again."""

import datetime as dt
from collections.abc import Iterable
from itertools import groupby
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.translation import gettext as _

from progress.workbooks.archive import workbook_bytes
from progress.workbooks.cells import height_of, printed_across, styles_add, text_write
from progress.workbooks.text_lines import lines_of
from tasks.listing import COLUMNS, chinese_numeral, row_cells
from tasks.models import Task, TaskQuerySet

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

WIDTHS = (6, 44, 80, 30)
TITLE = "天津市加快推进服务业扩大开放综合试点任务清单"
TITLE_ROW, HEADER_ROW = 1, 2


def list_workbook(*, tasks: TaskQuerySet, now: dt.datetime) -> bytes:
    """The list as the register has it, as the bytes of an .xlsx file: what the official table says,
    in the same four columns. Imported as it is, it changes nothing. A few statements."""
    from openpyxl import Workbook

    rows = tasks.order_by("number").select_related("chapter")
    rows = rows.prefetch_related("measures", "responsibilities")
    # The list's own words, whatever the reader's language: they are what is read again.
    with translation.override("zh-hans"):
        workbook = Workbook()
        workbook.properties.title = TITLE
        styles_add(workbook)
        sheet = workbook.active
        assert sheet is not None
        sheet.title = "任务清单"
        _sheet_write(sheet, rows)
        return workbook_bytes(workbook, now=now)


def list_name(*, today: dt.date) -> str:
    """The file's name, such as 试点任务清单_2026-11-24.xlsx."""
    return _("List_of_tasks_%(day)s.xlsx") % {"day": today.isoformat()}


def _sheet_write(sheet: "Worksheet", tasks: Iterable[Task]) -> None:
    for letter, width in zip("ABCD", WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    printed_across(sheet, header_row=HEADER_ROW)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 2)
    sheet.merge_cells(start_row=TITLE_ROW, end_row=TITLE_ROW, start_column=1, end_column=4)
    text_write(sheet, TITLE_ROW, 1, TITLE, "title")
    sheet.row_dimensions[TITLE_ROW].height = 36
    for column, heading in enumerate(COLUMNS, start=1):
        text_write(sheet, HEADER_ROW, column, heading, "heading")
    row = HEADER_ROW
    for chapter, its in groupby(tasks, key=lambda task: task.chapter):
        row += 1
        text_write(sheet, row, 1, f"{chinese_numeral(chapter.number)}、{chapter.title}", "band")
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=4)
        for task in its:
            row += 1
            cells = row_cells(task)
            number = sheet.cell(row, 1, task.number)
            number.style = "centred"
            texts = (cells.title, cells.measures, cells.agencies)
            for column, text in enumerate(texts, start=2):
                text_write(sheet, row, column, text, "text")
            most = max(len(lines_of(text, WIDTHS[n])) for n, text in enumerate(texts, start=1))
            sheet.row_dimensions[row].height = min(height_of(most), 409)

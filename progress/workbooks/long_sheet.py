"""A list of any length as a flat sheet: written row by row, so that memory does not grow with it.

It looks as `flat_sheet` does.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence

from django.utils.translation import gettext as _

from progress.models import Paper
from progress.workbooks.cells import MOST_LINES, height_of
from progress.workbooks.flat_sheet import Column, day_line, sheet_title
from progress.workbooks.report.book import LONGEST_TEXT, Book, Sheet
from progress.workbooks.report.words import title
from progress.workbooks.text_lines import lines_of

TITLE_ROW, DAY_ROW, NOTICE_ROW, HEADER_ROW, FIRST_ROW = range(5)
FROZEN_COLUMNS = 2


def long_list_workbook(
    *,
    name: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[str]],
    count: int,
    filters: Sequence[str],
    today: dt.date,
    now: dt.datetime,
    on_row: Callable[[int], None],
) -> bytes:
    """A list of this name as the bytes of an .xlsx file, in the language that is active.

    `count` says how many rows there are, `filters` in words what narrowed them; `on_row` is told of
    each row that is written, and what it raises ends the writing.
    """
    line = day_line(count=count, filters=filters, today=today)
    book = Book(now=now, title=sheet_title(name), subject=line, author=str(title()), is_long=True)
    sheet = book.long_sheet(name)
    _set_up(sheet, columns, count)
    last = len(columns)
    width = sum(column.width for column in columns)
    for row, text, style, height in (
        (TITLE_ROW, sheet_title(name), "title", 36.0),
        (DAY_ROW, line, "as_of", height_of(len(lines_of(line, width)) + 0.4)),
        (NOTICE_ROW, _("Classified content must not be entered."), "notice", 18.0),
    ):
        sheet.worksheet.set_row(row, height)
        sheet.merged(row, 0, row, last, text, style)
    sheet.worksheet.set_row(HEADER_ROW, 34)
    for place, heading in enumerate([_("Serial no."), *(str(one.heading) for one in columns)]):
        sheet.text(HEADER_ROW, place, heading, "heading")
    for number, cells in enumerate(rows, start=1):
        _row_write(sheet, columns, number, cells)
        sheet.rows_end()
        on_row(number)
    return book.close()


def _set_up(sheet: Sheet, columns: Sequence[Column], count: int) -> None:
    sheet.worksheet.set_column(0, 0, 7)
    for place, column in enumerate(columns, start=1):
        sheet.worksheet.set_column(place, place, column.width)
    sheet.worksheet.freeze_panes(FIRST_ROW, FROZEN_COLUMNS)
    sheet.worksheet.autofilter(HEADER_ROW, 0, HEADER_ROW + max(count, 1), len(columns))
    sheet.printed_across(Paper.A3, repeated=(HEADER_ROW, HEADER_ROW))


def _row_write(sheet: Sheet, columns: Sequence[Column], number: int, cells: Sequence[str]) -> None:
    at = HEADER_ROW + number
    lines = max(
        len(lines_of(text, column.width)) for column, text in zip(columns, cells, strict=True)
    )
    # Before its cells, as whoever writes row by row has to.
    sheet.worksheet.set_row(at, height_of(min(lines, MOST_LINES)))
    sheet.text(at, 0, str(number), "centred")
    for place, (column, text) in enumerate(zip(columns, cells, strict=True), start=1):
        sheet.text(at, place, text[:LONGEST_TEXT], "centred" if column.is_centred else "text")

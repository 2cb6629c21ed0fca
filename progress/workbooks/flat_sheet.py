"""A list as a flat sheet: a row an entry, ready to be filtered, printed and laid on a table."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from progress.workbooks.cells import (
    MOST_LINES,
    height_of,
    printed_across,
    styles_add,
    text_write,
)
from progress.workbooks.text_lines import lines_of

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

TITLE_ROW, DAY_ROW, NOTICE_ROW, HEADER_ROW = 1, 2, 3, 4
# The running number and the first column stay in sight.
FROZEN_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, and its width in half-width characters."""

    heading: str | Promise
    width: int
    is_centred: bool = True


def sheet_write(
    workbook: "Workbook",
    *,
    name: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    filters: Sequence[str],
    today: dt.date,
) -> None:
    """Fill the workbook's first sheet with the rows; `filters` says in words what narrowed them."""
    sheet = workbook.active
    assert sheet is not None
    sheet.title = name
    styles_add(workbook)
    _page_set_up(sheet, columns)
    _head_write(sheet, columns, name, len(rows), filters, today)
    for number, row in enumerate(rows, start=1):
        _row_write(sheet, HEADER_ROW + number, columns, number, row)
    sheet.auto_filter.ref = (
        f"A{HEADER_ROW}:{_letter(len(columns) + 1)}{HEADER_ROW + max(len(rows), 1)}"
    )


def sheet_title(name: str) -> str:
    """What stands over the sheet."""
    return _("Pilot tasks: %(register)s") % {"register": name}


def day_line(*, count: int, filters: Sequence[str], today: dt.date) -> str:
    """As of which day, how many entries, and what narrowed them, in words."""
    line = _("As of %(day)s") % {"day": formats.date_format(today, _("F j, Y"))}
    number = ngettext("%(count)d entry", "%(count)d entries", count) % {"count": count}
    parts = [line, number]
    if filters:
        # A part of the register must never be taken for the whole of it.
        parts.append(_("Narrowed by: %(filters)s") % {"filters": _("; ").join(filters)})
    return "    ".join(parts)


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))


def _page_set_up(sheet: "Worksheet", columns: Sequence[Column]) -> None:
    sheet.column_dimensions["A"].width = 6
    for place, column in enumerate(columns, start=2):
        sheet.column_dimensions[_letter(place)].width = column.width
    printed_across(sheet, header_row=HEADER_ROW)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, FROZEN_COLUMNS + 1)


def _head_write(
    sheet: "Worksheet",
    columns: Sequence[Column],
    name: str,
    count: int,
    filters: Sequence[str],
    today: dt.date,
) -> None:
    width = sum(column.width for column in columns)
    line = day_line(count=count, filters=filters, today=today)
    for row, text, style, height in (
        (TITLE_ROW, sheet_title(name), "title", 36.0),
        (DAY_ROW, line, "period", height_of(len(lines_of(line, width)) + 0.4)),
        (NOTICE_ROW, _("Classified content must not be entered."), "notice", 18.0),
    ):
        text_write(sheet, row, 1, text, style)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(columns) + 1)
        sheet.row_dimensions[row].height = height
    text_write(sheet, HEADER_ROW, 1, _("Serial no."), "heading")
    for place, column in enumerate(columns, start=2):
        text_write(sheet, HEADER_ROW, place, str(column.heading), "heading")
    sheet.row_dimensions[HEADER_ROW].height = 34


def _row_write(
    sheet: "Worksheet", at: int, columns: Sequence[Column], number: int, row: Sequence[str]
) -> None:
    text_write(sheet, at, 1, str(number), "centred")
    lines = 1
    for place, (column, text) in enumerate(zip(columns, row, strict=True), start=2):
        text_write(sheet, at, place, text, "centred" if column.is_centred else "text")
        lines = max(lines, len(lines_of(text, column.width)))
    sheet.row_dimensions[at].height = height_of(min(lines, MOST_LINES))

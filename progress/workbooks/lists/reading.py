"""A list in a workbook as the text that `tasks.listing` reads: a line for each row of the sheet.

Line and row have the same number, so that a fault of a line names its row, and one of a column its
cell. Nothing of what a list means is decided here.
"""

import datetime as dt
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.translation import gettext as _

from progress.pasted_text import pasted_text_cleaned
from progress.workbooks.reading import (
    CellError,
    ReadCell,
    ReadSheet,
    ReadWorkbook,
    Value,
    WorkbookRefused,
    letters_of,
)
from tasks.listing import COLUMNS, Fault

# Rows above the header: a title, a date, an empty row.
MOST_ROWS_ABOVE = 30
_BROKEN_LINE = re.compile(r"\s*[\n\t]\s*")


@dataclass(frozen=True, slots=True)
class ListSheet:
    """The list's text in UTF-8, what keeps its cells from being read, and its first column."""

    content: bytes
    faults: tuple[Fault, ...]
    first: int

    def place_of(self, fault: Fault) -> str:
        """Where people find it: D17, or the row where no cell alone is meant; "" for neither."""
        if fault.line is None:
            return ""
        if fault.column is None:
            return _("row %(row)d") % {"row": fault.line}
        return f"{letters_of(self.first + fault.column)}{fault.line}"


def list_sheet_read(workbook: ReadWorkbook) -> ListSheet:
    """Find the list among the sheets and read its cells. Raises WorkbookRefused where none or more
    than one has its header."""
    found = [(sheet, place) for sheet in workbook.sheets for place in _header(sheet)]
    shown = [(sheet, place) for sheet, place in found if not sheet.is_hidden]
    if not shown:
        raise WorkbookRefused(
            _("No sheet that is shown has the header of a list: %(columns)s.")
            % {"columns": "、".join(COLUMNS)}
        )
    if len(shown) > 1:
        raise WorkbookRefused(
            _("Several sheets hold a list: %(sheets)s. Leave the one that holds from now on.")
            % {"sheets": "、".join(sheet.name for sheet, _place in shown)}
        )
    ((sheet, (header_row, first)),) = shown
    reader = _Reader(sheet, header_row, first)
    lines = reader.lines()
    return ListSheet("\n".join(lines).encode(), tuple(reader.faults), first)


def _header(sheet: ReadSheet) -> Iterator[tuple[int, int]]:
    """The row and first column of the sheet's first header, if it has one."""
    for _seen, (row, cells) in zip(range(MOST_ROWS_ABOVE), sheet.rows(), strict=False):
        for cell in cells:
            following = sheet.value(row, cell.column + 1)
            if _is(cell.value, COLUMNS[0]) and _is(following, COLUMNS[1]):
                yield row, cell.column
                return


def _is(value: Value, column: str) -> bool:
    return isinstance(value, str) and "".join(value.split()).startswith(column)


class _Reader:
    def __init__(self, sheet: ReadSheet, header_row: int, first: int) -> None:
        self.faults: list[Fault] = []
        self._sheet, self._header_row, self._first = sheet, header_row, first

    def lines(self) -> list[str]:
        lines: list[str] = []
        for offset in range(len(COLUMNS)):
            if self._sheet.column_is_hidden(self._first + offset):
                text = _("column %(column)s is hidden; show it, so that all can be looked at")
                letters = letters_of(self._first + offset)
                self.faults.append(Fault(None, text % {"column": letters}))
        for row, cells in self._sheet.rows():
            if row < self._header_row:
                continue
            lines += [""] * (row - len(lines) - 1)
            lines.append(self._line(row, cells))
        return lines

    def _line(self, row: int, cells: list[ReadCell]) -> str:
        texts = [""] * len(COLUMNS)
        for cell in cells:
            column = cell.column - self._first
            text = self._text(cell, column)
            if 0 <= column < len(COLUMNS):
                texts[column] = text
            elif text:
                text = _("stands beside the list's four columns; empty it")
                self.faults.append(Fault(row, text, column))
        if not any(texts):
            return ""
        if "".join(texts[0].split()) == COLUMNS[0]:
            texts = ["".join(text.split()) for text in texts]
        if row in self._sheet.hidden_rows:
            self.faults.append(
                Fault(row, _("this row is hidden or filtered out; show it, or delete it"))
            )
        return "\t".join(texts)

    def _text(self, cell: ReadCell, column: int) -> str:
        """What the list says in this cell; what it cannot say is a fault."""
        value = cell.value
        if cell.is_formula:
            return self._refused(cell, column, _("holds a formula; put its value in its place"))
        if isinstance(value, CellError):
            return self._refused(cell, column, _("holds the error %(error)s") % {"error": value})
        if isinstance(value, bool):
            return self._refused(cell, column, _("holds TRUE or FALSE in place of a text"))
        if isinstance(value, dt.date | dt.time):
            return self._refused(
                cell,
                column,
                _("holds a date or a time; give the cell the format “Text”, type it again"),
            )
        if isinstance(value, int | float):
            return str(value)
        if value is None:
            return ""
        # A line that is broken goes on, as does a row that the pages of the original broke.
        text = _BROKEN_LINE.sub("", pasted_text_cleaned(value)).strip()
        if column == 0 and text:
            plain = "".join(unicodedata.normalize("NFKC", text).split())
            return plain if plain.isascii() and plain.isdigit() else text
        return text

    def _refused(self, cell: ReadCell, column: int, text: str) -> str:
        self.faults.append(Fault(cell.row, text, column))
        return ""

"""The sheet as it comes back: which rows were filled in, and what is wrong with them, by cell."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from progress.pasted_text import pasted_text_cleaned
from progress.workbooks.deadlines.days import DayUnclear, day_read
from progress.workbooks.deadlines.keys import RowKey, key_read, looks_like_a_key
from progress.workbooks.deadlines.writing import NEW_DEADLINE, REASON
from progress.workbooks.reading import (
    CellError,
    ReadSheet,
    ReadWorkbook,
    WorkbookRefused,
    letters_of,
)
from tasks.deadlines import LONGEST_REASON


@dataclass(frozen=True, slots=True)
class DeadlineLine:
    """A row that was filled in: of which task or measure, its deadline when the sheet went out,
    the day it shall have (None: none any more), and why ("": for the reason of all).

    `place` is the cell of the day, `reason_place` that of the reason.
    """

    subject: str
    place: str
    reason_place: str
    was: dt.date | None
    day: dt.date | None
    reason: str


@dataclass(frozen=True, slots=True)
class DeadlineSheet:
    """The rows that were filled in, in the order of the sheet, and each fault with its cell."""

    lines: tuple[DeadlineLine, ...]
    faults: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where the sheet has its header row, what is to be filled in, and the keys."""

    header_row: int
    day: int
    reason: int
    key: int


def deadline_sheet_read(workbook: ReadWorkbook) -> DeadlineSheet:
    """Raises WorkbookRefused where no sheet is one of ours, or where its hidden column is gone."""
    found = [(sheet, columns) for sheet in workbook.sheets for columns in _columns(sheet)]
    if not found:
        raise WorkbookRefused(
            _(
                "This is no sheet of deadlines, or it has lost its headings or its hidden column. "
                "Download the sheet again and fill that one in."
            )
        )
    if len(found) > 1:
        raise WorkbookRefused(
            _("Several sheets hold deadlines: %(sheets)s. Leave the one that holds from now on.")
            % {"sheets": "、".join(sheet.name for sheet, _columns in found)}
        )
    ((sheet, columns),) = found
    reader = _Reader(sheet, columns)
    lines = tuple(reader.lines())
    return DeadlineSheet(lines, tuple(reader.faults))


def _columns(sheet: ReadSheet) -> Iterator[_Columns]:
    keys = [
        cell
        for cell in sheet.cells.values()
        if isinstance(cell.value, str) and looks_like_a_key(cell.value)
    ]
    if not keys:
        return
    days, reasons = _headings(NEW_DEADLINE), _headings(REASON)
    for row, cells in sheet.rows():
        said = {
            "".join(cell.value.split()): cell.column
            for cell in cells
            if isinstance(cell.value, str)
        }
        day = next((said[one] for one in days if one in said), None)
        reason = next((said[one] for one in reasons if one in said), None)
        if day is not None and reason is not None:
            yield _Columns(row, day, reason, keys[0].column)
            return


def _headings(heading: Promise) -> set[str]:
    """The heading in each language, without its spaces: who fills it in may read another one."""
    headings = set()
    for code, _name in settings.LANGUAGES:
        with translation.override(code):
            headings.add("".join(str(heading).split()))
    return headings


class _Reader:
    def __init__(self, sheet: ReadSheet, columns: _Columns) -> None:
        self.faults: list[tuple[str, str]] = []
        self._sheet, self._columns = sheet, columns
        self._seen: dict[str, str] = {}

    def lines(self) -> Iterator[DeadlineLine]:
        for row, _cells in self._sheet.rows():
            if row <= self._columns.header_row:
                continue
            place = f"{letters_of(self._columns.day)}{row}"
            reason_place = f"{letters_of(self._columns.reason)}{row}"
            merged = self._merged_fault(row, self._columns.day) or self._merged_fault(
                row, self._columns.reason
            )
            reason = self._reason(row, reason_place)
            if self._is_empty(row):
                if reason:
                    text = _(
                        "says no day, though a reason stands beside it; fill it in or empty both"
                    )
                    self.faults.append((place, text))
                continue
            key = self._key(row, place)
            day = self._day(row, place)
            if key is not None and day is not _NOT_READ and not merged:
                assert day is None or isinstance(day, dt.date)
                yield DeadlineLine(key.subject, place, reason_place, key.was, day, reason)

    def _is_empty(self, row: int) -> bool:
        cell = self._sheet.cells.get((row, self._columns.day))
        if cell is None or cell.is_formula:
            return cell is None
        return isinstance(cell.value, str) and not cell.value.strip()

    def _merged_fault(self, row: int, column: int) -> bool:
        over = self._sheet.merge_of(row, column)
        if over is None:
            return False
        if (row, column) == (over.top, max(over.left, column)):
            text = _("is merged with others (%(cells)s); unmerge them and fill each in")
            self.faults.append((f"{letters_of(column)}{row}", text % {"cells": over}))
        return True

    def _key(self, row: int, place: str) -> RowKey | None:
        written = self._sheet.value(row, self._columns.key)
        key = key_read(written) if isinstance(written, str) else None
        if key is None:
            text = _(
                "stands in a row that is none of this sheet's; download the sheet again and fill "
                "in its own rows"
            )
            self.faults.append((place, text))
            return None
        first = self._seen.setdefault(key.subject, place)
        if first != place:
            text = _("stands in a copy of the row of %(cell)s; leave one of the two")
            self.faults.append((place, text % {"cell": first}))
            return None
        return key

    def _day(self, row: int, place: str) -> object:
        cell = self._sheet.cells[row, self._columns.day]
        if cell.is_formula:
            self.faults.append((place, _("holds a formula; put its value in its place")))
            return _NOT_READ
        try:
            return day_read(cell.value)
        except DayUnclear as unclear:
            self.faults.append((place, str(unclear)))
            return _NOT_READ

    def _reason(self, row: int, place: str) -> str:
        cell = self._sheet.cells.get((row, self._columns.reason))
        if cell is None:
            return ""
        if cell.is_formula:
            self.faults.append((place, _("holds a formula; put its value in its place")))
            return ""
        if isinstance(cell.value, CellError):
            self.faults.append((place, _("holds the error %(error)s") % {"error": cell.value}))
            return ""
        reason = pasted_text_cleaned("" if cell.value is None else str(cell.value)).strip()
        if len(reason) > LONGEST_REASON:
            text = _("The text has %(length)d characters; %(limit)d are allowed.")
            self.faults.append((place, text % {"length": len(reason), "limit": LONGEST_REASON}))
        return reason


# A day that could not be read; None is a day too: that there shall be none.
_NOT_READ = object()

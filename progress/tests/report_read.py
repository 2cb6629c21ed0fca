"""A progress report read back, sheet by sheet, as a reader of Excel finds it."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from openpyxl import load_workbook
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.worksheet.worksheet import Worksheet

FORM, CHAPTERS, AGENCIES, DATA, NOTES = (
    "进展情况表",
    "章节汇总",
    "责任单位汇总",
    "数据",
    "口径说明",
)
# Rows of the sheets as openpyxl counts them, from 1.
FORM_HEADINGS, SUMMARY_HEADINGS = (5, 6), (3, 4)


@dataclass(frozen=True)
class ReportRead:
    """The workbook with its formulas, and once more with the values that they carry."""

    formulas: Workbook
    values: Workbook

    def sheet(self, name: str) -> Worksheet:
        return self.values[name]

    def summary(self, name: str) -> dict[str, dict[tuple[str, str], Any]]:
        """By the name in the second column the cells of each line, by group and heading."""
        sheet = self.values[name]
        headings = list(headings_of(sheet, SUMMARY_HEADINGS))
        lines = {}
        for row in sheet.iter_rows(min_row=SUMMARY_HEADINGS[1] + 1):
            label = row[1].value if row[1].value is not None else row[0].value
            lines[str(label)] = {
                headings[at]: cell.value for at, cell in enumerate(row[: len(headings)])
            }
            if row[0].value == "合计":
                return lines
        raise AssertionError("The sums are missing.")

    def data(self) -> list[dict[str, Any]]:
        rows = self.values[DATA].iter_rows(values_only=True)
        headings = [str(one) for one in next(rows)]
        return [dict(zip(headings, row, strict=True)) for row in rows]

    def rates(self) -> dict[tuple[str, str], tuple[int, int, Any]]:
        """Part, whole and value of each rate on the sheet of notes, by what it is of and name."""
        found = {}
        for row in self.values[NOTES].iter_rows(min_row=5, values_only=True):
            if row[0] is None:
                break
            found[str(row[0]), str(row[1])] = (row[3], row[4], row[5])
        return found

    def trend(self) -> dict[str, tuple[Any, ...]]:
        """By the period's code what the trend's table says of it; empty where there is none."""
        sheet = self.values[CHAPTERS]
        heads = [cell for row in sheet for cell in row if cell.value == "历期报送情况"]
        found: dict[str, tuple[Any, ...]] = {}
        for head in heads:
            for row in sheet.iter_rows(min_row=head.row + 2, min_col=head.column, values_only=True):
                if row[0] is None:
                    break
                found[str(row[0])] = row[1:]
        return found

    def texts(self, name: str) -> list[str]:
        sheet = self.values[name]
        return [str(cell.value) for row in sheet for cell in row if cell.value is not None]


def report_read(data: bytes) -> ReportRead:
    return ReportRead(load_workbook(BytesIO(data)), load_workbook(BytesIO(data), data_only=True))


def headings_of(sheet: Worksheet, rows: tuple[int, int]) -> Iterator[tuple[str, str]]:
    """Group and heading of each column that has one; what has no group is its own."""
    group = ""
    for column in range(1, sheet.max_column + 1):
        above, below = (sheet.cell(row, column).value for row in rows)
        if above is None and below is None:
            return
        group = str(above) if above is not None else group
        yield (group, str(below)) if below is not None else (group, "")


def entries_of(sheet: Worksheet) -> list[dict[str, Any]]:
    """The form's rows of measures: what is merged down a task stands in each of its rows."""
    columns = [below or above for above, below in headings_of(sheet, FORM_HEADINGS)]
    merged = {}
    for area in sheet.merged_cells.ranges:
        first = sheet.cell(area.min_row, area.min_col).value
        for row in range(area.min_row, area.max_row + 1):
            for column in range(area.min_col, area.max_col + 1):
                merged[row, column] = first
    entries = []
    for row in range(FORM_HEADINGS[1] + 1, sheet.max_row + 1):
        cells = [
            merged.get((row, column), sheet.cell(row, column).value)
            for column in range(1, len(columns) + 1)
        ]
        if isinstance(cells[0], int):
            entries.append(dict(zip(columns, cells, strict=True)))
    return entries


def computed(report: ReportRead) -> Iterator[tuple[str, str, Any, Any]]:
    """Sheet, cell, the value that each formula carries, and the one that it has, computed anew."""
    for sheet in report.formulas.worksheets:
        values = _values(report.values[sheet.title])
        for row in sheet.iter_rows():
            for cell in row:
                if cell.data_type == "f":
                    carried = values[cell.coordinate]
                    yield sheet.title, cell.coordinate, carried, _evaluate(str(cell.value), values)


def _values(sheet: Worksheet) -> Mapping[str, Any]:
    return {cell.coordinate: cell.value for row in sheet.iter_rows() for cell in row}


_SUM = re.compile(r"=SUM\(([A-Z]+)(\d+):([A-Z]+)(\d+)\)")
_RATE = re.compile(r'=IF\(([A-Z]+\d+)=0,"—",\(?([A-Z\d+]+)\)?/\1\)')
_DIFFERENCE = re.compile(r"=([A-Z]+\d+)-([A-Z]+\d+)")


def _evaluate(formula: str, values: Mapping[str, Any]) -> Any:
    """What the formula gives; all that a report uses, and nothing else, is understood."""
    if found := _SUM.fullmatch(formula):
        return sum(values[one] for one in _area(*found.groups()))
    if found := _RATE.fullmatch(formula):
        whole, parts = values[found[1]], found[2].split("+")
        return sum(values[one] for one in parts) / whole if whole else "—"
    found = _DIFFERENCE.fullmatch(formula)
    assert found, formula
    return values[found[1]] - values[found[2]]


def _area(left: str, top: str, right: str, bottom: str) -> Sequence[str]:
    from openpyxl.utils import column_index_from_string

    columns = range(column_index_from_string(left), column_index_from_string(right) + 1)
    return [
        f"{get_column_letter(column)}{row}"
        for column in columns
        for row in range(int(top), int(bottom) + 1)
    ]

"""A progress report read back, sheet by sheet, as a reader of Excel finds it."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cached_property
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


class ReportRead:
    """The workbook with its formulas, and apart from them the values that they carry."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @cached_property
    def formulas(self) -> Workbook:
        """All there is to a workbook, which takes openpyxl four times as long as its values."""
        return load_workbook(BytesIO(self.content))

    @cached_property
    def values(self) -> Mapping[str, Sequence[tuple[Any, ...]]]:
        """The rows of each sheet, by its name."""
        workbook = load_workbook(BytesIO(self.content), read_only=True, data_only=True)
        return {sheet.title: [*sheet.iter_rows(values_only=True)] for sheet in workbook}

    def entries(self) -> list[dict[str, Any]]:
        """The form's rows of measures; it has no formulas."""
        return entries_of(self.formulas[FORM])

    def summary(self, name: str) -> dict[str, dict[tuple[str, str], Any]]:
        """By the name in the second column the cells of each line, by group and heading."""
        rows = self.values[name]
        above, below = (rows[row - 1] for row in SUMMARY_HEADINGS)
        headings = list(_headings(zip(above, below, strict=True)))
        lines = {}
        for row in rows[SUMMARY_HEADINGS[1] :]:
            label = row[1] if row[1] is not None else row[0]
            lines[str(label)] = dict(zip(headings, row, strict=False))
            if row[0] == "合计":
                return lines
        raise AssertionError("The sums are missing.")

    def data(self) -> list[dict[str, Any]]:
        headings, *rows = self.values[DATA]
        return [dict(zip(map(str, headings), row, strict=True)) for row in rows]

    def rates(self) -> dict[tuple[str, str], tuple[int, int, Any]]:
        """Part, whole and value of each rate on the sheet of notes, by what it is of and name."""
        found = {}
        for row in self.values[NOTES][4:]:
            if row[0] is None:
                break
            found[str(row[0]), str(row[1])] = (row[3], row[4], row[5])
        return found

    def trend(self) -> dict[str, tuple[Any, ...]]:
        """By the period's code what the trend's table says of it; empty where there is none."""
        rows = self.values[CHAPTERS]
        found: dict[str, tuple[Any, ...]] = {}
        for at, row in enumerate(rows):
            if "历期报送情况" not in row:
                continue
            column = row.index("历期报送情况")
            for line in rows[at + 2 :]:
                if line[column] is None:
                    break
                found[str(line[column])] = line[column + 1 :]
        return found

    def texts(self, name: str) -> list[str]:
        return [str(value) for row in self.values[name] for value in row if value is not None]


def report_read(data: bytes) -> ReportRead:
    return ReportRead(data)


def headings_of(sheet: Worksheet, rows: tuple[int, int]) -> Iterator[tuple[str, str]]:
    """Group and heading of each column that has one; what has no group is its own."""
    columns = range(1, sheet.max_column + 1)
    yield from _headings([sheet.cell(row, column).value for row in rows] for column in columns)


def _headings(columns: Iterable[Sequence[Any]]) -> Iterator[tuple[str, str]]:
    group = ""
    for above, below in columns:
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


def _values(rows: Sequence[tuple[Any, ...]]) -> Mapping[str, Any]:
    return {
        f"{get_column_letter(column)}{number}": value
        for number, row in enumerate(rows, start=1)
        for column, value in enumerate(row, start=1)
    }


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

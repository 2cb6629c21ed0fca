"""A workbook as it was read: sheets, their cells, and what they say about themselves."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

from progress.workbooks.reading.values import Value

MOST_COLUMNS, MOST_ROWS = 16_384, 1_048_576
# Merged cells of more rows are no row's: they are looked through each time that somebody asks.
MOST_OF_ONE, TALL = 200, 0


def letters_of(column: int) -> str:
    """The letters of a column, counted from 1: 28 is AB."""
    letters = ""
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


class ReadCell(NamedTuple):
    """One cell that is not empty; rows and columns count from 1.

    Of a formula, `value` is what it last came to, if the file says so.
    """

    row: int
    column: int
    value: Value
    is_formula: bool = False

    @property
    def coordinate(self) -> str:
        """As people name it: E17."""
        return f"{letters_of(self.column)}{self.row}"


class Range(NamedTuple):
    """A rectangle of cells, both corners in it."""

    top: int
    left: int
    bottom: int
    right: int

    def holds(self, row: int, column: int) -> bool:
        return self.top <= row <= self.bottom and self.left <= column <= self.right

    @property
    def area(self) -> int:
        return (self.bottom - self.top + 1) * (self.right - self.left + 1)

    def places(self) -> Iterator[tuple[int, int]]:
        for row in range(self.top, self.bottom + 1):
            for column in range(self.left, self.right + 1):
                yield row, column

    def __str__(self) -> str:
        return f"{letters_of(self.left)}{self.top}:{letters_of(self.right)}{self.bottom}"


@dataclass(frozen=True)
class ReadSheet:
    """A sheet: what its cells hold by (row, column), in the order of the file, and which of them
    are formulas. A cell that is empty is not there, a formula without a value holds None."""

    name: str
    is_hidden: bool
    values: Mapping[tuple[int, int], Value]
    formulas: frozenset[tuple[int, int]] = frozenset()
    merged: tuple[Range, ...] = ()
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: tuple[tuple[int, int], ...] = ()

    @cached_property
    def cells(self) -> Mapping[tuple[int, int], ReadCell]:
        """The cells by (row, column), in the order of the file."""
        formulas = self.formulas
        return {
            (row, column): ReadCell(row, column, value, (row, column) in formulas)
            for (row, column), value in self.values.items()
        }

    @cached_property
    def _by_row(self) -> dict[int, list[ReadCell]]:
        found: dict[int, list[ReadCell]] = {}
        for cell in self.cells.values():
            found.setdefault(cell.row, []).append(cell)
        return {row: sorted(found[row]) for row in sorted(found)}

    def rows(self) -> Iterator[tuple[int, list[ReadCell]]]:
        """The rows that have cells, from the top, each with its cells from the left."""
        yield from self._by_row.items()

    def value(self, row: int, column: int) -> Value:
        """What stands there; None where nothing does."""
        return self.values.get((row, column))

    def merge_of(self, row: int, column: int) -> Range | None:
        """The merged cells this place is part of: all but the first have no value of their own."""
        near = (*self._merged_by_row.get(row, ()), *self._merged_by_row[TALL])
        return next((one for one in near if one.holds(row, column)), None)

    @cached_property
    def _merged_by_row(self) -> dict[int, list[Range]]:
        """The merged cells by each of their rows; those of very many rows once, under TALL."""
        found: dict[int, list[Range]] = {TALL: []}
        for one in self.merged:
            is_tall = one.bottom - one.top >= MOST_OF_ONE
            for row in (TALL,) if is_tall else range(one.top, one.bottom + 1):
                found.setdefault(row, []).append(one)
        return found

    def column_is_hidden(self, column: int) -> bool:
        return any(first <= column <= last for first, last in self.hidden_columns)


@dataclass(frozen=True, slots=True)
class ReadWorkbook:
    """The sheets in their order, the names defined in it, and the properties somebody added.

    `names` are those of the whole workbook with what they refer to, as written there
    (`Sheet1!$A$1`); `properties` those of docProps/custom.xml, as text.
    """

    sheets: tuple[ReadSheet, ...]
    names: Mapping[str, str] = field(default_factory=dict)
    properties: Mapping[str, str] = field(default_factory=dict)

    def sheet(self, name: str) -> ReadSheet | None:
        return next((one for one in self.sheets if one.name == name), None)

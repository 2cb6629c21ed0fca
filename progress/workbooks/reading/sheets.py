"""One sheet's part of the file: its cells, which are merged, and which rows are hidden."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from progress.workbooks.reading.contents import (
    MOST_COLUMNS,
    MOST_OF_ONE,
    MOST_ROWS,
    Range,
    ReadSheet,
    letters_of,
)
from progress.workbooks.reading.markup import Attributes, Budget, markup_read
from progress.workbooks.reading.refusal import broken, too_much
from progress.workbooks.reading.values import (
    CellError,
    Value,
    day_of,
    iso_day,
    number_read,
    text_of,
)

MOST_MERGED, MOST_HIDDEN_COLUMNS = 5_000, 1_000
# Of merged cells over very many rows.
MOST_TALL = 50
# Cells that are looked at for formulas over several.
MOST_COVERED = 2_000_000
_PLACE = re.compile(r"\$?([A-Z]{1,3})\$?([1-9][0-9]{0,6})")
_DIGITS = "0123456789"
_TRUE = ("1", "true", "on")
_COLUMNS: dict[str, int] = {}


def columns_by_letters() -> dict[str, int]:
    """The numbers of all columns, counted from 1, by their letters."""
    if not _COLUMNS:
        _COLUMNS.update((letters_of(number), number) for number in range(1, MOST_COLUMNS + 1))
    return _COLUMNS


def range_read(written: str) -> Range | None:
    """A rectangle such as A1:C3, or a single cell; None for what names none."""
    corners = [_PLACE.fullmatch(corner) for corner in written.split(":")]
    if len(corners) > 2:
        return None
    places: list[tuple[int, int]] = []
    for corner in corners:
        column = columns_by_letters().get(corner[1]) if corner else None
        if corner is None or column is None or int(corner[2]) > MOST_ROWS:
            return None
        places.append((int(corner[2]), column))
    (top, left), (bottom, right) = places[0], places[-1]
    return Range(min(top, bottom), min(left, right), max(top, bottom), max(left, right))


def sheet_read(  # noqa: C901 - three functions that share their variables
    pieces: Iterable[bytes],
    *,
    part: str,
    budget: Budget,
    name: str,
    is_hidden: bool,
    values: "Values",
) -> ReadSheet:
    """The sheet, of which everything is passed over that is not a cell's value.

    Here a workbook takes its time. The three functions that expat calls for each cell keep what
    they know in variables around them, which takes a third less than in an object.
    """
    found: dict[tuple[int, int], Value] = {}
    formulas: set[tuple[int, int]] = set()
    columns = columns_by_letters()
    rest = _Rest(name, budget)
    others = rest.starts()
    row, row_written, column = 0, "", 0
    kind, style = "n", "0"
    text: list[str] = []
    collects = has_value = is_formula = is_phonetic = False

    def start(tag: str, attributes: Attributes) -> None:
        nonlocal row, row_written, column, kind, style
        nonlocal collects, has_value, is_formula, is_phonetic
        if tag == "c":
            place = attributes.get("r")
            if place is None:
                place = letters_of(column + 1) + row_written
            letters = place.rstrip(_DIGITS)
            number = columns.get(letters)
            if number is None or not row or letters + row_written != place:
                raise broken(f"{name} {place}")
            column = number
            kind, style = attributes.get("t", "n"), attributes.get("s", "0")
            is_formula = has_value = False
        elif tag in ("v", "t"):
            collects = not is_phonetic
            has_value = True
        elif tag == "row":
            row = rest.row(attributes, row)
            row_written, column = str(row), 0
        elif tag == "rPh":
            is_phonetic = True
        elif tag in others:
            is_formula = tag == "f" or is_formula
            others[tag](attributes)

    def characters(piece: str) -> None:
        if collects:
            text.append(piece)

    def end(tag: str) -> None:
        nonlocal collects, is_phonetic
        if tag == "c":
            value: Value = None
            if has_value:
                written = text[0] if len(text) == 1 else "".join(text)
                text.clear()
                try:
                    value = values.read(written, kind, style)
                except (ValueError, IndexError, OverflowError) as error:
                    raise broken(f"{name} {letters_of(column)}{row}") from error
            if value is not None or is_formula:
                place = (row, column)
                if place in found:
                    # Programs disagree on which of the two they show.
                    raise broken(f"{name} {letters_of(column)}{row}")
                found[place] = value
                if is_formula:
                    formulas.add(place)
        elif tag in ("v", "t"):
            collects = False
        elif tag == "rPh":
            is_phonetic = False

    markup_read(pieces, part=part, budget=budget, start=start, end=end, text=characters)
    formulas.update(rest.covered(found))
    return ReadSheet(
        name=name,
        is_hidden=is_hidden,
        values=found,
        formulas=frozenset(formulas),
        merged=tuple(rest.merged),
        hidden_rows=frozenset(rest.hidden_rows),
        hidden_columns=tuple(rest.hidden_columns),
    )


class _Rest:
    """What a sheet says of its rows and columns, of merged cells, and of formulas over several."""

    def __init__(self, name: str, budget: Budget) -> None:
        self._name, self._budget = name, budget
        self.merged: list[Range] = []
        self.hidden_rows: set[int] = set()
        self.hidden_columns: list[tuple[int, int]] = []
        self._formulas: list[Range] = []
        self._tall = 0

    def starts(self) -> dict[str, Callable[[Attributes], None]]:
        return {"f": self._formula, "mergeCell": self._merge, "col": self._columns}

    def row(self, attributes: Attributes, before: int) -> int:
        """The number of the row that begins, which may go without saying."""
        written = attributes.get("r")
        row = before + 1 if written is None else int(written)
        if not 1 <= row <= MOST_ROWS:
            raise broken(f"{self._name} {written}")
        self._budget.rows -= 1
        if self._budget.rows < 0:
            raise too_much()
        if attributes.get("hidden") in _TRUE:
            self.hidden_rows.add(row)
        return row

    def _formula(self, attributes: Attributes) -> None:
        # One formula that fills several cells stands in the first of them.
        if attributes.get("t") in ("array", "dataTable"):
            over = range_read(attributes.get("ref", ""))
            if over is not None:
                self._formulas.append(over)

    def covered(self, found: Mapping[tuple[int, int], Value]) -> Iterator[tuple[int, int]]:
        """The cells that formulas over several fill."""
        looked_at = 0
        for over in self._formulas:
            looked_at += min(over.area, len(found))
            if looked_at > MOST_COVERED:
                raise too_much()
            if over.area < len(found):
                yield from (place for place in over.places() if place in found)
            else:
                yield from (place for place in found if over.holds(*place))

    def _merge(self, attributes: Attributes) -> None:
        written = attributes.get("ref", "")
        found = range_read(written)
        if found is None:
            raise broken(f"{self._name} {written}")
        self._tall += found.bottom - found.top >= MOST_OF_ONE
        if len(self.merged) >= MOST_MERGED or self._tall > MOST_TALL:
            raise too_much()
        self.merged.append(found)

    def _columns(self, attributes: Attributes) -> None:
        if attributes.get("hidden") in _TRUE:
            first, last = int(attributes.get("min", "0")), int(attributes.get("max", "0"))
            if len(self.hidden_columns) >= MOST_HIDDEN_COLUMNS:
                raise too_much()
            self.hidden_columns.append((first, last))


@dataclass(frozen=True, slots=True)
class Values:
    """What the values of cells rest on: the shared texts, which styles show days, and since when
    these are counted."""

    strings: Sequence[str]
    days: Sequence[bool]
    from_1904: bool

    def read(self, written: str, kind: str, style: str) -> Value:
        """What a cell holds. Raises ValueError or the like where that cannot be told."""
        if kind in ("inlineStr", "str"):
            return text_of(written) or None
        if kind == "s":
            return self.strings[_index(written)] or None
        if not written:
            return None
        if kind == "n":
            return self._number(written, style)
        if kind == "b":
            return written in _TRUE
        if kind == "d":
            return iso_day(written)
        if kind == "e":
            return CellError(written)
        raise ValueError(kind)

    def _number(self, written: str, style: str) -> Value:
        number = number_read(written)
        if isinstance(number, CellError) or not self.days[_index(style)]:
            return number
        return day_of(number, from_1904=self.from_1904)


def _index(written: str) -> int:
    number = int(written)
    if number < 0:
        raise ValueError
    return number

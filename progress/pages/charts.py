"""The geometry of charts: figures in, places in an inline SVG out.

Everything is in percent of the drawing's own width and height, so a chart is as wide as its place
while its words, marks and lines keep their size. Nothing here knows of colours or of a request.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from django.utils.functional import Promise

# A number of three figures needs this share of a bar that is 600 px wide.
NARROWEST_WITH_COUNT = 5.0
# Names at the ends of lines stand this far apart at least, in percent of the height.
NAMES_APART = 9.0
# More names than this, such as 2026-10, run into each other below one of two charts that stand side
# by side in a window of 1280 px.
MOST_NAMES = 8
# Shapes of the marks of series, in their order; the strokes of their lines likewise.
MARKS = ("circle", "square", "triangle", "diamond", "circle", "square")
DASHES = ("", "7 4", "2 4", "10 3 2 3", "4 2", "12 4")

Words = str | Promise


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: its kind (the end of a CSS class), name, count, where that is listed.

    `key` is "status-completed" or "light-red"; `address` is "" where nothing leads there.
    """

    key: str
    label: Words
    count: int
    address: str = ""


@dataclass(frozen=True, slots=True)
class BarRow:
    """One bar: its name, where that leads, and its parts in their order."""

    label: Words
    parts: Sequence[Part]
    address: str = ""
    total_address: str = ""

    @property
    def total(self) -> int:
        return sum(part.count for part in self.parts)


class Segment(NamedTuple):
    """A part with its place in the bar: from `x`, `width` wide; `middle` is where its count stands.

    `shows_count` is False where the part is too narrow for it.
    """

    part: Part
    x: float
    width: float
    middle: float
    shows_count: bool


@dataclass(frozen=True, slots=True)
class DrawnBar:
    """A bar with its parts in their places, and what they are in words."""

    row: BarRow
    segments: Sequence[Segment]

    @property
    def said(self) -> str:
        return ", ".join(f"{one.part.label} {one.part.count}" for one in self.segments)


@dataclass(frozen=True, slots=True)
class StackedBars:
    """Bars side by side of the same kinds of parts. `legend` has each kind once, with its sum."""

    bars: Sequence[DrawnBar]
    legend: Sequence[Part]


def stacked_bars(rows: Sequence[BarRow], *, to_scale: bool = False) -> StackedBars:
    """The bars of these rows, whose parts are of the same kinds in the same order.

    Each bar fills its line, so that shares can be compared; with `to_scale` the longest does, and
    the others are as long as their totals. A row of nothing has no segments.
    """
    largest = max((row.total for row in rows), default=0)
    bars = [DrawnBar(row, _segments(row, largest if to_scale else row.total)) for row in rows]
    legend = [
        Part(first.key, first.label, sum(row.parts[index].count for row in rows))
        for index, first in enumerate(rows[0].parts if rows else ())
    ]
    return StackedBars(bars, legend)


def _segments(row: BarRow, whole: int) -> list[Segment]:
    segments, before = [], 0
    for part in row.parts:
        if part.count:
            # From sums rather than from widths: rounding does not add up along the bar.
            x = round(100 * before / whole, 2)
            width = round(100 * (before + part.count) / whole - x, 2)
            middle = round(x + width / 2, 2)
            segments.append(Segment(part, x, width, middle, width >= NARROWEST_WITH_COUNT))
            before += part.count
    return segments


@dataclass(frozen=True, slots=True)
class Series:
    """A line: its name, the formula it is computed by, and a value for each place on the axis.

    A value is None where there is none: the line is broken there. `address` is where each value
    leads, but for the name of its place, which stands between the two; None where none leads.
    """

    label: str
    values: tuple[float | None, ...]
    formula: str = ""
    address: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Lines:
    """What a chart of lines shows: `series` over the places that `labels` name, from 0 up to `top`
    (100 for percent, else found)."""

    labels: tuple[str, ...]
    series: tuple[Series, ...]
    unit: str = "%"
    top: float | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """A word at an axis. `is_spare` ones are left out where there is little room."""

    at: float
    label: str
    is_spare: bool = False


class Point(NamedTuple):
    """A value at its place, and the name of that place."""

    x: float
    y: float
    label: str
    value: float


@dataclass(frozen=True, slots=True)
class DrawnSeries:
    """A line and what tells it apart: its number, the shape of its marks, the dashes of its line.

    `line` is its path. `name_at` is the height of its name at the end of the line, None where it
    has no point. `ends` are its first and its last point, which is one where there is no other, and
    `cells` its values with their places' names, as the table behind the chart shows them.
    """

    series: Series
    number: int
    mark: str
    is_full: bool
    dashes: str
    line: str
    points: Sequence[Point]
    name_at: float | None
    cells: Sequence[tuple[str, float | None]]

    @property
    def ends(self) -> Sequence[Point]:
        return [self.points[0], self.points[-1]] if len(self.points) > 1 else self.points


@dataclass(frozen=True, slots=True)
class LineChart:
    series: Sequence[DrawnSeries]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    labels: Sequence[str]
    unit: str


def line_chart(lines: Lines) -> LineChart:
    """The lines in their places.

    Raises ValueError for a series with another number of values than there are labels, and for
    more series than can be told apart.
    """
    labels, series, unit = lines.labels, lines.series, lines.unit
    if len(series) > len(MARKS):
        raise ValueError(f"{len(series)} series cannot be told apart; {len(MARKS)} can")
    for one in series:
        if len(one.values) != len(labels):
            raise ValueError(f"{one.label}: {len(one.values)} values for {len(labels)} places")
    known = [value for one in series for value in one.values if value is not None]
    top = lines.top
    ceiling = top if top is not None else 100.0 if unit == "%" else ceiling_of(known)
    places = [_place(index, len(labels)) for index in range(len(labels))]
    drawn = [
        _drawn(number, one, labels, places, ceiling=ceiling) for number, one in enumerate(series)
    ]
    return LineChart(
        _with_names_apart(drawn), _x_ticks(labels), _y_ticks(ceiling, unit), labels, unit
    )


def ceiling_of(values: Sequence[float]) -> float:
    """The round number at or above all of them: 1, 2, 4, 6 or 8 times a power of ten; 4 at least.

    So the four steps of the axis are numbers that people count in.
    """
    largest = max(values, default=0)
    if largest <= 4:
        return 4.0
    power = 10 ** math.floor(math.log10(largest))
    steps = (1, 2, 4, 6, 8, 10)
    return float(next(step * power for step in steps if step * power >= largest))


def _place(index: int, count: int) -> float:
    return round(100 * index / (count - 1), 2) if count > 1 else 50.0


def _drawn(
    number: int, series: Series, labels: Sequence[str], places: Sequence[float], *, ceiling: float
) -> DrawnSeries:
    points: list[Point] = []
    line: list[str] = []
    step = "M"
    for label, x, value in zip(labels, places, series.values, strict=True):
        if value is None:
            step = "M"
            continue
        y = round(100 - 100 * min(value, ceiling) / ceiling, 1)
        points.append(Point(x, y, label, value))
        line.append(f"{step}{x} {y}")
        step = "L"
    return DrawnSeries(
        series=series,
        number=number + 1,
        mark=MARKS[number],
        is_full=number % 2 == 0,
        dashes=DASHES[number],
        line="".join(line),
        points=points,
        name_at=points[-1].y if points else None,
        cells=list(zip(labels, series.values, strict=True)),
    )


def _with_names_apart(drawn: Sequence[DrawnSeries]) -> list[DrawnSeries]:
    """The same, with the names at the ends moved so far down or up that none covers another."""
    named = sorted(
        ((one.name_at, one.number) for one in drawn if one.name_at is not None),
    )
    heights: list[float] = []
    for at, _number in named:
        heights.append(max(at, heights[-1] + NAMES_APART) if heights else at)
    # What has been pushed out at the bottom comes back up, from the last one on.
    for index in range(len(heights) - 1, -1, -1):
        below = heights[index + 1] - NAMES_APART if index + 1 < len(heights) else 100.0
        heights[index] = round(min(heights[index], below), 2)
    moved = {number: at for (_at, number), at in zip(named, heights, strict=True)}
    return [replace(one, name_at=moved.get(one.number)) for one in drawn]


def _x_ticks(labels: Sequence[str]) -> list[Tick]:
    """Every label, or every second, third and so on; the last one always has its place.

    On a phone every other of those is spared, again counted from the last.
    """
    step = math.ceil(len(labels) / MOST_NAMES) or 1
    shown = [index for index in range(len(labels)) if (len(labels) - 1 - index) % step == 0]
    return [
        Tick(_place(index, len(labels)), labels[index], is_spare=(len(shown) - 1 - order) % 2 == 1)
        for order, index in enumerate(shown)
    ]


def _y_ticks(ceiling: float, unit: str) -> list[Tick]:
    return [Tick(100 - 25 * step, f"{ceiling * step / 4:g}{unit}") for step in range(5)]


@dataclass(frozen=True, slots=True)
class MatrixCell:
    """How many, where they are listed, and a line of small print below."""

    count: int
    address: str = ""
    said: Words = ""


@dataclass(frozen=True, slots=True)
class MatrixHead:
    """The name of a row or column, where it leads, and its full name where `label` is short."""

    label: Words
    address: str = ""
    title: Words = ""


@dataclass(frozen=True, slots=True)
class MatrixRow:
    head: MatrixHead
    cells: Sequence[MatrixCell | None]
    sum: MatrixCell


@dataclass(frozen=True, slots=True)
class Matrix:
    """Counts by two properties; None is no cell. `corner` names the rows, `sums` are by column.

    `foot` names the line of the sums where they are something else than what stands above them.
    """

    caption: Words
    corner: Words
    columns: Sequence[MatrixHead]
    rows: Sequence[MatrixRow]
    sums: Sequence[MatrixCell]
    total: MatrixCell
    foot: Words = ""

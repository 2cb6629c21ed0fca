"""The geometry of charts: figures in, places in an inline SVG out.

Everything is in percent of the drawing's own width and height, so a chart is as wide as its place
while its words and lines keep their size. Nothing here knows of colours or of a request.
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

    A value is None where there is none: the line is broken there. `addresses` are as many, or none.
    """

    label: Words
    values: Sequence[float | None]
    formula: Words = ""
    addresses: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Tick:
    """A word at an axis. `is_spare` ones are left out where there is little room."""

    at: float
    label: str
    is_spare: bool = False


class Stretch(NamedTuple):
    """A line from one point to the next."""

    x1: float
    y1: float
    x2: float
    y2: float


class Point(NamedTuple):
    """A value at its place, and what is `said` of it: "2026-10 完成率 62.5%"."""

    x: float
    y: float
    place_x: str
    place_y: str
    said: str


@dataclass(frozen=True, slots=True)
class DrawnSeries:
    """A line and what tells it apart: its number, the shape of its marks, the dashes of its line.

    `name_at` is the height of its name at the end of the line, None where it has no point. `said`
    are its values in words, one after the other, and `cells` the same with their addresses, as the
    table behind the chart shows them: "" where there is none.
    """

    series: Series
    number: int
    mark: str
    is_full: bool
    dashes: str
    stretches: Sequence[Stretch]
    points: Sequence[Point]
    name_at: float | None
    said: str
    cells: Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class LineChart:
    series: Sequence[DrawnSeries]
    x_ticks: Sequence[Tick]
    y_ticks: Sequence[Tick]
    labels: Sequence[str]


def line_chart(
    labels: Sequence[str], series: Sequence[Series], *, unit: str = "%", top: float | None = None
) -> LineChart:
    """Lines over the places that `labels` name, from 0 up to `top` (100 for percent, else found).

    Raises ValueError for a series with another number of values than there are labels, and for
    more series than can be told apart.
    """
    if len(series) > len(MARKS):
        raise ValueError(f"{len(series)} series cannot be told apart; {len(MARKS)} can")
    for one in series:
        if len(one.values) != len(labels):
            raise ValueError(f"{one.label}: {len(one.values)} values for {len(labels)} places")
    known = [value for one in series for value in one.values if value is not None]
    ceiling = top if top is not None else 100.0 if unit == "%" else ceiling_of(known)
    places = [_place(index, len(labels)) for index in range(len(labels))]
    drawn = [
        _drawn(number, one, labels, places, ceiling=ceiling, unit=unit)
        for number, one in enumerate(series)
    ]
    return LineChart(_with_names_apart(drawn), _x_ticks(labels), _y_ticks(ceiling, unit), labels)


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
    number: int,
    series: Series,
    labels: Sequence[str],
    places: Sequence[float],
    *,
    ceiling: float,
    unit: str,
) -> DrawnSeries:
    name = str(series.label)
    points: list[Point] = []
    stretches: list[Stretch] = []
    last: Point | None = None
    for at, x, value in zip(labels, places, series.values, strict=True):
        if value is None:
            last = None
            continue
        y = round(100 - 100 * min(value, ceiling) / ceiling, 2)
        point = Point(x, y, f"{x:g}%", f"{y:g}%", f"{at} {name} {value:g}{unit}")
        if last is not None:
            stretches.append(Stretch(last.x, last.y, x, y))
        points.append(point)
        last = point
    written = ["" if value is None else f"{value}{unit}" for value in series.values]
    return DrawnSeries(
        series=series,
        number=number + 1,
        mark=MARKS[number],
        is_full=number % 2 == 0,
        dashes=DASHES[number],
        stretches=stretches,
        points=points,
        name_at=points[-1].y if points else None,
        said=", ".join(f"{at} {value}" for at, value in zip(labels, written, strict=True) if value),
        cells=list(zip(written, series.addresses or [""] * len(labels), strict=True)),
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

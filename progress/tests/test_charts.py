"""The geometry of charts: where bars, lines and names stand."""

import itertools
from collections.abc import Sequence

import pytest

from progress.pages.charts import (
    BarRow,
    LineChart,
    Lines,
    Part,
    Series,
    ceiling_of,
    line_chart,
    stacked_bars,
)


def row(*counts: int) -> BarRow:
    return BarRow("一", [Part(f"status-{at}", str(at), count) for at, count in enumerate(counts)])


def lines(*values: Sequence[float | None], labels: Sequence[str] = ()) -> LineChart:
    """A series of each of these, "0", "1" and so on over such places, or over the `labels`."""
    places = tuple(labels) or tuple(str(n) for n in range(len(values[0])))
    return line_chart(
        Lines(places, tuple(Series(str(n), tuple(one)) for n, one in enumerate(values)))
    )


def test_the_parts_of_a_bar_meet_and_fill_it() -> None:
    (bar,) = stacked_bars([row(1, 1, 1)]).bars
    places = [(part.x, part.width) for part in bar.segments]
    assert places[0][0] == 0
    for (x, width), (following, _width) in itertools.pairwise(places):
        assert x + width == pytest.approx(following, abs=0.011)
    assert sum(places[-1]) == pytest.approx(100, abs=0.011)


def test_a_part_of_nothing_is_not_drawn_and_a_narrow_one_has_no_count() -> None:
    (bar,) = stacked_bars([row(0, 1, 99)]).bars
    assert [(part.part.count, part.shows_count) for part in bar.segments] == [
        (1, False),
        (99, True),
    ]


def test_to_scale_only_the_longest_bar_fills_its_line() -> None:
    long, short = stacked_bars([row(20), row(5)], to_scale=True).bars
    assert (long.segments[0].width, short.segments[0].width) == (100, 25)


def test_a_row_of_nothing_and_no_row_are_drawn_without_a_division_by_zero() -> None:
    assert stacked_bars([row(0, 0)]).bars[0].segments == []
    assert stacked_bars([]).legend == []


def test_the_legend_sums_each_kind() -> None:
    assert [part.count for part in stacked_bars([row(1, 2), row(3, 4)]).legend] == [4, 6]


def test_a_line_is_broken_where_there_is_no_value() -> None:
    (one,) = lines([10, None, 30, 40]).series
    assert [(point.label, point.value) for point in one.points] == [("0", 10), ("2", 30), ("3", 40)]
    assert one.line == "M0.0 90.0M66.67 70.0L100.0 60.0"


def test_a_line_is_told_by_its_first_and_its_last_value() -> None:
    many, single, nothing = lines([1, 2, None], [None, 2, None], [None, None, None]).series
    assert [point.value for point in many.ends] == [1, 2]
    assert [point.value for point in single.ends] == [2]
    assert not nothing.ends


def test_names_at_the_ends_of_lines_do_not_cover_each_other() -> None:
    chart = lines(*([50, at] for at in (0, 1, 2)))
    heights = sorted(one.name_at for one in chart.series if one.name_at is not None)
    assert all(b - a >= 8.9 for a, b in itertools.pairwise(heights))
    assert heights[-1] <= 100


def test_two_years_of_months_name_every_third_one_and_the_last() -> None:
    ticks = lines([1] * 24).x_ticks
    assert len(ticks) == 8
    assert (ticks[-1].label, ticks[-1].at, ticks[-1].is_spare) == ("23", 100, False)


def test_series_are_told_apart_without_colour() -> None:
    chart = lines(*([1] for _n in range(6)))
    assert len({(one.mark, one.is_full, one.dashes) for one in chart.series}) == 6
    with pytest.raises(ValueError, match="7 series"):
        lines(*([1] for _n in range(7)))


def test_a_series_has_a_value_for_each_place() -> None:
    with pytest.raises(ValueError, match="1 values for 2 places"):
        lines([1], labels=["1", "2"])


@pytest.mark.parametrize(
    ("largest", "ceiling"), [(0, 4), (3, 4), (7, 8), (11, 20), (61, 80), (131, 200)]
)
def test_an_axis_ends_at_a_round_number(largest: float, ceiling: float) -> None:
    assert ceiling_of([largest]) == ceiling

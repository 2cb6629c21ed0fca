"""The geometry of charts: where bars, lines and names stand."""

import itertools

import pytest

from progress.pages.charts import BarRow, Part, Series, ceiling_of, line_chart, stacked_bars


def row(*counts: int) -> BarRow:
    return BarRow("一", [Part(f"status-{at}", str(at), count) for at, count in enumerate(counts)])


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
    (one,) = line_chart(["1", "2", "3", "4"], [Series("率", [10, None, 30, 40])]).series
    assert len(one.points) == 3
    assert [(part.x1, part.x2) for part in one.stretches] == [(66.67, 100)]


def test_names_at_the_ends_of_lines_do_not_cover_each_other() -> None:
    chart = line_chart(["1", "2"], [Series(str(n), [50, at]) for n, at in enumerate((0, 1, 2))])
    heights = sorted(one.name_at for one in chart.series if one.name_at is not None)
    assert all(b - a >= 8.9 for a, b in itertools.pairwise(heights))
    assert heights[-1] <= 100


def test_two_years_of_months_name_every_third_one_and_the_last() -> None:
    labels = [str(n) for n in range(24)]
    ticks = line_chart(labels, [Series("率", [1] * 24)]).x_ticks
    assert len(ticks) == 8
    assert (ticks[-1].label, ticks[-1].at, ticks[-1].is_spare) == ("23", 100, False)


def test_series_are_told_apart_without_colour() -> None:
    chart = line_chart(["1"], [Series(str(n), [1]) for n in range(6)])
    assert len({(one.mark, one.is_full, one.dashes) for one in chart.series}) == 6
    with pytest.raises(ValueError, match="7 series"):
        line_chart(["1"], [Series(str(n), [1]) for n in range(7)])


def test_a_series_has_a_value_for_each_place() -> None:
    with pytest.raises(ValueError, match="1 values for 2 places"):
        line_chart(["1", "2"], [Series("率", [1])])


@pytest.mark.parametrize(
    ("largest", "ceiling"), [(0, 4), (3, 4), (7, 8), (11, 20), (61, 80), (131, 200)]
)
def test_an_axis_ends_at_a_round_number(largest: float, ceiling: float) -> None:
    assert ceiling_of([largest]) == ceiling

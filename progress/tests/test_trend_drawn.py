"""How lines over the periods are drawn: a mark for each value, and the table behind them."""

import re

from django.utils.translation import override

from progress.pages.charts import Lines, Series
from progress.templatetags.charts import trend_chart

LABELS = ("2026-09", "2026-10", "2026-11")


def test_each_value_has_a_mark_that_says_it_and_a_cell_that_leads_to_its_place() -> None:
    series = Series("率", (10.0, None, 62.5), "部分/全部", ("/tasks/?a=1&period=", "&status=b"))
    drawn = trend_chart(Lines(LABELS, (series,)), "rates", "比率")
    assert re.findall(
        r'<use href="#rates-1" x="([^"]+)" y="([^"]+)"><title>(.*?)</title>', drawn
    ) == [
        ("0.0%", "90.0%", "2026-09 率 10.0%"),
        ("100.0%", "37.5%", "2026-11 率 62.5%"),
    ]
    assert drawn.count('id="rates-1"') == 1
    assert re.findall(r'<td class="num">(.*?)</td>', drawn) == [
        '<a href="/tasks/?a=1&amp;period=2026-09&amp;status=b">10.0%</a>',
        "—",
        '<a href="/tasks/?a=1&amp;period=2026-11&amp;status=b">62.5%</a>',
    ]


def test_a_screen_reader_is_told_where_each_line_begins_and_ends() -> None:
    series = Series("率", (10.0, 50.0, 62.5))
    drawn = trend_chart(Lines(LABELS, (series,)), "rates", "比率")
    [said] = re.findall(r"<desc[^>]*>(.*?)</desc>", drawn)
    assert said.strip() == "率: 2026-09 10.0%, 2026-11 62.5%."
    assert "<a " not in drawn


def test_what_names_a_line_is_escaped() -> None:
    series = Series("<b>", (1.0,), "a < b", ('/?"<', ">"))
    drawn = trend_chart(Lines(("<i>",), (series,), unit="<u>"), "rates", "<p>")
    assert not re.findall(r"<[bipu]>", drawn)
    assert '<a href="/?&quot;&lt;&lt;i&gt;&gt;">1.0&lt;u&gt;</a>' in drawn


def test_what_is_kept_of_a_chart_is_kept_by_language_and_by_all_that_it_shows() -> None:
    def drawn(last: float, language: str) -> str:
        with override(language):
            return trend_chart(Lines(("1", "2"), (Series("率", (1.0, last)),)), "rates", "比率")

    assert "查看数据表" in drawn(2.0, "zh-hans")
    assert "The numbers as a table" in drawn(2.0, "en")
    assert "3.0%" in drawn(3.0, "zh-hans")
    assert "3.0%" not in drawn(2.0, "zh-hans")

"""Words that were searched for are marked where they stand, and nothing typed becomes markup."""

import pytest

from progress.hits import held, marked_hits, snippet_of, words_of
from progress.templatetags.searching import snippet, with_hits


def test_words_are_divided_by_spaces_of_either_width_and_come_once() -> None:
    assert words_of(" 跨境　数据 跨境  QFLP qflp ") == ("跨境", "数据", "QFLP")
    assert words_of(" 　 ") == ()


@pytest.mark.parametrize(
    ("text", "words", "marked"),
    [
        ("跨境数据流动", ["数据"], "跨境<mark>数据</mark>流动"),
        ("数据", ["据"], "数<mark>据</mark>"),
        ("跨境外汇", ["跨境", "境外"], "<mark>跨境外</mark>汇"),
        ("跨境数据", ["跨境", "数据"], "<mark>跨境数据</mark>"),
        ("开展QFLP试点", ["qflp"], "开展<mark>QFLP</mark>试点"),
        ("比例50%以上", ["50%"], "比例<mark>50%</mark>以上"),
        ("a.b", ["."], "a<mark>.</mark>b"),
        ("无此词", ["数据"], "无此词"),
        ("数据", [], "数据"),
    ],
)
def test_each_place_is_marked_and_those_that_touch_together(
    text: str, words: list[str], marked: str
) -> None:
    assert with_hits(text, words) == marked


def test_no_text_and_no_word_becomes_markup() -> None:
    text = '<script>alert("数据")</script> & <mark>'
    assert with_hits(text, ["数据"]) == (
        "&lt;script&gt;alert(&quot;<mark>数据</mark>&quot;)&lt;/script&gt; &amp; &lt;mark&gt;"
    )
    assert with_hits(text, ["<script>"]).startswith("<mark>&lt;script&gt;</mark>alert(")
    found = snippet_of(text, ["&"])
    assert found is not None
    assert "<script" not in snippet(found)
    assert "<mark>&amp;</mark>" in snippet(found)


def test_a_snippet_is_the_part_that_shows_most_of_the_words() -> None:
    text = f"数据{'一' * 200}跨境数据流动{'二' * 200}"
    found = snippet_of(text, ["跨境", "数据"])
    assert found is not None
    assert (found.cut_before, found.cut_after) == (True, True)
    shown = "".join(one.text for one in found.stretches)
    assert held(shown, ["跨境", "数据"]) == {"跨境", "数据"}
    assert len(shown) < 100
    assert snippet_of(text, ["港口"]) is None


def test_the_stretches_are_the_text() -> None:
    text = "推动跨境数据流动，\n跨境人民币"
    stretches = marked_hits(text, ["跨境", "人"])
    assert "".join(one.text for one in stretches) == text
    assert [one.text for one in stretches if one.is_hit] == ["跨境", "跨境人"]

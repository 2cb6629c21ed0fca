"""Differences between two texts, marked word by word."""

import itertools
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from progress import differences
from progress.differences import (
    LONGEST_SECONDS,
    Kind,
    Patience,
    likeness,
    marked_differences,
    nearly_the_same,
)

# What reports are made of, and what would be mistaken for a stand-in.
TEXTS = st.text(
    alphabet=st.sampled_from("由增加到项已印发，。\n 0123456789.%aBc😀\U000f0000\U000f0001")
)


def told(before: str, now: str) -> str:
    """The differences in plain characters: [-taken out-] and {+put in+}."""
    forms = {Kind.SAME: "{}", Kind.REMOVED: "[-{}-]", Kind.ADDED: "{{+{}+}}"}
    return "".join(
        forms[piece.kind].format(piece.text) for piece in marked_differences(before, now)
    )


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ("企业增加到12项", "企业增加到15项", "企业增加到[-12-]{+15+}项"),
        ("增长3.5%。", "增长4.5%。", "增长[-3.5%-]{+4.5%+}。"),
        ("累计1,200家", "累计1,300家", "累计[-1,200-]{+1,300+}家"),
        ("建成AI平台", "建成AIGC平台", "建成[-AI-]{+AIGC+}平台"),
        (
            "已印发要点，召开推进会。",
            "已印发要点，新增算力300P，召开推进会。",
            "已印发要点，{+新增算力300P，+}召开推进会。",
        ),
        ("第一段", "第一段\n第二段", "第一段{+\n第二段+}"),
        ("", "新的", "{+新的+}"),
        ("旧的", "", "[-旧的-]"),
        ("一样", "一样", "一样"),
        ("", "", ""),
    ],
)
def test_whole_words_and_numbers_are_marked(before: str, now: str, expected: str) -> None:
    assert told(before, now) == expected


def test_two_sentences_that_share_single_characters_read_as_two_sentences() -> None:
    assert told("举措已推进", "完全不同的内容。") == "[-举措已推进-]{+完全不同的内容。+}"


@settings(deadline=None)  # a machine under load is slow, which is not what is tested
@given(TEXTS, TEXTS)
def test_the_pieces_are_both_texts(before: str, now: str) -> None:
    pieces = marked_differences(before, now)
    assert "".join(p.text for p in pieces if p.kind != Kind.ADDED) == before
    assert "".join(p.text for p in pieces if p.kind != Kind.REMOVED) == now
    assert all(piece.text for piece in pieces)
    assert all(one.kind != other.kind for one, other in itertools.pairwise(pieces))


@settings(deadline=None)  # a machine under load is slow, which is not what is tested
@given(TEXTS, TEXTS)
def test_likeness_lies_between_nothing_and_all(before: str, now: str) -> None:
    share = likeness(before, now)
    assert 0 <= share <= 1
    assert (share == 1) == (before == now)
    assert nearly_the_same(before, now) == (share >= 0.95)


def test_a_number_at_the_end_of_one_text_is_not_read_into_the_other() -> None:
    pieces = marked_differences("累计3", "12项，累计3")
    assert [(p.kind, p.text) for p in pieces] == [(Kind.ADDED, "12项，"), (Kind.SAME, "累计3")]
    assert [(p.kind, p.text) for p in marked_differences("0", "00")] == [
        (Kind.REMOVED, "0"),
        (Kind.ADDED, "00"),
    ]


def test_one_number_in_a_long_text_leaves_it_nearly_the_same() -> None:
    text = "本期印发年度要点，新增智能算力{}P，组织供需对接会两次，服务企业六十余家。" * 2
    assert nearly_the_same(text.format(300, 10), text.format(320, 10))
    assert not nearly_the_same(text, "本期召开推进会，明确责任分工，下一步加快落实。")


def _long_texts() -> dict[str, tuple[str, str]]:
    chance = random.Random(1)  # noqa: S311 - texts to compare, no secret
    signs = [chr(code) for code in range(0x4E00, 0x4E00 + 900)]
    one, other = ("".join(chance.choices(signs, k=10_000)) for _ in range(2))
    return {
        "nothing in common": (one, other),
        "the same in another order": (one, "".join(chance.sample(one, len(one)))),
        "one sign over and over": ("甲" * 10_000, "乙" + "甲" * 5000 + "乙" + "甲" * 4998),
        "a short pattern": ("甲乙" * 5000, "丙" + "甲乙" * 4998 + "丁"),
        "numbers": ("12 " * 3333, "13 12 " * 1666),
        "a few changes": (one, one[:3000] + "换" + one[3001:7000] + one[7100:]),
    }


@pytest.mark.parametrize("name", _long_texts())
def test_the_longest_texts_are_compared_in_a_moment(name: str) -> None:
    before, now = _long_texts()[name]
    started = time.process_time()
    pieces = marked_differences(before, now)
    taken = time.process_time() - started
    assert "".join(p.text for p in pieces if p.kind != Kind.ADDED) == before
    assert "".join(p.text for p in pieces if p.kind != Kind.REMOVED) == now
    # Given up after 0.2 seconds. Of a processor, since the machine may have other things to do.
    assert taken < 0.6


def test_a_page_runs_out_of_patience_once_and_for_all_its_texts() -> None:
    before, now = _long_texts()["nothing in common"]
    patience = Patience(left=0.1)
    started = time.process_time()
    for _text in range(20):
        pieces = marked_differences(before, now, patience=patience)
    # Each for itself they would take four seconds.
    assert time.process_time() - started < 3
    assert patience.left == 0
    # Out of time it still says what was there and what is.
    assert "".join(p.text for p in pieces if p.kind != Kind.ADDED) == before


def test_what_was_compared_to_the_end_is_kept_and_what_was_given_up_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    compared, pauses = differences._compared, [LONGEST_SECONDS, 0]

    def slowly(before: str, now: str, seconds: float) -> list[tuple[int, str]]:
        time.sleep(pauses.pop(0))
        return compared(before, now, seconds)

    monkeypatch.setattr(differences, "_compared", slowly)
    before, now = "共12项，别处没有这两句", "共15项，别处没有这两句"
    told_each_time = [marked_differences(before, now) for _time in range(3)]
    # The third time it is not compared again, or there would be no pause left.
    assert pauses == []
    assert told_each_time[1:] == told_each_time[:1] * 2

"""The parts of a cell, and the cell from its parts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.listing import agencies_cell, chinese_numeral, measures_split
from tasks.listing.cells import MalformedAgenciesError, agencies_read, without_markup
from tasks.models import Division


@pytest.mark.parametrize(
    ("number", "numeral"),
    [(1, "一"), (9, "九"), (10, "十"), (11, "十一"), (20, "二十"), (35, "三十五"), (99, "九十九")],
)
def test_numerals_are_written_as_the_list_writes_them(number: int, numeral: str) -> None:
    assert chinese_numeral(number) == numeral


@pytest.mark.parametrize("number", [0, -1, 100])
def test_numerals_beyond_99_are_refused(number: int) -> None:
    with pytest.raises(ValueError, match="between 1 and 99"):
        chinese_numeral(number)


@pytest.mark.parametrize(
    ("cell", "measures"),
    [
        ("做好甲。", ["做好甲。"]),
        ("一是做甲。二是做乙。", ["一是做甲。", "二是做乙。"]),
        ("一是做甲。", ["一是做甲。"]),
        # In the middle of a sentence a mark does not divide.
        ("一是做甲，二是做乙。三是做丙。", ["一是做甲，二是做乙。三是做丙。"]),
        ("一是做甲，二是顺带。二是做乙。", ["一是做甲，二是顺带。", "二是做乙。"]),
        # Out of count it does not divide either.
        ("一是做甲。三是做丙。二是做乙。", ["一是做甲。三是做丙。", "二是做乙。"]),
        ("一是做甲。一是再做。二是做乙。", ["一是做甲。一是再做。", "二是做乙。"]),
        ("二是做乙。三是做丙。", ["二是做乙。三是做丙。"]),
        # What closes with the sentence belongs to it.
        (
            "一是办“甲。”二是办乙（丙。）三是办丁！",
            ["一是办“甲。”", "二是办乙（丙。）", "三是办丁！"],
        ),
        ("总的要求如下。一是做甲。二是做乙。", ["总的要求如下。一是做甲。", "二是做乙。"]),
        ("一是做甲。 二是做乙。", ["一是做甲。 ", "二是做乙。"]),
    ],
)
def test_measures_are_divided_where_marks_start_a_sentence_and_count_up(
    cell: str, measures: list[str]
) -> None:
    assert list(measures_split(cell)) == measures


def test_marks_count_on_above_ten() -> None:
    expected = [f"{chinese_numeral(number)}是做事。" for number in range(1, 26)]
    assert list(measures_split("".join(expected))) == expected


@given(st.text(alphabet="一二三十是。，！”甲 ", max_size=60))
def test_joined_measures_are_the_cell_whatever_it_holds(cell: str) -> None:
    assert "".join(measures_split(cell)) == cell


@pytest.mark.parametrize(
    ("cell", "division", "open_ended", "agencies"),
    [
        ("甲局", Division.LEAD_COMPILES, False, "甲局:lead"),
        ("甲局、乙局", Division.LEAD_COMPILES, False, "甲局:lead 乙局:co"),
        ("甲局、乙局等", Division.LEAD_COMPILES, True, "甲局:lead 乙局:co"),
        ("甲局、乙局按职责分工负责", Division.BY_DUTY, False, "甲局:lead 乙局:co"),
        ("甲局、乙局等按职责分工负责", Division.BY_DUTY, True, "甲局:lead 乙局:co"),
        (
            "双牵头单位：甲局、乙局；配合单位：丙局、丁局",
            Division.CO_LEAD,
            False,
            "甲局:lead 乙局:lead 丙局:co 丁局:co",
        ),
        (
            "双牵头单位：甲局、乙局；配合单位：丙局等",
            Division.CO_LEAD,
            True,
            "甲局:lead 乙局:lead 丙局:co",
        ),
        ("双牵头单位：甲局、乙局", Division.CO_LEAD, False, "甲局:lead 乙局:lead"),
    ],
)
def test_agencies_are_read_with_their_division_and_written_again(
    cell: str, division: Division, open_ended: bool, agencies: str
) -> None:
    read = agencies_read(cell)
    assert (read.division, read.open_ended) == (division, open_ended)
    assert " ".join(f"{one.written_name}:{one.role}" for one in read.agencies) == agencies
    assert all(cell[one.offset :].startswith(one.written_name) for one in read.agencies)
    names = [(one.role, one.written_name) for one in read.agencies]
    assert agencies_cell(division=division, open_ended=open_ended, names=names) == cell


@pytest.mark.parametrize(
    ("cell", "told"),
    [
        ("等按职责分工负责", "names no agency"),
        ("甲局、、乙局", "an agency is missing"),
        ("甲局、", "an agency is missing"),
        ("双牵头单位：甲局；配合单位：乙局", "names 1"),
        ("双牵头单位：甲局、乙局、丙局；配合单位：丁局", "names 3"),
        ("双牵头单位:甲局、乙局;配合单位:丁局", "cannot be read"),
        ("双牵头单位：甲局、乙局；配合单位：", "cannot be read"),
        ("甲局；配合单位：丁局", "cannot be read"),
        ("双牵头单位：甲局、乙局按职责分工负责", "exclude each other"),
    ],
)
def test_a_malformed_cell_of_agencies_is_refused_with_what_to_write(cell: str, told: str) -> None:
    with pytest.raises(MalformedAgenciesError, match=told):
        agencies_read(cell)


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("<p>一是甲。</p> <p>二是乙。</p>", "一是甲。二是乙。"),
        ('<P class="x">甲</P>\u3000<p>乙</p>', "甲乙"),
        ("甲 <50% 乙 > 丙", "甲 <50% 乙 > 丙"),
        ("<pre>甲", "<pre>甲"),
    ],
)
def test_only_paragraph_tags_are_taken_away(text: str, without: str) -> None:
    assert without_markup(text) == without

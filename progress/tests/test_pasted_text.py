"""A text from Word or WPS comes in clean, and nothing that can be seen is lost on the way."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.pasted_text import pasted_text_cleaned

INDENT = "\u3000\u3000"


@pytest.mark.parametrize(
    ("pasted", "kept"),
    [
        ("第一段\r\n第二段\r第三段", "第一段\n第二段\n第三段"),
        ("软回车\x0b分页\x0c另一行\u2028又一行\u2029末行", "软回车\n分页\n另一行\n又一行\n末行"),
        ("新增\u00a0300P\u2003算力\u202f项", "新增 300P 算力 项"),
        ("\ufeff零\u200b宽\u2060字\u00ad符\u200e", "零宽字符"),
        ("\uf0b7建成平台\n\uf0d8签约企业\n\uf06c开通专线", "·建成平台\n·签约企业\n·开通专线"),
        ("控\x00制\x07字\x7f符\x9f", "控制字符"),
        ("行末空格  \n行末全角\u3000\n", "行末空格\n行末全角"),
        ("一\n\n\n\n二\n \n\u3000\n三", "一\n\n二\n\n三"),
        ("企业\t数量\t 金额\n甲\t\t3", "企业\u3000数量\u3000金额\n甲\u30003"),
        ("\t段首制表符", f"{INDENT}段首制表符"),
        (f"{INDENT}段首缩进，“引号”、——12.5%；", f"{INDENT}段首缩进，“引号”、——12.5%；"),
        ("👩\u200d💻已上线✅", "👩\u200d💻已上线✅"),
        ("零\u200d宽连\u200d", "零宽连"),
        ("\n\n\n开头空行", "开头空行"),
        ("姓名\ue000造字", "姓名\ue000造字"),
        ("半个\ud83d字符", "半个字符"),
        ("", ""),
        (" \n\t\n\u3000 ", ""),
    ],
)
def test_each_habit_of_word_processors(pasted: str, kept: str) -> None:
    assert pasted_text_cleaned(pasted) == kept


# Mostly what such texts are made of, so that the rules meet each other, and anything else besides.
TEXTS = st.text(
    st.one_of(
        st.sampled_from(
            "字a1，。 \t\n\r\x0b\x0c\x00\u00a0\u3000\u200b\u200d\ufeff\u00ad\uf0b7✅💻\ufe0f"
        ),
        st.characters(exclude_categories=[]),
    )
)


def visible(text: str) -> list[str]:
    shown = []
    for character in text:
        if "\uf000" <= character <= "\uf0ff":
            shown.append("·")
        elif unicodedata.category(character) not in ("Cc", "Cf", "Cs", "Zs", "Zl", "Zp"):
            shown.append(character)
    return shown


@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    assert pasted_text_cleaned(pasted_text_cleaned(text)) == pasted_text_cleaned(text)


@given(TEXTS)
def test_no_visible_character_is_lost(text: str) -> None:
    assert visible(pasted_text_cleaned(text)) == visible(text)


@given(TEXTS)
def test_what_is_left_can_be_stored_and_read(text: str) -> None:
    cleaned = pasted_text_cleaned(text)
    cleaned.encode()
    assert not any(unicodedata.category(one) == "Cc" for one in cleaned.replace("\n", ""))
    assert "\n\n\n" not in cleaned
    assert all(line == line.rstrip() for line in cleaned.split("\n"))

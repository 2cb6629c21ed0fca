"""What a text that was pasted from Word or WPS loses on its way in, and what it keeps."""

import re

# Characters below are written as numbers: as themselves nobody could see them here.
_LINE_ENDS = (0x0B, 0x0C, 0x85, 0x2028, 0x2029)
_BLANKS = (0xA0, 0x1680, *range(0x2000, 0x200B), 0x202F, 0x205F)
# Zero-width characters, the soft hyphen, the byte order mark, and marks of writing direction. The
# zero-width joiner is not among them: it holds emoji together.
_INVISIBLE = (
    0xAD,
    0x180E,
    0x200B,
    0x200C,
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2065),
    *range(0x2066, 0x206A),
    0xFEFF,
)
_CONTROL = (*range(0x09), *range(0x0E, 0x20), *range(0x7F, 0x85), *range(0x86, 0xA0))
# Half of a character that is none; no database stores it.
_SURROGATES = range(0xD800, 0xE000)
# Word writes the bullets of its symbol fonts here. Other private characters stay: offices keep rare
# characters of names there.
_BULLETS = range(0xF000, 0xF100)

_TABLE: dict[int, str | None] = {
    **dict.fromkeys(_LINE_ENDS, "\n"),
    **dict.fromkeys(_BLANKS, " "),
    **dict.fromkeys((*_INVISIBLE, *_CONTROL, *_SURROGATES)),
    **dict.fromkeys(_BULLETS, "·"),
}

# Most texts have none of these, and to look takes less time than to replace.
_REPLACED = re.compile(f"[{re.escape(''.join(map(chr, _TABLE)))}]")
_EMOJI = "[\u00a9\u00ae\u2190-\u2bff\ufe0f\U0001f000-\U0001faff]"
_STRAY_JOINER = re.compile(f"(?<!{_EMOJI})\u200d|\u200d(?!{_EMOJI})")
_INDENT_BY_TABS = re.compile(r"^ *\t[ \t]*", re.MULTILINE)
_GAP_BY_TABS = re.compile(r" *\t[ \t]*")
_BLANKS_AT_LINE_ENDS = re.compile(r"[ \u3000]+$", re.MULTILINE)
_BLANK_LINES = re.compile(r"\n{3,}")


def pasted_text_cleaned(text: str) -> str:
    """The text without what nobody can see, line ends, blanks and bullets as we write them.

    Line ends are one newline each and never more than one blank line follows another line; tabs, by
    which tables come, are one full-width gap, an indent by tabs is two; blanks at the ends of lines
    go. Indents, punctuation, emoji and every other visible character stay. Cleaning twice is
    cleaning once.
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _REPLACED.search(text):
        text = text.translate(_TABLE)
    if "\u200d" in text:
        text = _STRAY_JOINER.sub("", text)
    if "\t" in text:
        text = _INDENT_BY_TABS.sub("\u3000\u3000", text)
        text = _GAP_BY_TABS.sub("\u3000", text)
    if " " in text or "\u3000" in text:
        text = _BLANKS_AT_LINE_ENDS.sub("", text)
    if "\n\n\n" in text:
        text = _BLANK_LINES.sub("\n\n", text)
    return text.strip("\n")

"""How many lines a text takes in a cell that wraps, and where it may be divided.

Excel sizes no merged cell to its text, so the heights of rows are computed from these lines. They
are counted on the safe side: a line too many is white space, a line too few is a text cut off.
"""

import re
from functools import lru_cache
from itertools import pairwise

# Tenths of a half-width column unit. Chinese fonts set letters and digits at half the width of a
# character, but the fonts that stand in for them, and capital letters, are wider than that.
WIDE = 20
NARROW = 12
UNIT = 10
# What a cell keeps free at its sides, in column units.
PADDING = 1

_OPENING = "（《〈“‘「『【〔"
_CLOSING = "，。、；：？！％）》〉”’」』】〕…—"
# First a run of wide characters between which a line may end anywhere, but not before a mark that
# closes it. Then what is never parted at a line's end: a word, marks that end a phrase from what
# they follow, opening brackets from what they open.
_PIECE = re.compile(
    rf"([^\x00-~{_OPENING}{_CLOSING}]+)(?![{_CLOSING}])|\n"
    rf"|[{_OPENING}]*(?:[!-~]+|[^\n])[{_CLOSING}]*"
)


def lines_of(text: str, column_width: float) -> list[str]:
    """The text as the lines of a cell of this width (in half-width characters of the body font).

    Joined again they are the text; a line that the writer ended keeps its newline.
    """
    limit = int((column_width - PADDING) * UNIT)
    if len(text) * WIDE <= limit and "\n" not in text:
        return [text]
    ends = [0]
    used, at = 0, 0
    for found in _PIECE.finditer(text):
        piece = found[0]
        if piece == "\n":
            at += 1
            ends.append(at)
            used = 0
        elif found[1] is not None:
            used = _run_laid(len(piece), limit, used, at, ends)
            at += len(piece)
        else:
            width = _width_of(piece)
            if used and used + width > limit:
                ends.append(at)
                used = 0
            if width <= limit:
                used += width
                at += len(piece)
                continue
            for character in piece:
                width = WIDE if character > "~" else NARROW
                if used and used + width > limit:
                    ends.append(at)
                    used = 0
                used += width
                at += 1
    ends.append(len(text))
    return [text[start:end] for start, end in pairwise(ends)]


def _run_laid(count: int, limit: int, used: int, at: int, ends: list[int]) -> int:
    """Lay so many wide characters from `at` on; returns what the last line has used then."""
    end = at + count
    room = max((limit - used) // WIDE, 0 if used else 1)
    while at + room < end:
        at += room
        ends.append(at)
        used = 0
        room = max(limit // WIDE, 1)
    return used + (end - at) * WIDE


@lru_cache(maxsize=8192)
def _width_of(piece: str) -> int:
    return sum(WIDE if character > "~" else NARROW for character in piece)

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

# What is never parted at a line's end: a word, marks that end a phrase from what they follow,
# opening brackets from what they open.
_PIECE = re.compile(
    r"\n"
    r"|[（《〈“‘「『【〔]*(?:[!-~]+|[^\n])[，。、；：？！％）》〉”’」』】〕…—]*"
)


def lines_of(text: str, column_width: float) -> list[str]:
    """The text as the lines of a cell of this width (in half-width characters of the body font).

    Joined again they are the text; a line that the writer ended keeps its newline.
    """
    limit = int((column_width - PADDING) * UNIT)
    ends = [0]
    used, at = 0, 0
    for piece in _PIECE.findall(text):
        if piece == "\n":
            at += 1
            ends.append(at)
            used = 0
            continue
        width = _width_of(piece)
        if used and used + width > limit:
            ends.append(at)
            used = 0
        if width > limit:
            for character in piece:
                width = WIDE if character > "~" else NARROW
                if used and used + width > limit:
                    ends.append(at)
                    used = 0
                used += width
                at += 1
            continue
        used += width
        at += len(piece)
    ends.append(len(text))
    return [text[start:end] for start, end in pairwise(ends)]


@lru_cache(maxsize=8192)
def _width_of(piece: str) -> int:
    return sum(WIDE if character > "~" else NARROW for character in piece)

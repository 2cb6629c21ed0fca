"""Where the words that were searched for stand in a text: marked in it, or in a snippet of it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

# How much of a text a snippet shows before and after what was found first.
BEFORE, AFTER = 18, 60


@dataclass(frozen=True, slots=True)
class Stretch:
    """A stretch of a text, and whether it is one of the words."""

    text: str
    is_hit: bool


@dataclass(frozen=True, slots=True)
class Snippet:
    """A part of a text around what was found, and whether text was left off on either side."""

    stretches: Sequence[Stretch]
    cut_before: bool
    cut_after: bool


def words_of(typed: str) -> tuple[str, ...]:
    """What was typed as words, each once, the spaces of either width left out."""
    words: dict[str, str] = {}
    for word in typed.split():
        words.setdefault(word.casefold(), word)
    return tuple(words.values())


def held(text: str, words: Sequence[str]) -> frozenset[str]:
    """Those of the words that stand in the text."""
    return frozenset(word for word in words if _pattern(word).search(text))


def marked_hits(text: str, words: Sequence[str]) -> list[Stretch]:
    """The text in stretches, in reading order; words that overlap or touch are one stretch."""
    stretches: list[Stretch] = []
    end = 0
    for start, stop in _places(text, words):
        if start > end:
            stretches.append(Stretch(text[end:start], is_hit=False))
        stretches.append(Stretch(text[start:stop], is_hit=True))
        end = stop
    if end < len(text):
        stretches.append(Stretch(text[end:], is_hit=False))
    return stretches


def snippet_of(text: str, words: Sequence[str]) -> Snippet | None:
    """The part of the text in which most of the words stand, None where none of them does."""
    text = " ".join(text.split())
    places = _places(text, words)
    if not places:
        return None

    def found_from(place: tuple[int, int]) -> int:
        return len(held(text[max(0, place[0] - BEFORE) : place[1] + AFTER], words))

    # The first of those that show equally many.
    start, stop = max(places, key=found_from)
    begin, end = max(0, start - BEFORE), min(len(text), stop + AFTER)
    return Snippet(marked_hits(text[begin:end], words), begin > 0, end < len(text))


def _places(text: str, words: Sequence[str]) -> list[tuple[int, int]]:
    """From where to where the words stand, in order, those that touch joined."""
    found = sorted(match.span() for word in words for match in _pattern(word).finditer(text))
    joined: list[tuple[int, int]] = []
    for start, stop in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(stop, joined[-1][1]))
        else:
            joined.append((start, stop))
    return joined


def _pattern(word: str) -> re.Pattern[str]:
    # re keeps the patterns that it has compiled.
    return re.compile(re.escape(word), re.IGNORECASE)

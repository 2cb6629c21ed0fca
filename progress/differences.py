"""What changed between two texts, marked word by word.

Chinese has no spaces between words, so a "word" is one character of it, a run of Latin letters, or
a whole number with its decimals and per cent sign: 12项 that becomes 15项 reads as 12 taken out and
15 put in, not as a 2 that became a 5.
"""

import functools
import itertools
import re
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from diff_match_patch import diff_match_patch

# One comparison is given up after this long; what is left then reads as replaced whole.
LONGEST_SECONDS = 0.2
# From here on two texts are nearly the same.
NEARLY = 0.95
# What was said is looked at again and again and does not change: of the last pairs of texts that
# have no more characters than this together, the answer is kept.
PAIRS_KEPT, LONGEST_KEPT = 4096, 1000

# Begun by a set of characters, past all others of which Python looks quickly.
_LONGER = (
    r"[A-Za-zÀ-ɏ0-9０-９\r](?:"
    r"(?<=[A-Za-zÀ-ɏ])[A-Za-zÀ-ɏ]*(?:['’-][A-Za-zÀ-ɏ]+)*"
    r"|(?<=[0-9０-９])[0-9０-９]*(?:[.,．，][0-9０-９]+)*[%％‰]?"
    r"|(?<=\r)\n)"
)
# Nearly all tokens are what no longer one begins with, and so these are tried first.
_TOKEN = re.compile(rf"[^A-Za-zÀ-ɏ0-9０-９\r]|{_LONGER}|.", re.DOTALL)
_LONGER_TOKEN = re.compile(_LONGER)
# Longer tokens stand as one character of the last planes while they are compared, which belong to
# nobody; the rest stand for themselves, so that the cleaning up sees where a sentence ends.
_FIRST_STAND_IN, _LAST_STAND_IN = 0xF0000, 0x10FFFF
_STANDS_IN = re.compile(f"[{chr(_FIRST_STAND_IN)}-{chr(_LAST_STAND_IN)}]")


class Kind(StrEnum):
    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


_KINDS = {-1: Kind.REMOVED, 0: Kind.SAME, 1: Kind.ADDED}


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text that stayed, was taken out or was put in."""

    kind: Kind
    text: str


@dataclass(slots=True)
class Patience:
    """How many seconds all comparisons of one page may still take together."""

    left: float = 1.0


def marked_differences(
    before: str, now: str, *, patience: Patience | None = None
) -> Sequence[Piece]:
    """The pieces in reading order: without the added ones `before`, without the removed ones `now`.

    Takes LONGEST_SECONDS at most, or what is left of `patience`: texts that differ too much to be
    compared in that time read as taken out and put in, but for their common beginning and end.
    """
    if before == now:
        return [Piece(Kind.SAME, now)] if now else []
    started = time.perf_counter()
    limit = LONGEST_SECONDS if patience is None else min(LONGEST_SECONDS, patience.left)
    are_kept = len(before) + len(now) <= LONGEST_KEPT
    try:
        pieces = (_pieces_kept if are_kept else _pieces)(before, now, limit)
    except _GivenUpError as given_up:
        pieces = given_up.pieces
    if patience is not None:
        patience.left = max(0.0, patience.left - (time.perf_counter() - started))
    return pieces


class _GivenUpError(Exception):
    """There was no time to compare to the end. Another time there may be: it is not kept."""

    def __init__(self, pieces: Sequence[Piece]) -> None:
        super().__init__()
        self.pieces = pieces


def _pieces(before: str, now: str, seconds: float) -> Sequence[Piece]:
    """Raises _GivenUpError with what was found by then where that took longer."""
    started = time.perf_counter()
    stand_ins = _StandIns(before, now)
    compared = _compared(stand_ins.encoded(before), stand_ins.encoded(now), seconds)
    pieces = tuple(Piece(_KINDS[kind], stand_ins.decoded(text)) for kind, text in compared)
    if time.perf_counter() - started >= seconds:
        raise _GivenUpError(pieces)
    return pieces


_pieces_kept = functools.lru_cache(PAIRS_KEPT)(_pieces)


def likeness(before: str, now: str) -> float:
    """How much of two texts is the same: 0 for nothing, 1 for all of it."""
    tokens_before, tokens_now = _TOKEN.findall(before), _TOKEN.findall(now)
    whole = len(tokens_before) + len(tokens_now)
    if not whole:
        return 1.0
    same = sum(
        len(_TOKEN.findall(piece.text))
        for piece in marked_differences(before, now)
        if piece.kind == Kind.SAME
    )
    return min(1.0, 2 * same / whole)


def nearly_the_same(before: str, now: str) -> bool:
    """Whether next to nothing was changed; quick for texts that have little in common, and for
    those that were changed in one place."""
    are_kept = len(before) + len(now) <= LONGEST_KEPT
    return (_nearly_kept if are_kept else _nearly)(before, now)


def _nearly(before: str, now: str) -> bool:
    stand_ins = _StandIns(before, now)
    # A character for each word.
    words_before, words_now = stand_ins.encoded(before), stand_ins.encoded(now)
    whole = len(words_before) + len(words_now)
    # What both begin and end with stays the same however the rest of them is compared.
    if 2 * _same_at_the_ends(words_before, words_now) >= NEARLY * whole:
        return True
    # However they are ordered, no more than the words that both have can be the same.
    shared = Counter(words_before) & Counter(words_now)
    if 2 * shared.total() < NEARLY * whole:
        return False
    return likeness(before, now) >= NEARLY


_nearly_kept = functools.lru_cache(PAIRS_KEPT)(_nearly)


def _same_at_the_ends(before: str, now: str) -> int:
    """With how many words the same both begin, and after these end."""
    comparer = diff_match_patch()
    first: int = comparer.diff_commonPrefix(before, now)
    last: int = comparer.diff_commonSuffix(before[first:], now[first:])
    return first + last


class _StandIns:
    """One character for each longer token of the texts, and back."""

    def __init__(self, *texts: str) -> None:
        """The tokens of each text are read by themselves: put together, the end of one and the
        beginning of the next make a word."""
        longer = dict.fromkeys(
            token for text in texts for token in _LONGER_TOKEN.findall(text) if len(token) > 1
        )
        taken = {ord(one) for text in texts for one in _STANDS_IN.findall(text)}
        free = (code for code in range(_FIRST_STAND_IN, _LAST_STAND_IN + 1) if code not in taken)
        self._of = {token: chr(code) for token, code in zip(longer, free, strict=False)}
        self._token = {code: token for token, code in self._of.items()}

    def encoded(self, text: str) -> str:
        return _LONGER_TOKEN.sub(lambda found: self._of.get(found[0], found[0]), text)

    def decoded(self, text: str) -> str:
        return _STANDS_IN.sub(lambda found: self._token.get(found[0], found[0]), text)


def _compared(before: str, now: str, seconds: float) -> list[tuple[int, str]]:
    comparer = diff_match_patch()
    comparer.Diff_Timeout = seconds
    found = comparer.diff_main(before, now, False, time.time() + seconds)
    # Joins changes that have a single word between them: what a person reads, not the least edit.
    comparer.diff_cleanupSemantic(found)
    return [
        (kind, "".join(text for _kind, text in run))
        for kind, run in itertools.groupby(found, key=lambda one: one[0])
    ]

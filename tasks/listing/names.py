"""Which agency a spelling means, and which one was probably meant by a spelling nobody knows."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

# What many names share says little about which one was meant.
SHARED_BEGINNING = re.compile(r"^(?:中国共产党|中共)?(?:天津市|天津|市)?(?:委(?!员))?")
SHARED_END = re.compile(r"(?:管理)?(?:委员会|管委会|办公室|集团|局|委|办|厅)$")
OTHER_DIVIDERS = re.compile(r"[，,；;/／\s]+|和|及")
NEAR_ENOUGH = 0.5


@dataclass(frozen=True, slots=True)
class AgencyNames:
    """Every known spelling with the canonical name of its agency, and short names to guess by."""

    spellings: Mapping[str, str]
    short_names: Mapping[str, str]

    def canonical(self, written: str) -> str | None:
        return self.spellings.get(written)

    def suggestion(self, written: str) -> str:
        """What to write instead of an unknown spelling, as the end of a sentence."""
        parts = [part for part in OTHER_DIVIDERS.split(written) if part]
        if len(parts) > 1 and all(part in self.spellings for part in parts):
            return _("agencies are divided by 、: did you mean %(agencies)s?") % {
                "agencies": "、".join(parts)
            }
        nearest = self.nearest(written)
        if nearest is None:
            return _("no agency has a name like it; an administrator adds a new agency first")
        return _("did you mean %(meant)s?") % {"meant": nearest}

    def nearest(self, written: str) -> str | None:
        """The canonical name of the agency that is spelled most like this, or None."""
        scored = (
            (likeness(written, spelling), canonical) for spelling, canonical in self._candidates()
        )
        score, canonical = max(scored, default=(0.0, ""), key=lambda one: one[0])
        return canonical if score >= NEAR_ENOUGH else None

    def _candidates(self) -> Iterator[tuple[str, str]]:
        yield from self.spellings.items()
        yield from self.short_names.items()


def likeness(written: str, spelling: str) -> float:
    """How much two spellings of agencies are alike, 0 to 1.

    Slips are mostly abbreviations, so what counts beside the whole is whether the characters of
    the shorter one's own part (市发改 without 市) occur in the longer one in order.
    """
    whole = SequenceMatcher(None, written, spelling, autojunk=False).ratio()
    own, others = _own_part(written), _own_part(spelling)
    matched = _in_order(own, others)
    own_part = 2 * matched / (len(own) + len(others))
    covered = matched / min(len(own), len(others))
    return 0.4 * whole + 0.3 * own_part + 0.3 * covered


def _own_part(name: str) -> str:
    without_beginning = SHARED_BEGINNING.sub("", name.strip(), count=1)
    return SHARED_END.sub("", without_beginning) or without_beginning or name


def _in_order(one: str, other: str) -> int:
    """The length of the longest common subsequence: characters of one in the other, in order."""
    row = [0] * (len(other) + 1)
    for character in one:
        diagonal = 0
        for index, counterpart in enumerate(other, start=1):
            above = row[index]
            row[index] = diagonal + 1 if character == counterpart else max(above, row[index - 1])
            diagonal = above
    return row[-1]

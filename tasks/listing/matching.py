"""Which text of a revised list is which text of the old one: what was reported stays with its own.

Numbers alone do not tell. Where a revised list drops task 50, the old 51 is the new 50; matched by
number, its reports would lie under another task.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from difflib import SequenceMatcher

# Two texts of which this share is the same are one text reworded, not another one.
REWORDED = 0.6


def same_texts(old: Mapping[int, str], new: Mapping[int, str]) -> dict[int, int]:
    """Which key of `old` each key of `new` continues; texts by number, on both sides.

    The same words first, then the same words at another number, then words alike, then what
    stands at the same number. A key of `new` that is not in the answer is new; a key of `old` that
    is not among its values is dropped.
    """
    pairs = {key: key for key in new if old.get(key) == new[key]}
    for match in (_moved, _reworded, _same_number):
        taken = set(pairs.values())
        left_old = {key: text for key, text in old.items() if key not in taken}
        left_new = {key: text for key, text in new.items() if key not in pairs}
        if not left_old or not left_new:
            break
        pairs.update(match(left_old, left_new))
    return pairs


def alike(one: str, other: str) -> bool:
    """Whether two texts are one text reworded."""
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= REWORDED


def _moved(old: Mapping[int, str], new: Mapping[int, str]) -> Iterator[tuple[int, int]]:
    """Words that stand once on each side, at different numbers."""
    old_counts, new_counts = Counter(old.values()), Counter(new.values())
    old_keys = {text: key for key, text in old.items()}
    for key, text in new.items():
        if old_counts[text] == new_counts[text] == 1:
            yield key, old_keys[text]


def _reworded(old: Mapping[int, str], new: Mapping[int, str]) -> Iterator[tuple[int, int]]:
    """Words alike, the likest first; of equally like ones those at the nearest number."""
    candidates: list[tuple[float, int, int, int]] = []
    for new_key, new_text in new.items():
        matcher = SequenceMatcher(None, b=new_text, autojunk=False)
        for old_key, old_text in old.items():
            matcher.set_seq1(old_text)
            # Two cheap upper bounds spare most pairs the comparison itself.
            if matcher.real_quick_ratio() < REWORDED or matcher.quick_ratio() < REWORDED:
                continue
            ratio = matcher.ratio()
            if ratio >= REWORDED:
                candidates.append((-ratio, abs(new_key - old_key), new_key, old_key))
    taken_old: set[int] = set()
    taken_new: set[int] = set()
    for _ratio, _distance, new_key, old_key in sorted(candidates):
        if new_key not in taken_new and old_key not in taken_old:
            taken_new.add(new_key)
            taken_old.add(old_key)
            yield new_key, old_key


def _same_number(old: Mapping[int, str], new: Mapping[int, str]) -> Iterator[tuple[int, int]]:
    return ((key, key) for key in new if key in old)

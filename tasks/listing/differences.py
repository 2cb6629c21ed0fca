"""What changed between two texts, so that a person sees it at a glance."""

import re
from difflib import SequenceMatcher

# Chinese has no spaces between words: a character is a word; Latin words and figures stay whole.
WORD = re.compile(r"[A-Za-z0-9]+|.", re.DOTALL)
CONTEXT = 12
SHORTEST_COMMON_PART = 2


def text_difference(before: str, after: str) -> str:
    """One text with `[-what went-]` and `{+what came+}`, and … where much stays the same.

    争取[-国家-]{+市级+}支持: 国家 went, 市级 came.
    """
    changes = _changes(WORD.findall(before), WORD.findall(after))
    last = len(changes) - 1
    shown: list[str] = []
    for index, (changed, old_part, new_part) in enumerate(changes):
        if not changed:
            shown.append(_context(old_part, at_start=index == 0, at_end=index == last))
            continue
        shown += [f"[-{old_part}-]"] if old_part else []
        shown += [f"{{+{new_part}+}}"] if new_part else []
    return "".join(shown)


def _context(text: str, *, at_start: bool, at_end: bool) -> str:
    """The part of an unchanged stretch that stands beside a change."""
    before = "" if at_start else text[:CONTEXT]
    after = "" if at_end else text[-CONTEXT:]
    if len(before) + len(after) >= len(text):
        return text
    return f"{before}…{after}"


def _changes(old: list[str], new: list[str]) -> list[tuple[bool, str, str]]:
    """(changed, old part, new part) in order; one character in common does not split a change."""
    changes: list[tuple[bool, str, str]] = []
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    opcodes = matcher.get_opcodes()
    for index, (tag, i1, i2, j1, j2) in enumerate(opcodes):
        inner = 0 < index < len(opcodes) - 1
        changed = tag != "equal" or (inner and i2 - i1 < SHORTEST_COMMON_PART)
        old_part, new_part = "".join(old[i1:i2]), "".join(new[j1:j2])
        if changes and changed and changes[-1][0]:
            _changed, old_before, new_before = changes[-1]
            changes[-1] = (True, old_before + old_part, new_before + new_part)
        else:
            changes.append((changed, old_part, new_part))
    return changes

"""The name a file came with. It is a label to show and nothing that a path is made of."""

import re
import unicodedata

from django.utils.translation import gettext as _

# In characters: as UTF-8 no more than the 255 bytes that file systems allow.
LONGEST_NAME = 80
LONGEST_ENDING = 10
# Control, format (among them the marks that turn the direction of writing round), surrogates,
# private use and unassigned, and the separators of lines and paragraphs: none can be seen.
_UNSEEN = ("C", "Zl", "Zp")
# Letters by their category, and nothing to the eye: fillers of Hangul, the blank of Braille.
_BLANKS = dict.fromkeys(map(ord, "\u115f\u1160\u2800\u3164\uffa0"))
_NOT_IN_FILE_NAMES = str.maketrans('<>:"|?*', "_______")


def label_of(name: str) -> str:
    """The name as it is kept and shown: its last part, composed (NFC), of what can be seen.

    Chinese and other letters stay. What is too long is cut before the ending; a name of which
    nothing is left is given one.
    """
    last = re.split(r"[/\\]", name)[-1].translate(_BLANKS)
    seen = "".join(
        one
        for one in unicodedata.normalize("NFC", re.sub(r"\s", " ", last))
        if not unicodedata.category(one).startswith(_UNSEEN)
    )
    seen = re.sub(r"\s+", " ", seen.translate(_NOT_IN_FILE_NAMES)).strip()
    plain = seen.strip(" .")
    # Of ".pdf" nothing would be left but the ending.
    ending = ending_of(plain) or ending_of(f"_{seen}")
    stem = plain.removesuffix(ending).strip(" .") if ending else plain
    if not stem or f".{stem}" == ending:
        stem = _("Evidence")
    return stem[: LONGEST_NAME - len(ending)].rstrip(" .") + ending


def ending_of(name: str) -> str:
    """The ending with its point, as written: ".pdf"; "" where there is none."""
    stem, point, ending = name.rpartition(".")
    if not point or not stem or not ending or len(ending) > LONGEST_ENDING:
        return ""
    return point + ending

"""What was chosen: tasks by their numbers in an address or by boxes, reports by boxes."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import BadRequest
from django.utils.translation import gettext as _

# Of a task's number; a longer one is none, and no column holds it.
LONGEST_NUMBER = 5
# Of an id or a version; a longer one is larger than a database can hold.
LONGEST_ID = 9
# In addresses all of them stand in one parameter, so that the whole list still fits.
PARAMETER = "tasks"


def numbers_chosen(texts: Iterable[str]) -> list[int]:
    """The numbers of "4,7,9" or of several such texts, each once and in order.

    Raises BadRequest for what is no number: a choice that is half understood is none.
    """
    parts = [part for text in texts for part in text.split(",") if part]
    if not all(part.isascii() and part.isdigit() and len(part) <= LONGEST_NUMBER for part in parts):
        raise BadRequest(_("The address names a task that cannot be read."))
    return sorted({int(part) for part in parts})


def versions_chosen(texts: Iterable[str]) -> list[tuple[int, int]]:
    """The pairs of id and version that boxes of reports stand for ("12:3"), each once.

    Raises BadRequest for one that cannot be read.
    """
    pairs = []
    for text in dict.fromkeys(texts):
        pk, _colon, version = text.partition(":")
        if not (is_an_id(pk) and is_an_id(version)):
            raise BadRequest(_("The form names a report that cannot be read."))
        pairs.append((int(pk), int(version)))
    return pairs


def is_an_id(text: str) -> bool:
    """Whether the text is a number that an id or a version may have."""
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_ID


def numbers_written(numbers: Sequence[int]) -> str:
    """The value of the parameter `tasks` for these numbers."""
    return ",".join(map(str, numbers))

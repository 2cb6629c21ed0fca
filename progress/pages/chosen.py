"""Which tasks were chosen: numbers in an address, or boxes that were ticked on a list."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import BadRequest
from django.utils.translation import gettext as _

# Of a task's number; a longer one is none, and no column holds it.
LONGEST_NUMBER = 5
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


def numbers_written(numbers: Sequence[int]) -> str:
    """The value of the parameter `tasks` for these numbers."""
    return ",".join(map(str, numbers))

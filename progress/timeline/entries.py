"""What a timeline is made of: places in it, things that happened, and what was said then."""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from agencies.models import User
from progress.differences import Kind, Patience, Piece, marked_differences

_CURSOR = re.compile(r"(\d{8}T\d{12})-(\d{1,2})-(\d{1,18})", re.ASCII)
_CURSOR_MOMENT = "%Y%m%dT%H%M%S%f"


class CursorError(ValueError):
    """The text marks no place in a timeline."""


@dataclass(frozen=True, slots=True, order=True)
class Cursor:
    """A place in a timeline: the moment, and what tells things of one moment apart.

    `rank` is the kind of thing, `pk` its row.
    """

    at: dt.datetime
    rank: int
    pk: int

    def __str__(self) -> str:
        return f"{self.at.astimezone(dt.UTC):{_CURSOR_MOMENT}}-{self.rank}-{self.pk}"

    @classmethod
    def read(cls, text: str) -> "Cursor":
        """The place that `str` wrote. Raises CursorError for anything else."""
        match = _CURSOR.fullmatch(text)
        if not match:
            raise CursorError(text)
        try:
            at = dt.datetime.strptime(match[1], _CURSOR_MOMENT).replace(tzinfo=dt.UTC)
        except ValueError as error:
            raise CursorError(text) from error
        return cls(at, int(match[2]), int(match[3]))


@dataclass(frozen=True, slots=True)
class Wording:
    """A text with its heading, and the status that goes with it, "" for what has none."""

    label: str
    text: str
    status: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """A text of one moment, the differences to the one it is compared with marked.

    `status_before` is "" where the status did not change; `is_unchanged` is False too where nothing
    is compared.
    """

    label: str
    pieces: Sequence[Piece]
    is_unchanged: bool
    status: str = ""
    status_before: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that happened.

    `what` is what was done, "" where `state`, the report's state from then on, says it already;
    `code` is the period's and `address` that of a page about what it was done with. Each is "" for
    what has none. `by_agency` is the short name of the person's agency as it was then.
    `compared_with` says in a sentence what the texts are compared with, "" where nothing was
    before them.
    """

    cursor: Cursor
    what: str = ""
    by: User | None = None
    by_agency: str = ""
    address: str = ""
    code: str = ""
    state: str = ""
    reason: str = ""
    without: str = ""
    said: Sequence[Said] = ()
    compared_with: str = ""

    @property
    def at(self) -> dt.datetime:
        return self.cursor.at


# Two texts to their pieces.
Compare = Callable[[str, str], Sequence[Piece]]


def comparing_once() -> Compare:
    """Marks differences, of the same two texts once, and all together in the time of one page.

    A report that is handed in, taken up and approved says the same three times.
    """
    patience = Patience()
    known: dict[tuple[str, str], Sequence[Piece]] = {}

    def compare(before: str, now: str) -> Sequence[Piece]:
        if (before, now) not in known:
            known[before, now] = marked_differences(before, now, patience=patience)
        return known[before, now]

    return compare


def said_of(
    now: Mapping[str, Wording], before: Mapping[str, Wording] | None, compare: Compare
) -> list[Said]:
    """What was said, text by text; what says nothing now and said nothing before is left out.

    Both map a key, the same for the same text, to its wording; `before` is None where nothing is
    compared.
    """
    said = []
    for key, wording in now.items():
        earlier = before.get(key) if before else None
        if not (wording.text or wording.status or (earlier and earlier.text)):
            continue
        if earlier is None:
            pieces: Sequence[Piece] = [Piece(Kind.SAME, wording.text)] if wording.text else []
            said.append(Said(wording.label, pieces, is_unchanged=False, status=wording.status))
            continue
        status_changed = wording.status != earlier.status
        said.append(
            Said(
                wording.label,
                compare(earlier.text, wording.text),
                is_unchanged=not status_changed and wording.text == earlier.text,
                status=wording.status,
                status_before=earlier.status if status_changed else "",
            )
        )
    return said

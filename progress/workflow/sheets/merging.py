"""Three texts of one cell, and which of them holds. Pure: no database, no file."""

from enum import StrEnum


class Outcome(StrEnum):
    """What becomes of a cell."""

    AGREES = "agrees"  # the file and the database say the same
    STAYS = "stays"  # the file says nothing new, so what is stored stays
    TAKEN = "taken"  # only the file says something new
    ASKED = "asked"  # both do, and a person decides


def outcome(*, original: str, last: str, says: str, stored: str) -> Outcome:
    """Compare what the file `says` and what is `stored` with what both came from.

    `original` is what the form said when it was downloaded; `last` what the same person's file said
    when it was last confirmed, else `original`: who goes on writing in a file that was taken over
    is in conflict with nobody. A cell that says `original` again after that may be an older copy of
    the file as well as a correction taken back, so it is asked about.
    """
    if says == stored:
        return Outcome.AGREES
    if says == last:
        return Outcome.STAYS
    if stored == last and says != original:
        return Outcome.TAKEN
    return Outcome.ASKED

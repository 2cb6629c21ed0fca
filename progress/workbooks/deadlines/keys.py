"""What stands, hidden, in each row of a sheet: which task or measure it is, and its deadline then.

Signed, so that a row may be sorted or moved anywhere, and none can be made up.
"""

import datetime as dt
import re
from dataclasses import dataclass

from django.core.signing import BadSignature, Signer

from tasks.models import Measure, Task

_SIGNER = Signer(salt="progress.workbooks.deadlines")
_FORM = re.compile(r"([tm])(\d{1,18})\|(|\d{4}-\d{2}-\d{2}):")
TASK, MEASURE = "t", "m"


@dataclass(frozen=True, slots=True)
class RowKey:
    """A task or measure by its id (`subject` is t4 or m12), and the deadline it had then."""

    subject: str
    was: dt.date | None


def key_of(row: Task | Measure) -> str:
    kind = TASK if isinstance(row, Task) else MEASURE
    day = row.deadline.isoformat() if row.deadline else ""
    return _SIGNER.sign(f"{kind}{row.pk}|{day}")


def looks_like_a_key(text: str) -> bool:
    return bool(_FORM.match(text))


def key_read(text: str) -> RowKey | None:
    """What `key_of` wrote; None for what this installation has not written."""
    try:
        subject, _bar, day = _SIGNER.unsign(text).partition("|")
    except BadSignature:
        return None
    return RowKey(subject, dt.date.fromisoformat(day) if day else None)

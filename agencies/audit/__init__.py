"""The audit trail (审计日志): each act notes what it changed, and other things follow from that.

notes -> chain -> retaining, following: writing entries, numbering and sealing them, removing what
is old enough, and what is read off them.
"""

from agencies.audit.chain import (
    Faults,
    TrailBrokenError,
    entries_seal,
    trail_check,
    trail_faults,
)
from agencies.audit.following import (
    NoLongerKeptError,
    changed_after,
    changed_from,
    check_kept,
    state_of_the_trail,
)
from agencies.audit.notes import (
    Note,
    audit_event,
    audit_note,
    audit_notes,
    audited,
    kind_of,
    text_seen,
    values_of,
)
from agencies.audit.retaining import entries_remove

__all__ = [
    "Faults",
    "NoLongerKeptError",
    "Note",
    "TrailBrokenError",
    "audit_event",
    "audit_note",
    "audit_notes",
    "audited",
    "changed_after",
    "changed_from",
    "check_kept",
    "entries_remove",
    "entries_seal",
    "kind_of",
    "state_of_the_trail",
    "text_seen",
    "trail_check",
    "trail_faults",
    "values_of",
]

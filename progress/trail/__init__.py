"""The audit trail (审计记录) in words, for whoever reads it: on a page, in a workbook."""

from progress.trail.acts import ACTS
from progress.trail.sheet import COLUMNS, trail_narrowed, trail_rows
from progress.trail.words import (
    VERBS,
    EntryRow,
    act_words,
    entry_rows,
    kind_words,
    models_by_kind,
)

__all__ = [
    "ACTS",
    "COLUMNS",
    "VERBS",
    "EntryRow",
    "act_words",
    "entry_rows",
    "kind_words",
    "models_by_kind",
    "trail_narrowed",
    "trail_rows",
]

"""FilterSets: pages, API and workbooks narrow their rows by the same parameters."""

from progress.filters.registers import (
    CompletionFilter,
    ExtensionFilter,
    MatterFilter,
    RegisterFilter,
    ResultFilter,
)
from progress.filters.tasks import (
    HANDED_IN,
    LATE,
    MISSING,
    NOT_BEGUN,
    ON_TIME,
    REPORTING_CHOICES,
    TaskFilter,
    reporting_of,
)

__all__ = [
    "HANDED_IN",
    "LATE",
    "MISSING",
    "NOT_BEGUN",
    "ON_TIME",
    "REPORTING_CHOICES",
    "CompletionFilter",
    "ExtensionFilter",
    "MatterFilter",
    "RegisterFilter",
    "ResultFilter",
    "TaskFilter",
    "reporting_of",
]

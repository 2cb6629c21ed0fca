"""FilterSets: pages, API and workbooks narrow their rows by the same parameters."""

from progress.filters.listings import (
    DEFAULT_ORDER,
    DEFAULT_PAGE_SIZE,
    LISTINGS,
    PAGE_SIZES,
    Listing,
    columns_named,
    order_is_known,
    queries_invalid,
    query_kept,
    rows_in_order,
)
from progress.filters.measures import MeasureFilter
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
from progress.filters.words import Readable

__all__ = [
    "DEFAULT_ORDER",
    "DEFAULT_PAGE_SIZE",
    "HANDED_IN",
    "LATE",
    "LISTINGS",
    "MISSING",
    "NOT_BEGUN",
    "ON_TIME",
    "PAGE_SIZES",
    "REPORTING_CHOICES",
    "CompletionFilter",
    "ExtensionFilter",
    "Listing",
    "MatterFilter",
    "MeasureFilter",
    "Readable",
    "RegisterFilter",
    "ResultFilter",
    "TaskFilter",
    "columns_named",
    "order_is_known",
    "queries_invalid",
    "query_kept",
    "reporting_of",
    "rows_in_order",
]

"""FilterSets: pages, API and workbooks narrow their rows by the same parameters."""

from progress.filters.answering import (
    AgencyListFilter,
    ChapterFilter,
    DeadlineChangeFilter,
    ResponsibilityFilter,
)
from progress.filters.audit import AUDIT_ORDER, AUDIT_ORDERS, AuditFilter
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
from progress.filters.lookups import LookupFilterSet
from progress.filters.measures import MeasureFilter
from progress.filters.office import (
    BriefTemplateFilter,
    CalendarFilter,
    ExportFilter,
    PauseFilter,
    SheetUploadFilter,
)
from progress.filters.registers import (
    CompletionFilter,
    ExtensionFilter,
    MatterFilter,
    RegisterFilter,
    ResultFilter,
)
from progress.filters.reminders import REMINDER_ORDER, REMINDER_ORDERS, ReminderFilter
from progress.filters.reports import (
    ContributionFilter,
    ErratumFilter,
    EvidenceFilter,
    PeriodFilter,
    ReportFilter,
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
    "AUDIT_ORDER",
    "AUDIT_ORDERS",
    "DEFAULT_ORDER",
    "DEFAULT_PAGE_SIZE",
    "HANDED_IN",
    "LATE",
    "LISTINGS",
    "MISSING",
    "NOT_BEGUN",
    "ON_TIME",
    "PAGE_SIZES",
    "REMINDER_ORDER",
    "REMINDER_ORDERS",
    "REPORTING_CHOICES",
    "AgencyListFilter",
    "AuditFilter",
    "BriefTemplateFilter",
    "CalendarFilter",
    "ChapterFilter",
    "CompletionFilter",
    "ContributionFilter",
    "DeadlineChangeFilter",
    "ErratumFilter",
    "EvidenceFilter",
    "ExportFilter",
    "ExtensionFilter",
    "Listing",
    "LookupFilterSet",
    "MatterFilter",
    "MeasureFilter",
    "PauseFilter",
    "PeriodFilter",
    "Readable",
    "RegisterFilter",
    "ReminderFilter",
    "ReportFilter",
    "ResponsibilityFilter",
    "ResultFilter",
    "SheetUploadFilter",
    "TaskFilter",
    "columns_named",
    "order_is_known",
    "queries_invalid",
    "query_kept",
    "reporting_of",
    "rows_in_order",
]

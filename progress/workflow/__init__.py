"""The only writers of reports and periods."""

from progress.workflow.conflicts import Conflict, StaleVersion
from progress.workflow.content import (
    LONGEST_TEXT,
    MeasureContent,
    ReportContent,
    approved_before,
    content_of,
    content_to_start_from,
)
from progress.workflow.drafts import NOT_BEGUN, may_write, report_save, writable_check
from progress.workflow.moves import moves_open_to, report_move
from progress.workflow.periods import period_close, period_open

__all__ = [
    "LONGEST_TEXT",
    "NOT_BEGUN",
    "Conflict",
    "MeasureContent",
    "ReportContent",
    "StaleVersion",
    "approved_before",
    "content_of",
    "content_to_start_from",
    "may_write",
    "moves_open_to",
    "period_close",
    "period_open",
    "report_move",
    "report_save",
    "writable_check",
]

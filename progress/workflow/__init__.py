"""The only writers of reports, contributions and periods."""

from progress.workflow.conflicts import Conflict, StaleContribution, StaleVersion
from progress.workflow.content import (
    LONGEST_TEXT,
    MeasureContent,
    ReportContent,
    approved_before,
    content_of,
    content_to_start_from,
)
from progress.workflow.contributions import (
    ContributionContent,
    MeasureText,
    contribution_before,
    contribution_content_of,
    contribution_move,
    contribution_moves_open_to,
    contribution_save,
    contribution_take_over,
    contribution_to_start_from,
    contribution_writable_check,
)
from progress.workflow.drafts import NOT_BEGUN, report_save, writable_check
from progress.workflow.moves import Without, moves_open_to, report_move, report_without
from progress.workflow.parties import may_contribute, may_write, parties_of
from progress.workflow.periods import period_close, period_open

__all__ = [
    "LONGEST_TEXT",
    "NOT_BEGUN",
    "Conflict",
    "ContributionContent",
    "MeasureContent",
    "MeasureText",
    "ReportContent",
    "StaleContribution",
    "StaleVersion",
    "Without",
    "approved_before",
    "content_of",
    "content_to_start_from",
    "contribution_before",
    "contribution_content_of",
    "contribution_move",
    "contribution_moves_open_to",
    "contribution_save",
    "contribution_take_over",
    "contribution_to_start_from",
    "contribution_writable_check",
    "may_contribute",
    "may_write",
    "moves_open_to",
    "parties_of",
    "period_close",
    "period_open",
    "report_move",
    "report_save",
    "report_without",
    "writable_check",
]

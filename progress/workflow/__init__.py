"""The only writers of reports, contributions and periods."""

from progress.workflow.conflicts import Conflict, StaleContribution, StaleVersion
from progress.workflow.content import (
    LONGEST_TEXT,
    MeasureContent,
    ReportContent,
    approved_before,
    content_of,
    content_to_start_from,
    content_with_errata,
)
from progress.workflow.contents import approved_before_id, contents_of, contents_with_errata
from progress.workflow.contributions import (
    ContributionContent,
    MeasureText,
    contribution_before,
    contribution_content_of,
    contribution_move,
    contribution_move_check,
    contribution_moves_open_to,
    contribution_save,
    contribution_take_over,
    contribution_to_start_from,
    contribution_writable_check,
    measures_to_write_of,
)
from progress.workflow.drafts import NOT_BEGUN, report_save, writable_check
from progress.workflow.errata import erratum_check, erratum_create, value_in
from progress.workflow.hints import Hint, HintKind, completions_asked_for, hints_of
from progress.workflow.moves import (
    Without,
    moves_open_to,
    report_move,
    report_move_check,
    report_without,
)
from progress.workflow.parties import may_contribute, may_write, parties_of
from progress.workflow.periods import period_close, period_open, period_open_by_calendar
from progress.workflow.reviewing import ApprovalOutcome, reports_approve, review_mark
from progress.workflow.rules import (
    RULES,
    correction_add,
    correction_remove,
    policy_change,
    rules_digest,
)
from progress.workflow.unchanged import contribution_nothing, report_unchanged

__all__ = [
    "LONGEST_TEXT",
    "NOT_BEGUN",
    "RULES",
    "ApprovalOutcome",
    "Conflict",
    "ContributionContent",
    "Hint",
    "HintKind",
    "MeasureContent",
    "MeasureText",
    "ReportContent",
    "StaleContribution",
    "StaleVersion",
    "Without",
    "approved_before",
    "approved_before_id",
    "completions_asked_for",
    "content_of",
    "content_to_start_from",
    "content_with_errata",
    "contents_of",
    "contents_with_errata",
    "contribution_before",
    "contribution_content_of",
    "contribution_move",
    "contribution_move_check",
    "contribution_moves_open_to",
    "contribution_nothing",
    "contribution_save",
    "contribution_take_over",
    "contribution_to_start_from",
    "contribution_writable_check",
    "correction_add",
    "correction_remove",
    "erratum_check",
    "erratum_create",
    "hints_of",
    "may_contribute",
    "may_write",
    "measures_to_write_of",
    "moves_open_to",
    "parties_of",
    "period_close",
    "period_open",
    "period_open_by_calendar",
    "policy_change",
    "report_move",
    "report_move_check",
    "report_save",
    "report_unchanged",
    "report_without",
    "reports_approve",
    "review_mark",
    "rules_digest",
    "value_in",
    "writable_check",
]

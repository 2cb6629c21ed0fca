"""Offline forms: an agency takes its form along, and what comes back is merged in three ways."""

from progress.workflow.sheets.comparing import (
    FILE,
    STORED,
    ComparedCell,
    ComparedPlace,
    Comparison,
    comparison_of,
)
from progress.workflow.sheets.forms import FormLine, agency_of, form_issue
from progress.workflow.sheets.merging import Outcome, outcome
from progress.workflow.sheets.standing import Standing, standings_of
from progress.workflow.sheets.uploads import (
    FORMS_KEPT,
    LIFETIME,
    ComparisonMoved,
    sheet_abandon,
    sheet_confirm,
    sheet_upload,
    sheet_waiting_check,
    sheets_sweep,
)

__all__ = [
    "FILE",
    "FORMS_KEPT",
    "LIFETIME",
    "STORED",
    "ComparedCell",
    "ComparedPlace",
    "Comparison",
    "ComparisonMoved",
    "FormLine",
    "Outcome",
    "Standing",
    "agency_of",
    "comparison_of",
    "form_issue",
    "outcome",
    "sheet_abandon",
    "sheet_confirm",
    "sheet_upload",
    "sheet_waiting_check",
    "sheets_sweep",
    "standings_of",
]

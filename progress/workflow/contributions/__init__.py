"""Contributions: what the other agencies of a task add to its report. Their only writers."""

from progress.workflow.contributions.content import (
    ContributionContent,
    MeasureText,
    contribution_before,
    contribution_content_of,
    contribution_to_start_from,
    measures_to_write_of,
)
from progress.workflow.contributions.contents import contributions_standing
from progress.workflow.contributions.drafts import contribution_save, contribution_writable_check
from progress.workflow.contributions.moves import (
    contribution_move,
    contribution_move_check,
    contribution_moves_open_to,
    contribution_take_over,
)

__all__ = [
    "ContributionContent",
    "MeasureText",
    "contribution_before",
    "contribution_content_of",
    "contribution_move",
    "contribution_move_check",
    "contribution_moves_open_to",
    "contribution_save",
    "contribution_take_over",
    "contribution_to_start_from",
    "contribution_writable_check",
    "contributions_standing",
    "measures_to_write_of",
]

"""The columns of each register's workbook, and what a row says in them."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from progress.rollups import CompletionRow, ExtensionRow, MatterRow, Register, ResultRow
from progress.workbooks.flat_sheet import Column


@dataclass(frozen=True, slots=True)
class RegisterColumn:
    """A column: its heading, its width in half-width characters, and what a row says in it."""

    heading: str | Promise
    width: int
    said: Callable[[Any], str]
    is_centred: bool = True

    @property
    def column(self) -> Column:
        return Column(self.heading, self.width, self.is_centred)


# --- What the columns say ----------------------------------------------------------------------


def _day(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def _measure(ordinal: int | None) -> str:
    if ordinal is None:
        return _("The whole task")
    return _("Measure %(ordinal)s") % {"ordinal": ordinal}


def _waited(row: MatterRow) -> str:
    return _("%(days)d days, %(working)d working days") % {
        "days": row.days,
        "working": row.working_days,
    }


def _by(name: str, words: str) -> str:
    """Who, and in a line of its own what they said."""
    return "\n".join(part for part in (name, words) if part)


def _struck(row: ResultRow) -> str:
    if row.struck_on is None:
        return ""
    return _("Struck out on %(day)s: %(reason)s") % {
        "day": row.struck_on.isoformat(),
        "reason": row.struck_reason,
    }


def _original(row: ExtensionRow) -> str:
    return _day(row.original_deadline or row.deadline)


_ABOUT = (
    RegisterColumn(gettext_lazy("Task no."), 7, lambda row: str(row.about.task_number)),
    RegisterColumn(
        gettext_lazy("Pilot task"), 30, lambda row: row.about.task_title, is_centred=False
    ),
    RegisterColumn(
        gettext_lazy("Lead"), 14, lambda row: row.about.lead.short_name if row.about.lead else ""
    ),
    RegisterColumn(gettext_lazy("Report"), 10, lambda row: row.about.period_code),
)


def _matter_columns() -> Sequence[RegisterColumn]:
    said: Sequence[tuple[str | Promise, int, Callable[[MatterRow], str], bool]] = (
        (gettext_lazy("Matter to coordinate"), 44, lambda row: row.text, False),
        (
            gettext_lazy("Raised by"),
            14,
            lambda row: row.raised_by.short_name if row.raised_by else "",
            True,
        ),
        (gettext_lazy("Raised on"), 12, lambda row: _day(row.raised_on), True),
        (gettext_lazy("Open for"), 12, _waited, True),
        (
            gettext_lazy("Addressed to"),
            14,
            lambda row: row.addressed_to.short_name if row.addressed_to else "",
            True,
        ),
        (gettext_lazy("Addressed on"), 12, lambda row: _day(row.addressed_on), True),
        (gettext_lazy("State"), 9, lambda row: str(row.state.label), True),
        (gettext_lazy("Last answer"), 36, lambda row: row.answer, False),
        (gettext_lazy("Answered on"), 12, lambda row: _day(row.answered_on), True),
        (gettext_lazy("Closed on"), 12, lambda row: _day(row.closed_on), True),
        (
            gettext_lazy("Closed by, and how"),
            20,
            lambda row: _by(row.closed_by, row.closing_note),
            False,
        ),
    )
    return [*_ABOUT, *(RegisterColumn(*parts) for parts in said)]


def _extension_columns() -> Sequence[RegisterColumn]:
    said: Sequence[tuple[str | Promise, int, Callable[[ExtensionRow], str], bool]] = (
        (gettext_lazy("About"), 12, lambda row: _measure(row.measure_ordinal), True),
        (gettext_lazy("Original deadline"), 12, _original, True),
        (gettext_lazy("Deadline when asked"), 12, lambda row: _day(row.deadline), True),
        (gettext_lazy("Deadline asked for"), 12, lambda row: _day(row.new_deadline), True),
        (gettext_lazy("Reason"), 44, lambda row: row.reason, False),
        (gettext_lazy("Requested on"), 12, lambda row: _day(row.requested_on), True),
        (gettext_lazy("Requested by"), 12, lambda row: row.requested_by, True),
        (gettext_lazy("State"), 9, lambda row: str(row.state.label), True),
        (gettext_lazy("Decided on"), 12, lambda row: _day(row.decided_on), True),
        (
            gettext_lazy("Decided by, and why"),
            24,
            lambda row: _by(row.decided_by, row.decision_reason),
            False,
        ),
    )
    return [*_ABOUT, *(RegisterColumn(*parts) for parts in said)]


def _completion_columns() -> Sequence[RegisterColumn]:
    said: Sequence[tuple[str | Promise, int, Callable[[CompletionRow], str], bool]] = (
        (gettext_lazy("Measure no."), 10, lambda row: str(row.measure_ordinal), True),
        (gettext_lazy("Measure"), 44, lambda row: row.measure_text, False),
        (gettext_lazy("Requested on"), 12, lambda row: _day(row.requested_on), True),
        (gettext_lazy("Requested by"), 12, lambda row: row.requested_by, True),
        (gettext_lazy("State"), 9, lambda row: str(row.state.label), True),
        (gettext_lazy("Decided on"), 12, lambda row: _day(row.decided_on), True),
        (
            gettext_lazy("Decided by, and why"),
            24,
            lambda row: _by(row.decided_by, row.decision_reason),
            False,
        ),
        (gettext_lazy("Reopened on"), 12, lambda row: _day(row.reopened_on), True),
        (
            gettext_lazy("Reopened by, and why"),
            24,
            lambda row: _by(row.reopened_by, row.reopening_reason),
            False,
        ),
    )
    return [*_ABOUT, *(RegisterColumn(*parts) for parts in said)]


def _result_columns() -> Sequence[RegisterColumn]:
    said: Sequence[tuple[str | Promise, int, Callable[[ResultRow], str], bool]] = (
        (gettext_lazy("About"), 12, lambda row: _measure(row.measure_ordinal), True),
        (gettext_lazy("Kind"), 14, lambda row: str(row.kind.label), True),
        (gettext_lazy("Title"), 40, lambda row: row.title, False),
        (gettext_lazy("Document number"), 18, lambda row: row.document, True),
        (gettext_lazy("Date"), 12, lambda row: _day(row.came_on), True),
        (gettext_lazy("What it is"), 40, lambda row: row.note, False),
        (gettext_lazy("Entered on"), 12, lambda row: _day(row.added_on), True),
        (gettext_lazy("Entered by"), 12, lambda row: row.added_by, True),
        (gettext_lazy("Remark"), 20, _struck, False),
    )
    return [*_ABOUT, *(RegisterColumn(*parts) for parts in said)]


COLUMNS: Mapping[Register, Sequence[RegisterColumn]] = {
    Register.MATTERS: _matter_columns(),
    Register.EXTENSIONS: _extension_columns(),
    Register.COMPLETIONS: _completion_columns(),
    Register.RESULTS: _result_columns(),
}

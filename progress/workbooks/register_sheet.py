"""A register as a flat sheet: a row an entry, ready to be filtered, printed and laid on a table."""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils import formats
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from progress.rollups import (
    CompletionRow,
    ExtensionRow,
    MatterRow,
    Register,
    RegisterRow,
    ResultRow,
)
from progress.workbooks.cells import (
    MOST_LINES,
    height_of,
    printed_on_a3,
    styles_add,
    text_write,
)
from progress.workbooks.text_lines import lines_of

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

TITLE_ROW, DAY_ROW, NOTICE_ROW, HEADER_ROW = 1, 2, 3, 4
# The running number and the task's number stay in sight.
FROZEN_COLUMNS = 2


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its heading, its width in half-width characters, and what a row says in it."""

    heading: str | Promise
    width: int
    said: Callable[[Any], str]
    is_centred: bool = True


def register_write(
    workbook: "Workbook",
    *,
    register: Register,
    rows: Sequence[RegisterRow],
    filters: Sequence[str],
    today: dt.date,
) -> None:
    """Fill the workbook's first sheet with the rows; `filters` says in words what narrowed them."""
    sheet = workbook.active
    assert sheet is not None
    sheet.title = str(register.label)
    styles_add(workbook)
    columns = COLUMNS[register]
    _page_set_up(sheet, columns)
    _head_write(sheet, columns, register, len(rows), filters, today)
    for number, row in enumerate(rows, start=1):
        _row_write(sheet, HEADER_ROW + number, columns, number, row)
    sheet.auto_filter.ref = (
        f"A{HEADER_ROW}:{_letter(len(columns) + 1)}{HEADER_ROW + max(len(rows), 1)}"
    )


def day_line(*, count: int, filters: Sequence[str], today: dt.date) -> str:
    """As of which day, how many entries, and what narrowed them, in words."""
    line = _("As of %(day)s") % {"day": formats.date_format(today, _("F j, Y"))}
    number = ngettext("%(count)d entry", "%(count)d entries", count) % {"count": count}
    parts = [line, number]
    if filters:
        # A part of the register must never be taken for the whole of it.
        parts.append(_("Narrowed by: %(filters)s") % {"filters": _("; ").join(filters)})
    return "    ".join(parts)


def _letter(column: int) -> str:
    from openpyxl.utils import get_column_letter

    return str(get_column_letter(column))


def _page_set_up(sheet: "Worksheet", columns: Sequence[Column]) -> None:
    sheet.column_dimensions["A"].width = 6
    for place, column in enumerate(columns, start=2):
        sheet.column_dimensions[_letter(place)].width = column.width
    printed_on_a3(sheet, header_row=HEADER_ROW)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, FROZEN_COLUMNS + 1)


def _head_write(
    sheet: "Worksheet",
    columns: Sequence[Column],
    register: Register,
    count: int,
    filters: Sequence[str],
    today: dt.date,
) -> None:
    width = sum(column.width for column in columns)
    line = day_line(count=count, filters=filters, today=today)
    for row, text, style, height in (
        (TITLE_ROW, register_title(register), "title", 36.0),
        (DAY_ROW, line, "period", height_of(len(lines_of(line, width)) + 0.4)),
        (NOTICE_ROW, _("Classified content must not be entered."), "notice", 18.0),
    ):
        text_write(sheet, row, 1, text, style)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(columns) + 1)
        sheet.row_dimensions[row].height = height
    text_write(sheet, HEADER_ROW, 1, _("Serial no."), "heading")
    for place, column in enumerate(columns, start=2):
        text_write(sheet, HEADER_ROW, place, str(column.heading), "heading")
    sheet.row_dimensions[HEADER_ROW].height = 34


def _row_write(
    sheet: "Worksheet", at: int, columns: Sequence[Column], number: int, row: RegisterRow
) -> None:
    text_write(sheet, at, 1, str(number), "centred")
    lines = 1
    for place, column in enumerate(columns, start=2):
        text = column.said(row)
        text_write(sheet, at, place, text, "centred" if column.is_centred else "text")
        lines = max(lines, len(lines_of(text, column.width)))
    sheet.row_dimensions[at].height = height_of(min(lines, MOST_LINES))


def register_title(register: Register) -> str:
    """What stands over the sheet."""
    return _("Pilot tasks: %(register)s") % {"register": register.label}


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
    Column(gettext_lazy("Task no."), 7, lambda row: str(row.about.task_number)),
    Column(gettext_lazy("Pilot task"), 30, lambda row: row.about.task_title, is_centred=False),
    Column(
        gettext_lazy("Lead"), 14, lambda row: row.about.lead.short_name if row.about.lead else ""
    ),
    Column(gettext_lazy("Report"), 10, lambda row: row.about.period_code),
)


def _matter_columns() -> Sequence[Column]:
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
    return [*_ABOUT, *(Column(*parts) for parts in said)]


def _extension_columns() -> Sequence[Column]:
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
    return [*_ABOUT, *(Column(*parts) for parts in said)]


def _completion_columns() -> Sequence[Column]:
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
    return [*_ABOUT, *(Column(*parts) for parts in said)]


def _result_columns() -> Sequence[Column]:
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
    return [*_ABOUT, *(Column(*parts) for parts in said)]


COLUMNS: Mapping[Register, Sequence[Column]] = {
    Register.MATTERS: _matter_columns(),
    Register.EXTENSIONS: _extension_columns(),
    Register.COMPLETIONS: _completion_columns(),
    Register.RESULTS: _result_columns(),
}

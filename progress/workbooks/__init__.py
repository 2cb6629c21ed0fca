"""Workbooks: the progress report and the registers as Excel files.

openpyxl and XlsxWriter are imported where they are used.
"""

import datetime as dt
from collections.abc import Sequence

from django.utils import translation

from progress.rollups import Register, RegisterRow
from progress.workbooks.archive import workbook_bytes
from progress.workbooks.flat_sheet import Column, day_line, sheet_title, sheet_write
from progress.workbooks.long_sheet import long_list_workbook
from progress.workbooks.register_sheet import COLUMNS
from progress.workbooks.report import (
    NOT_NARROWED,
    Narrowing,
    narrowing_of,
    progress_workbook,
    title,
    workbook_name,
)
from progress.workbooks.report.asked import Question, ReportAsked, report_asked, report_question

__all__ = [
    "NOT_NARROWED",
    "WORKBOOK_TYPE",
    "Column",
    "Narrowing",
    "Question",
    "ReportAsked",
    "list_workbook",
    "list_workbook_name",
    "long_list_workbook",
    "narrowing_of",
    "progress_workbook",
    "register_workbook",
    "register_workbook_name",
    "report_asked",
    "report_question",
    "workbook_name",
]

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def register_workbook(
    *,
    register: Register,
    rows: Sequence[RegisterRow],
    filters: Sequence[str],
    today: dt.date,
    now: dt.datetime,
    language: str,
) -> bytes:
    """These rows of a register, in their order, as the bytes of an .xlsx file (`list_workbook`)."""
    with translation.override(language):
        columns = COLUMNS[register]
        return list_workbook(
            name=str(register.label),
            columns=[one.column for one in columns],
            rows=[[one.said(row) for one in columns] for row in rows],
            filters=filters,
            today=today,
            now=now,
            language=language,
        )


def list_workbook(
    *,
    name: str,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    filters: Sequence[str],
    today: dt.date,
    now: dt.datetime,
    language: str,
) -> bytes:
    """A list of this name with these rows as the bytes of an .xlsx file.

    `filters` says in words what narrowed it and stands under the title, so that a part is never
    taken for the whole. The same input makes the same bytes.
    """
    from openpyxl import Workbook

    with translation.override(language):
        workbook = Workbook()
        workbook.properties.title = sheet_title(name)
        workbook.properties.subject = day_line(count=len(rows), filters=filters, today=today)
        workbook.properties.creator = str(title())
        sheet_write(workbook, name=name, columns=columns, rows=rows, filters=filters, today=today)
        return workbook_bytes(workbook, now=now)


def register_workbook_name(
    *, register: Register, today: dt.date, narrowed: bool, language: str
) -> str:
    """The file's name, such as 需协调事项台账_截至2026-11-24_筛选.xlsx (`list_workbook_name`)."""
    with translation.override(language):
        name = str(register.label)
    return list_workbook_name(name=name, today=today, narrowed=narrowed, language=language)


def list_workbook_name(*, name: str, today: dt.date, narrowed: bool, language: str) -> str:
    """The file's name: which list, as of which day, and whether it is a part of it."""
    with translation.override(language):
        about = {"register": name, "day": today.isoformat()}
        if narrowed:
            return translation.gettext("%(register)s_%(day)s_filtered.xlsx") % about
        return translation.gettext("%(register)s_%(day)s.xlsx") % about

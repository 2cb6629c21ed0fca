"""Workbooks: the progress report and the registers as Excel files.

openpyxl is imported where it is used.
"""

import datetime as dt
from collections.abc import Sequence

from django.utils import translation

from agencies.models import User
from progress.models import ReportingPeriod
from progress.rollups import Register, RegisterRow
from progress.workbooks.archive import workbook_bytes
from progress.workbooks.content import progress_content, title
from progress.workbooks.register_sheet import day_line, register_title, register_write
from progress.workbooks.sheet import sheet_write
from tasks.models import TaskQuerySet

__all__ = [
    "WORKBOOK_TYPE",
    "progress_workbook",
    "register_workbook",
    "register_workbook_name",
    "workbook_name",
]

WORKBOOK_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def progress_workbook(
    *,
    period: ReportingPeriod,
    user: User,
    today: dt.date,
    now: dt.datetime,
    tasks: TaskQuerySet,
    language: str,
) -> bytes:
    """The progress report of these tasks as of the period, as the bytes of an .xlsx file.

    It quotes approved reports only, of those that `user` may read. `language` is that of headings
    and words; texts of list and reports stay as they are. The same input makes the same bytes.
    """
    from openpyxl import Workbook

    with translation.override(language):
        content = progress_content(period=period, user=user, today=today, tasks=tasks)
        workbook = Workbook()
        workbook.properties.title = f"{content.title} {period.code}"
        workbook.properties.subject = content.period_line
        workbook.properties.creator = str(title())
        sheet_write(workbook, content)
        return workbook_bytes(workbook, now=now)


def workbook_name(*, period: ReportingPeriod, language: str) -> str:
    """The file's name, such as 进展情况表_2026-10.xlsx."""
    with translation.override(language):
        return translation.gettext("Progress_%(code)s.xlsx") % {"code": period.code}


def register_workbook(
    *,
    register: Register,
    rows: Sequence[RegisterRow],
    filters: Sequence[str],
    today: dt.date,
    now: dt.datetime,
    language: str,
) -> bytes:
    """These rows of a register, in their order, as the bytes of an .xlsx file.

    `filters` says in words what narrowed them and stands under the title, so that a part is never
    taken for the whole. The same input makes the same bytes.
    """
    from openpyxl import Workbook

    with translation.override(language):
        workbook = Workbook()
        workbook.properties.title = register_title(register)
        workbook.properties.subject = day_line(count=len(rows), filters=filters, today=today)
        workbook.properties.creator = str(title())
        register_write(workbook, register=register, rows=rows, filters=filters, today=today)
        return workbook_bytes(workbook, now=now)


def register_workbook_name(
    *, register: Register, today: dt.date, narrowed: bool, language: str
) -> str:
    """The file's name, such as 需协调事项台账_截至2026-11-24_筛选.xlsx: which register, as of which
    day, and whether it is a part of it."""
    with translation.override(language):
        about = {"register": register.label, "day": today.isoformat()}
        if narrowed:
            return translation.gettext("%(register)s_%(day)s_filtered.xlsx") % about
        return translation.gettext("%(register)s_%(day)s.xlsx") % about

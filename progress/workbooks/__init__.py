"""Workbooks: the progress report as an Excel file. openpyxl is imported where it is used."""

import datetime as dt

from django.utils import translation

from agencies.models import User
from progress.models import ReportingPeriod
from progress.workbooks.archive import workbook_bytes
from progress.workbooks.content import progress_content, title
from progress.workbooks.sheet import sheet_write
from tasks.models import TaskQuerySet

__all__ = ["WORKBOOK_TYPE", "progress_workbook", "workbook_name"]

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

"""The progress report (进展情况表) as an Excel file of five sheets."""

import datetime as dt
from collections.abc import Callable

from django.utils import translation

from agencies.models import User
from progress.models import EditionKind, Paper, ReportingPeriod
from progress.workbooks.report.book import Book
from progress.workbooks.report.content import progress_content
from progress.workbooks.report.data_sheet import data_write
from progress.workbooks.report.form_sheet import form_write
from progress.workbooks.report.names import (
    NOT_NARROWED,
    Narrowing,
    narrowing_of,
    workbook_name,
)
from progress.workbooks.report.notes_sheet import notes_write
from progress.workbooks.report.summary_sheets import agencies_write, chapters_write
from progress.workbooks.report.words import as_of, title
from tasks.models import TaskQuerySet

__all__ = [
    "NOT_NARROWED",
    "Narrowing",
    "narrowing_of",
    "progress_workbook",
    "title",
    "workbook_name",
]

# So many tasks are written row by row, which takes longer and memory for none of their cells.
LONG_FROM = 2_000


def progress_workbook(
    *,
    period: ReportingPeriod,
    user: User,
    today: dt.date,
    now: dt.datetime,
    tasks: TaskQuerySet,
    language: str,
    edition: EditionKind = EditionKind.INTERNAL,
    paper: Paper = Paper.A3,
    narrowing: Narrowing = NOT_NARROWED,
    errata: int = 0,
    on_progress: Callable[[int, int], None] | None = None,
) -> bytes:
    """The progress report of these tasks as of the period, as the bytes of an .xlsx file.

    It quotes approved reports only, of those that `user` may read; the public edition has no
    internal columns: lights, problems, next steps, remarks, and what tells of handing in. It says
    what the errata of a closed period correct up to the one of the number `errata`. `language` is
    that of headings and words; texts of list and reports stay as they are. `on_progress` is told
    how many of how many tasks are written. The same input makes the same bytes.
    """
    with translation.override(language):
        content = progress_content(
            period=period,
            user=user,
            today=today,
            tasks=tasks,
            edition=edition,
            narrowing=narrowing,
            errata=errata,
        )
        book = Book(
            now=now,
            title=title(),
            subject=f"{period.code} {as_of(content)} {edition.label}",
            author=title(),
            is_long=len(content.tasks) >= LONG_FROM,
        )
        form_write(book, content, paper=paper, on_progress=on_progress)
        chapters_write(book, content, paper=paper)
        agencies_write(book, content, user=user, paper=paper)
        data_write(book, content, paper=paper)
        notes_write(book, content, paper=paper)
        return book.close()

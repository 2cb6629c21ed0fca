"""The brief (专报, 通报): a Word document from a template that the office can edit in Word.

docxtpl, python-docx, Jinja and lxml are imported where they are used.
"""

import datetime as dt

from agencies.models import User
from progress.models import BriefKind, ReportingPeriod
from progress.workbooks.brief.content import BriefDetails, brief_content
from progress.workbooks.brief.context import Described, described
from progress.workbooks.brief.refusal import BriefTemplateRefused
from progress.workbooks.brief.sample import full_sample
from progress.workbooks.brief.templates import (
    LARGEST_MEGABYTES,
    LONGEST_NOTE,
    TOO_LARGE,
    brief_template_add,
    brief_template_use,
    template_bytes,
    template_in_use,
)
from progress.workbooks.brief.wording import document_number, period_said

__all__ = [
    "BRIEF_TYPE",
    "LARGEST_MEGABYTES",
    "LONGEST_NOTE",
    "TOO_LARGE",
    "BriefDetails",
    "BriefTemplateRefused",
    "Described",
    "brief",
    "brief_name",
    "brief_template_add",
    "brief_template_use",
    "document_number",
    "template_bytes",
    "template_in_use",
    "variables",
]

BRIEF_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_TITLES = {
    BriefKind.REPORT: "{period}服务业扩大开放综合试点任务进展情况专报",
    BriefKind.CIRCULAR: "关于{period}服务业扩大开放综合试点任务进展情况的通报",
}


def brief(
    *,
    kind: BriefKind,
    period: ReportingPeriod,
    user: User,
    today: dt.date,
    now: dt.datetime,
    details: BriefDetails,
) -> bytes:
    """The brief on the period from the template in use, as the bytes of a .docx file.

    Figures are those of the overview; words are quoted from approved reports alone, of those that
    `user` may read. The same input makes the same bytes. Raises BriefTemplateRefused where the
    template cannot be filled in, DamagedFile where it is gone.
    """
    from progress.workbooks.brief.rendering import brief_rendered

    content = brief_content(period=period, user=user, today=today, now=now, details=details)
    template = template_bytes(kind, template_in_use(kind))
    return brief_rendered(
        template, content, title=_title(kind, period), subject=content.period, now=now
    )


def brief_name(*, kind: BriefKind, period: ReportingPeriod) -> str:
    """The file's name: the document's title."""
    return f"{_title(kind, period)}.docx"


def variables() -> list[Described]:
    """Every variable that a template may use, with its meaning and an example."""
    return list(described(full_sample()))


def _title(kind: BriefKind, period: ReportingPeriod) -> str:
    return _TITLES[kind].format(period=period_said(period))

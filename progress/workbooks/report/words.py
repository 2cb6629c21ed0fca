"""The words of a progress report's cells, in the reader's language."""

import datetime as dt
from collections.abc import Sequence

from django.db import models
from django.utils import formats
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from progress.rollups import ChapterFigures, ReportTexts, TaskRow
from progress.states import ReportState
from progress.workbooks.report.content import ProgressContent, TaskEntry
from progress.workbooks.report.corrections import correction_line
from tasks.listing.numerals import chinese_numeral
from tasks.models import Status

SEPARATOR = "、"
# Characters of file names in one cell; what is beyond is counted.
MOST_NAMES = 1000


def labels(choices: type[models.TextChoices]) -> dict[str, str]:
    """The words of each value, looked up once: a report says them a thousand times."""
    return {one.value: str(one.label) for one in choices}


def title() -> str:
    """The official title of the form."""
    return _("Progress of Tianjin's pilot tasks for opening up its service sector")


def day_words(day: dt.date) -> str:
    """A day as a sentence writes it."""
    return str(formats.date_format(day, _("F j, Y")))


def as_of(content: ProgressContent) -> str:
    """Under each title: the day, and of a part of the list that it is one, and which."""
    said = [_("as of %(day)s") % {"day": day_words(content.day)}]
    if content.is_a_part:
        # A figure of a part must never be taken for one of the whole list.
        said.append(_part(content))
    corrected = correction_line(content.errata)
    if corrected:
        said.append(corrected)
    return _("(%(said)s)") % {"said": "；".join(said)}


def _part(content: ProgressContent) -> str:
    part = _("%(tasks)d of the list's %(whole)d tasks") % {
        "tasks": len(content.tasks),
        "whole": content.listed,
    }
    which = "；".join(content.narrowing.filters)
    return _("%(part)s: %(which)s") % {"part": part, "which": which} if which else part


def numeral(number: int) -> str:
    """As the list counts its chapters to readers of Chinese: 一, 二, …"""
    return chinese_numeral(number) if (get_language() or "").startswith("zh") else str(number)


def chapter_band(chapter: ChapterFigures) -> str:
    """一、…（共N项，已完成N项）"""
    return ngettext(
        "%(number)s. %(title)s (%(tasks)d task, %(completed)d completed)",
        "%(number)s. %(title)s (%(tasks)d tasks, %(completed)d completed)",
        chapter.figures.tasks,
    ) % {
        "number": numeral(chapter.number),
        "title": chapter.title,
        "tasks": chapter.figures.tasks,
        "completed": chapter.figures.tasks_by_status[Status.COMPLETED],
    }


def leads_and_cos(row: TaskRow) -> tuple[str, str]:
    """The agencies' names; of an open list the last of them "and others"."""
    leads, cos = (SEPARATOR.join(agency.name for agency in part) for part in (row.leads, row.cos))
    if row.open_ended:
        cos = _("%(agencies)s and others") % {"agencies": cos} if cos else cos
        leads = leads if cos else _("%(agencies)s and others") % {"agencies": leads}
    return leads, cos


def deadline(row: TaskRow, *, with_original: bool) -> str:
    """The deadline, under it the first one where another has taken its place since."""
    said = _in_a_cell(row.deadline) if row.deadline else _("Not set")
    original = row.original_deadline
    if not with_original or original is None or original == row.deadline:
        return said
    return _("%(deadline)s\noriginally\n%(original)s") % {
        "deadline": said,
        "original": _in_a_cell(original),
    }


def _in_a_cell(day: dt.date) -> str:
    """Broken where a person would break it: the column has no room for the whole."""
    return str(formats.date_format(day, pgettext("date in a narrow cell", "Y-m-d")))


def next_steps(texts: ReportTexts | None) -> str:
    """Next steps and what others must help with: the form has one column for both."""
    if texts is None:
        return ""
    if not texts.coordination.strip():
        return texts.next_steps
    matters = _("Matters to coordinate: %(matters)s") % {"matters": texts.coordination}
    return f"{texts.next_steps}\n{matters}" if texts.next_steps.strip() else matters


def reporting(row: TaskRow) -> str:
    """How far the period's report is, where the reader may know it."""
    if not row.reporting_known:
        return ""
    state = {
        None: _("Not handed in"),
        ReportState.DRAFT: _("Not handed in (being written)"),
        ReportState.AGENCY_REVIEW: _("Not handed in (in agency review)"),
        ReportState.SUBMITTED: _("Handed in, waiting for review"),
        ReportState.RETURNED: _("Returned, to be corrected"),
        ReportState.APPROVED: str(ReportState.APPROVED.label),
    }[ReportState(row.report_state) if row.report_state else None]
    if not row.handed_in_late:
        return state
    return _("%(late)s; %(state)s") % {"late": _("Handed in late"), "state": state}


def remark(task: TaskEntry) -> str:
    """How far the report is where it is not just approved, the evidence, and what corrects it."""
    row = task.row
    lines = []
    if row.reporting_known and row.report_state != ReportState.APPROVED:
        lines.append(reporting(row))
    elif row.reporting_known and row.handed_in_late:
        lines.append(_("Handed in late"))
    if task.corrections:
        lines.append(task.corrections)
    if task.evidence:
        lines.append(_("Evidence: %(files)s") % {"files": files(task.evidence)})
    return "\n".join(lines)


def files(names: Sequence[str]) -> str:
    """The files' names; where there are very many the first of them and how many there are."""
    shown: list[str] = []
    room = MOST_NAMES
    for name in names:
        room -= len(name)
        if shown and room < 0:
            said = SEPARATOR.join(shown)
            return _("%(files)s and others, %(count)d files") % {
                "files": said,
                "count": len(names),
            }
        shown.append(name)
    return SEPARATOR.join(shown)

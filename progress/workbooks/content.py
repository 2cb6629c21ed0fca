"""What the progress workbook says, in the reader's language, before it is laid out on a sheet."""

import datetime as dt
from dataclasses import dataclass

from django.utils import formats
from django.utils.translation import get_language, ngettext, pgettext
from django.utils.translation import gettext as _

from agencies.models import User
from progress.lights import Light
from progress.models import Policy, Report, ReportingPeriod
from progress.rollups import (
    NOTHING_DROPPED,
    ChapterFigures,
    Figures,
    MeasureRow,
    Rate,
    ReportTexts,
    TaskRow,
    chapter_figures,
    dropped_since,
    figures_of,
    measure_rows,
    reading_day,
    report_texts,
    task_rows,
    tasks_counted,
)
from progress.states import ReportState
from tasks.listing.numerals import chinese_numeral
from tasks.models import Status, Task, TaskQuerySet

SEPARATOR = "、"


@dataclass(frozen=True, slots=True)
class MeasureEntry:
    """One measure, with what the period's approved report says of it."""

    text: str
    status: str
    progress: str


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """One task. Its texts are empty unless the period's report is approved."""

    number: int
    title: str
    leads: str
    cos: str
    deadline: str
    light: str
    measures: tuple[MeasureEntry, ...]
    problems: str
    next_steps: str
    remark: str


@dataclass(frozen=True, slots=True)
class ChapterEntry:
    heading: str
    tasks: tuple[TaskEntry, ...]


@dataclass(frozen=True, slots=True)
class ProgressContent:
    title: str
    period_line: str
    notice: str
    headings: tuple[str, ...]
    chapters: tuple[ChapterEntry, ...]
    notes: tuple[str, ...]


def title() -> str:
    """The official title of the form."""
    return _("Progress of Tianjin's pilot tasks for opening up its service sector")


def progress_content(
    *, period: ReportingPeriod, user: User, today: dt.date, tasks: TaskQuerySet
) -> ProgressContent:
    """What the workbook says of these tasks as of the period, to this reader.

    An official document quotes approved reports only, also to those who may read others. A constant
    number of statements.
    """
    rows = task_rows(tasks=tasks, period=period, user=user, today=today)
    approved = Report.objects.visible_to(user).filter(state=ReportState.APPROVED)
    measures = measure_rows(tasks=tasks, period=period, reports=approved)
    texts = report_texts(tasks=tasks, period=period, reports=approved)
    whole = tasks_counted(Task.objects.visible_to(user), period).count()
    dropped = dropped_since(period) if len(rows) == whole else NOTHING_DROPPED
    day = _day(reading_day(period, today=today))
    entries: dict[int, list[TaskEntry]] = {}
    for row in rows:
        entry = _task_entry(row, measures.get(row.id, []), texts.get(row.id))
        entries.setdefault(row.chapter_number, []).append(entry)
    return ProgressContent(
        title=title(),
        period_line=_period_line(period, day, len(rows), whole),
        notice=_("Classified content must not be entered."),
        headings=headings(),
        chapters=tuple(
            ChapterEntry(_chapter_heading(chapter), tuple(entries[chapter.number]))
            for chapter in chapter_figures(rows)
        ),
        notes=_notes(figures_of(rows, dropped=dropped), day, Policy.current()),
    )


def headings() -> tuple[str, ...]:
    """The headings of the form's columns, in their order."""
    return (
        pgettext("column", "No."),
        pgettext("column", "Pilot task"),
        pgettext("column", "Measures"),
        pgettext("column", "Lead agency"),
        pgettext("column", "Co-responsible agencies"),
        pgettext("column", "Deadline"),
        pgettext("column", "Status"),
        pgettext("column", "Light"),
        pgettext("column", "Progress this period"),
        pgettext("column", "Problems"),
        pgettext("column", "Next steps"),
        pgettext("column", "Remarks"),
    )


def _task_entry(row: TaskRow, measures: list[MeasureRow], texts: ReportTexts | None) -> TaskEntry:
    leads, cos = (SEPARATOR.join(agency.name for agency in part) for part in (row.leads, row.cos))
    if row.open_ended:
        cos = _("%(agencies)s and others") % {"agencies": cos} if cos else cos
        leads = leads if cos else _("%(agencies)s and others") % {"agencies": leads}
    return TaskEntry(
        number=row.number,
        title=row.title,
        leads=leads,
        cos=cos,
        deadline=_deadline(row),
        light=str(Light(row.light).label),
        measures=tuple(
            MeasureEntry(
                measure.text,
                str(Status(measure.status).label),
                measure.progress,
            )
            for measure in measures
        ),
        problems=texts.problems if texts else "",
        next_steps=_next_steps(texts) if texts else "",
        remark=_remark(row),
    )


def _next_steps(texts: ReportTexts) -> str:
    """Next steps and what others must help with: the form has one column for both."""
    if not texts.coordination.strip():
        return texts.next_steps
    matters = _("Matters to coordinate: %(matters)s") % {"matters": texts.coordination}
    return f"{texts.next_steps}\n{matters}" if texts.next_steps.strip() else matters


def _deadline(row: TaskRow) -> str:
    """The deadline, and the first one beside it where another has taken its place since."""
    deadline = row.deadline.isoformat() if row.deadline else _("Not set")
    original = row.original_deadline
    if original is None or original == row.deadline:
        return deadline
    return _("%(deadline)s (originally %(original)s)") % {
        "deadline": deadline,
        "original": original.isoformat(),
    }


def _remark(row: TaskRow) -> str:
    """How far the period's report is, where the reader may know it and it is not just approved."""
    if not row.reporting_known:
        return ""
    words = {
        None: _("Not handed in"),
        ReportState.DRAFT: _("Not handed in (being written)"),
        ReportState.AGENCY_REVIEW: _("Not handed in (in agency review)"),
        ReportState.SUBMITTED: _("Handed in, waiting for review"),
        ReportState.RETURNED: _("Returned, to be corrected"),
        ReportState.APPROVED: "",
    }[ReportState(row.report_state) if row.report_state else None]
    if not row.handed_in_late:
        return words
    late = _("Handed in late")
    return _("%(late)s; %(state)s") % {"late": late, "state": words} if words else late


def _chapter_heading(chapter: ChapterFigures) -> str:
    return ngettext(
        "%(number)s. %(title)s (%(tasks)d task, %(completed)d completed)",
        "%(number)s. %(title)s (%(tasks)d tasks, %(completed)d completed)",
        chapter.figures.tasks,
    ) % {
        "number": _numeral(chapter.number),
        "title": chapter.title,
        "tasks": chapter.figures.tasks,
        "completed": chapter.figures.tasks_by_status[Status.COMPLETED],
    }


def _numeral(number: int) -> str:
    """As the list counts its chapters to readers of Chinese: 一, 二, …"""
    return chinese_numeral(number) if (get_language() or "").startswith("zh") else str(number)


def _day(day: dt.date) -> str:
    return str(formats.date_format(day, _("F j, Y")))


def _period_line(period: ReportingPeriod, day: str, tasks: int, whole: int) -> str:
    line = _("Reporting period: %(code)s (as of %(day)s)") % {"code": period.code, "day": day}
    if tasks == whole:
        return line
    # A figure of a part must never be taken for one of the whole list.
    part = _("%(tasks)d of the list's %(whole)d tasks") % {"tasks": tasks, "whole": whole}
    return f"{line}    {part}"


def _notes(figures: Figures, day: str, policy: Policy) -> tuple[str, ...]:
    return (
        _(
            "Statuses and lights are as of %(day)s and rest on approved reports. Progress, "
            "problems and next steps are quoted from this period's approved report; where it is "
            "not approved, the remarks say how far it is."
        )
        % {"day": day},
        _(
            "Status: a task is completed when all its measures are, ongoing when each is completed "
            "or ongoing and at least one is ongoing, in progress once any has begun, else not "
            "started. Each row gives the status of its measure."
        ),
        ngettext(
            "Light, the first that holds: blue, completed in time; completed late; red, past the "
            "deadline; yellow, within %(days)d working day of the deadline, or this period's "
            "report missing after its due date; green, in time, and ongoing without a deadline; "
            "no deadline set.",
            "Light, the first that holds: blue, completed in time; completed late; red, past the "
            "deadline; yellow, within %(days)d working days of the deadline, or this period's "
            "report missing after its due date; green, in time, and ongoing without a deadline; "
            "no deadline set.",
            policy.yellow_working_days,
        )
        % {"days": policy.yellow_working_days},
        _("By task: %(rates)s")
        % {"rates": _rates(figures.started_rate, figures.implemented_rate, figures.completed_rate)},
        _("By measure: %(rates)s")
        % {
            "rates": _rates(
                figures.measures_started_rate,
                figures.measures_implemented_rate,
                figures.measures_completed_rate,
            )
        },
        _("Reporting: %(rates)s")
        % {"rates": _rate(pgettext("rate", "handed in on time"), figures.on_time_rate)},
    )


def _rates(started: Rate, implemented: Rate, completed: Rate) -> str:
    return _("%(started)s; %(implemented)s; %(completed)s") % {
        "started": _rate(pgettext("rate", "started"), started),
        "implemented": _rate(pgettext("rate", "implemented"), implemented),
        "completed": _rate(pgettext("rate", "completed"), completed),
    }


def _rate(name: str, rate: Rate) -> str:
    percent = "—" if rate.percent is None else f"{rate.percent}%"
    return f"{name} = {rate.formula} = {rate.part} / {rate.whole} = {percent}"

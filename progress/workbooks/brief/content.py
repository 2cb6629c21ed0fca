"""What the brief says of a period: figures of the rollups, and words of approved reports."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils import translation

from agencies.models import User
from progress.lights import Light
from progress.models import (
    Erratum,
    Matter,
    Report,
    ReportingPeriod,
    Result,
    ResultKind,
)
from progress.rollups import (
    ErratumRow,
    Figures,
    FiguresOfPeriod,
    MatterRow,
    Rate,
    ReportTexts,
    ResultRow,
    TaskRow,
    chapter_figures,
    dropped_since,
    erratum_rows,
    figures_of,
    figures_of_period,
    list_then,
    matters_quoted,
    period_before,
    reading_day,
    report_texts,
    results_quoted,
    task_rows,
)
from progress.states import ReportState
from progress.workbooks.brief import wording
from progress.workbooks.brief.context import (
    Brief,
    ChapterLine,
    Counts,
    HandingIn,
    Late,
    LateLine,
    Lights,
    MatterLine,
    Matters,
    ProblemLine,
    Problems,
    ResultLine,
    Results,
    Sentences,
)
from progress.workbooks.brief.wording import day_said, plain, quoted, rate_said
from progress.workbooks.report.corrections import texts_corrected
from tasks.listing import chinese_numeral
from tasks.models import Status, Task

# The document's own language, whatever that of the screen is.
LANGUAGE = "zh-hans"
SEPARATOR = "、"
# A brief is read in minutes: of more problems or matters the first are listed, and all are counted.
MOST_LISTED = 15


@dataclass(frozen=True, slots=True)
class BriefDetails:
    """What only the office knows: how the document is headed, numbered, addressed and signed."""

    dated: dt.date
    masthead: str = ""
    copy_number: str = ""
    document: str = ""
    signer: str = ""
    addressee: str = ""
    signature: str = ""
    copies: str = ""


@dataclass(frozen=True, slots=True)
class _Read:
    """The period as it was read."""

    period: ReportingPeriod
    before: ReportingPeriod | None
    day: str
    rows: Sequence[TaskRow]
    figures: FiguresOfPeriod
    figures_before: FiguresOfPeriod | None
    texts: Mapping[int, ReportTexts]
    results: Sequence[ResultRow]
    matters: Sequence[MatterRow]
    errata: Sequence[ErratumRow]

    @property
    def whole(self) -> Figures:
        return self.figures.whole


def brief_content(
    *,
    period: ReportingPeriod,
    user: User,
    today: dt.date,
    now: dt.datetime,
    details: BriefDetails,
) -> Brief:
    """What the brief says of the period to this reader, in Chinese: a constant number of
    statements.

    Figures are those of the overview of the same period, and of a closed one those that were kept.
    Words are quoted from approved reports alone, of those that the reader may read.
    """
    with translation.override(LANGUAGE):
        return _content(_read(period, user, today, now), details)


def _read(period: ReportingPeriod, user: User, today: dt.date, now: dt.datetime) -> _Read:
    tasks = Task.objects.visible_to(user)
    periods = list(ReportingPeriod.objects.visible_to(user))
    before = period_before(period=period, periods=periods)
    rows = task_rows(tasks=tasks, period=period, user=user, today=today)
    then = list_then(period)
    approved = Report.objects.visible_to(user).filter(state=ReportState.APPROVED)
    made = Erratum.objects.visible_to(user).filter(period=period).count()
    errata = erratum_rows(period=period, until=made)
    if then is not None:
        rows, errata = then.task_rows(rows, is_whole=True), then.erratum_rows(errata)
    return _Read(
        period=period,
        before=before,
        day=day_said(reading_day(period, today=today)),
        rows=rows,
        figures=_figures(period, rows, today),
        figures_before=figures_of_period(period=before, today=today) if before else None,
        texts=texts_corrected(report_texts(tasks=tasks, period=period, reports=approved), errata),
        results=results_quoted(results=Result.objects.visible_to(user), period=period, now=now),
        matters=matters_quoted(matters=Matter.objects.visible_to(user), period=period, now=now),
        errata=errata,
    )


def _figures(period: ReportingPeriod, rows: Sequence[TaskRow], today: dt.date) -> FiguresOfPeriod:
    if not period.is_open:
        return figures_of_period(period=period, today=today)
    return FiguresOfPeriod(
        whole=figures_of(rows),
        chapters={one.number: one.figures for one in chapter_figures(rows)},
        agencies={},
    )


def _content(read: _Read, details: BriefDetails) -> Brief:
    whole, period = read.whole, read.period
    chapters, problems, matters = _chapters(read), _problems(read), _matters(read)
    return Brief(
        period=wording.period_said(period),
        day=read.day,
        before=wording.period_said(read.before) if read.before else "",
        is_open=period.is_open,
        masthead=plain(details.masthead),
        # Copies are counted in six digits; without a number nothing is printed.
        copy_number=details.copy_number and plain(details.copy_number).zfill(6),
        document=wording.document_number(plain(details.document)),
        signer=plain(details.signer),
        addressee=plain(details.addressee).rstrip("：:"),
        signature=plain(details.signature),
        dated=day_said(details.dated),
        copies=plain(details.copies).rstrip("。."),
        chapters_count=len(chapters),
        dropped=dropped_since(period, named={row.id for row in read.rows}).tasks,
        errata=len(read.errata),
        tasks=_counts(
            whole.tasks_by_status,
            (whole.started_rate, whole.implemented_rate, whole.completed_rate),
        ),
        measures=_counts(
            whole.measures_by_status,
            (
                whole.measures_started_rate,
                whole.measures_implemented_rate,
                whole.measures_completed_rate,
            ),
        ),
        lights=_lights(whole),
        handing_in=HandingIn(
            due=whole.due,
            handed_in=whole.handed_in,
            on_time=whole.on_time,
            late=whole.handed_in_late,
            missing=whole.missing,
            on_time_rate=rate_said(whole.on_time_rate),
        ),
        chapters=chapters,
        results=_results(read),
        problems=problems,
        matters=matters,
        late=_late(read),
        said=_sentences(read, len(chapters), problems, matters),
    )


def _sentences(read: _Read, chapters: int, problems: Problems, matters: Matters) -> Sentences:
    whole, period = read.whole, read.period
    return Sentences(
        opening=_opening(read, chapters),
        tasks=wording.tasks_said(whole, read.day),
        change=wording.change_said(
            whole,
            read.figures_before.whole if read.figures_before else None,
            wording.period_said(read.before) if read.before else "",
        ),
        measures=wording.measures_said(whole),
        lights=wording.lights_said(whole),
        handing_in=wording.handing_in_said(whole, period),
        results=wording.results_said(read.results),
        problems=wording.problems_said(
            tasks=problems.tasks, shown=problems.shown, reports=len(read.texts)
        ),
        matters=wording.matters_said(count=matters.all, shown=matters.shown),
        late=wording.late_said(whole, read.day),
        errata=wording.errata_said(read.errata),
        notes=(
            "启动率为推进中、已完成和长期坚持的任务占全部任务的比重，落地率为已完成和长期坚持的任务"
            "占全部任务的比重，完成率为已完成的任务占全部任务的比重。"
        ),
    )


def _opening(read: _Read, chapters: int) -> str:
    state = "，本期填报尚未结束" if read.period.is_open else ""
    return (
        f"《天津市加快推进服务业扩大开放综合试点任务清单》（以下简称《任务清单》）共{chapters}个章节、"
        f"{read.whole.tasks}项试点任务、{read.whole.measures}项落实举措。"
        f"数据截至{read.day}，以审核通过的进展报告为准{state}。"
    )


def _counts(counts: Mapping[str, int], rates: tuple[Rate, Rate, Rate]) -> Counts:
    started, implemented, completed = map(rate_said, rates)
    return Counts(
        all=sum(counts.values()),
        completed=counts[Status.COMPLETED],
        ongoing=counts[Status.ONGOING],
        in_progress=counts[Status.IN_PROGRESS],
        not_started=counts[Status.NOT_STARTED],
        started=started,
        implemented=implemented,
        completed_rate=completed,
    )


def _lights(figures: Figures) -> Lights:
    return Lights(**{str(light.value): figures.lights[light] for light in Light})


def _chapters(read: _Read) -> tuple[ChapterLine, ...]:
    titles = dict(sorted((row.chapter_number, row.chapter_title) for row in read.rows))
    lines = []
    for number, title in titles.items():
        figures = read.figures.of(chapter=number)
        lines.append(
            ChapterLine(
                numeral=chinese_numeral(number),
                title=plain(title),
                tasks=_counts(
                    figures.tasks_by_status,
                    (figures.started_rate, figures.implemented_rate, figures.completed_rate),
                ),
                lights=_lights(figures),
                said=wording.chapter_said(figures),
            )
        )
    return tuple(lines)


def _results(read: _Read) -> Results:
    rows = {row.id: row for row in read.rows}
    counted = {kind: sum(one.kind == kind for one in read.results) for kind in ResultKind}
    return Results(
        all=len(read.results),
        policies=counted[ResultKind.POLICY],
        projects=counted[ResultKind.PROJECT],
        firsts=counted[ResultKind.FIRST],
        practices=counted[ResultKind.PRACTICE],
        lines=tuple(
            ResultLine(
                kind=str(one.kind.label),
                title=plain(one.title),
                document=wording.document_number(plain(one.document)),
                day=day_said(one.came_on),
                task=row.number if row else one.about.task_number,
                task_title=_title(row.title if row else one.about.task_title),
                leads=_names(row) if row else "",
            )
            for one in read.results
            for row in (rows.get(one.about.task_id),)
        ),
    )


def _problems(read: _Read) -> Problems:
    order = list(Light)
    having = [
        row for row in read.rows if row.id in read.texts and read.texts[row.id].problems.strip()
    ]
    having.sort(key=lambda row: (order.index(row.light), row.number))
    shown = having[:MOST_LISTED]
    return Problems(
        tasks=len(having),
        shown=len(shown),
        lines=tuple(
            ProblemLine(
                task=row.number,
                title=_title(row.title),
                leads=_names(row),
                light=str(row.light.label),
                text=quoted(read.texts[row.id].problems),
            )
            for row in shown
        ),
    )


def _matters(read: _Read) -> Matters:
    shown = read.matters[:MOST_LISTED]
    rows = {row.id: row for row in read.rows}
    return Matters(
        all=len(read.matters),
        shown=len(shown),
        lines=tuple(
            MatterLine(
                task=row.number if row else one.about.task_number,
                title=_title(row.title if row else one.about.task_title),
                agency=one.raised_by.name if one.raised_by else "",
                raised_on=day_said(one.raised_on),
                text=quoted(one.text),
            )
            for one in shown
            for row in (rows.get(one.about.task_id),)
        ),
    )


def _late(read: _Read) -> Late:
    late = sorted(
        (row for row in read.rows if row.light == Light.RED),
        key=lambda row: (row.deadline or dt.date.max, row.number),
    )
    return Late(
        all=read.whole.lights[Light.RED],
        lines=tuple(
            LateLine(
                task=row.number,
                title=_title(row.title),
                leads=_names(row),
                deadline=day_said(row.deadline) if row.deadline else "",
                status=str(Status(row.status).label),
            )
            for row in late
        ),
    )


def _names(row: TaskRow) -> str:
    return SEPARATOR.join(agency.name for agency in row.leads)


def _title(title: str) -> str:
    """A task's title as it stands within a sentence."""
    return plain(title).rstrip("。；")

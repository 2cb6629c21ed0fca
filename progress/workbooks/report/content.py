"""What a progress report says, as typed rows, before it is put into words and laid out."""

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q

from agencies.models import User
from progress.models import EditionKind, Evidence, Policy, Report, ReportingPeriod
from progress.rollups import (
    NOTHING_DROPPED,
    AgencyFigures,
    ChapterFigures,
    Dropped,
    ErratumRow,
    Figures,
    FiguresOfPeriod,
    MeasureRow,
    ReportTexts,
    TaskRow,
    TrendPoint,
    agency_figures,
    chapter_figures,
    dropped_since,
    erratum_rows,
    figures_of,
    knows_handing_in,
    list_then,
    measure_rows,
    past_read,
    policy_read,
    reading_day,
    report_texts,
    task_rows,
    tasks_counted,
    trend,
)
from progress.states import ReportState
from progress.workbooks.report.corrections import (
    correction_remarks,
    errata_told,
    measures_corrected,
    texts_corrected,
)
from progress.workbooks.report.names import Narrowing
from tasks.models import Task, TaskQuerySet


@dataclass(frozen=True, slots=True)
class TaskEntry:
    """One task with its measures. `texts` are None unless the period's report is approved;
    `evidence` names the files that this report rests on; `corrections` says what corrects it.
    """

    row: TaskRow
    measures: Sequence[MeasureRow]
    texts: ReportTexts | None
    evidence: Sequence[str]
    corrections: str


@dataclass(frozen=True, slots=True)
class ProgressContent:
    """What the report says of its tasks as of the period.

    `listed` is how many tasks the whole list has, `dropped` what the period counts that has no row
    any more. `trend` is empty where the tasks are neither the whole list nor one chapter's, nor
    asked for by their agency, and where the reader may not know of handing in.
    """

    period: ReportingPeriod
    day: dt.date
    edition: EditionKind
    narrowing: Narrowing
    listed: int
    tasks: Sequence[TaskEntry]
    whole: Figures
    dropped: Dropped
    chapters: Sequence[ChapterFigures]
    agencies: Sequence[AgencyFigures]
    trend: Sequence[TrendPoint]
    errata: Sequence[ErratumRow]
    policy: Policy

    @property
    def is_internal(self) -> bool:
        return self.edition == EditionKind.INTERNAL

    @property
    def is_a_part(self) -> bool:
        return len(self.tasks) != self.listed


def progress_content(
    *,
    period: ReportingPeriod,
    user: User,
    today: dt.date,
    tasks: TaskQuerySet,
    edition: EditionKind,
    narrowing: Narrowing,
    errata: int = 0,
) -> ProgressContent:
    """What the report says of these tasks as of the period, to this reader.

    An official document quotes approved reports only, also to those who may read others. It says
    what the errata of a closed period correct up to the one of the number `errata`. A constant
    number of statements, however many tasks, reports and closed periods there are.
    """
    past = past_read(tasks=tasks, period=period)
    rows: Sequence[TaskRow] = task_rows(
        tasks=tasks, period=period, user=user, today=today, past=past
    )
    then = list_then(period)
    listed = tasks_counted(Task.objects.visible_to(user), period).count()
    is_whole = len(rows) == listed
    if then is not None:
        rows, listed = then.task_rows(rows, is_whole=is_whole), len(then.tasks)
    approved = Report.objects.visible_to(user).filter(state=ReportState.APPROVED)
    shown = {row.id for row in rows}
    told = [
        one
        for one in errata_told(erratum_rows(period=period, until=errata), edition)
        if one.task_id in shown
    ]
    measures: Mapping[int, Sequence[MeasureRow]] = measure_rows(
        tasks=tasks, period=period, reports=approved, past=past
    )
    if then is not None:
        told = then.erratum_rows(told)
        measures = then.measure_rows(measures)
    measures = measures_corrected(measures, told)
    texts = texts_corrected(report_texts(tasks=tasks, period=period, reports=approved), told)
    corrections = correction_remarks(told)
    internal = edition == EditionKind.INTERNAL
    evidence = _evidence(user, period) if internal else {}
    dropped = dropped_since(period, named=shown) if is_whole else NOTHING_DROPPED
    whole = figures_of(rows, dropped=dropped)
    chapters, agencies = chapter_figures(rows), agency_figures(rows)
    return ProgressContent(
        period=period,
        day=reading_day(period, today=today),
        edition=edition,
        narrowing=narrowing,
        listed=listed,
        tasks=[
            TaskEntry(
                row,
                measures.get(row.id, []),
                texts.get(row.id),
                evidence.get(row.id, []),
                corrections.get(row.id, ""),
            )
            for row in rows
        ],
        whole=whole,
        dropped=dropped,
        chapters=chapters,
        agencies=agencies,
        trend=_trend(
            period, user, today, narrowing, _added_up(period, whole, chapters, agencies, narrowing)
        )
        if internal and (narrowing.has_figures or is_whole)
        else [],
        errata=told,
        policy=policy_read(period),
    )


def _evidence(user: User, period: ReportingPeriod) -> Mapping[int, Sequence[str]]:
    """By the task's id the files of its approved report: of a closed period those of its closing.

    What another agency attached to its contribution is no evidence of the report.
    """
    files = Evidence.objects.visible_to(user).filter(
        report__period=period, report__state=ReportState.APPROVED
    )
    if period.closed_at is None:
        files = files.standing()
    else:
        files = files.filter(
            Q(removed_at=None) | Q(removed_at__gt=period.closed_at), added_at__lte=period.closed_at
        )
    found: defaultdict[int, list[str]] = defaultdict(list)
    for task_id, name in files.order_by("pk").values_list("report__task_id", "name"):
        found[task_id].append(name)
    return found


def _added_up(
    period: ReportingPeriod,
    whole: Figures,
    chapters: Sequence[ChapterFigures],
    agencies: Sequence[AgencyFigures],
    narrowing: Narrowing,
) -> Mapping[int, FiguresOfPeriod]:
    """The period's own figures, which need not be read again where they are those of the trend."""
    if narrowing.agency is not None:
        return {}  # the tasks that it shares are not all of what their leads lead
    return {
        period.pk: FiguresOfPeriod(
            whole=whole,
            chapters={one.number: one.figures for one in chapters},
            agencies={one.agency.id: one.led for one in agencies},
        )
    }


def _trend(
    period: ReportingPeriod,
    user: User,
    today: dt.date,
    narrowing: Narrowing,
    added_up: Mapping[int, FiguresOfPeriod],
) -> Sequence[TrendPoint]:
    """Handing in over the periods up to this one."""
    if not knows_handing_in(user=user, agency=narrowing.agency):
        return []
    periods = ReportingPeriod.objects.visible_to(user).to_choose_from()
    if not period.is_open and not period.as_it_stands:
        # What was open yet when it was closed, moves on.
        periods = periods.filter(closed_at__lte=period.closed_at)
    return trend(
        periods=periods,
        user=user,
        today=today,
        chapter=narrowing.chapter,
        agency=narrowing.agency,
        until=period,
        added_up=added_up,
    )

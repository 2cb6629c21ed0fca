"""What several reports say, read together."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from django.db.models import Exists, OuterRef, Subquery

from progress.models import Erratum, Matter, MeasureProgress, Report, ReportingPeriod
from progress.rollups.corrections import NotCompleted, not_completed
from progress.states import ReportState
from progress.workflow.content import (
    MeasureContent,
    ReportContent,
    approved_earlier,
    content_corrected,
    content_started,
    undone_completions,
)
from tasks.models import Task


def contents_of(reports: Iterable[Report]) -> dict[int, ReportContent]:
    """What each of the reports says now, by its id: one query."""
    by_id = {report.pk: report for report in reports}
    measures = measures_said(by_id)
    return {
        pk: ReportContent(measures[pk], report.problems, report.next_steps, report.coordination)
        for pk, report in by_id.items()
    }


def measures_said(reports: Iterable[int]) -> dict[int, tuple[MeasureContent, ...]]:
    """What each of the reports, given by their ids, says now of its measures: one query."""
    measures: dict[int, list[MeasureContent]] = {pk: [] for pk in reports}
    for pk, measure_id, ordinal, status, text in (
        MeasureProgress.objects.filter(report__in=list(measures))
        .order_by("measure__ordinal")
        .values_list("report_id", "measure_id", "measure__ordinal", "status", "text")
    ):
        measures[pk].append(MeasureContent(measure_id, ordinal, status, text))
    return {pk: tuple(said) for pk, said in measures.items()}


def contents_with_errata(reports: Iterable[Report]) -> dict[int, ReportContent]:
    """What holds of each of the reports, by its id, as `content_with_errata`: as many queries."""
    return contents_corrected(contents_of(reports))


def contents_corrected(contents: Mapping[int, ReportContent]) -> dict[int, ReportContent]:
    """What holds of what these reports say, both by the report's id: one query which of them
    anything corrects, and three to five more where there are such."""
    corrected = Report.objects.filter(
        Exists(Erratum.objects.filter(report=OuterRef("pk")))
        | Exists(undone_completions(OuterRef("task"))),
        pk__in=list(contents),
    )
    ids = list(corrected.order_by().values_list("pk", flat=True)) if contents else []
    if not ids:
        return dict(contents)
    errata: dict[int, list[tuple[int, str, int | None, str, dt.datetime]]] = {}
    for row in (
        Erratum.objects.filter(report__in=ids)
        .order_by("number")
        .values_list("report_id", "field", "measure_id", "new", "at")
    ):
        errata.setdefault(row[0], []).append(row)
    completions: dict[int, list[NotCompleted]] = {}
    for one in not_completed(Report.objects.filter(pk__in=ids)):
        completions.setdefault(one[0], []).append(one)
    return {
        pk: content_corrected(content, errata.get(pk, ()), completions.get(pk, ()))
        for pk, content in contents.items()
    }


def approved_before_id() -> Subquery:
    """For a query of reports: the id of the last approved one of the same task before each."""
    earlier = approved_earlier(OuterRef("task"), OuterRef("period__ends_on"))
    return Subquery(earlier.values("pk"))


def contents_to_start_from(
    *, tasks: Sequence[Task], period: ReportingPeriod
) -> dict[int, ReportContent]:
    """What the reports of these tasks start from, by the task's id, as `content_to_start_from`.

    The tasks have their measures prefetched in order; a constant number of queries.
    """
    earlier = Report.objects.filter(
        task__in=tasks, state=ReportState.APPROVED, period__ends_on__lt=period.ends_on
    ).order_by("period__ends_on", "-period__starts_on")
    # The latest of each task comes last.
    latest = dict(earlier.values_list("task_id", "pk"))
    before = {one.task_id: one for one in Report.objects.filter(pk__in=latest.values())}
    said = contents_with_errata(before.values())
    matters: dict[int, list[tuple[str, str]]] = defaultdict(list)
    for task_id, text, state in Matter.objects.filter(task__in=tasks).values_list(
        "task_id", "text", "state"
    ):
        matters[task_id].append((text, state))
    return {
        task.pk: content_started(
            said[before[task.pk].pk] if task.pk in before else ReportContent(measures=()),
            measures=task.measures.all(),
            matters=matters[task.pk],
        )
        for task in tasks
    }

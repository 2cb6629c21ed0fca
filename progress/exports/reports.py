"""Exports of the progress report, by coordinators."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.conf import settings
from django.db.models import Sum
from django.db.models.functions import Length
from django.utils import timezone

from agencies.models import User
from progress.exports.keeping import OnProgress, check_may, digest_of, export_keep
from progress.models import (
    EditionKind,
    ExportJob,
    ExportSubject,
    MeasureProgress,
    Paper,
    ReportingPeriod,
)
from progress.workbooks import NOT_NARROWED, Narrowing, progress_workbook, workbook_name
from tasks.models import Measure, Task, TaskQuerySet

# To lay a measure out, and to measure its text: three times what it takes on an idle processor, for
# one that others use as well.
SECONDS_A_MEASURE = 0.004
SECONDS_A_CHARACTER = 0.000_002


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """What was asked for. `tasks` are the ids of the tasks, None the whole list; `as_it_stands`
    that a closed period is read as things stand today (`ReportingPeriod.as_it_stands`); `errata` is
    the number of the last erratum that is told."""

    period: int
    as_it_stands: bool
    tasks: tuple[int, ...] | None
    kind: str
    paper: str
    language: str
    narrowing: Narrowing
    errata: int = 0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "ExportOptions":
        tasks, narrowing = kept["tasks"], kept["narrowing"]
        return cls(
            **{
                **kept,
                "tasks": None if tasks is None else tuple(tasks),
                "narrowing": Narrowing(**{**narrowing, "filters": tuple(narrowing["filters"])}),
            }
        )


def export_is_large(*, period: ReportingPeriod, tasks: TaskQuerySet) -> bool:
    """Whether making this report takes longer than somebody is left waiting for it: two statements.

    EXPORT_SECONDS_AT_ONCE says how long that is.
    """
    measures = Measure.objects.filter(task__in=tasks.values("pk")).count()
    characters = MeasureProgress.objects.filter(
        report__period=period, report__task__in=tasks.values("pk")
    ).aggregate(all=Sum(Length("text")))["all"]
    seconds = measures * SECONDS_A_MEASURE + (characters or 0) * SECONDS_A_CHARACTER
    return seconds > settings.EXPORT_SECONDS_AT_ONCE


def export_request(
    *,
    period: ReportingPeriod,
    tasks: TaskQuerySet | None,
    language: str,
    by: User,
    now: dt.datetime,
    kind: EditionKind = EditionKind.INTERNAL,
    paper: Paper = Paper.A3,
    narrowing: Narrowing = NOT_NARROWED,
    errata: int = 0,
    asks_worker: bool = True,
) -> ExportJob:
    """Ask for the report of these tasks (None: the whole list), by a coordinator."""
    check_may(by, ExportSubject.REPORT)
    options = ExportOptions(
        period=period.pk,
        as_it_stands=period.as_it_stands,
        tasks=None if tasks is None else tuple(tasks.order_by("pk").values_list("pk", flat=True)),
        kind=kind.value,
        paper=paper.value,
        language=language,
        narrowing=narrowing,
        errata=errata,
    ).as_json()
    name = workbook_name(
        period=period, language=language, edition=kind, narrowing=narrowing, errata=errata
    )
    return export_keep(
        subject=ExportSubject.REPORT,
        options=options,
        digest=digest_of(options),
        name=name,
        period_id=period.pk,
        by=by,
        now=now,
        asks_worker=asks_worker,
    )


def report_made(export: ExportJob, *, by: User, now: dt.datetime, on_progress: OnProgress) -> bytes:
    """The workbook that was asked for, of what its asker may see now."""
    options = ExportOptions.from_json(export.options)
    assert export.period_id is not None
    period = ReportingPeriod.objects.get(pk=export.period_id)
    period.as_it_stands = options.as_it_stands
    tasks = Task.objects.visible_to(by)
    if options.tasks is not None:
        tasks = tasks.filter(pk__in=options.tasks)
    return progress_workbook(
        period=period,
        user=by,
        today=timezone.localdate(now),
        now=now,
        tasks=tasks,
        language=options.language,
        edition=EditionKind(options.kind),
        paper=Paper(options.paper),
        narrowing=options.narrowing,
        errata=options.errata,
        on_progress=on_progress,
    )

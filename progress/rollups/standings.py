"""How far each task and measure is: as stored, or as of a past period.

A closed period is read with what was known when it was closed: neither an erratum, nor a completion
that is reopened, nor a late decision about an older period moves its figures afterwards (DESIGN
section 4, "Period").
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property
from itertools import starmap
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import Count, Max, Q, QuerySet

from progress.models import (
    Completion,
    CompletionState,
    Erratum,
    ErratumField,
    MeasureProgress,
    Report,
    ReportEvent,
    ReportingPeriod,
)
from progress.rollups.corrections import corrected_statuses, not_completed, resting_on_reopened
from progress.rollups.counted import Register, are_all, register_kept, register_today
from progress.statements import WrittenOnce
from progress.states import Move, ReportState
from tasks.models import Measure, Status, Task
from tasks.statuses import completed_since, task_status_of


@dataclass(frozen=True, slots=True)
class Standing:
    """A task's status, day of completion, and its measures counted by status."""

    status: str
    completed_on: dt.date | None
    measures: Mapping[str, int]


class MeasuresRead(Enum):
    """What of the measures is going to be read besides the standing of their tasks: how many have
    which status; rows of them, of which that is counted; or nothing."""

    COUNTED = auto()
    LISTED = auto()
    UNREAD = auto()


class MeasureFact(NamedTuple):
    """A measure as it is stored, its own deadline and status with it."""

    pk: int
    task_id: int
    ordinal: int
    text: str
    deadline: dt.date | None
    original_deadline: dt.date | None
    status: str


# Built once: only its condition differs from one reading to the next.
_MEASURES = Measure.objects.order_by("task_id", "ordinal").values_list(*MeasureFact._fields)
_MEASURES_OF_ONE = WrittenOnce(lambda task: _MEASURES.filter(task=task))


_COUNTED = Measure.objects.order_by().values_list("task_id", "status").annotate(count=Count("pk"))
_COUNTED_OF_ALL = WrittenOnce(lambda: _COUNTED)


class Past:
    """These tasks as of the period: what rows of tasks and rows of measures are both read from, so
    that whoever shows both reads it once."""

    def __init__(
        self,
        tasks: QuerySet[Task],
        period: ReportingPeriod | None,
        *,
        measures: MeasuresRead = MeasuresRead.COUNTED,
        only: int | None = None,
    ) -> None:
        self._tasks, self._period, self._measures_read = tasks, period, measures
        self.only = only

    @cached_property
    def measures(self) -> Sequence[MeasureFact]:
        """What is stored of the measures of these tasks, by task and place: one statement."""
        if self.only is not None:
            found: Iterable[Any] = _MEASURES_OF_ONE.of(self.only)
        else:
            found = _MEASURES.filter(task__in=self._tasks.values("pk"))
        return list(starmap(MeasureFact, found))

    def _counted(self) -> Mapping[int, Mapping[str, int]]:
        """By the task's id how many measures have which status, as it is stored."""
        counts: dict[int, dict[str, int]] = defaultdict(dict)
        if self._measures_read == MeasuresRead.UNREAD:
            return counts
        if self._measures_read == MeasuresRead.LISTED:
            for one in self.measures:
                of_task = counts[one.task_id]
                of_task[one.status] = of_task.get(one.status, 0) + 1
            return counts
        if are_all(self._tasks):
            found = _COUNTED_OF_ALL.of()
        else:
            found = list(_COUNTED.filter(task__in=self._tasks.values("pk")))
        for task_id, status, count in found:
            counts[task_id][status] = count
        return counts

    @cached_property
    def _stored_holds(self) -> bool:
        return stored_holds(self._period)

    @cached_property
    def _history(self) -> "ApprovedHistory":
        return approved_until(self._tasks, self._period)

    @cached_property
    def _latest_statuses(self) -> Mapping[int, str]:
        return self._history.latest_statuses()

    def statuses(self) -> Mapping[int, str] | None:
        """Statuses by measure id as of the period, or None where what is stored holds."""
        return None if self._stored_holds else self._latest_statuses

    def standings(self, stored: Mapping[int, tuple[str, dt.date | None]]) -> dict[int, Standing]:
        """The standing of each task by its id, as of the period.

        `stored` is what is kept on each of these tasks: its status and its day of completion. A
        closed period counts the measures that the list had then.
        """
        kept = register_kept(self._period)
        if self._stored_holds and (kept is None or _is_todays(kept, self._tasks, stored)):
            counts = self._counted()
            return {
                pk: Standing(status, completed_on, counts.get(pk, {}))
                for pk, (status, completed_on) in stored.items()
            }
        register = register_today(self._tasks) if kept is None else kept
        # What left the list since had no report, so that nothing is said of it.
        statuses = {
            pk: [self._latest_statuses.get(one, Status.NOT_STARTED) for one in register.get(pk, ())]
            for pk in stored
        }
        status_by_task = {pk: task_status_of(each) for pk, each in statuses.items()}
        completed = self._history.completions(
            {
                pk: register[pk]
                for pk, status in status_by_task.items()
                if status == Status.COMPLETED
            }
        )
        return {
            pk: Standing(status_by_task[pk], completed.get(pk), Counter(each))
            for pk, each in statuses.items()
        }


def _is_todays(kept: Register, tasks: QuerySet[Task], task_ids: Iterable[int]) -> bool:
    """Whether these tasks still have the measures that they had when the period was closed.

    Where one came or went, the status that is stored with the task is of other measures.
    """
    today = register_today(tasks)
    return all(set(kept.get(pk, ())) == set(today.get(pk, ())) for pk in task_ids)


def _is_approved_after(day: dt.date) -> bool:
    """Whether a report of a period that ends later is approved: one statement. Every list asks it,
    so it is written out: the ORM takes longer over it than the database, which is led to the later
    periods first, of which there are few."""
    report, period = Report._meta.db_table, ReportingPeriod._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT 1 FROM {period} p WHERE p.ends_on > %s AND EXISTS "  # noqa: S608 # nosec B608
            f"(SELECT 1 FROM {report} r WHERE r.period_id = p.id AND r.state = %s) LIMIT 1",
            [connection.ops.adapt_datefield_value(day), ReportState.APPROVED.value],
        )
        return cursor.fetchone() is not None


def stored_holds(period: ReportingPeriod | None) -> bool:
    """Whether what is stored on tasks and measures is the standing as of the period.

    It is while nothing has been approved for a later one; of a closed period, while nothing has
    been corrected or reopened since and nothing decided about an older one that was still open.
    """
    if period is None:
        return True
    if not period.is_latest and _is_approved_after(period.ends_on):
        return False
    if period.closed_at is None:
        return True
    corrected = Erratum.objects.filter(Q(period=period) | Q(at__gt=period.closed_at))
    decided = ReportEvent.objects.filter(
        Q(from_state=ReportState.APPROVED) | Q(to_state=ReportState.APPROVED),
        report__period__in=_open_at_closing_of(period),
        at__gt=period.closed_at,
    )
    reopened = Completion.objects.filter(reopened_at__gt=period.closed_at)
    return not (corrected.exists() or decided.exists() or reopened.exists())


# --- The approved reports up to a period ------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ApprovedReport:
    """One approved report: whose, of when, and since when it counts."""

    pk: int
    task_id: int
    ends_on: dt.date
    handed_in_on: dt.date | None


@dataclass(frozen=True, slots=True)
class ApprovedHistory:
    """Approved reports, the oldest first, and what has to be read otherwise than it is stored.

    `replayed` is what a report said of its measures when the period was closed, where somebody may
    have written over it since; `corrected` is what holds instead of what it said: errata, and
    completions refused or reopened. Both are statuses by measure id, by the report's id.
    """

    reports: tuple[ApprovedReport, ...]
    replayed: Mapping[int, Mapping[int, str]]
    corrected: Mapping[int, Mapping[int, str]]

    def latest_statuses(self) -> dict[int, str]:
        """Statuses by measure id, from the latest report of each task: one statement."""
        # Later ones replace earlier ones: what remains is each task's latest report.
        latest = {report.task_id: report.pk for report in self.reports}
        statuses: dict[int, str] = {}
        for said in self._said_by(latest.values()).values():
            statuses |= said
        return statuses

    def completions(self, register: Register) -> dict[int, dt.date]:
        """The day from which each task of the register counts as completed: one statement.

        A report from before one of these measures came into the list does not call all completed.
        """
        reports = [report for report in self.reports if report.task_id in register]
        said = self._said_by(report.pk for report in reports)
        courses: defaultdict[int, list[tuple[dt.date | None, bool]]] = defaultdict(list)
        for report in reports:
            statuses = map(said[report.pk].get, register[report.task_id])
            is_completed = all(one == Status.COMPLETED for one in statuses)
            courses[report.task_id].append((report.handed_in_on, is_completed))
        days = {task_id: completed_since(course) for task_id, course in courses.items()}
        return {task_id: day for task_id, day in days.items() if day is not None}

    def _said_by(self, report_ids: Iterable[int]) -> dict[int, dict[int, str]]:
        """By the report's id what it says of each measure, corrections included."""
        wanted = set(report_ids)
        said: dict[int, dict[int, str]] = {pk: {} for pk in wanted}
        stored = MeasureProgress.objects.filter(report__in=wanted - set(self.replayed)).order_by()
        for report_id, measure_id, status in stored.values_list(
            "report_id", "measure_id", "status"
        ):
            said[report_id][measure_id] = status
        for changes in (self.replayed, self.corrected):
            for report_id in wanted & set(changes):
                said[report_id] |= changes[report_id]
        return said


def approved_until(tasks: QuerySet[Task], period: ReportingPeriod | None) -> ApprovedHistory:
    """The approved reports of these tasks up to the period (None: all there are).

    Up to an open period all of them with every erratum and every completion that was refused or
    reopened; up to a closed one those that were approved when it was closed, with the errata and
    reopenings that had been made by then. At most ten statements, however many tasks and periods.
    """
    reports = Report.objects.filter(task__in=tasks.values("pk"))
    if period is not None:
        reports = reports.filter(period__ends_on__lte=period.ends_on)
    errata = Erratum.objects.filter(field=ErratumField.STATUS, report__in=reports.values("pk"))
    replayed: dict[int, dict[int, str]] = {}
    settled = reports.filter(state=ReportState.APPROVED)
    found: list[ApprovedReport] = []
    closed_at = period.closed_at if period is not None else None
    if period is not None and closed_at is not None:
        # Its own errata come after its closing, whatever the clock says.
        errata = errata.filter(at__lte=closed_at).exclude(period=period)
        unsettled = reports.filter(period__in=_open_at_closing_of(period))
        settled = settled.exclude(period__in=_open_at_closing_of(period))
        found, replayed = _approved_then(unsettled, tasks, at=closed_at)
    found += [
        ApprovedReport(*row)
        for row in settled.values_list("pk", "task_id", "period__ends_on", "handed_in_on")
    ]
    corrected = corrected_statuses(
        [
            (report_id, measure_id, status, at)
            for report_id, measure_id, status, at in errata.order_by("number").values_list(
                "report_id", "measure_id", "new", "at"
            )
            if measure_id is not None
        ],
        not_completed(settled, until=closed_at),
    )
    found.sort(key=lambda report: report.ends_on)
    return ApprovedHistory(tuple(found), replayed, corrected)


def _open_at_closing_of(period: ReportingPeriod) -> QuerySet[ReportingPeriod]:
    """The older periods in which decisions could still be taken after this one was closed."""
    return ReportingPeriod.objects.filter(
        Q(closed_at=None) | Q(closed_at__gt=period.closed_at), ends_on__lt=period.ends_on
    )


def _approved_then(
    reports: QuerySet[Report], tasks: QuerySet[Task], *, at: dt.datetime
) -> tuple[list[ApprovedReport], dict[int, dict[int, str]]]:
    """Which of the reports were approved at that moment, and what they said then, by history.

    The day of handing in stays with a report once it was approved, so it is the one stored.
    """
    moves = ReportEvent.objects.filter(report__in=reports.values("pk"), at__lte=at)
    last = moves.order_by().values("report").annotate(last=Max("pk")).values("last")
    then = list(
        ReportEvent.objects.filter(pk__in=last, to_state=ReportState.APPROVED).values_list(
            "report_id",
            "report__task_id",
            "report__period__ends_on",
            "report__handed_in_on",
            "content",
        )
    )
    if not then:
        return [], {}
    # The first events name measures by their ordinals alone.
    has_ids = all("measure" in one for *_facts, content in then for one in content["measures"])
    measures = {} if has_ids else _by_ordinal(tasks)
    reopened = _reopened_then([pk for pk, *_facts in then], at=at)
    resting: defaultdict[int, list[int]] = defaultdict(list)
    approved = Report.objects.filter(pk__in=[pk for pk, *_facts in then])
    for pk, measure_id, _at in resting_on_reopened(approved, at):
        resting[pk].append(measure_id)
    found, said = [], {}
    for pk, task_id, ends_on, handed_in_on, content in then:
        found.append(ApprovedReport(pk, task_id, ends_on, handed_in_on))
        statuses = {
            one.get("measure") or measures.get((task_id, one["ordinal"])): one["status"]
            for one in content["measures"]
        }
        said[pk] = {measure: status for measure, status in statuses.items() if measure is not None}
        refused = [one["measure"] for one in content.get("refused_completions", ())]
        repeated = [one for one in resting[pk] if said[pk].get(one) == Status.COMPLETED]
        for measure in (*refused, *reopened[pk], *repeated):
            said[pk][measure] = Status.IN_PROGRESS
    return found, said


def _reopened_then(report_ids: Iterable[int], *, at: dt.datetime) -> dict[int, list[int]]:
    """By the report's id the measures whose completion had been reopened at that moment.

    The rows of completions tell it, unless the report itself was reopened since: its history then
    keeps what they told.
    """
    reopened: dict[int, list[int]] = {pk: [] for pk in report_ids}
    since: set[int] = set()
    moves = ReportEvent.objects.filter(report__in=reopened, move=Move.REOPEN, at__gt=at)
    for report_id, content in moves.order_by("pk").values_list("report_id", "content"):
        if report_id not in since:
            since.add(report_id)
            reopened[report_id] = [
                one["measure"]
                for one in content.get("reopened_completions", ())
                if dt.datetime.fromisoformat(one["at"]) <= at
            ]
    rows = Completion.objects.filter(
        report__in=set(reopened) - since, state=CompletionState.REOPENED, reopened_at__lte=at
    )
    for report_id, measure_id in rows.values_list("report_id", "measure_id"):
        reopened[report_id].append(measure_id)
    return reopened


def _by_ordinal(tasks: QuerySet[Task]) -> dict[tuple[int, int], int]:
    measures = Measure.objects.filter(task__in=tasks.values("pk"))
    return {
        (task_id, ordinal): pk
        for pk, task_id, ordinal in measures.values_list("pk", "task_id", "ordinal")
    }

"""What the approved reports of one task say of it now: what its standing is written from."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection

from progress.models import (
    Completion,
    CompletionState,
    Erratum,
    ErratumField,
    MeasureProgress,
    Report,
    ReportingPeriod,
)
from progress.rollups.counted import register_today
from progress.rollups.standings import approved_until
from progress.states import ReportState
from tasks.models import Measure, Status, Task, TaskRevision
from tasks.statuses import completed_since


@dataclass(frozen=True, slots=True)
class ApprovedToday:
    """The status of each measure by its id, the day from which the task counts as completed (None
    where it does not), and whether that is what is stored already."""

    statuses: Mapping[int, str]
    completed_on: dt.date | None
    is_stored: bool = False


def approved_today(task: Task, *, newly: Report | None = None) -> ApprovedToday:
    """What was approved of the latest period: one statement, two where that calls every measure
    completed.

    `newly`, where given, is the report that was approved just now, and the task is locked and
    stands as all others had left it. It is one statement too where that is the report of the latest
    period: it goes on with a run of completed ones, or begins one, and the others need not be read
    to tell. Only a revised list leaves another day than they say (`tasks.statuses`).

    All approved reports are read only where an erratum or a completion that is none may say
    otherwise than they do (`ApprovedHistory`).
    """
    said, latest = _said_of_latest(task)
    statuses = {pk: now for pk, (_stored, now) in said.items()}
    is_completed = all(now == Status.COMPLETED for now in statuses.values())
    day = None
    if is_completed and not latest.is_corrected:
        if newly is not None and newly.pk == latest.report and not latest.is_reworded:
            day = task.completed_on or newly.handed_in_on
        else:
            day = _completed_since(task, measures=len(said))
    if latest.is_corrected or (is_completed and day is None):
        itself = Task.objects.filter(pk=task.pk)
        history = approved_until(itself, None)
        return ApprovedToday(
            history.latest_statuses(), history.completions(register_today(itself)).get(task.pk)
        )
    is_stored = all(stored == now for stored, now in said.values()) and task.completed_on == day
    return ApprovedToday(statuses, day, is_stored)


class _Latest(NamedTuple):
    """The task's approved report of the latest period, if there is any; whether something may say
    otherwise than it does; and whether a revised list ever said something else of the task."""

    report: int | None = None
    is_corrected: bool = False
    is_reworded: bool = False


def _said_of_latest(task: Task) -> tuple[dict[int, tuple[str, str]], _Latest]:
    """By its id the status of each measure as it is stored, and as the task's approved report of
    the latest period says it; and what is to be known of that report.

    Every approval asks it, so it is written out: the ORM takes longer over it than the database.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _SAID,
            [
                ErratumField.STATUS.value,
                CompletionState.REFUSED.value,
                CompletionState.REOPENED.value,
                task.pk,
                ReportState.APPROVED.value,
                Status.NOT_STARTED.value,
                task.pk,
            ],
        )
        rows = cursor.fetchall()
    latest = _Latest(*rows[0][3:]) if rows else _Latest()
    return {pk: (stored, now) for pk, stored, now, *_of_latest in rows}, latest


# Of two periods that end on one day, as a month and its quarter, the longer one holds.
_SAID = (
    "WITH latest AS (SELECT r.id AS report,"  # noqa: S608 # nosec B608
    f" EXISTS (SELECT 1 FROM {Erratum._meta.db_table} e WHERE e.report_id = r.id AND e.field = %s)"
    f" OR EXISTS (SELECT 1 FROM {Completion._meta.db_table} c WHERE c.task_id = r.task_id"
    f" AND c.state IN (%s, %s)) AS corrected,"
    f" EXISTS (SELECT 1 FROM {TaskRevision._meta.db_table} v WHERE v.task_id = r.task_id)"
    f" AS reworded FROM {ReportingPeriod._meta.db_table} p"
    f" CROSS JOIN {Report._meta.db_table} r"
    " WHERE r.period_id = p.id AND r.task_id = %s AND r.state = %s"
    " ORDER BY p.ends_on DESC, p.starts_on LIMIT 1)"
    " SELECT m.id, m.status, COALESCE(s.status, %s),"
    " latest.report, latest.corrected, latest.reworded"
    f" FROM {Measure._meta.db_table} m LEFT JOIN latest ON 1 = 1"
    f" LEFT JOIN {MeasureProgress._meta.db_table} s"
    " ON s.measure_id = m.id AND s.report_id = latest.report WHERE m.task_id = %s"
)


def _completed_since(task: Task, *, measures: int) -> dt.date | None:
    """The day from which a task of so many measures counts as completed, of which nothing but an
    erratum may say otherwise than its reports; None where one does or where it does not."""
    status = Status.COMPLETED.value
    with connection.cursor() as cursor:
        cursor.execute(
            _COURSE,
            [status, ErratumField.STATUS.value, task.pk, task.pk, ReportState.APPROVED.value],
        )
        rows = cursor.fetchall()
    if any(is_corrected for *_said, is_corrected in rows):
        return None
    return completed_since((day, completed == measures) for day, completed, _is in rows)


# How many of today's measures each report calls completed.
_COURSE = (
    "SELECT r.handed_in_on, (SELECT COUNT(*)"  # noqa: S608 # nosec B608
    f" FROM {MeasureProgress._meta.db_table} s JOIN {Measure._meta.db_table} m"
    " ON m.id = s.measure_id"
    " WHERE s.report_id = r.id AND s.status = %s AND m.task_id = r.task_id),"
    f" EXISTS (SELECT 1 FROM {Erratum._meta.db_table} e JOIN {Measure._meta.db_table} m"
    " ON m.id = e.measure_id WHERE e.field = %s AND m.task_id = %s)"
    f" FROM {Report._meta.db_table} r JOIN {ReportingPeriod._meta.db_table} p"
    " ON p.id = r.period_id WHERE r.task_id = %s AND r.state = %s"
    " ORDER BY p.ends_on, p.starts_on DESC"
)

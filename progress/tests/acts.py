"""What people do with reports, in as few words as a test can say it."""

import datetime as dt
from collections.abc import Sequence

from django.core.files.base import ContentFile

from agencies.models import Agency, User
from conftest import NOW
from progress.models import OF_A_MEASURE, Contribution, Erratum, Evidence, Report, ReportingPeriod
from progress.states import Move
from progress.tests.files import pdf
from progress.workflow import (
    MeasureContent,
    ReportContent,
    erratum_create,
    evidence_add,
    report_move,
    report_save,
)
from tasks.models import Division, Measure, Status, Task


def contributions_owed_by_nobody() -> None:
    """Let the leads compile every report, so that reports alone are owed."""
    Task.objects.filter(division=Division.BY_DUTY).update(division=Division.LEAD_COMPILES)


def task_numbered(number: int) -> Task:
    return Task.objects.get(number=number)


def content(
    task: Task,
    statuses: str | Sequence[str] = Status.IN_PROGRESS,
    *,
    coordination: str = "",
) -> ReportContent:
    """A report that gives every measure this status, or each its own."""
    measures = list(task.measures.order_by("ordinal"))
    each = [statuses] * len(measures) if isinstance(statuses, str) else list(statuses)
    return ReportContent(
        tuple(
            MeasureContent(
                measure.pk,
                measure.ordinal,
                status,
                "" if status == Status.NOT_STARTED else f"举措{measure.ordinal}已推进",
            )
            for measure, status in zip(measures, each, strict=True)
        ),
        coordination=coordination,
    )


def saved(
    task: Task,
    period: ReportingPeriod,
    by: User,
    statuses: str | Sequence[str] = Status.IN_PROGRESS,
    *,
    now: dt.datetime = NOW,
    coordination: str = "",
) -> Report:
    begun = Report.objects.filter(task=task, period=period).first()
    return report_save(
        task=task,
        period=period,
        by=by,
        now=now,
        content=content(task, statuses, coordination=coordination),
        version=begun.version if begun else 0,
    )


def contribution_begun(
    task: Task, period: ReportingPeriod, by: User, *, remarks: str
) -> Contribution:
    """The person's agency has begun to write it, and handed nothing over."""
    assert by.agency is not None
    return Contribution.objects.create(
        task=task,
        period=period,
        agency=by.agency,
        remarks=remarks,
        created_at=NOW,
        updated_at=NOW,
        updated_by=by,
    )


def handed_in(
    task: Task,
    period: ReportingPeriod,
    by: User,
    statuses: str | Sequence[str] = Status.IN_PROGRESS,
    *,
    now: dt.datetime = NOW,
    coordination: str = "",
) -> Report:
    """Saved and submitted; in the coordinators' hands where the agency has no approver.

    Where others have a part in it they have not answered, and the report says why it goes.
    """
    report = saved(task, period, by, statuses, now=now, coordination=coordination)
    reason = "其他责任单位尚未反馈" if task.division != Division.LEAD_COMPILES else ""
    return report_move(report=report, move=Move.SUBMIT, by=by, now=now, reason=reason)


def approved(
    task: Task,
    period: ReportingPeriod,
    by: User,
    coordinator: User,
    statuses: str | Sequence[str] = Status.IN_PROGRESS,
    *,
    now: dt.datetime = NOW,
) -> Report:
    report = handed_in(task, period, by, statuses, now=now)
    return report_move(report=report, move=Move.APPROVE, by=coordinator, now=now)


def attached(
    task: Task,
    period: ReportingPeriod,
    by: User,
    *,
    name: str = "佐证.pdf",
    content: bytes | None = None,
    agency: Agency | None = None,
    measure: Measure | None = None,
    replaces: Evidence | None = None,
    now: dt.datetime = NOW,
) -> Evidence:
    """A file on the task's report, or on what the agency contributes to it."""
    return evidence_add(
        task=task,
        period=period,
        agency=agency,
        measure=measure,
        upload=ContentFile(pdf() if content is None else content),
        name=name,
        by=by,
        now=now,
        replaces=replaces,
    )


def first_measure(number: int = 4) -> Measure:
    return task_numbered(number).measures.get(ordinal=1)


def corrected(
    report: Report,
    coordinator: User,
    field: str = "status",
    new: str = Status.ONGOING,
    *,
    measure: Measure | None = None,
    now: dt.datetime = NOW + dt.timedelta(days=1),
    old: str | None = None,
    reason: str = "原统计口径有误",
) -> Erratum:
    """An erratum, of the first measure where it is about one and none is given."""
    if measure is None and field in OF_A_MEASURE:
        measure = first_measure(report.task.number)
    return erratum_create(
        report=report,
        field=field,
        measure=measure,
        new=new,
        reason=reason,
        by=coordinator,
        now=now,
        old=old,
    )

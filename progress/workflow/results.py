"""Results (成果): what a task has brought about, told beside its report: the only writer.

A result is an entry of a register, not a part of the report's text: adding one neither counts the
report's version up nor makes anybody's open form stale.
"""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.audit import audit_note, audited
from agencies.models import User
from progress.models import Report, ReportingPeriod, Result, ResultKind
from progress.workflow.conflicts import Conflict
from progress.workflow.content import LONGEST_TEXT, content_to_start_from
from progress.workflow.drafts import NOT_BEGUN, report_save, writable_check
from progress.workflow.parties import may_write
from tasks.models import Measure, Task

# Before this year the city had no such pilot: a date that far back is a slip of the hand.
FIRST_YEAR = 2000
LONGEST_TITLE, LONGEST_DOCUMENT = 200, 100


def result_add(
    *,
    task: Task,
    period: ReportingPeriod,
    kind: str,
    title: str,
    came_on: dt.date,
    by: User,
    now: dt.datetime,
    document: str = "",
    measure: Measure | None = None,
    note: str = "",
) -> Result:
    """Add a result to the period's report, which is begun as its form would be if nobody has.

    Raises PermissionDenied for anybody but the lead agency, Conflict where the report can no longer
    be written, and ValidationError, keyed by the field, for a kind that is none, a title that is
    missing, too long or entered already with this kind and date, a date that lies ahead or before
    the year 2000, a document number or note that is too long, and a measure of another task.
    """
    _check_lead(task, by)
    title, document, note = " ".join(title.split()), document.strip(), note.strip()
    _check_content(task, kind, title, document, note, measure)
    _check_date(came_on, today=timezone.localdate(now))
    with transaction.atomic():
        report = _report_to_write(task, period, by=by, now=now)
        same = task.results.filter(kind=kind, title=title, came_on=came_on, struck_at=None)
        if same.exists():
            raise ValidationError(
                {"title": [_("This result is entered already, with the same kind and date.")]}
            )
        result = Result.objects.create(
            task=task,
            report=report,
            measure=measure,
            kind=kind,
            title=title,
            document=document,
            came_on=came_on,
            note=note,
            added_at=now,
            added_by=by,
        )
        audit_note("result.add", result, by=by, now=now)
    return result


def result_strike(*, result: Result, reason: str, by: User, now: dt.datetime) -> Result:
    """Strike out what was entered by mistake; it stays readable, with the reason.

    The lead agency may while the report can be written, a coordinator at any time. Raises
    PermissionDenied for others, Conflict where it is struck out already or the lead comes too late,
    and ValidationError, keyed "reason", without a reason.
    """
    if not may_strike_ever(result=result, user=by):
        raise PermissionDenied(
            _("Only the lead agency of the task and coordinators strike a result out.")
        )
    with transaction.atomic():
        period = ReportingPeriod.objects.select_for_update().get(pk=result.report.period_id)
        report = Report.objects.select_for_update().get(pk=result.report_id)
        result = (
            Result.objects.select_for_update(of=("self",)).select_related("task").get(pk=result.pk)
        )
        if result.struck_at is not None:
            raise Conflict(_("This result is struck out already."))
        if not by.is_coordinator:
            writable_check(report=report, period=period)
        reason = reason.strip()
        if not reason:
            raise ValidationError({"reason": [_("Say why the result is struck out.")]})
        _check_length(reason, "reason", LONGEST_TEXT)
        with audited("result.strike", result, by=by, now=now):
            result.struck_at, result.struck_by, result.struck_reason = now, by, reason
            result.save()
    return result


def may_strike_ever(*, result: Result, user: User) -> bool:
    """Whether the person may strike the result out in some state of its report."""
    return user.is_active and (user.is_coordinator or may_write(task=result.task, user=user))


def _check_lead(task: Task, by: User) -> None:
    if not may_write(task=task, user=by):
        raise PermissionDenied(
            _("Only the lead agency of task %(number)d enters its results.")
            % {"number": task.number}
        )


def _report_to_write(task: Task, period: ReportingPeriod, *, by: User, now: dt.datetime) -> Report:
    """The period's report with its row locked, begun from what its form starts from if it is not.

    The period first, as in every other writer: locks taken in one order never deadlock.
    """
    period = ReportingPeriod.objects.select_for_update().get(pk=period.pk)
    report = Report.objects.locked(task=task, period=period)
    writable_check(report=report, period=period)
    if report is not None:
        return report
    return report_save(
        task=task,
        period=period,
        by=by,
        now=now,
        content=content_to_start_from(task=task, period=period),
        version=NOT_BEGUN,
    )


def _check_content(
    task: Task, kind: str, title: str, document: str, note: str, measure: Measure | None
) -> None:
    if kind not in ResultKind.values:
        raise ValidationError({"kind": [_("There is no such kind of result.")]})
    if not title:
        raise ValidationError({"title": [_("Write what the result is called.")]})
    _check_length(title, "title", LONGEST_TITLE)
    _check_length(document, "document", LONGEST_DOCUMENT)
    _check_length(note, "note", LONGEST_TEXT)
    if measure is not None and measure.task_id != task.pk:
        raise ValidationError(
            {"measure": [_("Task %(number)d has no such measure.") % {"number": task.number}]}
        )


def _check_date(came_on: dt.date, *, today: dt.date) -> None:
    if came_on > today:
        raise ValidationError({"came_on": [_("The date lies ahead; enter what there is already.")]})
    if came_on.year < FIRST_YEAR:
        raise ValidationError(
            {"came_on": [_("The date lies before %(year)d; check it.") % {"year": FIRST_YEAR}]}
        )


def _check_length(text: str, name: str, limit: int) -> None:
    if len(text) > limit:
        raise ValidationError(
            {
                name: [
                    _("The text has %(length)d characters; %(limit)d are allowed.")
                    % {"length": len(text), "limit": limit}
                ]
            }
        )

"""Writing a report's text. Its state is the matter of `moves`."""

import datetime as dt

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.audit import audited
from agencies.models import User
from progress.models import MeasureProgress, Report, ReportingPeriod
from progress.states import WRITABLE, ReportState
from progress.workflow.agreements import agreements_lapse
from progress.workflow.conflicts import Conflict, StaleVersion
from progress.workflow.content import ReportContent, content_check, content_of
from progress.workflow.parties import may_write
from tasks.models import Task

NOT_BEGUN = 0


def report_save(
    *,
    task: Task,
    period: ReportingPeriod,
    by: User,
    now: dt.datetime,
    content: ReportContent,
    version: int,
) -> Report:
    """Save what a writer of the lead agency typed, and return the report with its new version.

    `version` is the one the writer started from, 0 if nobody had begun. Raises PermissionDenied for
    anybody but the lead agency, Conflict where the report can no longer be written, StaleVersion
    where somebody saved in between, and ValidationError where the content does not fit the task.
    """
    with transaction.atomic():
        # The period first, as in every other writer: locks taken in one order never deadlock.
        period = ReportingPeriod.objects.to_write_in(period.pk)
        # With it locked: the task may be passing to another lead at this moment.
        if not may_write(task=task, user=by):
            raise PermissionDenied(
                _("Only the lead agency of task %(number)d writes this report.")
                % {"number": task.number}
            )
        content_check(task=task, content=content)
        report = Report.objects.locked(task=task, period=period)
        if report is None:
            beginning_lock(task)
            report = Report.objects.locked(task=task, period=period)
        writable_check(report=report, period=period)
        _check_version(report, version, by)
        stored = content_of(report) if report else None
        if report is None:
            report = Report(task=task, period=period, created_at=now, version=NOT_BEGUN)
        elif content == stored:
            # Nothing has changed: nobody else is named as the writer of these words.
            return report
        with audited("report.save", report, by=by, now=now) as note:
            note.before |= stored.measures_seen() if stored else {}
            note.after |= content.measures_seen()
            if report.agreement_asked_at is not None:
                agreements_lapse(report)
            report.version += 1
            report.problems = content.problems
            report.next_steps = content.next_steps
            report.coordination = content.coordination
            report.updated_at = now
            report.updated_by = by
            report.save()
            MeasureProgress.objects.bulk_create(
                [
                    MeasureProgress(
                        report=report, measure_id=m.measure_id, status=m.status, text=m.text
                    )
                    for m in content.measures
                    if stored is None or m not in stored.measures
                ],
                update_conflicts=True,
                update_fields=["status", "text"],
                unique_fields=["report", "measure"],
            )
    return report


def beginning_lock(task: Task) -> None:
    """Where there is no row to lock yet: of several who begin something on this task at once each
    finds what the one before has begun."""
    Task.objects.select_for_update(no_key=True).only("pk").get(pk=task.pk)


def writable_check(*, report: Report | None, period: ReportingPeriod) -> None:
    """Raise Conflict, which says what to do instead, where nobody can write the report now."""
    if not period.is_open:
        raise Conflict(
            _("Period %(code)s is closed; nothing can be changed in it.") % {"code": period.code}
        )
    if report is not None and report.state not in WRITABLE:
        raise Conflict(
            _("This report is “%(state)s” and cannot be changed; withdraw it first.")
            % {"state": ReportState(report.state).label}
            if report.state != ReportState.APPROVED
            else _("This report is approved; ask a coordinator to reopen it.")
        )


def _check_version(report: Report | None, version: int, by: User) -> None:
    if report is None and version != NOT_BEGUN:
        raise Conflict(_("Nobody has begun this report, so it has no version yet; load it again."))
    if report is not None and report.version != version:
        if report.updated_by_id == by.pk:
            sentence = _("You saved this report in another window. Nothing of this one is lost.")
        else:
            sentence = _(
                "%(name)s saved this report while you were writing. Nothing of yours is lost."
            ) % {"name": report.updated_by}
        raise StaleVersion(sentence, report=report)

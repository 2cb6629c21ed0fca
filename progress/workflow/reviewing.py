"""A coordinator's review of many reports: each looked at, then approved together."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.audit import audited
from agencies.models import User
from progress.models import Report, ReportingPeriod, ReviewMark
from progress.states import Move, ReportState
from progress.workflow.completions import completions_wanted
from progress.workflow.conflicts import Conflict, StaleVersion
from progress.workflow.moves import report_move
from tasks.models import Task


@dataclass(frozen=True, slots=True)
class ApprovalOutcome:
    """What became of one report of several: approved, or why not. `report` is None if unknown."""

    report: Report | None
    refused: str

    @property
    def is_approved(self) -> bool:
        return not self.refused


class ApprovalsRefused(Conflict):
    """Several reports were to be approved together and some could not be, so that none was."""

    def __init__(self, refused: Sequence[ApprovalOutcome]) -> None:
        super().__init__(" ".join(outcome.refused for outcome in refused))
        self.refused = refused


def review_mark(*, report: Report, by: User, now: dt.datetime, version: int) -> ReviewMark:
    """Write down that a coordinator has looked at this version of a submitted report.

    The mark is that person's alone and holds for this version alone. Raises PermissionDenied for
    anybody but a coordinator, Conflict where there is nothing to decide, and StaleVersion where the
    report has changed since it was opened.
    """
    _check_coordinator(by)
    with transaction.atomic():
        period = ReportingPeriod.objects.select_for_update().get(pk=report.period_id)
        report = Report.objects.select_for_update().get(pk=report.pk)
        if not period.is_open:
            raise Conflict(
                _("Period %(code)s is closed; nothing can be changed in it.")
                % {"code": period.code}
            )
        if report.state != ReportState.SUBMITTED:
            raise Conflict(
                _("This report is “%(state)s”; there is nothing to review now.")
                % {"state": ReportState(report.state).label}
            )
        if report.version != version:
            raise StaleVersion(
                _("This report has changed since you opened it; look at it again first."),
                report=report,
            )
        mark = ReviewMark.objects.filter(report=report, by=by).first() or ReviewMark(
            report=report, by=by
        )
        with audited("reviewmark.set", mark, by=by, now=now):
            mark.version, mark.at = version, now
            mark.save()
    return mark


def reports_approve(
    *, chosen: Sequence[tuple[int, int]], by: User, now: dt.datetime
) -> list[ApprovalOutcome]:
    """Approve the chosen reports, each given as (id, version), and say of each what became of it.

    Each is a move of its own in a transaction of its own, so that one that cannot be approved keeps
    no other from it. Refused are those that this coordinator has not looked at in this version, and
    those that `report_move` refuses. Raises PermissionDenied for anybody but a coordinator.
    """
    _check_coordinator(by)
    reports = Report.objects.visible_to(by).select_related("task", "period")
    known = {report.pk: report for report in reports.filter(pk__in=[pk for pk, _v in chosen])}
    looked_at = set(
        ReviewMark.objects.filter(by=by, report__in=known).values_list("report_id", "version")
    )
    return [
        _approve(known.get(pk), version, (pk, version) in looked_at, by=by, now=now)
        for pk, version in chosen
    ]


def reports_approve_together(
    *, chosen: Sequence[tuple[int, int]], by: User, now: dt.datetime
) -> list[Report]:
    """Approve all of the chosen reports, each given as (id, version), or none of them.

    Beyond what `reports_approve` refuses, one that asks to count a measure as completed needs a
    decision of its own. Raises ApprovalsRefused with each that stands in the way, and
    PermissionDenied for anybody but a coordinator. What the same person has just approved is
    approved: the same click twice.
    """
    _check_coordinator(by)
    outcomes = []
    with transaction.atomic():
        # Read under the locks, so that a click that waited for its like sees what that one did.
        known = _locked([pk for pk, _v in chosen], by=by)
        looked_at = set(
            ReviewMark.objects.filter(by=by, report__in=known).values_list("report_id", "version")
        )
        for pk, version in sorted(chosen):
            report = known.get(pk)
            if report is not None and _has_just_approved(report, version, by):
                outcomes.append(ApprovalOutcome(report, ""))
            elif report is not None and completions_wanted(report):
                outcomes.append(
                    ApprovalOutcome(
                        report, _("It asks for a completion, which is decided on its own page.")
                    )
                )
            else:
                outcomes.append(
                    _approve(report, version, (pk, version) in looked_at, by=by, now=now)
                )
        refused = [outcome for outcome in outcomes if not outcome.is_approved]
        if refused:
            raise ApprovalsRefused(refused)
    return [outcome.report for outcome in outcomes if outcome.report is not None]


def _locked(ids: Collection[int], *, by: User) -> dict[int, Report]:
    """The reports of these that the person may read, by id, as they are once nobody changes them.

    Periods, reports and tasks are locked as by every other writer, those of each kind in one order:
    taken report by report, tasks would come in another order than the list's.
    """
    reports = Report.objects.visible_to(by).filter(pk__in=ids)
    periods = ReportingPeriod.objects.select_for_update().filter(
        pk__in=set(reports.values_list("period", flat=True))
    )
    list(periods.order_by("pk"))
    locked = list(
        reports.select_for_update(of=("self",)).select_related("task", "period").order_by("pk")
    )
    tasks = Task.objects.select_for_update().filter(pk__in={one.task_id for one in locked})
    list(tasks.only("pk").order_by("pk"))
    return {report.pk: report for report in locked}


def _has_just_approved(report: Report, version: int, by: User) -> bool:
    """Whether this very version was approved, by this person and nobody else since."""
    if report.state != ReportState.APPROVED or report.version != version + 1:
        return False
    last = report.events.order_by("-pk").first()
    return last is not None and last.move == Move.APPROVE and last.by_id == by.pk


def _approve(
    report: Report | None, version: int, is_looked_at: bool, *, by: User, now: dt.datetime
) -> ApprovalOutcome:
    if report is None:
        return ApprovalOutcome(None, _("There is no such report."))
    if not is_looked_at:
        return ApprovalOutcome(report, _("You have not looked at it as it now reads."))
    try:
        moved = report_move(report=report, move=Move.APPROVE, by=by, now=now, version=version)
    except Conflict as conflict:
        return ApprovalOutcome(report, str(conflict))
    return ApprovalOutcome(moved, "")


def _check_coordinator(user: User) -> None:
    if not user.is_active or not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator reviews reports of several agencies."))

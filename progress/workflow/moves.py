"""Moving a report from state to state: the only writer of `Report.state` and of its history."""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Role, User
from progress.models import Policy, Report, ReportEvent, ReportingPeriod
from progress.states import (
    AGENCY,
    HANDED_IN,
    Move,
    ReportState,
    Transition,
    moves_from,
    transition_from,
    transitions_of,
)
from progress.workflow.conflicts import Conflict, StaleVersion
from progress.workflow.content import ReportContent, content_check_complete, content_of
from progress.workflow.drafts import may_write
from progress.workflow.standing import standing_refresh


def report_move(
    *,
    report: Report,
    move: Move,
    by: User,
    now: dt.datetime,
    reason: str = "",
    version: int | None = None,
) -> Report:
    """Make one move of the table in `progress.states` and return the report as it is afterwards.

    The report's row is locked, and the move, its `ReportEvent` and what follows for the status of
    measures and task are written in one transaction. `version`, where given, is the one the person
    was looking at. Raises PermissionDenied for a person who may never make this move on this
    report, Conflict where its state or period rules it out, StaleVersion where it changed in
    between, and ValidationError for a missing reason or an incomplete report.
    """
    with transaction.atomic():
        period = ReportingPeriod.objects.select_for_update().get(pk=report.period_id)
        report = (
            Report.objects.select_for_update(of=("self",))
            .select_related("task", "period", "updated_by")
            .get(pk=report.pk)
        )
        _check_right(report, move, by)
        if not period.is_open:
            raise Conflict(
                _("Period %(code)s is closed; nothing can be changed in it.")
                % {"code": period.code}
            )
        transition = transition_from(report.state, move, by.role)
        if transition is None:
            raise Conflict(
                _("This report is “%(state)s”; “%(move)s” is not possible now.")
                % {"state": ReportState(report.state).label, "move": move.label}
            )
        if version is not None and version != report.version:
            raise StaleVersion(
                _("This report has changed since you opened it; look at it again first."),
                report=report,
            )
        reason = reason.strip()
        if transition.needs_reason and not reason:
            raise ValidationError({"reason": [_("Say why, so that the agency can act on it.")]})
        content = content_of(report)
        target = _target(report, transition, by, content)
        _apply(report, transition, target=target, by=by, now=now, reason=reason, content=content)
        if ReportState.APPROVED in (transition.target, *transition.sources):
            standing_refresh(task=report.task)
    return report


def moves_open_to(*, report: Report, user: User) -> list[Transition]:
    """What this person may do with the report now, for buttons; `report_move` checks again."""
    if report.period.closed_at is not None:
        return []
    return [
        transition
        for transition in moves_from(report.state, user.role)
        if _has_right(report, transition.move, user)
        and not (transition.move in (Move.WITHDRAW, Move.TAKE_UP) and _is_taken_up(report))
        and not (transition.move == Move.ENDORSE and _decides_on_own_words(report, user))
    ]


def _has_right(report: Report, move: Move, user: User) -> bool:
    rows = transitions_of(move, user.role)
    if not user.is_active or not rows:
        return False
    return user.role not in AGENCY or may_write(task=report.task, user=user)


def _check_right(report: Report, move: Move, by: User) -> None:
    if not _has_right(report, move, by):
        raise PermissionDenied(
            _("Your role or agency may not do this: “%(move)s”.") % {"move": move.label}
        )


def _is_taken_up(report: Report) -> bool:
    return report.state == ReportState.SUBMITTED and report.taken_up_by_id is not None


def _other_approver_exists(report: Report, user: User) -> bool:
    """Whether the lead agency has another active approver than `user`."""
    lead = report.task.responsibilities.compiling().select_related("agency").get().agency
    return (
        User.objects.filter(
            agency__in=[lead.pk, lead.acts_through_id], role=Role.APPROVER, is_active=True
        )
        .exclude(pk=user.pk)
        .exists()
    )


def _decides_on_own_words(report: Report, user: User) -> bool:
    """Nobody decides what they wrote themselves where another can (DESIGN: who may do what)."""
    return report.updated_by_id == user.pk and _other_approver_exists(report, user)


def _was_given_back_by_coordinator(report: Report) -> bool:
    """Whether the agency had reported already: what it withdraws is then only a correction."""
    return report.events.filter(
        Q(move=Move.RETURN, from_state=ReportState.SUBMITTED) | Q(move=Move.REOPEN)
    ).exists()


def _target(
    report: Report, transition: Transition, by: User, content: ReportContent
) -> ReportState:
    """Where the move leads, after the checks that a table cannot hold."""
    if transition.move == Move.SUBMIT:
        content_check_complete(content)
        if transition.reviewed_target and _agency_reviews(report, by):
            return transition.reviewed_target
    if transition.move == Move.ENDORSE and _decides_on_own_words(report, by):
        raise PermissionDenied(
            _("You wrote this report yourself; another approver of your agency checks it.")
        )
    if transition.move == Move.WITHDRAW and _is_taken_up(report):
        raise Conflict(_("A coordinator is already reviewing this report; ask them to return it."))
    if transition.move == Move.TAKE_UP and _is_taken_up(report):
        raise Conflict(_("This report is already being reviewed."))
    return transition.target


def _agency_reviews(report: Report, by: User) -> bool:
    """Whether the report goes to an approver first: there is one, who is not deciding right now."""
    if not Policy.current().agency_review:
        return False
    if by.role == Role.APPROVER and report.updated_by_id != by.pk:
        return False
    return _other_approver_exists(report, by)


def _apply(
    report: Report,
    transition: Transition,
    *,
    target: ReportState,
    by: User,
    now: dt.datetime,
    reason: str,
    content: ReportContent,
) -> None:
    came_from = report.state
    report.state = target
    report.version += 1
    if transition.move == Move.SUBMIT:
        report.submitted_at, report.submitted_by = now, by
    if target in HANDED_IN and report.handed_in_on is None:
        report.handed_in_on = timezone.localdate(now)
    if transition.move == Move.WITHDRAW and not _was_given_back_by_coordinator(report):
        report.handed_in_on = None
    report.taken_up_by = by if transition.move == Move.TAKE_UP else None
    report.approved_at = now if target == ReportState.APPROVED else None
    report.save()
    ReportEvent.objects.create(
        report=report,
        at=now,
        by=by,
        move=transition.move,
        from_state=came_from,
        to_state=target,
        reason=reason,
        content=content.as_json(),
    )

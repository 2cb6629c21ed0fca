"""Moving a contribution from state to state, and taking it over into the report."""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.audit import audited, text_seen
from agencies.models import User
from progress.models import Contribution, ContributionEvent, Report, ReportingPeriod
from progress.states import (
    CONTRIBUTION_TRANSITIONS,
    WRITABLE,
    Move,
    Party,
    ReportState,
    Transition,
    moves_from,
    transitions_of,
)
from progress.workflow.conflicts import Conflict, StaleContribution
from progress.workflow.content import ReportContent
from progress.workflow.contributions.content import (
    ContributionContent,
    content_with,
    contribution_content_of,
)
from progress.workflow.drafts import report_save
from progress.workflow.parties import (
    agency_reviews,
    decides_on_own_words,
    may_contribute,
    parties_of,
)


def contribution_move(
    *,
    contribution: Contribution,
    move: Move,
    by: User,
    now: dt.datetime,
    reason: str = "",
    version: int | None = None,
) -> Contribution:
    """Make one move of CONTRIBUTION_TRANSITIONS; taking over is `contribution_take_over`.

    Raises as `report_move` does. A contribution that says nothing is not handed in unless its
    agency says that it has nothing to add.
    """
    with transaction.atomic():
        contribution, period = _locked(contribution)
        transition = _transition(contribution, period, move, by)
        _check_seen(contribution, version)
        reason = reason.strip()
        if transition.needs_reason and not reason:
            raise ValidationError({"reason": [_("Say why, so that the agency can act on it.")]})
        content = contribution_content_of(contribution)
        target = _target(contribution, transition, by, content)
        came_from = contribution.state
        with audited(f"contribution.{move}", contribution, by=by, now=now) as note:
            contribution.state = target
            contribution.version += 1
            if move == Move.SUBMIT:
                contribution.submitted_at, contribution.submitted_by = now, by
            if target == ReportState.SUBMITTED and contribution.handed_in_on is None:
                contribution.handed_in_on = timezone.localdate(now)
            if move == Move.WITHDRAW and not _was_given_back(contribution):
                contribution.handed_in_on = None
            contribution.save()
            note.after["reason"] = text_seen(reason)
        _event_create(contribution, move, came_from, by=by, now=now, reason=reason, content=content)
    return contribution


def contribution_take_over(
    *,
    contribution: Contribution,
    by: User,
    now: dt.datetime,
    content: ReportContent,
    version: int,
    seen: int | None = None,
) -> Report:
    """Take the contribution's texts into the report that `by` is writing, and save that.

    `content` is what stands in the lead's form, `version` what it started from, as `report_save`
    has them; the contribution's texts are added to it under the agency's name, each once. `seen`,
    where given, is the version of the contribution that the lead was looking at. Raises
    PermissionDenied for anybody but the lead, Conflict where the contribution is not in the lead's
    hands or has changed, or the report cannot be written, and what `report_save` raises.
    """
    with transaction.atomic():
        contribution, period = _locked(contribution)
        _transition(contribution, period, Move.TAKE_OVER, by)
        _check_seen(contribution, seen)
        added = contribution_content_of(contribution)
        report = report_save(
            task=contribution.task,
            period=period,
            by=by,
            now=now,
            content=content_with(content, added, agency=contribution.agency),
            version=version,
        )
        with audited("contribution.take_over", contribution, by=by, now=now) as note:
            contribution.taken_over_version = contribution.version
            contribution.save(update_fields=["taken_over_version"])
            # Taken over once more it leaves the row as it is, and its history a step longer.
            note.after["move"] = str(Move.TAKE_OVER)
        _event_create(
            contribution,
            Move.TAKE_OVER,
            contribution.state,
            by=by,
            now=now,
            reason="",
            content=added,
        )
    return report


def contribution_moves_open_to(*, contribution: Contribution, user: User) -> list[Transition]:
    """What this person may do with the contribution now, for buttons."""
    if contribution.period.closed_at is not None or not _still_contributes(contribution):
        return []
    parties = _parties(contribution, user)
    return [
        transition
        for transition in moves_from(
            contribution.state, user.role, parties, CONTRIBUTION_TRANSITIONS
        )
        if not (
            transition.move == Move.ENDORSE
            and decides_on_own_words(
                agency=contribution.agency, user=user, writer_id=contribution.updated_by_id
            )
        )
    ]


def _still_contributes(contribution: Contribution) -> bool:
    """Whether its agency has a part in the task; what another one wrote before is history."""
    return contribution.task.responsibilities.filter(
        agency=contribution.agency_id, position__gt=1
    ).exists()


def _check_seen(contribution: Contribution, version: int | None) -> None:
    if version is not None and version != contribution.version:
        raise StaleContribution(
            _("This contribution has changed since you opened it; look at it again first."),
            contribution=contribution,
        )


def _was_given_back(contribution: Contribution) -> bool:
    """Whether the agency had contributed already: what it withdraws is then only a correction."""
    return contribution.events.filter(move=Move.RETURN, from_state=ReportState.SUBMITTED).exists()


def _check_report_is_with_its_lead(contribution: Contribution) -> None:
    """What was counted when the report went is not taken from under it."""
    report = Report.objects.filter(task=contribution.task, period=contribution.period).first()
    if report is not None and report.state not in WRITABLE:
        raise Conflict(
            _(
                "The lead has handed the report in (“%(state)s”); it has to come back to the lead "
                "before this contribution can change."
            )
            % {"state": ReportState(report.state).label}
        )


def _locked(contribution: Contribution) -> tuple[Contribution, ReportingPeriod]:
    """The period first, as in every other writer: locks taken in one order never deadlock."""
    period = ReportingPeriod.objects.select_for_update().get(pk=contribution.period_id)
    contribution = (
        Contribution.objects.select_for_update(of=("self",))
        .select_related("task", "period", "agency", "updated_by")
        .get(pk=contribution.pk)
    )
    return contribution, period


def _parties(contribution: Contribution, user: User) -> frozenset[Party]:
    parties = parties_of(task=contribution.task, user=user)
    if may_contribute(task=contribution.task, agency=contribution.agency, user=user):
        parties |= {Party.AUTHOR}
    return parties


def contribution_move_check(*, contribution: Contribution, move: Move, by: User) -> None:
    """Raise PermissionDenied for a person who may never make this move on this contribution."""
    _rows(contribution, move, by)


def _rows(contribution: Contribution, move: Move, by: User) -> list[Transition]:
    rows = transitions_of(move, by.role, _parties(contribution, by), CONTRIBUTION_TRANSITIONS)
    if not rows:
        raise PermissionDenied(
            _("Your role or agency may not do this: “%(move)s”.") % {"move": move.label}
        )
    return rows


def _transition(
    contribution: Contribution, period: ReportingPeriod, move: Move, by: User
) -> Transition:
    rows = _rows(contribution, move, by)
    if not period.is_open:
        raise Conflict(
            _("Period %(code)s is closed; nothing can be changed in it.") % {"code": period.code}
        )
    if not _still_contributes(contribution):
        raise Conflict(
            _("%(agency)s contributes to this task no more; what it wrote stays to be read.")
            % {"agency": contribution.agency.name}
        )
    transition = next((t for t in rows if contribution.state in t.sources), None)
    if transition is None:
        raise Conflict(
            _("This contribution is “%(state)s”; “%(move)s” is not possible now.")
            % {"state": ReportState(contribution.state).label, "move": move.label}
        )
    return transition


def _target(
    contribution: Contribution, transition: Transition, by: User, content: ContributionContent
) -> ReportState:
    agency, writer_id = contribution.agency, contribution.updated_by_id
    if contribution.state == ReportState.SUBMITTED:
        _check_report_is_with_its_lead(contribution)
    if transition.move == Move.SUBMIT:
        if not content.says_something and not content.nothing_to_add:
            raise ValidationError(
                {"measures": [_("Write what was done, or say that there is nothing to add.")]}
            )
        if transition.reviewed_target and agency_reviews(agency=agency, by=by, writer_id=writer_id):
            return transition.reviewed_target
    if transition.move == Move.ENDORSE and decides_on_own_words(
        agency=agency, user=by, writer_id=writer_id
    ):
        raise PermissionDenied(
            _("You wrote this contribution yourself; another approver of your agency checks it.")
        )
    return transition.target or ReportState(contribution.state)


def _event_create(
    contribution: Contribution,
    move: Move,
    came_from: str,
    *,
    by: User,
    now: dt.datetime,
    reason: str,
    content: ContributionContent,
) -> None:
    ContributionEvent.objects.create(
        contribution=contribution,
        at=now,
        by=by,
        move=move,
        from_state=came_from,
        to_state=contribution.state,
        reason=reason,
        content=content.as_json(),
    )

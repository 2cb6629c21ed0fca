"""Moving a report from state to state: the only writer of `Report.state` and of its history."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.audit import audited, text_seen
from agencies.models import User
from agencies.rows_written import row_insert, row_update
from progress.models import Report, ReportEvent, ReportingPeriod
from progress.rollups import agencies_not_contributing
from progress.statements import WrittenOnce
from progress.states import (
    HANDED_IN,
    Move,
    Party,
    ReportState,
    Transition,
    moves_from,
    transitions_of,
)
from progress.workflow.agreements import (
    agreement_apply,
    agreement_check,
    answering_agency,
    leads_not_agreeing,
)
from progress.workflow.completions import completions_move
from progress.workflow.conflicts import Conflict, StaleVersion
from progress.workflow.content import (
    ReportContent,
    content_check,
    content_check_complete,
    content_of,
)
from progress.workflow.evidence import evidence_check
from progress.workflow.matters import matter_follow
from progress.workflow.parties import (
    agency_reviews,
    compiling_agency,
    decides_on_own_words,
    other_leads,
    parties_of,
    speaks_for,
)
from progress.workflow.standing import standing_refresh

ABOUT_AGREEMENT = (Move.ASK, Move.AGREE, Move.OBJECT)
# These leave the report where it is and as it reads, so that whoever has read it need not again.
LEAVES_VERSION = (*ABOUT_AGREEMENT, Move.TAKE_UP)
# The text, and who wrote it, is the matter of `drafts`.
WRITTEN_BY_MOVES = (
    "state",
    "version",
    "submitted_at",
    "submitted_by",
    "handed_in_on",
    "taken_up_by",
    "approved_at",
    "agreement_asked_at",
)
# Of the period no more than moves and what they say of it need.
_PERIOD = WrittenOnce(
    lambda period: (
        ReportingPeriod.objects.select_for_update()
        .filter(pk=period)
        .only("code", "ends_on", "due_on", "closed_at")
    )
)
_REPORT = WrittenOnce(
    lambda report: (
        Report.objects.select_for_update(of=("self", "task"))
        .filter(pk=report)
        .select_related("task")
    )
)


@dataclass(frozen=True, slots=True)
class Without:
    """Of what others owed it, what a report is submitted without: names of agencies."""

    contributions: tuple[str, ...] = ()
    agreements: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.contributions or self.agreements)

    def as_json(self) -> dict[str, list[str]]:
        """The shape in which `ReportEvent.content` keeps it."""
        return {"contributions": list(self.contributions), "agreements": list(self.agreements)}


def report_move(
    *,
    report: Report,
    move: Move,
    by: User,
    now: dt.datetime,
    reason: str = "",
    version: int | None = None,
    refused_completions: Mapping[int, str] | None = None,
) -> Report:
    """Make one move of the table in `progress.states` and return the report as it is afterwards.

    The rows of report and task are locked, and the move, its `ReportEvent` and what follows for the
    status of measures and task are written in one transaction. `version`, where given, is the one
    the person was looking at; `refused_completions` are reasons by the measure's id, of an approval
    (see `completions_move`). Raises PermissionDenied for a person who may never make this move on
    this report, Conflict where its state or period rules it out, StaleVersion where it changed in
    between, and ValidationError for a missing reason or an incomplete report. Submitting needs a
    reason where a contribution that is owed is missing or another lead objects.
    """
    with transaction.atomic():
        [period] = _PERIOD.of(report.period_id)
        [report] = _REPORT.of(report.pk)
        report.period = period
        parties = parties_of(task=report.task, user=by)
        _check_right(move, by, parties)
        if not period.is_open:
            raise Conflict(
                _("Period %(code)s is closed; nothing can be changed in it.")
                % {"code": period.code}
            )
        transition = next(
            (t for t in transitions_of(move, by.role, parties) if report.state in t.sources), None
        )
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
        content = content_of(report)
        target = _target(report, transition, by, content)
        without = report_without(report) if move == Move.SUBMIT else Without()
        _check_reason(transition, reason, without)
        decided = completions_move(
            report=report,
            move=move,
            target=target,
            content=content,
            refused=refused_completions or {},
            by=by,
            now=now,
        )
        _apply(
            report,
            transition,
            target=target,
            by=by,
            now=now,
            reason=reason,
            content=content,
            kept=({"without": without.as_json()} if without else {}) | decided,
        )
        if target == ReportState.SUBMITTED and ReportState.SUBMITTED not in transition.sources:
            matter_follow(report=report, by=by, now=now)
        if ReportState.APPROVED in (transition.target, *transition.sources):
            newly = report if target == ReportState.APPROVED else None
            standing_refresh(task=report.task, by=by, now=now, newly=newly)
    return report


def moves_open_to(*, report: Report, user: User) -> list[Transition]:
    """What this person may do with the report now, for buttons; `report_move` checks again."""
    if report.period.closed_at is not None:
        return []
    parties = parties_of(task=report.task, user=user)
    return [
        transition
        for transition in moves_from(report.state, user.role, parties)
        if not (transition.move in (Move.WITHDRAW, Move.TAKE_UP) and _is_taken_up(report))
        and not (transition.move == Move.ENDORSE and _decides_on_own_words(report, user))
        and (transition.move not in ABOUT_AGREEMENT or _is_asked(report, transition.move, user))
    ]


def report_without(report: Report) -> Without:
    """Of what others owe the report, what it would be submitted without now.

    Raises Conflict where another lead could agree or object and has not answered yet.
    """
    return Without(
        contributions=tuple(agencies_not_contributing(task=report.task, period=report.period)),
        agreements=tuple(lead.name for lead in leads_not_agreeing(report)),
    )


def report_move_check(*, report: Report, move: Move, by: User) -> None:
    """Raise PermissionDenied for a person who may never make this move on this report."""
    _check_right(move, by, parties_of(task=report.task, user=by))


def _check_nothing_more_is_missing(report: Report) -> None:
    """Raise Conflict where others have taken back since the submission what it counted on."""
    submission = report.events.filter(move=Move.SUBMIT).latest("pk")
    known = submission.content.get("without", {})
    now = report_without(report).as_json()
    more = [
        name for kind, names in now.items() for name in names if name not in known.get(kind, [])
    ]
    if more:
        raise Conflict(
            _(
                "Since the report was submitted this has gone missing: %(agencies)s. Return it, so "
                "that the writer says why it goes without."
            )
            % {"agencies": "、".join(more)}
        )


def _is_asked(report: Report, move: Move, user: User) -> bool:
    """Whether the question of the other lead's agreement stands, for who puts or answers it."""
    if move == Move.ASK:
        leads = other_leads(report.task)
        answers = dict(report.agreements.values_list("agency_id", "agrees"))
        waits = report.agreement_asked_at and False not in answers.values()
        return bool(leads) and not waits
    if report.agreement_asked_at is None:
        return False
    agency = answering_agency(report=report, user=user)
    return (
        agency is not None
        and speaks_for(agency=agency, user=user)
        and not report.agreements.filter(agency=agency, agrees=move == Move.AGREE).exists()
    )


def _check_right(move: Move, by: User, parties: frozenset[Party]) -> None:
    if not transitions_of(move, by.role, parties):
        raise PermissionDenied(
            _("Your role or agency may not do this: “%(move)s”.") % {"move": move.label}
        )


def _check_reason(transition: Transition, reason: str, without: Without) -> None:
    if reason:
        return
    if transition.needs_reason:
        raise ValidationError({"reason": [_("Say why, so that the agency can act on it.")]})
    problems = []
    if without.contributions:
        problems.append(
            _(
                "Not contributed yet: %(agencies)s. Wait for them, or say why the report goes "
                "without."
            )
            % {"agencies": "、".join(without.contributions)}
        )
    if without.agreements:
        problems.append(
            _("Without the agreement of %(agencies)s the report needs a reason to go.")
            % {"agencies": "、".join(without.agreements)}
        )
    if problems:
        raise ValidationError({"reason": problems})


def _is_taken_up(report: Report) -> bool:
    return report.state == ReportState.SUBMITTED and report.taken_up_by_id is not None


def _decides_on_own_words(report: Report, user: User) -> bool:
    return report.updated_by_id == user.pk and decides_on_own_words(
        agency=compiling_agency(report.task), user=user, writer_id=report.updated_by_id
    )


def _was_given_back_by_coordinator(report: Report) -> bool:
    """Whether the agency had reported already: what it withdraws is then only a correction."""
    return report.events.filter(
        Q(move=Move.RETURN, from_state=ReportState.SUBMITTED) | Q(move=Move.REOPEN)
    ).exists()


def _target(
    report: Report, transition: Transition, by: User, content: ReportContent
) -> ReportState:
    """Where the move leads, after the checks that a table cannot hold."""
    move = transition.move
    if move in ABOUT_AGREEMENT:
        agreement_check(report=report, move=move, by=by)
    if move in (Move.SUBMIT, Move.ASK):
        # The list may have changed since the text was saved.
        content_check(task=report.task, content=content)
        content_check_complete(content)
    if move == Move.SUBMIT:
        evidence_check(report=report, content=content)
    if move == Move.ENDORSE:
        _check_nothing_more_is_missing(report)
    if move == Move.SUBMIT and transition.reviewed_target and _agency_reviews(report, by):
        return transition.reviewed_target
    if move == Move.ENDORSE and _decides_on_own_words(report, by):
        raise PermissionDenied(
            _("You wrote this report yourself; another approver of your agency checks it.")
        )
    if move == Move.WITHDRAW and _is_taken_up(report):
        raise Conflict(_("A coordinator is already reviewing this report; ask them to return it."))
    if move == Move.TAKE_UP and _is_taken_up(report):
        raise Conflict(_("This report is already being reviewed."))
    return transition.target or ReportState(report.state)


def _agency_reviews(report: Report, by: User) -> bool:
    return agency_reviews(
        agency=compiling_agency(report.task), by=by, writer_id=report.updated_by_id
    )


def _apply(
    report: Report,
    transition: Transition,
    *,
    target: ReportState,
    by: User,
    now: dt.datetime,
    reason: str,
    content: ReportContent,
    kept: dict[str, Any],
) -> None:
    came_from = report.state
    with audited(f"report.{transition.move}", report, by=by, now=now) as note:
        report.state = target
        if transition.move in ABOUT_AGREEMENT:
            agreement_apply(report=report, move=transition.move, by=by, now=now, reason=reason)
        if transition.move not in LEAVES_VERSION:
            report.version += 1
        if transition.move == Move.SUBMIT:
            report.submitted_at, report.submitted_by = now, by
        if target in HANDED_IN and report.handed_in_on is None:
            report.handed_in_on = timezone.localdate(now)
        if transition.move == Move.WITHDRAW and not _was_given_back_by_coordinator(report):
            report.handed_in_on = None
        report.taken_up_by = by if transition.move == Move.TAKE_UP else None
        report.approved_at = now if target == ReportState.APPROVED else None
        row_update(report, names=WRITTEN_BY_MOVES)
        # A move that leaves the row as it is, such as an answer to another lead, is one too.
        note.after |= {"move": str(transition.move), "reason": text_seen(reason)}
    row_insert(
        ReportEvent(
            report=report,
            at=now,
            by=by,
            move=transition.move,
            from_state=came_from,
            to_state=target,
            reason=reason,
            content=content.as_json() | kept,
        )
    )

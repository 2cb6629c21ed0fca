"""Completions (办结申请 / 销号): asked for by a report, granted or refused with it, reopened later.

The only writer of `Completion`. What it decides stands beside the report, which keeps its words;
`progress.rollups.corrections` says how both are read together.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.utils.translation import gettext as _

from agencies.audit import Note, audit_notes, audited, text_seen, values_of
from agencies.models import User
from progress.models import (
    Completion,
    CompletionState,
    Erratum,
    MeasureProgress,
    Report,
    ReportingPeriod,
)
from progress.rollups.corrections import not_completed
from progress.statements import WrittenOnce
from progress.states import Move, ReportState
from progress.workflow.conflicts import Conflict
from progress.workflow.content import (
    LONGEST_TEXT,
    ReportContent,
    approved_before,
    approved_earlier,
    content_of,
    content_with_errata,
    undone_completions,
)
from progress.workflow.standing import standing_refresh
from tasks.models import Measure, Status

REFUSED = "refused_completions"
REOPENED = "reopened_completions"
_ANY = WrittenOnce(lambda report: Completion.objects.filter(report=report).values_list("pk")[:1])
# By measure its id, its status, and whether its report has errata, and its task completions that
# are none: what may hold instead. The last tells what `_ANY` does, which is then not asked.
_SAID_BEFORE = WrittenOnce(
    lambda task, day, report: (
        MeasureProgress.objects.filter(report=Subquery(approved_earlier(task, day).values("pk")))
        .order_by()
        .values_list(
            "measure_id",
            "status",
            Exists(Erratum.objects.filter(report=OuterRef("report"))),
            Exists(undone_completions(OuterRef("report__task"))),
            Exists(Completion.objects.filter(report=report)),
        )
    )
)


def completions_wanted(report: Report, content: ReportContent | None = None) -> list[Measure]:
    """The measures that the report asks to count as completed, in order.

    Those it calls completed that the last approved report before it does not: measured there and
    not at the register of today, which a later report may have brought further already.
    """
    content = content or content_of(report)
    if not content.has_completed:
        return []  # Most reports: nothing else has to be read for them.
    return _wanted(content, _before(report))


@dataclass(frozen=True, slots=True)
class _Before:
    """The ids of measures that count as completed by the last approved report before this one, and
    whether this one has asked for any already, False where there is none before it."""

    done: frozenset[int]
    is_asked: bool


def _before(report: Report) -> _Before:
    """One statement where nothing holds instead of what the report before says."""
    said = _SAID_BEFORE.of(report.task_id, report.period.ends_on, report.pk)
    done = {pk for pk, status, *_has in said if status == Status.COMPLETED}
    if any(has_erratum or is_undone for _pk, _status, has_erratum, is_undone, _is in said):
        before = approved_before(task=report.task, period=report.period)
        holds = content_with_errata(before).measures if before else ()
        done = {one.measure_id for one in holds if one.status == Status.COMPLETED}
    return _Before(frozenset(done), any(is_asked for *_said, is_asked in said))


def _wanted(content: ReportContent, before: _Before) -> list[Measure]:
    wanted = [
        one.measure_id
        for one in content.measures
        if one.status == Status.COMPLETED and one.measure_id not in before.done
    ]
    return list(Measure.objects.filter(pk__in=wanted).order_by("ordinal")) if wanted else []


def completions_move(
    *,
    report: Report,
    move: Move,
    target: ReportState,
    content: ReportContent,
    refused: Mapping[int, str],
    by: User,
    now: dt.datetime,
) -> dict[str, Any]:
    """What a move of a report does to its completions; returns what its event keeps of that.

    Handed to the coordinators, the report asks; approved, all it asks for is granted but what is
    `refused`, reasons by the measure's id; reopened, everything is undecided again. A report that
    was withdrawn or returned leaves what it asked as it is until it is handed in again. Runs within
    the transaction of the move, the report's row locked. Raises ValidationError keyed
    "refused_completions" for a refusal without reason or of what is not asked for.
    """
    if refused and move != Move.APPROVE:
        raise ValidationError({REFUSED: [_("Completions are refused with an approval alone.")]})
    if move == Move.REOPEN:
        return _undecide(report, by=by, now=now)
    if target == ReportState.SUBMITTED and move != Move.TAKE_UP:
        _ask(report, completions_wanted(report, content), by=by, now=now)
        return {}
    if move != Move.APPROVE:
        return {}
    # Asked again: what was approved before this report may be another than when it was handed in.
    before = _before(report) if content.has_completed else None
    wanted = _wanted(content, before) if before else []
    # Where no report is before this one all that it calls completed is wanted.
    if not (wanted or refused or (before.is_asked if before else _ANY.of(report.pk))):
        return {}  # Most reports.
    _ask(report, wanted, by=report.submitted_by or by, now=now)
    return _decide(report, wanted, refused, by=by, now=now)


def _ask(report: Report, wanted: list[Measure], *, by: User, now: dt.datetime) -> None:
    """Bring the undecided rows of the report in line with what it says now.

    One that was asked for before keeps its first day: it has been waited for since then.
    """
    asked = dict(Completion.objects.filter(report=report).values_list("measure_id", "pk"))
    wanted_ids = {measure.pk for measure in wanted}
    given_up = [pk for measure_id, pk in asked.items() if measure_id not in wanted_ids]
    if given_up:
        rows = Completion.objects.filter(pk__in=given_up, state=CompletionState.REQUESTED)
        gone = [Note("completion.give_up", one, before=values_of(one)) for one in rows]
        rows.delete()
        audit_notes(gone, by=by, now=now)
    made = Completion.objects.bulk_create(
        Completion(
            task=report.task,
            measure=measure,
            report=report,
            requested_at=now,
            requested_by=by,
        )
        for measure in wanted
        if measure.pk not in asked
    )
    audit_notes(
        [Note("completion.request", one, after=values_of(one)) for one in made], by=by, now=now
    )


def _decide(
    report: Report,
    wanted: list[Measure],
    refused: Mapping[int, str],
    *,
    by: User,
    now: dt.datetime,
) -> dict[str, Any]:
    reasons = {measure_id: reason.strip() for measure_id, reason in refused.items()}
    _check_refusals(wanted, reasons)
    undecided = Completion.objects.filter(report=report, state=CompletionState.REQUESTED)
    decided = list(undecided) if wanted else []
    undecided.exclude(measure__in=list(reasons)).update(
        state=CompletionState.GRANTED, decided_at=now, decided_by=by
    )
    for measure_id, reason in reasons.items():
        undecided.filter(measure=measure_id).update(
            state=CompletionState.REFUSED, decided_at=now, decided_by=by, decision_reason=reason
        )
    audit_notes(
        [
            Note(
                "completion.refuse" if one.measure_id in reasons else "completion.grant",
                one,
                {"state": one.state},
                {
                    "state": CompletionState.REFUSED
                    if one.measure_id in reasons
                    else CompletionState.GRANTED,
                    "decision_reason": text_seen(reasons.get(one.measure_id, "")),
                },
            )
            for one in decided
        ],
        by=by,
        now=now,
    )
    if not reasons:
        return {}
    return {REFUSED: [{"measure": pk, "reason": reason} for pk, reason in reasons.items()]}


def _check_refusals(wanted: list[Measure], reasons: Mapping[int, str]) -> None:
    if set(reasons) - {measure.pk for measure in wanted}:
        raise ValidationError(
            {REFUSED: [_("The report does not ask for this completion; load the page again.")]}
        )
    problems = []
    for measure in wanted:
        if measure.pk not in reasons:
            continue
        problem = ""
        if not reasons[measure.pk]:
            problem = _("Measure %(ordinal)d: say why its completion is refused.")
        elif len(reasons[measure.pk]) > LONGEST_TEXT:
            problem = _("Measure %(ordinal)d: the reason is too long.")
        if problem:
            problems.append(ValidationError(problem, params={"ordinal": measure.ordinal}))
    if problems:
        raise ValidationError({REFUSED: problems})


def _undecide(report: Report, *, by: User, now: dt.datetime) -> dict[str, Any]:
    """Put all decisions back; what was reopened is kept, since closed periods may rest on it.

    Raises Conflict where a later approved report rests on what was reopened: its measure would
    count as completed again, and nobody had decided so.
    """
    _check_none_rests_on(report)
    completions = Completion.objects.filter(report=report)
    reopened = completions.filter(state=CompletionState.REOPENED).order_by("pk")
    kept = [
        {"measure": measure_id, "at": at.isoformat(), "by": by_id, "reason": reason}
        for measure_id, at, by_id, reason in reopened.values_list(
            "measure_id", "reopened_at", "reopened_by_id", "reopening_reason"
        )
        if at is not None
    ]
    notes = [
        Note("completion.undecide", one, {"state": one.state}, {"state": CompletionState.REQUESTED})
        for one in completions
    ]
    audit_notes(notes, by=by, now=now)
    completions.update(
        state=CompletionState.REQUESTED,
        decided_at=None,
        decided_by=None,
        decision_reason="",
        reopened_at=None,
        reopened_by=None,
        reopening_reason="",
    )
    return {REOPENED: kept} if kept else {}


def _check_none_rests_on(report: Report) -> None:
    reopened = Completion.objects.filter(report=report, state=CompletionState.REOPENED)
    measures = dict(reopened.values_list("measure_id", "measure__ordinal"))
    if not measures:
        return
    later = Report.objects.filter(
        task=report.task_id,
        state=ReportState.APPROVED,
        period__ends_on__gt=report.period.ends_on,
    )
    asked_there = set(
        Completion.objects.filter(report__in=later).values_list("report_id", "measure_id")
    )
    for report_id, measure_id, _at in not_completed(later):
        if measure_id in measures and (report_id, measure_id) not in asked_there:
            raise Conflict(
                _(
                    "The completion of measure %(ordinal)d was reopened, and the approved report "
                    "of %(code)s rests on that: what holds now is decided there, and this report "
                    "stays as it is."
                )
                % {
                    "ordinal": measures[measure_id],
                    "code": later.get(pk=report_id).period.code,
                }
            )


# --- Reopening ---------------------------------------------------------------------------------


def completion_reopen(
    *, completion: Completion, reason: str, by: User, now: dt.datetime
) -> Completion:
    """Let a measure that was completed count as in progress again, by a coordinator.

    So it does in every later report that only repeated it, whatever period that is of, and the next
    one asks anew. Today's standing follows; the figures of closed periods stay. Raises
    PermissionDenied for anybody but coordinators, Conflict as `reopening_conflict` says, and
    ValidationError keyed "reason".
    """
    if not by.is_active or not by.is_coordinator:
        raise PermissionDenied(_("Only a coordinator reopens a completion."))
    reason = reason.strip()
    with transaction.atomic():
        # Period, report, task: locks taken in the order of every other writer.
        ReportingPeriod.objects.select_for_update().get(reports=completion.report_id)
        report = (
            Report.objects.select_for_update(of=("self", "task"))
            .select_related("task", "period")
            .get(pk=completion.report_id)
        )
        completion = Completion.objects.select_for_update(of=("self",)).get(pk=completion.pk)
        completion.report, completion.task = report, report.task
        if (completion.state, completion.reopened_by_id, completion.reopening_reason) == (
            CompletionState.REOPENED,
            by.pk,
            reason,
        ):
            return completion  # The button was pressed twice.
        if conflict := reopening_conflict(completion):
            raise Conflict(conflict)
        if not reason:
            raise ValidationError({"reason": [_("Say why, so that the agency can act on it.")]})
        if len(reason) > LONGEST_TEXT:
            raise ValidationError(
                {
                    "reason": [
                        _("The text has %(length)d characters; %(limit)d are allowed.")
                        % {"length": len(reason), "limit": LONGEST_TEXT}
                    ]
                }
            )
        with audited("completion.reopen", completion, by=by, now=now):
            completion.state = CompletionState.REOPENED
            completion.reopened_at, completion.reopened_by = now, by
            completion.reopening_reason = reason
            completion.save()
        standing_refresh(task=report.task, by=by, now=now)
    return completion


def reopening_conflict(completion: Completion) -> str:
    """What stands in the way of reopening this completion, "" where nothing does.

    Only a granted one is reopened, of a measure that counts as completed today, and that which
    today's status rests on: the latest up to the task's latest approved report.
    """
    report = completion.report
    if completion.state != CompletionState.GRANTED:
        return _("This completion is “%(state)s”; only a granted one is reopened.") % {
            "state": completion.get_state_display()
        }
    latest = (
        Report.objects.filter(task=report.task_id, state=ReportState.APPROVED)
        .select_related("period")
        .order_by("-period__ends_on")
        .first()
    )
    if latest is None:
        return _("None of the task's reports is approved now; there is nothing to reopen.")
    # A report that only repeats what an earlier one asked for asks for nothing itself.
    decides = (
        Completion.objects.filter(
            measure=completion.measure_id, report__period__ends_on__lte=latest.period.ends_on
        )
        .select_related("report__period")
        .order_by("-report__period__ends_on")
        .first()
    )
    if decides is not None and decides.pk != completion.pk:
        return _(
            "A later request decides whether this measure is completed: that with the report of "
            "%(code)s."
        ) % {"code": decides.report.period.code}
    holds = {one.measure_id: one.status for one in content_with_errata(latest).measures}
    if holds.get(completion.measure_id) != Status.COMPLETED:
        return _(
            "What holds of the report of %(code)s does not call this measure completed, so there "
            "is nothing to reopen."
        ) % {"code": latest.period.code}
    return ""

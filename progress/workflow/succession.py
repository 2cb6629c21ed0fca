"""What becomes of reports and contributions when other agencies answer for a task from now on.

A coordinator gives a task to others, or an administrator merges an agency into another one
(`progress.mergers`). Periods that are closed are left as they are.
"""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import transaction
from django.utils.translation import gettext as _

from agencies.audit import Note, audit_notes, audited, values_of
from agencies.locking import agencies_lock
from agencies.models import Agency, User
from progress.models import (
    Contribution,
    ContributionEvent,
    Evidence,
    MeasureContribution,
    Report,
    ReportingPeriod,
)
from progress.states import WRITABLE, Move, ReportState
from progress.workflow.agreements import agreements_lapse
from progress.workflow.conflicts import Conflict
from progress.workflow.contributions.content import contribution_content_of, text_taken_up
from tasks.models import Responsibility, ResponsibilityChange, ResponsibilityRole, Task
from tasks.responsibilities import (
    Part,
    PartsChangedError,
    parts_of,
    parts_passed_on,
    responsibilities_write,
)


@transaction.atomic
def task_agencies_change(
    *,
    task: Task,
    division: str,
    agencies: Sequence[tuple[Agency, str]],
    reason: str,
    document: str,
    by: User,
    now: dt.datetime,
    seen: str | None = None,
) -> ResponsibilityChange:
    """Say who answers for a task, and let its open reports follow: `responsibilities_write`.

    The new lead goes on with the report that the old one began. What agencies have contributed
    that have no part any more stays to be read and is owed by nobody. Raises as that writer does,
    and Conflict where others answer for the task by now than whom `seen` was made of.
    """
    open_periods_lock()
    agencies_lock(agency.pk for agency, _role in agencies)
    asking_reports_lock(task_ids=[task.pk])
    before = parts_of(task)
    try:
        change = responsibilities_write(
            task=task,
            division=division,
            agencies=agencies,
            reason=reason,
            document=document,
            by=by,
            now=now,
            seen=seen,
        )
    except PartsChangedError as changed:
        raise Conflict(
            _(
                "Who answers for task %(number)d was changed since you opened this page. What "
                "holds now stands beside; nothing of yours is written yet."
            )
            % {"number": task.number}
        ) from changed
    if (task.division, _leads(before)) != (
        division,
        [a.pk for a, role in agencies if _leads_by(role)],
    ):
        task_handed_over(task=task, by=by, now=now)
    return change


def task_handed_over(*, task: Task, by: User, now: dt.datetime) -> int:
    """Let the questions lapse that were put to the other lead; returns how many.

    Other leads have other words. A report that has left its lead keeps the answers it went with.
    To be called with the open periods locked.
    """
    lapsed = asking_reports_lock(task_ids=[task.pk])
    for report in lapsed:
        with audited("report.lapse", report, by=by, now=now):
            agreements_lapse(report)
            report.save(update_fields=["agreement_asked_at"])
    return len(lapsed)


def asking_reports_lock(*, task_ids: Collection[int]) -> list[Report]:
    """Lock those of the tasks' open reports that wait for another lead, before the tasks."""
    asked = Report.objects.select_for_update().filter(
        task__in=task_ids,
        period__closed_at=None,
        state__in=WRITABLE,
        agreement_asked_at__isnull=False,
    )
    return list(asked.order_by("pk"))


def open_periods_lock() -> list[ReportingPeriod]:
    """Lock the open periods before anything else, as each writer of a report locks its own."""
    return list(ReportingPeriod.objects.select_for_update().open().order_by("pk"))


# --- Contributions ---------------------------------------------------------------------------


class Fate(StrEnum):
    """What becomes of a contribution of an agency that is merged into another."""

    MOVES = "moves"  # it is the successor's from now on
    JOINS = "joins"  # its words stand in the successor's own, under the old name
    STAYS = "stays"  # it is history: readable, owed by nobody


@dataclass(frozen=True, slots=True)
class Passing:
    """A contribution to an open period, the successor's own to the same report, and its fate."""

    contribution: Contribution
    own: Contribution | None
    fate: Fate


def contributions_passing(
    *, agency: Agency, successor: Agency, lock: bool = False
) -> list[Passing]:
    """What becomes of the agency's contributions to open periods, by period and task.

    To be asked before its parts are passed on. Six statements at most, however many there are.
    """
    rows = Contribution.objects.filter(
        agency__in=[agency, successor], period__closed_at=None
    ).order_by("period", "task__number", "pk")
    found = list(
        (rows.select_for_update(of=("self",)) if lock else rows).select_related("task", "period")
    )
    mine = [one for one in found if one.agency_id == agency.pk]
    owns = {(one.task_id, one.period_id): one for one in found if one.agency_id == successor.pk}
    speaking = set(
        MeasureContribution.objects.filter(contribution__in=found)
        .exclude(text="")
        .values_list("contribution_id", flat=True)
    )
    handed_on = _tasks_of_another(agency, successor, {one.task_id for one in mine})
    gone = set(
        Report.objects.filter(period__closed_at=None, task__in=handed_on)
        .exclude(state__in=WRITABLE)
        .values_list("task_id", "period_id")
    )

    def fate(one: Contribution, own: Contribution | None) -> Fate:
        if one.task_id not in handed_on:
            return Fate.STAYS
        if own is None:
            return Fate.MOVES
        speaks, own_speaks = _speaks(one, speaking), _speaks(own, speaking)
        answered, own_answered = (each.state == ReportState.SUBMITTED for each in (one, own))
        if not (own_speaks or own_answered):
            return Fate.JOINS if speaks or answered else Fate.STAYS
        if not speaks:
            return Fate.STAYS
        # Words that nobody has handed in do not slip into a report that has left its lead.
        left_its_lead = (one.task_id, one.period_id) in gone
        return Fate.STAYS if left_its_lead and answered != own_answered else Fate.JOINS

    return [
        Passing(one, own, fate(one, own))
        for one in mine
        for own in [owns.get((one.task_id, one.period_id))]
    ]


def contributions_pass_on(
    *, passing: Collection[Passing], successor: Agency, by: User, now: dt.datetime
) -> None:
    """Do with each contribution what was found; nothing that was written is taken away."""
    for one in passing:
        if one.fate == Fate.MOVES:
            with audited("contribution.pass_on", one.contribution, by=by, now=now):
                one.contribution.agency = successor
                one.contribution.save(update_fields=["agency"])
        elif one.fate == Fate.JOINS:
            assert one.own is not None
            _join(one.contribution, one.own, by=by, now=now)


def _tasks_of_another(agency: Agency, successor: Agency, task_ids: Collection[int]) -> set[int]:
    """Of these tasks those in which the agency has a part that its successor does not compile."""
    parts: dict[int, list[Part]] = {}
    rows = Responsibility.objects.filter(task__in=task_ids).select_related("agency")
    for row in rows.order_by("task", "position"):
        parts.setdefault(row.task_id, []).append(Part(row.agency, row.role))
    return {
        task_id
        for task_id, each in parts.items()
        if any(part.agency == agency for part in each)
        and parts_passed_on(each, agency=agency, successor=successor)[0].agency != successor
    }


def _speaks(one: Contribution, speaking: Collection[int]) -> bool:
    return one.pk in speaking or bool(one.remarks.strip())


def _join(one: Contribution, own: Contribution, *, by: User, now: dt.datetime) -> None:
    """Put the words of `one` into `own`; the old row keeps them too, as the history that it is.

    Both handed in stay handed in; where only one was, somebody of the successor reads both first.
    """
    came_from, said_before = own.state, contribution_content_of(own)
    seen_before = values_of(own)
    texts = dict(one.measures.values_list("measure_id", "text"))
    owns = dict(own.measures.values_list("measure_id", "text"))
    is_silent = (
        not own.remarks.strip()
        and not any(text.strip() for text in owns.values())
        and own.state != ReportState.SUBMITTED
    )
    # Above both, so that a form that was open of either of them is told, and overwrites nothing.
    version = max(one.version, own.version) + 1
    if is_silent:
        own.state, own.nothing_to_add = one.state, one.nothing_to_add
        own.submitted_at, own.submitted_by = one.submitted_at, one.submitted_by
        own.updated_by = one.updated_by
        own.remarks = one.remarks
        if one.taken_over_version == one.version:
            own.taken_over_version = version
    else:
        if own.state != one.state and not {own.state, one.state} <= WRITABLE:
            own.state = ReportState.DRAFT
        own.nothing_to_add = False
        own.remarks = text_taken_up(own.remarks, one.remarks, one.agency)
    own.handed_in_on = min(
        (day for day in (one.handed_in_on, own.handed_in_on) if day is not None), default=None
    )
    own.version = version
    own.updated_at = now
    own.save()
    MeasureContribution.objects.bulk_create(
        [
            MeasureContribution(
                contribution=own,
                measure_id=measure_id,
                text=text
                if is_silent
                else text_taken_up(owns.get(measure_id, ""), text, one.agency),
            )
            for measure_id, text in texts.items()
            if text.strip()
        ],
        update_conflicts=True,
        update_fields=["text"],
        unique_fields=["contribution", "measure"],
    )
    evidence = Evidence.objects.filter(contribution=one)
    notes = [
        Note("evidence.pass_on", each, {"contribution": one.pk}, {"contribution": own.pk})
        for each in evidence.order_by("pk")
    ]
    evidence.update(contribution=own)
    joined = Note(
        "contribution.join",
        own,
        seen_before | said_before.measures_seen(),
        values_of(own) | contribution_content_of(own).measures_seen(),
    )
    audit_notes([joined, *notes], by=by, now=now)
    if own.state in WRITABLE and came_from in WRITABLE:
        return
    is_handed_over = own.state not in WRITABLE
    ContributionEvent.objects.create(
        contribution=own,
        at=now,
        by=by,
        move=Move.SUBMIT if is_handed_over else Move.WITHDRAW,
        from_state=came_from,
        to_state=own.state,
        reason=_("Joined with what %(agency)s wrote, which was merged into it.")
        % {"agency": one.agency.name},
        # The lead reads what left its hands as it had it, not the words that nobody has released.
        content=(
            contribution_content_of(Contribution.objects.get(pk=own.pk))
            if is_handed_over
            else said_before
        ).as_json(),
    )


def _leads(parts: Sequence[Part]) -> list[int]:
    return [part.agency.pk for part in parts if _leads_by(part.role)]


def _leads_by(role: str) -> bool:
    return role == ResponsibilityRole.LEAD

"""Rules: the states of a report, who moves it, and that every move is written down."""

import dataclasses
import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Policy, Report, ReportEvent, ReportingPeriod
from progress.states import CONTRIBUTION_TRANSITIONS, TRANSITIONS, Move, ReportState, moves_from
from progress.tests.acts import approved, content, handed_in, saved, task_numbered
from progress.workflow import (
    NOT_BEGUN,
    Conflict,
    StaleVersion,
    moves_open_to,
    parties_of,
    report_move,
    report_save,
)
from tasks.models import Status, Task

LATER = NOW + dt.timedelta(days=4)


@pytest.fixture
def task(cast: Cast) -> Task:
    return task_numbered(4)


def with_approvers(*people: User) -> None:
    for person in people:
        person.is_active = True
        person.save()


def move(report: Report, move: Move, by: User, reason: str = "", now: dt.datetime = NOW) -> Report:
    return report_move(report=report, move=move, by=by, now=now, reason=reason)


def report_in(state: ReportState, task: Task, period: ReportingPeriod, cast: Cast) -> Report:
    """A report that got into this state by the moves that lead there."""
    if state == ReportState.DRAFT:
        return saved(task, period, cast.reporter)
    if state == ReportState.AGENCY_REVIEW:
        assert cast.approver.is_active
        return handed_in(task, period, cast.reporter)
    report = handed_in(task, period, cast.reporter)
    if report.state == ReportState.AGENCY_REVIEW:
        report = move(report, Move.ENDORSE, cast.approver)
    if state == ReportState.APPROVED:
        report = move(report, Move.APPROVE, cast.coordinator)
    if state == ReportState.RETURNED:
        report = move(report, Move.RETURN, cast.coordinator, "请补充")
    return report


# --- from state to state ---------------------------------------------------------------------


def test_an_agency_without_an_approver_skips_its_review(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    report = handed_in(task, period, cast.reporter)
    assert report.state == ReportState.SUBMITTED
    assert report.handed_in_on == NOW.date()
    assert (report.submitted_at, report.submitted_by) == (NOW, cast.reporter)


def test_an_agencys_approver_reviews_before_the_report_leaves_it(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    with_approvers(cast.approver)
    report = handed_in(task, period, cast.reporter)
    assert report.state == ReportState.AGENCY_REVIEW
    assert report.handed_in_on is None
    report = move(report, Move.ENDORSE, cast.approver, now=LATER)
    assert report.state == ReportState.SUBMITTED
    assert report.handed_in_on == LATER.date()


def test_the_policy_may_do_without_the_agencys_review(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    with_approvers(cast.approver)
    Policy(pk=1, agency_review=False).save()
    assert handed_in(task, period, cast.reporter).state == ReportState.SUBMITTED


def test_an_approver_hands_in_what_a_reporter_wrote_without_a_second_review(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    with_approvers(cast.approver, cast.second_approver)
    report = saved(task, period, cast.reporter)
    assert move(report, Move.SUBMIT, cast.approver).state == ReportState.SUBMITTED


def test_an_approver_does_not_decide_on_own_words_where_there_is_a_second(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    with_approvers(cast.approver, cast.second_approver)
    report = handed_in(task, period, cast.approver)
    assert report.state == ReportState.AGENCY_REVIEW
    with pytest.raises(PermissionDenied):
        move(report, Move.ENDORSE, cast.approver)
    assert move(report, Move.ENDORSE, cast.second_approver).state == ReportState.SUBMITTED


def test_an_only_approver_hands_in_own_words(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    with_approvers(cast.approver)
    assert handed_in(task, period, cast.approver).state == ReportState.SUBMITTED


@pytest.mark.parametrize("state", [ReportState.AGENCY_REVIEW, ReportState.SUBMITTED])
def test_either_review_returns_a_report_with_a_reason(
    cast: Cast, period: ReportingPeriod, task: Task, state: ReportState
) -> None:
    with_approvers(cast.approver)
    report = report_in(state, task, period, cast)
    by = cast.approver if state == ReportState.AGENCY_REVIEW else cast.coordinator
    for empty in ("", "  \n"):
        with pytest.raises(ValidationError) as refused:
            move(report, Move.RETURN, by, empty)
        assert list(refused.value.message_dict) == ["reason"]
    report = move(report, Move.RETURN, by, " 请补充数据 ")
    assert report.state == ReportState.RETURNED
    assert report.events.latest("pk").reason == "请补充数据"


def test_a_submitted_report_is_withdrawn_until_a_coordinator_takes_it_up(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    report = handed_in(task, period, cast.reporter)
    report = move(report, Move.WITHDRAW, cast.colleague)
    assert report.state == ReportState.DRAFT
    report = move(report, Move.SUBMIT, cast.reporter)
    report = move(report, Move.TAKE_UP, cast.coordinator)
    assert (report.state, report.taken_up_by) == (ReportState.SUBMITTED, cast.coordinator)
    for impossible, by in ((Move.WITHDRAW, cast.reporter), (Move.TAKE_UP, cast.coordinator)):
        with pytest.raises(Conflict):
            move(report, impossible, by)
    assert move(report, Move.APPROVE, cast.coordinator).taken_up_by is None


def test_an_approved_report_is_reopened_with_a_reason(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    report = approved(task, period, cast.reporter, cast.coordinator)
    assert report.approved_at == NOW
    with pytest.raises(ValidationError):
        move(report, Move.REOPEN, cast.coordinator)
    report = move(report, Move.REOPEN, cast.coordinator, "数据有误")
    assert (report.state, report.approved_at) == (ReportState.RETURNED, None)


def test_every_begun_measure_needs_a_text_before_the_report_is_handed_in(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    said = content(task)
    silent = dataclasses.replace(said.measures[1], text="  ")
    report = report_save(
        task=task,
        period=period,
        by=cast.reporter,
        now=NOW,
        content=dataclasses.replace(said, measures=(said.measures[0], silent, said.measures[2])),
        version=NOT_BEGUN,
    )
    with pytest.raises(ValidationError) as refused:
        move(report, Move.SUBMIT, cast.reporter)
    assert len(refused.value.message_dict["measures"]) == 1
    untouched = saved(task_numbered(5), period, cast.reporter, Status.NOT_STARTED)
    assert move(untouched, Move.SUBMIT, cast.reporter).state == ReportState.SUBMITTED


# --- the day of handing in -------------------------------------------------------------------


def test_a_return_leaves_the_day_of_handing_in(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    report = handed_in(task, period, cast.reporter)
    report = move(report, Move.RETURN, cast.coordinator, "请补充")
    assert report.handed_in_on == NOW.date()
    report = move(report, Move.SUBMIT, cast.reporter, now=LATER)
    assert report.handed_in_on == NOW.date()
    report = move(report, Move.WITHDRAW, cast.reporter, now=LATER)
    assert report.handed_in_on == NOW.date()


def test_a_withdrawal_takes_the_day_of_handing_in_back(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    report = handed_in(task, period, cast.reporter)
    report = move(report, Move.WITHDRAW, cast.reporter)
    assert report.handed_in_on is None
    report = move(report, Move.SUBMIT, cast.reporter, now=LATER)
    assert report.handed_in_on == LATER.date()


def test_a_reopened_report_that_is_withdrawn_keeps_the_day_of_handing_in(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    report = approved(task, period, cast.reporter, cast.coordinator)
    report = move(report, Move.REOPEN, cast.coordinator, "数据有误", LATER)
    report = move(report, Move.SUBMIT, cast.reporter, now=LATER)
    report = move(report, Move.WITHDRAW, cast.reporter, now=LATER)
    assert report.handed_in_on == NOW.date()


def test_a_report_is_handed_in_on_the_day_it_is_in_china(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    before_midnight_in_london = dt.datetime(2026, 10, 22, 17, 0, tzinfo=dt.UTC)
    report = handed_in(task, period, cast.reporter, now=before_midnight_in_london)
    assert report.handed_in_on == dt.date(2026, 10, 23)


# --- history ---------------------------------------------------------------------------------


def test_every_move_is_written_with_who_when_whence_and_what_was_said(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    report = handed_in(task, period, cast.reporter)
    move(report, Move.RETURN, cast.coordinator, "请补充", LATER)
    submitted, returned = report.events.order_by("pk")
    assert (submitted.move, submitted.from_state, submitted.to_state) == (
        Move.SUBMIT,
        ReportState.DRAFT,
        ReportState.SUBMITTED,
    )
    assert (returned.at, returned.by, returned.reason) == (LATER, cast.coordinator, "请补充")
    assert returned.content == content(task).as_json()


def test_a_move_that_is_refused_writes_nothing(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    report = handed_in(task, period, cast.reporter)
    with pytest.raises(Conflict):
        move(report, Move.REOPEN, cast.coordinator, "更正")
    assert ReportEvent.objects.count() == 1
    assert Report.objects.get().version == report.version


def test_a_decision_on_a_version_not_seen_is_refused(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    seen = handed_in(task, period, cast.reporter)
    move(seen, Move.WITHDRAW, cast.reporter)
    handed_in(task, period, cast.reporter, Status.COMPLETED)
    with pytest.raises(StaleVersion):
        report_move(
            report=seen,
            move=Move.APPROVE,
            by=cast.coordinator,
            now=NOW,
            version=seen.version,
        )
    assert Report.objects.get().state == ReportState.SUBMITTED


# --- who may, and when -----------------------------------------------------------------------


def outcome(report: Report, one: Move, by: User) -> str:
    """ "moved", "conflict" or "forbidden"; whatever was done is undone."""
    try:
        with transaction.atomic():
            move(report, one, by, "理由")
            transaction.set_rollback(True)
    except Conflict:
        return "conflict"
    except PermissionDenied:
        return "forbidden"
    return "moved"


@pytest.mark.parametrize("state", list(ReportState))
def test_everybody_is_offered_exactly_what_they_can_do(
    cast: Cast, period: ReportingPeriod, task: Task, state: ReportState
) -> None:
    with_approvers(cast.approver, cast.second_approver)
    report = report_in(state, task, period, cast)
    for name, person in cast.everyone().items():
        offered = {transition.move for transition in moves_open_to(report=report, user=person)}
        done = {one for one in Move if outcome(report, one, person) == "moved"}
        assert offered == done, name


@pytest.mark.parametrize("state", list(ReportState))
def test_the_wrong_state_is_a_conflict_and_the_wrong_person_is_forbidden(
    cast: Cast, period: ReportingPeriod, task: Task, state: ReportState
) -> None:
    with_approvers(cast.approver)
    report = report_in(state, task, period, cast)
    agency = {"reporter", "approver", "colleague"}
    may_ever = {
        Move.SUBMIT: agency,
        Move.WITHDRAW: agency,
        Move.ENDORSE: {"approver"},
        Move.RETURN: {"approver", "coordinator"},
        Move.TAKE_UP: {"coordinator"},
        Move.APPROVE: {"coordinator"},
        Move.REOPEN: {"coordinator"},
        # A question to the other lead, of a task that has one.
        Move.ASK: agency,
        Move.AGREE: set(),
        Move.OBJECT: set(),
        Move.TAKE_OVER: set(),
    }
    for name, person in cast.everyone().items():
        parties = parties_of(task=task, user=person)
        offered = {t.move for t in moves_from(state, person.role, parties)} - {Move.ASK}
        for one in Move:
            expected = "conflict" if one not in offered else "moved"
            if name not in may_ever[one]:
                expected = "forbidden"
            assert outcome(report, one, person) == expected, (name, one)


def test_the_table_names_every_move_and_leaves_no_state_without_a_way_out() -> None:
    tables = (*TRANSITIONS, *CONTRIBUTION_TRANSITIONS)
    assert {transition.move for transition in tables} == set(Move)
    for state in ReportState:
        assert any(state in transition.sources for transition in TRANSITIONS)


# --- who sees what is written ----------------------------------------------------------------


@pytest.mark.parametrize("state", [ReportState.DRAFT, ReportState.APPROVED])
def test_texts_are_seen_by_the_tasks_agencies_and_coordinators_approved_ones_by_leaders(
    cast: Cast, period: ReportingPeriod, task: Task, state: ReportState
) -> None:
    report = report_in(state, task, period, cast)
    see = {"reporter", "colleague", "co_reporter", "coordinator"}
    if state == ReportState.APPROVED:
        see.add("leader")
    for name, person in cast.everyone().items():
        assert (report in Report.objects.visible_to(person)) == (name in see), name


def test_the_queue_of_a_coordinator_and_of_an_approver_are_what_they_decide(
    cast: Cast, period: ReportingPeriod, task: Task
) -> None:
    with_approvers(cast.approver)
    inside = handed_in(task, period, cast.reporter)
    outside = handed_in(task_numbered(5), period, cast.reporter)
    outside = move(outside, Move.ENDORSE, cast.approver)
    assert list(Report.objects.waiting_for_review(cast.coordinator)) == [outside]
    assert list(Report.objects.waiting_for_review(cast.approver)) == [inside]
    for person in (cast.reporter, cast.leader, cast.stranger):
        assert not Report.objects.waiting_for_review(person).exists()

"""Rule: what a report calls completed is asked for; a coordinator grants, refuses or reopens it."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation

from agencies.models import User
from conftest import NOW, Cast
from progress.models import (
    Completion,
    CompletionState,
    MeasureProgress,
    Report,
    ReportEvent,
    ReportingPeriod,
)
from progress.states import Move
from progress.tests.acts import approved, corrected, first_measure, handed_in, saved, task_numbered
from progress.workflow import (
    Conflict,
    completion_reopen,
    content_to_start_from,
    period_close,
    period_open,
    report_move,
    report_unchanged,
    reports_approve,
    review_mark,
)
from tasks.models import Status, Task

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
DONE, GOES, NOT = Status.COMPLETED, Status.IN_PROGRESS, Status.NOT_STARTED
REQUESTED, GRANTED = CompletionState.REQUESTED, CompletionState.GRANTED
REFUSED, REOPENED = CompletionState.REFUSED, CompletionState.REOPENED


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences are told apart by their source."""
    with translation.override("en"):
        yield


def states(report: Report) -> dict[int, str]:
    rows = Completion.objects.filter(report=report)
    return dict(rows.values_list("measure__ordinal", "state"))


def standing() -> tuple[str, list[str]]:
    task = task_numbered(4)
    return task.status, list(task.measures.order_by("ordinal").values_list("status", flat=True))


def move(report: Report, move: Move, by: User, *, now: dt.datetime = NOW, **more: object) -> Report:
    return report_move(report=report, move=move, by=by, now=now, **more)  # type: ignore[arg-type]


def approve(
    report: Report, cast: Cast, *refused: int, reason: str = "佐证不足", now: dt.datetime = NOW
) -> Report:
    pks = {m.ordinal: m.pk for m in report.task.measures.all()}
    return move(
        report,
        Move.APPROVE,
        cast.coordinator,
        now=now,
        refused_completions={pks[ordinal]: reason for ordinal in refused},
    )


def reopen(
    report: Report, cast: Cast, ordinal: int = 1, *, now: dt.datetime = NOW + HOUR
) -> Completion:
    return completion_reopen(
        completion=Completion.objects.get(report=report, measure__ordinal=ordinal),
        reason="核查发现未达标",
        by=cast.coordinator,
        now=now,
    )


# --- Asking ----------------------------------------------------------------------------------


def test_a_report_that_is_handed_in_asks_for_what_it_calls_completed(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = saved(task_numbered(4), period, cast.reporter, [DONE, GOES, DONE])
    assert states(report) == {}
    report = move(report, Move.SUBMIT, cast.reporter)
    assert states(report) == {1: REQUESTED, 3: REQUESTED}
    row = Completion.objects.get(report=report, measure__ordinal=1)
    assert (row.requested_at, row.requested_by, row.task) == (NOW, cast.reporter, report.task)


def test_what_an_agencys_approver_has_not_passed_asks_for_nothing_yet(
    cast: Cast, period: ReportingPeriod
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    report = handed_in(task_numbered(4), period, cast.reporter, DONE)
    assert states(report) == {}
    approver = User.objects.get(pk=cast.approver.pk)
    move(report, Move.ENDORSE, approver)
    assert states(report) == {1: REQUESTED, 2: REQUESTED, 3: REQUESTED}
    assert Completion.objects.filter(requested_by=approver).count() == 3


def test_what_is_completed_already_is_not_asked_for_again(
    cast: Cast, period: ReportingPeriod
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    approved(task_numbered(4), september, cast.reporter, cast.coordinator, [DONE, GOES, GOES])
    report = handed_in(task_numbered(4), period, cast.reporter, [DONE, DONE, GOES])
    assert states(report) == {2: REQUESTED}


def test_withdrawn_or_returned_it_waits_and_handed_in_again_it_says_what_is_asked_now(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    report = handed_in(task, period, cast.reporter, [DONE, DONE, GOES])
    for back, by in ((Move.WITHDRAW, cast.reporter), (Move.RETURN, cast.coordinator)):
        report = move(report, back, by, reason="请补充")
        assert states(report) == {1: REQUESTED, 2: REQUESTED}
        report = handed_in(task, period, cast.reporter, [DONE, DONE, GOES], now=NOW + HOUR)
    # It has been waited for since the first time.
    assert set(Completion.objects.values_list("requested_at", flat=True)) == {NOW}
    report = move(report, Move.RETURN, cast.coordinator, reason="请核实")
    report = handed_in(task, period, cast.reporter, [GOES, DONE, DONE], now=NOW + DAY)
    assert states(report) == {2: REQUESTED, 3: REQUESTED}


# --- Granting and refusing -------------------------------------------------------------------


def test_an_approval_grants_what_is_asked_for(cast: Cast, period: ReportingPeriod) -> None:
    report = approve(handed_in(task_numbered(4), period, cast.reporter, DONE), cast)
    assert states(report) == {1: GRANTED, 2: GRANTED, 3: GRANTED}
    assert standing() == (DONE, [DONE, DONE, DONE])
    row = Completion.objects.filter(report=report).first()
    assert row is not None
    assert (row.decided_at, row.decided_by) == (NOW, cast.coordinator)


def test_approved_together_nothing_is_refused(cast: Cast, period: ReportingPeriod) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter, DONE)
    review_mark(report=report, by=cast.coordinator, now=NOW, version=report.version)
    [outcome] = reports_approve(chosen=[(report.pk, report.version)], by=cast.coordinator, now=NOW)
    assert outcome.is_approved
    assert set(states(report).values()) == {GRANTED}


def test_a_refused_completion_counts_as_in_progress_and_the_report_keeps_its_words(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = approve(handed_in(task_numbered(4), period, cast.reporter, DONE), cast, 2)
    assert states(report) == {1: GRANTED, 2: REFUSED, 3: GRANTED}
    assert standing() == (GOES, [DONE, GOES, DONE])
    assert task_numbered(4).completed_on is None
    assert set(MeasureProgress.objects.values_list("status", flat=True)) == {DONE}
    refused = Completion.objects.get(state=REFUSED)
    assert refused.decision_reason == "佐证不足"
    event = ReportEvent.objects.get(move=Move.APPROVE)
    assert event.content["refused_completions"] == [
        {"measure": refused.measure_id, "reason": "佐证不足"}
    ]


def test_the_next_report_starts_from_in_progress_and_asks_again(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    approve(handed_in(task, period, cast.reporter, DONE), cast, 2)
    period_close(period=period, by=cast.coordinator, now=NOW)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    start = content_to_start_from(task=task, period=november)
    assert [one.status for one in start.measures] == [DONE, GOES, DONE]
    assert all(one.text for one in start.measures)
    again = handed_in(task, november, cast.reporter, DONE, now=NOW + 30 * DAY)
    assert states(again) == {2: REQUESTED}
    approve(again, cast, now=NOW + 31 * DAY)
    assert standing() == (DONE, [DONE, DONE, DONE])
    # Complete from the day on which the report that asked last was handed in.
    assert task_numbered(4).completed_on == (NOW + 30 * DAY).date()


def test_no_change_hands_in_what_holds(cast: Cast, period: ReportingPeriod) -> None:
    task = task_numbered(4)
    approve(handed_in(task, period, cast.reporter, [DONE, GOES, GOES]), cast, 1)
    period_close(period=period, by=cast.coordinator, now=NOW)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    report = report_unchanged(task=task, period=november, by=cast.reporter, now=NOW + DAY)
    assert list(report.measures.values_list("status", flat=True)) == [GOES, GOES, GOES]
    assert states(report) == {}


def test_a_refusal_needs_a_reason_and_a_completion_that_is_asked_for(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter, [DONE, GOES, GOES])
    for refused, reason in ((1, " "), (1, "长" * 10_001), (2, "佐证不足")):
        with pytest.raises(ValidationError) as error:
            approve(report, cast, refused, reason=reason)
        assert set(error.value.message_dict) == {"refused_completions"}
    with pytest.raises(ValidationError):
        move(
            report,
            Move.RETURN,
            cast.coordinator,
            reason="请补充",
            refused_completions={first_measure().pk: "佐证不足"},
        )
    report.refresh_from_db()
    assert (report.state, states(report)) == ("submitted", {1: REQUESTED})


def test_reopening_the_report_makes_its_completions_undecided_again(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = approve(handed_in(task_numbered(4), period, cast.reporter, DONE), cast, 2)
    report = move(report, Move.REOPEN, cast.coordinator, reason="数据有误")
    assert set(states(report).values()) == {REQUESTED}
    assert standing() == (NOT, [NOT, NOT, NOT])
    assert not Completion.objects.exclude(decided_at=None, decision_reason="").exists()
    report = handed_in(report.task, period, cast.reporter, DONE, now=NOW + HOUR)
    approve(report, cast, now=NOW + HOUR)
    assert set(states(report).values()) == {GRANTED}


def test_a_report_of_another_period_leaves_decided_rows_alone(
    cast: Cast, period: ReportingPeriod
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    task = task_numbered(4)
    first = approve(handed_in(task, september, cast.reporter, [DONE, DONE, GOES]), cast, 2)
    second = handed_in(task, period, cast.reporter, [GOES, DONE, GOES])
    move(second, Move.WITHDRAW, cast.reporter)
    handed_in(task, period, cast.reporter, GOES)
    assert states(first) == {1: GRANTED, 2: REFUSED}
    assert states(second) == {}


# --- Reopening -------------------------------------------------------------------------------


def test_a_reopened_completion_counts_as_in_progress(cast: Cast, period: ReportingPeriod) -> None:
    report = approve(handed_in(task_numbered(4), period, cast.reporter, DONE), cast)
    period_close(period=period, by=cast.coordinator, now=NOW)
    reopened = reopen(report, cast)
    assert (reopened.state, reopened.reopening_reason) == (REOPENED, "核查发现未达标")
    assert (reopened.reopened_at, reopened.reopened_by) == (NOW + HOUR, cast.coordinator)
    assert standing() == (GOES, [GOES, DONE, DONE])
    assert task_numbered(4).completed_on is None
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    start = content_to_start_from(task=report.task, period=november)
    assert [one.status for one in start.measures] == [GOES, DONE, DONE]


def test_what_was_carried_on_while_it_was_reopened_is_asked_for_at_the_approval(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    first = approve(handed_in(task, september, cast.reporter, DONE), cast)
    second = handed_in(task, period, cast.reporter, DONE)
    assert states(second) == {}
    reopen(first, cast)
    second = approve(second, cast, 1, now=NOW + 2 * HOUR)
    assert states(second) == {1: REFUSED}
    assert standing() == (GOES, [GOES, DONE, DONE])


@pytest.mark.parametrize("who", ["reporter", "stranger", "leader", "auditor", "administrator"])
def test_nobody_but_a_coordinator_reopens(who: str, cast: Cast, period: ReportingPeriod) -> None:
    report = approve(handed_in(task_numbered(4), period, cast.reporter, DONE), cast)
    with pytest.raises(PermissionDenied):
        completion_reopen(
            completion=Completion.objects.filter(report=report)[0],
            reason="有误",
            by=getattr(cast, who),
            now=NOW,
        )


def test_only_a_granted_completion_is_reopened_and_with_a_reason(
    cast: Cast, period: ReportingPeriod
) -> None:
    first = handed_in(task_numbered(4), period, cast.reporter, [DONE, DONE, GOES])
    with pytest.raises(Conflict):
        reopen(first, cast)
    approve(first, cast, 2)
    with pytest.raises(Conflict):
        reopen(first, cast, 2)
    with pytest.raises(ValidationError):
        completion_reopen(
            completion=Completion.objects.get(report=first, state=GRANTED),
            reason=" ",
            by=cast.coordinator,
            now=NOW,
        )
    assert states(first) == {1: GRANTED, 2: REFUSED}


def test_a_completion_that_later_reports_repeat_is_reopened_in_them_too(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    august = period_open(code="2026-08", by=cast.coordinator, now=NOW)
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    first = approve(handed_in(task, august, cast.reporter, DONE), cast)
    for later in (september, period):
        repeats = approved(task, later, cast.reporter, cast.coordinator, DONE)
        assert states(repeats) == {}
        period_close(period=later, by=cast.coordinator, now=NOW)
    reopen(first, cast)
    assert standing() == (GOES, [GOES, DONE, DONE])
    assert task_numbered(4).completed_on is None
    # The reports keep their words; the next one starts from what holds, and asks anew.
    assert set(MeasureProgress.objects.values_list("status", flat=True)) == {DONE}
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    start = content_to_start_from(task=task, period=november)
    assert [one.status for one in start.measures] == [GOES, DONE, DONE]
    again = handed_in(task, november, cast.reporter, DONE, now=NOW + 2 * DAY)
    assert states(again) == {1: REQUESTED}
    approve(again, cast, now=NOW + 2 * DAY)
    assert standing() == (DONE, [DONE, DONE, DONE])
    assert task_numbered(4).completed_on == (NOW + 2 * DAY).date()


def test_an_erratum_on_a_report_that_repeats_it_holds_from_then_on(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    first = approve(handed_in(task, september, cast.reporter, DONE), cast)
    repeats = approved(task, period, cast.reporter, cast.coordinator, DONE)
    period_close(period=period, by=cast.coordinator, now=NOW)
    reopen(first, cast)
    assert corrected(repeats, cast.coordinator, new=DONE, now=NOW + DAY).old == GOES
    assert standing() == (DONE, [DONE, DONE, DONE])


def test_only_the_request_that_todays_status_rests_on_is_reopened(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    first = approve(handed_in(task, september, cast.reporter, [DONE, DONE, GOES]), cast)
    # The second measure is taken back by the agency itself, and completed again in the next month.
    approved(task, period, cast.reporter, cast.coordinator, [DONE, GOES, GOES])
    with pytest.raises(Conflict, match="2026-10"):
        reopen(first, cast, 2)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    last = approved(
        task, november, cast.reporter, cast.coordinator, [DONE, DONE, GOES], now=NOW + DAY
    )
    with pytest.raises(Conflict, match="2026-11"):
        reopen(first, cast, 2)
    reopen(last, cast, 2, now=NOW + 2 * DAY)
    reopen(first, cast, 1, now=NOW + 2 * DAY)
    assert standing() == (GOES, [GOES, GOES, GOES])


def test_a_report_stays_while_a_later_one_rests_on_what_was_reopened_of_it(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    first = approve(handed_in(task, september, cast.reporter, DONE), cast)
    second = approved(task, period, cast.reporter, cast.coordinator, DONE)
    reopen(first, cast)
    with pytest.raises(Conflict, match="2026-10"):
        move(first, Move.REOPEN, cast.coordinator, reason="数据有误")
    assert standing() == (GOES, [GOES, DONE, DONE])
    move(second, Move.REOPEN, cast.coordinator, reason="数据有误")
    assert move(first, Move.REOPEN, cast.coordinator, reason="数据有误").state == "returned"


def test_of_an_erratum_and_a_reopening_the_later_one_holds(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = approve(handed_in(task_numbered(4), period, cast.reporter, DONE), cast, 2)
    period_close(period=period, by=cast.coordinator, now=NOW)
    # What is corrected is what holds: a refused completion is in progress.
    refused = report.task.measures.get(ordinal=2)
    assert corrected(report, cast.coordinator, new=DONE, measure=refused).old == GOES
    assert standing() == (DONE, [DONE, DONE, DONE])
    reopen(report, cast, 1, now=NOW + 2 * DAY)
    assert standing() == (GOES, [GOES, DONE, DONE])
    corrected(report, cast.coordinator, new=DONE, now=NOW + 3 * DAY)
    assert standing() == (DONE, [DONE, DONE, DONE])
    corrected(report, cast.coordinator, new=GOES, now=NOW + 4 * DAY)
    assert standing() == (GOES, [GOES, DONE, DONE])


def test_what_an_erratum_has_corrected_already_is_not_reopened(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = approve(handed_in(task_numbered(4), period, cast.reporter, DONE), cast)
    period_close(period=period, by=cast.coordinator, now=NOW)
    corrected(report, cast.coordinator, new=GOES)
    with pytest.raises(Conflict, match="2026-10"):
        reopen(report, cast, now=NOW + 2 * DAY)


def test_a_task_without_its_measures_completed_anew_is_complete_from_the_new_day(
    cast: Cast, period: ReportingPeriod
) -> None:
    task: Task = task_numbered(4)
    report = approve(handed_in(task, period, cast.reporter, DONE), cast)
    period_close(period=period, by=cast.coordinator, now=NOW)
    reopen(report, cast)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    again = handed_in(task, november, cast.reporter, DONE, now=NOW + 30 * DAY)
    assert states(again) == {1: REQUESTED}
    approve(again, cast, now=NOW + 30 * DAY)
    assert task_numbered(4).completed_on == (NOW + 30 * DAY).date()

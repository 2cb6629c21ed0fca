"""Rule: a coordinator opens and closes periods; one cadence at a time; a closed one is frozen."""

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections

from conftest import NOW, Cast
from progress.models import PeriodKind, Policy, ReportingPeriod
from progress.states import Move
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import Conflict, period_close, period_open, report_move


def test_a_period_opens_with_the_days_of_policy_and_calendar(cast: Cast) -> None:
    period = period_open(code="2026-10", by=cast.coordinator, now=NOW)
    assert (period.opens_on, period.due_on) == (dt.date(2026, 10, 20), dt.date(2026, 10, 23))
    assert period.is_open
    assert (period.opened_at, period.opened_by) == (NOW, cast.coordinator)


def test_a_period_opened_before_its_day_opens_today(cast: Cast) -> None:
    period = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    assert period.opens_on == NOW.date()
    assert period.due_on == dt.date(2026, 11, 25)


def test_a_later_change_of_the_policy_does_not_move_a_periods_days(
    cast: Cast, period: ReportingPeriod
) -> None:
    Policy(pk=1, opens_day=1, due_day=5).save()
    period.refresh_from_db()
    assert period.due_on == dt.date(2026, 10, 23)


@pytest.mark.parametrize("code", ["2026-13", "october", ""])
def test_a_code_that_is_none_is_refused(cast: Cast, code: str) -> None:
    with pytest.raises(ValidationError) as refused:
        period_open(code=code, by=cast.coordinator, now=NOW)
    assert list(refused.value.message_dict) == ["code"]


def test_only_the_cadence_in_force_can_be_opened(cast: Cast) -> None:
    with pytest.raises(ValidationError):
        period_open(code="2026-Q4", by=cast.coordinator, now=NOW)
    Policy(pk=1, cadence=PeriodKind.QUARTER).save()
    assert period_open(code="2026-Q4", by=cast.coordinator, now=NOW).kind == PeriodKind.QUARTER


def test_a_period_cannot_be_opened_twice_nor_over_another(
    cast: Cast, period: ReportingPeriod
) -> None:
    with pytest.raises(Conflict):
        period_open(code="2026-10", by=cast.coordinator, now=NOW)
    Policy(pk=1, cadence=PeriodKind.YEAR).save()
    with pytest.raises(Conflict, match="2026-10"):
        period_open(code="2026", by=cast.coordinator, now=NOW)
    assert ReportingPeriod.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_who_open_the_first_period_at_once_open_one(transactional_db: None, cast: Cast) -> None:
    def opened(_number: int) -> bool:
        try:
            period_open(code="2026-10", by=cast.coordinator, now=NOW)
        except Conflict:
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(opened, range(2))) == [False, True]
    assert ReportingPeriod.objects.count() == 1


def test_nobody_but_a_coordinator_opens_or_closes_a_period(
    cast: Cast, period: ReportingPeriod
) -> None:
    for name, person in cast.everyone().items():
        if name == "coordinator":
            continue
        with pytest.raises(PermissionDenied):
            period_open(code="2026-11", by=person, now=NOW)
        with pytest.raises(PermissionDenied):
            period_close(period=period, by=person, now=NOW)
    cast.coordinator.is_active = False
    with pytest.raises(PermissionDenied):
        period_close(period=period, by=cast.coordinator, now=NOW)


def test_closing_says_when_and_by_whom_and_happens_once(
    cast: Cast, period: ReportingPeriod
) -> None:
    closed = period_close(period=period, by=cast.coordinator, now=NOW)
    assert (closed.closed_at, closed.closed_by) == (NOW, cast.coordinator)
    with pytest.raises(Conflict):
        period_close(period=closed, by=cast.coordinator, now=NOW)


def test_nothing_can_be_written_handed_in_or_decided_in_a_closed_period(
    cast: Cast, period: ReportingPeriod
) -> None:
    draft = saved(task_numbered(4), period, cast.reporter)
    waiting = handed_in(task_numbered(5), period, cast.reporter)
    done = approved(task_numbered(6), period, cast.reporter, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW)
    with pytest.raises(Conflict):
        saved(task_numbered(4), period, cast.reporter)
    with pytest.raises(Conflict):
        saved(task_numbered(7), period, cast.reporter)
    for report, move, by in (
        (draft, Move.SUBMIT, cast.reporter),
        (waiting, Move.WITHDRAW, cast.reporter),
        (waiting, Move.APPROVE, cast.coordinator),
        (done, Move.REOPEN, cast.coordinator),
    ):
        with pytest.raises(Conflict):
            report_move(report=report, move=move, by=by, now=NOW, reason="更正")
        report.refresh_from_db()
    assert [draft.state, waiting.state, done.state] == ["draft", "submitted", "approved"]


def test_the_current_period_is_the_latest_open_one_else_the_latest(
    cast: Cast, period: ReportingPeriod
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    assert ReportingPeriod.objects.current() == period
    period_close(period=period, by=cast.coordinator, now=NOW)
    assert ReportingPeriod.objects.current() == september
    period_close(period=september, by=cast.coordinator, now=NOW)
    assert ReportingPeriod.objects.current() == period


def test_administrators_see_no_periods_and_everybody_else_does(
    cast: Cast, period: ReportingPeriod
) -> None:
    for name, person in cast.everyone().items():
        sees = ReportingPeriod.objects.visible_to(person).exists()
        assert sees == (person.is_active and name != "administrator")

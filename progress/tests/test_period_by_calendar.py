"""Rule: after a coordinator's first period the calendar opens the next on its day, once."""

import datetime as dt
import logging
from concurrent.futures import ThreadPoolExecutor

import pytest
import time_machine
from django.conf import settings
from django.db import connections

from conftest import NOW, SHANGHAI, Cast
from progress.jobs import open_period
from progress.models import PeriodKind, Policy, ReportingPeriod
from progress.workflow import period_close, period_open, period_open_by_calendar


def at(day: str, time: str = "00:05") -> dt.datetime:
    return dt.datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=SHANGHAI)


def codes() -> list[str]:
    return list(ReportingPeriod.objects.order_by("ends_on").values_list("code", flat=True))


def test_nothing_is_opened_before_a_coordinator_opened_the_first(cast: Cast) -> None:
    assert period_open_by_calendar(now=at("2026-10-20")) is None
    assert codes() == []


def test_the_next_period_opens_on_its_day_by_nobody(cast: Cast, period: ReportingPeriod) -> None:
    assert period_open_by_calendar(now=at("2026-11-19", "23:59")) is None
    opened = period_open_by_calendar(now=at("2026-11-20"))
    assert opened is not None
    assert (opened.code, opened.opened_by) == ("2026-11", None)
    assert opened.opened_by_calendar
    assert (opened.opens_on, opened.due_on) == (dt.date(2026, 11, 20), dt.date(2026, 11, 25))
    assert opened.opened_at == at("2026-11-20")


def test_a_coordinator_who_opens_one_is_named(cast: Cast, period: ReportingPeriod) -> None:
    assert period.opened_by == cast.coordinator


def test_the_day_is_that_of_tianjin_and_not_of_greenwich(
    cast: Cast, period: ReportingPeriod
) -> None:
    assert period_open_by_calendar(now=dt.datetime(2026, 11, 19, 15, 59, tzinfo=dt.UTC)) is None
    assert period_open_by_calendar(now=dt.datetime(2026, 11, 19, 16, 5, tzinfo=dt.UTC))


def test_a_second_run_opens_nothing_more(cast: Cast, period: ReportingPeriod) -> None:
    for hour in ("00:05", "06:05", "07:05"):
        period_open_by_calendar(now=at("2026-11-20", hour))
    period_open_by_calendar(now=at("2026-11-30"))
    assert codes() == ["2026-10", "2026-11"]


def test_a_run_that_was_missed_for_days_still_opens_what_should_be_open(
    cast: Cast, period: ReportingPeriod
) -> None:
    opened = period_open_by_calendar(now=at("2026-12-03"))
    assert opened is not None
    assert (opened.code, opened.opens_on) == ("2026-11", dt.date(2026, 11, 20))
    assert opened.opened_at == at("2026-12-03")


def test_of_several_that_were_missed_only_the_latest_is_opened(
    cast: Cast, period: ReportingPeriod
) -> None:
    period_open_by_calendar(now=at("2027-02-21"))
    assert codes() == ["2026-10", "2027-02"]
    period_open_by_calendar(now=at("2027-02-22"))
    assert codes() == ["2026-10", "2027-02"]


def test_it_goes_on_from_what_there_is_and_opens_nothing_before_it(cast: Cast) -> None:
    period_open(code="2026-11", by=cast.coordinator, now=NOW)
    # October's day has come too, but the coordinator began with November.
    assert period_open_by_calendar(now=at("2026-10-23")) is None
    assert period_open_by_calendar(now=at("2026-11-20")) is None
    assert codes() == ["2026-11"]


def test_one_that_a_coordinator_opened_before_its_day_stays_as_it_is(
    cast: Cast, period: ReportingPeriod
) -> None:
    early = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    assert period_open_by_calendar(now=at("2026-11-20")) is None
    early.refresh_from_db()
    assert (early.opened_by, early.opened_at) == (cast.coordinator, NOW)


def test_an_open_period_before_it_does_not_keep_the_next_from_opening(
    cast: Cast, period: ReportingPeriod
) -> None:
    assert period.is_open
    assert period_open_by_calendar(now=at("2026-11-20")) is not None


def test_a_closed_period_is_not_opened_again(cast: Cast, period: ReportingPeriod) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    assert period_open_by_calendar(now=at("2026-10-31")) is None


def test_the_rules_may_leave_opening_to_coordinators(cast: Cast, period: ReportingPeriod) -> None:
    Policy(pk=1, opens_by_calendar=False).save()
    assert period_open_by_calendar(now=at("2026-11-20")) is None


def test_it_opens_periods_of_the_cadence_in_force_and_none_that_overlaps(
    cast: Cast, period: ReportingPeriod
) -> None:
    Policy(pk=1, cadence=PeriodKind.QUARTER).save()
    # October is covered already, so the quarter that contains it is not opened.
    assert period_open_by_calendar(now=at("2026-12-20")) is None
    opened = period_open_by_calendar(now=at("2027-03-20"))
    assert opened is not None
    assert (opened.code, opened.kind) == ("2027-Q1", PeriodKind.QUARTER)


def test_what_was_opened_stands_in_the_log(
    cast: Cast, period: ReportingPeriod, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, logger="progress.workflow.periods"):
        period_open_by_calendar(now=at("2026-11-20"))
        period_open_by_calendar(now=at("2026-11-20", "06:05"))
    assert caplog.messages == ["period 2026-11 is open by the calendar, reports are due 2026-11-25"]


@pytest.mark.django_db(transaction=True)
def test_two_runs_at_once_open_one(
    transactional_db: None, cast: Cast, period: ReportingPeriod
) -> None:
    def run(_number: int) -> bool:
        try:
            return period_open_by_calendar(now=at("2026-11-20")) is not None
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(run, range(2))) == [False, True]
    assert codes() == ["2026-10", "2026-11"]


def test_the_job_reads_the_clock_and_is_on_the_timetable(
    cast: Cast, period: ReportingPeriod
) -> None:
    with time_machine.travel(at("2026-11-20", "00:05"), tick=False):
        open_period()
    assert codes() == ["2026-10", "2026-11"]
    [entry] = [
        one for one in settings.CELERY_BEAT_SCHEDULE.values() if one["task"] == open_period.name
    ]
    schedule = entry["schedule"]
    assert (schedule.minute, schedule.hour) == ({5}, {0, *range(6, 13)})

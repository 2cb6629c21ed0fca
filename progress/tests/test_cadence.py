"""Rule: a period is a month, quarter, half-year or year; opens on the 20th, due on the 25th."""

import datetime as dt

import pytest

from progress.cadence import (
    PeriodCodeError,
    due_on,
    opens_on,
    span_after,
    span_containing,
    span_of,
)
from progress.models import PeriodKind, Policy, Roll
from progress.workdays import WorkCalendar

POLICY = Policy()
CALENDAR = WorkCalendar()


@pytest.mark.parametrize(
    ("code", "kind", "first", "last"),
    [
        ("2026-10", PeriodKind.MONTH, "2026-10-01", "2026-10-31"),
        ("2028-02", PeriodKind.MONTH, "2028-02-01", "2028-02-29"),
        ("2026-Q3", PeriodKind.QUARTER, "2026-07-01", "2026-09-30"),
        ("2026-H2", PeriodKind.HALF_YEAR, "2026-07-01", "2026-12-31"),
        ("2026", PeriodKind.YEAR, "2026-01-01", "2026-12-31"),
    ],
)
def test_a_code_names_its_kind_and_its_days(
    code: str, kind: PeriodKind, first: str, last: str
) -> None:
    span = span_of(code)
    assert (span.code, span.kind) == (code, kind)
    assert (span.starts_on.isoformat(), span.ends_on.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "code",
    ["", "2026-13", "2026-00", "2026-1", "2026-Q5", "2026-H3", "26-10", "1999", "3000", "２０２６"],
)
def test_what_is_no_code_is_refused_with_the_four_forms(code: str) -> None:
    with pytest.raises(PeriodCodeError, match=r"2026-10.*2026-Q3.*2026-H2.*2026"):
        span_of(code)


@pytest.mark.parametrize(
    ("kind", "code", "after"),
    [
        (PeriodKind.MONTH, "2026-12", "2027-01"),
        (PeriodKind.QUARTER, "2026-Q4", "2027-Q1"),
        (PeriodKind.HALF_YEAR, "2026-H2", "2027-H1"),
        (PeriodKind.YEAR, "2026", "2027"),
    ],
)
def test_a_day_lies_in_one_period_of_each_kind_and_the_next_follows(
    kind: PeriodKind, code: str, after: str
) -> None:
    span = span_containing(dt.date(2026, 12, 31), kind)
    assert span.code == code
    assert span_after(span).code == after


def test_a_month_opens_on_its_20th_and_is_due_on_its_25th() -> None:
    november = span_of("2026-11")
    assert opens_on(november, POLICY) == dt.date(2026, 11, 20)
    assert due_on(november, POLICY, CALENDAR) == dt.date(2026, 11, 25)


def test_a_longer_period_opens_and_is_due_in_its_last_month() -> None:
    assert opens_on(span_of("2026-Q3"), POLICY) == dt.date(2026, 9, 20)
    assert due_on(span_of("2026"), POLICY, CALENDAR) == dt.date(2026, 12, 25)


def test_a_due_date_on_a_day_off_rolls_as_the_policy_says() -> None:
    october = span_of("2026-10")
    assert due_on(october, POLICY, CALENDAR) == dt.date(2026, 10, 23)
    later = Policy(due_roll=Roll.LATER)
    assert due_on(october, later, CALENDAR) == dt.date(2026, 10, 26)


def test_rolling_earlier_never_makes_a_period_due_before_it_opens() -> None:
    # 24 and 25 October 2026 are a weekend.
    policy = Policy(opens_day=24, due_day=25)
    assert due_on(span_of("2026-10"), policy, CALENDAR) == dt.date(2026, 10, 24)

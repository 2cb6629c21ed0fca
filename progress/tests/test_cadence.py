"""Rule: a period is a month, quarter, half-year or year; opens on the 20th, due on the 25th."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from progress.cadence import (
    PeriodCodeError,
    due_on,
    latest_span_opened,
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


@pytest.mark.parametrize(
    ("code", "due_day", "earlier", "later"),
    [
        # The last working day of February 2026 is a make-up Saturday.
        ("2026-02", 28, "2026-02-28", "2026-02-28"),
        # The Spring Festival is off from Sunday 15 to Monday 23 February; the 14th is made up.
        ("2026-02", 20, "2026-02-14", "2026-02-24"),
        ("2026-10", 25, "2026-10-23", "2026-10-26"),
        # The National Day's week begins before the period opens, so both go on to Thursday the 8th.
        ("2026-10", 5, "2026-10-08", "2026-10-08"),
        ("2026-Q1", 28, "2026-03-27", "2026-03-30"),
        ("2026-Q4", 26, "2026-12-25", "2026-12-28"),
        ("2026-H1", 20, "2026-06-18", "2026-06-22"),
        ("2026-H2", 27, "2026-12-25", "2026-12-28"),
        ("2025", 28, "2025-12-26", "2025-12-29"),
        ("2026", 25, "2026-12-25", "2026-12-25"),
        # 2027 has no notice yet: weekends alone.
        ("2027-02", 28, "2027-02-26", "2027-03-01"),
        ("2027-10", 2, "2027-10-01", "2027-10-04"),
        ("2026-11", 28, "2026-11-27", "2026-11-30"),
    ],
)
def test_each_kind_of_period_is_due_on_a_working_day(
    code: str, due_day: int, earlier: str, later: str
) -> None:
    span = span_of(code)
    for roll, day in ((Roll.EARLIER, earlier), (Roll.LATER, later)):
        policy = Policy(opens_day=1, due_day=due_day, due_roll=roll)
        assert due_on(span, policy, CALENDAR).isoformat() == day


def test_rolling_later_may_go_past_the_end_of_the_period_and_the_year() -> None:
    off = {dt.date(2026, 12, 28) + dt.timedelta(days=n): False for n in range(5)}
    policy = Policy(opens_day=20, due_day=28, due_roll=Roll.LATER)
    # The 28th to 1 January off by correction, then an estimated weekend.
    assert due_on(span_of("2026-12"), policy, WorkCalendar(off)) == dt.date(2027, 1, 4)


def test_where_rolling_earlier_would_go_before_the_opening_it_rolls_later() -> None:
    # 24 and 25 October 2026 are a weekend.
    policy = Policy(opens_day=24, due_day=25)
    assert due_on(span_of("2026-10"), policy, CALENDAR) == dt.date(2026, 10, 26)


@given(
    first=st.dates(dt.date(2024, 1, 1), dt.date(2029, 12, 31)),
    kind=st.sampled_from(PeriodKind),
    days=st.tuples(st.integers(1, 28), st.integers(1, 28)),
    roll=st.sampled_from(Roll),
)
def test_a_period_is_never_due_before_it_opens_nor_on_a_day_off(
    first: dt.date, kind: PeriodKind, days: tuple[int, int], roll: Roll
) -> None:
    policy = Policy(opens_day=min(days), due_day=max(days), due_roll=roll)
    span = span_containing(first, kind)
    due = due_on(span, policy, CALENDAR)
    assert CALENDAR.is_working(due)
    assert due >= opens_on(span, policy)


@pytest.mark.parametrize(
    ("day", "kind", "code"),
    [
        ("2026-10-19", PeriodKind.MONTH, "2026-09"),
        ("2026-10-20", PeriodKind.MONTH, "2026-10"),
        ("2026-11-03", PeriodKind.MONTH, "2026-10"),
        ("2027-01-05", PeriodKind.MONTH, "2026-12"),
        ("2026-09-19", PeriodKind.QUARTER, "2026-Q2"),
        ("2026-09-20", PeriodKind.QUARTER, "2026-Q3"),
        ("2026-12-20", PeriodKind.HALF_YEAR, "2026-H2"),
        ("2026-12-19", PeriodKind.YEAR, "2025"),
        ("2026-12-31", PeriodKind.YEAR, "2026"),
    ],
)
def test_the_calendar_opens_the_latest_period_whose_day_has_come(
    day: str, kind: PeriodKind, code: str
) -> None:
    policy = Policy(cadence=kind)
    assert latest_span_opened(dt.date.fromisoformat(day), policy).code == code

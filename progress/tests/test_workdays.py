"""Rule: working days are Chinese statutory ones, make-up Saturdays and Sundays included."""

import datetime as dt

import pytest

from progress.models import CalendarCorrection, Roll
from progress.workdays import WorkCalendar, statutory, years_known

CALENDAR = WorkCalendar()


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


@pytest.mark.parametrize(
    "make_up",
    ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"],
)
def test_make_up_days_of_2026_are_working_days(make_up: str) -> None:
    assert day(make_up).weekday() >= 5
    assert CALENDAR.is_working(day(make_up))


@pytest.mark.parametrize("holiday", ["2026-10-01", "2026-10-07", "2026-02-17", "2026-05-01"])
def test_a_public_holiday_on_a_weekday_is_off(holiday: str) -> None:
    assert day(holiday).weekday() < 5
    assert not CALENDAR.is_working(day(holiday))


def test_the_last_working_day_of_february_2026_is_a_saturday() -> None:
    assert CALENDAR.roll(day("2026-02-28"), Roll.EARLIER) == day("2026-02-28")


def test_a_sunday_rolls_to_the_friday_before_or_the_monday_after() -> None:
    assert CALENDAR.roll(day("2026-10-25"), Roll.EARLIER) == day("2026-10-23")
    assert CALENDAR.roll(day("2026-10-25"), Roll.LATER) == day("2026-10-26")


def test_a_working_day_stays_where_it_is_whichever_way_it_rolls() -> None:
    for roll in Roll:
        assert CALENDAR.roll(day("2026-10-22"), roll) == day("2026-10-22")


@pytest.mark.parametrize(
    ("start", "end", "days"),
    [
        ("2026-10-23", "2026-10-26", 1),
        ("2026-10-26", "2026-10-23", -1),
        ("2026-10-22", "2026-10-22", 0),
        ("2026-10-24", "2026-10-25", 0),
        # The week of the National Day, then Thursday, Friday and the make-up Saturday.
        ("2026-09-30", "2026-10-10", 3),
    ],
)
def test_between_counts_working_days_after_the_start_to_the_end(
    start: str, end: str, days: int
) -> None:
    assert CALENDAR.between(day(start), day(end)) == days


def test_adding_working_days_undoes_counting_them() -> None:
    start = day("2026-09-28")
    for count in range(-12, 13):
        assert CALENDAR.between(start, CALENDAR.add(start, count)) == count


def test_a_year_without_its_notice_is_estimated_from_weekends_and_says_so() -> None:
    assert CALENDAR.is_working(day("2027-10-01"))
    assert not CALENDAR.is_working(day("2027-10-02"))
    assert CALENDAR.is_estimated(day("2027-10-01"))
    assert not CALENDAR.is_estimated(day("2026-10-01"))


def test_a_stretch_over_the_end_of_the_known_years_stops_nothing() -> None:
    assert CALENDAR.between(day("2026-12-30"), day("2027-01-05")) == 4


def test_an_administrators_correction_goes_before_the_library_and_is_no_estimate(db: None) -> None:
    CalendarCorrection.objects.create(day=day("2027-10-01"), working=False)
    CalendarCorrection.objects.create(day=day("2026-10-24"), working=True)
    calendar = WorkCalendar.load()
    assert not calendar.is_working(day("2027-10-01"))
    assert not calendar.is_estimated(day("2027-10-01"))
    assert calendar.roll(day("2026-10-25"), Roll.EARLIER) == day("2026-10-24")


def test_the_years_that_the_library_knows_are_told() -> None:
    years = years_known()
    assert (years.start, years.stop) == (2004, 2027)
    for year in (years.start, years.stop - 1):
        assert statutory(dt.date(year, 1, 1)) is not None
    for year in (years.start - 1, years.stop):
        assert statutory(dt.date(year, 1, 1)) is None

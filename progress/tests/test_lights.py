"""Rule: the first light that holds, in the order of DESIGN.md; each says why."""

import datetime as dt

import pytest
from django.utils import translation

from progress.lights import Light, LightReading, ReportDue, light_of
from progress.models import Policy
from progress.workdays import WorkCalendar
from tasks.models import Status

# A Thursday; the working days after it are 10-23, 26, 27, 28, 29 and 30.
TODAY = dt.date(2026, 10, 22)
FIFTH_WORKING_DAY = dt.date(2026, 10, 29)
SIXTH_WORKING_DAY = dt.date(2026, 10, 30)
YESTERDAY = TODAY - dt.timedelta(days=1)


def read(
    status: str = Status.IN_PROGRESS,
    *,
    deadline: dt.date | None = None,
    completed_on: dt.date | None = None,
    report: ReportDue | None = None,
    today: dt.date = TODAY,
    policy: Policy | None = None,
) -> LightReading:
    with translation.override("en"):
        return light_of(
            status=status,
            deadline=deadline,
            completed_on=completed_on,
            report=report,
            today=today,
            policy=policy or Policy(),
            calendar=WorkCalendar(),
        )


MISSING = ReportDue(due_on=YESTERDAY, handed_in_on=None)


def test_blue_is_completed_on_its_deadline_or_before_or_without_one() -> None:
    for deadline in (None, YESTERDAY, TODAY):
        reading = read(Status.COMPLETED, deadline=deadline, completed_on=YESTERDAY)
        assert reading == LightReading(Light.BLUE, "Completed 2026-10-21.")


def test_late_blue_is_completed_a_day_after_its_deadline() -> None:
    reading = read(Status.COMPLETED, deadline=YESTERDAY, completed_on=TODAY)
    assert reading.light == Light.LATE_BLUE
    assert reading.reason == "Completed 2026-10-22, after its deadline 2026-10-21."


def test_late_blue_never_turns_into_blue_as_time_goes_by() -> None:
    for days in (0, 1, 400):
        later = TODAY + dt.timedelta(days=days)
        reading = read(Status.COMPLETED, deadline=YESTERDAY, completed_on=TODAY, today=later)
        assert reading.light == Light.LATE_BLUE


def test_completed_goes_before_red_and_before_a_missing_report() -> None:
    reading = read(
        Status.COMPLETED, deadline=YESTERDAY, completed_on=dt.date(2026, 9, 1), report=MISSING
    )
    assert reading.light == Light.BLUE


@pytest.mark.parametrize("status", [Status.NOT_STARTED, Status.IN_PROGRESS, Status.ONGOING])
def test_red_is_the_day_after_the_deadline_whatever_else_is_missing(status: Status) -> None:
    reading = read(status, deadline=YESTERDAY, report=MISSING)
    assert reading == LightReading(Light.RED, "Was due 2026-10-21, 1 working day ago.")


def test_yellow_is_the_day_of_the_deadline_itself() -> None:
    reading = read(deadline=TODAY)
    assert reading == LightReading(Light.YELLOW, "Due 2026-10-22, 0 working days left.")


def test_yellow_begins_five_working_days_before_the_deadline() -> None:
    assert read(deadline=FIFTH_WORKING_DAY).light == Light.YELLOW
    assert read(deadline=SIXTH_WORKING_DAY).light == Light.GREEN


def test_the_threshold_of_yellow_is_the_policys() -> None:
    policy = Policy(yellow_working_days=6)
    assert read(deadline=SIXTH_WORKING_DAY, policy=policy).light == Light.YELLOW


def test_yellow_is_a_report_missing_after_its_due_date() -> None:
    reading = read(deadline=SIXTH_WORKING_DAY, report=MISSING)
    assert reading.light == Light.YELLOW
    assert reading.reason == "This period's report was due 2026-10-21 and is missing."
    assert read(report=MISSING).light == Light.YELLOW


def test_a_report_is_not_missing_on_its_due_date() -> None:
    due_today = ReportDue(due_on=TODAY, handed_in_on=None)
    assert read(deadline=SIXTH_WORKING_DAY, report=due_today).light == Light.GREEN


def test_a_report_handed_in_late_is_no_longer_missing() -> None:
    late = ReportDue(due_on=YESTERDAY, handed_in_on=TODAY)
    assert read(deadline=SIXTH_WORKING_DAY, report=late).light == Light.GREEN


def test_green_is_in_time_and_says_how_many_days_are_left() -> None:
    reading = read(deadline=SIXTH_WORKING_DAY)
    assert reading == LightReading(Light.GREEN, "Due 2026-10-30, 6 working days left.")


def test_green_is_ongoing_without_a_deadline() -> None:
    assert read(Status.ONGOING).light == Light.GREEN


@pytest.mark.parametrize("status", [Status.NOT_STARTED, Status.IN_PROGRESS])
def test_grey_is_no_deadline(status: Status) -> None:
    assert read(status) == LightReading(Light.GREY, "No deadline is set.")

"""Rule: reminders come at steps of working days that are crossed, not at days that are hit."""

import datetime as dt
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from progress.models import Policy
from progress.steps import Steps, StepsError, days_listed, steps_of
from progress.workdays import ONE_DAY, WorkCalendar

DEFAULT = steps_of(Policy())
DUE = dt.date(2026, 9, 29)


def told_on(days: list[int], steps: Steps = DEFAULT) -> list[int]:
    """On which of these days, in working days from the due date, a run would remind."""
    told: list[int] = []
    for day in days:
        if steps.is_crossed(day, told=told[-1] if told else None):
            told.append(day)
    return told


def test_the_default_is_five_and_two_before_the_day_one_three_and_five_after_then_weekly() -> None:
    assert told_on(list(range(-20, 22))) == [-5, -2, 0, 1, 3, 5, 10, 15, 20]


def test_a_run_that_was_missed_catches_up_with_the_latest_step_only() -> None:
    assert told_on([-6, 2, 2, 3, 4, 13, 14, 15]) == [2, 3, 13, 15]


def test_nothing_is_asked_for_before_the_first_step() -> None:
    assert DEFAULT.reached(-6) is None
    assert told_on([-9, -6]) == []


def test_days_off_are_no_step(db: None) -> None:
    # National Day: from the 1st to the 7th of October nothing is crossed but what was missed.
    calendar = WorkCalendar()
    days = [DUE + n * ONE_DAY for n in range(15)]
    offsets = [calendar.between(DUE, day) for day in days]
    said = [day for day, offset in zip(days, offsets, strict=True) if offset in told_on(offsets)]
    first_of_each = [day for day in said if calendar.is_working(day)]
    assert first_of_each == [
        dt.date(2026, 9, 29),
        dt.date(2026, 9, 30),
        dt.date(2026, 10, 9),
        dt.date(2026, 10, 12),
    ]


def test_again_can_be_never() -> None:
    assert told_on(list(range(30)), Steps((0, 2), 0)) == [0, 2]


@given(
    st.sets(st.integers(-30, 30), min_size=1, max_size=10),
    st.integers(0, 10),
    st.lists(st.integers(-40, 90), max_size=40),
)
def test_the_steps_are_those_of_a_naive_reading(
    days: set[int], again: int, runs: list[int]
) -> None:
    """Every step is written down beforehand; a run sends where one it has not answered is past."""
    steps = Steps(tuple(sorted(days)), again)
    listed = sorted(days | (set(range(max(days), 200, again)) if again else set()))
    answered: set[int] = set()
    expected = []
    for run in sorted(runs):
        past = {step for step in listed if step <= run}
        if past - answered:
            expected.append(run)
        answered |= past
    assert told_on(sorted(runs), steps) == expected


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("", ()),
        ("5, 2", (2, 5)),
        ("2 5", (2, 5)),
        ("５，２、１", (1, 2, 5)),
        ("60", (60,)),
    ],
)
def test_a_list_of_days_is_read_as_people_write_it(text: str, days: tuple[int, ...]) -> None:
    assert days_listed(text) == days


@pytest.mark.parametrize("text", ["0", "61", "1.5", "-2", "5, 5", "x", "²", "1" * 400, "9 " * 11])
def test_what_is_no_list_of_days_is_refused(text: str) -> None:
    with pytest.raises(StepsError):
        days_listed(text)


@settings(max_examples=5, deadline=None)
@given(st.integers(0, 2**32))
def test_a_year_with_runs_missed_at_random_asks_once_for_each_step_that_is_seen(
    seed: int,
) -> None:
    calendar, chance = WorkCalendar(), random.Random(seed)  # noqa: S311 - dice, no secrets
    for month in range(1, 13):
        due = calendar.roll(dt.date(2026, month, 25), "earlier")
        days = [due + n * ONE_DAY for n in range(-15, 60) if chance.random() > 0.3]
        offsets = [calendar.between(due, day) for day in days]
        told = told_on(offsets)
        # Never twice for one step, and never silent for a whole one.
        reached = [DEFAULT.reached(one) for one in told]
        assert len(set(reached)) == len(reached)
        assert {DEFAULT.reached(one) for one in offsets} - {None} == set(reached)

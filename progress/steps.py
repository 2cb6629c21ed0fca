"""The steps at which what is owed is asked for: thresholds on working days that are crossed.

A step is a number of working days from a due date: -2 is two before, 0 the day itself, 3 three
after. What counts is the latest step behind one, so a run that was missed over a holiday catches up
with that one alone.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from django.utils.translation import gettext, ngettext

from progress.models import Policy

# About a quarter of a year: more would make every day one for reminders.
MOST_WORKING_DAYS = 60
MOST_STEPS = 10

_DIVIDED = re.compile(r"[\s,，、;；]+")


class StepsError(ValueError):
    """The text is no list of working days."""


@dataclass(frozen=True, slots=True)
class Steps:
    """`days` ascending, and after the last of them one every `again_every` working days (0: no
    more)."""

    days: tuple[int, ...]
    again_every: int

    def reached(self, day: int) -> int | None:
        """The latest step that lies at or before `day`; None before the first one."""
        return _reached(self.days, self.again_every, day)

    def is_crossed(self, day: int, *, told: int | None) -> bool:
        """Whether a step was crossed since one was told of it on the day `told` (None: never)."""
        reached = self.reached(day)
        if reached is None:
            return False
        before = None if told is None else self.reached(told)
        return before is None or before < reached


@lru_cache(maxsize=1024)
def _reached(days: tuple[int, ...], again_every: int, day: int) -> int | None:
    """Kept, since thousands of things are owed by the same few days."""
    behind = [step for step in days if step <= day]
    if not behind:
        return None
    latest = behind[-1]
    if latest < days[-1] or not again_every:
        return latest
    return latest + (day - latest) // again_every * again_every


def steps_of(policy: Policy) -> Steps:
    """The steps that the rules set: before the due date, on the day itself, and after it."""
    before = days_listed(policy.remind_before)
    after = days_listed(policy.remind_after)
    return Steps((*(-day for day in reversed(before)), 0, *after), policy.remind_again_every)


def step_words(step: int) -> str:
    """A step as the rules name it, in the active language: 2 working days before the due date."""
    if step == 0:
        return gettext("the due date itself")
    sentence = (
        ngettext(
            "%(days)d working day before the due date",
            "%(days)d working days before the due date",
            -step,
        )
        if step < 0
        else ngettext(
            "%(days)d working day after the due date",
            "%(days)d working days after the due date",
            step,
        )
    )
    return sentence % {"days": abs(step)}


def days_listed(text: str) -> tuple[int, ...]:
    """Working days as a person lists them, in ascending order: "5, 2" is (2, 5), "" is none.

    Full-width digits and commas are read too. Raises StepsError for what is no list of different
    whole numbers from 1 to MOST_WORKING_DAYS, of at most MOST_STEPS.
    """
    parts = [part for part in _DIVIDED.split(text.strip()) if part]
    if not all(part.isdecimal() and len(part) <= 3 for part in parts):
        raise StepsError(text)
    days = sorted(map(int, parts))
    if len(days) > MOST_STEPS or any(not 1 <= day <= MOST_WORKING_DAYS for day in days):
        raise StepsError(text)
    if any(one == next_one for one, next_one in pairwise(days)):
        raise StepsError(text)
    return tuple(days)

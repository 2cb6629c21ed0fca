"""Working days of the Chinese statutory calendar, make-up Saturdays and Sundays included.

The `chinesecalendar` library knows the years whose notices of the State Council are out. A year
that it does not know is estimated from weekends, and what rests on an estimate says so; nothing
stops. An administrator's corrections go before both.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from progress.models import CalendarCorrection, Roll
from progress.statements import WrittenOnce

ONE_DAY = dt.timedelta(days=1)


@lru_cache(maxsize=4096)
def statutory(day: dt.date) -> bool | None:
    """True for a statutory working day, False for a day off, None in a year not yet announced."""
    from chinese_calendar import is_workday

    try:
        return bool(is_workday(day))
    except NotImplementedError:
        return None


def years_known() -> range:
    """The years whose notices the library has read, without a gap from the first to the last."""
    from chinese_calendar.constants import holidays

    years = {day.year for day in holidays}
    return range(min(years), max(years) + 1)


_CORRECTIONS = WrittenOnce(lambda: CalendarCorrection.objects.values_list("day", "working"))


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Answers what is a working day. `corrections` maps a day to whether it is one.

    `known_until` is the last year of which the library is asked, None: whatever it knows.
    """

    corrections: Mapping[dt.date, bool] = field(default_factory=dict)
    known_until: int | None = None

    @classmethod
    def load(cls) -> "WorkCalendar":
        """The calendar with the administrators' corrections: one query."""
        return cls(dict(_CORRECTIONS.of()))

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> "WorkCalendar":
        """The calendar that a closed period keeps (`to_keep`)."""
        corrections = kept["corrections"].items()
        return cls(
            {dt.date.fromisoformat(day): working for day, working in corrections},
            kept["known_until"],
        )

    def to_keep(self) -> dict[str, Any]:
        """What JSON keeps of it, so that it goes on answering as it does now."""
        return {
            "known_until": years_known().stop - 1,
            "corrections": {
                day.isoformat(): working for day, working in sorted(self.corrections.items())
            },
        }

    def is_working(self, day: dt.date) -> bool:
        if day in self.corrections:
            return self.corrections[day]
        known = self._statutory(day)
        return day.weekday() < 5 if known is None else known

    def is_estimated(self, day: dt.date) -> bool:
        """Whether the answer for this day rests on weekends alone."""
        return day not in self.corrections and self._statutory(day) is None

    def _statutory(self, day: dt.date) -> bool | None:
        is_known = self.known_until is None or day.year <= self.known_until
        return statutory(day) if is_known else None

    def roll(self, day: dt.date, direction: str) -> dt.date:
        """The day itself if it is a working day, else the next one in the `Roll` direction."""
        step = -ONE_DAY if direction == Roll.EARLIER else ONE_DAY
        while not self.is_working(day):
            day += step
        return day

    def between(self, start: dt.date, end: dt.date) -> int:
        """Working days after `start` up to and including `end`; negative when `end` is earlier.

        Friday to Monday is 1, Monday to Friday before is -1, a day to itself is 0.
        """
        if end < start:
            return -self.between(end, start)
        return _working_days(tuple(self.corrections.items()), self.known_until, start, end)

    def add(self, day: dt.date, count: int) -> dt.date:
        """The working day that lies `count` working days after `day` (before it when negative)."""
        step = ONE_DAY if count > 0 else -ONE_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_working(day)
        return day


# Many tasks share a deadline, and every list asks again: each stretch of days is counted once.
@lru_cache(maxsize=4096)
def _working_days(
    corrections: tuple[tuple[dt.date, bool], ...],
    known_until: int | None,
    start: dt.date,
    end: dt.date,
) -> int:
    """Working days after `start` up to and including `end` of the calendar of these facts."""
    calendar = WorkCalendar(dict(corrections), known_until)
    days = (start + dt.timedelta(days=offset) for offset in range(1, (end - start).days + 1))
    return sum(map(calendar.is_working, days))

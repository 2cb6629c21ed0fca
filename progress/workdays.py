"""Working days of the Chinese statutory calendar, make-up Saturdays and Sundays included.

The `chinesecalendar` library knows the years whose notices of the State Council are out. A year
that it does not know is estimated from weekends, and what rests on an estimate says so; nothing
stops. An administrator's corrections go before both.
"""

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from progress.models import CalendarCorrection, Roll

ONE_DAY = dt.timedelta(days=1)


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


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Answers what is a working day. `corrections` maps a day to whether it is one."""

    corrections: Mapping[dt.date, bool] = field(default_factory=dict)
    # Many tasks share a deadline: each stretch of days is counted once.
    _counted: dict[tuple[dt.date, dt.date], int] = field(
        default_factory=dict, repr=False, compare=False
    )

    @classmethod
    def load(cls) -> "WorkCalendar":
        """The calendar with the administrators' corrections: one query."""
        return cls(dict(CalendarCorrection.objects.values_list("day", "working")))

    def is_working(self, day: dt.date) -> bool:
        if day in self.corrections:
            return self.corrections[day]
        known = statutory(day)
        return day.weekday() < 5 if known is None else known

    def is_estimated(self, day: dt.date) -> bool:
        """Whether the answer for this day rests on weekends alone."""
        return day not in self.corrections and statutory(day) is None

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
        stretch = (start, end)
        if stretch not in self._counted:
            self._counted[stretch] = sum(self.is_working(day) for day in _days_after(start, end))
        return self._counted[stretch]

    def add(self, day: dt.date, count: int) -> dt.date:
        """The working day that lies `count` working days after `day` (before it when negative)."""
        step = ONE_DAY if count > 0 else -ONE_DAY
        left = abs(count)
        while left:
            day += step
            left -= self.is_working(day)
        return day


def _days_after(start: dt.date, end: dt.date) -> Iterator[dt.date]:
    for offset in range(1, (end - start).days + 1):
        yield start + dt.timedelta(days=offset)

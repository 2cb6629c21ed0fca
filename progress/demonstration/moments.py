"""When things happen: months, the windows in which people work on them, and office hours."""

import datetime as dt
from dataclasses import dataclass, field

from django.utils import timezone

from progress.cadence import Span, span_containing
from progress.models import PeriodKind
from progress.workdays import ONE_DAY, WorkCalendar

# Half a year: enough for a trend to show, and laid out in less than a minute.
MONTHS = 6
# With fewer, not everything that there is to see has happened.
FEWEST_MONTHS, MOST_MONTHS = 4, 24
OFFICE_OPENS, OFFICE_SHUTS = dt.time(9, 0), dt.time(17, 30)
CLOSES_AT = dt.time(12, 0)
OPENS_DAY = 20


def months_until(today: dt.date, *, months: int = MONTHS) -> list[Span]:
    """The month of `today` and those before it, the oldest first."""
    spans = [span_containing(today, PeriodKind.MONTH)]
    while len(spans) < months:
        spans.insert(0, span_containing(spans[0].starts_on - ONE_DAY, PeriodKind.MONTH))
    return spans


def at(day: dt.date, time: dt.time) -> dt.datetime:
    """That moment of the day in the time zone of the installation."""
    return timezone.make_aware(dt.datetime.combine(day, time))


def closing_of(span: Span, calendar: WorkCalendar) -> dt.datetime:
    """A month is closed at noon of its last working day."""
    return at(calendar.roll(span.ends_on, "earlier"), CLOSES_AT)


def opening_of(span: Span, *, calendar: WorkCalendar, today: dt.date) -> dt.datetime:
    """The 20th; in a month that has not got that far, four days ago, after the last was closed."""
    regular = at(span.starts_on.replace(day=OPENS_DAY), OFFICE_OPENS)
    if timezone.localdate(regular) < today:
        return regular
    before = span_containing(span.starts_on - ONE_DAY, PeriodKind.MONTH)
    after_closing = closing_of(before, calendar) + dt.timedelta(hours=2)
    return max(after_closing, at(today - 4 * ONE_DAY, OFFICE_OPENS))


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The office hours between two moments; all of the time between them where there are none."""

    start: dt.datetime
    end: dt.datetime
    calendar: WorkCalendar
    _stretches: list[tuple[dt.datetime, dt.datetime]] = field(
        default_factory=list, init=False, repr=False
    )

    def __post_init__(self) -> None:
        day = timezone.localdate(self.start)
        while day <= timezone.localdate(self.end):
            begins = max(self.start, at(day, OFFICE_OPENS))
            finishes = min(self.end, at(day, OFFICE_SHUTS))
            if begins < finishes and self.calendar.is_working(day):
                self._stretches.append((begins, finishes))
            day += ONE_DAY
        if not self._stretches:
            self._stretches.append((self.start, max(self.start, self.end)))

    def moment(self, share: float) -> dt.datetime:
        """The moment at which this share (0 to 1) of the hours has passed, to the second."""
        left = share * sum((end - start).total_seconds() for start, end in self._stretches)
        for start, end in self._stretches:
            length = (end - start).total_seconds()
            if left <= length:
                return start + dt.timedelta(seconds=int(left))
            left -= length
        return self._stretches[-1][1]

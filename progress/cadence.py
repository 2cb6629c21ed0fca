"""Periods as pure dates: their codes, first and last days, and the days they open and are due."""

import calendar
import datetime as dt
import re
from dataclasses import dataclass

from progress.models import PeriodKind, Policy, Roll
from progress.workdays import WorkCalendar

MONTHS_IN = {
    PeriodKind.MONTH: 1,
    PeriodKind.QUARTER: 3,
    PeriodKind.HALF_YEAR: 6,
    PeriodKind.YEAR: 12,
}
# Before 1901 the time zone database gives Shanghai an offset with seconds, and nothing the product
# keeps lies there; the upper bound leaves room to add days without leaving the calendar.
FIRST_YEAR, LAST_YEAR = 2000, 2999

_CODE = re.compile(
    r"(?P<year>[0-9]{4})"
    r"(?:-(?:(?P<month>0[1-9]|1[0-2])|Q(?P<quarter>[1-4])|H(?P<half>[12])))?"
)


class PeriodCodeError(ValueError):
    """The text is no code of a period, such as 2026-10, 2026-Q3, 2026-H2 or 2026."""


@dataclass(frozen=True, slots=True)
class Span:
    """A period of the calendar: its code, kind, first and last day."""

    code: str
    kind: PeriodKind
    starts_on: dt.date
    ends_on: dt.date


def span_of(code: str) -> Span:
    """Read a code. Raises PeriodCodeError, which names the four forms."""
    match = _CODE.fullmatch(code)
    if not match or not FIRST_YEAR <= int(match["year"]) <= LAST_YEAR:
        raise PeriodCodeError(
            f'"{code}" is no period; write a month as 2026-10, a quarter as 2026-Q3, '
            "a half-year as 2026-H2 or a year as 2026"
        )
    year = int(match["year"])
    if match["month"]:
        kind, place = PeriodKind.MONTH, int(match["month"])
    elif match["quarter"]:
        kind, place = PeriodKind.QUARTER, int(match["quarter"])
    elif match["half"]:
        kind, place = PeriodKind.HALF_YEAR, int(match["half"])
    else:
        kind, place = PeriodKind.YEAR, 1
    last_month = MONTHS_IN[kind] * place
    first_month = last_month - MONTHS_IN[kind] + 1
    last_day = calendar.monthrange(year, last_month)[1]
    return Span(code, kind, dt.date(year, first_month, 1), dt.date(year, last_month, last_day))


def span_containing(day: dt.date, kind: str) -> Span:
    """The period of this kind that `day` lies in."""
    place = (day.month - 1) // MONTHS_IN[PeriodKind(kind)] + 1
    code = {
        PeriodKind.MONTH: f"{day:%Y-%m}",
        PeriodKind.QUARTER: f"{day:%Y}-Q{place}",
        PeriodKind.HALF_YEAR: f"{day:%Y}-H{place}",
        PeriodKind.YEAR: f"{day:%Y}",
    }[PeriodKind(kind)]
    return span_of(code)


def span_after(span: Span) -> Span:
    """The next period of the same kind."""
    return span_containing(span.ends_on + dt.timedelta(days=1), span.kind)


def opens_on(span: Span, policy: Policy) -> dt.date:
    """The day of the period's last month on which it opens by the calendar."""
    return span.ends_on.replace(day=policy.opens_day)


def due_on(span: Span, policy: Policy, calendar: WorkCalendar) -> dt.date:
    """The day on which reports are due: the Policy's in the period's last month, a working day.

    A day off rolls as Policy says, later also past the end of the month. Where rolling earlier
    would go before the day on which the period opens, there is no working day between the two, and
    it rolls later instead: a period is never due before it opens, nor on a day off.
    """
    day = span.ends_on.replace(day=policy.due_day)
    rolled = calendar.roll(day, policy.due_roll)
    return rolled if rolled >= opens_on(span, policy) else calendar.roll(day, Roll.LATER)


def latest_span_opened(day: dt.date, policy: Policy) -> Span:
    """The latest period of the cadence in force whose day to open by the calendar has come."""
    span = span_containing(day, policy.cadence)
    if opens_on(span, policy) <= day:
        return span
    return span_containing(span.starts_on - dt.timedelta(days=1), policy.cadence)

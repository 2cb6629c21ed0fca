"""How far the list was, period by period."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from agencies.models import User
from progress.models import ReportingPeriod
from progress.rollups.figures import Figures, Rate, knows_handing_in
from progress.rollups.kept import FiguresOfPeriod, figures_added_up, kept_figures_of

# Two years of months: what a chart still shows legibly.
LONGEST_TREND = 24
NOTHING_ADDED_UP: Mapping[int, FiguresOfPeriod] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """A period's figures; `knows`: whether the reader may know of handing in. `is_open`: its
    figures still move."""

    code: str
    ends_on: dt.date
    is_open: bool
    figures: Figures
    knows: bool

    @property
    def handed_in(self) -> Rate | None:
        return self.figures.handed_in_rate if self.knows else None

    @property
    def on_time(self) -> Rate | None:
        return self.figures.on_time_rate if self.knows else None


def trend(
    *,
    periods: Iterable[ReportingPeriod],
    user: User,
    today: dt.date,
    chapter: int | None = None,
    agency: int | None = None,
    until: ReportingPeriod | None = None,
    added_up: Mapping[int, FiguresOfPeriod] = NOTHING_ADDED_UP,
    kept: Mapping[int, Figures] | None = None,
) -> list[TrendPoint]:
    """The last of these periods, the oldest first, at most `LONGEST_TREND`.

    Of the whole list, of the chapter with that number, or of what the agency with that id leads. Of
    one cadence: that of `until`, after which nothing is shown, else of the latest. One statement
    for the closed ones, however many there are, and a constant number for each that is open or was
    closed before figures were kept, less those whose figures the caller has `added_up` or read as
    `kept` already, by the period's id.
    """
    shown = trend_periods(periods, until)
    if kept is None:
        kept = kept_figures_of(
            periods=[period for period in shown if not period.is_open],
            chapter=chapter,
            agency=agency,
        )
    knows = knows_handing_in(user=user, agency=agency)
    return [
        TrendPoint(
            period.code,
            period.ends_on,
            period.is_open,
            kept.get(period.pk)
            or (added_up.get(period.pk) or figures_added_up(period=period, today=today)).of(
                chapter=chapter, agency=agency
            ),
            knows,
        )
        for period in shown
    ]


def trend_periods(
    periods: Iterable[ReportingPeriod], until: ReportingPeriod | None
) -> list[ReportingPeriod]:
    """Of which of these periods a trend until that one tells, the oldest first."""
    ordered = sorted(periods, key=lambda period: period.ends_on)
    if until is not None:
        ordered = [period for period in ordered if period.ends_on <= until.ends_on]
    if not ordered:
        return []
    kind = (until or ordered[-1]).kind
    return [period for period in ordered if period.kind == kind][-LONGEST_TREND:]

"""What a dashboard shows of a period: its rows, its figures, and those of the period before."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from agencies.models import User
from progress.pages.counts import HandingIn, handing_in
from progress.pages.reading import PeriodChoice, TaskLinks
from progress.rollups import (
    Figures,
    FiguresOfPeriod,
    TaskRow,
    TrendPoint,
    agency_figures,
    chapter_figures,
    dropped_since,
    figures_of,
    figures_of_period,
    handing_in_rows,
    period_before,
    period_read,
    task_rows,
    trend,
)
from tasks.models import Task


@dataclass(frozen=True, slots=True)
class Standing:
    """The rows of the whole list and what they add up to; `figures` of a closed period are those
    that were kept when it was closed.

    `before` is the period before with its figures in `figures_before`, both None for the first.
    """

    rows: Sequence[TaskRow]
    figures: FiguresOfPeriod
    before: str
    figures_before: FiguresOfPeriod | None

    def before_of(self, *, chapter: int | None = None, agency: int | None = None) -> Figures | None:
        """The figures of the period before, of that chapter or agency; None for the first."""
        if self.figures_before is None:
            return None
        return self.figures_before.of(chapter=chapter, agency=agency)


def is_frozen(choice: PeriodChoice) -> bool:
    """Whether the period is read as it was closed: neither open nor as things stand today."""
    read = period_read(choice.period)
    return read is not None and not read.is_open


def standing_of(choice: PeriodChoice, *, user: User, today: dt.date) -> Standing:
    """The standing of the list as of the chosen period, in a constant number of statements."""
    rows = task_rows(
        tasks=Task.objects.visible_to(user), period=choice.period, user=user, today=today
    )
    before = period_before(period=choice.period, periods=choice.periods) if choice.period else None
    return Standing(
        rows=rows,
        figures=_figures(choice, rows, today),
        before=before.code if before else "",
        figures_before=figures_of_period(period=before, today=today) if before else None,
    )


def _figures(choice: PeriodChoice, rows: Sequence[TaskRow], today: dt.date) -> FiguresOfPeriod:
    if choice.period is not None and is_frozen(choice):
        return figures_of_period(period=choice.period, today=today)
    return FiguresOfPeriod(
        whole=figures_of(rows, dropped=dropped_since(period_read(choice.period))),
        chapters={one.number: one.figures for one in chapter_figures(rows)},
        agencies={one.agency.id: one.led for one in agency_figures(rows)},
    )


def trend_until(
    choice: PeriodChoice,
    standing: Standing,
    *,
    user: User,
    today: dt.date,
    chapter: int | None = None,
    agency: int | None = None,
) -> list[TrendPoint]:
    """The trend that ends with the chosen period, of the whole list, a chapter, or what an agency
    leads; empty while no period was ever opened."""
    period = choice.period
    if period is None:
        return []
    return trend(
        periods=choice.periods,
        user=user,
        today=today,
        chapter=chapter,
        agency=agency,
        until=period,
        added_up={period.pk: standing.figures} if period.is_open else {},
    )


def handing_in_shown(
    rows: Sequence[TaskRow], figures: Figures, links: TaskLinks, *, user: User, choice: PeriodChoice
) -> HandingIn | None:
    """The handing-in of those of the rows that the reader may add up, linked where they may know
    each; None where they may add up none.

    Who may add up all of them gets the period's own `figures`, which count too what the list has
    dropped since.
    """
    counted = handing_in_rows(rows, user=user)
    if choice.period is None or not counted:
        return None
    by_task = all(row.reporting_known for row in counted)
    is_all = len(counted) == len(rows)
    return handing_in(figures if is_all else figures_of(counted), links, by_task=by_task)

"""What a dashboard shows of a period: its rows, its figures, and those of the period before."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from agencies.models import User
from progress.pages.counts import HandingIn, handing_in
from progress.pages.reading import PeriodChoice, TaskLinks
from progress.rollups import (
    Counted,
    Figures,
    FiguresOfPeriod,
    TaskGroup,
    TaskRow,
    TrendPoint,
    figures_as_of,
    figures_of,
    figures_of_groups,
    figures_of_part,
    handing_in_rows,
    kept_figures_of,
    period_before,
    period_read,
    task_groups,
    task_rows,
    trend,
    trend_periods,
)
from tasks.models import Task

C = TypeVar("C", bound=Counted)
C_co = TypeVar("C_co", bound=Counted, covariant=True)


@dataclass(frozen=True, slots=True)
class Standing(Generic[C_co]):
    """The whole list as rows, or as groups of tasks that are alike, and what it adds up to;
    `figures` of a closed period are those that were kept when it was closed.

    `before` is the period before with its figures in `figures_before`, "" and None for the first:
    those of the chapter or agency that was asked for, else of the whole list. `kept` are the same
    of every closed period of the trend, by the period's id.
    """

    rows: Sequence[C_co]
    figures: FiguresOfPeriod
    before: str
    figures_before: Figures | None
    kept: Mapping[int, Figures]


def is_frozen(choice: PeriodChoice) -> bool:
    """Whether the period is read as it was closed: neither open nor as things stand today."""
    read = period_read(choice.period)
    return read is not None and not read.is_open


def standing_of(
    choice: PeriodChoice,
    *,
    user: User,
    today: dt.date,
    chapter: int | None = None,
    agency: int | None = None,
) -> Standing[TaskRow]:
    """The standing of the list as of the chosen period, in a constant number of statements;
    `chapter` and `agency` say what the figures of the periods before are of."""
    rows = task_rows(
        tasks=Task.objects.visible_to(user), period=choice.period, user=user, today=today
    )
    figures = figures_as_of(period=choice.period, rows=rows, today=today)
    return _beside_before(rows, figures, choice, today=today, chapter=chapter, agency=agency)


def standing_in_groups(choice: PeriodChoice, *, user: User, today: dt.date) -> Standing[TaskGroup]:
    """The same of the whole list, for a page that adds up alone and shows few tasks."""
    groups = task_groups(period=choice.period, user=user, today=today)
    figures = figures_of_groups(period=choice.period, groups=groups, today=today)
    return _beside_before(groups, figures, choice, today=today)


def _beside_before(
    rows: Sequence[C],
    figures: FiguresOfPeriod,
    choice: PeriodChoice,
    *,
    today: dt.date,
    chapter: int | None = None,
    agency: int | None = None,
) -> Standing[C]:
    before = period_before(period=choice.period, periods=choice.periods) if choice.period else None
    earlier = trend_periods(choice.periods, choice.period) if choice.period else []
    kept = kept_figures_of(
        periods={one.pk: one for one in (before, *earlier) if one and not one.is_open}.values(),
        chapter=chapter,
        agency=agency,
    )
    return Standing(
        rows=rows,
        figures=figures,
        before=before.code if before else "",
        figures_before=kept.get(before.pk)
        or figures_of_part(period=before, today=today, chapter=chapter, agency=agency)
        if before
        else None,
        kept=kept,
    )


def trend_until(
    choice: PeriodChoice,
    standing: Standing[Counted],
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
        kept=standing.kept,
    )


def handing_in_shown(
    rows: Sequence[Counted], figures: Figures, links: TaskLinks, *, user: User, choice: PeriodChoice
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

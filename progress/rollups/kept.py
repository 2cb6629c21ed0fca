"""The figures of closed periods: kept with the closing, and read again from what was kept.

A period that was closed before figures were kept has none until they are filled in; what reads it
adds it up meanwhile, from the same rows.
"""

import copy
import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from progress.models import KeptFigures, ReportingPeriod
from progress.rollups.counted import dropped_since
from progress.rollups.figures import Figures, agency_figures, chapter_figures, figures_of
from progress.rollups.rows import task_rows
from tasks.models import Task


@dataclass(frozen=True, slots=True)
class FiguresOfPeriod:
    """What a period adds up to: the `whole` list, each chapter by its number, and by the agency's
    id the tasks that each agency leads.

    All sums of handing in are in it: `knows_handing_in` says who may be shown them.
    """

    whole: Figures
    chapters: Mapping[int, Figures]
    agencies: Mapping[int, Figures]

    def of(self, *, chapter: int | None = None, agency: int | None = None) -> Figures:
        """The figures of that chapter (by number) or agency (by id), of the whole list for neither.

        All zero where the period knows no such chapter or agency.
        """
        if chapter is not None:
            return self.chapters.get(chapter, NO_FIGURES)
        return self.whole if agency is None else self.agencies.get(agency, NO_FIGURES)


NO_FIGURES = figures_of([])


def figures_of_period(*, period: ReportingPeriod, today: dt.date) -> FiguresOfPeriod:
    """The figures of the period: one statement of a closed one that keeps them, else added up.

    A closed period is read as it was closed, also where today's standing is asked of it elsewhere
    (`as_it_stands`).
    """
    if period.is_open:
        return figures_added_up(period=period, today=today)
    return kept_figures(periods=[period]).get(period.pk) or figures_added_up(
        period=period, today=today
    )


def figures_added_up(*, period: ReportingPeriod, today: dt.date) -> FiguresOfPeriod:
    """The figures of the period from its rows, whoever asks: a constant number of statements.

    Of a closed period those of its closing; of what the list has dropped since, the whole knows
    alone.
    """
    if period.as_it_stands:
        period = copy.copy(period)
        period.as_it_stands = False
    rows = task_rows(tasks=Task.objects.all(), period=period, user=None, today=today)
    return FiguresOfPeriod(
        whole=figures_of(rows, dropped=dropped_since(period)),
        chapters={one.number: one.figures for one in chapter_figures(rows)},
        agencies={one.agency.id: one.led for one in agency_figures(rows)},
    )


def kept_figures(*, periods: Iterable[ReportingPeriod]) -> dict[int, FiguresOfPeriod]:
    """By the period's id all figures of those that keep them: one statement."""
    found: dict[int, tuple[list[Figures], dict[int, Figures], dict[int, Figures]]] = {}
    kept = KeptFigures.objects.filter(period__in=[period.pk for period in periods]).order_by("pk")
    for row in kept:
        whole, chapters, agencies = found.setdefault(row.period_id, ([], {}, {}))
        figures = figures_read(row.figures)
        if row.chapter_number is not None:
            chapters[row.chapter_number] = figures
        elif row.agency_id is not None:
            agencies[row.agency_id] = figures
        else:
            whole.append(figures)
    return {
        period_id: FiguresOfPeriod(whole[0], chapters, agencies)
        for period_id, (whole, chapters, agencies) in found.items()
    }


def kept_figures_of(
    *,
    periods: Iterable[ReportingPeriod],
    chapter: int | None = None,
    agency: int | None = None,
) -> dict[int, Figures]:
    """By the period's id the figures of that chapter or agency, of the whole list for neither.

    Of the periods that keep figures; all zero where such a one knew no such chapter or agency. One
    statement, which reads no other chapter or agency.
    """
    whole = Q(chapter_number=None, agency=None)
    wanted = whole
    if chapter is not None:
        wanted |= Q(chapter_number=chapter)
    elif agency is not None:
        wanted |= Q(agency=agency)
    of_whole = chapter is None and agency is None
    found: dict[int, Figures] = {}
    kept = KeptFigures.objects.filter(wanted, period__in=[period.pk for period in periods])
    for row in kept.order_by("pk"):
        is_of_whole = row.chapter_number is None and row.agency_id is None
        if is_of_whole is of_whole:
            found[row.period_id] = figures_read(row.figures)
        else:
            found.setdefault(row.period_id, NO_FIGURES)
    return found


def figures_to_keep(figures: Figures) -> dict[str, Any]:
    """The figures as JSON keeps them; `figures_read` reads them again."""
    return {
        "tasks_by_status": dict(figures.tasks_by_status),
        "measures_by_status": dict(figures.measures_by_status),
        "lights": dict(figures.lights),
        "due": figures.due,
        "handed_in": figures.handed_in,
        "on_time": figures.on_time,
    }


def figures_read(kept: Mapping[str, Any]) -> Figures:
    """The figures that were kept."""
    return Figures(
        tasks=sum(kept["tasks_by_status"].values()),
        measures=sum(kept["measures_by_status"].values()),
        **kept,
    )

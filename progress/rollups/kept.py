"""The figures of closed periods: kept with the closing, and read again from what was kept.

A period that was closed before figures were kept has none until they are filled in; what reads it
adds it up meanwhile, from the same rows.
"""

import copy
import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import orjson
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.utils.functional import SimpleLazyObject

from progress.models import KeptFigures, ReportingPeriod
from progress.rollups.alike import TaskGroup
from progress.rollups.counted import dropped_since
from progress.rollups.figures import (
    Counted,
    Figures,
    agency_figures,
    chapter_figures,
    figures_of,
)
from progress.rollups.rows import TaskRow, period_read, task_rows
from progress.statements import WrittenOnce
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
_KEPT = ("period_id", "chapter_number", "agency_id", "as_text")


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


def figures_of_part(
    *,
    period: ReportingPeriod,
    today: dt.date,
    chapter: int | None = None,
    agency: int | None = None,
) -> Figures:
    """As `figures_of_period`, of that chapter or agency alone, of the whole list for neither."""
    if not period.is_open:
        kept = kept_figures_of(periods=[period], chapter=chapter, agency=agency)
        if period.pk in kept:
            return kept[period.pk]
    return figures_of_period(period=period, today=today).of(chapter=chapter, agency=agency)


def figures_added_up(*, period: ReportingPeriod, today: dt.date) -> FiguresOfPeriod:
    """The figures of the period from its rows, whoever asks: a constant number of statements.

    Of a closed period those of its closing; of what the list has dropped since, the whole knows
    alone.
    """
    if period.as_it_stands:
        period = copy.copy(period)
        period.as_it_stands = False
    rows = task_rows(tasks=Task.objects.all(), period=period, user=None, today=today)
    return _of_rows(rows, period)


def figures_as_of(
    *, period: ReportingPeriod | None, rows: Sequence[TaskRow], today: dt.date
) -> FiguresOfPeriod:
    """What is read as of the period: its figures as it was closed, else what the `rows` of the
    whole list as of it add up to."""
    read = period_read(period)
    if read is not None and not read.is_open:
        return figures_of_period(period=read, today=today)
    return _of_rows(rows, read)


def figures_of_groups(
    *, period: ReportingPeriod | None, groups: Sequence[TaskGroup], today: dt.date
) -> FiguresOfPeriod:
    """As `figures_as_of`, of `task_groups` of the same period; those of single agencies, which have
    no groups, are added up from rows once somebody asks for them."""
    read = period_read(period)
    if read is not None and not read.is_open:
        return figures_of_period(period=read, today=today)

    def agencies() -> Mapping[int, Figures]:
        rows = task_rows(tasks=Task.objects.all(), period=period, user=None, today=today)
        return _of_agencies(rows)

    return _of_counted(groups, read, agencies=agencies)


def _of_rows(rows: Sequence[TaskRow], period: ReportingPeriod | None) -> FiguresOfPeriod:
    return _of_counted(rows, period, agencies=lambda: _of_agencies(rows))


def _of_counted(
    rows: Sequence[Counted],
    period: ReportingPeriod | None,
    *,
    agencies: Callable[[], Mapping[int, Figures]],
) -> FiguresOfPeriod:
    return FiguresOfPeriod(
        whole=figures_of(rows, dropped=dropped_since(period)),
        chapters={one.number: one.figures for one in chapter_figures(rows)},
        # Few pages say anything of single agencies.
        agencies=cast("Mapping[int, Figures]", SimpleLazyObject(agencies)),
    )


def _of_agencies(rows: Iterable[TaskRow]) -> Mapping[int, Figures]:
    return {one.agency.id: one.led for one in agency_figures(rows)}


def kept_figures(*, periods: Iterable[ReportingPeriod]) -> dict[int, FiguresOfPeriod]:
    """By the period's id all figures of those that keep them: one statement."""
    found: dict[int, tuple[list[Figures], dict[int, Figures], dict[int, Figures]]] = {}
    kept = KeptFigures.objects.filter(period__in=[period.pk for period in periods])
    for period_id, chapter, agency, stored in _texts(kept.order_by("pk")):
        whole, chapters, agencies = found.setdefault(period_id, ([], {}, {}))
        figures = figures_read(orjson.loads(stored))
        if chapter is not None:
            chapters[chapter] = figures
        elif agency is not None:
            agencies[agency] = figures
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
    of_whole = chapter is None and agency is None
    ids = [period.pk for period in periods]
    if not ids:
        return {}
    if chapter is not None:
        kept = _OF_CHAPTER.of(chapter, *ids)
    elif agency is not None:
        kept = _OF_AGENCY.of(agency, *ids)
    else:
        kept = _OF_WHOLE.of(*ids)
    found: dict[int, Figures] = {}
    for period_id, kept_chapter, kept_agency, stored in kept:
        is_of_whole = kept_chapter is None and kept_agency is None
        if is_of_whole is of_whole:
            found[period_id] = figures_read(orjson.loads(stored))
        else:
            found.setdefault(period_id, NO_FIGURES)
    return found


def _texts(kept: QuerySet[KeptFigures]) -> QuerySet[KeptFigures, tuple[Any, ...]]:
    """`_KEPT` of these, the figures as JSON's text: Django takes four times as long to read it."""
    as_text = Cast("figures", TextField())
    return kept.annotate(as_text=as_text).values_list(*_KEPT)


def _kept(wanted: Q, periods: Sequence[int]) -> QuerySet[KeptFigures, tuple[Any, ...]]:
    return _texts(KeptFigures.objects.filter(wanted, period__in=periods).order_by())


_WHOLE = Q(chapter_number=None, agency=None)
_OF_WHOLE = WrittenOnce(lambda *periods: _kept(_WHOLE, periods))
_OF_CHAPTER = WrittenOnce(
    lambda chapter, *periods: _kept(_WHOLE | Q(chapter_number=chapter), periods)
)
_OF_AGENCY = WrittenOnce(lambda agency, *periods: _kept(_WHOLE | Q(agency=agency), periods))


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

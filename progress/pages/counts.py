"""Figures made ready for a page: each count together with the address of the tasks behind it."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from progress.filters import HANDED_IN, MISSING, ON_TIME
from progress.pages.reading import TaskLinks
from progress.rollups import LIGHTS, STATUSES, Figures, Rate
from tasks.models import Status

STARTED = [Status.IN_PROGRESS.value, Status.COMPLETED.value, Status.ONGOING.value]
IMPLEMENTED = [Status.COMPLETED.value, Status.ONGOING.value]


@dataclass(frozen=True, slots=True)
class Count:
    """How many tasks have this value of status or light, of how many, and where they are listed."""

    value: str
    count: int
    of: int
    address: str

    @property
    def percent(self) -> float:
        return round(100 * self.count / self.of, 1) if self.of else 0


@dataclass(frozen=True, slots=True)
class RatePair:
    """A rate by task and by measure; `address` lists the tasks that the first one's part counts.

    `measures_address` lists the measures that the second one's part counts, and
    `all_measures_address` those of its whole.
    """

    label: str | Promise
    by_task: Rate
    by_measure: Rate
    address: str
    measures_address: str
    all_measures_address: str


@dataclass(frozen=True, slots=True)
class HandingIn:
    """How many reports the period asks for and how many were handed in.

    The addresses are "" for readers who know the sums but not which task is behind them.
    """

    figures: Figures
    due: str
    handed_in: str
    missing: str
    on_time: str


def status_counts(figures: Figures, links: TaskLinks) -> list[Count]:
    return [
        Count(status, figures.tasks_by_status[status], figures.tasks, links.to(status=status))
        for status in STATUSES
    ]


def light_counts(figures: Figures, links: TaskLinks) -> list[Count]:
    return [
        Count(light, figures.lights[light], figures.tasks, links.to(light=light))
        for light in LIGHTS
    ]


def rate_pairs(figures: Figures, links: TaskLinks) -> list[RatePair]:
    """The three rates of DESIGN section 4, each by task and by measure."""

    def pair(
        label: str | Promise, by_task: Rate, by_measure: Rate, statuses: Sequence[str]
    ) -> RatePair:
        return RatePair(
            label,
            by_task,
            by_measure,
            address=links.to(status=statuses),
            measures_address=links.measures_to(measure_status=statuses),
            all_measures_address=links.measures_to(),
        )

    return [
        pair(_("Started rate"), figures.started_rate, figures.measures_started_rate, STARTED),
        pair(
            _("Implemented rate"),
            figures.implemented_rate,
            figures.measures_implemented_rate,
            IMPLEMENTED,
        ),
        pair(
            _("Completed rate"),
            figures.completed_rate,
            figures.measures_completed_rate,
            [Status.COMPLETED.value],
        ),
    ]


def handing_in(figures: Figures, links: TaskLinks, *, by_task: bool) -> HandingIn:
    """`by_task`: whether the reader may know of each task behind the figures how it stands."""
    if not by_task:
        return HandingIn(figures, due="", handed_in="", missing="", on_time="")
    return HandingIn(
        figures,
        due=links.to(reporting=[HANDED_IN, MISSING]),
        handed_in=links.to(reporting=HANDED_IN),
        missing=links.to(reporting=MISSING),
        on_time=links.to(reporting=ON_TIME),
    )

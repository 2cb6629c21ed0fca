"""How far it went over the periods, as lines with the formula of each and the table behind."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from progress.filters import HANDED_IN, ON_TIME
from progress.pages.charts import Lines, Series
from progress.pages.counts import IMPLEMENTED, STARTED
from progress.pages.reading import Parameter, TaskLinks
from progress.rollups import Figures, Rate, TrendPoint
from tasks.models import Status

# A line needs two places at least; of one period the figures on top say everything.
FEWEST_POINTS = 2
# Stands for the period in the address of a line, whose points differ in it alone.
ANY_PERIOD = "ANY"
OF_ANY_PERIOD = f"period={ANY_PERIOD}"


@dataclass(frozen=True, slots=True)
class TrendShown:
    """The rates by task and by measure over the same periods; `until` is the last of them.

    `moves`: the last period is open, so that its figures still change.
    """

    by_task: Lines
    by_measure: Lines
    first: str
    until: str
    moves: bool


def trend_shown(
    points: Sequence[TrendPoint],
    narrowed: Mapping[str, Parameter],
    *,
    by_task: bool,
    with_handing_in: bool = True,
) -> TrendShown | None:
    """The trend of what `narrowed` (TaskFilter's parameters) leads to; None of a single period.

    `by_task`: whether the reader may know of each report whether it was handed in;
    `with_handing_in`: whether that has a line, where it is known at all.
    """
    if len(points) < FEWEST_POINTS:
        return None
    labels = tuple(point.code for point in points)
    links = TaskLinks({**narrowed, "period": ANY_PERIOD})

    def series(
        label: str,
        rate_of: Callable[[Figures], Rate],
        address_of: Callable[[TaskLinks], str],
    ) -> Series:
        rates = [rate_of(point.figures) for point in points]
        return Series(
            label,
            tuple([rate.percent for rate in rates]),
            formula=str(rates[0].formula),
            address=_around_period(address_of(links)),
        )

    def measures(*statuses: str) -> Callable[[TaskLinks], str]:
        return lambda link: link.measures_to(measure_status=statuses)

    def tasks(*statuses: str) -> Callable[[TaskLinks], str]:
        return lambda link: link.to(status=statuses)

    lines = [
        series(_("Started rate"), lambda one: one.started_rate, tasks(*STARTED)),
        series(_("Implemented rate"), lambda one: one.implemented_rate, tasks(*IMPLEMENTED)),
        series(_("Completed rate"), lambda one: one.completed_rate, tasks(Status.COMPLETED.value)),
    ]
    if with_handing_in and points[0].knows:
        lines.append(
            series(
                _("Handed in on time"),
                lambda one: one.on_time_rate,
                lambda link: link.to(reporting=ON_TIME) if by_task else "",
            )
        )
    of_measures = [
        series(_("Started rate"), lambda one: one.measures_started_rate, measures(*STARTED)),
        series(
            _("Implemented rate"), lambda one: one.measures_implemented_rate, measures(*IMPLEMENTED)
        ),
        series(
            _("Completed rate"),
            lambda one: one.measures_completed_rate,
            measures(Status.COMPLETED.value),
        ),
    ]
    return TrendShown(
        Lines(labels, tuple(lines)),
        Lines(labels, tuple(of_measures)),
        first=labels[0],
        until=labels[-1],
        moves=points[-1].is_open,
    )


def timeliness_shown(
    points: Sequence[TrendPoint], narrowed: Mapping[str, Parameter]
) -> Lines | None:
    """How much an agency handed in, and in time, over the periods that asked for something.

    For readers who may know of each report; None where that is fewer than two periods.
    """
    asked = [point for point in points if point.on_time and point.handed_in and point.on_time.whole]
    if len(asked) < FEWEST_POINTS:
        return None
    labels = tuple(point.code for point in asked)
    links = TaskLinks({**narrowed, "period": ANY_PERIOD})
    on_time = [point.on_time for point in asked if point.on_time]
    handed_in = [point.handed_in for point in asked if point.handed_in]
    return Lines(
        labels,
        (
            Series(
                _("Handed in on time"),
                tuple(rate.percent for rate in on_time),
                formula=str(on_time[0].formula),
                address=_around_period(links.to(reporting=ON_TIME)),
            ),
            Series(
                _("Handed in"),
                tuple(rate.percent for rate in handed_in),
                formula=str(handed_in[0].formula),
                address=_around_period(links.to(reporting=[HANDED_IN])),
            ),
        ),
    )


def _around_period(address: str) -> tuple[str, str] | None:
    """What of the address, which leads to any period, stands before and after the period's code."""
    if not address:
        return None
    before, after = address.split(OF_ANY_PERIOD, 1)
    return f"{before}period=", after

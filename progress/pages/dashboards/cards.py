"""The four figures on top of a dashboard, each with its change since the period before."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from agencies.models import Role, User
from progress.lights import Light
from progress.models import MatterState
from progress.pages.counts import Count, HandingIn
from progress.pages.reading import PeriodChoice
from progress.pages.registers import register_address
from progress.rollups import (
    Figures,
    Register,
    matters_told,
    period_before,
    reading_moment,
    waiting_states,
)
from tasks.models import Status

Words = str | Promise
# Which way is good news; what is in neither is none.
BETTER_UP, BETTER_DOWN = "up", "down"
GOOD_STATUS: Mapping[str, str] = {
    Status.COMPLETED: BETTER_UP,
    Status.ONGOING: BETTER_UP,
    Status.NOT_STARTED: BETTER_DOWN,
}
GOOD_LIGHT: Mapping[str, str] = {
    Light.RED: BETTER_DOWN,
    Light.YELLOW: BETTER_DOWN,
    Light.LATE_BLUE: BETTER_DOWN,
    Light.BLUE: BETTER_UP,
}
# What moves first is read first; the dashboards' order, not the machine's.
STATUSES_SHOWN = (Status.COMPLETED, Status.ONGOING, Status.IN_PROGRESS, Status.NOT_STARTED)


@dataclass(frozen=True, slots=True)
class Cell:
    """A number of a card: a badge of `kind` ("status" or "light") and `value`, or a `label`.

    `before` is the number of the period before, None where there is none or the reader may not
    know; `address` is "" where the rows behind it are not for the reader.
    """

    number: int
    address: str
    before: int | None = None
    good: str = ""
    kind: str = ""
    value: str = ""
    label: Words = ""


@dataclass(frozen=True, slots=True)
class Card:
    """A figure of several numbers; `total` stands in its head, `bar` draws the parts of it.

    `name` is unique on the page; `said` is a line of small print.
    """

    name: str
    title: Words
    total: Cell
    cells: Sequence[Cell]
    bar: Sequence[Count] = ()
    kind: str = ""
    said: Words = ""


def status_card(
    counts: Sequence[Count], all_address: str, figures: Figures, before: Figures | None
) -> Card:
    """Tasks by status."""
    by_value = {count.value: count for count in counts}
    return Card(
        name="by-status",
        title=_("Tasks by status"),
        total=Cell(figures.tasks, all_address, before.tasks if before else None, label=_("tasks")),
        cells=[
            Cell(
                by_value[status].count,
                by_value[status].address,
                before.tasks_by_status[status] if before else None,
                GOOD_STATUS.get(status, ""),
                "status",
                status,
            )
            for status in STATUSES_SHOWN
        ],
        bar=counts,
        kind="status",
    )


def light_card(
    counts: Sequence[Count], all_address: str, figures: Figures, before: Figures | None
) -> Card:
    """Tasks by light."""
    return Card(
        name="by-light",
        title=_("Lights"),
        total=Cell(figures.tasks, all_address, label=_("tasks")),
        cells=[
            Cell(
                count.count,
                count.address,
                before.lights[count.value] if before else None,
                GOOD_LIGHT.get(count.value, ""),
                "light",
                count.value,
            )
            for count in counts
        ],
        bar=counts,
        kind="light",
    )


def handing_in_card(
    handing_in: HandingIn, before: Figures | None, *, is_open: bool, is_of_part: bool = False
) -> Card:
    """This period's reports; `is_of_part`: of the reader's own tasks alone, which the figures of
    the period before do not tell apart. While the period is open fewer than last time is no bad
    news yet."""
    figures = handing_in.figures
    better, worse = ("", "") if is_open else (BETTER_UP, BETTER_DOWN)
    said: Words = ""
    if not handing_in.due:
        said = _("As sums; a single report is shown once it is approved.")
    elif is_of_part:
        said, before = _("Of the tasks that your agency leads or shares."), None
    return Card(
        name="handed-in",
        title=_("This period's reports"),
        total=Cell(figures.due, handing_in.due, label=pgettext_lazy("board", "Due")),
        cells=[
            Cell(
                figures.handed_in,
                handing_in.handed_in,
                before.handed_in if before else None,
                better,
                label=_("Handed in"),
            ),
            Cell(
                figures.missing,
                handing_in.missing,
                before.missing if before else None,
                worse,
                label=_("Not handed in"),
            ),
            Cell(
                figures.on_time,
                handing_in.on_time,
                before.on_time if before else None,
                better,
                label=pgettext_lazy("board", "In time"),
            ),
        ],
        said=said,
    )


def matters_card(choice: PeriodChoice, *, user: User, now: dt.datetime) -> Card | None:
    """The unsettled matters that the reader may read; None for whom the registers are closed."""
    if not user.reads_registers:
        return None
    period = choice.period
    before = period_before(period=period, periods=choice.periods) if period else None
    told = matters_told(user=user, period=period, before=before, now=now)
    is_past = reading_moment(period, now=now) != now
    total = Cell(
        told.unsettled,
        register_address(Register.MATTERS, unsettled=[period.code])
        if is_past and period
        else register_address(Register.MATTERS, state=waiting_states(Register.MATTERS)),
        told.unsettled_before,
        BETTER_DOWN,
        label=_("Not closed"),
    )
    return Card(
        name="matters",
        title=_("Matters to coordinate"),
        total=total,
        cells=[] if is_past else _cells_by_state(told.by_state),
        said=_("The number of the day on which the period was closed.")
        if is_past
        else _whose_matters(user),
    )


def _whose_matters(user: User) -> Words:
    """What is counted where it is not every matter, so that two readers know why they differ."""
    if user.role == Role.LEADER:
        return _("Of approved reports.")
    if user.works_for_an_agency:
        return _("Of your agency's tasks, and what your agency was asked.")
    return ""


def _cells_by_state(counts: Mapping[str, int]) -> list[Cell]:
    return [
        Cell(
            counts.get(state, 0),
            register_address(Register.MATTERS, state=[state]),
            label=MatterState(state).label,
        )
        for state in MatterState.values
    ]

"""What other rules would make of today's lights, before they are set."""

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from progress.lights import Light, LightReading, ReportDue, light_of
from progress.models import Policy, ReportingPeriod
from progress.rollups.rows import TaskRow, period_read, reading_day
from progress.workdays import WorkCalendar


@dataclass(frozen=True, slots=True)
class LightTurned:
    """A task that would show another light: its row as it is, and the other light's reason."""

    row: TaskRow
    reason: str


@dataclass(frozen=True, slots=True)
class LightChange:
    """The tasks that would turn from one light to another, by number."""

    before: Light
    after: Light
    tasks: Sequence[LightTurned]

    @property
    def count(self) -> int:
        return len(self.tasks)


@dataclass(frozen=True, slots=True)
class LightsUnder:
    """What the other rules do: the changes in the order of the lights, how many tasks keep theirs,
    and all lights now and then, every light a key."""

    changes: Sequence[LightChange]
    unchanged: int
    now: Mapping[str, int]
    then: Mapping[str, int]

    @property
    def changed(self) -> int:
        return sum(change.count for change in self.changes)


def lights_under(
    *,
    rows: Iterable[TaskRow],
    period: ReportingPeriod | None,
    policy: Policy,
    today: dt.date,
) -> LightsUnder:
    """The lights that these rows would have under that policy: one statement.

    `rows` are those of `task_rows` for the same period and day, by today's rules; the policy need
    not be saved. Meant for today: a closed period keeps the rules of its closing, and nothing that
    is set later moves its lights.
    """
    rows = sorted(rows, key=lambda row: row.number)
    calendar = WorkCalendar.load()
    day = reading_day(period_read(period), today=today)
    turned: dict[tuple[Light, Light], list[LightTurned]] = {}
    now: Counter[str] = Counter()
    then: Counter[str] = Counter()
    for row in rows:
        reading = _reading(row, period, day, policy, calendar)
        now[row.light] += 1
        then[reading.light] += 1
        if reading.light != row.light:
            turned.setdefault((row.light, reading.light), []).append(
                LightTurned(row, reading.reason)
            )
    order = list(Light)
    return LightsUnder(
        changes=[
            LightChange(before, after, turned[before, after])
            for before, after in sorted(
                turned, key=lambda pair: (order.index(pair[0]), order.index(pair[1]))
            )
        ],
        unchanged=len(rows) - sum(map(len, turned.values())),
        now={light: now[light] for light in order},
        then={light: then[light] for light in order},
    )


def _reading(
    row: TaskRow,
    period: ReportingPeriod | None,
    day: dt.date,
    policy: Policy,
    calendar: WorkCalendar,
) -> LightReading:
    return light_of(
        status=row.status,
        deadline=row.deadline,
        completed_on=row.completed_on,
        report=ReportDue(period.due_on, row.handed_in_on, is_closed=not period.is_open)
        if period
        else None,
        today=day,
        policy=policy,
        calendar=calendar,
    )

"""Deadlines that show every light on the day the demonstration is laid out."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence

from progress.demonstration.course import Profile
from progress.models import Policy
from progress.workdays import ONE_DAY, WorkCalendar
from tasks.models import Status, Task

OVERDUE = 4
NEAR = 5
LATE_COMPLETIONS = 2


def deadlines_write(
    *, tasks: Sequence[Task], profiles: Mapping[int, Profile], today: dt.date
) -> None:
    """Give about half of the tasks a deadline, by how they fare and where the day stands.

    Waiting tasks are past theirs (red), a few have theirs in the coming days (yellow), most have
    the end of a year or half-year (green) or none (grey); completed ones were in time (blue) or
    late. A deadline is the register's, and correcting one by hand is a coordinator's page; here it
    is written to the register in one statement, as the list's other facts are when it is imported.
    """
    changed: list[Task] = []
    completed = [task for task in tasks if task.status == Status.COMPLETED]
    for place, task in enumerate(completed):
        assert task.completed_on is not None
        if place < LATE_COMPLETIONS:
            task.deadline = _month_end_before(task.completed_on)
        elif place % 2 == 0:
            task.deadline = _month_end_after(task.completed_on)
        changed.append(task)

    under_way = [task for task in tasks if task.status != Status.COMPLETED]
    waiting = [task for task in under_way if profiles.get(task.pk) == Profile.WAITING]
    steady = [task for task in under_way if profiles.get(task.pk) == Profile.STEADY]
    past = _month_ends_before(today)
    for place, task in enumerate((waiting + steady)[:OVERDUE]):
        task.deadline = past[place // 3]
        changed.append(task)

    calendar, policy = WorkCalendar.load(), Policy.current()
    free = [task for task in steady if task.deadline is None]
    for place, task in enumerate(free[:NEAR]):
        task.deadline = calendar.add(today, min(policy.yellow_working_days, 2 + place // 2))
        changed.append(task)

    ends = _distant_ends(today)
    for task in under_way:
        if task.deadline is None and task.number % 5 in (0, 1, 3):
            task.deadline = next(ends)
            changed.append(task)
    Task.objects.bulk_update(changed, ["deadline"])


def _month_end_before(day: dt.date) -> dt.date:
    return day.replace(day=1) - ONE_DAY


def _month_end_after(day: dt.date) -> dt.date:
    return (day.replace(day=1) + 62 * ONE_DAY).replace(day=1) - ONE_DAY


def _month_ends_before(day: dt.date) -> tuple[dt.date, dt.date]:
    last = _month_end_before(day)
    return last, _month_end_before(last)


def _distant_ends(today: dt.date) -> Iterator[dt.date]:
    """The ends of half-years that are more than a month away, the nearest most often."""
    first = today + 31 * ONE_DAY
    ends = [
        end
        for year in (first.year, first.year + 1, first.year + 2)
        for end in (dt.date(year, 6, 30), dt.date(year, 12, 31))
        if end >= first
    ]
    while True:
        yield from (ends[0], ends[1], ends[0], ends[2])

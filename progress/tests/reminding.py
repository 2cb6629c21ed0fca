"""What tests of reminders ask: what a person is told of on a day, and when that is."""

import datetime as dt

from agencies.models import User
from conftest import SHANGHAI, TODAY
from progress.models import Policy
from progress.reminders import OwedItem, owed_on
from progress.workdays import WorkCalendar


def at(day: dt.date, hour: int = 10) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour), SHANGHAI)


def told_to(user: User, today: dt.date = TODAY) -> list[OwedItem]:
    """What the person would be told of by a run of that day."""
    owed = owed_on(today=today, policy=Policy.current(), calendar=WorkCalendar.load())
    return [one.item for one in owed if one.recipient.user_id == user.pk]


def owed_by(user: User, today: dt.date = TODAY) -> set[int | None]:
    """The numbers of the tasks of which something is owed."""
    return {item.task_number for item in told_to(user, today)}

"""Reminders that the office keeps back for a while: a pause that was ended, and one that holds."""

import datetime as dt

from django.utils import timezone

from agencies.models import User
from progress.demonstration.moments import OfficeHours
from progress.workflow import PauseOf, reminder_pause_begin, reminder_pause_end
from tasks.models import Task

WAITS_FOR_RULES = "国家主管部门配套细则尚未印发，印发前暂不催报。"
REARRANGED = "牵头处室分工调整，交接期间暂不催报。"
# The one that holds goes on so long after the day for which the demonstration stands.
STILL_HOLDS = dt.timedelta(days=14)


def pauses_play(
    *, ended: Task, holding: Task, coordinator: User, hours: OfficeHours, today: dt.date
) -> None:
    """Pause both tasks within these hours, the one until it was ended again within them."""
    begun = hours.moment(0.2)
    over = reminder_pause_begin(
        of=PauseOf(task=ended),
        reason=REARRANGED,
        from_on=timezone.localdate(begun),
        until=None,
        by=coordinator,
        now=begun,
    )
    reminder_pause_end(pause=over, by=coordinator, now=hours.moment(0.6))
    begun = hours.moment(0.7)
    reminder_pause_begin(
        of=PauseOf(task=holding),
        reason=WAITS_FOR_RULES,
        from_on=timezone.localdate(begun),
        until=today + STILL_HOLDS,
        by=coordinator,
        now=begun,
    )

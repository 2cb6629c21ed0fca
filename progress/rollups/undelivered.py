"""How many reminders did not arrive and still matter."""

from collections.abc import Mapping
from dataclasses import dataclass

from agencies.models import User
from progress.models import Reminder, Undelivered
from progress.rollups.together import NOTHING_COUNTED, CountsTogether


@dataclass(frozen=True, slots=True)
class UndeliveredCount:
    """The messages that were given up, and those of agencies that nobody could be reached at."""

    given_up: int
    unreachable: int

    def __bool__(self) -> bool:
        return bool(self.given_up or self.unreachable)


# Of all reminders, or of none: what coordinators see does not depend on which there are.
UNDELIVERED = CountsTogether(
    given_up=lambda user: Reminder.objects.visible_to(user).undelivered(Undelivered.GIVEN_UP),
    unreachable=lambda user: Reminder.objects.visible_to(user).undelivered(Undelivered.UNREACHABLE),
)


def undelivered_count(
    *, user: User, counted: Mapping[str, int] = NOTHING_COUNTED
) -> UndeliveredCount:
    """Those that this person may see: one statement; none for anybody but coordinators, and none
    where they are `counted` already (`state_shown`)."""
    if not user.is_coordinator:
        return UndeliveredCount(0, 0)
    return UndeliveredCount(**UNDELIVERED.of(user, counted=counted))

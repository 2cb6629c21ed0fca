"""How much waits for a person: what every page's frame says, and what the office decides on."""

from collections.abc import Mapping
from dataclasses import dataclass

from agencies.audit import state_of_the_trail
from agencies.models import Role, User
from progress.models import (
    Contribution,
    MatterState,
    Notice,
    Reminder,
    ReminderItem,
    ReminderState,
    Report,
    ReportingPeriod,
)
from progress.rollups.registers import Register, entries_of, matters_to_address, waiting_states
from progress.rollups.settling import agencies_without_people, undirected_bodies
from progress.rollups.together import NOTHING_COUNTED, CountsTogether
from progress.rollups.undelivered import UNDELIVERED, UndeliveredCount


@dataclass(frozen=True, slots=True)
class FrameCounts:
    """Unread messages, reports and contributions to review, and things to settle: 0 of what a
    person has no part in."""

    unread: int
    to_review: int = 0
    to_settle: int = 0


@dataclass(frozen=True, slots=True)
class OfficeWaits:
    """What coordinators have to decide on, by what it is."""

    reports: int
    completions: int
    extensions: int
    matters_to_address: int
    matters_answered: int
    to_settle: int


@dataclass(frozen=True, slots=True)
class OfficeCounts:
    """What a coordinator is told on the pages that follow the reporting: what waits for them, in
    the frame and on the overview, and the reminders that did not arrive."""

    frame: FrameCounts
    waits: OfficeWaits
    undelivered: UndeliveredCount


@dataclass(frozen=True, slots=True)
class StateShown:
    """`numbers` are others as soon as a page may show something else; among them are those that are
    `counted`, by their names, for whoever shows them: the frame, and what a page says of reminders
    that did not arrive."""

    numbers: tuple[int, ...]
    counted: Mapping[str, int]


def unread_count(*, user: User) -> int:
    """How many messages and notices lie unread in the person's inbox: one statement."""
    return sum(_UNREAD.of(user).values())


def state_shown(*, user: User) -> StateShown:
    """The numbers of the audit trail, and what it does not tell of: unread messages, what has been
    reminded of in open periods, and of coordinators the reminders that did not arrive. One
    statement, which does not grow with history."""
    untold = _OFFICE_UNTOLD if user.is_coordinator else _UNTOLD
    text, params = untold.asked(user)
    numbers = state_of_the_trail(beside=text, params=params)
    _position, _count, _last, *counts = numbers
    return StateShown(numbers, untold.named(counts))


def frame_counts(*, user: User, counted: Mapping[str, int] = NOTHING_COUNTED) -> FrameCounts:
    """What the frame of every page says waits for this person, less what is `counted` already
    (`state_shown`): one statement of coordinators and of most others, who need none where that is;
    three more of approvers, whose rows depend on their agencies."""
    if user.role == Role.ADMINISTRATOR:
        return FrameCounts(unread=0)
    if user.is_coordinator:
        found = _OFFICE_FRAME.of(user, counted=counted)
        return FrameCounts(
            unread=found["reminders"] + found["notices"],
            to_review=found["reports"],
            to_settle=found["bodies"] + found["without_people"],
        )
    to_review = 0
    if user.role == Role.APPROVER:
        to_review = (
            Report.objects.waiting_for_review(user).count()
            + Contribution.objects.waiting_for_review(user).count()
        )
    unread = sum(_UNREAD.of(user, counted=counted).values())
    return FrameCounts(unread=unread, to_review=to_review)


def office_counts(
    *, user: User, counted: Mapping[str, int] = NOTHING_COUNTED
) -> OfficeCounts | None:
    """All that is counted for a coordinator, today: one statement of what is not `counted` already
    (`state_shown`); None for others."""
    if not user.is_coordinator:
        return None
    found = _OFFICE.of(user, counted=counted)
    unread = found.pop("reminders") + found.pop("notices")
    settling = found.pop("bodies") + found.pop("without_people")
    undelivered = UndeliveredCount(found.pop("given_up"), found.pop("unreachable"))
    return OfficeCounts(
        frame=FrameCounts(unread=unread, to_review=found["reports"], to_settle=settling),
        waits=OfficeWaits(**found, to_settle=settling),
        undelivered=undelivered,
    )


_UNREAD = CountsTogether(
    reminders=lambda user: Reminder.objects.inbox_of(user).filter(read_at=None),
    notices=lambda user: Notice.objects.inbox_of(user).filter(read_at=None),
)
_SETTLING = CountsTogether(
    bodies=lambda _user: undirected_bodies(), without_people=lambda _user: agencies_without_people()
)
_REPORTS = CountsTogether(reports=Report.objects.waiting_for_review)
_OFFICE_FRAME = _UNREAD | _REPORTS | _SETTLING
# The board tells when somebody was reminded last, and what was sent stays sent.
_UNTOLD = _UNREAD | CountsTogether(
    reminded=lambda _user: ReminderItem.objects.filter(
        period__in=ReportingPeriod.objects.open(), reminder__state=ReminderState.SENT
    )
)
_OFFICE_UNTOLD = _UNTOLD | UNDELIVERED
_OFFICE = (
    _OFFICE_FRAME
    | UNDELIVERED
    | CountsTogether(
        completions=lambda user: entries_of(Register.COMPLETIONS, user=user).filter(
            state__in=waiting_states(Register.COMPLETIONS)
        ),
        extensions=lambda user: entries_of(Register.EXTENSIONS, user=user).filter(
            state__in=waiting_states(Register.EXTENSIONS)
        ),
        matters_to_address=lambda user: matters_to_address(user=user),
        matters_answered=lambda user: entries_of(Register.MATTERS, user=user).filter(
            state=MatterState.ANSWERED
        ),
    )
)

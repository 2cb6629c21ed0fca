"""Messages: what each recipient is told by each channel, and which of them are to go out."""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db.models import Max, Q, QuerySet

from agencies.models import AgencyRobot
from progress.models import (
    SUBJECT_COLUMNS,
    UNREACHABLE,
    Audience,
    Channel,
    MatterState,
    ReminderItem,
    ReminderState,
)
from progress.reminders.owed import Owed, OwedItem, Recipient
from progress.steps import Steps

# What is in a message that went out, waits, or was given up: it has been told, or will be.
TOLD = (
    ReminderState.OWED,
    ReminderState.CLAIMED,
    ReminderState.SENT,
    ReminderState.FAILED,
)

# What is unique within a day: the channel, and a person, or an agency and as whom it is told.
Key = tuple[str, int | None, int | None, str]
# What a recipient was told of by a channel: an item's key, and its due date.
Told = Mapping[tuple[Key, tuple[str, int, int, int, int, int], dt.date], int]


@dataclass(frozen=True, slots=True)
class Message:
    """What one recipient is told by one channel on one day."""

    recipient: Recipient
    channel: Channel
    items: tuple[OwedItem, ...]

    @property
    def key(self) -> Key:
        """What is unique within a day, as the table's constraints have it."""
        return key_to(self.channel, self.recipient)


def key_of(channel: str, user_id: int | None, agency_id: int | None, audience: str) -> Key:
    return (channel, user_id, None, "") if user_id else (channel, None, agency_id, audience)


def key_to(channel: str, recipient: Recipient) -> Key:
    """The key of the recipient's message by a channel; a robot tells a person's whole agency."""
    user_id = None if channel == Channel.ROBOT else recipient.user_id
    return key_of(channel, user_id, recipient.agency_id, recipient.audience)


def messages_of(owed: Iterable[Owed]) -> list[Message]:
    """One digest for each recipient and channel.

    A person has the inbox, and mail where they have an address; an agency without people, mail. An
    agency with a group robot is told by it besides, once of what any of its people have to do. One
    statement.
    """
    owed = list(owed)
    by_recipient: dict[Recipient, list[OwedItem]] = {}
    for entry in owed:
        by_recipient.setdefault(entry.recipient, []).append(entry.item)
    messages = []
    for recipient, found in by_recipient.items():
        items = tuple(found)
        if recipient.user_id is not None:
            messages.append(Message(recipient, Channel.INBOX, items))
        if recipient.user_id is None or recipient.address:
            messages.append(Message(recipient, Channel.MAIL, items))
    return [*messages, *_messages_to_groups(owed)]


def _messages_to_groups(owed: Iterable[Owed]) -> list[Message]:
    robots = {robot.agency_id: robot for robot in AgencyRobot.objects.in_use()}
    groups: dict[int, Recipient] = {}
    items: dict[int, dict[tuple[str | int, ...], OwedItem]] = {}
    for entry in owed:
        told = entry.recipient
        robot = robots.get(told.agency_id) if told.agency_id is not None else None
        if robot is None or told.audience != Audience.AGENCY or entry.item.escalated:
            continue
        pk = robot.agency_id
        groups[pk] = Recipient(pk, told.agency_name, address=robot.name)
        items.setdefault(pk, {})[entry.item.key] = entry.item
    return [
        Message(group, Channel.ROBOT, tuple(sorted(items[pk].values(), key=_by_due_date)))
        for pk, group in groups.items()
    ]


def _by_due_date(item: OwedItem) -> tuple[dt.date, int]:
    return item.due_on, item.task_number or 0


def steps_told(*, today: dt.date) -> Told:
    """On which day, in working days from the due date, each recipient was last told of each thing.

    By messages of other days than today, whose own are written once anyway. One statement, of what
    no closed period and no closed matter has ended.
    """
    items = ReminderItem.objects.filter(period__closed_at=None).exclude(
        matter__state=MatterState.CLOSED
    )
    return _told(items.exclude(reminder__day=today))


def steps_told_before(day: dt.date, *, of: Collection[int]) -> Told:
    """As `steps_told`, by messages of days before this one, closed or not; of the periods and tasks
    that the reminders `of` (ids) are about, and of all that has no task."""
    said = ReminderItem.objects.filter(reminder__in=of).exclude(task=None)
    about = Q(task=None) | Q(task__in=said.values("task"))
    periods = Q(period=None) | Q(period__in=said.exclude(period=None).values("period"))
    return _told(ReminderItem.objects.filter(about & periods, reminder__day__lt=day))


def _told(items: QuerySet[ReminderItem]) -> Told:
    # Whom nobody could reach was told nothing, which counts once there is an address.
    told_nobody = Q(reminder__answer=UNREACHABLE, reminder__agency__contact_email__gt="")
    last_of_each = (
        items.filter(~told_nobody, reminder__state__in=TOLD)
        .order_by()
        .values_list(
            *(f"reminder__{name}" for name in ("channel", "user", "agency", "audience")),
            "due_on",
            "rule",
            *SUBJECT_COLUMNS,
        )
        .annotate(last=Max("step"))
    )
    return {
        (key_of(channel, user_id, agency_id, audience), (rule, *(pk or 0 for pk in ids)), due): last
        for channel, user_id, agency_id, audience, due, rule, *ids, last in last_of_each
    }


def messages_due(messages: Iterable[Message], *, told: Told, steps: Steps) -> list[Message]:
    """Those that are to go out: for something in them a step was crossed since it was told.

    Each lists all that its recipient owes, also what they have been told before.
    """
    return [
        message
        for message in messages
        if any(
            steps.is_crossed(
                item.step,
                told=told.get((message.key, item.key, item.due_on)),
            )
            for item in message.items
        )
    ]

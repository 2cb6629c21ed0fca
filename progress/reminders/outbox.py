"""The outbox: what is owed becomes rows, and a row is claimed by one sender. With `by_hand` and
`passing_on` the only writer of `Reminder` and `ReminderItem`.

A row goes owed -> claimed -> sent. An attempt that fails makes it owed again, for a later moment
and with the server's answer, until there were too many: then it has failed. What has nothing to say
any more is cancelled with the reason. A claim runs out: what a dead sender held is taken over.
"""

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from progress.models import (
    UNREACHABLE,
    Audience,
    Channel,
    Policy,
    Reminder,
    ReminderItem,
    ReminderQuerySet,
    ReminderState,
)
from progress.reminders.collecting import without_collecting
from progress.reminders.messages import Message, key_of
from progress.reminders.owed import (
    Day,
    OwedItem,
    owed_item_of,
    standing_of_items,
    step_on,
)
from progress.workdays import WorkCalendar

# How long after each failed attempt the next one follows: an address that a server refuses for a
# moment is tried soon, one that stays refused seldom, and after the last it has failed.
DELAYS = (
    dt.timedelta(minutes=10),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=8),
)
MOST_ATTEMPTS = len(DELAYS) + 1
# Longer than any job may run (see the time limits in the settings).
CLAIM_HOLDS = dt.timedelta(minutes=15)

# In English, as UNREACHABLE is.
SUPERSEDED = gettext_noop("Superseded by the message of a later day.")
NO_LONGER_OWED = gettext_noop("Nothing of it was owed any more when it could be sent.")
NOBODY_LEFT = gettext_noop("The recipient's account is no longer active.")
NO_COORDINATOR = gettext_noop("The recipient is a coordinator no more.")
ADDRESS_GONE = gettext_noop("The recipient no longer has an e-mail address.")
ROBOT_GONE = gettext_noop("The agency no longer has a group robot.")
PASSED_ON = gettext_noop("The agency has been merged; its successor is told.")
INTERRUPTED = gettext_noop("Sending was interrupted; it may or may not have arrived.")


@dataclass(frozen=True, slots=True)
class Claim:
    """A row in this sender's hands, with what is still owed of it on the day it is sent."""

    reminder: Reminder
    items: tuple[OwedItem, ...]
    today: dt.date


# bulk_create does not say which rows are new, and on SQLite it takes more statements the more rows
# there are. What was found goes in as one JSON value, which each database unfolds in its own way.
ROWS = {
    "channel": "text",
    "user_id": "bigint",
    "agency_id": "bigint",
    "audience": "text",
    "address": "text",
    "state": "text",
    "answer": "text",
}
REMINDERS_INSERT = """
    INSERT INTO progress_reminder
        (day, channel, audience, agency_id, user_id, address, state, recorded_at, attempts, answer,
         note)
    SELECT %s, channel, audience, agency_id, user_id, address, state, %s, 0, answer, ''
    FROM given WHERE true
    ON CONFLICT DO NOTHING
    RETURNING id
"""
# A recipient's items are given once, and which rows they are told by: `place` says whose they are.
# Those that differ by their tasks alone stand together, since many thousands may be written.
ALIKE = {
    "rule": "text",
    "agency_id": "bigint",
    "period_id": "bigint",
    "matter_id": "bigint",
    "undelivered_id": "bigint",
    "due_on": "date",
    "step": "smallint",
    "escalated": "boolean",
}
ITEMS = {"place": "integer", "tasks": "jsonb", **ALIKE}
_ALL_BUT_TASK = attrgetter(*ALIKE)
TOLD_BY = {"place": "integer", "reminder_id": "bigint", "is_empty": "boolean"}
EACH_TASK = {
    "sqlite": "json_each(given.tasks) AS task",
    "postgresql": "LATERAL jsonb_array_elements_text(given.tasks) AS task(value)",
}
# A row that waits takes up what has come to be owed since it was recorded; one that was sent keeps
# what it said. Whether a row has items yet is asked before: SQLite keeps aside what it would insert
# into a table that it reads at the same time.
ITEMS_INSERT = """
    INSERT INTO progress_reminderitem
        (reminder_id, rule, agency_id, task_id, period_id, matter_id, undelivered_id, due_on, step,
         escalated)
    SELECT reminder.id, given.rule, given.agency_id, CAST(task.value AS bigint), given.period_id,
           given.matter_id, given.undelivered_id, given.due_on, given.step, given.escalated
    FROM given
    JOIN told_by ON told_by.place = given.place
    JOIN progress_reminder AS reminder ON reminder.id = told_by.reminder_id
    CROSS JOIN {each_task}
    WHERE reminder.state = 'owed' OR told_by.is_empty
    ON CONFLICT DO NOTHING
"""


def _unfolded(name: str, columns: Mapping[str, str]) -> str:
    """A JSON parameter as rows of these columns, for a WITH."""
    if connection.vendor == "sqlite":
        fields = ", ".join(f"json_extract(value, '$.{one}') AS {one}" for one in columns)
        rows = f"SELECT {fields} FROM json_each(%s)"  # noqa: S608 # nosec B608 # names of ours
    else:
        fields = ", ".join(f"{one} {kind}" for one, kind in columns.items())
        given = "jsonb_to_recordset(CAST(%s AS jsonb))"
        rows = f"SELECT * FROM {given} AS fields({fields})"  # noqa: S608 # nosec B608 # the same
    return f"{name} AS MATERIALIZED ({rows})"


@without_collecting()
def reminders_record(*, messages: Iterable[Message], today: dt.date, now: dt.datetime) -> int:
    """Write the day's rows that are not there yet, and return how many there were.

    Rows and items are written together, five statements however many there are. The unique
    constraints decide between runs at the same time: the second one waits for the first and finds
    its rows. Rows of earlier days that still wait are cancelled where today's takes up what is owed
    of them, so that mail which waited over a weekend arrives once.
    """
    with transaction.atomic():
        recorded = len(reminders_write(messages=messages, day=today, now=now))
        superseded_cancel()
    return recorded


def reminders_write(
    *, messages: Iterable[Message], day: dt.date, now: dt.datetime
) -> frozenset[int]:
    """Write the rows of `day` that are not there yet and the items of those that wait.

    Returns the ids of the new rows. Three statements; runs within the caller's transaction.
    """
    messages = list(messages)
    day_value = connection.ops.adapt_datefield_value(day)
    moment = connection.ops.adapt_datetimefield_value(now)
    rows = json.dumps([_row_of(message) for message in messages])
    with connection.cursor() as cursor:
        given = f"WITH {_unfolded('given', ROWS)}"
        cursor.execute(given + REMINDERS_INSERT, [rows, day_value, moment])
        recorded = frozenset(pk for (pk,) in cursor.fetchall())
        items, told_by = _items_of(messages, day)
        given = f"WITH {_unfolded('given', ITEMS)}, {_unfolded('told_by', TOLD_BY)}"
        insert = ITEMS_INSERT.format(each_task=EACH_TASK[connection.vendor])
        cursor.execute(given + insert, [json.dumps(items, default=str), json.dumps(told_by)])
    return recorded


Given = list[dict[str, Any]]


def _items_of(messages: Iterable[Message], day: dt.date) -> tuple[Given, Given]:
    """What is owed, once for those channels that tell the same of it, and the rows of the day that
    tell it. One statement."""
    has_items = Exists(ReminderItem.objects.filter(reminder=OuterRef("pk")))
    stored = {
        key_of(channel, user_id, agency_id, audience): {"reminder_id": pk, "is_empty": is_empty}
        for pk, channel, user_id, agency_id, audience, is_empty in Reminder.objects.filter(day=day)
        .order_by()
        .values_list("pk", "channel", "user", "agency", "audience", ~has_items)
    }
    # By the tuple itself, which a recipient's channels share: comparing thousands of items is slow.
    by_items: dict[int, tuple[tuple[OwedItem, ...], list[dict[str, int]]]] = {}
    for message in messages:
        _items, rows = by_items.setdefault(id(message.items), (message.items, []))
        rows.append(stored[message.key])
    tasks: dict[tuple[int, tuple[Any, ...]], list[int | None]] = {}
    for place, (owed, _rows) in enumerate(by_items.values()):
        for item in owed:
            tasks.setdefault((place, _ALL_BUT_TASK(item)), []).append(item.task_id)
    items: Given = [
        {"place": place, "tasks": its_tasks, **dict(zip(ALIKE, alike, strict=True))}
        for (place, alike), its_tasks in tasks.items()
    ]
    told_by: Given = [
        {"place": place, **row}
        for place, (_owed, rows) in enumerate(by_items.values())
        for row in rows
    ]
    return items, told_by


def claimable(*, now: dt.datetime) -> Q:
    """The rows that may be sent now: those that wait for no later moment, and those whose sender
    has held them for too long to be still alive."""
    return (Q(state=ReminderState.OWED) & (Q(try_after=None) | Q(try_after__lte=now))) | Q(
        state=ReminderState.CLAIMED, claimed_until__lte=now
    )


def reminder_claim(
    *, reminder_id: int, today: dt.date, now: dt.datetime, calendar: WorkCalendar
) -> Claim | None:
    """Take a row for sending on `today`, or None where there is nothing to send.

    What is owed is looked at again in the same transaction: a row of which nothing is owed any more
    is cancelled, and items settled since are dropped from one of which something is; the others are
    as near their due date as they are now. The attempt is counted before anything is sent, so that
    two senders never have the same row.
    """
    with transaction.atomic():
        reminder = (
            Reminder.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("user", "agency__robot")
            .filter(claimable(now=now), pk=reminder_id)
            .first()
        )
        if reminder is None:
            return None
        day = Day(today, Policy.current(), calendar)
        owed, settled = standing_of_items(reminder, day)
        reason = _reason_to_cancel(reminder) or ("" if owed else NO_LONGER_OWED)
        if reason:
            reminder.state, reminder.answer = ReminderState.CANCELLED, reason
            reminder.try_after = reminder.claimed_until = None
            reminder.save(update_fields=["state", "answer", "try_after", "claimed_until"])
            return None
        reminder.items.filter(pk__in=[item.pk for item in settled]).delete()
        if reminder.day != today:
            for item in owed:
                item.step = step_on(item.due_on, today=today, calendar=calendar)
            ReminderItem.objects.bulk_update(owed, ["step"])
        reminder.address = _address_of(reminder)
        reminder.state, reminder.try_after = ReminderState.CLAIMED, None
        reminder.claimed_until = now + CLAIM_HOLDS
        reminder.attempts += 1
        reminder.save(update_fields=["state", "attempts", "address", "try_after", "claimed_until"])
    return Claim(reminder, tuple(owed_item_of(item) for item in owed), today)


def _address_of(reminder: Reminder) -> str:
    """Where the row goes as things are now; a contact address that was removed stays the last that
    is known, as that of a merged agency does."""
    user, agency = reminder.user, reminder.agency
    if reminder.channel == Channel.INBOX:
        return ""
    if user is not None:
        return user.email
    assert agency is not None
    if reminder.channel == Channel.ROBOT:
        return agency.robot.name
    if reminder.audience == Audience.LEADER:
        return agency.leader_email
    return agency.contact_email or reminder.address


def reminder_sent(*, reminder: Reminder, now: dt.datetime) -> None:
    """Record that the claimed row's message has gone out."""
    reminder.state, reminder.sent_at, reminder.answer = ReminderState.SENT, now, ""
    _release(reminder)


def reminder_failed(*, reminder: Reminder, answer: str, now: dt.datetime) -> None:
    """Record that the claimed row's message could not be sent, and what was answered.

    It is tried again after a while that grows with every attempt; after the last it has failed.
    """
    reminder.answer = answer
    if reminder.attempts < MOST_ATTEMPTS:
        reminder.state = ReminderState.OWED
        reminder.try_after = now + DELAYS[reminder.attempts - 1]
    else:
        reminder.state = ReminderState.FAILED
    _release(reminder)


def reminder_unsaid(*, reminder: Reminder, answer: str) -> None:
    """Record that the claimed row's message could not even be begun, which blames no address.

    The attempt is taken back, and the next run tries again. A claim that ran out is still told from
    a later one: whoever took it over has counted one more, and takes back no more than their own.
    """
    reminder.state, reminder.answer = ReminderState.OWED, answer
    _release(reminder, attempts=reminder.attempts - 1)


def _release(reminder: Reminder, **others: int) -> None:
    """Write what became of a claimed row, unless its claim ran out and somebody else has taken it
    over since: then theirs is the word. The attempt tells whose claim it is."""
    reminder.claimed_until = None
    held = Reminder.objects.filter(
        pk=reminder.pk, state=ReminderState.CLAIMED, attempts=reminder.attempts
    )
    held.update(
        **{
            field: getattr(reminder, field)
            for field in ("state", "sent_at", "answer", "try_after", "claimed_until")
        },
        **others,
    )


def reminders_left(*, waiting: ReminderQuerySet, answer: str) -> None:
    """Record why these rows that wait were not tried: the server that they go through failed.

    No attempt is counted: no address has failed, and every later run tries again.
    """
    waiting.filter(state=ReminderState.OWED).update(answer=answer)


def reminders_waiting(*, today: dt.date, now: dt.datetime) -> ReminderQuerySet:
    """The rows of today and of days before that may be sent now."""
    return Reminder.objects.filter(claimable(now=now), day__lte=today)


def _row_of(message: Message) -> dict[str, str | int | None]:
    recipient = message.recipient
    reachable = recipient.is_reachable
    return {
        "channel": message.channel,
        "user_id": recipient.user_id,
        "agency_id": recipient.agency_id,
        "audience": recipient.audience,
        "address": "" if message.channel == Channel.INBOX else recipient.address,
        "state": ReminderState.OWED if reachable else ReminderState.FAILED,
        "answer": "" if reachable else UNREACHABLE,
    }


def _reason_to_cancel(reminder: Reminder) -> str:
    user = reminder.user
    if user is None:
        # Recorded by a run that found it before a merger that was done first.
        assert reminder.agency is not None
        if reminder.agency.has_ended:
            return PASSED_ON
        if reminder.channel == Channel.ROBOT:
            return "" if hasattr(reminder.agency, "robot") else ROBOT_GONE
        is_gone = reminder.audience == Audience.LEADER and not reminder.agency.leader_email
        return ADDRESS_GONE if is_gone else ""
    if not user.is_active:
        return NOBODY_LEFT
    if reminder.audience == Audience.OFFICE and not user.is_coordinator:
        return NO_COORDINATOR
    if reminder.channel == Channel.MAIL and not user.email:
        return ADDRESS_GONE
    return ""


def superseded_cancel() -> None:
    """Cancel what still waits of a day whose message one of a later day takes up."""
    later = Reminder.objects.filter(day__gt=OuterRef("day"), channel=OuterRef("channel"))
    waiting = Reminder.objects.filter(state=ReminderState.OWED)
    waiting.filter(
        Exists(later.filter(user=OuterRef("user")))
        | (
            Q(user=None)
            & Exists(
                later.filter(user=None, agency=OuterRef("agency"), audience=OuterRef("audience"))
            )
        )
    ).update(state=ReminderState.CANCELLED, answer=SUPERSEDED, try_after=None)


def reminder_read(*, reminder: Reminder, now: dt.datetime) -> None:
    """Record that its recipient has read it; the first time counts."""
    Reminder.objects.filter(pk=reminder.pk, read_at=None).update(read_at=now)

"""The outbox: what is owed becomes rows, and a row is claimed by one sender. With `by_hand` the
only writer of `Reminder` and `ReminderItem`.

A row goes owed -> sent, or failed with the server's answer, or cancelled with the reason. One that
is owed with an attempt counted is in a sender's hands; nobody else takes it.
"""

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_noop

from agencies.models import AGENCY_ROLES, Agency, User
from progress.models import Channel, Reminder, ReminderQuerySet, ReminderState
from progress.reminders.owed import (
    Owed,
    OwedItem,
    Recipient,
    owed_item_of,
    standing_of_items,
)

MOST_ATTEMPTS = 3

# Kept in English: the ledger outlives the language in which a run happened to work, and whoever
# shows an answer to a person translates it then.
UNREACHABLE = gettext_noop(
    "Nobody can be reached: the agency has no active account and no contact address."
)
SUPERSEDED = gettext_noop("Superseded by the message of a later day.")
NO_LONGER_OWED = gettext_noop("Nothing of it was owed any more when it could be sent.")
NOBODY_LEFT = gettext_noop("The recipient's account is no longer active.")
ADDRESS_GONE = gettext_noop("The recipient no longer has an e-mail address.")
PASSED_ON = gettext_noop("The agency has been merged; its successor is told.")
INTERRUPTED = gettext_noop("Sending was interrupted; it may or may not have arrived.")

# An address that failed is tried again later the same day, a few times. A row without an account
# and an address failed when it was recorded, and no attempt can change that.
CLAIMABLE = Q(state=ReminderState.OWED, attempts=0) | (
    Q(state=ReminderState.FAILED, attempts__lt=MOST_ATTEMPTS)
    & (Q(user__isnull=False) | ~Q(address=""))
)

Key = tuple[str, int | None, int | None]


@dataclass(frozen=True, slots=True)
class Message:
    """What one recipient is told by one channel on one day."""

    recipient: Recipient
    channel: Channel
    items: tuple[OwedItem, ...]

    @property
    def key(self) -> Key:
        """What is unique within a day, as the table's constraints have it."""
        return key_of(self.channel, self.recipient.user_id, self.recipient.agency_id)


@dataclass(frozen=True, slots=True)
class Claim:
    """A row in this sender's hands, with what is still owed of it."""

    reminder: Reminder
    items: tuple[OwedItem, ...]


def key_of(channel: str, user_id: int | None, agency_id: int) -> Key:
    return (channel, user_id, None if user_id else agency_id)


def messages_of(owed: Iterable[Owed]) -> list[Message]:
    """One digest for each recipient and channel.

    A person has the inbox, and mail where they have an address; an agency without people, mail.
    """
    by_recipient: dict[Recipient, list[OwedItem]] = {}
    for entry in owed:
        by_recipient.setdefault(entry.recipient, []).append(entry.item)
    messages = []
    for recipient, items in by_recipient.items():
        if recipient.user_id is not None:
            messages.append(Message(recipient, Channel.INBOX, tuple(items)))
        if recipient.user_id is None or recipient.address:
            messages.append(Message(recipient, Channel.MAIL, tuple(items)))
    return messages


# bulk_create does not say which rows are new, and on SQLite it takes more statements the more rows
# there are. What was found goes in as one JSON value, which each database unfolds in its own way.
GIVEN = {
    "sqlite": """
        WITH given AS (
            SELECT json_extract(value, '$.channel') AS channel,
                   json_extract(value, '$.user_id') AS user_id,
                   json_extract(value, '$.agency_id') AS agency_id,
                   json_extract(value, '$.address') AS address,
                   json_extract(value, '$.state') AS state,
                   json_extract(value, '$.answer') AS answer,
                   json_extract(value, '$.rule') AS rule,
                   json_extract(value, '$.task_id') AS task_id,
                   json_extract(value, '$.period_id') AS period_id,
                   json_extract(value, '$.step') AS step
            FROM json_each(%s)
        )
    """,
    "postgresql": """
        WITH given AS (
            SELECT * FROM jsonb_to_recordset(CAST(%s AS jsonb)) AS fields(
                channel text, user_id bigint, agency_id bigint, address text, state text,
                answer text, rule text, task_id bigint, period_id bigint, step smallint
            )
        )
    """,
}
REMINDERS_INSERT = """
    INSERT INTO progress_reminder
        (day, channel, agency_id, user_id, address, state, recorded_at, attempts, answer, note)
    SELECT %s, channel, agency_id, user_id, address, state, %s, 0, answer, ''
    FROM given WHERE true
    ON CONFLICT DO NOTHING
    RETURNING id
"""
# A row that waits takes up what has come to be owed since it was recorded; one that was sent keeps
# what it said.
ITEMS_INSERT = """
    INSERT INTO progress_reminderitem (reminder_id, rule, task_id, period_id, due_on, step)
    SELECT reminder.id, given.rule, given.task_id, given.period_id, period.due_on, given.step
    FROM given
    JOIN progress_reminder AS reminder
      ON reminder.day = %s AND reminder.channel = given.channel
     AND (reminder.user_id = given.user_id
          OR (reminder.user_id IS NULL AND given.user_id IS NULL
              AND reminder.agency_id = given.agency_id))
    JOIN progress_reportingperiod AS period ON period.id = given.period_id
    WHERE (reminder.state = 'owed' AND reminder.attempts = 0)
       OR NOT EXISTS (
           SELECT 1 FROM progress_reminderitem AS item WHERE item.reminder_id = reminder.id)
    ON CONFLICT DO NOTHING
"""


def reminders_record(*, messages: Iterable[Message], today: dt.date, now: dt.datetime) -> int:
    """Write the day's rows that are not there yet, and return how many there were.

    Rows and items are written together, four statements however many there are. The unique
    constraints decide between runs at the same time: the second one waits for the first and finds
    its rows. Rows of earlier days that still wait are cancelled: what is owed of them stands in
    today's, so that mail which waited over a weekend arrives once.
    """
    with transaction.atomic():
        recorded = len(reminders_write(messages=messages, day=today, now=now))
        outdated_cancel(today=today)
    return recorded


def reminders_write(
    *, messages: Iterable[Message], day: dt.date, now: dt.datetime
) -> frozenset[int]:
    """Write the rows of `day` that are not there yet and the items of those that wait.

    Returns the ids of the new rows. Two statements; runs within the caller's transaction.
    """
    messages = list(messages)
    rows = [_row_of(message) for message in messages]
    items = [
        {
            "channel": message.channel,
            "user_id": message.recipient.user_id,
            "agency_id": message.recipient.agency_id,
            "rule": item.rule,
            "task_id": item.task_id,
            "period_id": item.period_id,
            "step": item.step,
        }
        for message in messages
        for item in message.items
    ]
    given = GIVEN[connection.vendor]
    day_value = connection.ops.adapt_datefield_value(day)
    moment = connection.ops.adapt_datetimefield_value(now)
    with connection.cursor() as cursor:
        cursor.execute(given + REMINDERS_INSERT, [json.dumps(rows), day_value, moment])
        recorded = frozenset(pk for (pk,) in cursor.fetchall())
        cursor.execute(given + ITEMS_INSERT, [json.dumps(items), day_value])
    return recorded


def reminder_claim(*, reminder_id: int) -> Claim | None:
    """Take a row for sending, or None where there is nothing to send.

    What is owed is looked at again in the same transaction: a row of which nothing is owed any more
    is cancelled, and items settled since are dropped from one of which something is. The attempt is
    counted before anything is sent, so that two senders never have the same row.
    """
    with transaction.atomic():
        reminder = (
            Reminder.objects.select_for_update(skip_locked=True, of=("self",))
            .select_related("user", "agency")
            .filter(CLAIMABLE, pk=reminder_id)
            .first()
        )
        if reminder is None:
            return None
        owed, settled = standing_of_items(reminder)
        reason = _reason_to_cancel(reminder) or ("" if owed else NO_LONGER_OWED)
        if reason:
            reminder.state, reminder.answer = ReminderState.CANCELLED, reason
            reminder.save(update_fields=["state", "answer"])
            return None
        reminder.items.filter(pk__in=[item.pk for item in settled]).delete()
        if reminder.user is not None and reminder.channel == Channel.MAIL:
            reminder.address = reminder.user.email
        reminder.state = ReminderState.OWED
        reminder.attempts += 1
        reminder.save(update_fields=["state", "attempts", "address"])
    return Claim(reminder, tuple(owed_item_of(item) for item in owed))


def reminder_sent(*, reminder: Reminder, now: dt.datetime) -> None:
    """Record that the claimed row's message has gone out."""
    reminder.state, reminder.sent_at, reminder.answer = ReminderState.SENT, now, ""
    reminder.save(update_fields=["state", "sent_at", "answer"])


def reminder_failed(*, reminder: Reminder, answer: str) -> None:
    """Record that the claimed row's message could not be sent, and what was answered."""
    reminder.state, reminder.answer = ReminderState.FAILED, answer
    reminder.save(update_fields=["state", "answer"])


def mails_failed(*, today: dt.date, answer: str) -> int:
    """Record that the mail server could not be reached for what is left; return how many.

    No attempt is counted: no address has failed, and every later run of the day tries again.
    """
    return (
        Reminder.objects.filter(CLAIMABLE, day=today, channel=Channel.MAIL)
        .exclude(user__isnull=True, address="")
        .update(state=ReminderState.FAILED, answer=answer)
    )


def reminders_waiting_for(agency: Agency, *, today: dt.date) -> ReminderQuerySet:
    """The rows of today, and of the day for which mail waits, that are still to be sent to the
    agency or its people."""
    return Reminder.objects.filter(CLAIMABLE, agency=agency, day__gte=today)


def reminders_pass_on(*, agency: Agency, successor: Agency, today: dt.date) -> None:
    """Let what waits for a merged agency go to its successor; nobody is told twice.

    Its people keep what is theirs. A message to its contact address goes to the successor's, unless
    that one has people, whom the day's next run tells, or a message of the day already, which takes
    up what was in this one.
    """
    waiting = reminders_waiting_for(agency, today=today).select_for_update(of=("self",))
    rows = list(waiting.order_by("pk"))
    Reminder.objects.filter(pk__in=[one.pk for one in rows if one.user_id]).update(agency=successor)
    has_people = User.objects.filter(
        agency=successor, role__in=AGENCY_ROLES, is_active=True
    ).exists()
    for row in (one for one in rows if one.user_id is None):
        own = Reminder.objects.filter(
            day=row.day, channel=row.channel, user=None, agency=successor
        ).first()
        if not has_people and own is None:
            row.agency = successor
            row.address = successor.contact_email or row.address
            row.save(update_fields=["agency", "address"])
            continue
        if own is not None and (own.state, own.attempts) == (ReminderState.OWED, 0):
            told = set(own.items.values_list("rule", "task_id", "period_id"))
            for item in row.items.all():
                if (item.rule, item.task_id, item.period_id) not in told:
                    item.reminder = own
                    item.save(update_fields=["reminder"])
        row.state, row.answer = ReminderState.CANCELLED, PASSED_ON
        row.save(update_fields=["state", "answer"])


def _row_of(message: Message) -> dict[str, str | int | None]:
    recipient = message.recipient
    reachable = recipient.is_reachable
    return {
        "channel": message.channel,
        "user_id": recipient.user_id,
        "agency_id": recipient.agency_id,
        "address": recipient.address if message.channel == Channel.MAIL else "",
        "state": ReminderState.OWED if reachable else ReminderState.FAILED,
        "answer": "" if reachable else UNREACHABLE,
    }


def _reason_to_cancel(reminder: Reminder) -> str:
    user = reminder.user
    if user is None:
        # Recorded by a run that found it before a merger that was done first.
        return PASSED_ON if reminder.agency.has_ended else ""
    if not user.is_active:
        return NOBODY_LEFT
    if reminder.channel == Channel.MAIL and not user.email:
        return ADDRESS_GONE
    return ""


def outdated_cancel(*, today: dt.date) -> None:
    """Cancel what still waits of earlier days, or of a day whose message a later one takes up."""
    later = Reminder.objects.filter(day__gt=OuterRef("day"), channel=OuterRef("channel"))
    waiting = Reminder.objects.filter(state=ReminderState.OWED)
    waiting.filter(
        Exists(later.filter(user=OuterRef("user")))
        | (Q(user=None) & Exists(later.filter(user=None, agency=OuterRef("agency"))))
    ).update(state=ReminderState.CANCELLED, answer=SUPERSEDED)
    waiting.filter(day__lt=today).update(state=ReminderState.CANCELLED, answer=NO_LONGER_OWED)


def reminder_read(*, reminder: Reminder, now: dt.datetime) -> None:
    """Record that its recipient has read it; the first time counts."""
    Reminder.objects.filter(pk=reminder.pk, read_at=None).update(read_at=now)

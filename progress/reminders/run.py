"""A run: find what is owed, record it, send what may be sent. The job and the command call it."""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from smtplib import SMTPException, SMTPServerDisconnected

from django.db import models
from django.utils import timezone

from progress.models import Channel, Policy, Reminder, ReminderState
from progress.reminders.channels import MailRun, mail_message
from progress.reminders.outbox import (
    CLAIMABLE,
    UNREACHABLE,
    Message,
    mails_failed,
    messages_of,
    reminder_claim,
    reminder_failed,
    reminder_sent,
    reminders_record,
)
from progress.reminders.owed import OwedItem, Recipient, reports_owed
from progress.workdays import WorkCalendar

logger = logging.getLogger(__name__)


class Result(models.TextChoices):
    """What became of one message in this run; for a log, so English and not translated."""

    WOULD_BE_SENT = "would be sent"
    SENT = "sent"
    ALREADY_SENT = "sent before"
    WAITS = "waits"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Line:
    """One recipient, one channel: what they are owed to be told, and what became of it."""

    recipient: Recipient
    channel: Channel
    items: tuple[OwedItem, ...]
    result: Result
    answer: str = ""


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a run found and did. `waits_until` is None where mail may go out now."""

    today: dt.date
    dry_run: bool
    lines: Sequence[Line]
    recorded: int
    waits_until: dt.datetime | None

    def count(self, result: Result) -> int:
        return sum(line.result == result for line in self.lines)


def moment_on(day: dt.date, *, now: dt.datetime) -> dt.datetime:
    """`day` at the time of day of `now`, in the product's time zone."""
    return timezone.make_aware(dt.datetime.combine(day, timezone.localtime(now).time()))


def reminders_run(*, now: dt.datetime, dry_run: bool = False) -> RunOutcome:
    """Record what is owed at `now`, and send what may be sent; with `dry_run` only say so.

    The inbox is quiet, so its messages are delivered at once; mail goes out on working days within
    the hours of Policy and waits otherwise, which is no error. A second run on the same day records
    and sends nothing new.
    """
    today = timezone.localdate(now)
    policy, calendar = Policy.current(), WorkCalendar.load()
    messages = messages_of(reports_owed(today=today, policy=policy, calendar=calendar))
    waits_until = sending_waits_until(now=now, policy=policy, calendar=calendar)
    if dry_run:
        sent = _states(today)
        lines = [_foretold(message, sent, waits_until) for message in messages]
        return RunOutcome(today, dry_run, lines, 0, waits_until)
    recorded = reminders_record(messages=messages, today=today, now=now)
    fresh = _deliver_inbox(today=today, now=now)
    if waits_until is None:
        fresh |= _send_mails(today=today, now=now)
    lines = _lines_of(messages, _states(today), fresh)
    return RunOutcome(today, dry_run, lines, recorded, waits_until)


def sending_waits_until(
    *, now: dt.datetime, policy: Policy, calendar: WorkCalendar
) -> dt.datetime | None:
    """When mail may go out again; None if it may now: on working days, within Policy's hours."""
    local = timezone.localtime(now)
    day, time = local.date(), local.time()
    if calendar.is_working(day):
        if policy.send_from <= time < policy.send_until:
            return None
        if time < policy.send_from:
            return timezone.make_aware(dt.datetime.combine(day, policy.send_from))
    return timezone.make_aware(dt.datetime.combine(calendar.add(day, 1), policy.send_from))


# --- Sending --------------------------------------------------------------------------------


def _deliver_inbox(*, today: dt.date, now: dt.datetime) -> set[int]:
    """Put what waits into the inboxes; returns the rows that were delivered now."""
    delivered = set()
    for pk in _claimable(today, Channel.INBOX):
        claim = reminder_claim(reminder_id=pk)
        if claim is not None:
            reminder_sent(reminder=claim.reminder, now=now)
            delivered.add(pk)
    return delivered


def _send_mails(*, today: dt.date, now: dt.datetime) -> set[int]:
    """Send what waits, one row at a time; one failing address never holds up the others."""
    sent = set()
    mails = MailRun()
    try:
        for pk in _claimable(today, Channel.MAIL):
            claim = reminder_claim(reminder_id=pk)
            if claim is None:
                continue
            try:
                mails.send(mail_message(claim))
            except (ConnectionError, SMTPServerDisconnected, TimeoutError) as error:
                # The server, not the address: what is left fails alike, and later runs try again.
                answer = _answer_of(error)
                logger.warning("mail server cannot be reached: %s", answer)
                reminder_failed(reminder=claim.reminder, answer=answer)
                mails_failed(today=today, answer=answer)
                break
            except (OSError, SMTPException, ValueError) as error:
                answer = _answer_of(error)
                logger.warning("reminder %s was not sent: %s", claim.reminder.pk, answer)
                reminder_failed(reminder=claim.reminder, answer=answer)
            else:
                reminder_sent(reminder=claim.reminder, now=now)
                sent.add(pk)
    finally:
        mails.close()
    return sent


def _claimable(today: dt.date, channel: Channel) -> list[int]:
    rows = Reminder.objects.filter(CLAIMABLE, day=today, channel=channel)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _answer_of(error: Exception) -> str:
    """What the server said, on one line and no longer than a person reads."""
    return " ".join(str(error).split())[:500] or type(error).__name__


# --- Telling --------------------------------------------------------------------------------

State = tuple[int, str, str]


def _states(today: dt.date) -> dict[tuple[str, int | None, int], State]:
    """Id, state and answer of the day's rows by channel, person and agency."""
    return {
        (channel, user_id, agency_id): (pk, state, answer)
        for pk, channel, user_id, agency_id, state, answer in Reminder.objects.filter(
            day=today
        ).values_list("pk", "channel", "user_id", "agency_id", "state", "answer")
    }


def _state_of(message: Message, states: dict[tuple[str, int | None, int], State]) -> State | None:
    recipient = message.recipient
    return states.get((message.channel, recipient.user_id, recipient.agency_id))


def _foretold(
    message: Message,
    states: dict[tuple[str, int | None, int], State],
    waits_until: dt.datetime | None,
) -> Line:
    state = _state_of(message, states)
    if not message.recipient.is_reachable:
        result = Result.UNREACHABLE
    elif state is not None and state[1] == ReminderState.SENT:
        result = Result.ALREADY_SENT
    elif message.channel == Channel.MAIL and waits_until is not None:
        result = Result.WAITS
    else:
        result = Result.WOULD_BE_SENT
    return Line(message.recipient, message.channel, message.items, result)


def _lines_of(
    messages: Sequence[Message],
    states: dict[tuple[str, int | None, int], State],
    fresh: set[int],
) -> list[Line]:
    lines = []
    for message in messages:
        state = _state_of(message, states)
        assert state is not None, "every message was recorded as a row"
        pk, stored, answer = state
        result = {
            ReminderState.SENT: Result.SENT if pk in fresh else Result.ALREADY_SENT,
            ReminderState.OWED: Result.WAITS,
            ReminderState.FAILED: Result.UNREACHABLE if answer == UNREACHABLE else Result.FAILED,
            ReminderState.CANCELLED: Result.CANCELLED,
        }[ReminderState(stored)]
        lines.append(Line(message.recipient, message.channel, message.items, result, answer))
    return lines

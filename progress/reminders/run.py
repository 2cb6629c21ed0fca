"""A run: find what is owed, record it, send what may be sent. The job and the command call it."""

import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from email.errors import MessageError
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.db import models, transaction
from django.utils import timezone

from progress.models import Channel, Policy, Reminder, ReminderState
from progress.reminders.channels import MailRun, mail_message
from progress.reminders.outbox import (
    CLAIMABLE,
    INTERRUPTED,
    UNREACHABLE,
    Key,
    Message,
    key_of,
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
    fresh = _deliver(now=now, mail_waits=waits_until is not None)
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


def reminders_deliver(*, now: dt.datetime) -> int:
    """Send what waits of today and may be sent now; nothing new is looked for.

    Returns how many messages went out. Any later `reminders_run` of the day does the same.
    """
    policy, calendar = Policy.current(), WorkCalendar.load()
    waits_until = sending_waits_until(now=now, policy=policy, calendar=calendar)
    return len(_deliver(now=now, mail_waits=waits_until is not None))


def _deliver(*, now: dt.datetime, mail_waits: bool) -> set[int]:
    today = timezone.localdate(now)
    fresh = _deliver_inbox(today=today, now=now)
    return fresh if mail_waits else fresh | _send_mails(today=today, now=now)


def _deliver_inbox(*, today: dt.date, now: dt.datetime) -> set[int]:
    """Put what waits into the inboxes; returns the rows that were delivered now."""
    delivered = set()
    for pk in _claimable(today, Channel.INBOX):
        with transaction.atomic():
            claim = reminder_claim(reminder_id=pk)
            if claim is not None:
                reminder_sent(reminder=claim.reminder, now=now)
                delivered.add(pk)
    return delivered


def _send_mails(*, today: dt.date, now: dt.datetime) -> set[int]:
    """Send what waits, one row at a time; returns the rows that were sent now.

    One failing address never holds up the others, and a server that cannot be used costs no
    address one of its attempts, however many runs find it so.
    """
    sent = set()
    mails = MailRun()
    try:
        for pk in _claimable(today, Channel.MAIL):
            try:
                mails.open()
            except (OSError, SMTPException) as error:
                answer = _answer_of(error)
                logger.warning("mail server cannot be used: %s", answer)
                mails_failed(today=today, answer=answer)
                break
            if _send_mail(mails, pk, now=now):
                sent.add(pk)
    finally:
        mails.close()
    return sent


def _send_mail(mails: MailRun, pk: int, *, now: dt.datetime) -> bool:
    """Send one row's mail and record what came of it; False where it was not sent."""
    claim = reminder_claim(reminder_id=pk)
    if claim is None:
        return False
    answer = INTERRUPTED
    try:
        mails.send(mail_message(claim))
        answer = ""
    except (OSError, SMTPException, MessageError, ValueError) as error:
        answer = _answer_of(error)
        logger.warning("reminder %s was not sent: %s", pk, answer)
    finally:
        # Also where Ctrl-C or a worker's time limit ends the run here: a row that stayed claimed
        # would be nobody's. Sent twice it has the same Message-ID, which mail programs fold.
        if answer:
            reminder_failed(reminder=claim.reminder, answer=answer)
        else:
            reminder_sent(reminder=claim.reminder, now=now)
    return not answer


def _claimable(today: dt.date, channel: Channel) -> list[int]:
    rows = Reminder.objects.filter(CLAIMABLE, day=today, channel=channel)
    return list(rows.order_by("pk").values_list("pk", flat=True))


def _answer_of(error: Exception) -> str:
    """What the server said, on one line and no longer than a person reads."""
    replies: list[tuple[int, bytes | str]] = []
    if isinstance(error, SMTPRecipientsRefused):
        replies = list(error.recipients.values())
    elif isinstance(error, SMTPResponseException):
        replies = [(error.smtp_code, error.smtp_error)]
    said = "; ".join(
        f"{code} {text.decode(errors='replace') if isinstance(text, bytes) else text}"
        for code, text in replies
    )
    return " ".join((said or str(error)).split())[:500] or type(error).__name__


# --- Telling --------------------------------------------------------------------------------

State = tuple[int, str, str]


def _states(today: dt.date) -> dict[Key, State]:
    """Id, state and answer of the day's rows, by what is unique within a day."""
    return {
        key_of(channel, user_id, agency_id): (pk, state, answer)
        for pk, channel, user_id, agency_id, state, answer in Reminder.objects.filter(
            day=today
        ).values_list("pk", "channel", "user_id", "agency_id", "state", "answer")
    }


def _foretold(
    message: Message,
    states: dict[Key, State],
    waits_until: dt.datetime | None,
) -> Line:
    state = states.get(message.key)
    if not message.recipient.is_reachable:
        result = Result.UNREACHABLE
    elif state is not None and state[1] == ReminderState.SENT:
        result = Result.ALREADY_SENT
    elif state is not None and state[1] == ReminderState.CANCELLED:
        result = Result.CANCELLED
    elif message.channel == Channel.MAIL and waits_until is not None:
        result = Result.WAITS
    else:
        result = Result.WOULD_BE_SENT
    return Line(message.recipient, message.channel, message.items, result)


def _lines_of(
    messages: Sequence[Message],
    states: dict[Key, State],
    fresh: set[int],
) -> list[Line]:
    lines = []
    for message in messages:
        state = states.get(message.key)
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

"""A run: find what is owed, record it, send what may be sent. The job and the command call it."""

import datetime as dt
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from email.errors import MessageError
from smtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from agencies.models import AgencyRobot
from agencies.outgoing import CallError
from progress.models import (
    UNREACHABLE,
    Channel,
    Policy,
    Reminder,
    ReminderQuerySet,
    ReminderState,
)
from progress.reminders.channels import MailRun, mail_message
from progress.reminders.groups import group_tell
from progress.reminders.lines import Line, Result, lines_on, result_of, sending_waits_until
from progress.reminders.messages import Key, Message, key_of, messages_due, messages_of, steps_told
from progress.reminders.outbox import (
    INTERRUPTED,
    Claim,
    reminder_claim,
    reminder_failed,
    reminder_sent,
    reminder_unsaid,
    reminders_left,
    reminders_record,
    reminders_waiting,
)
from progress.reminders.owed import owed_on
from progress.steps import steps_of
from progress.workdays import WorkCalendar

logger = logging.getLogger(__name__)

Clock = Callable[[], dt.datetime]
# After this a run begins no further message, so that no job's time limit falls into one: what is
# left is the next run's.
SENDING_ENDS = dt.timedelta(minutes=7)


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """What a run found and did. `waits_until` is None where mail may go out now; `given_up` counts
    the day's messages that have failed for good, whichever run it was that gave them up."""

    today: dt.date
    dry_run: bool
    lines: Sequence[Line]
    recorded: int
    waits_until: dt.datetime | None
    given_up: int = 0

    def count(self, result: Result) -> int:
        return sum(line.result == result for line in self.lines)


def moment_on(day: dt.date, *, now: dt.datetime) -> dt.datetime:
    """`day` at the time of day of `now`, in the product's time zone."""
    return timezone.make_aware(dt.datetime.combine(day, timezone.localtime(now).time()))


def reminders_run(
    *, now: dt.datetime, clock: Clock | None = None, dry_run: bool = False
) -> RunOutcome:
    """Record what is owed at `now`, and send what may be sent; with `dry_run` only say so.

    `clock` says what time it is while messages go out, else it stands still at `now`: a claim
    counts from when it is made, in a long run and in one that catches up on another day.

    The inbox is quiet, so its messages are delivered at once; mail and groups are told on working
    days within the hours of Policy and wait otherwise, which is no error. A second run on the same
    day records and sends nothing new.
    """
    today = timezone.localdate(now)
    if dry_run:
        found = lines_on(day=today, now=now)
        return RunOutcome(today, dry_run, found.lines, 0, found.waits_until)
    policy, calendar = Policy.current(), WorkCalendar.load()
    owed = messages_of(owed_on(today=today, policy=policy, calendar=calendar))
    due = messages_due(owed, told=steps_told(today=today), steps=steps_of(policy))
    waits_until = sending_waits_until(now=now, policy=policy, calendar=calendar)
    before = _states(_of_today(today) | _waiting_of_earlier_days(today))
    wanted = {message.key for message in due} | before.keys()
    telling = [message for message in owed if message.key in wanted]
    recorded = reminders_record(messages=due, today=today, now=now)
    sender = _Sender(today, calendar, clock or (lambda: now))
    fresh = sender.deliver(mail_waits=waits_until is not None)
    earlier = Q(pk__in=[pk for pk, _state, _answer in before.values()])
    states = _states(_of_today(today) | earlier)
    given_up = sum(
        state == ReminderState.FAILED and answer != UNREACHABLE
        for _pk, state, answer in states.values()
    )
    lines = _lines_of(telling, states, fresh)
    return RunOutcome(today, dry_run, lines, recorded, waits_until, given_up)


# --- Sending --------------------------------------------------------------------------------


def reminders_deliver(*, now: dt.datetime, clock: Clock | None = None) -> int:
    """Send what waits and may be sent now; nothing new is looked for.

    Returns how many messages went out. Any later `reminders_run` does the same.
    """
    policy, calendar = Policy.current(), WorkCalendar.load()
    waits_until = sending_waits_until(now=now, policy=policy, calendar=calendar)
    sender = _Sender(timezone.localdate(now), calendar, clock or (lambda: now))
    return len(sender.deliver(mail_waits=waits_until is not None))


@dataclass(frozen=True, slots=True)
class _Sender:
    """Sends what waits on the day `today`; `clock` says what time it really is."""

    today: dt.date
    calendar: WorkCalendar
    clock: Clock

    def deliver(self, *, mail_waits: bool) -> set[int]:
        """Send what may be sent; returns the rows that went out now."""
        delivered, ends = self._inbox(), self.clock() + SENDING_ENDS
        return delivered if mail_waits else delivered | self._mails(ends) | self._groups(ends)

    def _inbox(self) -> set[int]:
        delivered = set()
        for pk in self._waiting(Channel.INBOX):
            with transaction.atomic():
                claim = self._claim(pk)
                if claim is not None:
                    reminder_sent(reminder=claim.reminder, now=self.clock())
                    delivered.add(pk)
        return delivered

    def _mails(self, ends: dt.datetime) -> set[int]:
        """One row at a time: one failing address never holds up the others, and a server that
        cannot be used costs no address one of its attempts, however many runs find it so."""
        sent = set()
        mails = MailRun()
        try:
            for pk in self._waiting(Channel.MAIL):
                if self.clock() > ends:
                    logger.warning("sending takes long; the next run goes on")
                    break
                try:
                    mails.open()
                except (OSError, SMTPException) as error:
                    answer = _answer_of(error)
                    logger.warning("mail server cannot be used: %s", answer)
                    reminders_left(waiting=self._waiting_rows(Channel.MAIL), answer=answer)
                    break
                if self._mail(mails, pk):
                    sent.add(pk)
        finally:
            mails.close()
        return sent

    def _groups(self, ends: dt.datetime) -> set[int]:
        """One row at a time. A host that cannot be reached is left alone for the rest of the run:
        waiting for it once for each agency would take the time of all others. It costs none of them
        an attempt, nor the one that found it so unless it may have arrived."""
        sent: set[int] = set()
        unreachable: dict[str, str] = {}
        places = dict(AgencyRobot.objects.values_list("agency", "place"))
        for pk, agency_id in self._waiting_rows(Channel.ROBOT).values_list("pk", "agency"):
            if self.clock() > ends:
                logger.warning("sending takes long; the next run goes on")
                break
            place = places.get(agency_id or 0, "")
            if place in unreachable:
                continue
            try:
                if self._tell(pk, lambda claim: group_tell(claim, now=self.clock())):
                    sent.add(pk)
            except CallError as error:
                unreachable[place] = _answer_of(error)
        for place, answer in unreachable.items():
            agencies = [agency for agency, its in places.items() if its == place]
            left = self._waiting_rows(Channel.ROBOT).filter(agency__in=agencies)
            reminders_left(waiting=left, answer=answer)
        return sent

    def _mail(self, mails: MailRun, pk: int) -> bool:
        """Send one row's mail and record what came of it; False where it was not sent."""
        return self._tell(pk, lambda claim: mails.send(mail_message(claim)))

    def _tell(self, pk: int, say: Callable[[Claim], None]) -> bool:
        claim = self._claim(pk)
        if claim is None:
            return False
        answer, is_unsaid = INTERRUPTED, False
        try:
            say(claim)
            answer = ""
        except (OSError, SMTPException, MessageError, ValueError, CallError) as error:
            answer = _answer_of(error)
            logger.warning("reminder %s was not sent: %s", pk, answer)
            if isinstance(error, CallError) and error.is_unreachable:
                is_unsaid = error.is_unsaid
                raise
        finally:
            # Also where Ctrl-C or a worker's time limit ends the run here: nobody has to wait for
            # the claim to run out. Sent twice it has the same Message-ID, which mail programs fold.
            if is_unsaid:
                reminder_unsaid(reminder=claim.reminder, answer=answer)
            elif answer:
                reminder_failed(reminder=claim.reminder, answer=answer, now=self.clock())
            else:
                reminder_sent(reminder=claim.reminder, now=self.clock())
        return not answer

    def _claim(self, pk: int) -> Claim | None:
        return reminder_claim(
            reminder_id=pk, today=self.today, now=self.clock(), calendar=self.calendar
        )

    def _waiting(self, channel: Channel) -> list[int]:
        return list(self._waiting_rows(channel).values_list("pk", flat=True))

    def _waiting_rows(self, channel: Channel) -> ReminderQuerySet:
        rows = reminders_waiting(today=self.today, now=self.clock()).filter(channel=channel)
        return rows.order_by("day", "pk")


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


def _of_today(today: dt.date) -> Q:
    return Q(day=today)


def _waiting_of_earlier_days(today: dt.date) -> Q:
    return Q(day__lt=today, state__in=[ReminderState.OWED, ReminderState.CLAIMED])


def _states(rows: Q) -> dict[Key, State]:
    """Id, state and answer of the rows, by what is unique within a day; of two days the later."""
    return {
        key_of(channel, user_id, agency_id, audience): (pk, state, answer)
        for pk, channel, user_id, agency_id, audience, state, answer in Reminder.objects.filter(
            rows
        )
        .order_by("day", "pk")
        .values_list("pk", "channel", "user_id", "agency_id", "audience", "state", "answer")
    }


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
        result = result_of(stored, answer)
        if result == Result.SENT and pk not in fresh:
            result = Result.ALREADY_SENT
        lines.append(Line(message.recipient, message.channel, message.items, result, answer))
    return lines

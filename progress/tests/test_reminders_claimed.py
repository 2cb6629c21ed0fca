"""Claim, send, record: a row is one sender's, for a while; attempts that fail wait ever longer."""

import datetime as dt
import itertools
from io import StringIO

import pytest
from django.core.mail import EmailMultiAlternatives
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import CommandError, call_command
from pytest_django import Settings

from conftest import NOW, Cast
from progress.models import UNREACHABLE, Channel, Reminder, ReminderState, ReportingPeriod
from progress.reminders import reminders_deliver, reminders_run
from progress.reminders.channels import message_id
from progress.reminders.outbox import (
    CLAIM_HOLDS,
    DELAYS,
    MOST_ATTEMPTS,
    Claim,
    reminder_claim,
    reminder_failed,
)
from progress.tests.acts import contributions_owed_by_nobody, handed_in, task_numbered
from progress.workdays import WorkCalendar

MINUTE = dt.timedelta(minutes=1)
NIGHT = NOW.replace(hour=6)


@pytest.fixture(autouse=True)
def reports_alone(register: None) -> None:
    contributions_owed_by_nobody()


class RefusingBackend(BaseEmailBackend):
    """A server that takes no mail to anybody."""

    def send_messages(self, email_messages: object) -> int:
        raise OSError("no room left")


@pytest.fixture
def mail(cast: Cast, period: ReportingPeriod) -> Reminder:
    """The reporter's mail, recorded in the early morning, when none may be sent."""
    reminders_run(now=NIGHT)
    return Reminder.objects.get(user=cast.reporter, channel=Channel.MAIL)


def claim(mail: Reminder, now: dt.datetime) -> Claim | None:
    return reminder_claim(reminder_id=mail.pk, today=NOW.date(), now=now, calendar=WorkCalendar())


def test_a_claimed_row_is_nobody_elses(mail: Reminder, mailoutbox: list[object]) -> None:
    assert claim(mail, NOW)
    assert not claim(mail, NOW)
    reminders_deliver(now=NOW + MINUTE)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (ReminderState.CLAIMED, 1)


def test_what_a_dead_sender_held_is_taken_over_with_the_same_message_id(
    mail: Reminder, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    assert claim(mail, NOW)
    reminders_deliver(now=NOW + CLAIM_HOLDS)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.claimed_until) == (ReminderState.SENT, 2, None)
    ids = [one.extra_headers["Message-ID"] for one in mailoutbox]
    assert ids.count(message_id(mail.pk)) == 1


def test_a_claim_counts_from_when_it_is_made_and_not_from_when_its_run_began(
    mail: Reminder, mailoutbox: list[object]
) -> None:
    """A long run, or one that catches up on another day."""
    late = NOW + dt.timedelta(days=40)
    assert claim(mail, late)
    reminders_deliver(now=NOW, clock=lambda: late + CLAIM_HOLDS - MINUTE)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts) == (ReminderState.CLAIMED, 1)


def test_who_comes_back_after_the_claim_ran_out_overrules_nobody(
    mail: Reminder, mailoutbox: list[object]
) -> None:
    """A machine that stood still for an hour goes on where it was, and its mail fails."""
    slow = claim(mail, NOW)
    assert slow is not None
    reminders_deliver(now=NOW + CLAIM_HOLDS)
    reminder_failed(reminder=slow.reminder, answer="timed out", now=NOW + 2 * CLAIM_HOLDS)
    mail.refresh_from_db()
    assert (mail.state, mail.answer, mail.attempts) == (ReminderState.SENT, "", 2)


def test_a_run_that_has_lasted_long_leaves_the_rest_to_the_next(
    mail: Reminder, mailoutbox: list[object]
) -> None:
    """No job's time limit may fall into a mail that is being sent."""
    moments = itertools.count()
    reminders_deliver(now=NOW, clock=lambda: NOW + next(moments) * dt.timedelta(minutes=2))
    sent = len(mailoutbox)
    waiting = Reminder.objects.filter(channel=Channel.MAIL, state=ReminderState.OWED)
    assert sent >= 1
    assert waiting.exists()
    reminders_deliver(now=NOW)
    assert not waiting.exists()


def test_what_a_dead_sender_held_is_cancelled_once_nothing_of_it_is_owed(
    mail: Reminder, cast: Cast, period: ReportingPeriod, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    assert claim(mail, NOW)
    for number in (4, 5, 6, 7, 8):
        handed_in(task_numbered(number), period, cast.reporter)
    reminders_deliver(now=NOW + CLAIM_HOLDS)
    mail.refresh_from_db()
    assert (mail.state, mail.claimed_until) == (ReminderState.CANCELLED, None)
    assert [cast.reporter.email] not in [one.to for one in mailoutbox]


def test_attempts_wait_longer_each_time_and_then_the_row_has_failed(
    mail: Reminder, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.RefusingBackend"
    now = NOW
    for attempt, delay in enumerate(DELAYS, start=1):
        reminders_deliver(now=now)
        mail.refresh_from_db()
        assert (mail.state, mail.attempts) == (ReminderState.OWED, attempt)
        assert mail.try_after == now + delay
        assert mail.answer == "no room left"
        reminders_deliver(now=now + delay - MINUTE)
        mail.refresh_from_db()
        assert mail.attempts == attempt, "not before its time"
        now += delay
        # The night is over: mail goes out within the hours of the rules alone.
        now = now if now.hour < 20 else NOW + dt.timedelta(days=1)
    reminders_deliver(now=now)
    mail.refresh_from_db()
    assert (mail.state, mail.attempts, mail.try_after) == (
        ReminderState.FAILED,
        MOST_ATTEMPTS,
        None,
    )
    assert list(DELAYS) == sorted(DELAYS)


def test_the_command_fails_where_a_message_was_given_up_and_not_where_nobody_can_be_reached(
    mail: Reminder, mailoutbox: list[object]
) -> None:
    assert Reminder.objects.filter(answer=UNREACHABLE, state=ReminderState.FAILED).exists()
    call_command("send_reminders", "--date", NOW.date().isoformat(), stdout=StringIO())
    Reminder.objects.filter(pk=mail.pk).update(
        state=ReminderState.FAILED, sent_at=None, attempts=MOST_ATTEMPTS, answer="550 no such box"
    )
    said = StringIO()
    with pytest.raises(CommandError, match="1 of the day's messages were given up"):
        call_command("send_reminders", "--date", NOW.date().isoformat(), stdout=said)
    assert "550 no such box" in said.getvalue()


def test_who_was_told_is_told_again_at_the_next_step_only(
    cast: Cast, period: ReportingPeriod, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    sent = []
    for days in range(12):
        before = len(mailoutbox)
        reminders_run(now=NOW + dt.timedelta(days=days))
        mails = [one for one in mailoutbox[before:] if one.to == [cast.reporter.email]]
        sent.append(len(mails))
    # From Thursday the 22nd, one before: that step, the day, then one, three and five after.
    assert sent == [1, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 0]


def test_what_was_called_off_has_told_nobody_anything(
    cast: Cast, period: ReportingPeriod, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    reminders_run(now=NOW)
    told = len(mailoutbox)
    Reminder.objects.filter(user=cast.reporter).update(state=ReminderState.CANCELLED, sent_at=None)
    reminders_run(now=NOW + dt.timedelta(days=1))
    mine = [one for one in mailoutbox[told:] if one.to == [cast.reporter.email]]
    assert len(mine) == 1

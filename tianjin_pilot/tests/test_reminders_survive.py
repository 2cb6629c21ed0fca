"""Reminders in service when things die: workers, the broker, the mail server's patience."""

import datetime as dt
import time
from collections import Counter
from collections.abc import Callable
from email.message import EmailMessage

import pytest
from celery import Celery, current_app
from django.conf import settings as product
from django.db import connection
from django.utils import timezone
from pytest_django.fixtures import Settings

from agencies.models import Agency, User
from conftest import NOW, Cast
from progress.models import Channel, JobRun, Policy, Reminder, ReminderState, ReportingPeriod
from progress.reminders import reminders_run
from progress.reminders.outbox import CLAIM_HOLDS, DELAYS, MOST_ATTEMPTS
from progress.reminders.run import SENDING_ENDS
from progress.workers import job_ask
from tasks.models import Division, Task
from tianjin_pilot.environment import mail_from
from tianjin_pilot.tests import services
from tianjin_pilot.tests.services import Trouble

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

RUN = "progress.jobs.send_reminders"
# One working day before the due date.
DAY = NOW.date().isoformat()


@pytest.fixture
def offices(cast: Cast, period: ReportingPeriod) -> list[str]:
    """All 54 agencies owe something, have no accounts, and read mail at these addresses."""
    Policy(pk=1, send_from=dt.time(0), send_until=dt.time(23, 59, 59)).save()
    User.objects.exclude(pk=cast.coordinator.pk).update(is_active=False)
    Task.objects.exclude(division=Division.BY_DUTY).update(division=Division.BY_DUTY)
    addresses = []
    for agency in Agency.objects.all():
        agency.contact_email = f"office-{agency.pk}@example.org"
        agency.save()
        addresses.append(agency.contact_email)
    assert len(addresses) == 54
    return addresses


def test_a_worker_that_is_killed_in_the_middle_of_a_run_loses_nothing_and_sends_nothing_twice(
    offices: list[str], settings: Settings
) -> None:
    started: dict[str, services.Worker] = {}
    interrupted: list[EmailMessage] = []
    sent_by: Counter[str] = Counter()

    def kept(message: EmailMessage) -> None:
        sender = str(message["From"])
        sent_by[sender] += 1
        # The server has taken it, and nobody is left to hear so.
        if sender == "first@example.org" and sent_by[sender] == 8:
            interrupted.append(message)
            started["first"].kill()

    with (
        services.broker() as broker,
        services.mail_server(kept=kept, seconds=0.02) as (mail_url, mails),
        services.worker(_env(broker, mail_url, "first")) as started["first"],
        services.worker(_env(broker, mail_url, "second")) as started["second"],
    ):
        for _ in started:
            _send(broker, date=DAY)
        all_but_one = {ReminderState.SENT: 53, ReminderState.CLAIMED: 1}
        _wait_until(lambda: _states() == all_but_one)
        assert len(mails) == 54
        # Another run of the same minute sends nothing, not even that: its sender may be alive.
        _mail_through(settings, mail_url)
        reminders_run(now=NOW, clock=timezone.now)
        assert len(mails) == 54
        reminders_run(now=NOW, clock=lambda: timezone.now() + CLAIM_HOLDS)

    assert all(sent_by[f"{one}@example.org"] >= 8 for one in started), sent_by
    assert _states() == {ReminderState.SENT: 54}
    times = Counter(str(mail["X-Envelope-To"]) for mail in mails)
    assert set(times) == set(offices)
    [twice] = [address for address, count in times.items() if count > 1]
    assert times[twice] == 2
    assert [twice] == [str(one["X-Envelope-To"]) for one in interrupted]
    ids = {str(mail["Message-ID"]) for mail in mails if mail["X-Envelope-To"] == twice}
    assert len(ids) == 1, "mail programs fold what has the same Message-ID"
    assert len({str(mail["Message-ID"]) for mail in mails}) == 54


def test_a_broker_that_is_killed_keeps_what_was_asked_and_is_found_again(
    offices: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with services.broker_that_fails() as broker, services.mail_server() as (mail_url, mails):
        _send(broker.url, date=DAY)
        broker.kill()
        monkeypatch.setattr(current_app.conf, "broker_write_url", _celery_url(broker.url))
        began = time.monotonic()
        assert not job_ask(RUN), "who clicks is told at once that no worker can be asked"
        assert time.monotonic() - began < 3
        broker.start()
        with services.worker(_env(broker.url, mail_url, "only")):
            _wait_until(lambda: _states() == {ReminderState.SENT: 54})
            broker.kill()
            broker.start()
            # The due date is a step of its own, so each office is told again.
            _send(broker.url, date="2026-10-23")
            _wait_until(lambda: _states() == {ReminderState.SENT: 108})
    assert set(Counter(str(mail["X-Envelope-To"]) for mail in mails).values()) == {2}
    assert len({str(mail["Message-ID"]) for mail in mails}) == 108


def test_what_beat_orders_after_the_broker_comes_back_is_done_and_nothing_is_lost_or_told_twice(
    cast: Cast, offices: list[str]
) -> None:
    with (
        services.broker_that_fails() as broker,
        services.mail_server(seconds=0.05) as (mail_url, mails),
        services.worker(_env(broker.url, mail_url, "first")) as first,
        services.worker(_env(broker.url, mail_url, "second")) as second,
        services.hasty_beat(_env(broker.url, mail_url, "beat"), day=DAY) as beat,
    ):
        _wait_until(lambda: len(mails) >= 10)
        broker.kill()
        # Whoever is at it goes on; beat orders into the void.
        _wait_until(lambda: b"ERROR" in beat.log.read_bytes())
        broker.start()
        _wait_until(lambda: _states() == {ReminderState.SENT: 54})
        # A run that was ordered before may still be at it, so that what comes to be owed now can be
        # told by that one as well: what is waited for besides is one ordered from here on.
        owed_at = timezone.now()
        User.objects.filter(pk=cast.reporter.pk).update(is_active=True)
        own = Reminder.objects.filter(user=cast.reporter, state=ReminderState.SENT)
        told_by = {Channel.INBOX, Channel.MAIL}
        _wait_until(lambda: set(own.values_list("channel", flat=True)) == told_by)
        ordered = JobRun.objects.filter(job=RUN, ordered_at__gt=owed_at)
        _wait_until(ordered.filter(ended_at__isnull=False, fault="").exists)
        assert all(one.process.poll() is None for one in (first, second, beat))
    arrived = Counter(str(mail["X-Envelope-To"]) for mail in mails)
    assert arrived == Counter([*offices, cast.reporter.email])


def test_an_address_in_trouble_holds_up_no_other_and_is_tried_again(
    offices: list[str], settings: Settings
) -> None:
    settings.EMAIL_TIMEOUT = 0.5
    troubles = dict(zip(offices, Trouble, strict=False))
    with services.mail_server(troubles=troubles) as (url, mails):
        _mail_through(settings, url)
        reminders_run(now=NOW)
        arrived = Counter(str(mail["X-Envelope-To"]) for mail in mails)
        [kept] = [one for one in troubles if troubles[one] is Trouble.DROPS_KEPT]
        assert set(arrived) == set(offices) - set(troubles) | {kept}
        troubled = Reminder.objects.filter(address__in=troubles)
        assert {(one.state, one.attempts) for one in troubled} == {(ReminderState.OWED, 1)}
        assert all(one.answer for one in troubled)
        # Before its time nothing is tried again; then all but one have got over it.
        reminders_run(now=NOW + DELAYS[0] - dt.timedelta(minutes=1))
        assert len(mails) == len(offices) - len(troubles) + 1
        for address in [one for one in troubles if troubles[one] is not Trouble.REFUSES]:
            del troubles[address]
        now = NOW
        for delay in DELAYS:
            now += delay
            reminders_run(now=now)
    arrived = Counter(str(mail["X-Envelope-To"]) for mail in mails)
    [refused] = troubles
    assert set(arrived) == set(offices) - {refused}
    # The server had kept it and could not say so: the one case in which a message comes twice.
    assert {one for one, count in arrived.items() if count > 1} == {kept}
    assert len({str(one["Message-ID"]) for one in mails if one["X-Envelope-To"] == kept}) == 1
    given_up = Reminder.objects.get(address=refused, day=NOW.date())
    assert (given_up.state, given_up.attempts) == (ReminderState.FAILED, MOST_ATTEMPTS)
    assert "550" in given_up.answer


def test_each_limit_leaves_time_for_what_ends_before_it() -> None:
    """A mail that hangs, a run that stops by itself, a job that is ended, a claim, the broker."""
    answers_of_a_mail = 4
    longest_mail = dt.timedelta(seconds=product.EMAIL_TIMEOUT * answers_of_a_mail)
    soft = dt.timedelta(seconds=product.CELERY_TASK_SOFT_TIME_LIMIT)
    hard = dt.timedelta(seconds=product.CELERY_TASK_TIME_LIMIT)
    again = dt.timedelta(seconds=product.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"])
    assert SENDING_ENDS + longest_mail < soft < hard < CLAIM_HOLDS <= again
    assert product.CELERY_TASK_ACKS_LATE
    assert product.CELERY_TASK_REJECT_ON_WORKER_LOST


def _celery_url(broker: str) -> str:
    return broker.replace("unix://", "redis+socket://")


def _env(broker: str, mail_url: str, name: str) -> dict[str, str]:
    return {
        "DEBUG": "1",
        "DATABASE_URL": services.database_url_of(connection),
        "REDIS_URL": broker,
        "EMAIL_URL": mail_url,
        # By which a mail tells who sent it.
        "DEFAULT_FROM_EMAIL": f"{name}@example.org",
    }


def _send(broker: str, **arguments: str) -> None:
    with Celery(broker=_celery_url(broker), set_as_current=False) as sender:
        sender.send_task(RUN, kwargs=arguments)


def _mail_through(settings: Settings, url: str) -> None:
    for name, value in mail_from(url).items():
        setattr(settings, name, value)


def _states() -> Counter[str]:
    return Counter(Reminder.objects.values_list("state", flat=True))


def _wait_until(holds: Callable[[], bool], seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, f"not in time: {_states()}"
        time.sleep(0.05)

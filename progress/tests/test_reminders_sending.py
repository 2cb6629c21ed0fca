"""Whatever happens while mail is being sent, each row says so, and no address holds up another."""

import contextlib
import socket
from collections.abc import Iterator

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from agencies.models import Agency, Role, User
from conftest import NOW, TODAY, Cast
from progress.models import Channel, Policy, Reminder, ReminderState, ReportingPeriod
from progress.reminders import Result, owed_on, reminders_run
from progress.reminders.messages import messages_of
from progress.reminders.outbox import DELAYS, reminders_record
from progress.workdays import WorkCalendar

SMTP_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
LOCMEM_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


class HangsUp:
    """A mail server that drops the line when it hears one certain recipient."""

    def __init__(self, recipient: str) -> None:
        self.recipient = recipient
        self.delivered: list[str] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address == self.recipient:
            assert server.transport is not None
            server.transport.close()
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        self.delivered += envelope.rcpt_tos
        return "250 OK"


class InterruptedBackend(BaseEmailBackend):
    """What a worker's time limit or Ctrl-C does in the middle of a mail."""

    def send_messages(self, email_messages: object) -> int:
        raise KeyboardInterrupt


@contextlib.contextmanager
def listening(handler: object) -> Iterator[int]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def mails() -> list[Reminder]:
    """The day's mails to people, in the order in which they are sent."""
    return list(Reminder.objects.filter(channel=Channel.MAIL, user__isnull=False).order_by("pk"))


@pytest.mark.services
@pytest.mark.parametrize(
    ("host", "port", "login"),
    [
        ("127.0.0.1", 9, ""),
        ("no-such-host.invalid", 25, ""),
        # A server that knows no login refuses it; so does one that got the wrong password.
        ("127.0.0.1", None, "pilot"),
    ],
    ids=["refused", "unknown name", "login refused"],
)
def test_a_server_that_cannot_be_used_costs_no_address_an_attempt(
    cast: Cast,
    period: ReportingPeriod,
    settings: Settings,
    host: str,
    port: int | None,
    login: str,
) -> None:
    with listening(HangsUp("nobody")) as real_port:
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = host, port or real_port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = login
        # An hour of runs every ten minutes, with the server down.
        for _ in range(6):
            outcome = reminders_run(now=NOW)
    assert outcome.count(Result.WAITS) == len(mails()) == 5
    assert outcome.count(Result.FAILED) == 0, "the page says the same of them"
    for mail in mails():
        assert (mail.state, mail.attempts) == (ReminderState.OWED, 0)
        assert mail.answer
    settings.EMAIL_BACKEND = LOCMEM_BACKEND
    assert reminders_run(now=NOW).count(Result.SENT) == 5


@pytest.mark.services
def test_a_line_that_drops_at_one_address_holds_up_no_other(
    cast: Cast, period: ReportingPeriod, settings: Settings
) -> None:
    handler = HangsUp(cast.reporter.email)
    with listening(handler) as port:
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        reminders_run(now=NOW)
    assert sorted(handler.delivered) == [
        "co-reporter@example.org",
        "colleague@example.org",
        "coordinator@example.org",
        "stranger@example.org",
    ]
    dropped = Reminder.objects.get(user=cast.reporter, channel=Channel.MAIL)
    assert (dropped.state, dropped.attempts) == (ReminderState.OWED, 1)


def test_a_run_that_is_interrupted_leaves_no_mail_in_nobodys_hands(
    cast: Cast, period: ReportingPeriod, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = f"{__name__}.InterruptedBackend"
    with pytest.raises(KeyboardInterrupt):
        reminders_run(now=NOW)
    interrupted = mails()[0]
    assert (interrupted.state, interrupted.attempts) == (ReminderState.OWED, 1)
    assert "interrupted" in interrupted.answer
    settings.EMAIL_BACKEND = LOCMEM_BACKEND
    reminders_run(now=NOW + DELAYS[0])
    assert {mail.state for mail in mails()} == {ReminderState.SENT}


def test_a_person_who_changes_agency_during_the_day_stops_no_run(
    cast: Cast, period: ReportingPeriod, settings: Settings
) -> None:
    settings.EMAIL_BACKEND = LOCMEM_BACKEND
    reminders_run(now=NOW)
    before = Reminder.objects.filter(user=cast.stranger).count()
    User.objects.filter(pk=cast.stranger.pk).update(agency=Agency.objects.get(name="市商务局"))
    outcome = reminders_run(now=NOW)
    assert Reminder.objects.filter(user=cast.stranger).count() == before
    theirs = [line for line in outcome.lines if line.recipient.user_id == cast.stranger.pk]
    assert {line.result for line in theirs} == {Result.ALREADY_SENT}


def test_recording_takes_as_many_statements_for_all_tasks_as_for_a_few(
    cast: Cast, period: ReportingPeriod
) -> None:
    owed = owed_on(today=TODAY, policy=Policy.current(), calendar=WorkCalendar.load())
    few = [one for one in owed if one.recipient.user_id == cast.stranger.pk]
    with CaptureQueriesContext(connection) as for_few:
        assert reminders_record(messages=messages_of(few), today=TODAY, now=NOW) == 2
    for number, agency in enumerate(Agency.objects.all()):
        for nth in range(3):
            User.objects.create_user(
                f"person-{number}-{nth}",
                name=f"第{number}人",
                role=Role.REPORTER,
                agency=agency,
                email=f"person-{number}-{nth}@example.org",
            )
    owed = owed_on(today=TODAY, policy=Policy.current(), calendar=WorkCalendar.load())
    assert len(owed) > 131 * 3
    with CaptureQueriesContext(connection) as for_all:
        reminders_record(messages=messages_of(owed), today=TODAY, now=NOW)
    assert len(for_all) == len(for_few)


@pytest.mark.services
def test_all_mails_of_a_run_go_over_one_connection(
    cast: Cast, period: ReportingPeriod, settings: Settings
) -> None:
    peers: set[object] = set()

    class Counting(HangsUp):
        async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
            self, server: SMTP, session: Session, envelope: Envelope
        ) -> str:
            peers.add(session.peer)
            return await super().handle_DATA(server, session, envelope)

    handler = Counting("nobody")
    with listening(handler) as port:
        settings.EMAIL_BACKEND = SMTP_BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
        reminders_run(now=NOW)
    assert len(handler.delivered) == 5
    assert len(peers) == 1

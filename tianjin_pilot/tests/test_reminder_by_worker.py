"""A reminder as it is in service: a job on a real broker, a real worker, a real mail server."""

import datetime as dt
import time
from collections.abc import Callable

import pytest
from celery import Celery
from django.conf import settings
from django.db import connection
from django.utils import timezone

from agencies.models import User
from conftest import SHANGHAI, Cast
from progress.models import Channel, Policy, Reminder, ReminderState
from progress.workflow import period_open
from tianjin_pilot.tests import services

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

# A Thursday, one working day before the due date.
DAY = "2026-10-22"


def test_a_worker_sends_what_is_missing_through_a_mail_server(cast: Cast) -> None:
    Policy(pk=1, send_from=dt.time(0), send_until=dt.time(23, 59, 59)).save()
    now = dt.datetime(2026, 10, 20, 9, tzinfo=SHANGHAI)
    period_open(code="2026-10", by=cast.coordinator, now=now)
    User.objects.exclude(pk=cast.reporter.pk).update(is_active=False)

    with services.broker() as broker_url, services.mail_server() as (mail_url, mails):
        env = {
            "DEBUG": "1",
            "DATABASE_URL": services.database_url_of(connection),
            "REDIS_URL": broker_url,
            "EMAIL_URL": mail_url,
        }
        with services.worker(env):
            sender = Celery(
                broker=broker_url.replace("unix://", "redis+socket://"), set_as_current=False
            )
            for _ in range(2):  # the second finds everything sent
                sender.send_task("progress.jobs.send_reminders", kwargs={"date": DAY})
            _wait_until(lambda: len(mails) > 0 and _mail_of(cast.reporter) == ReminderState.SENT)
            time.sleep(1)

    [mail] = [one for one in mails if one["X-Envelope-To"] == cast.reporter.email]
    assert "催报" in str(mail["Subject"])
    body = mail.get_body(("plain",))
    assert body is not None
    text = body.get_content()
    assert "第4项任务，填报期2026-10" in text
    assert f"{settings.SITE_URL}/tasks/4/reports/2026-10/edit/" in text
    inbox = Reminder.objects.get(user=cast.reporter, channel=Channel.INBOX)
    assert inbox.state == ReminderState.SENT
    assert inbox.sent_at is not None
    assert inbox.sent_at <= timezone.now() + dt.timedelta(days=1)
    assert Reminder.objects.filter(user=cast.reporter).count() == 2


def _mail_of(user: User) -> str | None:
    row = Reminder.objects.filter(user=user, channel=Channel.MAIL).first()
    return row.state if row else None


def _wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "the worker has not sent the mail in time"
        time.sleep(0.1)

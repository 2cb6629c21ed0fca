"""A reminder by hand as it is in service: recorded, a job on a real broker, a real worker."""

import datetime as dt
import time

import pytest
from celery import current_app
from django.db import connection
from django.utils import timezone

from conftest import SHANGHAI, Cast
from progress.models import Policy, Reminder, ReminderState
from progress.reminders import asking_ahead, delivery_ask, reminders_ask
from progress.workflow import period_open
from tianjin_pilot.tests import services

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_a_worker_delivers_at_once_what_was_asked_for(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    Policy(pk=1, send_from=dt.time(0), send_until=dt.time(23, 59, 59)).save()
    opened = dt.datetime(2026, 10, 20, 9, tzinfo=SHANGHAI)
    period = period_open(code="2026-10", by=cast.coordinator, now=opened)
    agency_id = cast.reporter.agency_id
    assert agency_id is not None
    now = timezone.now()
    seen = asking_ahead(period=period, by=cast.coordinator, now=now, agencies={agency_id}).seen
    reminders_ask(
        period=period,
        by=cast.coordinator,
        now=now,
        note="请尽快报送",
        seen=seen,
        agencies={agency_id},
    )
    with services.broker() as broker_url, services.mail_server() as (mail_url, _mails):
        env = {
            "DEBUG": "1",
            "DATABASE_URL": services.database_url_of(connection),
            "REDIS_URL": broker_url,
            "EMAIL_URL": mail_url,
        }
        broker = broker_url.replace("unix://", "redis+socket://")
        monkeypatch.setattr(current_app.conf, "broker_write_url", broker)
        with services.worker(env):
            assert delivery_ask()
            until = time.monotonic() + 30
            told = Reminder.objects.filter(user=cast.reporter, channel="inbox")
            while told.get().state != ReminderState.SENT:
                assert time.monotonic() < until, "the worker has not delivered it in time"
                time.sleep(0.1)
    assert told.get().note == "请尽快报送"

"""A webhook as it is in service: a job on a real broker, a real worker, a system that is told."""

import datetime as dt
import socket
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from celery import Celery
from django.db import connection
from django.utils import timezone
from pytest_django import Settings

from conftest import NOW, Cast
from progress.models import DeliveryState, WebhookDelivery
from progress.pages.developers import FOLDER, RECEIVER
from progress.tests.acts import task_numbered
from progress.tests.receiving import receiver
from progress.webhooks import (
    delivery_repeat,
    webhook_create,
    webhook_secret_renew,
    webhook_try,
    webhooks_send,
)
from tasks.deadlines import Deadline, deadlines_write
from tianjin_pilot.children import child
from tianjin_pilot.tests import services

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]


def test_a_worker_tells_a_system_what_changed(cast: Cast, settings: Settings) -> None:
    with services.broker() as broker_url, receiver() as platform:
        settings.WEBHOOK_HOSTS = frozenset({platform.origin})
        _hook, secret = webhook_create(
            owner=cast.coordinator, name="平台", address=platform.address, kinds=["task"], now=NOW
        )
        _deadline(4, cast)
        with services.worker(_env(broker_url, platform.origin, settings)):
            for _ in range(2):  # the second finds everything told
                _send(broker_url)
            _wait_until(WebhookDelivery.objects.filter(state=DeliveryState.SENT).exists)
            time.sleep(1)
    [got] = platform.received
    assert got.is_signed_with(secret)
    assert abs(int(got.headers["webhook-timestamp"]) - timezone.now().timestamp()) < 300
    assert got.keys == [("task", "4")]


def test_a_worker_that_is_killed_while_it_tells_loses_nothing_and_its_message_keeps_its_id(
    cast: Cast, settings: Settings
) -> None:
    started: list[services.Worker] = []
    with services.broker() as broker_url, receiver() as platform:
        settings.WEBHOOK_HOSTS = frozenset({platform.origin})
        hook, secret = webhook_create(
            owner=cast.coordinator, name="平台", address=platform.address, kinds=["task"], now=NOW
        )
        _deadline(4, cast)
        # The system has been told, and nobody is left to hear that it has.
        platform.meets = lambda _got: started.pop().kill()
        env = _env(broker_url, platform.origin, settings)
        with services.worker(env) as worker:
            started.append(worker)
            _send(broker_url)
            _wait_until(lambda: worker.process.poll() is not None)
        platform.meets = lambda _got: None
        held = WebhookDelivery.objects.get()
        assert (held.state, held.attempts) == (DeliveryState.CLAIMED, 1)
        assert held.claimed_until is not None
        _deadline(5, cast)
        # Another run of the same minute leaves it alone: its sender may be alive.
        assert webhooks_send(clock=timezone.now) == 0
        taken_over_at = held.claimed_until
        assert webhooks_send(clock=lambda: taken_over_at) == 2
    assert [one.keys for one in platform.received] == [
        [("task", "4")],
        [("task", "4")],
        [("task", "5")],
    ]
    first, again, following = (one.headers["webhook-id"] for one in platform.received)
    assert first == again == str(held.message) != following
    assert platform.received[0].body == platform.received[1].body
    assert all(one.is_signed_with(secret) for one in platform.received)
    hook.refresh_from_db()
    assert hook.position == platform.received[-1].message["position"]


def test_the_example_of_a_receiver_takes_what_is_signed_and_nothing_else(
    cast: Cast, settings: Settings, tmp_path: Path
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    origin = f"http://127.0.0.1:{port}"
    settings.WEBHOOK_HOSTS = frozenset({origin})
    hook, secret = webhook_create(
        owner=cast.coordinator, name="平台", address=origin, kinds=["task"], now=timezone.now()
    )
    _deadline(4, cast)
    env = {"SECRET": secret, "PORT": str(port), "PYTHONUTF8": "1"}
    with (
        (tmp_path / "told").open("wb") as told,
        child([sys.executable, str(FOLDER / RECEIVER)], env=env, output=told),
    ):
        _wait_until(lambda: _answers(port))
        assert webhooks_send(clock=timezone.now) == 1
        delivery_repeat(
            delivery=WebhookDelivery.objects.get(), by=cast.coordinator, now=timezone.now()
        )
        assert webhooks_send(clock=timezone.now) == 1
        # Sent twice it is printed once; late or forged it is refused.
        webhook_try(webhook=hook, by=cast.coordinator, now=timezone.now())
        assert webhooks_send(clock=lambda: timezone.now() - dt.timedelta(hours=1)) == 0
        webhook_secret_renew(
            webhook=hook, by=cast.coordinator, now=timezone.now() - dt.timedelta(days=2)
        )
        webhook_try(webhook=hook, by=cast.coordinator, now=timezone.now())
        assert webhooks_send(clock=timezone.now) == 0
        lines = (tmp_path / "told").read_text().splitlines()
    printed = [one for one in lines if one.startswith(("task ", "told "))]
    assert printed[0].startswith("task 4 http")
    assert printed[0].endswith("/api/v1/tasks/4/")
    assert [one.split()[0] for one in printed] == ["task", "told"]
    failed = WebhookDelivery.objects.filter(state=DeliveryState.FAILED)
    assert {one.answer for one in failed} == {"HTTP 400"}
    assert failed.count() == 2


def _env(broker: str, origin: str, settings: Settings) -> dict[str, str]:
    return {
        "DEBUG": "1",
        "SECRET_KEY": settings.SECRET_KEY,
        "DATABASE_URL": services.database_url_of(connection),
        "REDIS_URL": broker,
        "WEBHOOK_HOSTS": origin,
    }


def _send(broker: str) -> None:
    with Celery(
        broker=broker.replace("unix://", "redis+socket://"), set_as_current=False
    ) as sender:
        sender.send_task("progress.jobs.send_webhooks")


def _deadline(number: int, cast: Cast) -> None:
    wanted = [Deadline(task_numbered(number), None, NOW.date().replace(month=12))]
    deadlines_write(changes=wanted, reason="年度计划", by=cast.coordinator, now=NOW)


def _answers(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) == 0


def _wait_until(holds: Callable[[], bool], seconds: float = 30) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "the worker has told nobody in time"
        time.sleep(0.1)

"""Webhooks where much happens at once: acts that commit late, and workers side by side."""

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections, transaction
from pytest_django import Settings

from agencies.audit import audit_note
from conftest import NOW, Cast
from progress.models import DeliveryState, Webhook, WebhookDelivery
from progress.tests.acts import task_numbered
from progress.tests.receiving import Receiver, receiver
from progress.webhooks import webhook_create, webhooks_send
from progress.webhooks.outbox import delivery_claim, delivery_record
from tasks.deadlines import Deadline, deadlines_write

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]


@pytest.fixture
def platform(settings: Settings) -> Iterator[Receiver]:
    with receiver() as started:
        settings.WEBHOOK_HOSTS = frozenset({started.origin})
        yield started


@pytest.fixture
def hook(cast: Cast, platform: Receiver) -> Webhook:
    made, _secret = webhook_create(
        owner=cast.coordinator, name="平台", address=platform.address, kinds=["task"], now=NOW
    )
    return made


def send() -> int:
    return webhooks_send(clock=lambda: NOW)


def deadline(number: int, cast: Cast) -> None:
    wanted = [Deadline(task_numbered(number), None, dt.date(2027, 3, 31))]
    deadlines_write(changes=wanted, reason="年度计划", by=cast.coordinator, now=NOW)


def at_once(*acts: Callable[[], object]) -> None:
    """All begin together; raises what one of them raised."""
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], object]) -> None:
        try:
            start.wait(30)
            act()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(acts)) as pool:
        for one in [pool.submit(run, act) for act in acts]:
            one.result(timeout=60)


# On SQLite one transaction writes at a time, and the order is given.
@pytest.mark.once
def test_an_act_that_commits_late_is_told_late_and_not_lost(
    cast: Cast, hook: Webhook, platform: Receiver
) -> None:
    """It got its entry before the other, and is readable after it."""
    noted, told = threading.Event(), threading.Event()

    def late() -> None:
        with transaction.atomic():
            audit_note("task.deadline", task_numbered(4), by=cast.coordinator, now=NOW)
            noted.set()
            assert told.wait(30)

    def others() -> None:
        assert noted.wait(30)
        deadline(5, cast)
        assert send() == 1
        told.set()

    at_once(late, others)
    assert platform.keys == [("task", "5")]
    assert send() == 1
    assert platform.keys == [("task", "5"), ("task", "4")]
    positions = [one.message["position"] for one in platform.received]
    assert positions == sorted(positions)


def test_two_workers_send_each_change_once(cast: Cast, hook: Webhook, platform: Receiver) -> None:
    platform.waits = 0.2
    for number in (4, 5, 6):
        deadline(number, cast)
        at_once(send, send, send)
    assert platform.keys == [("task", "4"), ("task", "5"), ("task", "6")]
    states = WebhookDelivery.objects.values_list("state", flat=True)
    assert list(states) == [DeliveryState.SENT] * 3


def test_two_workers_record_one_stretch_and_one_of_them_claims_it(
    cast: Cast, hook: Webhook, platform: Receiver
) -> None:
    deadline(4, cast)
    recorded: list[int | None] = []
    claimed: list[object] = []

    def record() -> None:
        recorded.append(delivery_record(webhook_id=hook.pk, now=NOW))

    def claim() -> None:
        row = WebhookDelivery.objects.get()
        claimed.append(delivery_claim(delivery_id=row.pk, now=NOW))

    at_once(record, record)
    assert sorted(one is None for one in recorded) == [False, True]
    at_once(claim, claim)
    assert sorted(one is None for one in claimed) == [False, True]

"""/healthz and /readyz: what monitoring asks, with a real broker, a real worker and real faults."""

import datetime as dt
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from celery import current_app
from celery.beat import Scheduler
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client
from django.utils import timezone
from pytest_django.fixtures import Settings

from progress.health import ALLOWANCE, job_traced
from progress.models import JobRun
from progress.workers import Queue, queue_standing
from tianjin_pilot import readiness
from tianjin_pilot.tests import services

JOB = "progress.jobs.make_exports"
Ready = Callable[[], tuple[int, dict[str, str]]]


@pytest.fixture(autouse=True)
def _begun_long_ago(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(readiness, "PROCESS_BEGAN", timezone.now() - dt.timedelta(days=1))


@pytest.fixture
def ready(client: Client) -> Ready:
    """Asks /readyz without signing in: the status, and what it says of each part."""

    def asked() -> tuple[int, dict[str, str]]:
        answer = client.get("/readyz")
        return answer.status_code, answer.json()["checks"]

    return asked


def through(broker: str, monkeypatch: pytest.MonkeyPatch) -> None:
    url = broker.replace("unix://", "redis+socket://")
    monkeypatch.setattr(current_app.conf, "broker_write_url", url)


def beat_ordered(ago: dt.timedelta = dt.timedelta()) -> None:
    moment = timezone.now() - ago
    with job_traced(job=JOB, is_ordered=True, clock=lambda: moment):
        pass


def soon(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not happened():
        assert time.monotonic() < until, "not within 30 seconds"
        time.sleep(0.1)


@pytest.mark.services
@pytest.mark.django_db(transaction=True)
def test_what_beat_orders_is_seen_and_a_broker_that_is_away_turns_ready_503(
    ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    with services.broker_that_fails() as earlier:
        # What Celery keeps of a connection is no answer of another broker.
        through(earlier.url, monkeypatch)
        assert queue_standing() == Queue(waiting=0, worker_answers=False)
    with services.broker_that_fails() as broker:
        through(broker.url, monkeypatch)
        beat = Scheduler(app=current_app._get_current_object(), lazy=True)
        beat.setup_schedule()
        [entry] = [one for one in beat.schedule.values() if one.task == JOB]
        beat.apply_async(entry, producer=beat.producer, advance=False)
        assert queue_standing() == Queue(waiting=1, worker_answers=False)
        assert ready()[0] == 503
        assert ready()[1]["beat"] == "no run yet"
        env = {
            "DEBUG": "1",
            "DATABASE_URL": services.database_url_of(connection),
            "REDIS_URL": broker.url,
        }
        with services.worker(env):
            soon(lambda: JobRun.objects.filter(job=JOB, ended_at__isnull=False).exists())
            # A worker takes jobs a moment before it listens to questions.
            soon(lambda: queue_standing() == Queue(waiting=0, worker_answers=True))
        assert ready() == (200, dict.fromkeys(ready()[1], "ok"))
        broker.kill()
        began = time.monotonic()
        status, checks = ready()
        assert time.monotonic() - began < 3
        assert (status, checks.pop("broker")) == (503, "no answer")
        assert set(checks.values()) == {"ok"}
        broker.start()
        assert ready()[0] == 200


@pytest.mark.django_db
def test_each_part_that_is_out_of_order_is_named(
    ready: Ready, monkeypatch: pytest.MonkeyPatch, settings: Settings, tmp_path: Path
) -> None:
    monkeypatch.setattr(readiness, "broker_answers", lambda: True)
    settings.EVIDENCE_DIR = tmp_path / "not" / "yet" / "there"
    assert ready()[1]["beat"] == "no run yet"
    beat_ordered(ALLOWANCE * 2)
    assert ready()[1]["beat"].startswith("no run since 20")
    beat_ordered()
    assert ready()[0] == 200
    MigrationRecorder(connection).record_unapplied("progress", "0001_initial")
    assert ready()[1]["migrations"] == "1 to be applied"
    # What beat has done stands in a table that a migration still to be applied may make.
    assert ready()[1]["beat"] == "unknown"
    MigrationRecorder(connection).record_applied("progress", "0001_initial")
    monkeypatch.setattr(readiness, "LEAST_FREE", 10**18)
    assert (ready()[0], ready()[1]["disk"]) == (503, "nearly full")


@pytest.mark.services
def test_without_a_database_ready_says_so_and_alive_is_alive(tmp_path: Path) -> None:
    """In a process of its own: nothing of it needs the database, and none listens there."""
    asking = (
        "import django; django.setup(); from django.test import Client;"
        "client = Client(headers={'host': 'localhost'});"
        "ready = client.get('/readyz'); print(ready.status_code, ready.json()['checks']);"
        "print(client.get('/healthz').status_code, client.get('/healthz').json())"
    )
    said = subprocess.run(
        [sys.executable, "-c", asking],
        check=True,
        capture_output=True,
        text=True,
        env={
            **os.environ,
            "DEBUG": "1",
            "DJANGO_SETTINGS_MODULE": "tianjin_pilot.settings",
            "DATABASE_URL": "postgres://nobody@127.0.0.1:9/nothing?connect_timeout=1",
            "REDIS_URL": "redis://127.0.0.1:9/0",
            "EVIDENCE_DIR": str(tmp_path),
        },
    ).stdout
    ready, alive = said.splitlines()[-2:]
    assert ready.startswith("503 ")
    assert "'database': 'no answer'" in ready
    assert "'migrations': 'unknown'" in ready
    assert alive == "200 {'status': 'ok'}"
    assert "nobody" not in said.splitlines()[-2]


@pytest.mark.django_db
def test_neither_asks_for_https_as_every_page_does(settings: Settings) -> None:
    settings.SECURE_SSL_REDIRECT = True
    client = Client()
    assert client.get("/overview/").status_code == 301
    assert client.get("/healthz").status_code == 200
    assert client.get("/readyz").status_code == 503
    assert "no-store" in client.get("/healthz")["Cache-Control"]


@pytest.mark.django_db
@pytest.mark.parametrize("ordered_before", [None, dt.timedelta(hours=8)])
def test_a_service_that_has_just_begun_does_not_flap(
    ordered_before: dt.timedelta | None, ready: Ready, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Beat's first run is a minute away, after an installation and after a night with all off."""
    monkeypatch.setattr(readiness, "broker_answers", lambda: True)
    monkeypatch.setattr(readiness, "PROCESS_BEGAN", timezone.now())
    if ordered_before:
        beat_ordered(ordered_before)
    assert (ready()[0], ready()[1]["beat"]) == (200, "starting")
    long_ago = timezone.now() - readiness.TIME_TO_BE_ORDERED
    monkeypatch.setattr(readiness, "PROCESS_BEGAN", long_ago)
    assert ready()[0] == 503
    beat_ordered()
    assert (ready()[0], ready()[1]["beat"]) == (200, "ok")

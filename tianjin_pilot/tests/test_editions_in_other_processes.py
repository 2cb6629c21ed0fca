"""Editions and exports where a process is killed, and where another one makes the same again."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from celery import Celery
from django.db import connection
from django.utils import timezone

from conftest import NOW, Cast
from progress.closings import erratum_create_with_edition, period_close_with_edition
from progress.exports import EXPORT_JOB, export_request, exports_sweep
from progress.filestore import file_opened, orphans
from progress.models import (
    Edition,
    ExportJob,
    ExportState,
    KeptFigures,
    Notice,
    ReportingPeriod,
    StoredFile,
)
from progress.tests.acts import approved, task_numbered
from tianjin_pilot.children import child
from tianjin_pilot.tests import services

pytestmark = [pytest.mark.wide, pytest.mark.django_db(transaction=True)]

# Dies as a power cut would have it: both workbooks are on the disk, no row speaks of them yet.
CLOSE_AND_DIE = """
import os, signal, django
django.setup()
from django.utils import timezone
from agencies.models import User
from progress.closings import editions, period_close_with_edition
from progress.models import ReportingPeriod
editions.manifest_json = lambda **_: os.kill(os.getpid(), signal.SIGKILL)
period_close_with_edition(
    period=ReportingPeriod.objects.get(),
    by=User.objects.get(username="coordinator"),
    now=timezone.now(),
)
"""

WORKER = [sys.executable, "-m", "celery", "--app", "tianjin_pilot", "worker", "--concurrency", "1"]


def environment(evidence_dir: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "tianjin_pilot.settings",
        "DATABASE_URL": services.database_url_of(connection),
        "EVIDENCE_DIR": str(evidence_dir),
        **more,
    }


def test_a_closing_that_is_killed_leaves_the_period_open_and_nothing_half_written(
    cast: Cast, period: ReportingPeriod, evidence_dir: Path
) -> None:
    died = subprocess.run(
        [sys.executable, "-c", CLOSE_AND_DIE],
        env=environment(evidence_dir),
        capture_output=True,
        check=False,
    )
    assert died.returncode == -signal.SIGKILL, died.stderr.decode()
    period.refresh_from_db()
    assert period.is_open
    assert not Edition.objects.exists()
    assert not KeptFigures.objects.exists()
    assert not StoredFile.objects.exists()
    assert len(orphans()) == 2
    period_close_with_edition(period=period, by=cast.coordinator, now=timezone.now())
    assert Edition.objects.count() == 1
    # What nothing names goes once it is old; what is named stays.
    for path in orphans():
        os.utime(path, (0, 0))
    exports_sweep(now=timezone.now())
    assert orphans() == []
    file_opened(Edition.objects.get().internal).close()


def test_another_process_makes_the_same_bytes_whatever_its_hashes_are(
    cast: Cast, period: ReportingPeriod, evidence_dir: Path
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close_with_edition(period=period, by=cast.coordinator, now=NOW)
    erratum_create_with_edition(
        report=report, field="problems", new="更正", reason="漏报", by=cast.coordinator, now=NOW
    )
    for seed in ("1", "20261128"):
        again = subprocess.run(
            [sys.executable, "manage.py", "verify_editions", "--again", "-v", "2"],
            env=environment(evidence_dir, PYTHONHASHSEED=seed, LANG="C", TZ="America/Lima"),
            capture_output=True,
            check=False,
        )
        assert again.returncode == 0, again.stdout.decode() + again.stderr.decode()
        assert b"2026-10 edition 2: as it was stored" in again.stdout


@pytest.mark.services
def test_a_worker_makes_what_was_asked_for(
    cast: Cast, period: ReportingPeriod, evidence_dir: Path
) -> None:
    export = asked(cast, period)
    with services.broker() as broker_url:
        env = environment(evidence_dir, REDIS_URL=broker_url)
        with services.worker(env):
            ask(broker_url)
            wait_until(lambda: state_of(export) == ExportState.DONE)
    export.refresh_from_db()
    assert export.file is not None
    file_opened(export.file).close()
    assert Notice.objects.get().user == cast.coordinator


@pytest.mark.services
def test_what_a_killed_worker_was_making_the_next_one_makes(
    cast: Cast, period: ReportingPeriod, evidence_dir: Path
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    # Enough to be met while it is being made.
    report.measures.update(text="本期进展。" * 100_000)
    export = asked(cast, period)
    with services.broker() as broker_url:
        env = environment(evidence_dir, REDIS_URL=broker_url)
        with child(WORKER, env=env) as worker:
            ask(broker_url)
            wait_until(lambda: state_of(export) == ExportState.RUNNING)
            # With all its processes, as a power cut does.
            os.killpg(worker.pid, signal.SIGKILL)
            worker.wait()
        assert state_of(export) == ExportState.RUNNING
        report.measures.update(text="本期进展。")
        # Its claim runs out after a while, which is not waited for here.
        ExportJob.objects.update(claimed_until=timezone.now())
        with services.worker(env):
            ask(broker_url)
            wait_until(lambda: state_of(export) == ExportState.DONE)
    export.refresh_from_db()
    assert export.attempts == 2
    assert Notice.objects.count() == 1


def asked(cast: Cast, period: ReportingPeriod) -> ExportJob:
    return export_request(
        period=period,
        tasks=None,
        language="zh-hans",
        by=cast.coordinator,
        now=timezone.now(),
        asks_worker=False,
    )


def ask(broker_url: str) -> None:
    Celery(broker=broker_url.replace("unix://", "redis+socket://")).send_task(EXPORT_JOB)


def state_of(export: ExportJob) -> str:
    return ExportJob.objects.values_list("state", flat=True).get(pk=export.pk)


def wait_until(holds: Callable[[], bool], seconds: float = 90) -> None:
    until = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < until, "the worker has not come so far in time"
        time.sleep(0.02)

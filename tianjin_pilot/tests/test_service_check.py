"""Whether a service can start is asked before: each refusal is a sentence with its remedy."""

import os
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tianjin_pilot.tests import services
from tianjin_pilot.tests.run import ROOT, service_environment
from tianjin_pilot.tests.variables import SETTINGS_VARIABLES

NOBODY = "postgres://nobody@127.0.0.1:9/nothing?connect_timeout=1"


def service_check(env: dict[str, str], *options: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if k not in SETTINGS_VARIABLES}
    return subprocess.run(
        [sys.executable, "manage.py", "service_check", *options],
        cwd=ROOT,
        env={**inherited, **env},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.services
def test_a_service_begins_once_everything_is_there(tmp_path: Path, empty_sqlite: Path) -> None:
    """On the way to a new installation, in the order in which one meets the refusals."""
    with services.broker_that_fails() as broker:
        env = service_environment({"DATABASE_URL": NOBODY, "REDIS_URL": broker.url})
        env |= {"EVIDENCE_DIR": str(tmp_path)}

        def refused(remedy: str) -> None:
            checked = service_check(env)
            assert checked.returncode == 1
            assert remedy in checked.stderr
            assert "Traceback" not in checked.stderr

        refused("The database: no answer. Start PostgreSQL, or set DATABASE_URL")
        env["DATABASE_URL"] = f"sqlite:///{tmp_path}/database.sqlite3"
        refused("to be applied. Bring the database up to this release: manage.py migrate")
        shutil.copy(empty_sqlite, tmp_path / "database.sqlite3")
        broker.kill()
        refused("The broker: no answer. Start Redis or Valkey, or set REDIS_URL")
        env["DEBUG"] = "1"
        refused("Take DEBUG out of the environment")
        env["DEBUG"] = "0"
        later = threading.Timer(2, broker.start)
        later.start()
        assert service_check(env, "--wait", "30").returncode == 0
        later.join()

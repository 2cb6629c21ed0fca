"""`make run` starts everything, says where it is, and leaves nothing behind."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from progress.demonstration import sign_ins
from tianjin_pilot.embedded import VAR_DIR, Address, StartError, address_from
from tianjin_pilot.tests.run import ROOT
from tianjin_pilot.tests.variables import SETTINGS_VARIABLES


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextlib.contextmanager
def started(folder: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """A run with a database in `folder`, in a session of its own as a terminal gives."""
    inherited = {k: v for k, v in os.environ.items() if k not in SETTINGS_VARIABLES}
    database = f"sqlite:///{folder}/run.sqlite3"
    with subprocess.Popen(
        [sys.executable, "-m", "tianjin_pilot.embedded"],
        cwd=ROOT,
        env={**inherited, "PORT": str(port), "DATABASE_URL": database},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    ) as run:
        try:
            yield run
        finally:
            # Where a test failed half way; one that has ended by itself is not troubled.
            run.terminate()


def descendants(pid: int) -> dict[int, str]:
    """The command line of each process that this one has started, or that those have."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            # The parent is the second field after the name, which may have spaces in it.
            parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
            children.setdefault(int(parent), []).append(int(folder.name))
    found = {}
    wanted = children.get(pid, [])
    while wanted:
        child = wanted.pop()
        with contextlib.suppress(OSError):
            found[child] = Path(f"/proc/{child}/cmdline").read_text().replace("\0", " ")
        wanted += children.get(child, [])
    return found


def left(processes: dict[int, str]) -> list[str]:
    """Which of the processes still live a second later: one that was killed takes a moment."""
    until = time.monotonic() + 1
    while living := [command for pid, command in processes.items() if _lives(pid)]:
        if time.monotonic() > until:
            break
        time.sleep(0.05)
    return living


def _lives(pid: int) -> bool:
    with contextlib.suppress(OSError):
        # Z stands for one that has ended, and of which the system has not been told yet.
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def printed_until(run: subprocess.Popen[str], words: str) -> str:
    """What the run prints up to the line with these words, or all of it where none has them."""
    assert run.stdout is not None
    lines = []
    for line in run.stdout:
        lines.append(line)
        if words in line:
            break
    return "".join(lines)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database is seeded by the first run, and found so by the next ones."""
    return tmp_path_factory.mktemp("run")


@pytest.fixture
def port() -> Iterator[int]:
    port = free_port()
    yield port
    shutil.rmtree(VAR_DIR / "broker" / str(port), ignore_errors=True)
    for schedule in VAR_DIR.glob(f"celerybeat-schedule-{port}*"):
        schedule.unlink()


@pytest.mark.services
@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_everything_starts_and_ends_together(
    folder: Path, port: int, ending: signal.Signals
) -> None:
    with started(folder, port) as run:
        welcome = printed_until(run, "Administrator")
        assert f"http://127.0.0.1:{port}" in welcome, welcome
        for _, username, password in sign_ins():
            assert re.search(rf" {username} +{re.escape(password)}\n", welcome), username
        with urlopen(f"http://127.0.0.1:{port}/", timeout=30) as page:
            assert page.status == 200
        processes = descendants(run.pid)
        for part in ("valkey-server", "celery", "gunicorn"):
            assert part in " ".join(processes.values())
        run.send_signal(ending)
        rest = run.communicate(timeout=60)[0]
    assert run.returncode == 0, rest
    assert left(processes) == []


@pytest.mark.services
def test_when_one_part_dies_the_rest_is_ended_and_the_reason_said(folder: Path, port: int) -> None:
    with started(folder, port) as run:
        printed_until(run, "Administrator")
        processes = descendants(run.pid)
        web = min(pid for pid, command in processes.items() if "gunicorn" in command)
        os.kill(web, signal.SIGKILL)
        rest = run.communicate(timeout=60)[0]
    assert run.returncode == 1
    assert "The web server ended (exit code -9), so everything ends." in rest
    assert left(processes) == []


@pytest.mark.services
def test_port_in_use_is_said_before_anything_is_started(tmp_path: Path, port: int) -> None:
    began = time.monotonic()
    with socket.create_server(("127.0.0.1", port)), started(tmp_path, port) as run:
        printed = run.communicate(timeout=60)[0]
    assert run.returncode == 1
    assert f"Port {port} is already in use" in printed
    assert "make run PORT=" in printed
    assert list(tmp_path.iterdir()) == []
    assert time.monotonic() - began < 20


@pytest.mark.parametrize("written", ["banana", "0", "65536", "-1", "80.5"])
def test_port_that_is_none_is_refused(written: str) -> None:
    with pytest.raises(StartError, match="make run PORT=8001"):
        address_from({"PORT": written})


def test_address_is_this_machine_and_port_8000_unless_set() -> None:
    assert address_from({}) == Address("127.0.0.1", 8000)
    assert address_from({"HOST": "[::1]", "PORT": "8001"}).url == "http://[::1]:8001"
    assert address_from({"HOST": "::"}).url == "http://[::1]:8000"

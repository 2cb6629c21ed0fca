"""Real services for tests, each started with a block of code and ended with it.

None takes a port or a folder that a person's own services use, so tests run beside them.
"""

import asyncio
import contextlib
import enum
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import psycopg
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db.backends.base.base import BaseDatabaseWrapper

from tianjin_pilot.children import Child, ChildError, broker_at, child, embedded_broker
from tianjin_pilot.environment import SQLITE

OLDEST_POSTGRESQL = 15
# What the tests' own cluster is started with beside that.
OF_TESTS: Mapping[str, str] = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    # Between a test's uncommitted rows it would note that the tables are empty, and the
    # planner would believe it. conftest.py removes what tests have rolled back.
    "autovacuum": "off",
    # What waits or reckons without end becomes an error that names its statement.
    "lock_timeout": "120s",
    "statement_timeout": "240s",
    # Tests leave tables of dead rows that look empty: read by index, as the full ones are.
    "enable_seqscan": "off",
    # Compiling a query takes longer than running it over the few rows of a test.
    "jit": "off",
}


def postgresql_programs() -> Path | None:
    """The folder of the newest PostgreSQL server's programs; None if there is no server."""
    installed = [
        (int(initdb.parent.parent.name), initdb.parent)
        for initdb in Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb")
    ]
    if installed and max(installed)[0] >= OLDEST_POSTGRESQL:
        return max(installed)[1]
    found = shutil.which("initdb")
    return Path(found).resolve().parent if found else None


def chromium() -> str | None:
    """The distribution's Chromium, since playwright's own would have to be downloaded.

    First the one that is made without windows: the same engine shows the same pages for less than
    half of the processor's time.
    """
    return shutil.which("chromium-headless-shell") or shutil.which("chromium")


@contextlib.contextmanager
def postgresql(settings: Mapping[str, str] = OF_TESTS) -> Iterator[str]:
    """An empty PostgreSQL cluster, and the DATABASE_URL of its database `postgres`.

    It listens on a Unix socket in its own folder only, trusts whoever reaches that, and with the
    `settings` of tests writes nothing through to the disk. PostgreSQL does not run as root: for
    root it runs as `postgres`.
    Raises ChildError if there is no server or it does not start.
    """
    programs = postgresql_programs()
    if programs is None:
        raise ChildError("There is no PostgreSQL server: sudo apt-get install postgresql")
    user = "postgres" if os.geteuid() == 0 else None
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tianjin-pilot-")))
        if user:
            shutil.chown(folder, user, user)
        data = folder / "data"
        initdb = [str(programs / "initdb"), "--pgdata", str(data), "--username", "postgres"]
        initdb += ["--auth", "trust", "--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync"]
        made = subprocess.run(
            initdb,
            cwd=folder,
            user=user,
            group=user,
            extra_groups=[] if user else None,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise ChildError(f"PostgreSQL's initdb fails:\n{made.stdout}{made.stderr}")
        given = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            **settings,
        }
        server = [str(programs / "postgres"), "-D", str(data)]
        server += [f"--{name}={value}" for name, value in given.items()]
        log = stack.enter_context(tempfile.NamedTemporaryFile())
        process = stack.enter_context(
            # SIGINT is its fast shutdown: it does not wait for connections to close.
            child(server, cwd=folder, output=log.file, user=user, ending=signal.SIGINT)
        )
        _wait_until_connected(folder, process, Path(log.name))
        yield f"postgres://postgres@/{folder}/postgres"


def _wait_until_connected(folder: Path, server: Child, log: Path) -> None:
    until = time.monotonic() + 30
    while server.poll() is None and time.monotonic() < until:
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(host=str(folder), user="postgres", dbname="postgres").close()
            return
        time.sleep(0.05)
    raise ChildError(f"PostgreSQL does not start. It said:\n{log.read_text(errors='replace')}")


@contextlib.contextmanager
def broker() -> Iterator[str]:
    """An empty broker, and its REDIS_URL."""
    with (
        tempfile.TemporaryDirectory(prefix="tianjin-pilot-") as folder,
        embedded_broker(Path(folder)) as (_, url),
    ):
        yield url


class RestartedBroker:
    """A broker whose power fails and comes back; `url` is the same all the time."""

    def __init__(self, folder: Path) -> None:
        self._socket, self._data = folder / "broker.sock", folder / "data"
        self._running = contextlib.ExitStack()
        self.start()

    def start(self) -> None:
        self._process, self.url = self._running.enter_context(broker_at(self._socket, self._data))

    def kill(self) -> None:
        """End it as the loss of power does: it has no time to write anything."""
        self._process.kill()
        self._running.close()


@contextlib.contextmanager
def broker_that_fails() -> Iterator[RestartedBroker]:
    """A broker that can be killed and started again with what it had kept."""
    with tempfile.TemporaryDirectory(prefix="tianjin-pilot-") as folder:
        broker = RestartedBroker(Path(folder))
        try:
            yield broker
        finally:
            broker.kill()


@dataclass(frozen=True, slots=True)
class Worker:
    """A running worker, or beat: its process and the file with what it prints."""

    process: Child
    log: Path

    def kill(self) -> None:
        """kill -9, of the process that takes jobs and of the one that does them."""
        os.killpg(self.process.pid, signal.SIGKILL)


@contextlib.contextmanager
def worker(env: Mapping[str, str], *, beat: bool = False) -> Iterator[Worker]:
    """A Celery worker that waits for jobs.

    `env` is set beside the environment of the tests; give it at least the REDIS_URL of `broker` and
    the DATABASE_URL of `database_url_of`. Raises ChildError if the worker does not become ready.
    """
    command = ["worker", "--concurrency", "1", "--without-gossip", "--without-mingle"]
    with _celery(env, *command, *(["--beat"] if beat else []), ready=b" ready.") as started:
        yield started


@contextlib.contextmanager
def hasty_beat(env: Mapping[str, str], *, day: str) -> Iterator[Worker]:
    """Celery's beat, which orders the reminders of `day` every other second; `env` as of `worker`.

    Raises ChildError if it does not start.
    """
    with _celery(
        {**env, "REMINDED_DAY": day},
        "beat",
        app="tianjin_pilot.tests.hasty_beat",
        ready=b"beat: Starting",
    ) as started:
        yield started


@contextlib.contextmanager
def _celery(
    env: Mapping[str, str], command: str, *options: str, ready: bytes, app: str = "tianjin_pilot"
) -> Iterator[Worker]:
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tianjin-pilot-")))
        log = folder / f"{command}.log"
        line = [sys.executable, "-W", "ignore:You're running the worker", "-m", "celery"]
        line += ["--app", app, command, "--loglevel", "INFO", *options]
        if command == "beat":
            line += ["--pidfile", str(folder / "beat.pid")]
        if "beat" in (command, *(one.removeprefix("--") for one in options)):
            line += ["-s", str(folder / "celerybeat-schedule")]
        output = stack.enter_context(log.open("wb"))
        process = stack.enter_context(child(line, env={**os.environ, **env}, output=output))
        until = time.monotonic() + 30
        while ready not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > until:
                raise ChildError(f"Celery's {command} is not ready. It said:\n{log.read_text()}")
            time.sleep(0.05)
        yield Worker(process, log)


class Trouble(enum.Enum):
    """What a mail server does to mail for one address instead of taking it."""

    REFUSES = "says that there is no such box"
    NOT_NOW = "asks to come back later"
    HANGS = "says nothing any more"
    DROPS = "takes the message in and drops the line without having kept it"
    DROPS_KEPT = "keeps the message and drops the line before it says so"


class _Letterbox:
    """Keeps each message that the mail server is given, with its recipients as they were sent."""

    def __init__(
        self,
        refuses: str | None,
        troubles: Mapping[str, Trouble],
        kept: Callable[[EmailMessage], None],
        seconds: float,
    ) -> None:
        self.messages: list[EmailMessage] = []
        self.refuses = refuses
        self.troubles = troubles
        self.kept = kept
        self.seconds = seconds

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        trouble = self.troubles.get(address)
        if trouble is Trouble.REFUSES or (self.refuses and address.endswith(self.refuses)):
            return "550 No such mailbox here"
        if trouble is Trouble.NOT_NOW:
            return "451 Try again later"
        if trouble is Trouble.HANGS:
            await asyncio.sleep(3600)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, EmailMessage, policy=policy.default)
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        troubles = {self.troubles.get(address) for address in envelope.rcpt_tos}
        await asyncio.sleep(self.seconds)
        if Trouble.DROPS not in troubles:
            self.messages.append(message)
            self.kept(message)
        if troubles & {Trouble.DROPS, Trouble.DROPS_KEPT}:
            assert server.transport is not None
            server.transport.close()
        return "250 Message accepted for delivery"


@contextlib.contextmanager
def mail_server(
    refuses: str | None = None,
    *,
    troubles: Mapping[str, Trouble] | None = None,
    kept: Callable[[EmailMessage], None] = lambda _: None,
    seconds: float = 0,
) -> Iterator[tuple[str, list[EmailMessage]]]:
    """An SMTP server: its EMAIL_URL, and the list that grows by each message it is given.

    The recipients of the SMTP dialogue are in the header X-Envelope-To. Recipients whose address
    ends with `refuses` are refused, as a box that is not there is; `troubles` says what else
    befalls an address, and may change while the server runs. `kept` is called with each message
    once it is in the list and before the sender is told; a message takes `seconds`.
    """
    letterbox = _Letterbox(refuses, {} if troubles is None else troubles, kept, seconds)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(letterbox, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        yield f"smtp://127.0.0.1:{port}", letterbox.messages
    finally:
        controller.stop()


def database_url_of(connection: BaseDatabaseWrapper) -> str:
    """The DATABASE_URL by which another program reaches the database of this connection."""
    config = connection.settings_dict
    if config["ENGINE"] == SQLITE:
        return f"sqlite:///{quote(str(config['NAME']))}"
    user = quote(config["USER"], safe="")
    if config["PASSWORD"]:
        user += ":" + quote(config["PASSWORD"], safe="")
    port = f":{config['PORT']}" if config["PORT"] else ""
    if config["HOST"].startswith("/"):
        return f"postgres://{user}@{port}/{quote(config['HOST'])}/{quote(config['NAME'])}"
    return f"postgres://{user}@{config['HOST']}{port}/{quote(config['NAME'])}"

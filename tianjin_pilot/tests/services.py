"""Real services for tests, each started with a block of code and ended with it.

None takes a port or a folder that a person's own services use, so tests run beside them.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from urllib.parse import quote

import psycopg
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db.backends.base.base import BaseDatabaseWrapper

from tianjin_pilot.children import Child, ChildError, child, embedded_broker
from tianjin_pilot.environment import SQLITE

OLDEST_POSTGRESQL = 15


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


@contextlib.contextmanager
def postgresql() -> Iterator[str]:
    """An empty PostgreSQL cluster, and the DATABASE_URL of its database `postgres`.

    It listens on a Unix socket in its own folder only, trusts whoever reaches that, and writes
    nothing through to the disk. PostgreSQL does not run as root: for root it runs as `postgres`.
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
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": str(folder),
            "fsync": "off",
            "full_page_writes": "off",
            "synchronous_commit": "off",
            # Each test rolls its rows back. Left where they are they slow down the tests after it,
            # and the planner takes the tables for small that they have grown in.
            "autovacuum_naptime": "2s",
            # Tests leave tables of dead rows that look empty: read by index, as the full ones are.
            "enable_seqscan": "off",
            # Compiling a query takes longer than running it over the few rows of a test.
            "jit": "off",
        }
        server = [str(programs / "postgres"), "-D", str(data)]
        server += [f"--{name}={value}" for name, value in settings.items()]
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


@contextlib.contextmanager
def worker(env: Mapping[str, str], *, beat: bool = False) -> Iterator[Path]:
    """A Celery worker that waits for jobs, and the file with what it prints.

    `env` is set beside the environment of the tests; give it at least the REDIS_URL of `broker` and
    the DATABASE_URL of `database_url_of`. Raises ChildError if the worker does not become ready.
    """
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tianjin-pilot-")))
        log = folder / "worker.log"
        command = [sys.executable, "-W", "ignore:You're running the worker", "-m", "celery"]
        command += ["--app", "tianjin_pilot", "worker", "--concurrency", "1", "--loglevel", "INFO"]
        command += ["--without-gossip", "--without-mingle"]
        if beat:
            command += ["--beat", "--schedule-filename", str(folder / "celerybeat-schedule")]
        output = stack.enter_context(log.open("wb"))
        process = stack.enter_context(child(command, env={**os.environ, **env}, output=output))
        until = time.monotonic() + 30
        while b" ready." not in log.read_bytes():
            if process.poll() is not None or time.monotonic() > until:
                raise ChildError(f"The worker is not ready. It said:\n{log.read_text()}")
            time.sleep(0.05)
        yield log


class _Letterbox:
    """Keeps each message that the mail server is given, with its recipients as they were sent.

    Recipients whose address ends with `refuses` are refused, as a box that is not there is.
    """

    def __init__(self, refuses: str | None) -> None:
        self.messages: list[EmailMessage] = []
        self.refuses = refuses

    async def handle_RCPT(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.refuses and address.endswith(self.refuses):
            return "550 No such mailbox here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd looks for this name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, EmailMessage, policy=policy.default)
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.messages.append(message)
        return "250 Message accepted for delivery"


@contextlib.contextmanager
def mail_server(refuses: str | None = None) -> Iterator[tuple[str, list[EmailMessage]]]:
    """An SMTP server: its EMAIL_URL, and the list that grows by each message it is given.

    The recipients of the SMTP dialogue are in the header X-Envelope-To.
    """
    letterbox = _Letterbox(refuses)
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

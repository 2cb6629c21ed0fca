"""`make run`: every part of the product on one machine, started together and ended together.

`run` reads in the order in which things happen. What a person sets in the environment is kept:
PORT and HOST, and every variable of the settings; with REDIS_URL set no broker is started here.
"""

import contextlib
import errno
import http.client
import os
import socket
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

import django
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections
from django.utils import translation

from tianjin_pilot.children import (
    Child,
    ChildError,
    child,
    embedded_broker,
    ignore_interrupts,
    interrupt_once,
)

VAR_DIR = Path(__file__).resolve().parent.parent / "var"

# What is done to the database at each start: what to say, the command, how much it may print.
PREPARATION = (
    ("Bringing the database up to date", "migrate", 0),
    ("Reading the official list", "import_tasks", 1),
    ("Laying out the demonstration", "seed_demo", 1),
)
SECONDS_TO_START = 60


class StartError(Exception):
    """Why the product cannot start here, as a sentence with its remedy."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where the web server listens."""

    host: str
    port: int

    @property
    def bind(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def reached_at(self) -> str:
        """The host to ask on this machine: 0.0.0.0 and :: stand for all of its addresses."""
        return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(  # noqa: S104 # nosec B104
            self.host, self.host
        )

    @property
    def url(self) -> str:
        return f"http://{Address(self.reached_at, self.port).bind}"


def main() -> int:
    """Run until Ctrl-C, SIGTERM or the end of the terminal, and return the exit code."""
    interrupt_once()
    started = contextlib.ExitStack()
    try:
        run(address_from(os.environ), started)
    except KeyboardInterrupt:
        return 0
    except (StartError, ChildError, CommandError, ImproperlyConfigured) as reason:
        print(f"\nmake run: {reason}", file=sys.stderr, flush=True)
        return 1
    finally:
        # The parts end in reverse order, whatever ended the run, and nothing interrupts that.
        ignore_interrupts()
        started.close()


def run(address: Address, started: contextlib.ExitStack) -> NoReturn:
    """Start every part within `started`, say where the product is, and watch over the parts.

    Raises StartError or ChildError if a part does not start, or ends.
    """
    began = time.monotonic()
    refuse_taken(address)
    fill_environment(address)
    parts: dict[str, Child] = {}
    if not os.environ.get("REDIS_URL"):
        # One for each port, since two brokers must not write the same file.
        broker = embedded_broker(VAR_DIR / "broker" / str(address.port))
        parts["broker"], os.environ["REDIS_URL"] = started.enter_context(broker)
    prepare_database()
    parts["worker"] = started.enter_context(child(worker_command(address)))
    parts["web server"] = started.enter_context(child(web_command(address)))
    wait_for_answer(address, parts)
    print_welcome(address, seconds=time.monotonic() - began)
    while True:
        refuse_ended(parts)
        time.sleep(0.3)


def address_from(environ: Mapping[str, str]) -> Address:
    """The address of HOST and PORT, 127.0.0.1 and 8000 where they are not set."""
    port = environ.get("PORT") or "8000"
    if not port.isdecimal() or not 0 < int(port) < 65536:
        raise StartError(f"PORT is {port!r}, not a number from 1 to 65535: make run PORT=8001")
    return Address((environ.get("HOST") or "127.0.0.1").strip("[]"), int(port))


def refuse_taken(address: Address) -> None:
    """Raise StartError if the web server could not listen at the address."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    try:
        socket.create_server((address.host, address.port), family=family).close()
    except OSError as error:
        remedy = f"make run PORT={max(8000, address.port % 65535) + 1}"
        if error.errno == errno.EADDRINUSE:
            raise StartError(
                f"Port {address.port} is already in use, perhaps by this product in another "
                f"window. To take another: {remedy}"
            ) from error
        raise StartError(
            f"Nothing can listen on {address.bind}: {error.strerror}. HOST and PORT say where; "
            f"to take another port: {remedy}"
        ) from error


def fill_environment(address: Address) -> None:
    """Set what the settings read, for this program and its children, where a person has not."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tianjin_pilot.settings")
    os.environ.setdefault("DEBUG", "1")
    os.environ.setdefault("SITE_URL", address.url)
    os.environ.setdefault("ALLOWED_HOSTS", f"localhost,127.0.0.1,[::1],{address.host}")


def prepare_database() -> None:
    """Do what PREPARATION lists; raise StartError if the database cannot be used."""
    django.setup()
    try:
        for sentence, command, verbosity in PREPARATION:
            print(f"{sentence} …", flush=True)
            call_command(command, verbosity=verbosity)
    except DatabaseError as error:
        raise StartError(
            f"The database cannot be used (DATABASE_URL says which): {error}"
        ) from error
    finally:
        connections.close_all()


def worker_command(address: Address) -> list[str]:
    """One Celery worker that also keeps the beat schedule."""
    # The worker warns when root starts it. Here it runs for a look, with the rights of who looks.
    python = [sys.executable, "-W", "ignore:You're running the worker"]
    schedule = str(VAR_DIR / f"celerybeat-schedule-{address.port}")
    return [
        *(*python, "-m", "celery", "--quiet", "--app", "tianjin_pilot", "worker", "--beat"),
        *("--schedule-filename", schedule, "--concurrency", "1", "--loglevel", "WARNING"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    ]


def web_command(address: Address) -> list[str]:
    """One web server process with threads: SQLite has one writer, and this is one machine."""
    return [
        *(sys.executable, "-m", "gunicorn", "--config", "python:tianjin_pilot.serving"),
        *("--bind", address.bind, "--workers", "1", "--threads", "8"),
        *("--graceful-timeout", "5", "--no-control-socket"),
    ]


def refuse_ended(parts: Mapping[str, Child]) -> None:
    """Raise ChildError if one of the parts has ended: the others are of no use without it."""
    for name, part in parts.items():
        if (code := part.poll()) is not None:
            raise ChildError(
                f"The {name} ended (exit code {code}), so everything ends. "
                f"What it printed above says why."
            )


def wait_for_answer(address: Address, parts: Mapping[str, Child]) -> None:
    """Return once the web server answers, whatever the answer."""
    until = time.monotonic() + SECONDS_TO_START
    while time.monotonic() < until:
        refuse_ended(parts)
        connection = http.client.HTTPConnection(address.reached_at, address.port, timeout=30)
        with contextlib.closing(connection), contextlib.suppress(OSError):
            connection.request("GET", "/")
            connection.getresponse()
            return
        time.sleep(0.1)
    raise StartError(f"The web server has not answered at {address.url} in {SECONDS_TO_START} s.")


def print_welcome(address: Address, *, seconds: float) -> None:
    """Say where the product is and how to sign in, one account of each role."""
    from progress.demonstration import sign_ins

    with translation.override("en"):
        rows = [(str(role), username, password) for role, username, password in sign_ins()]
    print(f"\nReady after {seconds:.1f} s: {address.url}    (Ctrl-C ends it)\n")
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)))
    print(flush=True)


if __name__ == "__main__":
    sys.exit(main())

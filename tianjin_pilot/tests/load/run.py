"""One run, with so many processes of the web server: driven, measured, and looked at after."""

import contextlib
import re
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from django.db import connection
from django.test import override_settings

from agencies.models import Role
from progress.models import ExportJob, ReportingPeriod
from progress.models.exports import UNDER_WAY
from tianjin_pilot.tests.installation import (
    Installation,
    held_socket,
    until_answered,
)
from tianjin_pilot.tests.load.figures import OTHERS, Result, Seen, result_of
from tianjin_pilot.tests.load.laying_out import accounts_signed_in
from tianjin_pilot.tests.load.lost import lost
from tianjin_pilot.tests.load.overlooked import overlooked
from tianjin_pilot.tests.load.people import (
    Account,
    Coordinator,
    Exporter,
    Hour,
    Leader,
    Person,
    Reviewer,
    Writer,
)
from tianjin_pilot.tests.load.processors import (
    busy_seconds,
    own_seconds,
    parent_of,
    seconds_of,
)
from tianjin_pilot.tests.load.told import Told
from tianjin_pilot.tests.services import database_url_of

WEB, WORKER, BEAT = (f"tianjin-pilot-{name}.service" for name in ("web", "worker@", "beat"))
# As many workers as tianjin-pilot.target wants.
WORKERS = 2
# What is under way at the end may take so long to be finished, and exports that were asked for.
SECONDS_FOR_TURNS, SECONDS_TO_END, SECONDS_FOR_EXPORTS = 600, 90, 60
KINDS: Mapping[str, type[Person]] = {
    Role.REPORTER: Writer,
    Role.APPROVER: Reviewer,
    Role.COORDINATOR: Coordinator,
    Role.LEADER: Leader,
}


@dataclass(frozen=True, slots=True)
class Asked:
    """How long is counted and from when on, and how many times as fast as people all of it goes; or
    with `turns` how many things each person does, all of which are counted."""

    seconds: float
    ramp: float
    pace: float
    turns: int = 0


def run(made: Installation, processes: int, asked: Asked) -> Result:
    """Let everybody work for a while on the database that is now the default one, which is to have
    been laid out, and then look for what they were told."""
    seen, told = Seen(), Told()
    made.env["DATABASE_URL"] = database_url_of(connection)
    made.env["EVIDENCE_DIR"] = str(made.folder / "var" / f"evidence-{processes}")
    accounts = accounts_signed_in()
    period = ReportingPeriod.objects.open().get().code
    with override_settings(EVIDENCE_DIR=Path(made.env["EVIDENCE_DIR"])):
        with _started(made, processes) as (site, begun):
            pids = {**begun, "database": [_database_pid()]}
            hour = Hour(site, period, asked.pace, seen, told, asked.turns)
            cores = _driven(hour, _people(accounts, hour), asked, pids)
            _exports_awaited(told)
        missing = lost(told, period=period)
        # Where something is lost already there is no need to ask whether it would be noticed.
        if not missing:
            for kind in overlooked(told, period=period):
                seen.wrong(f"{kind} that is lost on purpose is not noticed")
    return result_of(seen, processes=processes, acknowledged=told.count, lost=missing, cores=cores)


@contextlib.contextmanager
def _started(made: Installation, processes: int) -> Iterator[tuple[Path, Mapping[str, list[int]]]]:
    """The programs of deploy/systemd, with so many processes of the web server: where it is
    reached, and the first process of each by what it is for."""
    _processes_set(made, processes)
    site = made.folder / "run" / "web.sock"
    site.unlink(missing_ok=True)
    with contextlib.ExitStack() as stack:
        held = stack.enter_context(held_socket(site))
        web = stack.enter_context(made.running(WEB, held=held))
        jobs = [stack.enter_context(made.running(name)) for name in [WORKER] * WORKERS + [BEAT]]
        until_answered(site, web)
        pids = {"web server": [web.process.pid], "workers": [one.process.pid for one in jobs]}
        yield site, pids


def _processes_set(made: Installation, processes: int) -> None:
    """As an administrator does it, in the unit."""
    unit = made.current / "deploy" / "systemd" / WEB
    text, count = re.subn(r"--workers \d+", f"--workers {processes}", unit.read_text())
    assert count == 1
    unit.write_text(text)


def _driven(
    hour: Hour, people: Sequence[Person], asked: Asked, pids: Mapping[str, Sequence[int]]
) -> Mapping[str, float]:
    """Let them work; which part of one core each program kept busy while it was counted."""
    threads = [threading.Thread(target=one.work, daemon=True) for one in people]
    hour.seen.begins, before = time.monotonic(), _took(pids)
    for thread in threads:
        thread.start()
    try:
        if asked.turns:
            _joined(threads, SECONDS_FOR_TURNS)
        else:
            time.sleep(asked.ramp)
            hour.seen.begins, before = time.monotonic(), _took(pids)
            time.sleep(asked.seconds)
        hour.seen.ends, after = time.monotonic(), _took(pids)
    finally:
        hour.over.set()
    _joined(threads, SECONDS_TO_END)
    if still := sum(thread.is_alive() for thread in threads):
        hour.seen.wrong(f"{still} people still wait for an answer after {SECONDS_TO_END} s")
    passed = hour.seen.ends - hour.seen.begins
    cores = {name: (after[name] - before[name]) / passed for name in before}
    ours = sum(share for name, share in cores.items() if name != OTHERS)
    return cores | {OTHERS: max(0.0, cores[OTHERS] - ours)}


def _joined(threads: Sequence[threading.Thread], seconds: float) -> None:
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0, until - time.monotonic()))


def _took(pids: Mapping[str, Sequence[int]]) -> Mapping[str, float]:
    return seconds_of(pids) | {"clients": own_seconds(), OTHERS: busy_seconds()}


def _people(accounts: Sequence[Account], hour: Hour) -> list[Person]:
    """Each by their role; the first coordinator has reports made, and the others decide."""
    coordinators = [one for one in accounts if one.role == Role.COORDINATOR]
    return [
        Exporter(one, hour) if one in coordinators[:1] else KINDS[one.role](one, hour)
        for one in accounts
    ]


def _exports_awaited(told: Told) -> None:
    until = time.monotonic() + SECONDS_FOR_EXPORTS
    asked_for = ExportJob.objects.filter(pk__in=told.exports, state__in=UNDER_WAY)
    while time.monotonic() < until and asked_for.exists():
        time.sleep(0.5)


def _database_pid() -> int:
    """The server's first process: the parent of whichever answers here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return parent_of(cursor.fetchone()[0])

"""Two web servers and two workers under load, while one after the other is killed, the broker fails
and the database drops all connections: nothing that was acknowledged is lost, nothing is twice.

The programs are those of deploy/systemd. Agencies and the office are programs that ask the API as
any client may: what was not answered they ask again, of the other web server.
"""

import datetime as dt
import os
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import Count
from django.utils import timezone
from pytest_django.fixtures import Settings

from agencies.audit import trail_faults
from agencies.models import AuditEntry, Role, TokenAccess, User
from agencies.tokens import token_create
from conftest import Cast
from progress.exports import exports_make
from progress.filestore import damages
from progress.models import Evidence, ExportJob, ExportState, Report, ReportEvent, ReportingPeriod
from progress.states import Move, ReportState
from progress.workflow import period_open
from tasks.models import Division, Responsibility, ResponsibilityRole, Status, Task
from tianjin_pilot.tests import services
from tianjin_pilot.tests.installation import (
    Installation,
    Program,
    held_socket,
    installation,
    release_copied,
    until_answered,
)
from tianjin_pilot.tests.load.programs import ApiClient, Observed, TaskOfAnAgency, json_of

pytestmark = [pytest.mark.services, pytest.mark.django_db(transaction=True)]

LONG = bool(os.environ.get("LONG"))
WRITERS, ROUNDS = (48, 10) if LONG else (24, 1)
SECONDS_BETWEEN = 2.0
# What may fail, until when: requests that were under way or came while something was away; after
# that the pool and the broker's connections are new.
MOMENT = 10.0


def key_of(user: User) -> str:
    now = timezone.now()
    return token_create(
        user=user, name="负载", access=TokenAccess.READ_WRITE, expires_at=None, now=now
    )[1]


@pytest.fixture
def period(cast: Cast) -> ReportingPeriod:
    """The servers read the real clock, so the period is that of the real month."""
    now = timezone.now()
    return period_open(code=f"{timezone.localdate(now):%Y-%m}", by=cast.coordinator, now=now)


@pytest.fixture
def keys(cast: Cast, period: ReportingPeriod) -> dict[int, str]:
    """Of each task whose lead compiles alone, the key of a reporter of that lead."""
    leads = Responsibility.objects.filter(
        role=ResponsibilityRole.LEAD, task__division=Division.LEAD_COMPILES
    ).select_related("agency", "task")
    of_agency: dict[int, str] = {}
    found = {}
    for lead in leads.order_by("task__number"):
        if lead.agency_id not in of_agency:
            user = User.objects.create_user(
                f"program-{lead.agency_id}", None, name="程", role=Role.REPORTER, agency=lead.agency
            )
            of_agency[lead.agency_id] = key_of(user)
        found[lead.task.number] = of_agency[lead.agency_id]
    return found


@dataclass
class Machinery:
    """What runs, and what can befall it."""

    web: list[tuple[Path, Program]]
    workers: list[Program]
    broker: services.RestartedBroker

    def blows(self) -> list[Callable[[], object]]:
        (_, first), (site, second) = self.web

        def web_server_killed() -> None:
            second.kill()
            second.start()
            until_answered(site, second)

        def worker_killed() -> None:
            self.workers[0].kill()
            self.workers[0].start()

        def broker_restarted() -> None:
            self.broker.kill()
            time.sleep(1)
            self.broker.start()

        return [
            first.child_killed,
            worker_killed,
            broker_restarted,
            web_server_killed,
            connections_dropped,
        ]


def connections_dropped() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_under_load_nothing_acknowledged_is_lost_and_nothing_is_twice(
    cast: Cast,
    period: ReportingPeriod,
    keys: dict[int, str],
    settings: Settings,
    tmp_path: Path,
) -> None:
    office_key = key_of(cast.coordinator)
    seen = Observed()
    with (
        services.broker_that_fails() as broker,
        installation(
            database_url=services.database_url_of(connection),
            redis_url=broker.url,
            # Every export is made by a worker, and a program may ask as often as it can.
            EXPORT_SECONDS_AT_ONCE="0",
            API_READS_A_MINUTE="0",
            API_WRITES_A_MINUTE="0",
            API_HEAVY_A_MINUTE="0",
            API_REQUESTS_OF_AN_ADDRESS_A_MINUTE="0",
        ) as made,
    ):
        made.put_in_place(release_copied(tmp_path / "release"))
        settings.EVIDENCE_DIR = Path(made.env["EVIDENCE_DIR"])
        settings.AUDIT_KEYS = [Path(made.env["AUDIT_KEYS_FILE"]).read_text().strip()]
        blown = storm(made, broker, seen, keys, office_key, period)
        report_of_the_storm(seen, blown)
        assert seen.wrong == []
        for moment, what in seen.unanswered:
            assert any(began <= moment <= ended + MOMENT for began, ended in blown), what
        nothing_is_lost_and_nothing_twice(seen, period)


def storm(
    made: Installation,
    broker: services.RestartedBroker,
    seen: Observed,
    keys: dict[int, str],
    office_key: str,
    period: ReportingPeriod,
) -> list[tuple[float, float]]:
    """Let the blows fall while the clients write; when each began and was made up for."""
    sites = [made.folder / "run" / name for name in ("web-1.sock", "web-2.sock")]
    with (
        held_socket(sites[0]) as first,
        held_socket(sites[1]) as second,
        made.running("tianjin-pilot-web.service", held=first) as web_1,
        made.running("tianjin-pilot-web.service", held=second) as web_2,
        made.running("tianjin-pilot-worker@.service") as worker_1,
        made.running("tianjin-pilot-worker@.service") as worker_2,
    ):
        web = list(zip(sites, (web_1, web_2), strict=True))
        for site, program in web:
            until_answered(site, program)
        machinery = Machinery(web, [worker_1, worker_2], broker)
        office = ApiClient(sites, office_key, seen)
        tasks: queue.SimpleQueue[TaskOfAnAgency] = queue.SimpleQueue()
        for number, key in keys.items():
            agency = ApiClient(sites, key, seen)
            tasks.put(TaskOfAnAgency(number, period.code, agency, office, seen))
        works: list[Callable[[], None]] = [lambda: exports_asked(office, seen)]
        works += [lambda: tasks_walked(tasks, seen)] * WRITERS
        clients = [threading.Thread(target=work) for work in works]
        for client in clients:
            client.start()
        blown = []
        try:
            for blow in machinery.blows() * ROUNDS:
                time.sleep(SECONDS_BETWEEN)
                began = time.monotonic()
                blow()
                blown.append((began, time.monotonic()))
            time.sleep(SECONDS_BETWEEN)
        finally:
            seen.stop.set()
            for client in clients:
                client.join()
        return blown


def tasks_walked(tasks: "queue.SimpleQueue[TaskOfAnAgency]", seen: Observed) -> None:
    """One task after the other, each to its end, until it is enough or one is wrong."""
    try:
        while not seen.stop.is_set():
            tasks.get_nowait().walk()
    except queue.Empty:
        return
    except Exception as error:  # noqa: BLE001 - told to the test's own thread
        seen.wrong.append(repr(error))


def exports_asked(office: ApiClient, seen: Observed) -> None:
    try:
        while not seen.stop.wait(2):
            answer, _again = office.send("POST", "exports/", {"paper": "A4"})
            seen.exports.add(json_of(answer, "export", {200, 202})["id"])
    except Exception as error:  # noqa: BLE001 - told to the test's own thread
        seen.wrong.append(repr(error))


def report_of_the_storm(seen: Observed, blown: list[tuple[float, float]]) -> None:
    late = [
        min(moment - began for began, _ in blown if began <= moment)
        for moment, _what in seen.unanswered
        if any(began <= moment for began, _ in blown)
    ]
    print(
        f"{seen.answered} answers, {len(seen.unanswered)} unanswered, the last "
        f"{max(late, default=0):.1f} s after a blow; {len(seen.texts)} reports, "
        f"{len(seen.approved)} approved, {len(seen.files)} files, {len(seen.exports)} exports"
    )


def nothing_is_lost_and_nothing_twice(seen: Observed, period: ReportingPeriod) -> None:
    assert len(seen.approved) > WRITERS / 2
    reports = {one.pk: one for one in Report.objects.filter(period=period)}
    assert {pk: reports[pk].problems for pk in seen.texts} == seen.texts
    assert {pk for pk, one in reports.items() if one.state == ReportState.APPROVED} == seen.approved
    moves = ReportEvent.objects.values_list("report", "move").annotate(count=Count("id"))
    counted = {(report, move): count for report, move, count in moves}
    assert {key[0] for key in counted if key[1] == Move.SUBMIT} == seen.submitted
    assert {key[0] for key in counted if key[1] == Move.APPROVE} == seen.approved
    assert set(counted.values()) == {1}
    registered = Task.objects.filter(reports__in=seen.approved)
    assert set(registered.values_list("status", flat=True)) == {Status.IN_PROGRESS}

    attached = list(Evidence.objects.values_list("file__sha256", flat=True))
    assert sorted(attached) == sorted(seen.files)
    assert list(damages()) == []

    audited = AuditEntry.objects.filter(act__in=["report.submit", "report.approve"])
    assert audited.count() == len(seen.submitted) + len(seen.approved)
    assert not trail_faults()

    # What a killed worker had begun is taken over once its time is up.
    later = timezone.now() + dt.timedelta(minutes=5)
    exports_make(clock=lambda: later)
    states = dict(ExportJob.objects.values_list("id", "state"))
    assert set(states) == seen.exports
    assert set(states.values()) <= {ExportState.DONE}

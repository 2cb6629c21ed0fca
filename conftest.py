"""What tests of every app share: the list, a standard cast of people, and pinned time."""

import contextlib
import datetime as dt
import gc
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import translation
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from agencies.audit.guarding import guard_drop
from agencies.models import Agency, Role, User
from progress.models import ReportingPeriod
from tianjin_pilot.settled import OBJECTS_BETWEEN_COLLECTIONS
from tianjin_pilot.tests.kept_rows import Ground, rows_undone
from tianjin_pilot.tests.released import history_reaches_back
from tianjin_pilot.tests.services import chromium

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A Thursday, one working day before the due date of the period that `period` opens.
NOW = dt.datetime(2026, 10, 22, 10, 0, tzinfo=SHANGHAI)
TODAY = NOW.date()
PASSWORD = "Correct-horse-battery"
TESTS_BETWEEN_VACUUMS = 40
EMPTY_SQLITE = "empty.sqlite3"


@dataclass(frozen=True)
class Cast:
    """Task 4 is led by 市数据局 and shared by 市发展改革委 and 市工业和信息化局."""

    reporter: User
    approver: User
    second_approver: User
    colleague: User
    co_reporter: User
    stranger: User
    coordinator: User
    leader: User
    auditor: User
    administrator: User

    def everyone(self) -> dict[str, User]:
        return dict(vars(self))


# The user name where it is not the part that somebody plays.
USERNAMES = {"second_approver": "approver2", "co_reporter": "co-reporter"}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--first-cases",
        action="store_true",
        help="take one case of each test that runs on either database",
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no process is left with it at the end."""
    if config.getoption("first_cases"):
        firsts = {item.nodeid.partition("[")[0]: item for item in reversed(items)}
        items[:] = [
            item
            for item in items
            if firsts[item.nodeid.partition("[")[0]] is item
            or any(map(item.get_closest_marker, ("browser", "services", "once")))
        ]
    takes_long = ("browser", "services", "once")
    items.sort(key=lambda item: not any(map(item.get_closest_marker, takes_long)))


def pytest_collection_finish() -> None:
    """As in a process of the web server: modules and the thousands of tests that were found stay
    until the end, and looking through them for garbage was a tenth of an ordinary test."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What this clone cannot show (see tianjin_pilot/tests/test_upgrade.py)."""
    if not history_reaches_back():
        terminalreporter.write_line(
            "The history of this clone does not reach back to the release before this one, so its "
            "programs were not run against the migrations of this one."
        )


@pytest.fixture(scope="session")
def django_db_setup(
    django_db_setup: None, django_db_blocker: DjangoDbBlocker, kept_folder: Path
) -> Iterator[None]:
    """The database of the tests. In the end nobody else may be in it, else it cannot be dropped: a
    browser that was switched off in the middle of a request leaves that request's connection.

    Without its guard of the audit trail, since tables are emptied after tests that commit; tests of
    the guard put it on.
    """
    with django_db_blocker.unblock():
        guard_drop(connection)
        if connection.vendor == "sqlite":
            _empty_sqlite_keep(kept_folder / EMPTY_SQLITE)
    yield
    if connection.vendor != "postgresql":
        return
    # A test may have ended the connections of this process, to copy the database.
    connection.close()
    connection.close_pool()  # type: ignore[attr-defined]
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def _empty_sqlite_keep(path: Path) -> None:
    """Keep the database as migrations leave it, which take ten seconds on SQLite."""
    if not path.exists():
        own = _own(path)
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(own)])
        own.replace(path)


def _own(path: Path) -> Path:
    """Where this process makes what the others are to find whole, in case several do at once."""
    return path.with_name(f"{path.name}.{os.getpid()}")


@pytest.fixture
def empty_sqlite(kept_folder: Path) -> Path:
    """An SQLite database that is migrated and nothing else, to be copied; on either database."""
    path = kept_folder / EMPTY_SQLITE
    if not path.exists():
        own = _own(path)
        env = {**os.environ, "DEBUG": "1", "DATABASE_URL": f"sqlite:///{own}"}
        migrate = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
        subprocess.run(migrate, env=env, check=True)
        with contextlib.closing(sqlite3.connect(own)) as made:
            made.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        own.replace(path)
    return path


@dataclass
class Since:
    """How many tests of this process have rolled rows back since those were last removed."""

    tests: int = 0


@pytest.fixture(scope="session")
def since_vacuum() -> Since:
    return Since()


@pytest.fixture(autouse=True)
def _rolled_back_rows_removed(
    since_vacuum: Since, django_db_blocker: DjangoDbBlocker
) -> Iterator[None]:
    """Rows that tests have rolled back stay in PostgreSQL's tables, each test is slowed down by
    those before it, and the planner takes the tables for what they are not."""
    yield
    since_vacuum.tests += 1
    # Some tests have their transaction ended after this; then it is for the next one.
    can = connection.connection is not None and not connection.in_atomic_block
    if connection.vendor == "postgresql" and can and since_vacuum.tests >= TESTS_BETWEEN_VACUUMS:
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("VACUUM")
        since_vacuum.tests = 0


@pytest.fixture(scope="session")
def ground(django_db_setup: None, kept_folder: Path) -> Ground:
    """What most tests start from."""
    from progress.tests.laid_out import demonstration_rows
    from tasks.importing import import_list

    return Ground(
        {
            "register": lambda: rows_undone(lambda: import_list(now=NOW)),
            "cast": lambda: rows_undone(_cast_create),
            "demonstration": lambda: demonstration_rows(kept_folder),
        }
    )


@pytest.fixture
def _laid_under(
    request: pytest.FixtureRequest, ground: Ground, django_db_blocker: DjangoDbBlocker
) -> None:
    names = request.fixturenames
    with django_db_blocker.unblock():
        ground.lay(tuple(one for one in ("register", "cast", "demonstration") if one in names))


@pytest.fixture
def _django_db_helper(_laid_under: None, _django_db_helper: None) -> None:
    """What pytest-django begins the test's transaction with, above the ground."""


@pytest.fixture
def register(db: None, ground: Ground) -> None:
    """The official list, imported by the product's own importer."""
    ground.have("register")


def _person(username: str, name: str, role: Role, agency: str | None = None) -> User:
    return User.objects.create_user(
        username,
        PASSWORD,
        name=name,
        role=role,
        agency=Agency.objects.get(name=agency) if agency else None,
        email=f"{username}@example.org",
    )


@pytest.fixture
def cast(register: None, ground: Ground) -> Cast:
    """One person of each kind; the stranger's agency has no part in task 4.

    Neither approver is active at first, so that a report goes straight to the coordinators; tests
    of the agency's own review make them active.
    """
    ground.have("cast")
    found = {user.username: user for user in User.objects.select_related("agency")}
    return Cast(**{who: found[USERNAMES.get(who, who)] for who in Cast.__dataclass_fields__})


def _cast_create() -> None:
    _person("reporter", "张报", Role.REPORTER, "市数据局")
    _person("approver", "李审", Role.APPROVER, "市数据局")
    _person("approver2", "王审", Role.APPROVER, "市数据局")
    _person("colleague", "赵同", Role.REPORTER, "市数据局")
    _person("co-reporter", "钱配", Role.REPORTER, "市发展改革委")
    _person("stranger", "孙外", Role.REPORTER, "市通信管理局")
    _person("coordinator", "周统", Role.COORDINATOR)
    _person("leader", "吴领", Role.LEADER)
    _person("auditor", "郑审", Role.AUDITOR)
    _person("administrator", "冯管", Role.ADMINISTRATOR)
    User.objects.filter(role=Role.APPROVER).update(is_active=False)


@pytest.fixture
def period(cast: Cast) -> ReportingPeriod:
    """The period 2026-10, open and due on Friday 2026-10-23 (the 25th is a Sunday)."""
    from progress.workflow import period_open

    return period_open(code="2026-10", by=cast.coordinator, now=NOW)


@pytest.fixture(scope="session")
def kept_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a run share, and where the run names one, its suites."""
    if named := os.environ.get("KEPT_FOLDER"):
        return Path(named)
    own = tmp_path_factory.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


@pytest.fixture
def demonstration(
    db: None, ground: Ground, kept_folder: Path, evidence_dir: Path
) -> Iterator[None]:
    """The demonstration as `make run` lays it out, and noon of the day for which it stands."""
    from progress.tests.laid_out import TODAY as DAY
    from progress.tests.laid_out import demonstration_files

    ground.have("demonstration")
    demonstration_files(kept=kept_folder, evidence=evidence_dir)
    with time_machine.travel(dt.datetime.combine(DAY, dt.time(12), SHANGHAI)):
        yield


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    return {"executable_path": chromium(), "args": ["--no-sandbox", "--disable-gpu"]}


@pytest.fixture(autouse=True)
def evidence_dir(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each test stores what is attached in a folder of its own."""
    settings.EVIDENCE_DIR = tmp_path_factory.mktemp("evidence")
    return Path(settings.EVIDENCE_DIR)


@pytest.fixture(autouse=True)
def _language_of_the_product() -> None:
    """The language of the last page that was asked for stays that of the thread."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _nothing_counted() -> None:
    """What the tests before have asked of the API counts for none after them."""
    cache.clear()


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A function that gives a browserless client with this person signed in."""

    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of

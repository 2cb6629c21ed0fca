"""What tests of every app share: the list, a standard cast of people, and pinned time."""

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from agencies.models import Agency, Role, User
from progress.models import ReportingPeriod

SHANGHAI = ZoneInfo("Asia/Shanghai")
# A Thursday, one working day before the due date of the period that `period` opens.
NOW = dt.datetime(2026, 10, 22, 10, 0, tzinfo=SHANGHAI)
TODAY = NOW.date()
PASSWORD = "correct-horse-battery"


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, so that no process is left with it at the end."""
    items.sort(key=lambda item: not any(map(item.get_closest_marker, ("browser", "once"))))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """The database of the tests. In the end nobody else may be in it, else it cannot be dropped: a
    browser that was switched off in the middle of a request leaves that request's connection."""
    yield
    if connection.vendor != "postgresql":
        return
    with django_db_blocker.unblock(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


@pytest.fixture
def register(db: None) -> None:
    """The official list, imported by the product's own importer."""
    from tasks.importing import import_list

    import_list(now=NOW)
    if connection.vendor == "postgresql":
        # In service the planner knows how large the tables are. Here they were filled a moment ago,
        # between the rows that earlier tests rolled back, and a wrong plan takes minutes.
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE tasks_task, tasks_measure, tasks_responsibility")


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
def cast(register: None) -> Cast:
    """One person of each kind; the stranger's agency has no part in task 4.

    Neither approver is active at first, so that a report goes straight to the coordinators; tests
    of the agency's own review make them active.
    """
    people = Cast(
        reporter=_person("reporter", "张报", Role.REPORTER, "市数据局"),
        approver=_person("approver", "李审", Role.APPROVER, "市数据局"),
        second_approver=_person("approver2", "王审", Role.APPROVER, "市数据局"),
        colleague=_person("colleague", "赵同", Role.REPORTER, "市数据局"),
        co_reporter=_person("co-reporter", "钱配", Role.REPORTER, "市发展改革委"),
        stranger=_person("stranger", "孙外", Role.REPORTER, "市通信管理局"),
        coordinator=_person("coordinator", "周统", Role.COORDINATOR),
        leader=_person("leader", "吴领", Role.LEADER),
        auditor=_person("auditor", "郑审", Role.AUDITOR),
        administrator=_person("administrator", "冯管", Role.ADMINISTRATOR),
    )
    User.objects.filter(role=Role.APPROVER).update(is_active=False)
    people.approver.refresh_from_db()
    people.second_approver.refresh_from_db()
    return people


@pytest.fixture
def period(cast: Cast) -> ReportingPeriod:
    """The period 2026-10, open and due on Friday 2026-10-23 (the 25th is a Sunday)."""
    from progress.workflow import period_open

    return period_open(code="2026-10", by=cast.coordinator, now=NOW)


@pytest.fixture
def demonstration(register: None, settings: Settings) -> None:
    """The demonstration as it stands this morning, as `make run` lays it out."""
    from progress.demonstration import demonstration_seed

    settings.DEBUG = True  # it makes accounts whose password everybody knows
    demonstration_seed(today=timezone.localdate())
    settings.DEBUG = False


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, object]:
    """The distribution's Chromium: playwright's own would have to be downloaded."""
    return {"executable_path": shutil.which("chromium"), "args": ["--no-sandbox"]}


@pytest.fixture(autouse=True)
def evidence_dir(settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Each test stores what is attached in a folder of its own."""
    settings.EVIDENCE_DIR = tmp_path_factory.mktemp("evidence")
    return Path(settings.EVIDENCE_DIR)


@pytest.fixture
def signed_in() -> Callable[[User], Client]:
    """A function that gives a browserless client with this person signed in."""

    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of

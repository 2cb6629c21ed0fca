"""What the pages of one task ask of the database: exactly so many statements, whatever the history.

Its page, the form of its report, and the report as who decides on it reads it.
"""

from collections.abc import Callable

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from agencies.models import User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import period_open
from tasks.models import Status, Task

# Session and account; what waits, in the frame.
FRAME = 2
Opened = Callable[[User], Client]


@pytest.fixture
def opened() -> Opened:
    def client_of(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return client_of


@pytest.fixture(params=[2, 5])
def task(request: pytest.FixtureRequest, cast: Cast, period: ReportingPeriod) -> Task:
    """Reported on in so many months before."""
    task = task_numbered(4)
    for month in range(10 - request.param, 10):
        earlier = period_open(code=f"2026-{month:02}", by=cast.coordinator, now=NOW)
        approved(task, earlier, cast.reporter, cast.coordinator, Status.IN_PROGRESS)
    return task


def asked_twice(
    client: Client, path: str, assert_num_queries: DjangoAssertNumQueries, count: int
) -> None:
    """The second time, when its statements are written."""
    assert client.get(path).status_code == 200
    with assert_num_queries(count):
        client.get(path)


def test_a_tasks_page(
    cast: Cast,
    period: ReportingPeriod,
    task: Task,
    opened: Opened,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    saved(task, period, cast.reporter)
    # Periods, the task with its neighbours, its agencies, the rules of lights, its row and
    # measures; what few have any of; the report, the codes of all; its history, which is which, and
    # of moves the rows and what they are compared with.
    asked_twice(
        opened(cast.coordinator), f"/tasks/{task.number}/", django_assert_num_queries, FRAME + 12
    )


def test_the_form_of_a_report(
    cast: Cast,
    period: ReportingPeriod,
    task: Task,
    opened: Opened,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    saved(task, period, cast.reporter)
    path = f"/tasks/{task.number}/reports/{period.code}/edit/"
    # The task, the person's agencies, the period, the report; the task's agencies and measures,
    # what is said, who compiles, the rules, contributions, the report before, evidence; who else
    # approves in the agency, and whether there is a deadline that could be later.
    asked_twice(opened(cast.reporter), path, django_assert_num_queries, FRAME + 14)


def test_the_report_that_is_decided_on(
    cast: Cast,
    period: ReportingPeriod,
    task: Task,
    opened: Opened,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    handed_in(task, period, cast.reporter)
    path = f"/tasks/{task.number}/reports/{period.code}/"
    # The task, the period, the report, the task's agencies, contributions; what few have any of;
    # what is said and what was before (two), the list's measures, what else waits, the history.
    asked_twice(opened(cast.coordinator), path, django_assert_num_queries, FRAME + 12)

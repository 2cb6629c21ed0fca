"""The record of changes: list, deadlines and agencies, who changed what, when and why."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.changes import agency_rename
from agencies.models import Agency, User
from conftest import NOW, Cast
from progress.tests.acts import task_numbered
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Task

HOUR = dt.timedelta(hours=1)
DAY = dt.date(2027, 3, 31)


def deadlines_set(cast: Cast, tasks: list[Task], day: dt.date, now: dt.datetime = NOW) -> None:
    deadlines_write(
        changes=[Deadline(task, None, day) for task in tasks],
        reason="经专题会议研究",
        by=cast.coordinator,
        now=now,
    )


@pytest.fixture
def recorded(cast: Cast) -> None:
    """A deadline that was set, and an hour later an agency that was renamed."""
    deadlines_set(cast, [task_numbered(4)], DAY)
    agency_rename(
        agency=Agency.objects.get(name="市数据局"),
        name="市数据管理局",
        short_name="数据管理局",
        effective_on=NOW.date(),
        document="津党办发〔2026〕12号",
        reason="机构改革",
        by=cast.administrator,
        now=NOW + HOUR,
    )


def test_an_auditor_reads_everything_that_was_changed_the_newest_first(
    cast: Cast, recorded: None, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.auditor)
    assert client.get("/")["Location"] == "/audit-trail/"
    answer = client.get("/changes/")
    renamed, deadline = answer.context["entries"]
    assert (renamed.at, renamed.reason, renamed.by) == (NOW + HOUR, "机构改革", "冯管")
    assert "市数据管理局" in renamed.what
    assert (deadline.at, deadline.by) == (NOW, "周统")
    assert "2027-03-31" in deadline.what
    for entry in (renamed, deadline):
        assert client.get(entry.address).status_code == 200


def test_one_history_is_read_by_itself_and_counts_what_it_lists(
    cast: Cast, recorded: None, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.auditor)
    choices = client.get("/changes/").context["choices"]
    assert [one.count for one in choices] == [2, 1, 0, 0, 1]
    for one in choices:
        assert len(client.get(one.address).context["entries"]) == one.count
    assert client.get("/changes/?history=nonsense").status_code == 400


def test_what_is_older_stands_on_further_pages_and_costs_the_same(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.auditor)
    costs, tasks = [], list(Task.objects.order_by("number")[:60])
    for day in (DAY, DAY + dt.timedelta(days=1)):
        deadlines_set(cast, tasks, day, NOW + HOUR)
        client.get("/changes/")
        with CaptureQueriesContext(connection) as taken:
            answer = client.get("/changes/")
        costs.append(len(taken))
    assert costs[0] == costs[1]
    assert answer.context["page_obj"].paginator.count == 120
    seen = {
        (entry.at, entry.what)
        for page in (1, 2, 3)
        for entry in client.get(f"/changes/?page={page}").context["entries"]
    }
    assert len(seen) == 120


def test_a_deadline_of_a_measure_names_it(cast: Cast, signed_in: Callable[[User], Client]) -> None:
    measure = task_numbered(4).measures.get(ordinal=2)
    deadlines_write(
        changes=[Deadline(task_numbered(4), measure, DAY)],
        reason="经专题会议研究",
        by=cast.coordinator,
        now=NOW,
    )
    [entry] = signed_in(cast.coordinator).get("/changes/").context["entries"]
    assert "第2条举措" in entry.what


def test_who_may_not_read_the_register_does_not_read_its_changes(
    cast: Cast, recorded: None, signed_in: Callable[[User], Client], client: Client
) -> None:
    for who in (cast.auditor, cast.coordinator, cast.leader, cast.reporter, cast.stranger):
        assert signed_in(who).get("/changes/").status_code == 200
    assert signed_in(cast.administrator).get("/changes/").status_code == 403
    assert client.get("/changes/")["Location"].startswith("/sign-in/")

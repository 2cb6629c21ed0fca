"""The change feed: whoever follows it has what the API shows, and knows of nothing else."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.audit import entries_seal
from agencies.models import User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.states import Move
from progress.tests.acts import attached, handed_in, task_numbered
from progress.workflow import report_move
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Status, Task

Feed = Callable[..., dict[str, Any]]


@pytest.fixture
def feed(signed_in: Callable[[User], Client]) -> Feed:
    """What the feed tells a person."""

    def told(who: User, **parameters: Any) -> dict[str, Any]:
        answer = signed_in(who).get("/api/v1/changes/", parameters)
        assert answer.status_code == 200, answer.content
        return dict(answer.json())

    return told


def keys(told: dict[str, Any], *, gone: bool = False) -> list[tuple[str, str]]:
    return [(one["kind"], one["key"]) for one in told["results"] if one["gone"] is gone]


def test_who_reads_on_from_a_position_is_told_what_changed_behind_it(
    cast: Cast, period: ReportingPeriod, feed: Feed
) -> None:
    start = feed(cast.coordinator, after="now")
    assert start["results"] == []
    task = task_numbered(4)
    deadline = Deadline(task, None, dt.date(2027, 3, 31))
    deadlines_write(changes=[deadline], reason="年度计划", by=cast.coordinator, now=NOW)
    report = handed_in(task, period, cast.reporter)
    told = feed(cast.coordinator, after=start["position"])
    assert keys(told) == [("task", "4"), ("report", str(report.pk))]
    assert not told["more"]
    assert told["results"][0]["address"].endswith("/api/v1/tasks/4/")
    assert told["results"][1]["address"].endswith(f"/api/v1/reports/{report.pk}/")
    assert feed(cast.coordinator, after=told["position"])["results"] == []


def test_each_thing_stands_once_where_it_changed_last(
    cast: Cast, period: ReportingPeriod, feed: Feed
) -> None:
    start = entries_seal()
    first = handed_in(task_numbered(4), period, cast.reporter)
    deadline = Deadline(task_numbered(5), None, dt.date(2027, 3, 31))
    deadlines_write(changes=[deadline], reason="年度计划", by=cast.coordinator, now=NOW)
    report_move(report=first, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    told = feed(cast.coordinator, after=start, kind="task,report")
    assert keys(told) == [("task", "5"), ("report", str(first.pk)), ("task", "4")]
    positions = [one["position"] for one in told["results"]]
    assert positions == sorted(positions)


def test_nobody_is_told_of_what_they_may_not_know_of(
    cast: Cast, period: ReportingPeriod, feed: Feed
) -> None:
    start = entries_seal()
    report = handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地指标")
    attached(task_numbered(5), period, cast.reporter)
    for name in ("stranger", "leader", "auditor", "administrator"):
        told = feed(getattr(cast, name), after=start)
        assert told["results"] == [], name
        assert told["position"] >= start + 2
    matter = report.matters.get()
    assert ("matter", str(matter.pk)) in keys(feed(cast.co_reporter, after=start))


def test_a_leader_is_told_that_what_was_approved_is_so_no_longer(
    cast: Cast, period: ReportingPeriod, feed: Feed
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    start = entries_seal()
    report.refresh_from_db()
    report_move(report=report, move=Move.REOPEN, by=cast.coordinator, now=NOW, reason="数据有误")
    told = feed(cast.leader, after=start, kind="report")
    assert keys(told, gone=True) == [("report", str(report.pk))]
    assert told["results"][0]["address"] is None
    assert keys(feed(cast.coordinator, after=start, kind="report")) == [("report", str(report.pk))]


def test_a_task_that_the_list_drops_is_gone(cast: Cast, feed: Feed) -> None:
    from agencies.audit import Note, audit_notes, values_of

    start = entries_seal()
    task = Task.objects.get(number=131)
    audit_notes([Note("task.drop", task, before=values_of(task))], by=None, now=NOW)
    task.delete()
    assert keys(feed(cast.leader, after=start), gone=True) == [("task", "131")]
    assert feed(cast.administrator, after=start)["results"] == []


def test_that_a_request_was_given_up_is_told_to_those_who_could_read_it(
    cast: Cast, period: ReportingPeriod, feed: Feed
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter, Status.COMPLETED)
    wanted = report.completions.values_list("pk", flat=True)
    dropped = sorted(("completion", str(pk)) for pk in wanted)
    start = entries_seal()
    report = report_move(report=report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    handed_in(task_numbered(4), period, cast.reporter)
    for name in ("stranger", "leader", "auditor", "administrator"):
        assert feed(getattr(cast, name), after=start, kind="completion")["results"] == [], name
    for name in ("reporter", "co_reporter", "coordinator"):
        told = feed(getattr(cast, name), after=start, kind="completion")
        assert sorted(keys(told, gone=True)) == dropped, name


def test_where_a_stretch_ends_says_nothing_of_what_one_may_not_know_of(
    cast: Cast, period: ReportingPeriod, feed: Feed
) -> None:
    start = entries_seal()
    deadline = Deadline(task_numbered(5), None, dt.date(2027, 3, 31))
    deadlines_write(changes=[deadline], reason="年度计划", by=cast.coordinator, now=NOW)
    handed_in(task_numbered(4), period, cast.reporter)
    last = entries_seal()
    for kind in ("report", "contribution"):
        told = feed(cast.stranger, after=start, kind=kind, limit=1)
        assert (told["results"], told["position"], told["more"]) == ([], start + 1, True), kind
    assert not feed(cast.stranger, after=start, limit=last - start)["more"]


def test_the_feed_is_read_in_stretches_without_a_hole(
    cast: Cast, period: ReportingPeriod, feed: Feed
) -> None:
    start = entries_seal()
    for number in (4, 5, 6):
        task = Task.objects.get(number=number)
        deadline = Deadline(task, None, dt.date(2027, 3, 31))
        deadlines_write(changes=[deadline], reason="年度计划", by=cast.coordinator, now=NOW)
    found, position, more = [], start, True
    while more:
        told = feed(cast.coordinator, after=position, limit=1)
        assert len(told["results"]) <= 1
        found += keys(told)
        position, more = told["position"], told["more"]
    assert found == [("task", "4"), ("task", "5"), ("task", "6")]


def test_statements_do_not_grow_with_what_changed(
    cast: Cast, period: ReportingPeriod, feed: Feed
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            feed(cast.coordinator, after=start, limit=500)
        return len(queries)

    start = entries_seal()

    def change(numbers: range) -> None:
        for number in numbers:
            task = Task.objects.get(number=number)
            deadline = Deadline(task, None, dt.date(2027, 3, number % 28 + 1))
            deadlines_write(changes=[deadline], reason="年度计划", by=cast.coordinator, now=NOW)
        entries_seal()

    change(range(4, 6))
    few = statements()
    change(range(6, 40))
    assert statements() == few


@pytest.mark.parametrize(
    ("parameters", "field", "hint"),
    [
        ({"after": "soon"}, "after", ""),
        ({"after": "-1"}, "after", ""),
        ({"after": "9" * 19}, "after", ""),
        ({"limit": "0"}, "limit", ""),
        ({"limit": "501"}, "limit", "500"),
        ({"kind": "tasks"}, "kind", "task"),
        ({"kind": ","}, "kind", ""),
        ({"since": "1"}, "since", "kind"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(
    parameters: dict[str, str],
    field: str,
    hint: str,
    cast: Cast,
    signed_in: Callable[[User], Client],
) -> None:
    answer = signed_in(cast.coordinator).get("/api/v1/changes/", parameters)
    assert answer.status_code == 400
    [sentence] = answer.json()["errors"][field]
    assert hint in sentence


# --- Lists ---------------------------------------------------------------------------------------


def numbers(client: Client, since: str | int) -> list[int]:
    answer = client.get("/api/v1/tasks/", {"changed_since": since, "fields": "number"})
    assert answer.status_code == 200, answer.content
    return [one["number"] for one in answer.json()["results"]]


def test_a_list_gives_what_was_changed_since_a_position_or_a_moment(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client, start = signed_in(cast.coordinator), entries_seal()
    task = task_numbered(4)
    measure = task.measures.get(ordinal=1)
    later = NOW + dt.timedelta(hours=1)
    wanted = [
        Deadline(task, measure, dt.date(2027, 3, 31)),
        Deadline(task_numbered(9), None, dt.date(2027, 3, 31)),
    ]
    deadlines_write(changes=wanted, reason="年度计划", by=cast.coordinator, now=later)
    # Of task 4 a measure alone has changed.
    assert numbers(client, start) == [4, 9]
    assert numbers(client, entries_seal()) == []
    assert numbers(client, later.isoformat()) == [4, 9]
    assert numbers(client, (later + dt.timedelta(seconds=1)).isoformat()) == []


def test_a_moment_without_its_zone_is_refused(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)
    for since in ("yesterday", "2026-10-20", "2026-10-20T09:00:00", "2026-13-40T09:00:00Z", ""):
        answer = client.get("/api/v1/reports/", {"changed_since": since})
        assert answer.status_code == 400, since
        assert "changed_since" in answer.json()["errors"]


def test_a_list_that_nobody_changed_is_not_made_again(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client, address = signed_in(cast.coordinator), "/api/v1/tasks/?page_size=50"
    entries_seal()
    with time_machine.travel(NOW, tick=False):
        etag = client.get(address)["ETag"]
        assert etag.startswith("W/")
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address, headers={"If-None-Match": etag})
        assert answer.status_code == 304
        # The session with its person, and the state of the trail.
        assert len(queries) == 2
        handed_in(task_numbered(4), period, cast.reporter)
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 200
    # Lights change with the day.
    etag = client.get(address)["ETag"]
    with time_machine.travel(NOW + dt.timedelta(days=1), tick=False):
        assert client.get(address, headers={"If-None-Match": etag}).status_code == 200


def test_what_cannot_be_read_is_refused_to_whoever_knows_any_answer(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)
    known = {"If-None-Match": "*"}
    assert client.get("/api/v1/tasks/?deadline__gte=soon", headers=known).status_code == 400
    assert client.get("/api/v1/tasks/?deadline__gte=2026-10-31", headers=known).status_code == 304


def test_the_tag_of_a_list_is_one_readers_and_one_languages(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    tags = {
        signed_in(person).get("/api/v1/reports/", headers={"Accept-Language": language})["ETag"]
        for person in (cast.coordinator, cast.reporter)
        for language in ("zh-hans", "en")
    }
    assert len(tags) == 4
    assert not Report.objects.exists()

"""One figure reads the same on overview, chapters, agencies, board, matrix, lists and API."""

import datetime as dt
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.rollups import Figures
from progress.states import Move
from progress.tests.acts import approved, handed_in, saved
from progress.workflow import period_close, report_move
from tasks.models import Status, Task

pytestmark = pytest.mark.wide

LATE = NOW + dt.timedelta(days=4)
Read = Callable[[str], Any]


@pytest.fixture(params=["open", "closed"])
def month(request: pytest.FixtureRequest, cast: Cast, period: ReportingPeriod) -> Iterator[str]:
    """Reports of every state, a matter, and lights of every kind, after the due date."""
    mine = list(Task.objects.led_by(cast.reporter.agency_ids))
    approved(mine[0], period, cast.reporter, cast.coordinator, Status.COMPLETED)
    handed_in(mine[1], period, cast.reporter, coordination="请市发展改革委协调用地")
    returned = handed_in(mine[2], period, cast.reporter)
    report_move(report=returned, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充")
    handed_in(mine[3], period, cast.reporter, now=LATE)
    saved(mine[4], period, cast.reporter)
    for number, days in {mine[0].number: -40, mine[1].number: -3, 1: 2, 2: 90}.items():
        Task.objects.filter(number=number).update(deadline=LATE.date() + dt.timedelta(days=days))
    if request.param == "closed":
        period_close(period=period, by=cast.coordinator, now=LATE)
    with time_machine.travel(LATE, tick=False):
        yield period.code


@pytest.fixture
def read(month: str, cast: Cast, signed_in: Callable[[User], Client]) -> Read:
    """A function that gives what a page of that month shows the coordinator."""
    client = signed_in(cast.coordinator)

    def context_of(path: str) -> Any:
        answer = client.get(path, {"period": month})
        assert answer.status_code == 200, path
        return answer.json() if path.startswith("/api/") else answer.context

    return context_of


def summed(figures: list[Figures]) -> tuple[int, Counter[str], Counter[str], int, int, int]:
    statuses: Counter[str] = Counter()
    lights: Counter[str] = Counter()
    for one in figures:
        statuses.update(one.tasks_by_status)
        lights.update(one.lights)
    return (
        sum(one.tasks for one in figures),
        statuses,
        lights,
        sum(one.due for one in figures),
        sum(one.handed_in for one in figures),
        sum(one.on_time for one in figures),
    )


def test_the_chapters_add_up_to_the_overview(read: Read) -> None:
    whole: Figures = read("/overview/")["figures"]
    assert (whole.due, whole.handed_in, whole.on_time) == (131, 4, 3)
    chapters = [read(f"/chapters/{number}/")["figures"] for number in range(1, 15)]
    assert summed(chapters) == summed([whole])
    lines = [line.figures for line in read("/overview/")["lines"]]
    assert lines == chapters


def test_the_board_and_the_lists_count_what_the_overview_counts(read: Read) -> None:
    whole: Figures = read("/overview/")["figures"]
    reports = read("/board/")["sums"][0]
    assert (reports.due.count, reports.handed_in.count, reports.on_time.count) == (
        whole.due,
        whole.handed_in,
        whole.on_time,
    )
    assert reports.missing.count == whole.missing
    assert read("/tasks/")["figures"] == whole
    assert read("/matrix/")["matrix"].total.count == whole.tasks


def test_the_agencies_and_the_matrix_count_the_same_tasks(read: Read, cast: Cast) -> None:
    by_agency = {line.agency.pk: line for line in read("/agencies/")["lines"]}
    rows = read("/matrix/")["matrix"].rows
    assert len(by_agency) == len(rows)
    own = by_agency[cast.reporter.agency_id or 0]
    shown = read(f"/agencies/{cast.reporter.agency_id}/")
    assert shown["figures"].tasks == len(shown["led"]) == 5
    assert shown["figures"].handed_in == own.handing_in.figures.handed_in == 4
    [row] = [one for one in rows if one.head.label == own.agency.short_name]
    assert row.sum.count == len(shown["led"]) + len(shown["shared"])


def test_the_api_says_what_the_overview_says(read: Read) -> None:
    whole: Figures = read("/overview/")["figures"]
    document = read("/api/v1/overview/")
    assert document["tasks"] == whole.tasks
    assert document["tasks_by_status"] == dict(whole.tasks_by_status)
    assert document["measures_by_status"] == dict(whole.measures_by_status)
    assert document["lights"] == dict(whole.lights)
    handing_in = document["handing_in"]
    assert (handing_in["due"], handing_in["handed_in"], handing_in["on_time"]) == (131, 4, 3)
    assert document["completed_rate"]["part"] == whole.completed_rate.part


def test_the_register_lists_what_the_overview_counts(
    month: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    """A leader counts the matters of approved reports, and the register lists just those."""
    for who, expected in ((cast.coordinator, 1), (cast.leader, 0), (cast.reporter, 1)):
        client = signed_in(who)
        total = client.get("/overview/", {"period": month}).context["matters"].total
        listed = client.get(total.address).context["page_obj"].paginator.count
        assert (total.number, listed) == (expected, expected), who

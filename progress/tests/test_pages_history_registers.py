"""Matters and results in a task's history: who reads what of them, under whose name."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.differences import Kind
from progress.models import Matter, MatterMove, ReportingPeriod, Result, ResultKind
from progress.states import Move
from progress.tests.acts import handed_in, task_numbered
from progress.tests.agencies_changed import LATER, merged
from progress.timeline import Cursor, Entry, timeline_of
from progress.workflow import (
    matter_address,
    matter_answer,
    matter_close,
    matter_reopen,
    period_open,
    report_move,
    result_add,
    result_strike,
)

HISTORY = "/tasks/4/history/"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(LATER + dt.timedelta(days=2), tick=False):
        yield


def at(minutes: int) -> dt.datetime:
    return NOW + dt.timedelta(minutes=minutes)


def of_registers(user: User, number: int = 4) -> list[Entry]:
    """What the person reads of matters and results, newest first."""
    entries = timeline_of(task=task_numbered(number), user=user, count=100).entries
    return [one for one in entries if one.address]


def entered(cast: Cast, period: ReportingPeriod, title: str = "数据开放目录") -> Result:
    return result_add(
        task=task_numbered(4),
        period=period,
        kind=ResultKind.POLICY,
        title=title,
        document="津数〔2026〕3号",
        came_on=TODAY,
        note="全市统一目录",
        by=cast.reporter,
        now=at(0),
    )


def course(cast: Cast, period: ReportingPeriod) -> Matter:
    """A result entered and struck out; a matter through every move that there is."""
    task, office = task_numbered(4), cast.coordinator
    asked = cast.co_reporter.agency
    assert asked is not None
    result = entered(cast, period)
    report = handed_in(task, period, cast.reporter, coordination="请协调用地指标", now=at(1))
    report_move(report=report, move=Move.RETURN, by=office, now=at(2), reason="请写明面积")
    handed_in(task, period, cast.reporter, coordination="请协调用地指标十亩", now=at(3))
    matter = Matter.objects.get(task=task)
    matter = matter_address(matter=matter, to=asked, by=office, now=at(4), version=matter.version)
    matter = matter_answer(
        matter=matter, text="已列入计划", by=office, now=at(5), version=matter.version
    )
    matter = matter_close(matter=matter, by=office, now=at(6), version=matter.version)
    matter = matter_reopen(matter=matter, reason="计划有变", by=office, now=at(7))
    result_strike(result=result, reason="重复填报", by=office, now=at(8))
    return matter


def test_each_move_of_a_matter_and_of_a_result_says_who_when_and_what(
    cast: Cast, period: ReportingPeriod
) -> None:
    course(cast, period)
    entries = of_registers(cast.reporter)
    office, lead = cast.coordinator, cast.reporter
    assert [(one.at, one.by) for one in entries] == [
        (at(8), office),
        (at(7), office),
        (at(6), office),
        (at(5), office),
        (at(4), office),
        (at(3), lead),
        (at(1), lead),
        (at(0), lead),
    ]
    struck, reopened, closed, answered, addressed, reworded, raised, came = entries
    assert "数据开放目录" in struck.what
    assert struck.reason == "重复填报"
    assert reopened.reason == "计划有变"
    assert closed.reason == ""
    assert answered.reason == "已列入计划"
    assert cast.co_reporter.agency is not None
    assert cast.co_reporter.agency.name in addressed.what
    assert raised.reason == "请协调用地指标"
    [said] = reworded.said
    assert "".join(one.text for one in said.pieces if one.kind != Kind.REMOVED).endswith("十亩")
    assert reworded.compared_with
    assert "数据开放目录" in came.what
    assert "津数〔2026〕3号" in came.reason
    assert "全市统一目录" in came.reason
    assert {one.code for one in entries} == {period.code}


def test_the_task_and_the_page_of_its_history_show_them_with_their_addresses(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    matter = course(cast, period)
    result = Result.objects.get()
    for address in (HISTORY, "/tasks/4/"):
        said = signed_in(cast.coordinator).get(address).content.decode()
        assert f'href="/registers/matters/{matter.pk}/"' in said
        assert f'href="/registers/results/{result.pk}/"' in said
        assert "计划有变" in said
        assert "重复填报" in said


def test_everybody_reads_of_them_what_the_registers_show_them(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    course(cast, period)
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    cast.approver.refresh_from_db()
    read = {
        who: len(of_registers(getattr(cast, who)))
        for who in (
            "reporter",
            "approver",
            "co_reporter",
            "coordinator",
            "leader",
            "stranger",
            "auditor",
            "administrator",
        )
    }
    nothing = ("leader", "stranger", "auditor", "administrator")
    assert read == {who: 0 if who in nothing else 8 for who in read}
    for who in ("leader", "stranger", "auditor"):
        said = signed_in(getattr(cast, who)).get(HISTORY).content.decode()
        for secret in ("用地指标", "已列入计划", "计划有变", "数据开放目录", "重复填报"):
            assert secret not in said


def test_a_leader_reads_them_once_their_report_is_approved(
    cast: Cast, period: ReportingPeriod
) -> None:
    matter = course(cast, period)
    report_move(report=matter.report, move=Move.APPROVE, by=cast.coordinator, now=at(9))
    assert len(of_registers(cast.leader)) == 8


def test_who_is_asked_reads_the_matter_and_no_way_to_the_report(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    matter, asked = course(cast, period), cast.stranger.agency
    assert asked is not None
    matter_address(matter=matter, to=asked, by=cast.coordinator, now=at(9), version=matter.version)
    stranger = User.objects.get(pk=cast.stranger.pk)
    entries = of_registers(stranger)
    assert len(entries) == 7
    assert {one.code for one in entries} == {""}
    said = signed_in(stranger).get(HISTORY).content.decode()
    assert f"/tasks/4/reports/{period.code}/" not in said
    assert "数据开放目录" not in said


def test_a_matter_of_another_task_stands_in_that_tasks_history_alone(
    cast: Cast, period: ReportingPeriod
) -> None:
    course(cast, period)
    assert of_registers(cast.coordinator, number=5) == []


def test_a_result_is_read_by_its_agencies_before_its_report_is_handed_in(
    cast: Cast, period: ReportingPeriod
) -> None:
    entered(cast, period)
    assert len(of_registers(cast.reporter)) == 1
    assert of_registers(cast.coordinator) == []


def test_they_stand_under_the_agency_that_it_was_then(cast: Cast, period: ReportingPeriod) -> None:
    course(cast, period)
    merged(cast, "市数据局", "市商务局")
    names = {one.by_agency for one in of_registers(cast.coordinator) if one.by == cast.reporter}
    assert names == {"数据局"}


def test_pages_leave_none_of_them_out_and_say_none_twice(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    """Many of one and the same moment among them."""
    for number in range(15):
        entered(cast, period, f"目录{number}")
    report = handed_in(
        task_numbered(4), period, cast.reporter, coordination="请协调用地", now=at(0)
    )
    matter = Matter.objects.get(report=report)
    for _turn in range(8):
        matter = matter_close(
            matter=matter, note="已办", by=cast.coordinator, now=at(0), version=matter.version
        )
        matter = matter_reopen(matter=matter, reason="再议", by=cast.coordinator, now=at(0))
    for result in Result.objects.all():
        result_strike(result=result, reason="误填", by=cast.coordinator, now=at(0))
    client = signed_in(cast.reporter)
    seen: list[Cursor] = []
    address: str | None = HISTORY
    while address:
        timeline = client.get(address).context["timeline"]
        seen += [one.cursor for one in timeline.entries if one.address]
        address = f"{HISTORY}?before={timeline.earlier}" if timeline.earlier else None
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 15 + 1 + 8 + 8 + 15


@pytest.mark.parametrize("who", ["coordinator", "reporter", "leader"])
def test_many_of_them_cost_what_few_cost(
    who: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(getattr(cast, who))

    def month(place: int) -> None:
        period = period_open(code=f"2025-{place:02}", by=cast.coordinator, now=NOW)
        result = entered(cast, period, f"目录{place}")
        report = handed_in(
            task_numbered(4), period, cast.reporter, coordination=f"{place}请协调{'地' * place}"
        )
        report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
        matter = Matter.objects.filter(task=report.task).latest("pk")
        if matter.state != "closed":
            matter_close(
                matter=matter, note="已办", by=cast.coordinator, now=NOW, version=matter.version
            )
        result_strike(result=result, reason="误填", by=cast.coordinator, now=NOW)

    for place in (1, 2):
        month(place)
    client.get(HISTORY)
    with CaptureQueriesContext(connection) as few:
        client.get(HISTORY)
    for place in range(3, 9):
        month(place)
    with CaptureQueriesContext(connection) as many:
        assert client.get(HISTORY).status_code == 200
    assert Matter.objects.count() >= 4
    assert len(many) <= len(few)


def test_every_move_of_a_matter_has_its_words(cast: Cast, period: ReportingPeriod) -> None:
    matter = course(cast, period)
    assert set(matter.events.values_list("move", flat=True)) == set(MatterMove.values)
    assert all(one.what for one in of_registers(cast.coordinator))

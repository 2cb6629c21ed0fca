"""A task's history as one timeline: who reads what of it, in which order, beside what."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, Cast
from progress.differences import Kind
from progress.models import Erratum, ErratumField, Report, ReportingPeriod
from progress.states import Move
from progress.tests.acts import approved, attached, handed_in, saved, task_numbered
from progress.tests.files import pdf
from progress.timeline import Cursor, CursorError, Entry, timeline_of
from progress.workflow import (
    ContributionContent,
    MeasureContent,
    MeasureText,
    ReportContent,
    contribution_move,
    contribution_save,
    evidence_remove,
    period_close,
    period_open,
    report_move,
    report_save,
)
from tasks.models import Status, Task, TaskRevision

HISTORY = "/tasks/4/history/"
REASON = "数字与上月不符"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def at(hours: int) -> dt.datetime:
    return NOW + dt.timedelta(hours=hours)


def all_of(user: User, count: int = 100) -> list[Entry]:
    return list(timeline_of(task=task_numbered(4), user=user, count=count).entries)


def contributed(cast: Cast, period: ReportingPeriod, text: str, now: dt.datetime = NOW) -> None:
    agency = cast.co_reporter.agency
    assert agency is not None
    task = task_numbered(4)
    contribution = contribution_save(
        task=task,
        period=period,
        agency=agency,
        by=cast.co_reporter,
        now=now,
        content=ContributionContent(
            tuple(MeasureText(m.pk, m.ordinal, text) for m in task.measures.order_by("ordinal"))
        ),
        version=0,
    )
    contribution_move(contribution=contribution, move=Move.SUBMIT, by=cast.co_reporter, now=now)


def corrected(report: Report, by: User, now: dt.datetime = NOW, number: int = 1) -> Erratum:
    return Erratum.objects.create(
        period=report.period,
        number=number,
        report=report,
        measure=report.task.measures.get(ordinal=1),
        field=ErratumField.TEXT,
        old="举措1已推进",
        new="举措1已推进两项",
        reason="漏写数量",
        at=now,
        by=by,
    )


def revised(number: int, title: str, now: dt.datetime = NOW) -> TaskRevision:
    return TaskRevision.objects.create(
        task=task_numbered(4),
        number=number,
        replaced_at=now,
        chapter_number=1,
        title=title,
        measures_cell="旧的举措",
        agencies_cell="市数据局",
    )


def written(
    task: Task, period: ReportingPeriod, by: User, text: str, status: str = Status.IN_PROGRESS
) -> Report:
    begun = Report.objects.filter(task=task, period=period).first()
    return report_save(
        task=task,
        period=period,
        by=by,
        now=NOW,
        content=ReportContent(
            tuple(
                MeasureContent(m.pk, m.ordinal, status, text)
                for m in task.measures.order_by("ordinal")
            )
        ),
        version=begun.version if begun else 0,
    )


@pytest.fixture
def eventful(cast: Cast, period: ReportingPeriod) -> Report:
    """Contributed to, returned, approved, closed, corrected; and the list was revised meanwhile."""
    contributed(cast, period, "配合完成归集", at(0))
    report = handed_in(task_numbered(4), period, cast.reporter, now=at(1))
    report_move(report=report, move=Move.RETURN, by=cast.coordinator, now=at(2), reason=REASON)
    revised(1, "旧的任务名称", at(3))
    report = handed_in(task_numbered(4), period, cast.reporter, now=at(4))
    report = report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=at(5))
    period_close(period=period, by=cast.coordinator, now=at(6))
    corrected(report, cast.coordinator, at(7))
    return report


# --- One timeline ----------------------------------------------------------------------------


def test_all_that_happened_stands_in_one_timeline_newest_first(
    cast: Cast, eventful: Report
) -> None:
    entries = all_of(cast.coordinator)
    assert [entry.at for entry in entries] == [at(hours) for hours in (7, 5, 4, 3, 2, 1, 0)]
    assert [entry.by for entry in entries] == [
        cast.coordinator,
        cast.coordinator,
        cast.reporter,
        None,
        cast.coordinator,
        cast.reporter,
        cast.co_reporter,
    ]
    assert entries[4].reason == REASON
    assert {entry.code for entry in entries} == {"2026-10", ""}


def test_each_text_is_compared_with_what_was_approved_before_it(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    report = written(task, period, cast.reporter, "新增企业12家")
    report = report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=at(1))
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=at(2))
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    report = written(task, november, cast.reporter, "新增企业15家", Status.COMPLETED)
    report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=at(3))

    latest, approval, first = all_of(cast.reporter)
    said = latest.said[0]
    assert [(p.kind, p.text) for p in said.pieces] == [
        (Kind.SAME, "新增企业"),
        (Kind.REMOVED, "12"),
        (Kind.ADDED, "15"),
        (Kind.SAME, "家"),
    ]
    assert (said.status_before, said.status) == (Status.IN_PROGRESS, Status.COMPLETED)
    assert "2026-10" in latest.compared_with
    # Of the first text nothing was before; all of it is simply said.
    for entry in (approval, first):
        assert entry.compared_with == ""
        assert {p.kind for one in entry.said for p in one.pieces} == {Kind.SAME}


def test_a_reopened_report_is_compared_with_its_own_approved_text(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    report = written(task, period, cast.reporter, "新增企业12家")
    report = report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=at(1))
    report = report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=at(2))
    report_move(report=report, move=Move.REOPEN, by=cast.coordinator, now=at(3), reason=REASON)
    report = written(task, period, cast.reporter, "新增企业13家")
    report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=at(4))
    latest, reopening, *_rest = all_of(cast.coordinator)
    assert "2026-10" in latest.compared_with
    assert [p.text for p in latest.said[0].pieces if p.kind != Kind.SAME] == ["12", "13"]
    assert all(one.is_unchanged for one in reopening.said)


def test_a_measure_is_compared_with_itself_when_another_was_put_before_it(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    approved(task, period, cast.reporter, cast.coordinator, now=at(1))
    first = task.measures.get(ordinal=1)
    task.measures.update(ordinal=F("ordinal") + 10)
    task.measures.create(ordinal=1, text="新增举措。")
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    for number, status in ((11, Status.IN_PROGRESS), (12, Status.COMPLETED)):
        handed = handed_in(
            task, november, cast.reporter, [Status.IN_PROGRESS, status, *[Status.ONGOING] * 2]
        )
        report_move(report=handed, move=Move.WITHDRAW, by=cast.reporter, now=at(number))
    latest = next(entry for entry in all_of(cast.reporter) if entry.at == at(12))
    assert first.progress.filter(status=Status.COMPLETED).exists()
    new, moved, *_rest = latest.said
    # Nothing stood where the new one stands; the one that was first is compared with itself.
    assert (new.status_before, {piece.kind for piece in new.pieces}) == ("", {Kind.SAME})
    assert moved.status_before == Status.IN_PROGRESS
    assert [p.text for p in moved.pieces if p.kind != Kind.SAME] == ["1", "11"]


def test_a_revision_of_the_list_shows_what_replaced_what(cast: Cast, register: None) -> None:
    revised(1, "第一种名称", at(1))
    revised(2, "第二种名称", at(2))
    to_current, to_second = all_of(cast.stranger)
    for entry, before, now in [
        (to_current, "第二种名称", task_numbered(4).title),
        (to_second, "第一种名称", "第二种名称"),
    ]:
        pieces = entry.said[0].pieces
        assert "".join(p.text for p in pieces if p.kind != Kind.ADDED) == before
        assert "".join(p.text for p in pieces if p.kind != Kind.REMOVED) == now


# --- Who reads what --------------------------------------------------------------------------


def test_everybody_reads_their_part_and_no_more(
    cast: Cast, eventful: Report, signed_in: Callable[[User], Client]
) -> None:
    pages = {
        who: signed_in(user).get(HISTORY).content.decode()
        for who, user in cast.everyone().items()
        if user.is_active and who != "administrator"
    }
    # What was approved, why it was returned, what was contributed, the erratum, the old wording.
    marks = ["举措1已推进", REASON, "配合完成归集", "漏写数量", "旧的任务名称"]
    of_the_task = [True, True, True, True, True]
    assert {who: [mark in page for mark in marks] for who, page in pages.items()} == {
        "reporter": of_the_task,
        "colleague": of_the_task,
        "co_reporter": of_the_task,
        "coordinator": of_the_task,
        "leader": [True, False, False, True, True],
        "stranger": [False, False, False, False, True],
        "auditor": [False, False, False, False, True],
    }


def test_a_leader_reads_each_approved_text_beside_the_one_before(
    cast: Cast, period: ReportingPeriod
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, now=at(1))
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    approved(
        task_numbered(4), november, cast.reporter, cast.coordinator, Status.COMPLETED, now=at(2)
    )
    december = period_open(code="2026-12", by=cast.coordinator, now=NOW)
    handed_in(task_numbered(4), december, cast.reporter, now=at(3))
    entries = all_of(cast.leader)
    assert [entry.code for entry in entries] == ["2026-11", "2026-10"]
    assert [entry.by for entry in entries] == [None, None]
    assert entries[0].said[0].status_before == Status.IN_PROGRESS
    assert "2026-10" in entries[0].compared_with


def test_a_contribution_that_has_not_reached_the_lead_is_its_agencys_alone(
    cast: Cast, period: ReportingPeriod
) -> None:
    contributed(cast, period, "配合完成归集")
    task = task_numbered(4)
    (contribution,) = task.contributions.all()
    assert len(all_of(cast.reporter)) == 1
    contribution_move(contribution=contribution, move=Move.WITHDRAW, by=cast.co_reporter, now=at(1))
    # That it came and went is known; what the agency writes now is its own again.
    assert len(all_of(cast.reporter)) == len(all_of(cast.coordinator)) == 2
    contribution.measures.update(text="还没有想好")
    assert "还没有想好" not in str(all_of(cast.reporter))
    assert len(all_of(cast.co_reporter)) == 2


# --- Page by page ----------------------------------------------------------------------------


def test_a_place_is_read_as_it_was_written() -> None:
    place = Cursor(NOW + dt.timedelta(microseconds=7), 2, 31)
    assert Cursor.read(str(place)) == place
    assert Cursor.read(str(place)).at == place.at


@pytest.mark.parametrize("given", ["x", "20261022T020000000000-123-1", "20269922T020000000000-1-1"])
def test_what_is_no_place_is_not_found(
    given: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    with pytest.raises(CursorError):
        Cursor.read(given)
    assert signed_in(cast.auditor).get(HISTORY, {"before": given}).status_code == 404
    assert signed_in(cast.auditor).get("/tasks/999/history/").status_code == 404


def test_pages_leave_nothing_out_and_say_nothing_twice(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    """Moves, errata and revisions of one and the same moment among them."""
    contributed(cast, period, "配合完成归集")
    report = handed_in(task_numbered(4), period, cast.reporter)
    for _turn in range(12):
        report_move(report=report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
        report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=NOW)
    report = report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    period_close(period=period, by=cast.coordinator, now=NOW)
    for number in range(1, 11):
        corrected(report, cast.coordinator, NOW, number)
        revised(number, f"旧的任务名称{number}", NOW)
    client = signed_in(cast.coordinator)
    seen: list[Cursor] = []
    address: str | None = HISTORY
    while address:
        timeline = client.get(address).context["timeline"]
        assert len(timeline.entries) <= 20
        seen += [entry.cursor for entry in timeline.entries]
        address = f"{HISTORY}?before={timeline.earlier}" if timeline.earlier else None
    assert seen == sorted(set(seen), reverse=True)
    assert len(seen) == 1 + 26 + 10 + 10
    assert seen == [entry.cursor for entry in all_of(cast.coordinator)]


def test_the_tasks_page_shows_the_last_ten_and_leads_to_all(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    client = signed_in(cast.reporter)
    assert HISTORY not in client.get("/tasks/4/").content.decode()
    for _turn in range(6):
        report_move(report=report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
        report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=NOW)
    page = client.get("/tasks/4/")
    assert len(page.context["timeline"].entries) == 10
    assert HISTORY in page.content.decode()


def test_two_years_of_history_cost_what_two_months_cost(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    """On the task's page and on that of its history, for whoever reads them."""
    clients = {
        who: signed_in(getattr(cast, who))
        for who in ("coordinator", "reporter", "co_reporter", "leader")
    }
    pages = {"/tasks/4/?period=2025-01": 10, "/tasks/4/history/": 20}
    codes = [f"{year}-{month:02}" for year in (2025, 2026) for month in range(1, 13)]

    def month(place: int) -> None:
        period = period_open(code=codes[place], by=cast.coordinator, now=NOW)
        contributed(cast, period, f"配合{place}")
        report = handed_in(task_numbered(4), period, cast.reporter)
        report_move(report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="补")
        saved(task_numbered(4), period, cast.reporter)
        report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
        period_close(period=period, by=cast.coordinator, now=NOW)
        corrected(report, cast.coordinator)
        revised(place + 1, f"旧的任务名称{place}")

    def costs(entries: int | None = None) -> dict[tuple[str, str], int]:
        found = {}
        for who, client in clients.items():
            for page, shown in pages.items():
                with CaptureQueriesContext(connection) as taken:
                    answer = client.get(page)
                assert answer.status_code == 200
                if entries is not None:
                    assert len(answer.context["timeline"].entries) == min(shown, entries)
                found[who, page] = len(taken)
        return found

    for place in range(2):
        month(place)
    costs()
    few = costs()
    for place in range(2, 24):
        month(place)
    many = costs(entries=100)
    assert {one: (few[one], many[one]) for one in many if many[one] > few[one]} == {}


# --- Evidence --------------------------------------------------------------------------------


def test_files_that_came_were_replaced_and_went_are_part_of_the_course(
    cast: Cast, period: ReportingPeriod
) -> None:
    task, by = task_numbered(4), cast.reporter
    first = attached(task, period, by, name="初稿.pdf", now=at(1))
    measure = task.measures.get(ordinal=2)
    attached(
        task,
        period,
        cast.colleague,
        name="终稿.pdf",
        content=pdf("b"),
        replaces=first,
        measure=measure,
        now=at(2),
    )
    other = attached(task, period, by, name="误传.pdf", content=pdf("c"), now=at(3))
    evidence_remove(evidence=other, by=by, now=at(4))
    gone, came, replaced, begun = [entry for entry in all_of(by) if ".pdf" in entry.what]
    assert [(one.at, one.by) for one in (gone, came, replaced, begun)] == [
        (at(4), by),
        (at(3), by),
        (at(2), cast.colleague),
        (at(1), by),
    ]
    assert "初稿.pdf" in replaced.what
    assert "终稿.pdf" in replaced.what
    assert "2" in replaced.reason
    assert {one.code for one in (gone, came, replaced, begun)} == {"2026-10"}


def test_a_file_of_a_contribution_says_whose_and_is_read_by_who_reads_that(
    cast: Cast, period: ReportingPeriod
) -> None:
    by = cast.co_reporter
    assert by.agency is not None
    attached(task_numbered(4), period, by, agency=by.agency, name="配合.pdf")
    [entry] = [entry for entry in all_of(by) if "配合.pdf" in entry.what]
    assert by.agency.short_name in entry.reason
    for person in (cast.reporter, cast.coordinator, cast.leader, cast.stranger):
        assert not [entry for entry in all_of(person) if "配合.pdf" in entry.what]


def test_a_leader_reads_of_the_files_of_what_is_approved_and_of_no_others(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    gone = attached(task, period, cast.reporter, name="误传.pdf")
    evidence_remove(evidence=gone, by=cast.reporter, now=at(1))
    attached(task, period, cast.reporter, name="终稿.pdf", content=pdf("b"), now=at(1))
    assert not [entry for entry in all_of(cast.leader) if ".pdf" in entry.what]
    approved(task, period, cast.reporter, cast.coordinator, now=at(2))
    [entry] = [entry for entry in all_of(cast.leader) if ".pdf" in entry.what]
    assert "终稿.pdf" in entry.what

"""Rule: a list that is revised after a period was closed moves none of that period's figures."""

import datetime as dt
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import pytest
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from openpyxl import load_workbook

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import AGENCIES_KEPT, Report, ReportEvent, ReportingPeriod
from progress.rollups import (
    TaskRow,
    dropped_since,
    figures_of,
    measure_rows,
    period_figures,
    period_missing,
    task_rows,
)
from progress.states import Move
from progress.tests.acts import approved, task_numbered
from progress.workbooks import progress_workbook
from progress.workflow import period_close, period_open, report_move
from tasks.importing import import_list
from tasks.models import Status, Task
from tasks.tests.official_list import SOURCE, list_with, list_without_line

pytestmark = pytest.mark.wide

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
DONE, GOES, NOT = Status.COMPLETED, Status.IN_PROGRESS, Status.NOT_STARTED
# Lines of the source.
TASK_4, TASK_131 = 12, 236
PUT_IN_BETWEEN = list_with(
    (TASK_4, "三是做好", "四是做好"),
    (TASK_4, "二是做好", "二是新建算力调度平台。三是做好"),
)
ONE_MORE_TASK = (
    f"{SOURCE.rstrip()}\n132\t建立数据出境服务机制。\t一是设立窗口。二是提供指导。\t"
    "市数据局、市委网信办等按职责分工负责\n"
)
ONE_TASK_LESS = list_without_line(TASK_131)
# Nothing was reported on the third measure of task 5.
ONE_MEASURE_LESS = list_with(
    (
        TASK_4 + 1,
        "三是多部门协同推进数据跨境服务中心建设工作，加强数据跨境政策宣传，开展常态化服务。",
        "",
    )
)
Revise = Callable[..., None]


@pytest.fixture
def revise(tmp_path: Path) -> Revise:
    """A function that imports a revised list."""

    def imported(text: str, *, now: dt.datetime = NOW + DAY) -> None:
        path = tmp_path / "list.txt"
        path.write_text(text, encoding="utf-8")
        import_list(path=path, now=now)

    return imported


def rows_of(cast: Cast, code: str, *numbers: int) -> list[TaskRow]:
    tasks = Task.objects.filter(number__in=numbers) if numbers else Task.objects.all()
    period = ReportingPeriod.objects.get(code=code)
    return task_rows(tasks=tasks, period=period, user=cast.coordinator, today=TODAY)


def figures(cast: Cast, code: str) -> list[object]:
    """What is told of the whole list as of the period."""
    period = ReportingPeriod.objects.get(code=code)
    missing = period_missing(period=period)
    return [
        figures_of(rows_of(cast, code), dropped=dropped_since(period)),
        [
            (one.due, one.handed_in, one.on_time, one.approved)
            for one in period_figures(periods=ReportingPeriod.objects.filter(code=code))
        ],
        len(missing.not_handed_in) + missing.dropped,
        missing.undecided,
    ]


def measures_of(cast: Cast, code: str, number: int) -> list[tuple[int, int, str]]:
    rows = measure_rows(
        tasks=Task.objects.filter(number=number),
        period=ReportingPeriod.objects.get(code=code),
        reports=Report.objects.visible_to(cast.coordinator),
    )
    return [(one.id, one.ordinal, one.status) for one in rows[task_numbered(number).pk]]


def finished_and_closed(cast: Cast, period: ReportingPeriod) -> None:
    """Task 4 is completed in October, which is closed."""
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, DONE)
    period_close(period=period, by=cast.coordinator, now=NOW + HOUR)


# --- the list is revised after the closing ---------------------------------------------------


def test_a_period_keeps_the_tasks_and_measures_of_its_closing(
    cast: Cast, period: ReportingPeriod
) -> None:
    assert ReportingPeriod.objects.filter(register_at_closing__isnull=True).exists()
    kept = period_close(period=period, by=cast.coordinator, now=NOW).register_at_closing
    assert kept is not None
    agencies = kept.pop(AGENCIES_KEPT)
    assert (len(agencies["tasks"]), len(agencies["names"])) == (131, 54)
    assert kept == {
        str(task.pk): list(task.measures.order_by("ordinal").values_list("pk", flat=True))
        for task in Task.objects.all()
    }
    assert (len(kept), sum(map(len, kept.values()))) == (131, 337)


def test_a_new_measure_leaves_a_completed_task_of_a_closed_period_completed(
    cast: Cast, period: ReportingPeriod, revise: Revise
) -> None:
    finished_and_closed(cast, period)
    rows, told = rows_of(cast, "2026-10", 4), figures(cast, "2026-10")
    measures = measures_of(cast, "2026-10", 4)
    revise(PUT_IN_BETWEEN)
    assert task_numbered(4).status == GOES
    assert rows_of(cast, "2026-10", 4) == rows
    assert (rows[0].status, rows[0].completed_on) == (DONE, TODAY)
    assert figures(cast, "2026-10") == told
    assert measures_of(cast, "2026-10", 4) == measures
    # What is open counts today's.
    period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    [row] = rows_of(cast, "2026-11", 4)
    assert (row.status, dict(row.measures)) == (GOES, {DONE: 3, NOT: 1})


def test_a_new_task_is_in_no_figure_of_a_closed_period(
    cast: Cast, period: ReportingPeriod, revise: Revise
) -> None:
    finished_and_closed(cast, period)
    told, missing = figures(cast, "2026-10"), period_missing(period=period)
    revise(ONE_MORE_TASK)
    assert Task.objects.count() == 132
    assert figures(cast, "2026-10") == told
    assert [row.number for row in rows_of(cast, "2026-10")] == list(range(1, 132))
    period.refresh_from_db()
    assert period_missing(period=period).contributions == missing.contributions
    period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    assert len(rows_of(cast, "2026-11")) == 132


def test_a_dropped_task_stays_in_the_count_of_a_closed_period(
    cast: Cast, period: ReportingPeriod, revise: Revise
) -> None:
    finished_and_closed(cast, period)
    told = figures(cast, "2026-10")
    revise(ONE_TASK_LESS)
    assert Task.objects.count() == 130
    assert figures(cast, "2026-10") == told
    [one] = period_figures(periods=ReportingPeriod.objects.filter(pk=period.pk))
    assert (one.due, one.missing) == (131, 130)
    period.refresh_from_db()
    assert period_missing(period=period).dropped == 1


def test_a_dropped_measure_stays_in_the_count_of_a_closed_period(
    cast: Cast, period: ReportingPeriod, revise: Revise
) -> None:
    finished_and_closed(cast, period)
    rows, told = rows_of(cast, "2026-10", 5), figures(cast, "2026-10")
    revise(ONE_MEASURE_LESS)
    assert task_numbered(5).measures.count() == 2
    assert rows_of(cast, "2026-10", 5) == rows
    assert rows[0].measures_all == 3
    assert figures(cast, "2026-10") == told


@pytest.mark.parametrize("has_ids", [True, False])
def test_what_was_said_then_stays_with_its_measure_when_another_is_put_before_it(
    has_ids: bool, cast: Cast, period: ReportingPeriod, revise: Revise
) -> None:
    """October is read from the history of September, which is still open and decided anew."""
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    report = approved(
        task_numbered(4), september, cast.reporter, cast.coordinator, [NOT, DONE, GOES]
    )
    if not has_ids:
        without_ids(report)
    period_close(period=period, by=cast.coordinator, now=NOW + HOUR)
    report_move(
        report=report, move=Move.REOPEN, by=cast.coordinator, now=NOW + 2 * HOUR, reason="更正"
    )
    measures = measures_of(cast, "2026-10", 4)
    assert [status for _pk, _place, status in measures] == [NOT, DONE, GOES]
    if has_ids:
        revise(PUT_IN_BETWEEN)
    assert measures_of(cast, "2026-10", 4) == measures


def without_ids(report: Report) -> None:
    """Its history as it was written before measures were kept by their ids."""
    for event in report.events.all():
        content = event.content
        for one in content["measures"]:
            del one["measure"]
        QuerySet(ReportEvent).filter(pk=event.pk).update(content=content)


def test_a_period_closed_before_that_was_kept_counts_todays_list(
    cast: Cast, period: ReportingPeriod, revise: Revise
) -> None:
    finished_and_closed(cast, period)
    ReportingPeriod.objects.update(register_at_closing=None)
    revise(ONE_MORE_TASK)
    [one] = period_figures(periods=ReportingPeriod.objects.filter(pk=period.pk))
    assert one.due == len(rows_of(cast, "2026-10")) == 132


def test_the_workbook_of_a_closed_period_says_the_same(
    cast: Cast, period: ReportingPeriod, revise: Revise
) -> None:
    finished_and_closed(cast, period)

    def cells() -> list[object]:
        with translation.override("zh-hans"):
            content = progress_workbook(
                period=ReportingPeriod.objects.get(pk=period.pk),
                user=cast.coordinator,
                today=TODAY,
                now=NOW + 2 * DAY,
                tasks=Task.objects.all(),
                language="zh-hans",
            )
        sheets = load_workbook(BytesIO(content)).worksheets
        return [cell.value for sheet in sheets for row in sheet for cell in row]

    before = cells()
    revise(ONE_MORE_TASK)
    assert cells() == before


def test_the_number_of_statements_depends_on_neither_what_came_nor_what_went(
    cast: Cast, period: ReportingPeriod, revise: Revise
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            figures(cast, "2026-10")
            measures_of(cast, "2026-10", 4)
        return len(queries)

    finished_and_closed(cast, period)
    revise(PUT_IN_BETWEEN)
    few = statements()
    for number in (5, 6, 7):
        task = task_numbered(number)
        task.measures.create(ordinal=task.measures.count() + 1, text="新增举措。")
    Task.objects.filter(number__in=[130, 131]).delete()
    assert statements() == few


# --- what pages and programs show of a task that the period did not have ----------------------


def test_the_page_of_a_later_task_says_so_and_shows_it_as_it_is_today(
    cast: Cast, period: ReportingPeriod, revise: Revise, signed_in: Callable[[User], Client]
) -> None:
    finished_and_closed(cast, period)
    revise(ONE_MORE_TASK)
    for user in (cast.reporter, cast.coordinator, cast.leader, cast.auditor):
        answer = signed_in(user).get(
            "/tasks/132/?period=2026-10", headers={"accept-language": "en"}
        )
        assert answer.status_code == 200
        assert answer.context["is_later"]
        assert "提供指导" in answer.content.decode()
        assert answer.context["task"].due_on is None
        assert not signed_in(user).get("/tasks/4/?period=2026-10").context["is_later"]
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    answer = signed_in(cast.coordinator).get("/tasks/132/")
    assert not answer.context["is_later"]
    assert answer.context["task"].due_on == november.due_on


@pytest.mark.parametrize("revised", [ONE_MORE_TASK, ONE_TASK_LESS])
def test_every_page_and_endpoint_of_a_closed_period_goes_on_telling_the_same(
    revised: str,
    cast: Cast,
    period: ReportingPeriod,
    revise: Revise,
    signed_in: Callable[[User], Client],
) -> None:
    finished_and_closed(cast, period)
    office = signed_in(cast.coordinator)
    address = "/api/v1/overview/?period=2026-10"
    before = office.get(address).json()
    revise(revised)
    after = office.get(address).json()
    assert {key: after[key] for key in after if key != "chapters"} == {
        key: before[key] for key in before if key != "chapters"
    }
    overview = office.get("/?period=2026-10", follow=True)
    page = office.get("/overview/?period=2026-10")
    assert overview.status_code == 200
    assert page.context["figures"].tasks == page.context["handing_in"].figures.due == 131
    assert office.get("/periods/2026-10/").context["figures"].due == 131
    listed = office.get("/api/v1/tasks/?period=2026-10&page_size=200").json()
    still_there = 131 if revised == ONE_MORE_TASK else 130
    assert listed["count"] == len(listed["results"]) == still_there
    assert office.get("/tasks/?period=2026-10").context["figures"].tasks == still_there
    if revised == ONE_MORE_TASK:
        document = office.get("/api/v1/tasks/132/?period=2026-10").json()
        assert (document["due_on"], len(document["measures"])) == (None, 2)

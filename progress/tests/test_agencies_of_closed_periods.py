"""A closed period keeps who answered in it, whatever becomes of agencies, tasks and the list."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.accounts import agency_change
from agencies.changes import agency_rename
from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import (
    AGENCIES_KEPT,
    ReportingPeriod,
)
from progress.rollups import TaskRow, agency_figures, period_missing, task_rows
from progress.tests.acts import handed_in, task_numbered
from progress.tests.agencies_changed import (
    LATER,
    NEW,
    OLD,
    agency,
    all_rows,
    answering,
    fresh,
    given_to,
    merged,
    person_of,
    whole_list,
)
from progress.tests.test_contributions import contributed
from progress.workflow import (
    period_close,
    period_open,
)
from tasks.importing import DEFAULT_LIST, import_list
from tasks.listing import row_cells
from tasks.models import Task


@pytest.fixture
def successor(cast: Cast) -> User:
    """A reporter of the agency into which the co-reporter's is merged; both share task 4."""
    return person_of(NEW)


def test_a_closed_period_keeps_its_agencies_and_their_figures(
    cast: Cast, period: ReportingPeriod, successor: User
) -> None:
    contributed(task_numbered(4), period, cast.co_reporter)
    period_close(period=period, by=cast.coordinator, now=NOW)
    period.refresh_from_db()

    def closed() -> tuple[object, ...]:
        rows = whole_list(period, cast.coordinator)
        return (
            [dataclasses.replace(row, report_state=None) for row in rows],
            agency_figures(rows),
            all_rows(period, cast.coordinator),
            period_missing(period=period),
        )

    before = closed()
    merged(cast)
    merged(cast, "市商务局", NEW)
    assert closed() == before


def test_a_closed_period_is_read_with_the_same_statements_after_many_mergers(
    cast: Cast, period: ReportingPeriod
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    period.refresh_from_db()

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            whole_list(period, cast.coordinator)
        return len(queries)

    merged(cast)
    before = statements()
    for old in ("市商务局", "市科技局", "市通信管理局"):
        merged(cast, old, NEW)
    assert statements() == before


def closed_rows(period: ReportingPeriod, cast: Cast) -> tuple[object, ...]:
    rows = whole_list(period, cast.coordinator)
    return agency_figures(rows), [(row.number, row.division, row.leads, row.cos) for row in rows]


def test_a_list_that_names_other_agencies_moves_no_closed_figure(
    cast: Cast, period: ReportingPeriod, tmp_path: Path
) -> None:
    given_to(cast, "市通信管理局", OLD, number=1)
    period_close(period=period, by=cast.coordinator, now=LATER)
    period.refresh_from_db()
    before, missing = closed_rows(period, cast), period_missing(period=period)
    text = DEFAULT_LIST.read_text(encoding="utf-8")
    old_cells = [row_cells(task_numbered(number)).agencies for number in (4, 1)]
    lines = text.split("\n")
    for cell, new_cell in zip(old_cells, (f"市商务局、{OLD}", "市商务局"), strict=True):
        place = next(at for at, line in enumerate(lines) if line.endswith(f"\t{cell}"))
        lines[place] = lines[place].removesuffix(cell) + new_cell
    revised = tmp_path / "list.txt"
    revised.write_text("\n".join(lines), encoding="utf-8")
    assert import_list(path=revised, now=LATER + dt.timedelta(hours=1)).updated == 2
    assert answering(4)[0] == ("市商务局", "lead")
    assert closed_rows(period, cast) == before
    assert period_missing(period=period) == missing


def test_a_short_name_that_is_put_right_later_splits_no_agency_in_two(
    cast: Cast, period: ReportingPeriod
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    period.refresh_from_db()
    before = closed_rows(period, cast)
    merged(cast)
    agency_change(
        now=NOW,
        agency=agency(NEW),
        by=cast.administrator,
        short_name="工信",
        contact_email="",
        aliases=(),
    )
    assert closed_rows(period, cast) == before


def test_a_period_closed_by_an_earlier_release_is_read_from_the_changes_since(
    cast: Cast, period: ReportingPeriod
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    period.refresh_from_db()
    before = closed_rows(period, cast)
    kept = dict(period.register_at_closing or {})
    del kept[AGENCIES_KEPT]
    ReportingPeriod.objects.filter(pk=period.pk).update(register_at_closing=kept)
    period.refresh_from_db()
    merged(cast)
    given_to(cast, "市通信管理局")
    assert closed_rows(period, cast) == before


def test_pages_and_endpoint_of_a_closed_period_have_the_old_name(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    contributed(task_numbered(4), period, cast.co_reporter)
    period_close(period=period, by=cast.coordinator, now=NOW)
    period_open(code="2026-11", by=cast.coordinator, now=LATER)
    renamed = agency_rename(
        agency=agency(OLD),
        name="市发展和改革局",
        short_name="发改局",
        effective_on=TODAY,
        document="",
        reason="机构改革",
        by=cast.administrator,
        now=LATER,
    )
    client = signed_in(cast.coordinator)
    row, new_row = f">{OLD}</a>", ">市发展和改革局</a>"
    with time_machine.travel(LATER, tick=False):
        closed = client.get("/agencies/?period=2026-10").content.decode()
        present = client.get("/agencies/?period=2026-11").content.decode()
        assert (row in closed, new_row in closed) == (True, False)
        assert (row in present, new_row in present) == (False, True)
        of_then = f"/tasks/4/reports/2026-10/contributions/{renamed.pk}/"
        assert OLD in client.get(of_then).content.decode().split("</h1>")[0]
        for code, name in (("2026-10", OLD), ("2026-11", renamed.name)):
            [task] = [
                one
                for one in client.get(f"/api/v1/tasks/?period={code}&page_size=200").json()[
                    "results"
                ]
                if one["number"] == 4
            ]
            assert [one["name"] for one in task["agencies"] if one["id"] == renamed.pk] == [name]


# --- Between two periods ---------------------------------------------------------------------


@pytest.fixture
def between(cast: Cast, period: ReportingPeriod) -> ReportingPeriod:
    """The period that has closed, as things stand: task 4 was given to others since."""
    period_close(period=period, by=cast.coordinator, now=NOW)
    given_to(cast, "市通信管理局", NEW)
    current = ReportingPeriod.objects.current()
    assert current is not None
    assert current.as_it_stands
    return current


def rows_of_task(period: ReportingPeriod, user: User) -> TaskRow:
    [row] = task_rows(tasks=Task.objects.filter(number=4), period=period, user=user, today=TODAY)
    return row


def test_between_two_periods_a_task_has_the_agencies_that_it_has_today(
    cast: Cast, between: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    today, then = ["市通信管理局", NEW], ["市数据局", OLD, NEW]
    row = rows_of_task(between, cast.coordinator)
    assert [one.name for one in (*row.leads, *row.cos)] == today
    # Asked for by its code the period is as it was closed.
    period = ReportingPeriod.objects.get(pk=between.pk)
    row = rows_of_task(period, cast.coordinator)
    assert [one.name for one in (*row.leads, *row.cos)] == then
    client = signed_in(cast.coordinator)
    for query, names in (("", today), ("period=2026-10", then)):
        one = client.get(f"/api/v1/tasks/4/?{query}").json()
        assert [each["name"] for each in one["agencies"]] == names
        listed = client.get(f"/api/v1/tasks/?page_size=200&{query}").json()["results"]
        [document] = [task for task in listed if task["number"] == 4]
        assert document == one
        of_lead = f"agency={agency(names[0]).pk}&role=lead&page_size=200&{query}"
        found = client.get(f"/api/v1/tasks/?{of_lead}").json()["results"]
        assert 4 in [task["number"] for task in found]


def test_between_two_periods_those_of_the_closing_and_of_today_know_of_the_report(
    cast: Cast, between: ReportingPeriod
) -> None:
    def knowing(period: ReportingPeriod) -> set[str]:
        return {
            who
            for who in ("reporter", "co_reporter", "stranger", "coordinator", "leader", "auditor")
            if rows_of_task(period, fresh(getattr(cast, who))).reporting_known
        }

    # Nobody began it. The stranger's agency leads the task now, and reads all that is its own.
    assert knowing(between) == {"reporter", "co_reporter", "coordinator", "stranger"}
    closed = ReportingPeriod.objects.get(pk=between.pk)
    assert knowing(closed) == {"reporter", "co_reporter", "coordinator"}


def test_between_two_periods_who_has_no_part_then_or_now_knows_of_no_report(
    cast: Cast, period: ReportingPeriod
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    period_close(period=period, by=cast.coordinator, now=NOW)
    given_to(cast, NEW)
    current = ReportingPeriod.objects.current()
    assert current is not None
    row = rows_of_task(current, fresh(cast.stranger))
    assert (row.reporting_known, row.report_id, row.report_state) == (False, None, None)
    # Its texts go with the task; that it was handed in stays known to who did it.
    row = rows_of_task(current, fresh(cast.reporter))
    assert (row.reporting_known, row.report_id, row.handed_in_on) == (True, None, TODAY)

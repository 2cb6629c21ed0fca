"""The matrix of chapters and agencies: each count leads to just those tasks."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.pages.charts import Matrix
from tasks.models import Task


def shown(client: Client, role: str = "") -> Matrix:
    with time_machine.travel(NOW, tick=False):
        answer = client.get("/matrix/", {"role": role} if role else {})
    assert answer.status_code == 200
    found = answer.context["matrix"]
    assert isinstance(found, Matrix)
    return found


@pytest.mark.parametrize("role", ["", "lead", "co"])
def test_each_cell_is_the_count_of_the_list_that_it_leads_to(
    role: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)
    found = shown(client, role)
    cells = [one for row in found.rows for one in (*row.cells, row.sum) if one and one.count]
    cells += [one for one in (*found.sums, found.total) if one.address]
    assert len(cells) > 90
    for one in cells[::40]:
        assert client.get(one.address).context["figures"].tasks == one.count


def test_the_last_line_counts_every_task_once(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    found = shown(signed_in(cast.leader))
    assert sum(cell.count for cell in found.sums) == found.total.count == 131
    assert sum(row.sum.count for row in found.rows) == 132 + 231
    assert found.foot


def test_of_one_role_a_column_adds_up_its_agencies(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    found = shown(signed_in(cast.leader), "lead")
    columns = zip(*(row.cells for row in found.rows), strict=True)
    assert [cell.count for cell in found.sums] == [
        sum(cell.count for cell in column if cell) for column in columns
    ]
    assert found.total.count == 132


def test_an_agencys_people_see_their_own_row_and_what_it_adds_up_to(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    found = shown(client)
    [row] = found.rows
    assert row.sum.count == Task.objects.shared_by(cast.reporter.agency_ids).count()
    assert found.total == row.sum
    for one in (cell for cell in found.sums if cell.address):
        assert client.get(one.address).context["figures"].tasks == one.count


def test_a_part_that_is_none_is_refused(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    assert signed_in(cast.leader).get("/matrix/?role=boss").status_code == 400


@pytest.mark.parametrize("path", ["/overview/", "/agencies/"])
def test_those_who_may_see_it_are_led_there(
    path: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    for who, leads in ((cast.leader, True), (cast.reporter, True), (cast.auditor, False)):
        assert ('href="/matrix/"' in signed_in(who).get(path).content.decode()) == leads

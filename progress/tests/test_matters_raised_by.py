"""A matter is raised by the agency that compiled its report then, whoever leads the task since."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.changes import agency_rename
from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import Matter, ReportingPeriod
from progress.rollups import Register, matter_rows
from progress.tests.acts import handed_in, task_numbered
from progress.tests.agencies_changed import LATER, agency, given_to, merged
from progress.tests.registers import exported, rows_of


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(LATER + dt.timedelta(days=2), tick=False):
        yield


@pytest.fixture
def matter(cast: Cast, period: ReportingPeriod) -> Matter:
    report = handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地")
    return Matter.objects.get(report=report)


def raiser() -> tuple[str, str, str]:
    """Who raised the one matter, in full and in short, and who leads its task today."""
    [row] = matter_rows(matters=Matter.objects.all(), today=TODAY)
    assert row.raised_by is not None
    assert row.about.lead is not None
    return row.raised_by.name, row.raised_by.short_name, row.about.lead.name


def test_it_is_the_lead_while_nothing_has_changed(matter: Matter) -> None:
    assert raiser() == ("市数据局", "数据局", "市数据局")


def test_a_merger_leaves_it_with_the_agency_of_then(cast: Cast, matter: Matter) -> None:
    merged(cast, "市数据局", "市商务局")
    assert raiser() == ("市数据局", "数据局", "市商务局")


def test_a_task_given_to_others_leaves_it_with_the_agency_of_then(
    cast: Cast, matter: Matter
) -> None:
    given_to(cast, "市商务局", "市数据局")
    given_to(cast, "市财政局", "市数据局", now=LATER + dt.timedelta(hours=1))
    assert raiser() == ("市数据局", "数据局", "市财政局")


def test_what_is_raised_after_a_change_is_raised_by_who_compiles_then(
    cast: Cast, period: ReportingPeriod
) -> None:
    given_to(cast, "市数据局", "市财政局", now=NOW - dt.timedelta(hours=1))
    handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地")
    assert raiser() == ("市数据局", "数据局", "市数据局")


def test_a_new_name_leaves_it_under_the_name_of_then(cast: Cast, matter: Matter) -> None:
    agency_rename(
        agency=agency("市数据局"),
        name="市数据和政务局",
        short_name="数政局",
        effective_on=TODAY + dt.timedelta(days=1),
        document="",
        reason="机构改革",
        by=cast.administrator,
        now=LATER + dt.timedelta(days=1),
    )
    assert raiser() == ("市数据局", "数据局", "市数据和政务局")


def test_page_list_endpoint_and_workbook_say_the_same(
    cast: Cast, matter: Matter, signed_in: Callable[[User], Client]
) -> None:
    before = matter.task.responsibilities.compiling().get().agency
    merged(cast, "市数据局", "市商务局")
    client = signed_in(cast.coordinator)
    link = f'href="/agencies/{before.pk}/" title="市数据局">数据局</a>'
    assert link in client.get(f"/registers/matters/{matter.pk}/").content.decode()
    assert link in client.get("/registers/matters/").content.decode()
    [entry] = client.get("/api/v1/registers/matters/").json()["results"]
    assert entry["raised_by"] == {"id": before.pk, "name": "市数据局", "short_name": "数据局"}
    assert entry["lead"]["name"] == "市商务局"
    [row] = rows_of(exported(client, Register.MATTERS))
    assert "数据局" in row
    assert "商务局" in row


def test_many_matters_cost_what_one_costs(cast: Cast, period: ReportingPeriod) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            matter_rows(matters=Matter.objects.all(), today=TODAY)
        return len(queries)

    handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地")
    few = statements()
    for task in task_numbered(4).__class__.objects.led_by(cast.reporter.agency_ids):
        if task.number != 4:
            handed_in(task, period, cast.reporter, coordination="请协调电力")
    assert Matter.objects.count() > 1
    merged(cast, "市数据局", "市商务局")
    assert statements() == few

"""Cockpit and overview: the sentence, four figures with their change, what waits, the trend.

Any past period is shown as it was closed.
"""

import datetime as dt
import html
import re
from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, Cast
from progress.lights import Light
from progress.models import KeptFigures, Matter, ReportingPeriod
from progress.pages.dashboards.cards import Card
from progress.rollups import settling_count
from progress.tests.acts import approved, corrected, handed_in, saved, task_numbered
from progress.workflow import period_close, period_open
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Status, Task

pytestmark = pytest.mark.wide

HOUR = dt.timedelta(hours=1)


@pytest.fixture
def september(cast: Cast, period: ReportingPeriod) -> ReportingPeriod:
    """A closed September in which task 4 was under way and on time; October, open, completes it."""
    before = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    approved(task_numbered(4), before, cast.reporter, cast.coordinator)
    before = period_close(period=before, by=cast.coordinator, now=NOW + HOUR)
    approved(
        task_numbered(4), period, cast.reporter, cast.coordinator, Status.COMPLETED, now=NOW + HOUR
    )
    return before


def page_of(client: Client, path: str = "/overview/", **parameters: str) -> dict[str, Any]:
    with time_machine.travel(NOW + 2 * HOUR, tick=False):
        answer = client.get(path, parameters)
    assert answer.status_code == 200
    names = answer.context.keys()
    return {name: answer.context[name] for name in names} | {"html": answer.content.decode()}


def cards(client: Client, path: str = "/overview/", **parameters: str) -> dict[str, Card]:
    shown = page_of(client, path, **parameters)["cards"]
    return {card.name: card for card in shown}


def cell(card: Card, value: str) -> tuple[int, int | None]:
    [found] = [one for one in card.cells if one.value == value]
    return found.number, found.before


def test_each_of_the_four_figures_stands_beside_that_of_the_period_before(
    cast: Cast, september: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    shown = cards(signed_in(cast.coordinator))
    assert list(shown) == ["by-status", "by-light", "handed-in", "matters"]
    assert cell(shown["by-status"], Status.COMPLETED) == (1, 0)
    assert cell(shown["by-status"], Status.IN_PROGRESS) == (0, 1)
    handed, missing, _on_time = shown["handed-in"].cells
    assert (handed.number, handed.before) == (1, 1)
    assert (missing.number, missing.before) == (130, 130)
    assert (shown["matters"].total.number, shown["matters"].total.before) == (0, 0)


def test_the_first_period_has_nothing_to_be_compared_with(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    context = page_of(signed_in(cast.coordinator))
    assert context["before"] == ""
    every = cards(signed_in(cast.coordinator)).values()
    assert {one.before for card in every for one in (card.total, *card.cells)} == {None}


def test_the_sentence_comes_first_and_its_numbers_lead_to_their_rows(
    cast: Cast, september: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    html = str(page_of(signed_in(cast.leader))["html"])
    main = html[html.index("<main") :]
    sentence = main[main.index('class="in-a-sentence"') :].partition("</p>")[0]
    assert main.index('class="in-a-sentence"') < main.index('class="summary"')
    assert '<a href="/tasks/?status=completed">1</a>' in sentence
    assert '<a href="/tasks/?light=red">0</a>' in sentence
    # A leader gets the sums of handing in, not the way to each.
    assert "<strong>131</strong>" in sentence


def test_a_closed_period_is_shown_as_it_was_closed_whatever_came_after(
    cast: Cast, september: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)
    context = page_of(client, period="2026-09")
    assert context["is_frozen"]
    assert 'href="/overview/"' in str(context["html"])
    shown = cards(client, period="2026-09")
    assert cell(shown["by-status"], Status.IN_PROGRESS)[0] == 1
    assert cell(shown["by-status"], Status.COMPLETED)[0] == 0
    report = task_numbered(4).reports.get(period=september)
    corrected(report, cast.coordinator)
    assert cards(client, period="2026-09") == shown
    assert not page_of(client)["is_frozen"]


def test_a_closed_period_reads_what_was_kept_of_it(
    cast: Cast, september: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    """What was kept is the word, not what can be added up again today."""
    whole = KeptFigures.objects.get(period=september, chapter_number=None, agency=None)
    figures = whole.figures
    figures["tasks_by_status"] |= {"not_started": 100, "in_progress": 31}
    # Nothing in the product changes kept figures; a hand in the database could.
    QuerySet(KeptFigures).filter(pk=whole.pk).update(figures=figures)
    shown = cards(signed_in(cast.leader), period="2026-09")
    assert cell(shown["by-status"], Status.IN_PROGRESS)[0] == 31


@pytest.mark.parametrize("path", ["/overview/", "/chapters/1/", "/agencies/", "/matrix/", "/my/"])
def test_every_dashboard_says_that_a_closed_period_is_read(
    path: str, cast: Cast, september: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    assert page_of(client, path, period="2026-09")["is_frozen"]
    assert not page_of(client, path, period="2026-10")["is_frozen"]


def test_an_agencys_page_shows_a_past_period_as_well(
    cast: Cast, september: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    path = f"/agencies/{cast.reporter.agency_id}/"
    assert page_of(client, path, period="2026-09")["is_frozen"]
    assert cell(cards(client, path)["by-status"], Status.COMPLETED) == (1, 0)


def test_what_waits_is_for_the_office_alone(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    handed_in(task_numbered(4), period, cast.reporter, coordination="请市发展改革委协调用地")
    context = page_of(signed_in(cast.coordinator))
    waits = context["waits"]
    assert isinstance(waits, list)
    client = signed_in(cast.coordinator)
    assert waits[0].count == 1
    assert waits[3].count == Matter.objects.count() == 1
    assert waits[-1].count == settling_count()
    assert {client.get(one.address).status_code for one in waits} == {200}
    assert client.get(waits[3].address).context["page_obj"].paginator.count == 1
    for who in (cast.leader, cast.auditor, cast.reporter):
        assert page_of(signed_in(who))["waits"] == []


def test_a_leader_reads_what_is_late_and_why(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    type(report).objects.filter(pk=report.pk).update(problems="用地指标尚未落实")
    Task.objects.filter(number__in=[4, 7]).update(deadline=NOW.date() - dt.timedelta(days=40))
    Task.objects.filter(number=7).update(deadline=NOW.date() - dt.timedelta(days=60))
    context = page_of(signed_in(cast.leader))
    late = context["late"]
    assert [(one.row.number, one.problems) for one in late] == [
        (7, ""),
        (4, "用地指标尚未落实"),
    ]
    assert context["figures"].lights[Light.RED] == 2
    assert "用地指标尚未落实" in str(context["html"])
    # Who may not read the report is not told what it says.
    assert "用地指标尚未落实" not in str(page_of(signed_in(cast.stranger))["html"])


def test_matters_of_a_past_period_lead_to_just_those(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    handed_in(task_numbered(4), period, cast.reporter, coordination="请市发展改革委协调用地")
    period_close(period=period, by=cast.coordinator, now=NOW + HOUR)
    later = NOW + dt.timedelta(days=30)
    november = period_open(code="2026-11", by=cast.coordinator, now=later)
    handed_in(task_numbered(5), november, cast.reporter, coordination="请协调数据接口", now=later)
    client = signed_in(cast.coordinator)
    with time_machine.travel(later + HOUR, tick=False):
        now = client.get("/overview/").context["matters"].total
        then = client.get("/overview/?period=2026-10").context["matters"].total
        assert (now.number, now.before, then.number) == (2, 1, 1)
        for one in (now, then):
            listed = client.get(one.address).context["page_obj"].paginator.count
            assert listed == one.number


def test_the_auditor_finds_the_newest_entries_of_the_histories(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    deadlines_write(
        changes=[Deadline(task_numbered(4), None, dt.date(2027, 3, 31))],
        reason="经专题会议研究",
        by=cast.coordinator,
        now=NOW,
    )
    client = signed_in(cast.auditor)
    [entry] = page_of(client)["entries"]
    assert (entry.reason, entry.at) == ("经专题会议研究", NOW)
    assert client.get(entry.address).status_code == 200
    assert page_of(signed_in(cast.leader))["entries"] is None


def test_the_bars_are_by_status_or_by_light(
    cast: Cast, september: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.leader)
    by_status, by_light = page_of(client)["bars"], page_of(client, bars="light")["bars"]
    assert len(by_status.bars) == len(by_light.bars) == 14
    assert [part.count for part in by_status.legend] == [130, 0, 1, 0]
    assert {part.key.partition("-")[0] for part in by_light.legend} == {"light"}


@pytest.mark.parametrize("who", ["coordinator", "leader", "auditor"])
def test_the_trend_shows_handing_in_to_those_who_may_know(
    who: str, cast: Cast, september: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    shown = page_of(signed_in(getattr(cast, who)))["trend"]
    assert shown.by_task.labels == ("2026-09", "2026-10")
    lines = shown.by_task.series
    assert len(lines) == (3 if who == "auditor" else 4)
    assert all(one.formula for one in lines)
    if who != "auditor":
        assert bool(lines[3].address) == (who == "coordinator")


def test_the_numbers_of_the_trend_lead_to_the_period_they_are_of(
    cast: Cast, september: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)
    page = client.get("/overview/").content.decode()
    row = page.partition('<th scope="row">启动率</th>')[2].partition("</tr>")[0]
    addresses = re.findall(r'<td class="num"><a href="([^"]+)">0\.8%</a></td>', row)
    with time_machine.travel(NOW + 2 * HOUR, tick=False):
        listed = [client.get(html.unescape(one)).context["figures"].tasks for one in addresses]
    assert listed == [1, 1]
    assert [one.partition("period=")[2][:7] for one in addresses] == ["2026-09", "2026-10"]


@pytest.mark.parametrize(
    "path",
    ["/overview/", "/chapters/1/", "/agencies/", "/agencies/{own}/", "/matrix/", "/my/"],
)
def test_a_dashboard_costs_the_same_however_many_periods_were_closed(
    path: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    def close(*codes: str) -> None:
        for number, code in enumerate(codes):
            one = period_open(code=code, by=cast.coordinator, now=NOW)
            if number == 0:
                saved(task_numbered(4), one, cast.reporter)
            period_close(period=one, by=cast.coordinator, now=NOW)

    client = signed_in(cast.reporter if path == "/my/" else cast.coordinator)

    def cost(query: str = "") -> int:
        with (
            time_machine.travel(NOW + HOUR, tick=False),
            CaptureQueriesContext(connection) as taken,
        ):
            address = path.format(own=cast.reporter.agency_id) + query
            assert client.get(address).status_code == 200
        return len(taken)

    close("2026-08", "2026-09")
    before = cost(), cost("?period=2026-09")
    close("2026-03", "2026-04", "2026-05", "2026-06", "2026-07")
    assert (cost(), cost("?period=2026-09")) == before
    assert before[0] <= 52

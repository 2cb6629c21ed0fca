"""The lists of the registers: what narrows and sorts them, and what they say of the unreadable."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, Cast
from progress.models import (
    CompletionState,
    DecisionState,
    MatterState,
    ReportingPeriod,
    Result,
    ResultKind,
)
from progress.rollups import Register, register_orders
from progress.tests.registers import exported, in_api, on_page, readable, registers_fill, rows_of
from tasks.models import Task

pytestmark = pytest.mark.wide

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def filled(cast: Cast, period: ReportingPeriod) -> None:
    registers_fill(cast, period)


FILTERS: list[tuple[Register, dict[str, Any], Callable[[Any], bool]]] = [
    (Register.MATTERS, {"q": "用"}, lambda one: "用" in one.text + one.task.title),
    (Register.MATTERS, {"q": "已复"}, lambda one: one.state == "answered"),
    (Register.MATTERS, {"state": ["open", "closed"]}, lambda one: one.state != "answered"),
    (Register.MATTERS, {"chapter": 1}, lambda one: one.task.number <= 14),
    (Register.MATTERS, {"addressed": "no"}, lambda one: one.addressed_to_id is None),
    (
        Register.MATTERS,
        {"raised_after": "2026-09-10", "raised_before": "2026-10-01"},
        lambda one: dt.date(2026, 9, 10) <= one.raised_on <= dt.date(2026, 10, 1),
    ),
    (Register.EXTENSIONS, {"about": "task"}, lambda one: one.measure_id is None),
    (Register.EXTENSIONS, {"state": ["requested"]}, lambda one: one.state == "requested"),
    (
        Register.EXTENSIONS,
        {"decided_after": "2026-10-01"},
        lambda one: bool(one.decided_at and _local(one.decided_at) >= dt.date(2026, 10, 1)),
    ),
    (Register.COMPLETIONS, {"measure": 2}, lambda one: one.measure.ordinal == 2),
    (
        Register.COMPLETIONS,
        {"requested_before": "2026-10-01"},
        lambda one: _local(one.requested_at) <= dt.date(2026, 10, 1),
    ),
    (Register.RESULTS, {"kind": ["policy"]}, lambda one: one.kind == "policy"),
    (Register.RESULTS, {"q": "津政办 数据"}, lambda one: one.document != ""),
    (Register.RESULTS, {"came_after": "2026-10-01"}, lambda one: one.came_on.month == 10),
    (Register.RESULTS, {"about": "measure"}, lambda one: one.measure_id is not None),
]


def _local(moment: dt.datetime) -> dt.date:
    return moment.astimezone(NOW.tzinfo).date()


@pytest.mark.parametrize(
    ("listed", "parameters", "holds"), FILTERS, ids=[f"{one[0]} {one[1]}" for one in FILTERS]
)
def test_each_filter_leaves_what_it_says_on_page_endpoint_and_workbook(
    listed: Register,
    parameters: dict[str, Any],
    holds: Callable[[Any], bool],
    cast: Cast,
    filled: None,
    signed_in: ClientOf,
) -> None:
    client = signed_in(cast.coordinator)
    entries = [one for one in readable(listed, cast.coordinator) if holds(one)]
    if listed == Register.RESULTS:
        entries = [one for one in entries if one.struck_at is None]
    if parameters.get("q") == "津政办 数据":
        entries = [one for one in entries if "数据" in one.title + one.task.title]
    ids = sorted(one.pk for one in entries)
    assert ids
    assert sorted(on_page(client, listed, **parameters)) == ids
    assert sorted(in_api(client, listed, **parameters)) == ids
    assert len(rows_of(exported(client, listed, **parameters))) == len(ids)


def test_by_task_by_lead_and_by_the_agency_that_has_to_answer(
    cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    mine = readable(Register.MATTERS, cast.coordinator)
    led = set(Task.objects.led_by(cast.reporter.agency_ids).values_list("pk", flat=True))
    by_lead = on_page(client, Register.MATTERS, agency=cast.reporter.agency_id)
    assert sorted(by_lead) == sorted(one.pk for one in mine if one.task_id in led)
    of_task = on_page(client, Register.MATTERS, task=mine[0].task.number)
    assert sorted(of_task) == sorted(one.pk for one in mine if one.task_id == mine[0].task_id)
    asked = next(one.addressed_to_id for one in mine if one.addressed_to_id)
    by_asked = on_page(client, Register.MATTERS, addressed_to=asked)
    assert sorted(by_asked) == sorted(one.pk for one in mine if one.addressed_to_id == asked)


def test_results_that_were_struck_out_are_shown_when_asked_for(
    cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    mine = readable(Register.RESULTS, cast.coordinator)
    struck = sorted(one.pk for one in mine if one.struck_at)
    assert struck
    assert sorted(on_page(client, Register.RESULTS, struck="alone")) == struck
    assert len(on_page(client, Register.RESULTS, struck="with")) == len(mine)


# --- what cannot be read, and what it costs -----------------------------------------------------


@pytest.mark.parametrize(
    ("listed", "parameters"),
    [
        (Register.MATTERS, {"state": "lost"}),
        (Register.MATTERS, {"chapter": "15"}),
        (Register.MATTERS, {"agency": "x"}),
        (Register.MATTERS, {"addressed_to": "99999999999999999999999"}),
        (Register.MATTERS, {"task": "99999999999999999999999"}),
        (Register.MATTERS, {"task": "-1"}),
        (Register.MATTERS, {"q": "\0"}),
        (Register.MATTERS, {"raised_after": "2026-02-30"}),
        (Register.EXTENSIONS, {"measure": "99999999999999999999999"}),
        (Register.EXTENSIONS, {"about": "x"}),
        (Register.COMPLETIONS, {"decided_before": "soon"}),
        (Register.RESULTS, {"kind": "x"}),
        (Register.RESULTS, {"struck": "x"}),
        (Register.RESULTS, {"sort": "password"}),
    ],
    ids=str,
)
def test_what_cannot_be_read_is_told_everywhere_and_shows_no_rows(
    listed: Register,
    parameters: dict[str, str],
    cast: Cast,
    period: ReportingPeriod,
    signed_in: ClientOf,
) -> None:
    client = signed_in(cast.coordinator)
    answer = client.get(f"/registers/{listed}/", parameters)
    assert answer.status_code == 400
    assert answer.context["rows"] == []
    assert client.get(f"/registers/{listed}.xlsx", parameters).status_code == 400
    in_endpoint = {"ordering" if name == "sort" else name: v for name, v in parameters.items()}
    assert client.get(f"/api/v1/registers/{listed}/", in_endpoint).status_code == 400


@pytest.mark.parametrize("listed", list(Register))
def test_a_list_costs_the_same_however_long_it_is(
    listed: Register, cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)

    def cost(address: str) -> int:
        client.get(address)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(address).status_code == 200
        return len(queries)

    short = next(
        one.task.number for one in readable(listed, cast.coordinator) if not _is_struck(one)
    )
    for address in (f"/registers/{listed}/", f"/api/v1/registers/{listed}/"):
        assert cost(address) == cost(f"{address}?task={short}")


def _is_struck(entry: Any) -> bool:
    return getattr(entry, "struck_at", None) is not None


def test_a_list_is_sorted_by_its_columns_and_nothing_else(
    cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    answer = client.get("/registers/matters/", {"sort": "task"})
    numbers = [row.about.task_number for row in answer.context["rows"]]
    assert numbers == sorted(numbers)
    answer = client.get("/registers/matters/")
    days = [row.raised_on for row in answer.context["rows"]]
    assert days == sorted(days, reverse=True)


@pytest.mark.parametrize("listed", list(Register))
def test_page_and_endpoint_have_each_order_in_common(
    listed: Register, cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    assert on_page(client, listed) == in_api(client, listed)
    for name in register_orders(listed):
        for sort in (name, f"-{name}"):
            assert on_page(client, listed, sort=sort) == in_api(client, listed, ordering=sort)


@pytest.mark.parametrize(
    ("listed", "column", "places"),
    [
        (Register.MATTERS, "state", MatterState.values),
        (Register.EXTENSIONS, "state", DecisionState.values),
        (Register.COMPLETIONS, "state", CompletionState.values),
        (Register.RESULTS, "kind", ResultKind.values),
    ],
)
def test_states_stand_in_the_order_in_which_an_entry_goes_through_them(
    listed: Register,
    column: str,
    places: list[str],
    cast: Cast,
    filled: None,
    signed_in: ClientOf,
) -> None:
    answer = signed_in(cast.coordinator).get(f"/registers/{listed}/", {"sort": column})
    found = [places.index(getattr(row, column)) for row in answer.context["rows"]]
    assert found == sorted(found)
    assert len(set(found)) > 1


@pytest.mark.parametrize("struck", ["", "with", "alone"])
def test_the_numbers_above_a_list_are_those_of_the_lists_they_lead_to(
    struck: str, cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    answer = client.get("/registers/results/", {"struck": struck})
    tallies = answer.context["tallies"]
    assert tallies[0].count == answer.context["page_obj"].paginator.count
    assert tallies[0].count == sum(one.count for one in tallies[1:])
    for tally in tallies:
        listed = client.get(f"/registers/results/{tally.address}").context["page_obj"]
        assert listed.paginator.count == tally.count


def test_latin_letters_are_found_in_either_case(
    cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    Result.objects.filter(pk__in=Result.objects.values("pk")[:1]).update(
        title="首单NRA账户业务", struck_at=None, struck_by=None, struck_reason=""
    )
    client = signed_in(cast.coordinator)
    found = Result.objects.visible_to(cast.coordinator).filter(title__contains="NRA")
    ids = [one.pk for one in found]
    assert on_page(client, Register.RESULTS, q="nra账户") == ids
    assert in_api(client, Register.RESULTS, q="Nra账户") == ids


@pytest.mark.parametrize("listed", list(Register))
@pytest.mark.parametrize("address", ["/registers/{}/", "/registers/{}.xlsx"])
def test_more_words_than_a_database_can_be_asked_for_are_refused(
    listed: Register, address: str, cast: Cast, signed_in: ClientOf
) -> None:
    typed = " ".join(f"词{place}" for place in range(1500))
    client = signed_in(cast.coordinator)
    for words in (typed, "一 二 三 四 五 六 七 八 九 十 百"):
        assert client.get(address.format(listed.value), {"q": words}).status_code == 400

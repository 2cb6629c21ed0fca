"""The registers: page, endpoint, workbook and a recount by hand agree, whatever the filters."""

import datetime as dt
import random
from collections import Counter
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.http import urlencode
from openpyxl import load_workbook

from agencies.models import Agency, User
from conftest import NOW, TODAY, Cast
from progress.models import (
    Completion,
    CompletionState,
    DecisionState,
    Extension,
    Matter,
    MatterEvent,
    MatterMove,
    MatterState,
    Report,
    ReportingPeriod,
    Result,
    ResultKind,
)
from progress.rollups import Register, entries_of, register_counts, register_rows
from progress.states import ReportState
from progress.workbooks.register_sheet import COLUMNS, HEADER_ROW
from tasks.models import Responsibility, Task

ClientOf = Callable[[User], Client]
READERS = ("reporter", "co_reporter", "stranger", "coordinator", "leader")
WORDS = ("用地", "算力", "开放", "牌照", "，", "数据")


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def filled(cast: Cast, period: ReportingPeriod) -> None:
    """Registers of random entries, in every state, on reports in every state."""
    rng = random.Random("registers")  # noqa: S311 - nothing is secret here
    agencies = list(Agency.objects.all())
    for task in Task.objects.order_by("number")[:24].prefetch_related("measures"):
        state = rng.choice(list(ReportState))
        handed_in = state in (ReportState.SUBMITTED, ReportState.APPROVED)
        report = Report.objects.create(
            task=task,
            period=period,
            state=state,
            handed_in_on=TODAY if handed_in else None,
            approved_at=NOW if state == ReportState.APPROVED else None,
            created_at=NOW,
            updated_at=NOW,
            updated_by=cast.reporter,
        )
        measures = list(task.measures.all())
        _matters(rng, report, agencies, cast)
        _requests(rng, report, measures, cast)
        for place in range(rng.randint(0, 3)):
            struck = rng.random() < 0.25
            Result.objects.create(
                task=task,
                report=report,
                measure=rng.choice([None, *measures]),
                kind=rng.choice(ResultKind.values),
                title=f"{_words(rng)}{place}",
                document=rng.choice(["", "津政办发〔2026〕8号"]),
                came_on=_day(rng),
                note="=SUM(A1:A9)",
                added_at=NOW,
                added_by=cast.reporter,
                struck_at=NOW if struck else None,
                struck_by=cast.coordinator if struck else None,
                struck_reason="重复" if struck else "",
            )


def _words(rng: random.Random) -> str:
    return "".join(rng.sample(WORDS, 3))


def _day(rng: random.Random) -> dt.date:
    return TODAY - dt.timedelta(days=rng.randint(0, 60))


def _moment(rng: random.Random) -> dt.datetime:
    return NOW - dt.timedelta(hours=rng.randint(0, 1200))


def _matters(rng: random.Random, report: Report, agencies: list[Agency], cast: Cast) -> None:
    # At most one that is not closed.
    states = [MatterState.CLOSED] * rng.randint(0, 2)
    states += rng.choice([[], [MatterState.OPEN], [MatterState.ANSWERED]])
    for state in states:
        closed = state == MatterState.CLOSED
        matter = Matter.objects.create(
            task=report.task,
            report=report,
            text=f"=请协调{_words(rng)}",
            raised_on=_day(rng),
            addressed_to=rng.choice([None, *agencies[:5]]),
            state=state,
            closed_at=NOW if closed else None,
            closed_by=cast.coordinator if closed else None,
        )
        if state == MatterState.ANSWERED:
            MatterEvent.objects.create(
                matter=matter, move=MatterMove.ANSWER, text="已复", at=NOW, by=cast.coordinator
            )


def _requests(rng: random.Random, report: Report, measures: list[Any], cast: Cast) -> None:
    for measure in rng.sample(measures, k=rng.randint(0, len(measures))):
        state = rng.choice(list(CompletionState))
        decided = state != CompletionState.REQUESTED
        reopened = state == CompletionState.REOPENED
        Completion.objects.create(
            task=report.task,
            report=report,
            measure=measure,
            state=state,
            requested_at=_moment(rng),
            requested_by=cast.reporter,
            decided_at=_moment(rng) if decided else None,
            decided_by=cast.coordinator if decided else None,
            decision_reason="佐证不足" if decided else "",
            reopened_at=NOW if reopened else None,
            reopened_by=cast.coordinator if reopened else None,
            reopening_reason="出现反复" if reopened else "",
        )
    for measure in rng.choice([[], [None], measures[:1]]):
        decision = rng.choice(list(DecisionState))
        decided = decision != DecisionState.REQUESTED
        deadline = _day(rng)
        Extension.objects.create(
            task=report.task,
            report=report,
            measure=measure,
            deadline=deadline,
            new_deadline=deadline + dt.timedelta(days=30),
            reason=_words(rng),
            state=decision,
            requested_at=_moment(rng),
            requested_by=cast.reporter,
            decided_at=_moment(rng) if decided else None,
            decided_by=cast.coordinator if decided else None,
        )


# --- recounted by hand --------------------------------------------------------------------------


def may_read(entry: Any, user: User) -> bool:
    """Once more in plain words: who may read an entry of a register."""
    parts = Responsibility.objects.filter(task=entry.task).values_list("agency", flat=True)
    if user.role == "coordinator":
        handed_in = entry.report.state in ("submitted", "approved") or entry.report.handed_in_on
        return isinstance(entry, Extension) or bool(handed_in)
    if user.role == "leader":
        return bool(entry.report.state == "approved")
    if user.agency_id is None:
        return False
    asked = isinstance(entry, Matter) and entry.addressed_to_id == user.agency_id
    return asked or user.agency_id in parts


MODELS: dict[Register, Any] = {
    Register.MATTERS: Matter,
    Register.EXTENSIONS: Extension,
    Register.COMPLETIONS: Completion,
    Register.RESULTS: Result,
}


def readable(register: Register, user: User) -> list[Any]:
    entries = MODELS[register].objects.select_related("task", "report")
    return [entry for entry in entries if may_read(entry, user)]


def on_page(client: Client, register: Register, **parameters: Any) -> list[int]:
    """The ids that the list shows on all its pages."""
    found: list[int] = []
    page = 1
    while True:
        answer = client.get(f"/registers/{register}/", {**parameters, "page": page})
        assert answer.status_code == 200
        found += [row.id for row in answer.context["rows"]]
        if not answer.context["page_obj"].has_next():
            assert answer.context["page_obj"].paginator.count == len(found)
            return found
        page += 1


def in_api(client: Client, register: Register, **parameters: Any) -> list[int]:
    answer = client.get(f"/api/v1/registers/{register}/", {**parameters, "page_size": 200})
    assert answer.status_code == 200, answer.content
    document = answer.json()
    assert document["count"] == len(document["results"])
    return [entry["id"] for entry in document["results"]]


@pytest.mark.parametrize("who", READERS)
def test_counts_agree_in_page_endpoint_and_recount(
    who: str, cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    user = getattr(cast, who)
    client = signed_in(user)
    counts = {count.register: count for count in register_counts(user=user)}
    in_endpoint = {one["register"]: one for one in client.get("/api/v1/registers/").json()}
    cards = {card.register: card for card in client.get("/registers/").context["cards"]}
    for register in Register:
        mine = readable(register, user)
        if register == Register.RESULTS:
            mine = [entry for entry in mine if entry.struck_at is None]
        column = "kind" if register == Register.RESULTS else "state"
        by_state = Counter(getattr(entry, column) for entry in mine)
        count = counts[register]
        assert count.all == len(mine)
        assert {k: n for k, n in count.by_state.items() if n} == dict(by_state)
        assert count.waiting == by_state["open"] + by_state["answered"] + by_state["requested"]
        assert in_endpoint[register]["all"] == count.all
        assert in_endpoint[register]["by_state"] == dict(count.by_state)
        assert cards[register].count == count
        ids = sorted(entry.pk for entry in mine)
        assert sorted(on_page(client, register)) == ids
        assert sorted(in_api(client, register)) == ids
        # Every number leads to the rows that it counts.
        for tally in cards[register].states:
            rows = client.get(tally.address).context["page_obj"].paginator.count
            assert rows == tally.count == by_state[tally.value]
    if who == "coordinator":
        assert all(count.all for count in counts.values())


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


# --- the workbook -------------------------------------------------------------------------------


def exported(client: Client, register: Register, **parameters: Any) -> Any:
    address = f"/registers/{register}.xlsx?{urlencode(parameters, doseq=True)}"
    answer = client.get(address)
    assert answer.status_code == 200
    return load_workbook(BytesIO(answer.content)).worksheets[0]


def rows_of(sheet: Any) -> list[list[str]]:
    rows = sheet.iter_rows(min_row=HEADER_ROW + 1, values_only=True)
    return [[str(cell or "") for cell in row] for row in rows]


@pytest.mark.parametrize("listed", list(Register))
def test_the_workbook_has_the_rows_of_the_page_in_their_order(
    listed: Register, cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    sheet = exported(client, listed, sort="task")
    ids = on_page(client, listed, sort="task")
    entries = entries_of(listed, user=cast.coordinator)
    rows = {row.id: row for row in register_rows(listed, entries, today=TODAY)}
    expected = [
        [str(number), *(column.said(rows[pk]) for column in COLUMNS[listed])]
        for number, pk in enumerate(ids, start=1)
    ]
    assert rows_of(sheet) == expected


def test_the_workbook_says_what_it_is_a_part_of_and_holds_no_formula(
    cast: Cast, filled: None, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    sheet = exported(client, Register.MATTERS, state="open")
    assert "2026" in sheet["A2"].value
    assert str(MatterState.OPEN.label) in sheet["A2"].value
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert any(str(cell.value).startswith("=") for cell in cells)
    assert sheet.freeze_panes == f"C{HEADER_ROW + 1}"
    assert sheet.auto_filter.ref
    whole = client.get("/registers/matters.xlsx")["Content-Disposition"]
    part = client.get("/registers/matters.xlsx?state=open")["Content-Disposition"]
    assert "2026-10-22" in whole
    assert part != whole


def test_only_coordinators_export(cast: Cast, period: ReportingPeriod, signed_in: ClientOf) -> None:
    for who, status in {"coordinator": 200, "reporter": 403, "leader": 403, "auditor": 403}.items():
        for register in Register:
            answer = signed_in(getattr(cast, who)).get(f"/registers/{register}.xlsx")
            assert answer.status_code == status
    assert signed_in(cast.coordinator).get("/registers/secrets.xlsx").status_code == 404


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
        with CaptureQueriesContext(
            connection,
        ) as queries:
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


def test_the_endpoint_moves_a_matter(cast: Cast, filled: None, signed_in: ClientOf) -> None:
    entry = next(one for one in readable(Register.MATTERS, cast.coordinator) if one.state == "open")
    client = signed_in(cast.coordinator)

    def post(move: str, **body: Any) -> Any:
        address = f"/api/v1/registers/matters/{entry.pk}/{move}/"
        return client.post(address, body, content_type="application/json")

    assert post("address", version=1, to=0).status_code == 400
    assert post("address", version=1, to=999_999).status_code == 400
    to = Agency.objects.exclude(pk=entry.addressed_to_id).latest("pk")
    answer = post("address", version=1, to=to.pk)
    assert answer.status_code == 200
    assert answer.json()["addressed_to"]["name"] == to.name
    assert post("answer", version=1, text="旧版本").status_code == 409
    assert post("answer", version=2, texte="错字").status_code == 400
    assert post("answer", version=2, text="已安排").json()["state"] == "answered"
    assert post("close", version=3).json()["state"] == "closed"
    answer = post("reopen", version=4, reason="未落实")
    assert [one["move"] for one in answer.json()["history"]][-4:] == [
        "address",
        "answer",
        "close",
        "reopen",
    ]
    assert client.get(f"/api/v1/registers/matters/{entry.pk}/").json() == answer.json()

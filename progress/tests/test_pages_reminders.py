"""The pages of reminders: a day's messages, the ledger with its filters, what did not arrive."""

import datetime as dt
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.http import urlencode
from openpyxl import load_workbook

from agencies.models import Agency, User
from conftest import NOW, TODAY, Cast
from progress import workers
from progress.models import Channel, Reminder, ReminderState, ReportingPeriod, Rule
from progress.pages.reminders import ledger
from progress.reminders import asking_ahead, reminders_ask, reminders_run
from progress.tests.acts import handed_in, task_numbered
from progress.workbooks.flat_sheet import HEADER_ROW

pytestmark = pytest.mark.wide

ClientOf = Callable[[User], Client]
DAY = dt.timedelta(days=1)
LEDGER = "/reminders/ledger/"


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    """The moment, and English, which a client's requests leave active behind them."""
    with time_machine.travel(NOW, tick=False), translation.override("en", deactivate=True):
        yield


@pytest.fixture(autouse=True)
def no_worker_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """None answers here, and each page that says so would give it a second to."""
    monkeypatch.setattr(workers, "SECONDS_TO_ANSWER", 0.01)


@pytest.fixture
def filled(cast: Cast, period: ReportingPeriod) -> None:
    """Two days of reminders: some sent, some given up, some to nobody, one asked for by hand."""
    reminders_run(now=NOW - 4 * DAY)
    handed_in(task_numbered(4), period, cast.reporter, now=NOW - DAY)
    seen = asking_ahead(
        period=period, by=cast.coordinator, now=NOW, agencies={cast.stranger.agency_id or 0}
    ).seen
    reminders_ask(
        period=period,
        by=cast.coordinator,
        now=NOW,
        note="=请今日报送",
        seen=seen,
        agencies={cast.stranger.agency_id or 0},
    )
    reminders_run(now=NOW)
    Reminder.objects.filter(user=cast.reporter, channel=Channel.MAIL, day=TODAY).update(
        state=ReminderState.FAILED, sent_at=None, attempts=5, answer="550 no such user"
    )


@pytest.fixture
def office(filled: None, cast: Cast, signed_in: ClientOf) -> Client:
    client = signed_in(cast.coordinator)
    client.cookies["django_language"] = "en"
    return client


# --- A day ----------------------------------------------------------------------------------------


def test_every_number_of_a_day_leads_to_as_many_messages(office: Client) -> None:
    def shown(address: str) -> int:
        agencies = office.get(f"/reminders/{address}").context["agencies"]
        return sum(agency.rows for agency in agencies)

    page = office.get("/reminders/")
    whole, *parts = page.context["tallies"]
    assert [one.address for one in parts] == [
        "?result=sent",
        "?result=failed",
        "?result=unreachable",
    ]
    for one in (whole, *parts):
        assert shown(one.address) == one.count
    assert whole.count == sum(one.count for one in parts)
    agency = page.context["agencies"][-1]
    assert shown(f"?agency={agency.id}") == agency.rows


def test_one_walks_from_working_day_to_working_day(office: Client) -> None:
    friday = office.get("/reminders/?day=2026-10-23")
    assert friday.context["after"] == "?day=2026-10-26"
    assert friday.context["before"] == "?day=2026-10-22"
    assert "Foretold" in friday.content.decode()
    assert "No working day" in office.get("/reminders/?day=2026-10-25").content.decode()
    first = office.get("/reminders/?day=2026-10-01").content.decode()
    assert "the first reminders were recorded on 2026-10-18" in first


def test_a_page_that_cannot_be_read_says_so(office: Client) -> None:
    for query in ("day=morgen", "day=1700-01-01", "result=lost", "agency=x"):
        assert office.get(f"/reminders/?{query}").status_code == 400
    for query in ("sort=note", "day_after=x", "state=lost", "agency=0", "task=0"):
        assert office.get(f"{LEDGER}?{query}").status_code == 400
        assert office.get(f"/reminders/ledger.xlsx?{query}").status_code == 400


# --- The ledger -----------------------------------------------------------------------------------


def on_page(client: Client, **parameters: Any) -> list[int]:
    """The ids that the ledger shows on all its pages."""
    found: list[int] = []
    number = 1
    while True:
        answer = client.get(LEDGER, {**parameters, "page": number})
        assert answer.status_code == 200
        found += [row.id for row in answer.context["rows"]]
        if not answer.context["page_obj"].has_next():
            return found
        number += 1


def in_api(client: Client, **parameters: Any) -> set[int]:
    answer = client.get("/api/v1/reminders/", {**parameters, "page_size": 200})
    assert answer.status_code == 200, answer.content
    return {one["id"] for one in answer.json()["results"]}


def sheet_of(client: Client, **parameters: Any) -> Any:
    answer = client.get(f"/reminders/ledger.xlsx?{urlencode(parameters, doseq=True)}")
    assert answer.status_code == 200
    return load_workbook(BytesIO(answer.content)).worksheets[0]


def test_each_filter_leaves_what_it_says_on_page_endpoint_and_workbook(
    office: Client, cast: Cast
) -> None:
    def owed(row: Reminder, **named: Any) -> bool:
        return row.items.filter(**named).exists()

    agency = cast.stranger.agency_id
    cases: list[tuple[dict[str, Any], Callable[[Reminder], bool]]] = [
        ({}, lambda row: bool(row.pk)),
        ({"q": "孙外"}, lambda row: row.user_id == cast.stranger.pk),
        ({"q": "550 such"}, lambda row: row.answer.startswith("550")),
        ({"day_after": "2026-10-20"}, lambda row: row.day > dt.date(2026, 10, 19)),
        ({"day_before": "2026-10-20"}, lambda row: row.day < dt.date(2026, 10, 21)),
        ({"agency": agency}, lambda row: row.agency_id == agency or owed(row, agency=agency)),
        ({"recipient": cast.stranger.pk}, lambda row: row.user_id == cast.stranger.pk),
        ({"channel": "inbox"}, lambda row: row.channel == Channel.INBOX),
        ({"state": ["failed", "owed"]}, lambda row: row.state in ("failed", "owed")),
        ({"rule": ["contribution"]}, lambda row: owed(row, rule=Rule.CONTRIBUTION)),
        ({"task": 4}, lambda row: owed(row, task__number=4)),
        ({"period": "2026-10"}, lambda row: owed(row, period__code="2026-10")),
        ({"asked": "hand"}, lambda row: row.asked_by_id is not None),
        ({"undelivered": "given_up"}, lambda row: row.answer.startswith("550")),
    ]
    rows = list(Reminder.objects.all())
    for parameters, holds in cases:
        expected = {row.pk for row in rows if holds(row)}
        assert expected, parameters
        assert len(expected) < len(rows) or not parameters or "period" in parameters
        listed = on_page(office, **parameters)
        assert (set(listed), len(listed)) == (expected, len(expected)), parameters
        assert in_api(office, **parameters) == expected, parameters
        if len(expected) < 30:
            sheet = sheet_of(office, **parameters)
            assert sheet.max_row - HEADER_ROW == len(expected), parameters


def test_the_workbook_has_the_rows_of_the_page_and_no_formula(office: Client, cast: Cast) -> None:
    sheet = sheet_of(office, recipient=cast.stranger.pk, sort="channel")
    listed = office.get(LEDGER, {"recipient": str(cast.stranger.pk), "sort": "channel"})
    assert "孙外" in sheet["A2"].value, "it says what narrowed it"
    said = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=HEADER_ROW + 1)]
    rows = listed.context["rows"]
    assert [(one[1], one[5], one[8]) for one in said] == [
        (row.day.isoformat(), str(row.channel.label), row.outcome) for row in rows
    ]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value]
    assert {cell.data_type for cell in cells} == {"s"}
    assert any(cell.value == "=请今日报送" and cell.quotePrefix for cell in cells)


def test_too_many_for_a_workbook_are_asked_to_be_narrowed(
    office: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "MOST_EXPORTED", 1)
    answer = office.get("/reminders/ledger.xlsx?channel=inbox", follow=True)
    assert answer.redirect_chain == [(f"{LEDGER}?channel=inbox", 302)]
    assert "a workbook takes 1: narrow them" in answer.content.decode()


def test_others_read_by_the_same_filters_what_was_said_to_them(
    filled: None, cast: Cast, signed_in: ClientOf
) -> None:
    own = set(Reminder.objects.filter(user=cast.reporter).values_list("pk", flat=True))
    mine = signed_in(cast.reporter)
    assert in_api(mine) == own
    assert in_api(mine, recipient=cast.stranger.pk) == set()
    assert in_api(mine, undelivered="unreachable") == set()


def test_the_pages_ask_no_more_often_for_more_rows(office: Client, cast: Cast) -> None:
    def cost(address: str) -> int:
        office.get(address)
        with CaptureQueriesContext(connection) as captured:
            office.get(address)
        return len(captured)

    addresses = ("/reminders/", LEDGER, "/reminders/ledger.xlsx", "/api/v1/reminders/")
    many = [cost(address) for address in addresses]
    Reminder.objects.exclude(user=cast.reporter).delete()
    assert [cost(address) for address in addresses] == many


# --- What did not arrive --------------------------------------------------------------------------


def test_what_did_not_arrive_stands_on_top_until_it_is_set_right(
    office: Client, cast: Cast
) -> None:
    def lost() -> set[tuple[str, str]]:
        return {
            (one.agency.short_name, "nobody" if one.is_unreachable else one.recipient)
            for one in office.get(f"{LEDGER}?q=nothing").context["lost"]
        }

    before = lost()
    assert ("数据局", cast.reporter.name) in before
    name = next(name for name, who in before if who == "nobody")
    page = office.get(LEDGER).content.decode()
    assert "550 no such user" in page
    assert f"/agencies/{Agency.objects.get(short_name=name).pk}/#contacts" in page
    User.objects.filter(pk=cast.reporter.pk).update(email="right@example.org")
    Agency.objects.filter(short_name=name).update(contact_email="office@example.org")
    assert lost() == before - {("数据局", cast.reporter.name), (name, "nobody")}


def test_board_overview_and_day_say_so_in_a_line_and_are_silent_otherwise(
    office: Client, cast: Cast, signed_in: ClientOf
) -> None:
    unreachable = len(on_page(office, undelivered="unreachable"))
    for address in ("/board/", "/overview/", "/reminders/"):
        page = office.get(address).content.decode()
        assert f'undelivered=unreachable">{unreachable}</a>' in page
        assert 'undelivered=given_up">1</a>' in page
        if address != "/reminders/":
            others = signed_in(cast.reporter).get(address).content.decode()
            assert "/reminders/ledger/" not in others
    Reminder.objects.filter(state=ReminderState.FAILED).delete()
    for address in ("/board/", "/overview/", "/reminders/"):
        assert "undelivered=" not in office.get(address).content.decode()

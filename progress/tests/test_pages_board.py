"""The hand-in board and reminding from it: who sees what, and what a confirmation does."""

import datetime as dt
import re
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from agencies.models import Agency, User
from conftest import NOW, Cast
from progress.models import Channel, Reminder, ReportingPeriod
from progress.reminders import reminders_deliver
from progress.states import Move
from progress.tests.acts import handed_in, task_numbered
from progress.workflow import report_move
from tasks.models import Task

BOARD = "/board/?period=2026-10"
LATE = NOW + dt.timedelta(days=5)


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.coordinator)


def own_line(client: Client, cast: Cast, query: str = "") -> object:
    lines = client.get(f"{BOARD}{query}").context["lines"]
    return next((one for one in lines if one.row.agency.id == cast.reporter.agency_id), None)


def remind_address(cast: Cast) -> str:
    return f"/board/remind/?period=2026-10&agency={cast.reporter.agency_id}"


def shown(client: Client, address: str) -> dict[str, str]:
    """What the preview's form carries."""
    page = client.get(address).content.decode()
    return dict(re.findall(r'name="(seen_\w+)" value="([^"]*)"', page))


# --- The board ------------------------------------------------------------------------------------


def test_agencies_stand_in_the_lists_order_with_their_numbers(office: Client, cast: Cast) -> None:
    lines = office.get(BOARD).context["lines"]
    firsts = [line.row.items[0].task_number for line in lines]
    assert firsts == sorted(firsts)
    line = next(one for one in lines if one.row.agency.id == cast.reporter.agency_id)
    assert (line.due.count, line.handed_in.count, line.missing.count) == (5, 0, 5)


def test_each_number_leads_to_exactly_its_rows(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    handed_in(task_numbered(4), period, cast.reporter)
    User.objects.filter(pk=cast.approver.pk).update(is_active=False)
    handed_in(task_numbered(5), period, cast.reporter)
    returned = handed_in(task_numbered(6), period, cast.reporter)
    report_move(
        report=returned, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充数据"
    )
    lines = office.get(BOARD).context["lines"]
    for line in lines:
        for name in (
            "due",
            "handed_in",
            "missing",
            "returned",
            "agency_review",
            "office",
            "contributions",
            "owed",
        ):
            tally = getattr(line, name)
            if tally.count and line.row.agency.id == cast.reporter.agency_id:
                [details] = office.get(tally.address).context["details"]
                assert len(details.entries) == tally.count, name
    line = next(one for one in lines if one.row.agency.id == cast.reporter.agency_id)
    assert (line.agency_review.count, line.office.count, line.returned.count) == (1, 1, 1)
    page = office.get(line.returned.address)
    assert "请补充数据" in page.content.decode()


def test_each_sum_leads_to_exactly_what_it_counts_across_agencies(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    returned = handed_in(task_numbered(6), period, cast.reporter)
    report_move(
        report=returned, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充数据"
    )
    handed_in(task_numbered(5), period, cast.reporter, now=LATE)
    with time_machine.travel(LATE, tick=False):
        reports, contributions = office.get(BOARD).context["sums"]
        counted = [
            getattr(one, name)
            for one in (reports, contributions)
            for name in ("due", "handed_in", "on_time", "returned", "missing")
        ]
        assert [one.count for one in counted[:5]] == [131, 3, 2, 1, 128]
        assert contributions.due.count == contributions.missing.count > 100
        for tally in counted:
            page = office.get(tally.address)
            listed = [entry for one in page.context["details"] for entry in one.entries]
            assert len(listed) == tally.count
            numbers = [entry.item.task_number for entry in listed]
            assert numbers == sorted(numbers)
    returned_page = office.get(reports.returned.address).content.decode()
    assert "请补充数据" in returned_page
    assert "数据局" in returned_page


def test_an_agencys_sums_lead_to_its_own_items_and_a_leaders_nowhere(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    mine = signed_in(cast.reporter)
    reports, contributions = mine.get(BOARD).context["sums"]
    assert reports.due.count == 5
    for tally in (reports.due, reports.missing, contributions.due):
        [details] = mine.get(tally.address).context["details"]
        assert len(details.entries) == tally.count
    sums = signed_in(cast.leader).get(BOARD).context["sums"]
    assert {one.due.address for one in sums} == {""}
    answer = signed_in(cast.leader).get(f"{BOARD}&show=handed_in")
    assert answer.context["details"] == []


def test_the_board_is_narrowed_to_what_is_missing_late_or_returned(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    assert own_line(office, cast, "&show=returned") is None
    assert own_line(office, cast, "&show=late") is None
    assert own_line(office, cast, "&show=missing") is not None
    with time_machine.travel(LATE, tick=False):
        line = own_line(office, cast, "&show=late")
    assert line is not None
    for number in (4, 5, 6, 7, 8):
        handed_in(task_numbered(number), period, cast.reporter)
    assert office.get(f"{BOARD}&show=nonsense").status_code == 400
    assert office.get(f"{BOARD}&agency=nonsense").status_code == 404


def test_an_agencys_people_see_their_own_and_no_buttons(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.reporter).get(BOARD)
    assert {one.agency.id for one in answer.context["details"]} == {cast.reporter.agency_id}
    assert answer.context["lines"] == []
    assert reverse("board-remind") not in answer.content.decode()
    stranger = cast.stranger.agency_id
    assert signed_in(cast.reporter).get(f"{BOARD}&agency={stranger}").status_code == 404


def test_leaders_see_the_sums_alone(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.leader).get(BOARD)
    assert answer.context["board"].reports.due == 131
    assert answer.context["lines"] == answer.context["details"] == []
    agency = cast.reporter.agency_id
    assert signed_in(cast.leader).get(f"{BOARD}&agency={agency}").status_code == 404


def test_statements_do_not_grow_with_what_was_handed_in(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    counts = []
    for numbers in ((), (4, 5, 6, 7, 8)):
        for number in numbers:
            handed_in(task_numbered(number), period, cast.reporter)
        office.get(BOARD)
        with CaptureQueriesContext(connection) as queries:
            office.get(BOARD)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_before_the_first_period_the_board_says_so(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    assert signed_in(cast.coordinator).get("/board/").status_code == 200
    assert signed_in(cast.coordinator).get("/board/remind/").status_code == 404


# --- Reminding from it ----------------------------------------------------------------------------


def test_a_preview_writes_nothing_and_its_confirmation_once(office: Client, cast: Cast) -> None:
    address = remind_address(cast)
    sent = {**shown(office, address), "note": "请尽快报送"}
    assert not Reminder.objects.exists()
    for _ in range(2):
        answer = office.post(address, sent)
        assert (answer.status_code, answer["Location"]) == (302, BOARD)
    assert Reminder.objects.count() == 4
    assert set(Reminder.objects.values_list("note", "asked_by")) == {
        ("请尽快报送", cast.coordinator.pk)
    }
    reminders_deliver(now=NOW)
    line = own_line(office, cast)
    assert line.row.reminded_at == NOW  # type: ignore[attr-defined]


def test_the_preview_names_who_was_reminded_today_and_who_cannot_be_reached(
    office: Client, cast: Cast
) -> None:
    address = remind_address(cast)
    office.post(address, {**shown(office, address), "note": ""})
    reminders_deliver(now=NOW)
    page = office.get(address)
    assert page.content.decode().count("10:00") >= 4
    assert page.context["asking"].people == 0
    assert 'method="post" novalidate' not in page.content.decode()
    everybody = office.get("/board/remind/?period=2026-10").context["asking"]
    named = {agency.name for agency in everybody.unreachable}
    assert "市商务局" in named


def test_a_stale_preview_is_refused_with_what_changed_and_keeps_the_words(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    address = remind_address(cast)
    sent = {**shown(office, address), "note": "请尽快报送"}
    handed_in(task_numbered(4), period, cast.reporter)
    answer = office.post(address, sent)
    assert answer.status_code == 409
    assert len(answer.context["changes"]) == 1
    assert "请尽快报送" in answer.content.decode()
    assert not Reminder.objects.exists()
    # What it shows now can be confirmed.
    again = dict(re.findall(r'name="(seen_\w+)" value="([^"]*)"', answer.content.decode()))
    assert office.post(address, {**again, "note": "请尽快报送"}).status_code == 302


def test_words_that_are_too_many_come_back(office: Client, cast: Cast) -> None:
    address = remind_address(cast)
    answer = office.post(address, {**shown(office, address), "note": "长" * 501})
    assert answer.status_code == 400
    assert "长" * 501 in answer.content.decode()
    assert not Reminder.objects.exists()


def test_nothing_ticked_reminds_nobody(office: Client) -> None:
    answer = office.get("/board/remind/?period=2026-10&selected=1")
    assert (answer.status_code, answer["Location"]) == (302, BOARD)
    assert office.get("/board/remind/?period=2026-10&agency=x").status_code == 400


def test_one_task_can_be_asked_for_alone(office: Client) -> None:
    asking = office.get("/board/remind/?period=2026-10&tasks=4").context["asking"]
    assert [[item.task_number for item in line.items] for line in asking.agencies] == [[4]]


@pytest.mark.parametrize("who", ["reporter", "approver", "leader", "auditor", "administrator"])
def test_nobody_else_reminds(
    who: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    answer = signed_in(getattr(cast, who)).post(remind_address(cast), {"note": ""})
    assert answer.status_code == 403
    assert not Reminder.objects.exists()


def test_the_offices_words_stand_in_the_inbox_as_text(
    office: Client, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    address = remind_address(cast)
    office.post(address, {**shown(office, address), "note": "<script>请尽快</script>"})
    reminders_deliver(now=NOW)
    page = signed_in(cast.reporter).get("/inbox/").content.decode()
    assert "&lt;script&gt;请尽快&lt;/script&gt;" in page


def test_statements_of_the_preview_do_not_grow_with_agencies(office: Client, cast: Cast) -> None:
    Agency.objects.update(contact_email="office@example.org")
    counts = []
    for address in (remind_address(cast), "/board/remind/?period=2026-10"):
        office.get(address)
        with CaptureQueriesContext(connection) as queries:
            office.get(address)
        counts.append(len(queries))
    # One more reads the agencies that were named and owe nothing.
    assert counts[0] - 1 <= counts[1] <= counts[0]
    assert Task.objects.count() == 131
    assert Channel.MAIL in {one.channel for one in office.get(address).context["asking"].messages}

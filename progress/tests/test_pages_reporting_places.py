"""My tasks, the periods and the inbox: what is owed, by when, and what was said about it."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import PeriodKind, Policy, Reminder, ReportingPeriod
from progress.pages.periods import next_span
from progress.reminders import reminders_run
from progress.states import Move
from progress.tests.acts import approved, handed_in, saved
from progress.workflow import period_close, period_open, report_move
from tasks.models import Task


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def mine(cast: Cast) -> list[Task]:
    """What the reporter's agency leads, by number."""
    return list(Task.objects.led_by(cast.reporter.agency_ids))


# --- My tasks --------------------------------------------------------------------------------


def test_what_needs_a_hand_first_stands_first(
    cast: Cast, period: ReportingPeriod, mine: list[Task], signed_in: Callable[[User], Client]
) -> None:
    """Eleven tasks, one of each kind at least."""
    assert len(mine) >= 5
    approved(mine[0], period, cast.reporter, cast.coordinator)
    handed_in(mine[1], period, cast.reporter)
    saved(mine[2], period, cast.reporter)
    report = handed_in(mine[3], period, cast.reporter)
    report_move(report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充数字")
    page = signed_in(cast.reporter).get("/my/")
    groups = page.context["groups"]
    assert [group.state for group in groups] == [
        "returned",
        "none",
        "draft",
        "submitted",
        "approved",
    ]
    assert groups[0].tasks[0].returned_because == "请补充数字"
    figures = page.context["figures"]
    # A return leaves it handed in: the agency had reported.
    assert (figures.handed_in, figures.due) == (3, len(mine))
    assert page.context["days_left"] == 1
    html = page.content.decode()
    assert "请补充数字" in html
    for task in mine[2:]:
        assert f"/tasks/{task.number}/reports/2026-10/edit/" in html
    for task in mine[:2]:
        assert f"/tasks/{task.number}/reports/2026-10/edit/" not in html
        assert f'/tasks/{task.number}/reports/2026-10/"' in html


def test_tasks_that_are_shared_are_read_along(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(cast.co_reporter).get("/my/")
    assert 4 in [one.row.number for one in page.context["contributions"].possible.lines]
    assert "/tasks/4/reports/2026-10/edit/" not in page.content.decode()


def test_before_the_first_period_nothing_is_owed(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    assert 'class="empty"' in signed_in(cast.reporter).get("/my/").content.decode()


def test_between_two_periods_it_says_when_the_next_one_opens(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    page = signed_in(cast.reporter).get("/my/")
    assert page.context["next"] == ("2026-11", dt.date(2026, 11, 20))
    assert "2026-11-20" in page.content.decode()
    assert "/edit/" not in page.content.decode()


def test_my_tasks_cost_the_same_however_many_have_reports(
    cast: Cast, period: ReportingPeriod, mine: list[Task], signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    saved(mine[0], period, cast.reporter)
    with CaptureQueriesContext(connection) as few:
        client.get("/my/")
    for task in mine[1:]:
        handed_in(task, period, cast.reporter)
    with CaptureQueriesContext(connection) as many:
        client.get("/my/")
    assert len(many) == len(few)


# --- Periods ---------------------------------------------------------------------------------


@pytest.fixture
def office(cast: Cast, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.coordinator)


def test_a_coordinator_opens_the_period_that_is_proposed(office: Client) -> None:
    code = office.get("/periods/").context["form"]["code"].value()
    assert code == "2026-10"
    assert office.post("/periods/", {"code": code})["Location"] == "/periods/"
    assert ReportingPeriod.objects.get().due_on == dt.date(2026, 10, 23)
    assert office.get("/periods/").context["form"]["code"].value() == "2026-11"


@pytest.mark.parametrize(
    ("code", "status"), [("2026-13", 400), ("", 400), ("2026-Q4", 400), ("2026-10", 409)]
)
def test_what_is_no_period_to_open_is_told_at_the_field(
    office: Client, period: ReportingPeriod, code: str, status: int
) -> None:
    answer = office.post("/periods/", {"code": code})
    assert answer.status_code == status
    assert list(answer.context["form"].errors) == ["code"]
    assert ReportingPeriod.objects.count() == 1


@pytest.mark.parametrize(
    ("cadence", "latest", "expected"),
    [
        (PeriodKind.MONTH, None, "2026-10"),
        (PeriodKind.MONTH, "2026-12", "2027-01"),
        (PeriodKind.QUARTER, "2026-09", "2026-Q4"),
        # October is reported already: the quarter that it lies in cannot be opened any more.
        (PeriodKind.QUARTER, "2026-10", "2027-Q1"),
        (PeriodKind.YEAR, "2026-10", "2027"),
    ],
)
def test_the_next_period_covers_no_day_twice(
    cast: Cast, cadence: str, latest: str | None, expected: str
) -> None:
    if latest:
        period_open(code=latest, by=cast.coordinator, now=NOW)
    policy = Policy.current()
    policy.cadence = cadence
    policy.save()
    span = next_span(today=TODAY)
    assert span.code == expected
    period_open(code=span.code, by=cast.coordinator, now=NOW)


def test_the_list_counts_what_was_handed_in_and_links_to_it(
    office: Client, cast: Cast, period: ReportingPeriod, mine: list[Task]
) -> None:
    approved(mine[0], period, cast.reporter, cast.coordinator)
    handed_in(mine[1], period, cast.reporter)
    saved(mine[2], period, cast.reporter)
    page = office.get("/periods/")
    [line] = page.context["lines"]
    assert (line.handed_in, line.approved, line.due) == (2, 1, 131)
    link = "/tasks/?period=2026-10&reporting=handed_in"
    assert link.replace("&", "&amp;") in page.content.decode()
    assert len(office.get(link).context["rows"]) == 2


def test_the_list_costs_the_same_however_many_periods_there_are(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    with CaptureQueriesContext(connection) as few:
        office.get("/periods/")
    for code in ("2026-06", "2026-07", "2026-08", "2026-09"):
        period_open(code=code, by=cast.coordinator, now=NOW)
    with CaptureQueriesContext(connection) as many:
        office.get("/periods/")
    assert len(many) == len(few)


def test_closing_asks_first_and_says_what_is_missing(
    office: Client, cast: Cast, period: ReportingPeriod, mine: list[Task]
) -> None:
    handed_in(mine[0], period, cast.reporter)
    address = "/periods/2026-10/close/"
    page = office.get(address)
    assert (page.context["missing"], page.context["due"]) == (130, 131)
    assert ReportingPeriod.objects.open().exists()
    assert office.post(address)["Location"] == "/periods/"
    assert not ReportingPeriod.objects.open().exists()
    assert office.get(address).status_code == 409
    assert office.post(address).status_code == 409


@pytest.mark.parametrize("who", ["reporter", "leader", "auditor", "administrator"])
def test_only_coordinators_open_and_close(
    who: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(getattr(cast, who))
    assert client.post("/periods/", {"code": "2026-11"}).status_code == 403
    assert client.post("/periods/2026-10/close/").status_code == 403
    period.refresh_from_db()
    assert period.is_open


# --- The inbox -------------------------------------------------------------------------------


def test_a_reminder_is_read_once_and_by_its_recipient_alone(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    reminders_run(now=NOW)
    client = signed_in(cast.reporter)
    page = client.get("/inbox/")
    [reminder] = page.context["page_obj"]
    assert reminder.day == TODAY
    assert "/tasks/4/reports/2026-10/" in page.content.decode()
    address = f"/inbox/{reminder.pk}/read/"
    for other in (cast.colleague, cast.coordinator):
        assert signed_in(other).post(address).status_code == 404
    assert signed_in(cast.administrator).post(address).status_code == 403
    assert client.post(address)["Location"] == "/inbox/"
    reminder.refresh_from_db()
    assert reminder.read_at == NOW
    assert address not in client.get("/inbox/").content.decode()


def test_an_inbox_without_messages_says_so(cast: Cast, signed_in: Callable[[User], Client]) -> None:
    assert 'class="empty"' in signed_in(cast.leader).get("/inbox/").content.decode()


def test_the_inbox_costs_the_same_however_full_it_is(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    reminders_run(now=NOW)
    with CaptureQueriesContext(connection) as few:
        client.get("/inbox/")
    for days in range(1, 30):
        reminders_run(now=NOW + dt.timedelta(days=days))
    assert Reminder.objects.inbox_of(cast.reporter).count() > 5
    with CaptureQueriesContext(connection) as many:
        client.get("/inbox/")
    assert len(many) == len(few)


def test_a_due_date_in_a_year_without_its_notice_is_marked_as_estimated(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    period_open(code="2027-10", by=cast.coordinator, now=NOW)
    lines = {line.period.code: line for line in office.get("/periods/").context["lines"]}
    assert (lines["2027-10"].due_is_estimated, lines["2026-10"].due_is_estimated) == (True, False)
    assert office.get("/periods/").content.decode().count("按周末推算") == 1

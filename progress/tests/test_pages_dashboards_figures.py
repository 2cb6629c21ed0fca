"""Every number of a dashboard leads to the rows that it counts, whoever reads it."""

import datetime as dt
import html
import re
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, Role, User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.states import Move
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import period_close, period_open, report_move
from tasks.models import Status, Task

# The day after the due date: what is missing is late, what comes is late too.
LATE = NOW + dt.timedelta(days=4)
NUMBER = re.compile(r'<a(?: class="[a-z]+")? href="(/tasks/\?[^"]*|/tasks/\?)">(\d+)</a>')
BY_MEASURE = re.compile(r'<p class="rate-measures">.*?</p>')


@pytest.fixture
def mixed(cast: Cast, period: ReportingPeriod) -> Iterator[ReportingPeriod]:
    """Reports of every state, statuses and lights of every kind; the day is after the due date."""
    mine = list(Task.objects.led_by(cast.reporter.agency_ids))
    approved(mine[0], period, cast.reporter, cast.coordinator, Status.COMPLETED)
    approved(mine[1], period, cast.reporter, cast.coordinator, Status.ONGOING)
    handed_in(mine[2], period, cast.reporter)
    returned = handed_in(mine[3], period, cast.reporter, now=LATE)
    report_move(report=returned, move=Move.RETURN, by=cast.coordinator, now=LATE, reason="请补充")
    saved(mine[4], period, cast.reporter)
    today = LATE.date()
    for number, days in {mine[0].number: -40, mine[2].number: -3, 1: 2, 2: 90}.items():
        Task.objects.filter(number=number).update(deadline=today + dt.timedelta(days=days))
    with time_machine.travel(LATE, tick=False):
        yield period


def numbers_of(page: str) -> set[tuple[str, int]]:
    """Address and number of each link to the list of tasks; not those that count measures."""
    links = NUMBER.findall(BY_MEASURE.sub("", page))
    return {(html.unescape(address), int(number)) for address, number in links}


@pytest.mark.wide
@pytest.mark.parametrize("who", ["coordinator", "leader", "auditor", "reporter", "stranger"])
def test_a_number_is_the_count_of_the_list_it_leads_to(
    who: str, cast: Cast, mixed: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(getattr(cast, who))
    counted: dict[str, int] = {}
    for path in (
        "/overview/",
        "/chapters/1/",
        "/agencies/",
        f"/agencies/{cast.reporter.agency_id}/",
    ):
        numbers = numbers_of(client.get(path).content.decode())
        assert len(numbers) > 10
        # Of the many lines of the tables a part is enough; every kind of link is in the panels.
        for address, number in sorted(numbers)[:: max(1, len(numbers) // 12)]:
            if address not in counted:
                counted[address] = client.get(address).context["figures"].tasks
            assert (path, address, counted[address]) == (path, address, number)


@pytest.mark.parametrize("who", ["coordinator", "reporter"])
def test_what_was_handed_in_leads_to_just_those_reports(
    who: str, cast: Cast, mixed: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(getattr(cast, who))
    handing_in = client.get("/overview/").context["handing_in"]
    figures = handing_in.figures
    assert (figures.handed_in, figures.on_time) == (4, 3)
    for address, number in [
        (handing_in.due, figures.due),
        (handing_in.handed_in, figures.handed_in),
        (handing_in.missing, figures.missing),
        (handing_in.on_time, figures.on_time),
    ]:
        assert client.get(address).context["figures"].tasks == number


def test_what_is_counted_by_measure_leads_to_just_those_measures(
    cast: Cast, mixed: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.leader)
    for pair in client.get("/chapters/1/").context["rates"]:
        assert client.get(pair.measures_address).context["count"] == pair.by_measure.part
        assert client.get(pair.all_measures_address).context["count"] == pair.by_measure.whole


def test_a_leader_gets_the_sums_of_handing_in_and_an_auditor_none(
    cast: Cast, mixed: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    handing_in = signed_in(cast.leader).get("/overview/").context["handing_in"]
    assert (handing_in.figures.due, handing_in.figures.handed_in) == (131, 4)
    assert (handing_in.due, handing_in.missing, handing_in.on_time) == ("", "", "")
    assert signed_in(cast.auditor).get("/overview/").context["handing_in"] is None


def test_who_has_handed_in_is_told_to_the_office_and_of_ones_own_agency(
    cast: Cast, mixed: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    def told(user: User) -> set[str]:
        lines = signed_in(user).get("/agencies/").context["lines"]
        return {line.agency.name for line in lines if line.handing_in}

    assert told(cast.reporter) == {"市数据局"}
    assert len(told(cast.coordinator)) > 20
    assert told(cast.leader) == told(cast.auditor) == set()


def test_agencies_stand_in_the_order_of_the_list_and_none_is_left_out(
    cast: Cast, mixed: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    context = signed_in(cast.leader).get("/agencies/").context
    first = list(Task.objects.get(number=1).responsibilities.values_list("agency__name", flat=True))
    shown = [line.agency for line in context["lines"]]
    assert [agency.name for agency in shown[: len(first)]] == first
    assert {*shown, *context["without_tasks"]} == set(Agency.objects.all())


def test_a_chosen_period_stays_chosen_from_page_to_page(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    period_open(code="2026-11", by=cast.coordinator, now=NOW)
    client = signed_in(cast.coordinator)
    for page in (
        "/overview/",
        "/chapters/1/",
        "/agencies/",
        "/agencies/2/",
        "/tasks/",
        "/tasks/4/",
    ):
        answer = client.get(page, {"period": "2026-10"}).content.decode()
        main = answer[answer.index("<main") : answer.index("</main>")]
        onward = re.findall(r'href="(/(?:overview|chapters|agencies|tasks)/[^"]*)"', main)
        lost = {
            address
            for address in onward
            if "period=2026-10" not in address
            # What is changed is today's, whatever period is read.
            and not re.search(
                r"/reports/|/pause/|/tasks/(?:\d+/(?:deadlines|agencies|duties)|list)/", address
            )
        }
        # "Clear all" clears the period too; the notice of a closed one leads back to the current.
        assert lost <= {"/tasks/", page}, page


def test_a_period_that_is_none_is_not_found(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    assert signed_in(cast.leader).get("/overview/?period=2031-01").status_code == 404
    assert signed_in(cast.leader).get("/overview/?period=%00").status_code == 404


def test_before_the_first_period_the_dashboards_say_so(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    for page in (
        "/overview/",
        "/chapters/14/",
        "/agencies/",
        f"/agencies/{Agency.objects.earliest('pk').pk}/",
        "/tasks/",
        "/tasks/1/",
    ):
        answer = signed_in(cast.coordinator).get(page)
        assert answer.status_code == 200
        assert not answer.context.get("handing_in")
    assert "尚未" in signed_in(cast.coordinator).get("/overview/").content.decode()


def test_what_is_no_chapter_or_agency_is_not_found(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.leader)
    for page in (
        "/chapters/15/",
        "/chapters/99999999999999999999/",
        "/agencies/999/",
        "/tasks/132/",
    ):
        assert client.get(page).status_code == 404


TABLES = re.compile(r'FROM "?(\w+)')


# Before a page: session with account, and whether the reader holds the page as it is, by how far
# the trail is and by what it does not tell of, counted together.
KNOWN_FIRST = ["agencies_session", "agencies_audithead"]
PERIODS_AND_RULES = [
    "progress_reportingperiod",
    "progress_policy",  # the rules of lights, and the corrections of the calendar
]


def tables_asked(client: Client, path: str) -> list[str]:
    """Which table each statement begins with."""
    with CaptureQueriesContext(connection) as taken:
        assert client.get(path).status_code == 200
    return [TABLES.findall(query["sql"])[0] for query in taken.captured_queries]


def test_the_overview_takes_these_statements_and_no_more(
    cast: Cast, mixed: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    assert tables_asked(signed_in(cast.coordinator), "/overview/") == [
        *KNOWN_FIRST,
        *PERIODS_AND_RULES,
        # In groups that are alike, with their reports; beside them the measures of the chapters,
        # and whether a deadline moved after a completion.
        "tasks_deadlinechange",
        "progress_matterevent",  # matters not closed now and then, and by state
        # What waits for the reader in the frame and on the page, less what was counted before.
        "progress_report",
        "tasks_task",  # what is late, and who answers for it,
        "progress_report",  # and why
    ]


def test_a_chapter_takes_these_statements_and_no_more(
    cast: Cast, mixed: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    assert tables_asked(signed_in(cast.coordinator), "/chapters/1/") == [
        *KNOWN_FIRST,
        "tasks_chapter",
        *PERIODS_AND_RULES,
        # Each task with its report, and whether a deadline moved after a completion.
        "tasks_deadlinechange",
        "tasks_responsibility",
        "tasks_measure",
        "progress_report",  # what waits for the reader, less what was counted before
    ]


@pytest.mark.parametrize(
    ("role", "paths"),
    [
        (Role.LEADER, ["/overview/", "/chapters/1/", "/board/", "/matrix/", "/agencies/"]),
        (Role.AUDITOR, ["/overview/", "/chapters/1/", "/agencies/"]),
        (Role.COORDINATOR, ["/overview/", "/chapters/1/", "/board/", "/matrix/", "/agencies/"]),
    ],
)
def test_what_lies_unread_is_counted_once(
    role: Role,
    paths: list[str],
    cast: Cast,
    mixed: ReportingPeriod,
    signed_in: Callable[[User], Client],
) -> None:
    client = signed_in(getattr(cast, role.value))
    for path in paths:
        with CaptureQueriesContext(connection) as taken:
            page = client.get(path)
        assert page.context["navigation"].tools
        unread = [one for one in taken.captured_queries if 'FROM "progress_notice"' in one["sql"]]
        assert len(unread) == 1, path


@pytest.mark.parametrize(
    "path",
    [
        "/overview/",
        "/chapters/1/",
        "/agencies/",
        "/agencies/{own}/",
        "/matrix/",
        "/tasks/",
        "/tasks/4/",
    ],
)
def test_a_page_costs_the_same_however_many_tasks_have_reports(
    path: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)

    def cost() -> int:
        with CaptureQueriesContext(connection) as taken:
            assert client.get(path.format(own=cast.reporter.agency_id)).status_code == 200
        return len(taken)

    with time_machine.travel(NOW, tick=False):
        saved(task_numbered(4), period, cast.reporter)
        before = cost()
        template = Report.objects.get()
        others = Task.objects.exclude(number=4)
        Report.objects.bulk_create(
            Report(
                task=task,
                period=period,
                created_at=template.created_at,
                updated_at=template.updated_at,
                updated_by=template.updated_by,
            )
            for task in others
        )
        assert cost() == before

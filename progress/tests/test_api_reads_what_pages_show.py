"""What a page shows is had through the API by the same people, with the same numbers."""

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.tests.acts import approved, attached, handed_in, task_numbered
from progress.tests.registers import registers_fill
from progress.workflow import ContributionContent, MeasureText, contribution_save
from tasks.models import MeasureDuty

READERS = ("reporter", "stranger", "coordinator", "leader")


@pytest.fixture(autouse=True)
def _pinned() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


Told = Callable[[str, str], Any]


@pytest.fixture
def told(cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]) -> Told:
    """What somebody of the cast is told at an address."""

    def get(who: str, address: str) -> Any:
        answer = signed_in(getattr(cast, who)).get(f"/api/v1/{address}")
        assert answer.status_code == 200, answer.content
        return answer.json()

    return get


@pytest.fixture
def reports(cast: Cast, period: ReportingPeriod) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    handed_in(task_numbered(5), period, cast.reporter)


@pytest.mark.usefixtures("reports")
@pytest.mark.parametrize("who", READERS)
def test_board_matrix_and_agencies_add_up_as_on_their_pages(
    who: str, cast: Cast, told: Told, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(getattr(cast, who))
    board, shown = told(who, "board/"), client.get("/board/").context["board"]
    assert (board["reports"]["due"], board["reports"]["handed_in"]) == (
        shown.reports.due,
        shown.reports.handed_in,
    )
    assert [row["agency"]["id"] for row in board["rows"]] == [row.agency.id for row in shown.rows]
    assert [len(row["items"]) for row in board["rows"]] == [len(row.items) for row in shown.rows]
    missing = told(who, "board/?show=missing")["rows"]
    assert all(not item["is_handed_in"] for row in missing for item in row["items"])
    matrix, lines = told(who, "matrix/"), client.get("/agencies/").context["lines"]
    assert len(matrix["rows"]) == (54 if who in ("coordinator", "leader") else 1)
    figures = told(who, "agencies/figures/")
    assert [(one["agency"]["id"], one["led"], one["shared"]) for one in figures] == [
        (line.agency.pk, line.led, line.shared) for line in lines
    ]
    assert [one["handing_in"] is not None for one in figures] == [
        line.handing_in is not None for line in lines
    ]
    one = told(who, f"agencies/{cast.reporter.agency_id}/figures/")
    assert one == next(each for each in figures if each["agency"]["id"] == one["agency"]["id"])


@pytest.mark.usefixtures("reports")
def test_chapter_and_trend_say_what_the_overview_says(told: Told) -> None:
    overview = told("coordinator", "overview/")
    chapter = told("coordinator", "chapters/1/figures/")
    assert chapter["tasks_by_status"] == overview["chapters"][0]["tasks_by_status"]
    assert chapter["handing_in"] == overview["chapters"][0]["handing_in"]
    [point] = told("coordinator", "trend/")
    assert point["tasks_by_status"] == overview["tasks_by_status"]
    assert point["on_time"] == overview["handing_in"]["on_time_rate"]
    [unknown] = told("auditor", "trend/")
    assert unknown["on_time"] is None
    [first] = told("coordinator", "trend/?chapter=1")
    assert first["tasks"] == chapter["tasks"]


@pytest.mark.usefixtures("reports")
@pytest.mark.parametrize(
    "query",
    [
        "measure_status=in_progress",
        "q=算力",
        "deadline_after=2026-01-01",
        "number__lte=3&ordinal=1",
        "measure_status__in=completed,in_progress&text__contains=一是",
    ],
)
def test_measures_are_narrowed_as_on_their_page(
    query: str, cast: Cast, told: Told, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(cast.coordinator).get(f"/measures/?{query}&rows=100")
    listed = told("coordinator", f"measures/?{query}")
    assert listed["count"] == page.context["count"]
    assert [one["id"] for one in listed["results"][:100]][: len(page.context["page_obj"])] == [
        line.measure.id for line in page.context["page_obj"]
    ][:50]


@pytest.mark.usefixtures("reports")
def test_what_a_report_says_of_a_measure_is_told_to_its_readers(told: Told) -> None:
    [first, *_rest] = told("co_reporter", "measures/?number=4")["results"]
    assert first["progress"] == "举措1已推进"
    [hidden, *_rest] = told("stranger", "measures/?number=4")["results"]
    assert hidden["progress"] == ""
    assert told("co_reporter", f"measures/{first['id']}/") == first
    assert told("co_reporter", "measures/?search=算力&ordering=-ordinal")["count"] > 0


def test_responsibilities_name_the_measures_that_concern_an_agency(
    cast: Cast, told: Told, period: ReportingPeriod
) -> None:
    measure = task_numbered(4).measures.get(ordinal=2)
    agency = cast.co_reporter.agency
    assert agency is not None
    MeasureDuty.objects.create(measure=measure, agency=agency)
    parts = told("leader", "responsibilities/?task=4&ordering=position")["results"]
    assert [part["position"] for part in parts] == [1, 2, 3]
    assert [part["duties"] for part in parts if part["agency"]["id"] == agency.pk] == [[2]]


def test_a_contribution_is_read_with_its_history_by_those_who_may(
    cast: Cast, told: Told, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    task, agency = task_numbered(4), cast.co_reporter.agency
    assert agency is not None
    one = contribution_save(
        task=task,
        period=period,
        agency=agency,
        by=cast.co_reporter,
        now=NOW,
        content=ContributionContent(
            tuple(MeasureText(m.pk, m.ordinal, "配合推进") for m in task.measures.all())
        ),
        version=0,
    )
    mine = told("co_reporter", f"contributions/{one.pk}/")
    assert [each["text"] for each in mine["measures"]] == ["配合推进"] * 3
    assert [move["move"] for move in mine["moves"]] == ["submit"]
    assert mine["history"] == []
    assert told("reporter", "contributions/")["count"] == 0
    answer = signed_in(cast.coordinator).get(f"/api/v1/contributions/{one.pk}/")
    assert answer.status_code == 404


@pytest.mark.usefixtures("reports")
def test_a_tasks_history_is_that_of_its_page(
    cast: Cast, told: Told, signed_in: Callable[[User], Client]
) -> None:
    for who in ("coordinator", "leader", "co_reporter", "stranger"):
        page = signed_in(getattr(cast, who)).get("/tasks/4/history/").context["timeline"]
        entries = told(who, "tasks/4/history/")["entries"]
        assert [one["what"] for one in entries] == [str(one.what) for one in page.entries]
        assert [len(one["said"]) for one in entries] == [len(one.said) for one in page.entries]
    first = told("coordinator", "tasks/4/history/?count=1")
    second = told("coordinator", f"tasks/4/history/?count=1&before={first['earlier']}")
    whole = told("coordinator", "tasks/4/history/?count=2")["entries"]
    assert [*first["entries"], *second["entries"]] == whole


@pytest.mark.usefixtures("reports")
def test_evidence_is_listed_across_reports_for_those_who_read_them(
    cast: Cast, told: Told, period: ReportingPeriod
) -> None:
    attached(task_numbered(6), period, cast.reporter)
    [one] = told("reporter", "evidence/?task=6&kind=pdf&removed=false")["results"]
    assert (one["task"], one["period"], one["contribution"]) == (6, "2026-10", None)
    assert told("stranger", "evidence/")["count"] == 0
    assert told("reporter", "evidence/?task__in=4,5")["count"] == 0


def test_a_days_reminders_are_those_of_its_page(
    cast: Cast, told: Told, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(cast.coordinator).get("/reminders/?day=2026-10-23").context["found"]
    day = told("coordinator", "reminders/day/?day=2026-10-23")
    assert len(day["lines"]) == len(page.lines) > 0
    assert [line["result"] for line in day["lines"]] == [line.result for line in page.lines]
    of_agency = told("coordinator", f"reminders/day/?agency={cast.reporter.agency_id}")["lines"]
    assert {line["agency"] for line in of_agency} <= {cast.reporter.agency_id}


def test_one_entry_of_each_register_is_that_of_its_list(
    cast: Cast, told: Told, period: ReportingPeriod
) -> None:
    registers_fill(cast, period)
    for register in ("matters", "extensions", "completions", "results"):
        [first] = told("coordinator", f"registers/{register}/?page_size=1")["results"]
        one = told("coordinator", f"registers/{register}/{first['id']}/")
        assert {name: one[name] for name in first} == first


def test_what_the_office_keeps_is_read_by_those_who_see_its_pages(told: Told, cast: Cast) -> None:
    assert told("coordinator", "rules/")["yellow_working_days"] == 5
    assert told("administrator", "calendar/")["count"] == 0
    assert told("stranger", "reminder-pauses/?is_over=false")["count"] == 0
    assert told("coordinator", "exports/?state=waiting")["count"] == 0
    assert told("auditor", "deadline-changes/")["count"] == 0
    assert told("auditor", "errata/")["count"] == 0

"""Several tasks of the list at once, by coordinators: a preview first, then all or none."""

import io
from collections.abc import Callable, Iterator
from urllib.parse import parse_qs, urlsplit

import openpyxl
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.states import Move, ReportState
from progress.tests.acts import handed_in, task_numbered
from progress.workflow import ApprovalsRefused, report_move, reports_approve_together, review_mark
from tasks.models import Status, Task

TOGETHER = "/tasks/together/"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.coordinator)


def looked_at(cast: Cast, period: ReportingPeriod, *numbers: int) -> list[Report]:
    reports = [handed_in(task_numbered(number), period, cast.reporter) for number in numbers]
    for report in reports:
        review_mark(report=report, by=cast.coordinator, now=NOW, version=report.version)
    return reports


def value(report: Report) -> str:
    return f"{report.pk}:{report.version}"


def states(reports: list[Report]) -> list[str]:
    return [Report.objects.get(pk=report.pk).state for report in reports]


# --- Choosing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "path"),
    [
        ("deadlines", "/deadlines/"),
        ("remind", "/board/remind/"),
        ("approve", "/tasks/approve/"),
        ("export", "/export/"),
    ],
)
def test_what_is_ticked_goes_to_the_actions_preview(office: Client, action: str, path: str) -> None:
    answer = office.get(TOGETHER, {"do": action, "task": ["7", "4"], "period": "2026-10"})
    address = urlsplit(answer["Location"])
    assert (answer.status_code, address.path) == (302, path)
    assert parse_qs(address.query) == {"tasks": ["4,7"], "period": ["2026-10"]}
    assert office.get(answer["Location"]).status_code == 200


def test_all_tasks_of_the_filter_are_those_that_it_leaves(office: Client) -> None:
    answer = office.get(TOGETHER, {"do": "export", "everything": "1", "chapter": "13", "task": "4"})
    numbers = Task.objects.filter(chapter__number=13).values_list("number", flat=True)
    assert parse_qs(urlsplit(answer["Location"]).query)["tasks"] == [
        ",".join(map(str, sorted(numbers)))
    ]


def test_nothing_ticked_goes_back_to_the_list_with_its_filters(office: Client) -> None:
    answer = office.get(TOGETHER, {"do": "remind", "chapter": "3"})
    assert answer["Location"] == "/tasks/?chapter=3"
    assert office.get(TOGETHER, {"do": "nonsense", "task": "4"}).status_code == 400
    assert office.get(TOGETHER, {"do": "remind", "task": "x"}).status_code == 400


def test_the_list_carries_boxes_for_coordinators_alone(
    office: Client, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    page = office.get("/tasks/?chapter=1").content.decode()
    assert page.count('form="together"') == 14
    assert 'name="chapter" value="1"' in page
    for who in (cast.reporter, cast.leader):
        assert 'form="together"' not in signed_in(who).get("/tasks/?chapter=1").content.decode()


def test_deadlines_of_the_ticked_tasks_stand_ticked(office: Client) -> None:
    answer = office.get("/deadlines/?tasks=4,7")
    assert [row.number for row in answer.context["rows"]] == [4, 7]
    sent = {"all": "on", "day": "2027-03-31", "reason": "统一调整"}
    preview = office.post("/deadlines/?tasks=4,7", sent)
    assert [one.task.number for one in preview.context["changes"]] == [4, 7]


def test_the_export_holds_exactly_the_ticked_tasks(office: Client) -> None:
    whole = office.get("/export/progress.xlsx?period=2026-10").content
    some = office.get("/export/progress.xlsx?period=2026-10&tasks=4,7").content
    titles = dict(Task.objects.values_list("number", "title"))

    def found(content: bytes) -> set[int]:
        book = openpyxl.load_workbook(io.BytesIO(content))
        cells = {
            str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row
        }
        return {number for number, title in titles.items() if title in cells}

    assert found(some) == {4, 7}
    assert len(found(whole)) > 2


# --- Approving ------------------------------------------------------------------------------------


def test_the_preview_says_what_would_be_approved_and_what_is_left_out(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    looked_at(cast, period, 4)
    handed_in(task_numbered(5), period, cast.reporter)
    task = task_numbered(6)
    asks = handed_in(task, period, cast.reporter, Status.COMPLETED)
    review_mark(report=asks, by=cast.coordinator, now=NOW, version=asks.version)
    approving = office.get("/tasks/approve/?tasks=4,5,6,7&period=2026-10").context["approving"]
    [ready] = approving.ready
    assert ready.report.task.number == 4
    assert {(one.before, one.after) for one in ready.changes} == {
        (Status.NOT_STARTED, Status.IN_PROGRESS)
    }
    left = {one.number: one for one in approving.left_out}
    assert set(left) == {5, 6, 7}
    assert left[5].is_unread
    assert len(left[6].completions) == task.measures.count()
    assert left[7].state is None


def test_confirming_approves_all_of_them_once(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    reports = looked_at(cast, period, 4, 5)
    sent = {"report": [value(one) for one in reports]}
    for _ in range(2):
        answer = office.post("/tasks/approve/?tasks=4,5&period=2026-10", sent)
        assert answer.status_code == 302
    assert states(reports) == [ReportState.APPROVED] * 2
    assert [one.events.filter(move=Move.APPROVE).count() for one in reports] == [1, 1]


def test_one_that_changed_meanwhile_is_named_and_none_is_approved(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    reports = looked_at(cast, period, 4, 5)
    report_move(report=reports[1], move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    answer = office.post(
        "/tasks/approve/?tasks=4,5&period=2026-10", {"report": [value(one) for one in reports]}
    )
    assert answer.status_code == 409
    assert [one.report.task.number for one in answer.context["refused"]] == [5]
    assert states(reports) == [ReportState.SUBMITTED, ReportState.DRAFT]


def test_a_colleague_who_was_faster_is_no_harm(cast: Cast, period: ReportingPeriod) -> None:
    other = User.objects.create_user("c2", "x", name="韩统", role="coordinator")
    [report] = looked_at(cast, period, 4)
    report_move(report=report, move=Move.APPROVE, by=other, now=NOW)
    with pytest.raises(ApprovalsRefused):
        reports_approve_together(chosen=[(report.pk, report.version)], by=cast.coordinator, now=NOW)
    assert report.events.filter(move=Move.APPROVE).count() == 1


def test_what_asks_for_a_completion_is_refused_here(cast: Cast, period: ReportingPeriod) -> None:
    report = handed_in(task_numbered(6), period, cast.reporter, Status.COMPLETED)
    review_mark(report=report, by=cast.coordinator, now=NOW, version=report.version)
    with pytest.raises(ApprovalsRefused):
        reports_approve_together(chosen=[(report.pk, report.version)], by=cast.coordinator, now=NOW)
    assert states([report]) == [ReportState.SUBMITTED]


@pytest.mark.parametrize("who", ["reporter", "approver", "leader", "auditor", "administrator"])
def test_nobody_else_approves_or_chooses(
    who: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    [report] = looked_at(cast, period, 4)
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    client = signed_in(getattr(cast, who))
    address = "/tasks/approve/?tasks=4&period=2026-10"
    assert client.post(address, {"report": value(report)}).status_code == 403
    assert client.get(TOGETHER, {"do": "export", "task": "4"}).status_code == 403
    assert states([report]) == [ReportState.SUBMITTED]


def test_a_form_that_names_nothing_readable_is_a_bad_request(office: Client) -> None:
    for sent in ({}, {"report": "x:1"}, {"report": "1"}):
        assert office.post("/tasks/approve/?tasks=4&period=2026-10", sent).status_code == 400


def test_statements_of_the_preview_do_not_grow_with_reports(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    counts = []
    for numbers in ((4,), (5, 6, 7, 8)):
        looked_at(cast, period, *numbers)
        office.get("/tasks/approve/?tasks=4,5,6,7,8&period=2026-10")
        with CaptureQueriesContext(connection) as queries:
            office.get("/tasks/approve/?tasks=4,5,6,7,8&period=2026-10")
        counts.append(len(queries))
    assert counts[0] == counts[1]

"""The product's main job through the API, and what the API makes of bad input."""

import json
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from openpyxl import load_workbook

from agencies.models import User
from conftest import NOW, Cast
from progress.api.task_shapes import MeasureSerializer, TaskAgencySerializer, TaskSerializer
from progress.models import Report, ReportEvent, ReportingPeriod
from progress.tests.acts import approved, handed_in, task_numbered

JSON = "application/json"


@pytest.fixture(autouse=True)
def _pinned() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def body_of(version: int = 0, **changes: object) -> dict[str, Any]:
    return {
        "task": 4,
        "period": "2026-10",
        "version": version,
        "measures": [
            {"ordinal": n, "status": "in_progress", "text": f"第{n}条取得进展"} for n in (1, 2, 3)
        ],
        "problems": "",
        "next_steps": "下月继续推进",
        "coordination": "",
        **changes,
    }


def test_a_report_goes_from_writing_to_figures_and_workbook(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    writer, office = signed_in(cast.reporter), signed_in(cast.coordinator)
    start = writer.get("/api/v1/reports/start/?task=4&period=2026-10").json()
    assert start["version"] == 0
    begun = writer.post("/api/v1/reports/", body_of(), JSON)
    assert begun.status_code == 201
    report = begun.json()
    assert [move["move"] for move in report["moves"]] == ["submit"]
    address = f"/api/v1/reports/{report['id']}/"
    changed = writer.patch(
        address, {"version": report["version"], "problems": "用能成本偏高"}, JSON
    ).json()
    assert changed["problems"] == "用能成本偏高"
    assert changed["measures"][0]["text"] == "第1条取得进展"
    assert writer.post(f"{address}submit/", {}, JSON).json()["state"] == "submitted"
    done = office.post(f"{address}approve/", {}, JSON).json()
    assert done["state"] == "approved"
    assert [event["move"] for event in done["history"]] == ["submit", "approve"]
    figures = office.get("/api/v1/overview/?period=2026-10").json()
    assert figures["chapters"][0]["tasks_by_status"]["in_progress"] == 1
    assert figures["handing_in"]["handed_in"] == 1
    assert office.get("/api/v1/tasks/4/").json()["status"] == "in_progress"
    file = office.get("/api/v1/periods/2026-10/progress.xlsx?chapter=1")
    cells = [c.value for r in load_workbook(BytesIO(file.content)).worksheets[0] for c in r]
    assert "第2条取得进展" in cells


def test_a_stale_version_is_a_conflict_that_shows_both_texts(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    first, second = signed_in(cast.reporter), signed_in(cast.colleague)
    report = first.post("/api/v1/reports/", body_of(problems="先写的"), JSON).json()
    answer = second.put(
        f"/api/v1/reports/{report['id']}/",
        {k: v for k, v in body_of(problems="后写的").items() if k not in ("task", "period")},
        JSON,
    )
    assert answer.status_code == 409
    assert answer.json()["stored"]["problems"] == "先写的"
    assert answer.json()["sent"]["problems"] == "后写的"
    assert Report.objects.get().problems == "先写的"


@pytest.mark.parametrize(
    ("method", "address", "body", "status", "field"),
    [
        ("post", "reports/", body_of(measures=[]), 400, "measures"),
        ("post", "reports/", body_of(task=132), 400, "task"),
        ("post", "reports/", body_of(task=99999999999999999999), 400, "task"),
        ("post", "reports/", body_of(period="2026-09"), 400, "period"),
        ("post", "reports/", body_of(problem="x"), 400, "problem"),
        ("post", "reports/", body_of(problems="字" * 10_001), 400, "problems"),
        ("post", "reports/", body_of(problems="a\x00b"), 400, "problems"),
        ("post", "reports/", [1, 2], 400, None),
        ("get", "tasks/?lihgt=red", None, 400, "lihgt"),
        ("get", "tasks/?light=purple", None, 400, "light"),
        ("get", "tasks/?ordering=password", None, 400, "ordering"),
        ("get", "tasks/?page=0", None, 400, "page"),
        ("get", "tasks/?page_size=100000", None, 400, "page_size"),
        ("get", "tasks/99999999999999999999/", None, 404, None),
        ("get", "reports/99999999999999999999/", None, 404, None),
        ("get", "tasks/?period=2020-01", None, 400, "period"),
        ("get", "tasks/?chapter=99999999999999999999", None, 400, "chapter"),
        ("get", "tasks/?agency=99999999999999999999", None, 400, "agency"),
        ("get", "tasks/?search=%00", None, 400, None),
        ("get", f"tasks/?search={'+'.join('abcdefghijk')}", None, 400, "search"),
        ("get", f"agencies/?search={'局' * 101}", None, 400, "search"),
        ("get", f"registers/matters/?q={'+'.join('abcdefghijk')}", None, 400, "q"),
        ("get", "periods/a%00b/", None, 404, None),
        ("get", "periods/2026-10%00/progress.xlsx", None, 404, None),
        ("post", "reports/", body_of(version=5), 409, None),
    ],
)
def test_bad_input_is_named_by_field(
    method: str,
    address: str,
    body: object,
    status: int,
    field: str | None,
    cast: Cast,
    period: ReportingPeriod,
    signed_in: Callable[[User], Client],
) -> None:
    client = signed_in(cast.reporter)
    sent = {} if body is None else {"data": json.dumps(body), "content_type": JSON}
    answer = getattr(client, method)(f"/api/v1/{address}", **sent)
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    if field:
        assert field in answer.json()["errors"]
    assert not Report.objects.exists()


def test_a_misspelt_parameter_is_told_the_near_one(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.reporter).get(
        "/api/v1/tasks/?lihgt=red", headers={"Accept-Language": "en"}
    )
    assert answer.json()["errors"]["lihgt"] == ["This name is unknown; did you mean light?"]
    chinese = signed_in(cast.reporter).get("/api/v1/tasks/?lihgt=red")
    assert chinese.json()["errors"]["lihgt"] == ["名称无法识别；是否应为light？"]


@pytest.mark.parametrize("body", [b"{", b"\xff", b"[" * 100_000, b'{"a": NaN}'])
def test_what_is_no_json_is_refused(
    body: bytes, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.reporter).post("/api/v1/reports/", body, JSON)
    assert answer.status_code == 400


def test_search_filters_and_order_narrow_the_tasks(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.leader)
    found = client.get("/api/v1/tasks/?search=算力").json()
    assert [task["number"] for task in found["results"]] == [4]
    chapter = client.get("/api/v1/tasks/?chapter=13&ordering=-number").json()
    assert [task["number"] for task in chapter["results"]] == [123, 122, 121]
    page = client.get("/api/v1/tasks/?page=3&page_size=50").json()
    assert (page["count"], len(page["results"])) == (131, 31)


def test_a_list_takes_as_many_statements_for_all_tasks_as_for_one(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    client = signed_in(cast.coordinator)
    client.get("/api/v1/tasks/?page_size=1")
    with CaptureQueriesContext(connection) as one:
        client.get("/api/v1/tasks/?page_size=1")
    with CaptureQueriesContext(connection) as all_of_them:
        client.get("/api/v1/tasks/?page_size=131")
    assert len(all_of_them) == len(one)


def test_a_forged_form_of_another_site_cannot_write(cast: Cast, period: ReportingPeriod) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.reporter)
    assert client.post("/api/v1/reports/", body_of(), JSON).status_code == 403


def test_the_description_of_the_api_is_valid(tmp_path: Any) -> None:
    path = tmp_path / "schema.yml"
    call_command("spectacular", validate=True, fail_on_warn=True, file=str(path))
    assert "openapi: 3" in path.read_text()


@pytest.mark.parametrize("address", ["/api/", "/api/v2/tasks/", "/api/v1/no/such/place"])
def test_an_address_under_the_api_that_is_none_is_a_problem_document(
    address: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.reporter).get(address)
    assert answer.status_code == 404
    assert answer["Content-Type"] == "application/problem+json"


def test_the_quick_document_of_a_task_is_the_serializers_own(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    document = signed_in(cast.coordinator).get("/api/v1/tasks/22/").json()
    assert list(document) == list(TaskSerializer().fields)
    assert list(document["measures"][0]) == list(MeasureSerializer().fields)
    assert list(document["agencies"][0]) == list(TaskAgencySerializer().fields)


@pytest.mark.parametrize("who", ["reporter", "stranger", "coordinator", "leader", "auditor"])
def test_handing_in_adds_up_to_the_same_on_page_and_api(
    who: str, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    client = signed_in(getattr(cast, who))
    shown = client.get("/overview/").context["handing_in"]
    told = client.get("/api/v1/overview/").json()["handing_in"]
    if who == "auditor":
        assert (shown, told) == (None, None)
    else:
        assert (shown.figures.due, shown.figures.handed_in) == (told["due"], told["handed_in"])
        assert told["handed_in"] == (0 if who == "stranger" else 1)


def test_a_leader_reads_an_approved_report_without_its_history(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    address = f"/api/v1/reports/{report.pk}/"
    assert signed_in(cast.leader).get(address).json()["history"] == []
    assert len(signed_in(cast.co_reporter).get(address).json()["history"]) == 2
    assert set(ReportEvent.objects.visible_to(cast.stranger)) == set()
    assert ReportEvent.objects.visible_to(cast.coordinator).count() == 2

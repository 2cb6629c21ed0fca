"""Many at once by the API: all of them or none, and of each what is wrong with it."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod, Result
from progress.states import ReportState
from progress.tests.acts import approved, content, handed_in, task_numbered
from progress.tests.api_calls import errors, post
from progress.workflow import period_open, review_mark
from tasks.models import DeadlineChange, Task

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


# --- Deadlines ---------------------------------------------------------------------------------


def test_deadlines_are_set_together_with_a_reason(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    rows = [
        {"task": 4, "deadline": "2026-12-31", "seen": None},
        {"task": 5, "deadline": "2026-11-30"},
        {"task": 4, "measure": 1, "deadline": "2026-12-01", "reason": "单独约定"},
    ]
    body = {"rows": rows, "reason": "按年度计划"}
    seen = post(client, "deadlines/?dry_run=true", body)
    assert (seen.status_code, len(seen.json()["rows"])) == (200, 3)
    assert not DeadlineChange.objects.exists()
    done = post(client, "deadlines/", body)
    assert [(one["task"], one["measure"], one["new"]) for one in done.json()["rows"]] == [
        (4, None, "2026-12-31"),
        (5, None, "2026-11-30"),
        (4, 1, "2026-12-01"),
    ]
    reasons = [one["reason"] for one in done.json()["rows"]]
    assert reasons == ["按年度计划", "按年度计划", "单独约定"]
    again = post(client, "deadlines/", body)
    assert again.status_code == 422
    moved = post(
        client,
        "deadlines/",
        {"rows": [{"task": 5, "deadline": "2026-10-31", "seen": "2026-11-29"}], "reason": "改"},
    )
    assert (moved.status_code, list(errors(moved))) == (409, ["rows.0.seen"])


@pytest.mark.parametrize(
    ("rows", "reason", "status", "field"),
    [
        ([{"task": 4, "deadline": "2026-13-01"}], "改", 400, "rows.0.deadline"),
        ([{"task": one, "deadline": None} for one in (4, 400)], "改", 400, "rows.1.task"),
        ([{"task": 4, "deadline": "2026-12-01"}] * 2, "改", 400, "rows.1"),
        ([{"task": 4, "measure": 99, "deadline": None}], "改", 400, "rows.0.measure"),
        ([{"task": 4, "dedline": None}], "改", 400, "rows.0.dedline"),
        ([{"task": 4, "deadline": "1999-12-01"}], "改", 422, "rows.0.deadline"),
        ([{"task": 4, "deadline": "2026-12-01"}], "", 422, "reason"),
        ([], "改", 400, "rows"),
    ],
)
def test_what_is_wrong_is_said_of_its_row(
    rows: list[object],
    reason: str,
    status: int,
    field: str,
    cast: Cast,
    period: ReportingPeriod,
    signed_in: ClientOf,
) -> None:
    answer = post(signed_in(cast.coordinator), "deadlines/", {"rows": rows, "reason": reason})
    assert (answer.status_code, field in errors(answer)) == (status, True), answer.content
    assert not DeadlineChange.objects.exists()


def test_a_measure_due_after_its_task_is_told_at_the_tasks_row(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    rows = [
        {"task": 5, "deadline": "2026-12-31"},
        {"task": 4, "deadline": "2026-11-01"},
        {"task": 4, "measure": 1, "deadline": "2026-12-01"},
    ]
    answer = post(signed_in(cast.coordinator), "deadlines/", {"rows": rows, "reason": "改"})
    assert (answer.status_code, list(errors(answer))) == (422, ["rows.1.deadline"])
    assert Task.objects.get(number=5).deadline is None


def test_more_than_five_hundred_are_too_many(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    rows = [{"task": 4, "deadline": "2026-12-01"}] * 501
    answer = post(signed_in(cast.coordinator), "deadlines/", {"rows": rows, "reason": "改"})
    assert answer.status_code == 413
    assert "501 rows were sent; at most 500" in answer.json()["detail"]


# --- Reports -----------------------------------------------------------------------------------


def report_body(number: int, **changes: object) -> dict[str, object]:
    said = content(task_numbered(number)).by_ordinal()
    return {"task": number, "period": "2026-10", "version": 0, **said, **changes}


def led_by(user: User) -> list[int]:
    return sorted(Task.objects.led_by(user.agency_ids).values_list("number", flat=True))


def test_reports_are_begun_together_or_not_at_all(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client, numbers = signed_in(cast.reporter), led_by(cast.reporter)
    rows = [report_body(number) for number in reversed(numbers)]
    foreign = next(one for one in range(1, 132) if one not in numbers)
    refused = post(client, "reports/", {"rows": [*rows, report_body(foreign)]})
    assert refused.status_code == 403
    assert list(errors(refused)) == [f"rows.{len(rows)}"]
    assert not Report.objects.exists()
    seen = post(client, "reports/?dry_run=true", {"rows": rows})
    assert (seen.status_code, Report.objects.count()) == (200, 0)
    done = post(client, "reports/", {"rows": rows})
    assert done.status_code == 201, done.content
    assert [one["task"] for one in done.json()["rows"]] == list(reversed(numbers))
    stale = post(client, "reports/", {"rows": rows})
    assert (stale.status_code, len(errors(stale))) == (409, len(rows))


def test_no_change_is_said_of_many_at_once(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    with time_machine.travel("2026-11-20T03:00:00+00:00", tick=False):
        from django.utils import timezone

        period_open(code="2026-11", by=cast.coordinator, now=timezone.now())
        client = signed_in(cast.reporter)
        never = next(one for one in led_by(cast.reporter) if one != 4)
        rows = [{"task": 4, "period": "2026-11"}, {"task": never, "period": "2026-11"}]
        refused = post(client, "reports/unchanged/", {"rows": rows})
        assert (refused.status_code, list(errors(refused))) == (409, ["rows.1"])
        assert Report.objects.filter(period__code="2026-11").count() == 0
        done = post(client, "reports/unchanged/", rows[0])
        assert (done.status_code, done.json()["state"]) == (201, "submitted")


# --- Approving together ------------------------------------------------------------------------


def test_reports_that_were_looked_at_are_approved_together(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    office = signed_in(cast.coordinator)
    first = handed_in(task_numbered(4), period, cast.reporter)
    second = handed_in(task_numbered(led_by(cast.reporter)[-1]), period, cast.reporter)
    rows = [{"report": one.pk, "version": one.version} for one in (second, first)]
    marked = post(office, f"reports/{first.pk}/looked-at/", {"version": first.version})
    assert marked.json()["version"] == first.version
    refused = post(office, "reports/approve/", {"rows": [*rows, {"report": 99_999, "version": 1}]})
    assert refused.status_code == 409
    assert list(errors(refused)) == ["rows.0", "rows.2.report"]
    assert not Report.objects.filter(state=ReportState.APPROVED).exists()
    review_mark(report=second, by=cast.coordinator, now=NOW, version=second.version)
    seen = post(office, "reports/approve/?dry_run=true", {"rows": rows})
    assert [one["state"] for one in seen.json()["rows"]] == ["approved"] * 2
    assert not Report.objects.filter(state=ReportState.APPROVED).exists()
    done = post(office, "reports/approve/", {"rows": rows})
    assert [one["task"] for one in done.json()["rows"]] == [second.task.number, 4]
    assert Report.objects.filter(state=ReportState.APPROVED).count() == 2


# --- Results -----------------------------------------------------------------------------------


def test_results_are_entered_together_or_not_at_all(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.reporter)
    of = {"task": 4, "period": "2026-10", "kind": "first"}
    row = {**of, "title": "首例", "came_on": "2026-10-01"}
    rows = [row, {**row, "title": ""}, {**row, "came_on": "2027-01-01"}, row]
    unreadable = post(client, "registers/results/", {"rows": rows})
    assert (unreadable.status_code, list(errors(unreadable))) == (400, ["rows.1.title"])
    refused = post(client, "registers/results/", {"rows": [row, rows[2], row]})
    assert refused.status_code == 422
    assert list(errors(refused)) == ["rows.1.came_on", "rows.2.title"]
    assert not Result.objects.exists()
    done = post(client, "registers/results/", {"rows": [row, {**row, "title": "第二例"}]})
    assert [one["title"] for one in done.json()["rows"]] == ["首例", "第二例"]


def test_errors_speak_the_language_that_was_asked_for(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.reporter)
    body = {"rows": [{"task": 999, "period": "2026-10"}]}
    english = post(client, "reports/unchanged/", body)
    chinese = post(client, "reports/unchanged/", body, english=False)
    assert errors(english)["rows.0.task"] == ["There is no such task."]
    assert errors(chinese)["rows.0.task"] != errors(english)["rows.0.task"]

"""Completions beside the approval of a report, and on their own pages."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Completion, CompletionState, Report, ReportingPeriod
from progress.tests.acts import approved, handed_in, task_numbered
from tasks.models import Status

DONE, GOES = Status.COMPLETED, Status.IN_PROGRESS
REPORT = "/tasks/4/reports/2026-10/"
APPROVE = f"{REPORT}approve/"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def submitted(cast: Cast, period: ReportingPeriod) -> Report:
    return handed_in(task_numbered(4), period, cast.reporter, [DONE, DONE, GOES])


def pk_of(ordinal: int) -> int:
    return task_numbered(4).measures.get(ordinal=ordinal).pk


def statuses() -> list[str]:
    return list(task_numbered(4).measures.order_by("ordinal").values_list("status", flat=True))


def entry(report: Report, ordinal: int = 1) -> str:
    completion = Completion.objects.get(report=report, measure__ordinal=ordinal)
    return f"/registers/completions/{completion.pk}/"


def test_who_approves_is_offered_a_box_for_each_completion_and_nobody_else_is(
    cast: Cast, submitted: Report, signed_in: Callable[[User], Client]
) -> None:
    page = signed_in(cast.coordinator).get(REPORT).content.decode()
    assert f'name="refuse_{pk_of(1)}"' in page
    assert f'name="refuse_{pk_of(2)}"' in page
    assert f'name="refuse_{pk_of(3)}"' not in page
    assert 'name="refuse_' not in signed_in(cast.reporter).get(REPORT).content.decode()


def test_an_approval_without_a_tick_grants_everything(
    cast: Cast, submitted: Report, signed_in: Callable[[User], Client]
) -> None:
    sent = {"version": submitted.version, f"refusal_{pk_of(1)}": ""}
    assert signed_in(cast.coordinator).post(APPROVE, sent).status_code == 302
    assert statuses() == [DONE, DONE, GOES]


def test_a_ticked_completion_is_refused_with_the_approval(
    cast: Cast, submitted: Report, signed_in: Callable[[User], Client]
) -> None:
    office = signed_in(cast.coordinator)
    sent = {
        "version": submitted.version,
        f"refuse_{pk_of(2)}": "on",
        f"refusal_{pk_of(2)}": "佐证不足",
    }
    assert office.post(APPROVE, sent).status_code == 302
    assert statuses() == [DONE, GOES, GOES]
    for person in (cast.reporter, cast.coordinator, cast.leader):
        assert "佐证不足" in signed_in(person).get(REPORT).content.decode()
    # The history of the task says it too.
    assert "佐证不足" in signed_in(cast.co_reporter).get("/tasks/4/history/").content.decode()


@pytest.mark.parametrize("sent", [{"refuse": "on", "refusal": " "}, {"refusal": "佐证不足"}])
def test_a_tick_without_a_reason_or_a_reason_without_a_tick_decides_nothing(
    sent: dict[str, str],
    cast: Cast,
    submitted: Report,
    signed_in: Callable[[User], Client],
) -> None:
    fields = {f"{name}_{pk_of(1)}": value for name, value in sent.items()}
    answer = signed_in(cast.coordinator).post(APPROVE, {"version": submitted.version, **fields})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert f'id="refusal_{pk_of(1)}-error"' in page
    assert sent["refusal"] in page
    submitted.refresh_from_db()
    assert submitted.state == "submitted"


def test_what_was_filled_in_stays_where_somebody_was_quicker(
    cast: Cast, submitted: Report, signed_in: Callable[[User], Client]
) -> None:
    sent = {
        "version": submitted.version - 1,
        f"refuse_{pk_of(2)}": "on",
        f"refusal_{pk_of(2)}": "佐证不足",
    }
    answer = signed_in(cast.coordinator).post(APPROVE, sent)
    assert answer.status_code == 409
    assert "佐证不足" in answer.content.decode()
    assert f'name="refuse_{pk_of(2)}" checked' in answer.content.decode()


def test_the_api_refuses_completions_by_their_ordinals(
    cast: Cast, submitted: Report, signed_in: Callable[[User], Client]
) -> None:
    office = signed_in(cast.coordinator)
    address = f"/api/v1/reports/{submitted.pk}/approve/"
    for status, refused in (
        (400, [{"ordinal": 9, "reason": "佐证不足"}]),
        # Well formed, but not asked for by the report.
        (422, [{"ordinal": 3, "reason": "佐证不足"}]),
        (400, [{"ordinal": 1, "reason": ""}]),
        (400, [{"ordinal": 1}]),
        (400, [{"ordinal": 1, "reason": "甲"}, {"ordinal": 1, "reason": "乙"}]),
        (400, [{"ordinal": 1, "reason": "甲", "measure": 1}]),
        (400, "1"),
    ):
        answer = office.post(
            address, {"refused_completions": refused}, content_type="application/json"
        )
        assert answer.status_code == status, refused
        assert "refused_completions" in answer.content.decode()
    answer = office.post(
        address,
        {"refused_completions": [{"ordinal": 1, "reason": "佐证不足"}]},
        content_type="application/json",
    )
    assert answer.status_code == 200
    assert statuses() == [GOES, DONE, GOES]


# --- Its own page --------------------------------------------------------------------------------


def test_a_coordinator_reopens_a_granted_completion(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator, DONE)
    office, address = signed_in(cast.coordinator), entry(report)
    assert 'name="reason"' in office.get(address).content.decode()
    assert office.post(address, {"reason": " "}).status_code == 400
    assert office.post(address, {"reason": "核查未达标"}).status_code == 302
    assert statuses() == [GOES, DONE, DONE]
    assert "核查未达标" in office.get(address).content.decode()
    assert 'name="reason"' not in office.get(address).content.decode()
    again = office.post(address, {"reason": "再次核查"})
    assert again.status_code == 409
    assert Completion.objects.filter(state=CompletionState.REOPENED).count() == 1


def test_an_undecided_one_says_that_its_report_decides_it(
    cast: Cast, submitted: Report, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.coordinator).get(entry(submitted))
    assert answer.context["waits"]
    assert not answer.context["reopens"]


@pytest.mark.parametrize(
    ("who", "reads", "reopens"),
    [
        ("reporter", 200, 403),
        ("co_reporter", 200, 403),
        ("stranger", 404, 404),
        ("coordinator", 200, 302),
        ("leader", 200, 403),
        ("auditor", 404, 404),
        ("administrator", 404, 404),
    ],
)
def test_each_role_does_with_a_completion_what_it_may(
    who: str,
    reads: int,
    reopens: int,
    cast: Cast,
    period: ReportingPeriod,
    signed_in: Callable[[User], Client],
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator, DONE)
    client = signed_in(getattr(cast, who))
    assert client.get(entry(report)).status_code == reads
    assert client.post(entry(report), {"reason": "核查未达标"}).status_code == reopens

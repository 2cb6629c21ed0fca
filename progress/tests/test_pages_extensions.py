"""A lead asks for a later deadline on a page, and a coordinator decides on the request's own."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import DecisionState, Extension, Report, ReportingPeriod
from progress.tests.acts import first_measure, handed_in, task_numbered
from progress.workflow import extension_decide, extension_request, period_close
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Task

DAY = dt.timedelta(days=1)
SOON, LATER = dt.date(2026, 10, 30), dt.date(2026, 12, 31)
SENT = {"of": "task", "new_deadline": LATER.isoformat(), "reason": "上级平台升级推迟"}


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def due(cast: Cast) -> Task:
    deadlines_write(
        changes=[
            Deadline(task_numbered(4), None, SOON),
            Deadline(task_numbered(4), first_measure(), SOON - DAY),
        ],
        reason="总体安排",
        by=cast.coordinator,
        now=NOW,
    )
    return task_numbered(4)


@pytest.fixture
def asked(cast: Cast, period: ReportingPeriod, due: Task) -> Extension:
    return extension_request(
        task=due,
        period=period,
        new_deadline=LATER,
        reason="上级平台升级推迟",
        by=cast.reporter,
        now=NOW,
    )


def address(extension: Extension) -> str:
    return f"/registers/extensions/{extension.pk}/"


def test_the_lead_asks_from_the_tasks_page_and_sees_the_request(
    cast: Cast, period: ReportingPeriod, due: Task, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    assert 'href="/tasks/4/extension/"' in client.get("/tasks/4/").content.decode()
    answer = client.post("/tasks/4/extension/", SENT)
    extension = Extension.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, address(extension))
    assert (extension.new_deadline, extension.report.period) == (LATER, period)
    assert address(extension) in client.get("/tasks/4/").content.decode()
    assert "2026-12-31" in client.get(address(extension)).content.decode()


def test_the_way_to_ask_is_on_the_reports_form_too_while_there_is_something_to_ask_for(
    cast: Cast, period: ReportingPeriod, due: Task, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    way, pages = 'href="/tasks/4/extension/"', ("/tasks/4/", "/tasks/4/reports/2026-10/edit/")
    assert all(way in client.get(page).content.decode() for page in pages)
    with time_machine.travel(NOW + 30 * DAY, tick=False):
        client = signed_in(cast.reporter)
        assert not any(way in client.get(page).content.decode() for page in pages)
    # Nor where none is set, nor where an approver speaks for the agency.
    client = signed_in(cast.reporter)
    assert 'href="/tasks/5/extension/"' not in client.get("/tasks/5/").content.decode()
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    assert not any(way in client.get(page).content.decode() for page in pages)
    period_close(period=period, by=cast.coordinator, now=NOW)
    assert way not in signed_in(cast.approver).get("/tasks/4/").content.decode()


def test_the_history_tells_everybody_the_deadline_and_only_readers_of_the_request_its_words(
    cast: Cast, asked: Extension, signed_in: Callable[[User], Client]
) -> None:
    extension_decide(extension=asked, granted=True, by=cast.coordinator, now=NOW, reason="情况属实")
    for person, reads in ((cast.reporter, True), (cast.co_reporter, True), (cast.stranger, False)):
        history = signed_in(person).get("/tasks/4/history/").content.decode()
        assert f"{SOON} → {LATER}" in history
        for words in ("上级平台升级推迟", "情况属实"):
            assert (words in history) == reads


def test_only_what_has_a_deadline_is_offered(
    cast: Cast, period: ReportingPeriod, due: Task, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    form = client.get("/tasks/4/extension/").context["form"]
    assert [value for value, _label in form.fields["of"].choices] == ["task", "1"]
    sent = SENT | {"of": "1", "new_deadline": SOON.isoformat()}
    assert client.post("/tasks/4/extension/", sent).status_code == 302
    assert Extension.objects.get().measure == first_measure()
    assert client.post("/tasks/4/extension/", SENT | {"of": "2"}).status_code == 400


def test_a_task_without_any_deadline_has_no_form(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.reporter).get("/tasks/4/extension/")
    assert answer.status_code == 200
    assert 'name="new_deadline"' not in answer.content.decode()


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"new_deadline": SOON.isoformat()}, "new_deadline"),
        ({"new_deadline": ""}, "new_deadline"),
        ({"reason": " "}, "reason"),
        ({"of": ""}, "of"),
    ],
)
def test_what_is_refused_stays_typed_with_the_error_at_its_field(
    changed: dict[str, str],
    field: str,
    cast: Cast,
    period: ReportingPeriod,
    due: Task,
    signed_in: Callable[[User], Client],
) -> None:
    answer = signed_in(cast.reporter).post("/tasks/4/extension/", SENT | changed)
    assert answer.status_code == 400
    assert field in answer.context["form"].errors
    assert not Report.objects.exists()


def test_what_is_too_late_or_asked_for_already_is_a_conflict_that_keeps_what_was_typed(
    cast: Cast, asked: Extension, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    # The very same again is no conflict: the button was pressed twice.
    assert client.post("/tasks/4/extension/", SENT)["Location"] == address(asked)
    assert address(asked) in client.get("/tasks/4/extension/").content.decode()
    answer = client.post("/tasks/4/extension/", SENT | {"reason": "另一理由"})
    assert answer.status_code == 409
    assert "另一理由" in answer.content.decode()
    with time_machine.travel(NOW + 10 * DAY, tick=False):
        late = client.post("/tasks/4/extension/", SENT | {"of": "1"})
    assert late.status_code == 409


def test_without_an_open_period_nothing_is_asked_for(
    cast: Cast, period: ReportingPeriod, due: Task, signed_in: Callable[[User], Client]
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    assert signed_in(cast.reporter).get("/tasks/4/extension/").status_code == 409


@pytest.mark.parametrize(
    ("who", "status"),
    [
        ("colleague", 302),
        ("co_reporter", 403),
        ("stranger", 403),
        ("coordinator", 403),
        ("leader", 403),
        ("auditor", 403),
        ("administrator", 404),
    ],
)
def test_each_role_may_ask_or_not(
    who: str,
    status: int,
    cast: Cast,
    period: ReportingPeriod,
    due: Task,
    signed_in: Callable[[User], Client],
) -> None:
    answer = signed_in(getattr(cast, who)).post("/tasks/4/extension/", SENT)
    assert answer.status_code == status
    assert Extension.objects.exists() == (status == 302)


def test_where_an_approver_speaks_for_the_agency_the_reporter_is_told_so(
    cast: Cast, period: ReportingPeriod, due: Task, signed_in: Callable[[User], Client]
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    client = signed_in(cast.reporter)
    assert client.post("/tasks/4/extension/", SENT).status_code == 403
    assert "/tasks/4/extension/" not in client.get("/tasks/4/").content.decode()
    approver = signed_in(User.objects.get(pk=cast.approver.pk))
    assert approver.post("/tasks/4/extension/", SENT).status_code == 302


# --- Deciding --------------------------------------------------------------------------------


def test_a_coordinator_grants_it(
    cast: Cast, asked: Extension, signed_in: Callable[[User], Client]
) -> None:
    office = signed_in(cast.coordinator)
    page = office.get(address(asked)).content.decode()
    assert 'value="grant"' in page
    assert 'value="withdraw"' not in page
    assert office.post(address(asked), {"act": "grant", "reason": ""}).status_code == 302
    assert task_numbered(4).deadline == LATER
    page = office.get(address(asked)).content.decode()
    assert 'name="act"' not in page
    assert office.post(address(asked), {"act": "refuse", "reason": "改"}).status_code == 409


def test_a_refusal_without_a_reason_is_asked_for_one(
    cast: Cast, asked: Extension, signed_in: Callable[[User], Client]
) -> None:
    office = signed_in(cast.coordinator)
    answer = office.post(address(asked), {"act": "refuse", "reason": " "})
    assert answer.status_code == 400
    assert "reason" in answer.context["form"].errors
    assert office.post(address(asked), {"act": "refuse", "reason": "理由不足"}).status_code == 302
    asked.refresh_from_db()
    assert (asked.state, task_numbered(4).deadline) == (DecisionState.REFUSED, SOON)


def test_a_deadline_that_was_changed_meanwhile_is_said_before_and_a_conflict_after(
    cast: Cast, asked: Extension, signed_in: Callable[[User], Client]
) -> None:
    deadlines_write(
        changes=[Deadline(asked.task, None, SOON + DAY)],
        reason="顺延",
        by=cast.coordinator,
        now=NOW,
    )
    office = signed_in(cast.coordinator)
    assert "note-warning" in office.get(address(asked)).content.decode()
    answer = office.post(address(asked), {"act": "grant", "reason": "同意"})
    assert answer.status_code == 409
    assert "同意" in answer.content.decode()
    assert task_numbered(4).deadline == SOON + DAY


def test_the_lead_withdraws_its_request(
    cast: Cast, asked: Extension, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    assert 'value="withdraw"' in client.get(address(asked)).content.decode()
    assert client.post(address(asked), {"act": "withdraw"}).status_code == 302
    asked.refresh_from_db()
    assert asked.state == DecisionState.WITHDRAWN


def test_an_unknown_button_is_a_bad_request(
    cast: Cast, asked: Extension, signed_in: Callable[[User], Client]
) -> None:
    assert signed_in(cast.coordinator).post(address(asked), {"act": "x"}).status_code == 400


@pytest.mark.parametrize(
    ("who", "reads", "grants", "withdraws"),
    [
        ("reporter", 200, 403, 302),
        ("co_reporter", 200, 403, 403),
        ("stranger", 404, 404, 404),
        ("coordinator", 200, 302, 403),
        ("leader", 404, 404, 404),
        ("auditor", 404, 404, 404),
        ("administrator", 404, 404, 404),
    ],
)
def test_each_role_does_with_a_request_what_it_may(
    who: str,
    reads: int,
    grants: int,
    withdraws: int,
    cast: Cast,
    asked: Extension,
    signed_in: Callable[[User], Client],
) -> None:
    client = signed_in(getattr(cast, who))
    assert client.get(address(asked)).status_code == reads
    assert client.post(address(asked), {"act": "grant"}).status_code == grants
    if grants != 302:
        assert client.post(address(asked), {"act": "withdraw"}).status_code == withdraws


def test_a_leader_reads_it_once_the_report_is_approved(
    cast: Cast, period: ReportingPeriod, asked: Extension, signed_in: Callable[[User], Client]
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    leader = signed_in(cast.leader)
    assert leader.get(address(asked)).status_code == 404
    signed_in(cast.coordinator).post(
        "/tasks/4/reports/2026-10/approve/", {"version": report.version}
    )
    assert leader.get(address(asked)).status_code == 200

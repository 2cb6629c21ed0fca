"""The pages of contributions, of dividing the measures, and "no change" for several at once."""

from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Role, User
from conftest import NOW, Cast, _person
from progress.models import Contribution, Report, ReportingPeriod
from progress.states import Move, ReportState
from progress.tests.acts import approved, saved, task_numbered
from progress.tests.test_contributions import agency_of, contributed
from progress.workflow import period_close, period_open, report_move
from tasks.models import MeasureDuty, Task

SignedIn = Callable[[User], Client]


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def task(cast: Cast) -> Task:
    """Task 11: 市商务局 compiles, 市数据局 has its own duty."""
    return task_numbered(11)


@pytest.fixture
def lead(cast: Cast) -> User:
    return _person("commerce", "商报", Role.REPORTER, "市商务局")


@pytest.fixture
def place(cast: Cast, period: ReportingPeriod) -> str:
    return f"/tasks/11/reports/2026-10/contributions/{cast.reporter.agency_id}/"


def typed(task: Task, text: str, *, version: int = 0, then: str = "submit") -> dict[str, object]:
    texts = {f"text_{pk}": text for pk in task.measures.values_list("pk", flat=True)}
    return {**texts, "remarks": "", "version": version, "then": then}


# --- Writing one -----------------------------------------------------------------------------


def test_an_agency_finds_what_it_owes_and_hands_it_over(
    cast: Cast, task: Task, place: str, signed_in: SignedIn
) -> None:
    client = signed_in(cast.reporter)
    mine = client.get("/my/")
    assert 11 in [one.row.number for one in mine.context["contributions"].owed.lines]
    assert f"{place}edit/" in mine.content.decode()
    assert client.get(f"{place}edit/").status_code == 200
    answer = client.post(f"{place}edit/", typed(task, "已制定清单"))
    assert answer["Location"] == "/my/"
    assert Contribution.objects.get().state == ReportState.SUBMITTED
    page = client.get(place)
    assert "已制定清单" in page.content.decode()
    assert client.get(f"{place}edit/").status_code == 409


def test_nothing_to_add_is_one_click_in_the_form(
    cast: Cast, task: Task, place: str, signed_in: SignedIn
) -> None:
    signed_in(cast.reporter).post(f"{place}edit/", typed(task, "", then="nothing"))
    one = Contribution.objects.get()
    assert (one.state, one.nothing_to_add) == (ReportState.SUBMITTED, True)


def test_one_that_says_nothing_stays_a_draft_and_says_what_to_do(
    cast: Cast, task: Task, place: str, signed_in: SignedIn
) -> None:
    answer = signed_in(cast.reporter).post(f"{place}edit/", typed(task, " "))
    assert answer.status_code == 400
    assert answer.context["form"].non_field_errors()
    assert Contribution.objects.get().state == ReportState.DRAFT


def test_the_later_of_two_saves_sees_both_texts(
    cast: Cast, task: Task, place: str, signed_in: SignedIn
) -> None:
    signed_in(cast.reporter).post(f"{place}edit/", typed(task, "先写的", then="stay"))
    answer = signed_in(cast.colleague).post(f"{place}edit/", typed(task, "后写的", then="stay"))
    assert answer.status_code == 409
    html = answer.content.decode()
    assert "先写的" in html
    assert "后写的" in html
    again = typed(task, "合并的", version=answer.context["form"]["version"].value(), then="stay")
    assert signed_in(cast.colleague).post(f"{place}edit/", again).status_code == 302


def test_the_form_saves_itself_and_never_hands_over(
    cast: Cast, task: Task, place: str, signed_in: SignedIn
) -> None:
    client = signed_in(cast.reporter)
    answer = client.post(f"{place}edit/", typed(task, "边写边存", then="autosave"))
    assert answer.json() == {"version": 1, "saved_at": "10:00"}
    again = client.post(f"{place}edit/", typed(task, "边写边存", version=1, then="autosave"))
    assert again.json()["version"] == 1
    one = Contribution.objects.get()
    assert (one.state, one.version) == (ReportState.DRAFT, 1)
    stale = signed_in(cast.colleague).post(f"{place}edit/", typed(task, "别的", then="autosave"))
    assert (stale.status_code, stale.json()["kind"]) == (409, "stale")
    long = typed(task, "长" * 10_001, version=1, then="autosave")
    assert client.post(f"{place}edit/", long).json()["kind"] == "invalid"
    client.post(f"{place}edit/", typed(task, "边写边存", version=1))
    closed = client.post(f"{place}edit/", typed(task, "还想写", version=2, then="autosave"))
    assert (closed.status_code, closed.json()["kind"]) == (409, "closed")


def test_the_lead_gives_one_back_and_the_agency_sees_why(
    cast: Cast, task: Task, period: ReportingPeriod, lead: User, place: str, signed_in: SignedIn
) -> None:
    one = contributed(task, period, cast.reporter)
    client = signed_in(lead)
    assert client.post(f"{place}return/", {"version": one.version}).status_code == 400
    answer = client.post(f"{place}return/", {"version": one.version, "reason": "请写明数量"})
    assert answer.status_code == 302
    client = signed_in(cast.reporter)
    assert "请写明数量" in client.get("/my/").content.decode()
    assert "请写明数量" in client.get(f"{place}edit/").content.decode()


# --- Who may, and when -----------------------------------------------------------------------

READERS = {
    "reporter": 200,
    "colleague": 200,
    "lead": 200,
    "coordinator": 200,
    "co_reporter": 404,
    "stranger": 404,
    "leader": 404,
    "auditor": 404,
    "administrator": 404,
}


@pytest.mark.parametrize("who", READERS)
def test_a_stranger_finds_nothing_and_the_wrong_role_may_not(
    who: str,
    cast: Cast,
    task: Task,
    period: ReportingPeriod,
    lead: User,
    place: str,
    signed_in: SignedIn,
) -> None:
    one = contributed(task, period, cast.reporter)
    client = signed_in({**cast.everyone(), "lead": lead}[who])
    read = READERS[who]
    assert client.get(place).status_code == read
    is_author = who in ("reporter", "colleague")
    writes = read if read == 404 else 409 if is_author else 403
    assert client.get(f"{place}edit/").status_code == writes
    withdraws = read if read == 404 else 302 if is_author else 403
    assert client.post(f"{place}withdraw/", {"version": one.version}).status_code == withdraws
    assert client.post(f"{place}take_over/", {"version": one.version}).status_code == 404


def test_a_wrong_state_is_told_and_keeps_the_reason_that_was_typed(
    cast: Cast, task: Task, period: ReportingPeriod, lead: User, place: str, signed_in: SignedIn
) -> None:
    one = contributed(task, period, cast.reporter)
    signed_in(cast.reporter).post(f"{place}withdraw/", {"version": one.version})
    answer = signed_in(lead).post(
        f"{place}return/", {"version": one.version, "reason": "请写明数量"}
    )
    # Withdrawn, it is the agency's own again: the lead knows that there is none.
    assert answer.status_code == 404
    one.refresh_from_db()
    one = contributed(task, period, cast.reporter)
    period_close(period=period, by=cast.coordinator, now=NOW)
    answer = signed_in(lead).post(
        f"{place}return/", {"version": one.version, "reason": "请写明数量"}
    )
    assert answer.status_code == 409
    assert "请写明数量" in answer.content.decode()


def test_an_agency_without_a_part_in_the_task_has_no_such_page(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    for pk in (cast.stranger.agency_id, 999_999):
        address = f"/tasks/4/reports/2026-10/contributions/{pk}/"
        assert signed_in(cast.coordinator).get(address).status_code == 404
    # The one that compiles writes the report itself.
    address = f"/tasks/4/reports/2026-10/contributions/{cast.reporter.agency_id}/"
    assert signed_in(cast.reporter).get(address).status_code == 404


# --- Dividing the measures -------------------------------------------------------------------


def test_the_lead_ticks_which_measures_concern_whom(
    cast: Cast, task: Task, lead: User, signed_in: SignedIn
) -> None:
    agency = agency_of(cast.reporter)
    first = task.measures.get(ordinal=1)
    client = signed_in(lead)
    rows = client.get("/tasks/11/duties/").context["rows"]
    assert all(choice.is_chosen for row in rows for choice in row.choices)
    answer = client.post("/tasks/11/duties/", {f"concerns_{first.pk}_{agency.pk}": "on"})
    assert answer["Location"] == "/tasks/11/"
    assert list(MeasureDuty.objects.values_list("measure", "agency")) == [(first.pk, agency.pk)]
    answer = client.post("/tasks/11/duties/", {})
    assert answer.status_code == 400
    assert "市数据局" in answer.context["problems"][0]
    assert MeasureDuty.objects.count() == 1


def test_nobody_else_divides_measures(
    cast: Cast, task: Task, lead: User, signed_in: SignedIn
) -> None:
    for name, person in cast.everyone().items():
        if not person.is_active:
            continue
        expected = 404 if name == "administrator" else 403
        reads = name in ("reporter", "colleague", "coordinator")
        page = signed_in(person).get("/tasks/11/duties/")
        assert page.status_code == (200 if reads else expected), name
        shown = page.content.partition(b"<main")[2].partition(b"</main>")[0]
        assert shown
        assert b'<button class="btn btn-primary"' not in shown
        assert signed_in(person).post("/tasks/11/duties/", {}).status_code == expected, name


# --- No change -------------------------------------------------------------------------------


def test_several_reports_without_change_are_handed_in_at_once(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    """Those that others owe something, or that were begun, stay and are named with what to do."""
    mine = list(Task.objects.led_by(cast.reporter.agency_ids).order_by("number"))
    for task in mine[:4]:
        approved(task, period, cast.reporter, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW)
    following = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    begun = saved(mine[0], following, cast.reporter)
    client = signed_in(cast.reporter)
    page = client.get("/my/")
    can_stay = [
        one.row.number for group in page.context["groups"] for one in group.tasks if one.can_stay
    ]
    by_duty = [task.number for task in mine[1:4] if task.division == "by_duty"]
    assert by_duty
    assert can_stay == [task.number for task in mine[1:4] if task.division != "by_duty"]
    answer = client.post(
        "/my/unchanged/",
        {"period": "2026-11", "report": [task.number for task in mine[:5]]},
        follow=True,
    )
    went = set(
        Report.objects.filter(period=following, state=ReportState.SUBMITTED).values_list(
            "task__number", flat=True
        )
    )
    assert went == {task.number for task in mine[1:4]} - set(by_duty)
    said = [str(message) for message in answer.context["messages"]]
    for number in (mine[0].number, mine[4].number, *by_duty):
        assert any(f"第{number}项任务" in sentence for sentence in said), (number, said)
    begun.refresh_from_db()
    assert begun.state == ReportState.DRAFT


def test_nothing_to_add_for_several_at_once(
    cast: Cast, task: Task, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    agency = agency_of(cast.reporter)
    client = signed_in(cast.reporter)
    values = [f"{number}-{agency.pk}" for number in (11, 14)]
    client.post("/my/unchanged/", {"period": "2026-10", "contribution": values})
    assert set(
        Contribution.objects.filter(nothing_to_add=True, state=ReportState.SUBMITTED).values_list(
            "task__number", flat=True
        )
    ) == {11, 14}


@pytest.mark.parametrize(
    "chosen",
    [
        {"report": "x"},
        {"report": "99999"},
        {"report": "1"},
        {"contribution": "11"},
        {"contribution": "11-x"},
        {"contribution": "11-999999"},
        {"contribution": "x-1"},
    ],
)
def test_what_is_not_the_agencys_is_not_found_and_nothing_goes(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn, chosen: dict[str, str]
) -> None:
    answer = signed_in(cast.reporter).post("/my/unchanged/", {"period": "2026-10", **chosen})
    assert answer.status_code == 404
    assert not Report.objects.exists()
    assert not Contribution.objects.exists()


def test_only_agencies_have_something_that_stays_unchanged(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    for person in (cast.coordinator, cast.leader, cast.auditor, cast.administrator):
        answer = signed_in(person).post("/my/unchanged/", {"period": "2026-10", "report": "4"})
        assert answer.status_code == 403


# --- Two leads -------------------------------------------------------------------------------


def test_the_other_lead_finds_the_question_and_answers_it(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    first = _person("health", "卫报", Role.REPORTER, "市卫生健康委")
    second = _person("drugs", "药报", Role.REPORTER, "市药监局")
    report = saved(task_numbered(22), period, first)
    client = signed_in(second)
    [shared] = client.get("/my/").context["shared_leads"]
    assert (shared.row.number, shared.waits) == (22, False)
    report_move(report=report, move=Move.ASK, by=first, now=NOW)
    [shared] = client.get("/my/").context["shared_leads"]
    assert (shared.asked_on, shared.waits) == (NOW.date(), True)
    address = "/tasks/22/reports/2026-10/"
    assert client.post(f"{address}object/", {"version": report.version}).status_code == 400
    assert client.post(f"{address}agree/", {"version": report.version}).status_code == 302
    [shared] = client.get("/my/").context["shared_leads"]
    assert shared.answer.agrees


# --- Cost ------------------------------------------------------------------------------------


def test_my_tasks_cost_the_same_however_many_contributions_there_are(
    cast: Cast, task: Task, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    client = signed_in(cast.reporter)
    contributed(task, period, cast.reporter)
    with CaptureQueriesContext(connection) as few:
        client.get("/my/")
    for number in (14, 119, 122, 26):
        contributed(task_numbered(number), period, cast.reporter)
    with CaptureQueriesContext(connection) as many:
        client.get("/my/")
    assert len(many) == len(few)

"""A form that saves itself: what the server answers, and that it never does more than save."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Report, ReportEvent, ReportingPeriod
from progress.states import Move, ReportState
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import (
    LONGEST_TEXT,
    content_of,
    content_to_start_from,
    period_close,
    period_open,
    report_move,
)
from tasks.models import Status

EDIT = "/tasks/4/reports/2026-10/edit/"
AS_SCRIPT = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def writer(cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.reporter)


def typed(version: int, text: str = "已推进", **more: object) -> dict[str, object]:
    fields: dict[str, object] = {"version": version, "then": "autosave"}
    for measure in task_numbered(4).measures.all():
        fields[f"status_{measure.pk}"] = Status.IN_PROGRESS
        fields[f"text_{measure.pk}"] = text
    return fields | {"problems": "问题", "next_steps": "下一步", "coordination": ""} | more


def stored() -> Report:
    return Report.objects.get(task__number=4, period__code="2026-10")


def test_a_draft_that_saves_itself_says_as_which_version_and_when(writer: Client) -> None:
    answer = writer.post(EDIT, typed(0), headers=AS_SCRIPT)
    assert (answer.status_code, answer.json()) == (200, {"version": 1, "saved_at": "10:00"})
    assert {m.text for m in content_of(stored()).measures} == {"已推进"}
    with time_machine.travel(NOW + dt.timedelta(minutes=23), tick=False):
        again = writer.post(EDIT, typed(1, "又推进了"), headers=AS_SCRIPT)
    assert again.json() == {"version": 2, "saved_at": "10:23"}
    assert "Set-Cookie" not in again.headers  # no message waits for the next page


def test_it_never_hands_in_and_leaves_no_trace_in_the_history(writer: Client) -> None:
    writer.post(EDIT, typed(0), headers=AS_SCRIPT)
    assert stored().state == ReportState.DRAFT
    assert not ReportEvent.objects.exists()


def test_nothing_is_saved_where_nothing_has_changed(writer: Client, cast: Cast) -> None:
    writer.post(EDIT, typed(0), headers=AS_SCRIPT)
    with time_machine.travel(NOW + dt.timedelta(minutes=23), tick=False):
        answer = writer.post(EDIT, typed(1), headers=AS_SCRIPT)
    assert answer.json() == {"version": 1, "saved_at": "10:00"}
    assert stored().updated_at == NOW


def test_opening_a_form_and_sending_it_as_it_is_begins_no_report(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    address = "/tasks/4/reports/2026-11/edit/"
    page = writer.get(address)
    fields = {name: page.context["form"][name].value() for name in page.context["form"].fields}
    answer = writer.post(address, fields | {"then": "autosave", "reason": ""}, headers=AS_SCRIPT)
    assert answer.json() == {"version": 0, "saved_at": ""}
    assert not Report.objects.filter(period=november).exists()
    assert content_to_start_from(task=task_numbered(4), period=november).measures


def test_the_same_words_sent_again_after_a_lost_answer_are_no_conflict(writer: Client) -> None:
    writer.post(EDIT, typed(0), headers=AS_SCRIPT)
    again = writer.post(EDIT, typed(0), headers=AS_SCRIPT)
    assert (again.status_code, again.json()["version"]) == (200, 1)
    by_button = writer.post(EDIT, typed(0) | {"then": "stay"})
    assert by_button.status_code == 302
    assert stored().version == 1


def test_handing_in_again_after_a_lost_answer_finds_it_handed_in(writer: Client) -> None:
    assert writer.post(EDIT, typed(0, then="submit")).status_code == 302
    again = writer.post(EDIT, typed(0, then="submit"))
    assert (again.status_code, again["Location"]) == (302, "/my/")
    other = writer.post(EDIT, typed(0, "别的文字", then="submit"))
    assert other.status_code == 409
    assert ReportEvent.objects.count() == 1


def test_the_same_words_of_somebody_else_are_a_conflict_and_are_not_written_over(
    writer: Client, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    signed_in(cast.colleague).post(EDIT, typed(0, "同事写的"), headers=AS_SCRIPT)
    answer = writer.post(EDIT, typed(0, "我写的"), headers=AS_SCRIPT)
    assert (answer.status_code, answer.json()["kind"]) == (409, "stale")
    assert "赵同" in answer.json()["problem"]
    assert {m.text for m in content_of(stored()).measures} == {"同事写的"}
    assert writer.post(EDIT, typed(0, "同事写的"), headers=AS_SCRIPT).json()["kind"] == "stale"


def test_what_cannot_be_saved_any_more_says_why(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    handed_in(task_numbered(4), period, cast.colleague)
    for version in (1, 2):
        answer = writer.post(EDIT, typed(version), headers=AS_SCRIPT)
        assert (answer.status_code, answer.json()["kind"]) == (409, "closed")
    report_move(report=stored(), move=Move.WITHDRAW, by=cast.colleague, now=NOW)
    period_close(period=period, by=cast.coordinator, now=NOW)
    answer = writer.post(EDIT, typed(3), headers=AS_SCRIPT)
    assert (answer.status_code, answer.json()["kind"]) == (409, "closed")
    assert "2026-10" in answer.json()["problem"]


def test_a_text_that_is_too_long_is_named_with_its_field(writer: Client) -> None:
    answer = writer.post(EDIT, typed(0, problems="长" * (LONGEST_TEXT + 1)), headers=AS_SCRIPT)
    assert (answer.status_code, answer.json()["kind"]) == (400, "invalid")
    problem = answer.json()["problem"]
    assert problem.startswith("“存在问题”")
    assert f"{LONGEST_TEXT + 1}" in problem
    assert not Report.objects.exists()


def test_of_a_measures_text_that_is_too_long_it_is_said_which_measure(writer: Client) -> None:
    second = task_numbered(4).measures.get(ordinal=2)
    long = {f"text_{second.pk}": "长" * (LONGEST_TEXT + 2000)}
    sentence = str(writer.post(EDIT, typed(0, **long), headers=AS_SCRIPT).json()["problem"])
    assert "2" in sentence.partition("“")[0]
    assert "“进展情况”" in sentence
    assert f"{LONGEST_TEXT}" in sentence
    assert f"{LONGEST_TEXT + 2000}" in sentence
    # The page says it in the same words, at the field and above the form.
    answer = writer.post(EDIT, typed(0, **long) | {"then": "stay"})
    assert answer.status_code == 400
    page = answer.content.decode()
    assert f">{sentence}</a>" in page
    assert f"<span>{sentence}</span>" in page


def test_who_saved_in_another_window_is_not_told_of_somebody_else(writer: Client) -> None:
    writer.post(EDIT, typed(0), headers=AS_SCRIPT)
    answer = writer.post(EDIT, typed(0, "在另一窗口写的"), headers=AS_SCRIPT)
    assert (answer.status_code, answer.json()["kind"]) == (409, "stale")
    assert "张报" not in answer.json()["problem"]
    page = writer.post(EDIT, typed(0, "在另一窗口写的") | {"then": "stay"}).content.decode()
    assert answer.json()["problem"] in page
    assert "在另一窗口写的</textarea>" in page


def test_who_saved_a_contribution_in_another_window_is_not_told_of_somebody_else(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.co_reporter)
    address = f"/tasks/4/reports/2026-10/contributions/{cast.co_reporter.agency_id}/edit/"
    client.post(address, typed(0, remarks="备注"), headers=AS_SCRIPT)
    answer = client.post(address, typed(0, remarks="在另一窗口写的"), headers=AS_SCRIPT)
    assert (answer.status_code, answer.json()["kind"]) == (409, "stale")
    assert "钱配" not in answer.json()["problem"]


def test_nothing_is_saved_in_the_name_of_who_has_signed_in_since(
    writer: Client, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.colleague).post(
        EDIT, typed(0, writer=cast.reporter.pk), headers=AS_SCRIPT
    )
    assert (answer.status_code, answer.json()["kind"]) == (409, "other_person")
    assert "赵同" in answer.json()["problem"]
    assert not Report.objects.exists()


def test_a_form_asks_who_is_signed_in_and_for_the_key_of_the_session(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    saved(task_numbered(4), period, cast.reporter)
    said = writer.get(EDIT, headers=AS_SCRIPT).json()
    assert (said["writer"], said["version"]) == (cast.reporter.pk, 1)
    with_checks = Client(enforce_csrf_checks=True)
    with_checks.force_login(cast.reporter)
    key = with_checks.get(EDIT, headers=AS_SCRIPT).json()["csrf"]
    fields = typed(1, "又推进了")
    assert with_checks.post(EDIT, fields, headers=AS_SCRIPT).status_code == 403
    answer = with_checks.post(EDIT, fields | {"csrfmiddlewaretoken": key}, headers=AS_SCRIPT)
    assert answer.json()["version"] == 2


def test_who_is_signed_out_is_told_in_words_for_the_script(
    cast: Cast, period: ReportingPeriod
) -> None:
    for answer in (
        Client().get(EDIT, headers=AS_SCRIPT),
        Client().post(EDIT, typed(0), headers=AS_SCRIPT),
    ):
        assert (answer.status_code, answer.json()["kind"]) == (403, "signed_out")


@pytest.mark.parametrize(
    ("who", "expected"),
    [("co_reporter", 403), ("coordinator", 403), ("stranger", 404), ("leader", 404)],
)
def test_only_the_lead_agency_saves(
    who: str,
    expected: int,
    cast: Cast,
    period: ReportingPeriod,
    signed_in: Callable[[User], Client],
) -> None:
    client = signed_in(getattr(cast, who))
    assert client.post(EDIT, typed(0), headers=AS_SCRIPT).status_code == expected
    assert client.get(EDIT, headers=AS_SCRIPT).status_code == expected
    assert not Report.objects.exists()


def test_the_page_says_who_writes_what_and_what_is_stored(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    fresh = writer.get(EDIT).content.decode()
    assert f'data-draft="{cast.reporter.pk}|4|2026-10"' in fresh
    assert "data-saved-at" not in fresh
    assert "data-unsaved" not in fresh
    saved(task_numbered(4), period, cast.colleague)
    page = writer.get(EDIT).content.decode()
    assert "data-saved-at" in page
    assert "data-saved-by-writer" not in page
    assert "赵同" in page  # who saved last, said at the buttons
    refused = writer.post(EDIT, typed(1, problems="长" * (LONGEST_TEXT + 1), then="stay"))
    assert "data-unsaved" in refused.content.decode()

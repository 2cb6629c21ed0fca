"""The form of a report: saved, handed in, refused, and never losing what was typed."""

import re
from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from agencies.accounts import agency_acts_through_set
from agencies.models import Agency, User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.states import Move, ReportState
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import LONGEST_TEXT, content_of, period_close, period_open, report_move
from tasks.models import Status

EDIT = "/tasks/4/reports/2026-10/edit/"
UNCHANGED = "/tasks/4/reports/2026-10/unchanged/"
ERRORS_AT = re.compile(r'href="#(id_text_\d+)"')


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def writer(cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.reporter)


def typed(
    version: int = 0, *, status: str = Status.IN_PROGRESS, text: str = "已推进"
) -> dict[str, object]:
    fields: dict[str, object] = {"version": version}
    for measure in task_numbered(4).measures.all():
        fields[f"status_{measure.pk}"] = status
        fields[f"text_{measure.pk}"] = text
    return fields | {"problems": "存在的问题", "next_steps": "下一步", "coordination": ""}


def stored() -> Report:
    return Report.objects.get(task__number=4, period__code="2026-10")


def test_a_draft_is_saved_and_the_form_shows_it_again(writer: Client) -> None:
    answer = writer.post(EDIT, typed(text="第一段\r\n　　第二段  \r\n") | {"then": "stay"})
    assert answer["Location"] == EDIT
    report = stored()
    assert (report.state, report.version) == (ReportState.DRAFT, 1)
    # One character for each line end, indents kept, blanks at the end gone.
    assert {m.text for m in content_of(report).measures} == {"第一段\n　　第二段"}
    page = writer.get(EDIT)
    assert page.context["form"]["version"].value() == 1
    assert "第一段\n　　第二段</textarea>" in page.content.decode()


def test_saving_and_submitting_is_one_click(writer: Client) -> None:
    answer = writer.post(EDIT, typed() | {"then": "submit"})
    assert answer["Location"] == "/my/"
    assert stored().state == ReportState.SUBMITTED
    assert stored().handed_in_on == NOW.date()


def test_an_incomplete_report_is_kept_as_a_draft_and_says_where(writer: Client) -> None:
    fields = typed()
    measure = task_numbered(4).measures.order_by("ordinal")[0]
    fields[f"text_{measure.pk}"] = "  "
    answer = writer.post(EDIT, fields | {"then": "submit"})
    assert answer.status_code == 400
    assert ERRORS_AT.findall(answer.content.decode()) == [f"id_text_{measure.pk}"]
    assert f'aria-describedby="id_text_{measure.pk}_error"' in answer.content.decode()
    assert (stored().state, stored().problems) == (ReportState.DRAFT, "存在的问题")
    # What the page now holds can be sent again as it is.
    fields["version"] = answer.context["form"]["version"].value()
    fields[f"text_{measure.pk}"] = "已补"
    assert writer.post(EDIT, fields | {"then": "submit"}).status_code == 302
    assert stored().state == ReportState.SUBMITTED


@pytest.mark.parametrize("then", ["stay", "submit"])
def test_what_cannot_be_saved_stays_in_the_form(writer: Client, then: str) -> None:
    long = "长" * (LONGEST_TEXT + 1)
    answer = writer.post(EDIT, typed(text=long) | {"then": then})
    assert answer.status_code == 400
    assert long in answer.content.decode()
    assert "存在的问题" in answer.content.decode()
    assert not Report.objects.exists()


def test_a_status_that_is_none_and_a_missing_version_are_refused(writer: Client) -> None:
    assert writer.post(EDIT, typed(status="done")).status_code == 400
    fields = typed()
    del fields["version"]
    assert writer.post(EDIT, fields).status_code == 400
    assert not Report.objects.exists()


def test_the_later_of_two_writers_sees_both_texts_and_saves_knowingly(
    writer: Client, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    colleague = signed_in(cast.colleague)
    colleague.post(EDIT, typed(text="同事写的") | {"problems": "同事的问题"})
    answer = writer.post(EDIT, typed(text="我写的"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert {m.text for m in content_of(stored()).measures} == {"同事写的"}
    assert "我写的</textarea>" in page
    assert "同事写的" in page
    assert "同事的问题" in page
    assert "赵同" in page  # who saved in between
    # The next step was the same in both: only what differs is shown twice.
    assert page.count("下一步</textarea>") == 1
    assert [one.stored for one in answer.context["form"].prose_fields()] == [
        "同事的问题",
        None,
        None,
    ]
    version = answer.context["form"]["version"].value()
    assert writer.post(EDIT, typed(version, text="我写的")).status_code == 302
    assert {m.text for m in content_of(stored()).measures} == {"我写的"}


def test_what_was_typed_stands_when_the_report_was_handed_in_meanwhile(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    handed_in(task_numbered(4), period, cast.colleague)
    answer = writer.post(EDIT, typed(1, text="我写的") | {"then": "submit"})
    assert answer.status_code == 409
    assert "我写的</textarea>" in answer.content.decode()
    assert 'name="then"' not in answer.content.decode()  # there is nowhere to save it
    assert stored().state == ReportState.SUBMITTED


def test_nothing_is_written_for_a_closed_period(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    assert writer.get(EDIT).status_code == 409
    answer = writer.post(EDIT, typed(text="我写的"))
    assert answer.status_code == 409
    assert "我写的</textarea>" in answer.content.decode()
    assert not Report.objects.exists()


def test_a_returned_report_shows_why_above_the_form(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    report_move(report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充数字")
    assert "请补充数字" in writer.get(EDIT).content.decode()


@pytest.mark.parametrize(
    ("who", "expected"),
    [("co_reporter", 403), ("coordinator", 403), ("stranger", 404), ("leader", 404)],
)
@pytest.mark.parametrize("address", [EDIT, UNCHANGED])
def test_only_the_lead_agency_writes(
    who: str,
    expected: int,
    address: str,
    cast: Cast,
    period: ReportingPeriod,
    signed_in: Callable[[User], Client],
) -> None:
    answer = signed_in(getattr(cast, who)).post(address, typed())
    assert answer.status_code == expected
    assert not Report.objects.exists()


def test_another_agency_of_the_task_is_shown_the_way_to_its_own_contribution(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    own = f"{EDIT.removesuffix('edit/')}contributions/{cast.co_reporter.agency_id}/edit/"
    answer = signed_in(cast.co_reporter).get(EDIT)
    assert answer.status_code == 403
    assert f'href="{own}"' in answer.content.decode()
    assert "contributions" not in signed_in(cast.coordinator).get(EDIT).content.decode()


def test_a_report_that_has_to_be_withdrawn_first_is_one_click_away(writer: Client) -> None:
    writer.post(EDIT, typed() | {"then": "submit"})
    answer = writer.get(EDIT)
    assert answer.status_code == 409
    assert f'href="{EDIT.removesuffix("edit/")}"' in answer.content.decode()


def test_a_body_of_members_is_named_where_another_agency_writes_for_it(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    body = Agency.objects.get(name="市数据安全工作协调机制成员单位")
    assert cast.reporter.agency is not None
    agency_acts_through_set(now=NOW, agency=body, through=cast.reporter.agency, by=cast.coordinator)
    writer, report = signed_in(cast.reporter), "/tasks/131/reports/2026-10/"
    saved(task_numbered(131), period, cast.reporter)
    for address in (report, f"{report}edit/"):
        assert f"代“{body.name}”填报" in writer.get(address).content.decode()
    for address in (EDIT, EDIT.removesuffix("edit/")):
        assert writer.get(address).context["on_behalf_of"] == ""
    assert signed_in(cast.coordinator).get(report).context["on_behalf_of"] == ""


def test_unknown_tasks_and_periods_are_not_found(writer: Client) -> None:
    for address in ("/tasks/999/reports/2026-10/edit/", "/tasks/4/reports/2027-01/edit/"):
        assert writer.get(address).status_code == 404


# --- Starting from what was last approved ----------------------------------------------------


@pytest.fixture
def november(cast: Cast, period: ReportingPeriod) -> ReportingPeriod:
    """Task 4's report of October is approved, and November is open."""
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    return period_open(code="2026-11", by=cast.coordinator, now=NOW)


def test_a_new_report_starts_from_the_last_approved_one(
    writer: Client, november: ReportingPeriod
) -> None:
    page = writer.get("/tasks/4/reports/2026-11/edit/")
    assert "举措1已推进</textarea>" in page.content.decode()
    assert page.context["form"]["version"].value() == 0
    assert "/tasks/4/reports/2026-11/unchanged/" in page.content.decode()


def test_no_change_is_one_click_and_asks_for_nothing_more(
    writer: Client, november: ReportingPeriod
) -> None:
    answer = writer.post("/tasks/4/reports/2026-11/unchanged/")
    assert answer["Location"] == "/my/"
    report = Report.objects.get(period=november)
    assert report.state == ReportState.SUBMITTED
    assert content_of(report) == content_of(stored())


def test_no_change_never_overwrites_what_somebody_has_begun(
    writer: Client, cast: Cast, november: ReportingPeriod
) -> None:
    saved(task_numbered(4), november, cast.colleague, Status.COMPLETED)
    assert writer.post("/tasks/4/reports/2026-11/unchanged/").status_code == 409
    assert Report.objects.get(period=november).state == ReportState.DRAFT


def test_no_change_since_nothing_is_a_conflict(writer: Client) -> None:
    assert writer.post(UNCHANGED).status_code == 409
    assert not Report.objects.exists()

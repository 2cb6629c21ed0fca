"""The form of the lead: what others have added, what they owe, what the other lead says."""

from collections.abc import Callable
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, Role, User
from conftest import NOW, Cast, _person
from progress.models import Contribution, Report, ReportEvent, ReportingPeriod
from progress.pages.lapsing import answers_to, lapsed_sentence
from progress.states import Move, ReportState
from progress.tests.acts import saved, task_numbered
from progress.workflow import (
    NOT_BEGUN,
    ContributionContent,
    MeasureText,
    content_of,
    contribution_move,
    contribution_save,
    report_move,
)
from tasks.models import Division, Measure, Responsibility, ResponsibilityRole, Status, Task

EDIT = "/tasks/4/reports/2026-10/edit/"


@pytest.fixture(autouse=True)
def _now() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def writer(cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.reporter)


def typed(version: int = 0, text: str = "牵头写的", **more: object) -> dict[str, object]:
    fields: dict[str, object] = {"version": version}
    for measure in task_numbered(4).measures.all():
        fields[f"status_{measure.pk}"] = Status.IN_PROGRESS
        fields[f"text_{measure.pk}"] = text
    return fields | {"problems": "", "next_steps": "", "coordination": ""} | more


def stored() -> Report:
    return Report.objects.get(task__number=4, period__code="2026-10")


def begun(
    period: ReportingPeriod, by: User, text: str, remarks: str = "", *, nothing: bool = False
) -> Contribution:
    """A contribution of this person's agency to task 4, in its writers' hands."""
    assert by.agency is not None
    task = task_numbered(4)
    before = Contribution.objects.filter(task=task, period=period, agency=by.agency).first()
    return contribution_save(
        task=task,
        period=period,
        agency=by.agency,
        by=by,
        now=NOW,
        content=ContributionContent(
            tuple(
                MeasureText(one.pk, one.ordinal, text)
                for one in Measure.objects.concerning(task.pk, by.agency.pk)
            ),
            remarks,
            nothing,
        ),
        version=before.version if before else NOT_BEGUN,
    )


def contributed(
    period: ReportingPeriod, by: User, text: str, remarks: str = "", *, nothing: bool = False
) -> Contribution:
    one = begun(period, by, text, remarks, nothing=nothing)
    return contribution_move(contribution=one, move=Move.SUBMIT, by=by, now=NOW)


def industry() -> User:
    return _person("industry", "工报", Role.REPORTER, "市工业和信息化局")


# --- Taking over -----------------------------------------------------------------------------


def test_each_agency_has_its_line_and_texts_stand_where_they_belong(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    contributed(period, cast.co_reporter, "发改的进展", "发改的问题")
    begun(period, industry(), "工信还没写完")
    page = writer.get(EDIT)
    text = page.content.decode()
    others = page.context["others"]
    assert [row.agency.name for row in others.rows] == ["市发展改革委", "市工业和信息化局"]
    assert text.count("发改的进展") == task_numbered(4).measures.count()
    assert text.count("发改的问题") == 1
    assert "工信还没写完" not in text  # not the lead's yet
    assert text.count('name="take_over"') == 1


def test_taking_over_saves_what_is_typed_together_with_what_was_contributed(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    one = contributed(period, cast.co_reporter, "发改的进展", "发改的问题")
    answer = writer.post(EDIT, typed(take_over=one.pk))
    assert answer["Location"] == EDIT
    content = content_of(stored())
    assert {m.text for m in content.measures} == {"牵头写的\n市发展改革委：发改的进展"}
    assert content.problems == "市发展改革委：发改的问题"
    assert stored().state == ReportState.DRAFT
    page = writer.get(EDIT).content.decode()
    assert 'name="take_over"' not in page


def test_a_contribution_that_changed_since_can_be_taken_over_anew(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    one = contributed(period, cast.co_reporter, "发改的进展")
    writer.post(EDIT, typed(take_over=one.pk))
    contribution_move(contribution=one, move=Move.WITHDRAW, by=cast.co_reporter, now=NOW)
    contributed(period, cast.co_reporter, "发改补充的进展")
    page = writer.get(EDIT)
    assert [row.changed_since for row in page.context["others"].rows] == [True, False]
    assert 'name="take_over"' in page.content.decode()


def test_a_contribution_that_was_withdrawn_meanwhile_leaves_what_was_typed_to_be_saved(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    one = contributed(period, cast.co_reporter, "发改的进展")
    contribution_move(contribution=one, move=Move.RETURN, by=cast.reporter, now=NOW, reason="补充")
    answer = writer.post(EDIT, typed(text="牵头新写的", take_over=one.pk))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "牵头新写的</textarea>" in page
    assert 'value="stay"' in page  # it can be saved all the same
    assert not Report.objects.exists()


def test_taking_over_into_a_report_that_somebody_saved_meanwhile_shows_both_texts(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    one = contributed(period, cast.co_reporter, "发改的进展")
    saved(task_numbered(4), period, cast.colleague)
    answer = writer.post(EDIT, typed(take_over=one.pk))
    assert answer.status_code == 409
    assert "牵头写的</textarea>" in answer.content.decode()
    one.refresh_from_db()
    assert one.taken_over_version is None


@pytest.mark.parametrize("which", ["0", "x", "", "-1", "999999999"])
def test_taking_over_what_is_none_is_not_found(writer: Client, which: str) -> None:
    assert writer.post(EDIT, typed(take_over=which)).status_code == 404
    assert not Report.objects.exists()


def test_taking_over_the_contribution_to_another_report_is_not_found(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    other = Task.objects.exclude(number=4).filter(
        responsibilities__agency=cast.co_reporter.agency, responsibilities__position__gt=1
    )[0]
    assert cast.co_reporter.agency is not None
    one = contribution_save(
        task=other,
        period=period,
        agency=cast.co_reporter.agency,
        by=cast.co_reporter,
        now=NOW,
        content=ContributionContent(
            tuple(
                MeasureText(m.pk, m.ordinal, "别的任务")
                for m in Measure.objects.concerning(other.pk, cast.co_reporter.agency.pk)
            )
        ),
        version=NOT_BEGUN,
    )
    contribution_move(contribution=one, move=Move.SUBMIT, by=cast.co_reporter, now=NOW)
    assert writer.post(EDIT, typed(take_over=one.pk)).status_code == 404


def test_who_does_not_lead_takes_nothing_over(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    one = contributed(period, cast.co_reporter, "发改的进展")
    for who, expected in [("co_reporter", 403), ("coordinator", 403), ("stranger", 404)]:
        answer = signed_in(getattr(cast, who)).post(EDIT, typed(take_over=one.pk))
        assert answer.status_code == expected
    assert not Report.objects.exists()


def test_queries_do_not_grow_with_the_agencies(
    writer: Client, cast: Cast, period: ReportingPeriod
) -> None:
    contributed(period, cast.co_reporter, "发改的进展")
    writer.get(EDIT)
    with CaptureQueriesContext(
        connection,
    ) as few:
        writer.get(EDIT)
    task = task_numbered(4)
    taking_part = task.responsibilities.values("agency")
    for position, agency in enumerate(Agency.objects.exclude(pk__in=taking_part)[:20], 10):
        Responsibility.objects.create(
            task=task,
            agency=agency,
            role=ResponsibilityRole.CO,
            position=position,
            written_name=agency.name,
        )
        person = User.objects.create_user(
            f"person-{agency.pk}", None, name="某", role=Role.REPORTER, agency=agency
        )
        contributed(period, person, f"{agency.name}的进展", "问题")
    with CaptureQueriesContext(connection) as many:
        page = writer.get(EDIT)
    assert len(page.context["others"].rows) == 22
    assert len(many) == len(few)


# --- By duty: who owes one -------------------------------------------------------------------


@pytest.fixture
def by_duty(cast: Cast) -> None:
    Task.objects.filter(number=4).update(division=Division.BY_DUTY)


def test_who_owes_a_contribution_is_named_where_the_report_is_handed_in(
    writer: Client, cast: Cast, period: ReportingPeriod, by_duty: None
) -> None:
    contributed(period, cast.co_reporter, "", nothing=True)
    page = writer.get(EDIT)
    assert [one.name for one in page.context["others"].missing] == ["市工业和信息化局"]
    assert 'name="reason"' in page.content.decode()


def test_without_a_reason_it_is_kept_as_a_draft_and_the_field_says_so(
    writer: Client, cast: Cast, by_duty: None
) -> None:
    answer = writer.post(EDIT, typed(then="submit"))
    page = answer.content.decode()
    assert answer.status_code == 400
    assert 'href="#id_reason"' in page
    assert "市发展改革委、市工业和信息化局" in page
    assert stored().state == ReportState.DRAFT
    version = answer.context["form"]["version"].value()
    again = writer.post(EDIT, typed(version, then="submit", reason="催了三次仍未反馈"))
    assert again["Location"] == "/my/"
    event = ReportEvent.objects.get()
    assert event.reason == "催了三次仍未反馈"
    assert event.content["without"]["contributions"] == ["市发展改革委", "市工业和信息化局"]


def test_a_reason_is_not_asked_for_where_nothing_is_missing(
    writer: Client, cast: Cast, period: ReportingPeriod, by_duty: None
) -> None:
    contributed(period, cast.co_reporter, "发改的进展")
    contributed(period, industry(), "工信的进展")
    assert 'name="reason"' not in writer.get(EDIT).content.decode()
    assert writer.post(EDIT, typed(then="submit"))["Location"] == "/my/"


# --- Two leads -------------------------------------------------------------------------------


@pytest.fixture
def co_lead(cast: Cast) -> None:
    """市发展改革委 leads task 4 too; the co-reporter speaks for it."""
    Task.objects.filter(number=4).update(division=Division.CO_LEAD)
    Responsibility.objects.filter(task__number=4, position=2).update(role=ResponsibilityRole.LEAD)


def test_saving_and_asking_for_agreement_is_one_click(writer: Client, co_lead: None) -> None:
    assert 'value="ask"' in writer.get(EDIT).content.decode()
    answer = writer.post(EDIT, typed(then="ask"))
    assert answer["Location"] == EDIT
    assert stored().agreement_asked_at == NOW
    assert "2026-10-22" in writer.get(EDIT).content.decode()


def test_a_task_with_one_lead_offers_no_asking(writer: Client) -> None:
    assert 'value="ask"' not in writer.get(EDIT).content.decode()
    answer = writer.post(EDIT, typed(then="ask"))
    assert answer.status_code == 409
    assert "牵头写的</textarea>" in answer.content.decode()
    assert stored().state == ReportState.DRAFT


def test_handing_in_without_an_answer_keeps_the_draft_and_says_what_to_do(
    writer: Client, co_lead: None
) -> None:
    answer = writer.post(EDIT, typed(then="submit"))
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "市发展改革委" in page
    assert "牵头写的</textarea>" in page
    assert 'value="ask"' in page
    assert (stored().state, stored().version) == (ReportState.DRAFT, 1)
    # The page can be sent on as it is.
    assert answer.context["form"]["version"].value() == "1"


def test_once_agreed_it_goes_and_a_changed_text_has_to_be_asked_about_anew(
    writer: Client, cast: Cast, co_lead: None
) -> None:
    writer.post(EDIT, typed(then="ask"))
    report_move(report=stored(), move=Move.AGREE, by=cast.co_reporter, now=NOW)
    page = writer.get(EDIT).content.decode()
    assert "钱配" in page
    assert 'name="reason"' not in page
    changed = writer.post(EDIT, typed(1, "改了", then="submit"))
    assert changed.status_code == 409
    assert stored().agreement_asked_at is None
    writer.post(EDIT, typed(2, "改了", then="ask"))
    report_move(report=stored(), move=Move.AGREE, by=cast.co_reporter, now=NOW)
    assert writer.post(EDIT, typed(3, "改了", then="submit"))["Location"] == "/my/"


def test_asking_about_a_returned_report_leaves_the_reason_in_sight(
    writer: Client, cast: Cast, co_lead: None
) -> None:
    writer.post(EDIT, typed())
    report_move(report=stored(), move=Move.ASK, by=cast.reporter, now=NOW)
    report_move(report=stored(), move=Move.AGREE, by=cast.co_reporter, now=NOW)
    report_move(report=stored(), move=Move.SUBMIT, by=cast.reporter, now=NOW)
    report_move(
        report=stored(), move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充数据"
    )
    writer.post(EDIT, typed(stored().version, "补充了", then="ask"))
    assert stored().events.latest("pk").move == Move.ASK
    assert writer.get(EDIT).context["returned"].reason == "请补充数据"
    assert "请补充数据" in writer.get("/my/").content.decode()


def test_over_an_objection_it_goes_with_a_reason_alone(
    writer: Client, cast: Cast, co_lead: None
) -> None:
    writer.post(EDIT, typed(then="ask"))
    report_move(report=stored(), move=Move.OBJECT, by=cast.co_reporter, now=NOW, reason="数字不对")
    page = writer.get(EDIT).content.decode()
    assert "数字不对" in page
    assert 'name="reason"' in page
    refused = writer.post(EDIT, typed(1, then="submit"))
    assert refused.status_code == 400
    assert 'href="#id_reason"' in refused.content.decode()
    # What is stored has not changed, so the objection stands and the reason answers it.
    version = refused.context["form"]["version"].value()
    sent = writer.post(EDIT, typed(version, then="submit", reason="以统计口径为准"))
    assert sent["Location"] == "/my/"


def test_while_a_question_or_an_answer_stands_nothing_saves_itself(
    writer: Client, cast: Cast, co_lead: None
) -> None:
    assert 'data-saves="yes"' in writer.get(EDIT).content.decode()
    writer.post(EDIT, typed(then="ask"))
    for answered in (False, True):
        if answered:
            report_move(report=stored(), move=Move.AGREE, by=cast.co_reporter, now=NOW)
        assert 'data-saves="asked"' in writer.get(EDIT).content.decode()
        version = stored().version
        answer = writer.post(EDIT, typed(version, "改一个字", then="autosave"))
        assert (answer.status_code, answer.json()["kind"]) == (409, "asked")
        # What is stored already is no change, and takes nothing back.
        same = writer.post(EDIT, typed(version, then="autosave"))
        assert same.json()["version"] == version
        assert stored().agreement_asked_at == NOW
    assert stored().agreements.get().agrees


@pytest.mark.parametrize("then", ["stay", "ask", "submit"])
@pytest.mark.parametrize("answer", [None, Move.AGREE, Move.OBJECT])
def test_a_changed_text_that_is_saved_by_a_button_says_what_it_has_taken_back(
    writer: Client, cast: Cast, co_lead: None, answer: Move | None, then: str
) -> None:
    writer.post(EDIT, typed(then="ask"))
    if answer:
        report_move(report=stored(), move=answer, by=cast.co_reporter, now=NOW, reason="数字不对")
    before = answers_to(stored())
    page = writer.post(EDIT, typed(stored().version, "改了", then=then), follow=True)
    report = stored()
    assert (report.agreement_asked_at is not None) == (then == "ask")
    assert not report.agreements.exists()
    report.agreement_asked_at = None
    said = lapsed_sentence(before, report)
    assert said
    assert ("市发展改革委" in said) == (answer == Move.AGREE)
    # Asking again in the place of a question that nobody has answered takes nothing away.
    is_worth_saying = bool(answer) or then != "ask"
    assert (said in unescape(page.content.decode())) == is_worth_saying


def test_saving_the_same_text_by_a_button_takes_nothing_back(
    writer: Client, cast: Cast, co_lead: None
) -> None:
    writer.post(EDIT, typed(then="ask"))
    report_move(report=stored(), move=Move.AGREE, by=cast.co_reporter, now=NOW)
    writer.post(EDIT, typed(stored().version, then="stay"))
    assert stored().agreements.get().agrees

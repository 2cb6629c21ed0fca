"""A report's page: the part of the other agencies in it, what was changed, what was corrected."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, Role, User
from conftest import NOW, PASSWORD, Cast
from progress.models import Contribution, Erratum, ErratumField, Report, ReportingPeriod
from progress.states import Move, ReportState
from progress.tests.acts import approved, content, handed_in, saved, task_numbered
from progress.workflow import (
    ContributionContent,
    MeasureContent,
    MeasureText,
    ReportContent,
    contribution_move,
    contribution_save,
    contribution_take_over,
    period_close,
    period_open,
    report_move,
    report_save,
)
from tasks.models import Division, Responsibility, ResponsibilityRole, Status, Task

REPORT = "/tasks/4/reports/2026-10/"
SAID = "已配合完成数据归集"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.coordinator)


def divided(division: Division) -> Task:
    task = task_numbered(4)
    task.division = division
    task.save()
    return task


def contributed(
    task: Task, period: ReportingPeriod, by: User, agency: Agency | None = None, text: str = SAID
) -> Contribution:
    agency = agency or by.agency
    assert agency is not None
    contribution = contribution_save(
        task=task,
        period=period,
        agency=agency,
        by=by,
        now=NOW,
        content=ContributionContent(
            tuple(MeasureText(m.pk, m.ordinal, text) for m in task.measures.order_by("ordinal"))
        ),
        version=0,
    )
    return contribution_move(contribution=contribution, move=Move.SUBMIT, by=by, now=NOW)


# --- Contributions ---------------------------------------------------------------------------


def test_the_office_and_the_lead_see_who_added_what_and_who_has_not(
    office: Client, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    task = divided(Division.BY_DUTY)
    contributed(task, period, cast.co_reporter)
    handed_in(task, period, cast.reporter)
    for client in (office, signed_in(cast.reporter)):
        page = client.get(REPORT)
        others = task.responsibilities.filter(position__gt=1).order_by("position")
        shown = page.context["contributions"]
        assert [one.row.agency.id for one in shown] == [one.agency_id for one in others]
        assert [one.row.answered for one in shown].count(True) == 1
        (answered,) = [one for one in shown if one.row.answered]
        assert [text for _label, text in answered.texts] == [SAID] * task.measures.count()
        assert answered.has_page
        assert not any(one.has_page or one.texts for one in shown if one is not answered)
        assert SAID in page.content.decode()


def test_another_agency_sees_what_was_handed_to_the_lead_and_its_own(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    task = divided(Division.BY_DUTY)
    third = task.responsibilities.filter(position__gt=1).exclude(agency=cast.co_reporter.agency)[0]
    someone = User.objects.create_user(
        "third", PASSWORD, name="陈配", role=Role.REPORTER, agency=third.agency
    )
    saved(task, period, cast.reporter)
    client = signed_in(cast.co_reporter)
    own = cast.co_reporter.agency_id
    assert [one.row.agency.id for one in client.get(REPORT).context["contributions"]] == [own]
    contributed(task, period, someone)
    shown = client.get(REPORT).context["contributions"]
    assert {one.row.agency.id for one in shown} == {own, third.agency_id}


def test_a_leader_sees_nothing_of_contributions(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    contributed(task_numbered(4), period, cast.co_reporter)
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    page = signed_in(cast.leader).get(REPORT)
    assert page.status_code == 200
    assert page.context["contributions"] == []
    assert SAID not in page.content.decode()


def test_what_was_taken_over_and_changed_since_is_said(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    contribution = contributed(task, period, cast.co_reporter)
    contribution_take_over(
        contribution=contribution,
        by=cast.reporter,
        now=NOW,
        content=content(task),
        version=0,
    )

    def row() -> tuple[bool, bool]:
        shown = office.get(REPORT).context["contributions"]
        (one,) = [one.row for one in shown if one.row.contribution_id == contribution.pk]
        return one.taken_over, one.changed_since

    assert row() == (True, False)
    contribution_move(contribution=contribution, move=Move.WITHDRAW, by=cast.co_reporter, now=NOW)
    contribution.refresh_from_db()
    contribution_move(contribution=contribution, move=Move.SUBMIT, by=cast.co_reporter, now=NOW)
    assert row() == (True, True)


def test_the_page_costs_the_same_however_many_contribute(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    task = divided(Division.BY_DUTY)
    handed_in(task, period, cast.reporter)
    contributed(task, period, cast.co_reporter)
    with CaptureQueriesContext(connection) as few:
        office.get(REPORT)
    taken = list(task.responsibilities.values_list("agency_id", flat=True))
    for place, agency in enumerate(Agency.objects.exclude(pk__in=taken)[:8], start=10):
        Responsibility.objects.create(
            task=task,
            agency=agency,
            role=ResponsibilityRole.CO,
            position=place,
            written_name=agency.name,
        )
        person = User.objects.create_user(
            f"person{place}", PASSWORD, name="某人", role=Role.REPORTER, agency=agency
        )
        contributed(task, period, person)
    with CaptureQueriesContext(connection) as many:
        shown = office.get(REPORT).context["contributions"]
    assert sum(one.row.answered for one in shown) == 9
    assert len(many) == len(few)


# --- What it was submitted without -------------------------------------------------------------


def test_what_a_report_goes_without_stands_on_top_with_its_reason(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    task = divided(Division.BY_DUTY)
    report = saved(task, period, cast.reporter)
    reason = "两家单位来函说明下月补报"
    report = report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=NOW, reason=reason)
    page = office.get(REPORT)
    without = page.context["without"]
    others = task.responsibilities.filter(position__gt=1).order_by("position")
    assert list(without.contributions) == [one.agency.name for one in others]
    assert without.reason == reason
    assert "、".join(without.contributions) in page.content.decode()
    report_move(report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补齐")
    # Written anew: what it will go without is not known yet.
    assert office.get(REPORT).context["without"] is None


def test_a_report_that_lacks_nothing_says_nothing_of_it(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    assert office.get(REPORT).context["without"] is None


# --- Two leads -------------------------------------------------------------------------------


@pytest.fixture
def co_led(cast: Cast, period: ReportingPeriod) -> Report:
    """Task 4 with 市发展改革委 as its second lead, who has been asked."""
    task = divided(Division.CO_LEAD)
    Responsibility.objects.filter(task=task, agency=cast.co_reporter.agency).update(
        role=ResponsibilityRole.LEAD
    )
    report = saved(task, period, cast.reporter)
    return report_move(report=report, move=Move.ASK, by=cast.reporter, now=NOW)


def test_the_other_lead_answers_on_the_reports_page_and_is_done(
    co_led: Report, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.co_reporter)
    offered = [t.move for t, _form in client.get(REPORT).context["moves"]]
    assert offered == [Move.AGREE, Move.OBJECT]
    assert client.get(REPORT).context["is_asked"]
    answer = client.post(f"{REPORT}agree/", {"version": co_led.version})
    assert answer["Location"] == "/my/"
    (agreement,) = signed_in(cast.reporter).get(REPORT).context["agreements"]
    assert (agreement.agency, agreement.agrees) == (cast.co_reporter.agency, True)


def test_an_objection_needs_its_reason_which_the_first_lead_and_the_office_read(
    co_led: Report, cast: Cast, office: Client, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.co_reporter)
    assert client.post(f"{REPORT}object/", {"version": co_led.version}).status_code == 400
    reason = "第二条与我委口径不一致"
    given = {"version": co_led.version, "reason": reason}
    assert client.post(f"{REPORT}object/", given).status_code == 302
    for reader in (signed_in(cast.reporter), office):
        page = reader.get(REPORT).content.decode()
        assert reason in page
    # The first lead sends it all the same, and says why.
    report_move(report=co_led, move=Move.SUBMIT, by=cast.reporter, now=NOW, reason="已协商")
    without = office.get(REPORT).context["without"]
    assert list(without.agreements) == [cast.co_reporter.agency.name]  # type: ignore[union-attr]
    assert without.reason == "已协商"


def test_a_leader_reads_nothing_of_who_agreed(
    co_led: Report, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    report_move(
        report=co_led,
        move=Move.OBJECT,
        by=cast.co_reporter,
        now=NOW,
        reason="第二条与我委口径不一致",
    )
    report = report_move(
        report=co_led, move=Move.SUBMIT, by=cast.reporter, now=NOW, reason="已协商"
    )
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    page = signed_in(cast.leader).get(REPORT)
    assert page.context["agreements"] == []
    assert "口径不一致" not in page.content.decode()
    assert "已协商" not in page.content.decode()


def test_asking_is_offered_to_the_first_lead_until_it_has_asked(
    cast: Cast, co_led: Report, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    assert Move.ASK not in [t.move for t, _form in client.get(REPORT).context["moves"]]
    report_save(
        task=co_led.task,
        period=co_led.period,
        by=cast.reporter,
        now=NOW,
        content=content(co_led.task, Status.ONGOING),
        version=co_led.version,
    )
    assert Move.ASK in [t.move for t, _form in client.get(REPORT).context["moves"]]


# --- Differences and hints -------------------------------------------------------------------


def written(task: Task, period: ReportingPeriod, by: User, text: str, status: str) -> Report:
    return report_save(
        task=task,
        period=period,
        by=by,
        now=NOW,
        content=ReportContent(
            tuple(
                MeasureContent(m.pk, m.ordinal, status, text)
                for m in task.measures.order_by("ordinal")
            ),
            problems="人手不足",
        ),
        version=0,
    )


def test_who_decides_reads_the_differences_word_by_word(
    office: Client, cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    task = task_numbered(4)
    report = written(task, period, cast.reporter, "新增企业12家<b>", Status.NOT_STARTED)
    report = report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=NOW)
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    report = written(task, november, cast.reporter, "新增企业15家<b>", Status.COMPLETED)
    report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=NOW)
    address = "/tasks/4/reports/2026-11/"
    page = office.get(address)
    said = page.content.decode()
    assert "新增企业<del>12</del><ins>15</ins>家&lt;b&gt;" in said
    assert [hint.kind for hint in page.context["measures"][0].hints] == [
        "completed_without_evidence",
        "status_jumps",
    ]
    assert all(hint.sentence in said for hint in page.context["measures"][0].hints)
    # Whoever wrote it reads it as it is.
    own = signed_in(cast.reporter).get(address)
    assert "<del>" not in own.content.decode()
    assert "新增企业15家&lt;b&gt;" in own.content.decode()


def test_what_an_erratum_put_right_is_what_the_next_report_is_held_against(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW)
    corrected(report, cast.coordinator)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    handed_in(task_numbered(4), november, cast.reporter)
    page = office.get("/tasks/4/reports/2026-11/")
    assert page.context["measures"][0].before.text == "举措1已推进两项"


# --- Errata ----------------------------------------------------------------------------------


def corrected(report: Report, by: User) -> Erratum:
    return Erratum.objects.create(
        period=report.period,
        number=1,
        report=report,
        measure=report.task.measures.get(ordinal=1),
        field=ErratumField.TEXT,
        old="举措1已推进",
        new="举措1已推进两项",
        reason="漏写数量",
        at=NOW,
        by=by,
    )


def test_errata_stand_with_the_report_for_whoever_may_read_it(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW)
    corrected(report, cast.coordinator)
    for who in ("reporter", "co_reporter", "coordinator", "leader"):
        page = signed_in(getattr(cast, who)).get(REPORT)
        (entry,) = page.context["errata"]
        assert (entry.reason, entry.by) == ("漏写数量", cast.coordinator)
        assert "<ins>两项</ins>" in page.content.decode()
        assert page.context["may_correct"] == (who == "coordinator")
    assert signed_in(cast.stranger).get(REPORT).status_code == 404


@pytest.mark.parametrize("state", [ReportState.SUBMITTED, ReportState.APPROVED])
def test_only_what_is_approved_and_closed_is_corrected(
    state: ReportState, office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    act = handed_in(task_numbered(4), period, cast.reporter)
    if state == ReportState.APPROVED:
        report_move(report=act, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    assert office.get(REPORT).context["may_correct"] is False
    period_close(period=period, by=cast.coordinator, now=NOW)
    assert office.get(REPORT).context["may_correct"] is (state == ReportState.APPROVED)

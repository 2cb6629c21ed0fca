"""The pages of a period: its days, what it lacks, its errata, and the correction of a report."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Role, User
from conftest import NOW, SHANGHAI, Cast, _person
from progress.models import Erratum, Report, ReportingPeriod
from progress.rollups import period_figures, period_missing
from progress.states import Move
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import (
    ContributionContent,
    MeasureText,
    contribution_move,
    contribution_save,
    erratum_create,
    period_close,
    period_open,
    period_open_by_calendar,
    report_move,
)
from tasks.models import Division, Measure, Status, Task

SignedIn = Callable[[User], Client]
ERRATUM = "/tasks/4/reports/2026-10/erratum/"


@pytest.fixture
def office(cast: Cast, signed_in: SignedIn) -> Client:
    return signed_in(cast.coordinator)


@pytest.fixture
def report(cast: Cast, period: ReportingPeriod) -> Report:
    """The approved report on task 4 of the closed period 2026-10."""
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW)
    report.refresh_from_db()
    return report


@pytest.mark.parametrize("path", ["/periods/", "/api/v1/trend/", "/api/v1/reports/"])
def test_what_lists_all_periods_reads_nothing_of_what_their_closings_kept(
    office: Client, cast: Cast, report: Report, path: str
) -> None:
    period_open(code="2026-11", by=cast.coordinator, now=NOW)
    with CaptureQueriesContext(connection) as asked:
        assert office.get(path).status_code == 200
    # Of the current one all of it may be read.
    read = [one["sql"].partition(" FROM ")[0] for one in asked if "LIMIT 1" not in one["sql"][-8:]]
    assert [columns for columns in read if "_at_closing" in columns] == []


def test_a_year_of_periods_stands_on_a_page_and_leads_on_to_those_before(
    office: Client, cast: Cast, report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    period_open(code="2026-11", by=cast.coordinator, now=NOW)
    whole = office.get("/periods/").content.decode()
    assert "/periods/2026-11/" in whole
    assert "/periods/2026-10/" in whole
    assert "page=2" not in whole
    monkeypatch.setattr("progress.pages.periods.PERIODS_A_PAGE", 1)
    first = office.get("/periods/").content.decode()
    assert "/periods/2026-11/close/" in first
    assert "/periods/2026-10/" not in first
    assert 'href="?page=2" rel="next"' in first
    second = office.get("/periods/?page=2").content.decode()
    assert "/periods/2026-10/" in second
    assert "/periods/2026-11/" not in second


# --- what a period lacks ---------------------------------------------------------------------


def test_what_is_missing_is_listed_by_how_far_it_got(cast: Cast, period: ReportingPeriod) -> None:
    cast.approver.is_active = True
    cast.approver.save()
    saved(task_numbered(4), period, cast.reporter)
    handed_in(task_numbered(5), period, cast.reporter)
    returned = handed_in(task_numbered(6), period, cast.reporter)
    report_move(report=returned, move=Move.RETURN, by=cast.approver, now=NOW, reason="请补充")
    cast.approver.is_active = False
    cast.approver.save()
    handed_in(task_numbered(7), period, cast.reporter)
    sent_back = handed_in(task_numbered(8), period, cast.reporter)
    report_move(report=sent_back, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充")
    commerce = _person("commerce", "商报", Role.REPORTER, "市商务局")
    approved(task_numbered(11), period, commerce, cast.coordinator)
    lacks = period_missing(period=period)
    states = {one.number: one.state for one in lacks.not_handed_in}
    assert (states[1], states[4], states[5], states[6]) == (
        None,
        "draft",
        "agency_review",
        "returned",
    )
    assert [(one.number, one.state) for one in lacks.undecided] == [
        (7, "submitted"),
        (8, "returned"),
    ]
    assert lacks.waiting_for_review == 1
    [figures] = period_figures(periods=ReportingPeriod.objects.all())
    assert figures.missing == len(lacks.not_handed_in) == 128
    assert figures.undecided == len(lacks.undecided)
    assert (figures.on_time, figures.approved) == (3, 1)
    numbers = [one.number for one in lacks.not_handed_in]
    assert numbers == sorted(numbers)
    assert lacks.not_handed_in[0].chapter_number == 1
    assert {one.lead.name for one in lacks.undecided} == {"市数据局"}


def test_contributions_that_are_owed_and_not_made_are_counted_by_task(
    cast: Cast, period: ReportingPeriod
) -> None:
    mine = task_numbered(11)  # 市商务局 compiles, 市数据局 has its own duty
    assert cast.reporter.agency is not None
    before = {owed.number: owed for owed in period_missing(period=period).contributions}
    measures = Measure.objects.concerning(mine.pk, cast.reporter.agency.pk)
    contribution = contribution_save(
        task=mine,
        period=period,
        agency=cast.reporter.agency,
        by=cast.reporter,
        now=NOW,
        content=ContributionContent(
            tuple(MeasureText(one.pk, one.ordinal, "已履职") for one in measures)
        ),
        version=0,
    )
    assert period_missing(period=period).contributions == tuple(before.values())
    contribution_move(contribution=contribution, move=Move.SUBMIT, by=cast.reporter, now=NOW)
    lacks = period_missing(period=period)
    after = {owed.number: owed for owed in lacks.contributions}
    assert [agency.name for agency in before.pop(11).agencies] == ["市数据局"]
    assert after == before
    assert lacks.contributions_count == sum(len(owed.agencies) for owed in before.values())
    assert set(after) <= set(
        Task.objects.filter(division=Division.BY_DUTY).values_list("number", flat=True)
    )


def test_the_closing_page_lists_it_and_warns_before_the_due_date(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    with time_machine.travel(NOW, tick=False):
        page = office.get("/periods/2026-10/close/")
    assert page.context["is_before_due"]
    assert page.context["days_left"] == 1
    html = page.content.decode()
    assert 'id="not-handed-in"' in html
    assert 'id="undecided"' in html
    assert "/tasks/4/reports/2026-10/" in html
    assert 'href="/review/"' in html
    with time_machine.travel(NOW + dt.timedelta(days=2), tick=False):
        page = office.get("/periods/2026-10/close/")
    assert not page.context["is_before_due"]


def test_the_page_of_a_closed_period_still_lists_what_it_lacked(
    office: Client, cast: Cast, report: Report
) -> None:
    html = office.get("/periods/2026-10/").content.decode()
    assert 'id="not-handed-in"' in html
    assert "/tasks/1/reports/2026-10/" in html
    assert "/tasks/4/reports/2026-10/" not in html


def test_a_period_that_lacks_nothing_says_so(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    Task.objects.update(division=Division.LEAD_COMPILES)
    Report.objects.bulk_create(
        Report(
            task=task,
            period=period,
            state="approved",
            handed_in_on=NOW.date(),
            approved_at=NOW,
            created_at=NOW,
            updated_at=NOW,
            updated_by=cast.reporter,
        )
        for task in Task.objects.all()
    )
    assert period_missing(period=period).is_nothing
    assert 'id="missing"' in office.get("/periods/2026-10/").content.decode()


# --- the page of a period --------------------------------------------------------------------


def test_the_page_tells_days_and_who_opened_and_closed_it(
    office: Client, cast: Cast, report: Report
) -> None:
    html = office.get("/periods/2026-10/").content.decode()
    assert html.count("周统 · 2026-10-22 10:00") == 2
    period_open_by_calendar(now=dt.datetime(2026, 11, 20, 0, 5, tzinfo=SHANGHAI))
    with time_machine.travel(NOW + dt.timedelta(days=30), tick=False):
        page = office.get("/periods/2026-11/")
    assert page.context["period"].opened_by is None
    assert "周统 · 2026" not in page.content.decode()
    assert office.get("/periods/2026-12/").status_code == 404


def test_errata_stand_in_their_order_and_cost_no_more_statements(
    office: Client, cast: Cast, report: Report
) -> None:
    def correct(text: str, field: str = "problems") -> None:
        erratum_create(
            report=report, field=field, new=text, reason="更正", by=cast.coordinator, now=NOW
        )

    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            page = office.get("/periods/2026-10/")
        numbers = [one.erratum.number for one in page.context["errata"]]
        assert numbers == list(range(1, len(numbers) + 1))
        return len(queries)

    correct("甲")
    few = statements()
    for number in range(20):
        correct(f"更正{number}", "next_steps")
    assert statements() == few


@pytest.mark.parametrize("address", ["/periods/2026-10/", "/periods/2026-10/close/"])
def test_what_is_missing_costs_the_same_however_much_there_is(
    address: str, office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get(address).status_code == 200
        return len(queries)

    many_missing = statements()
    Report.objects.bulk_create(
        Report(
            task=task,
            period=period,
            state="submitted" if task.number % 2 else "draft",
            handed_in_on=NOW.date() if task.number % 2 else None,
            created_at=NOW,
            updated_at=NOW,
            updated_by=cast.reporter,
        )
        for task in Task.objects.filter(number__lte=100)
    )
    assert statements() == many_missing <= 17


# --- correcting a report ---------------------------------------------------------------------


def test_a_coordinator_chooses_what_to_correct_and_sees_what_holds(
    office: Client, report: Report
) -> None:
    page = office.get(ERRATUM)
    choices = page.context["choices"]
    measures = report.task.measures.count()
    assert len(choices) == 2 * measures + 3
    for choice in choices:
        assert office.get(f"{ERRATUM}{choice.address}").context["chosen"].holds == choice.holds


def test_the_form_records_an_erratum_and_comes_back_to_the_report(
    office: Client, cast: Cast, report: Report
) -> None:
    address = f"{ERRATUM}?field=status&measure=2"
    form = office.get(address).context["form"]
    answer = office.post(
        address, {"seen": form["seen"].value(), "new": "ongoing", "reason": "口径\r\n有误"}
    )
    assert answer["Location"] == "/tasks/4/reports/2026-10/"
    erratum = Erratum.objects.get()
    assert (erratum.field, erratum.old, erratum.new) == ("status", "in_progress", "ongoing")
    assert erratum.measure is not None
    assert (erratum.measure.ordinal, erratum.by) == (2, cast.coordinator)
    assert erratum.reason == "口径\n有误"
    assert report.task.measures.get(ordinal=2).status == Status.ONGOING


def test_a_text_of_several_lines_is_not_mistaken_for_another(
    office: Client, cast: Cast, report: Report
) -> None:
    Report.objects.filter(pk=report.pk).update(problems="一行\n又一行")
    address = f"{ERRATUM}?field=problems"
    form = office.get(address).context["form"]
    wanted = {"seen": form["seen"].value(), "reason": "更正"}
    # As a browser sends it unchanged: nothing is corrected.
    answer = office.post(address, wanted | {"new": "一行\r\n又一行"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["new"])
    assert office.post(address, wanted | {"new": "一行\r\n两行"}).status_code == 302
    assert Erratum.objects.get().new == "一行\n两行"


def test_a_mistake_stands_at_its_field_and_keeps_what_was_typed(
    office: Client, report: Report
) -> None:
    address = f"{ERRATUM}?field=text&measure=1"
    form = office.get(address).context["form"]
    answer = office.post(address, {"seen": form["seen"].value(), "new": "新的文字", "reason": ""})
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == ["reason"]
    assert "新的文字" in answer.content.decode()
    assert not Erratum.objects.exists()


def test_of_two_who_correct_the_same_the_later_sees_what_holds_now(
    office: Client, cast: Cast, report: Report
) -> None:
    address = f"{ERRATUM}?field=problems"
    seen = office.get(address).context["form"]["seen"].value()
    erratum_create(
        report=report, field="problems", new="甲", reason="更正", by=cast.coordinator, now=NOW
    )
    answer = office.post(address, {"seen": seen, "new": "乙", "reason": "更正"})
    assert answer.status_code == 409
    assert answer.context["chosen"].holds == "甲"
    form = answer.context["form"]
    assert (form["new"].value(), form["reason"].value()) == ("乙", "更正")
    again = {name: form[name].value() for name in ("seen", "new", "reason")}
    assert office.post(address, again).status_code == 302
    assert [(e.old, e.new) for e in Erratum.objects.order_by("number")] == [
        ("", "甲"),
        ("甲", "乙"),
    ]


@pytest.mark.parametrize(
    "query",
    ["?field=state", "?field=status", "?field=status&measure=9", "?field=problems&measure=1"],
)
def test_what_is_no_part_of_a_report_is_not_found(
    query: str, office: Client, report: Report
) -> None:
    assert office.get(f"{ERRATUM}{query}").status_code == 404
    assert office.post(f"{ERRATUM}{query}", {}).status_code == 404
    assert office.post(ERRATUM, {}).status_code == 404


def test_who_may_not_correct_gets_403_or_404(
    cast: Cast, report: Report, signed_in: SignedIn
) -> None:
    answers = {
        "reporter": 403,
        "co_reporter": 403,
        "leader": 403,
        "stranger": 404,
        "auditor": 404,
        "administrator": 404,
    }
    for who, status in answers.items():
        client = signed_in(getattr(cast, who))
        assert client.get(ERRATUM).status_code == status
        assert client.post(f"{ERRATUM}?field=problems", {"new": "甲"}).status_code == status
    assert not Erratum.objects.exists()


def test_an_open_period_or_a_report_that_was_not_approved_is_a_conflict(
    office: Client, cast: Cast, period: ReportingPeriod
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    saved(task_numbered(5), period, cast.reporter)
    assert office.get(ERRATUM).status_code == 409
    period_close(period=period, by=cast.coordinator, now=NOW)
    assert office.get(ERRATUM).status_code == 200
    assert office.get("/tasks/5/reports/2026-10/erratum/").status_code == 409
    assert office.get("/tasks/6/reports/2026-10/erratum/").status_code == 404

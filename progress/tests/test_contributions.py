"""Rules: the three divisions of labour, and what the agencies beside the lead add to a report."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from agencies.models import Agency, Role, User
from conftest import NOW, Cast, _person
from progress.models import (
    Agreement,
    Contribution,
    ContributionEvent,
    Report,
    ReportEvent,
    ReportingPeriod,
)
from progress.rollups import contribution_rows
from progress.states import Move, ReportState
from progress.tests.acts import content, handed_in, saved, task_numbered
from progress.workflow import (
    NOT_BEGUN,
    Conflict,
    ContributionContent,
    MeasureText,
    StaleContribution,
    content_of,
    contribution_content_of,
    contribution_move,
    contribution_moves_open_to,
    contribution_nothing,
    contribution_save,
    contribution_take_over,
    contribution_to_start_from,
    moves_open_to,
    period_close,
    period_open,
    report_move,
    report_save,
)
from tasks.duties import duties_write
from tasks.models import Division, Measure, Task

LATER = NOW + dt.timedelta(hours=3)


@pytest.fixture
def by_duty(cast: Cast) -> Task:
    """Task 11: 市商务局 compiles, 市数据局 has its own duty."""
    task = task_numbered(11)
    assert task.division == Division.BY_DUTY
    return task


@pytest.fixture
def lead(cast: Cast) -> User:
    return _person("commerce", "商报", Role.REPORTER, "市商务局")


def texts(
    task: Task, agency: Agency, text: str = "已完成本单位职责", remarks: str = ""
) -> ContributionContent:
    measures = Measure.objects.concerning(task.pk, agency.pk)
    return ContributionContent(
        tuple(MeasureText(one.pk, one.ordinal, text) for one in measures), remarks
    )


def agency_of(person: User) -> Agency:
    assert person.agency is not None
    return person.agency


def contributed(
    task: Task,
    period: ReportingPeriod,
    by: User,
    text: str = "已完成本单位职责",
    *,
    agency: Agency | None = None,
    now: dt.datetime = NOW,
) -> Contribution:
    """Saved and handed over to the lead."""
    agency = agency or agency_of(by)
    begun = Contribution.objects.filter(task=task, period=period, agency=agency).first()
    one = contribution_save(
        task=task,
        period=period,
        agency=agency,
        by=by,
        now=now,
        content=texts(task, agency, text),
        version=begun.version if begun else NOT_BEGUN,
    )
    return contribution_move(contribution=one, move=Move.SUBMIT, by=by, now=now)


# --- By duty ---------------------------------------------------------------------------------


def test_by_duty_a_report_goes_once_every_agency_has_contributed(
    cast: Cast, period: ReportingPeriod, by_duty: Task, lead: User
) -> None:
    report = saved(by_duty, period, lead)
    contributed(by_duty, period, cast.reporter)
    report = report_move(report=report, move=Move.SUBMIT, by=lead, now=NOW)
    assert report.state == ReportState.SUBMITTED
    assert "without" not in report.events.get().content


def test_by_duty_a_report_without_a_contribution_needs_a_reason_that_stays_on_record(
    cast: Cast, period: ReportingPeriod, by_duty: Task, lead: User
) -> None:
    report = saved(by_duty, period, lead)
    with pytest.raises(ValidationError) as refused:
        report_move(report=report, move=Move.SUBMIT, by=lead, now=NOW)
    assert list(refused.value.message_dict) == ["reason"]
    assert "市数据局" in refused.value.messages[0]
    report.refresh_from_db()
    assert report.state == ReportState.DRAFT
    report_move(report=report, move=Move.SUBMIT, by=lead, now=NOW, reason="电话催办未果")
    event = ReportEvent.objects.get()
    assert event.reason == "电话催办未果"
    assert event.content["without"] == {"contributions": ["市数据局"], "agreements": []}


def test_by_duty_a_draft_or_returned_contribution_does_not_count(
    cast: Cast, period: ReportingPeriod, by_duty: Task, lead: User
) -> None:
    one = contributed(by_duty, period, cast.reporter)
    report = saved(by_duty, period, lead)
    contribution_move(contribution=one, move=Move.RETURN, by=lead, now=NOW, reason="请写明数量")
    with pytest.raises(ValidationError):
        report_move(report=report, move=Move.SUBMIT, by=lead, now=NOW)


def test_nothing_to_add_is_an_answer(
    cast: Cast, period: ReportingPeriod, by_duty: Task, lead: User
) -> None:
    agency = agency_of(cast.reporter)
    one = contribution_save(
        task=by_duty,
        period=period,
        agency=agency,
        by=cast.reporter,
        now=NOW,
        content=ContributionContent(texts(by_duty, agency, "").measures, nothing_to_add=True),
        version=NOT_BEGUN,
    )
    contribution_move(contribution=one, move=Move.SUBMIT, by=cast.reporter, now=NOW)
    report = saved(by_duty, period, lead)
    assert report_move(report=report, move=Move.SUBMIT, by=lead, now=NOW).state == (
        ReportState.SUBMITTED
    )


def test_a_contribution_that_says_nothing_at_all_is_not_handed_in(
    cast: Cast, period: ReportingPeriod, by_duty: Task
) -> None:
    with pytest.raises(ValidationError):
        contributed(by_duty, period, cast.reporter, "")
    assert not Contribution.objects.filter(state=ReportState.SUBMITTED).exists()


# --- The lead compiles -----------------------------------------------------------------------


def test_lead_compiles_others_may_add_and_owe_nothing(cast: Cast, period: ReportingPeriod) -> None:
    task = task_numbered(4)
    rows = contribution_rows(
        tasks=Task.objects.filter(pk=task.pk), period=period, user=cast.co_reporter
    )[task.pk]
    assert [(row.agency.name, row.owed, row.is_mine, row.answered) for row in rows] == [
        ("市发展改革委", False, True, False),
        ("市工业和信息化局", False, False, False),
    ]
    contributed(task, period, cast.co_reporter)
    assert handed_in(task, period, cast.reporter).state == ReportState.SUBMITTED


def test_the_lead_takes_a_contribution_over_once_under_the_agencys_name(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    one = contributed(task, period, cast.co_reporter, "完成算力规划")
    for _again in range(2):
        begun = Report.objects.filter(task=task).first()
        report = contribution_take_over(
            contribution=one,
            by=cast.reporter,
            now=NOW,
            content=content_of(begun) if begun else content(task),
            version=begun.version if begun else NOT_BEGUN,
        )
    first, *_others = content_of(report).measures
    assert first.text == "举措1已推进\n市发展改革委：完成算力规划"
    one.refresh_from_db()
    assert one.taken_over_version == one.version
    assert ContributionEvent.objects.filter(move=Move.TAKE_OVER).count() == 2
    # The contribution changes: the lead sees that what it took is not the last word.
    one = contribution_move(contribution=one, move=Move.WITHDRAW, by=cast.co_reporter, now=LATER)
    contributed(task, period, cast.co_reporter, "完成算力规划并印发", now=LATER)
    row = contribution_rows(
        tasks=Task.objects.filter(pk=task.pk), period=period, user=cast.reporter
    )[task.pk][0]
    assert (row.taken_over, row.changed_since) == (True, True)


def test_nobody_but_the_lead_takes_over_and_only_what_has_been_handed_over(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    agency = agency_of(cast.co_reporter)
    one = contribution_save(
        task=task,
        period=period,
        agency=agency,
        by=cast.co_reporter,
        now=NOW,
        content=texts(task, agency),
        version=NOT_BEGUN,
    )
    for person in (cast.co_reporter, cast.stranger, cast.coordinator, cast.leader):
        with pytest.raises(PermissionDenied):
            contribution_take_over(
                contribution=one, by=person, now=NOW, content=content(task), version=NOT_BEGUN
            )
    with pytest.raises(Conflict):
        contribution_take_over(
            contribution=one, by=cast.reporter, now=NOW, content=content(task), version=NOT_BEGUN
        )
    assert not Report.objects.exists()


# --- Two leads -------------------------------------------------------------------------------


@pytest.fixture
def two_leads(cast: Cast) -> tuple[Task, User, User]:
    """Task 22, led by 市卫生健康委 and 市药监局."""
    task = task_numbered(22)
    assert task.division == Division.CO_LEAD
    return (
        task,
        _person("health", "卫报", Role.REPORTER, "市卫生健康委"),
        _person("drugs", "药报", Role.REPORTER, "市药监局"),
    )


def test_co_lead_the_second_agrees_before_the_report_goes(
    period: ReportingPeriod, two_leads: tuple[Task, User, User]
) -> None:
    task, first, second = two_leads
    report = saved(task, period, first)
    with pytest.raises(Conflict, match="市药监局"):
        report_move(report=report, move=Move.SUBMIT, by=first, now=NOW, reason="急")
    with pytest.raises(Conflict):
        report_move(report=report, move=Move.AGREE, by=second, now=NOW)
    report = report_move(report=report, move=Move.ASK, by=first, now=NOW)
    assert {t.move for t in moves_open_to(report=report, user=second)} == {Move.AGREE, Move.OBJECT}
    report = report_move(report=report, move=Move.AGREE, by=second, now=NOW)
    report = report_move(report=report, move=Move.SUBMIT, by=first, now=NOW)
    assert report.state == ReportState.SUBMITTED
    assert [event.move for event in report.events.order_by("pk")] == ["ask", "agree", "submit"]


def test_co_lead_an_objection_has_a_reason_and_the_report_goes_over_it_with_one(
    period: ReportingPeriod, two_leads: tuple[Task, User, User]
) -> None:
    task, first, second = two_leads
    report = report_move(report=saved(task, period, first), move=Move.ASK, by=first, now=NOW)
    with pytest.raises(ValidationError):
        report_move(report=report, move=Move.OBJECT, by=second, now=NOW)
    report = report_move(
        report=report, move=Move.OBJECT, by=second, now=NOW, reason="数据口径不一致"
    )
    with pytest.raises(ValidationError) as refused:
        report_move(report=report, move=Move.SUBMIT, by=first, now=NOW)
    assert list(refused.value.message_dict) == ["reason"]
    report_move(report=report, move=Move.SUBMIT, by=first, now=NOW, reason="口径以国家统计为准")
    assert report.events.latest("pk").content["without"]["agreements"] == ["市药监局"]


def test_co_lead_another_text_asks_anew(
    period: ReportingPeriod, two_leads: tuple[Task, User, User]
) -> None:
    task, first, second = two_leads
    report = report_move(report=saved(task, period, first), move=Move.ASK, by=first, now=NOW)
    report = report_move(report=report, move=Move.AGREE, by=second, now=NOW)
    same = content_of(report)
    report = report_save(
        task=task, period=period, by=first, now=NOW, content=same, version=report.version
    )
    assert Agreement.objects.count() == 1
    saved(task, period, first, "ongoing")
    assert not Agreement.objects.exists()
    with pytest.raises(Conflict):
        report_move(report=Report.objects.get(), move=Move.SUBMIT, by=first, now=NOW, reason="急")


def test_co_lead_where_the_agency_has_an_approver_that_is_who_answers(
    period: ReportingPeriod, two_leads: tuple[Task, User, User]
) -> None:
    task, first, second = two_leads
    approver = _person("drugs-approver", "药审", Role.APPROVER, "市药监局")
    report = report_move(report=saved(task, period, first), move=Move.ASK, by=first, now=NOW)
    with pytest.raises(PermissionDenied):
        report_move(report=report, move=Move.AGREE, by=second, now=NOW)
    report_move(report=report, move=Move.AGREE, by=approver, now=NOW)


def test_co_lead_that_has_nobody_to_answer_holds_nothing_up_but_a_reason(
    period: ReportingPeriod, two_leads: tuple[Task, User, User]
) -> None:
    task, first, second = two_leads
    second.is_active = False
    second.save()
    report = saved(task, period, first)
    with pytest.raises(ValidationError):
        report_move(report=report, move=Move.SUBMIT, by=first, now=NOW)
    report_move(report=report, move=Move.SUBMIT, by=first, now=NOW, reason="对方尚无账号")


def test_a_task_with_one_lead_asks_nobody(cast: Cast, period: ReportingPeriod) -> None:
    report = saved(task_numbered(4), period, cast.reporter)
    with pytest.raises(Conflict):
        report_move(report=report, move=Move.ASK, by=cast.reporter, now=NOW)


# --- Who, when, and in which state ------------------------------------------------------------


def test_a_contribution_passes_the_agencys_own_approver(
    cast: Cast, period: ReportingPeriod, by_duty: Task
) -> None:
    for person in (cast.approver, cast.second_approver):
        person.is_active = True
        person.save()
    one = contributed(by_duty, period, cast.approver)
    assert (one.state, one.handed_in_on) == (ReportState.AGENCY_REVIEW, None)
    with pytest.raises(PermissionDenied):
        contribution_move(contribution=one, move=Move.ENDORSE, by=cast.approver, now=LATER)
    one = contribution_move(contribution=one, move=Move.ENDORSE, by=cast.second_approver, now=LATER)
    assert (one.state, one.handed_in_on) == (ReportState.SUBMITTED, LATER.date())


def test_only_the_agency_itself_writes_and_only_the_lead_gives_back(
    cast: Cast, period: ReportingPeriod, by_duty: Task, lead: User
) -> None:
    agency = agency_of(cast.reporter)
    for name, person in {**cast.everyone(), "lead": lead}.items():
        if name in ("reporter", "colleague"):
            continue
        with pytest.raises(PermissionDenied):
            contribution_save(
                task=by_duty,
                period=period,
                agency=agency,
                by=person,
                now=NOW,
                content=texts(by_duty, agency),
                version=NOT_BEGUN,
            )
    one = contributed(by_duty, period, cast.reporter)
    for name, person in cast.everyone().items():
        with pytest.raises(PermissionDenied):
            contribution_move(contribution=one, move=Move.RETURN, by=person, now=NOW, reason="不对")
        expected = {Move.WITHDRAW} if name in ("reporter", "colleague") else set()
        offered = {t.move for t in contribution_moves_open_to(contribution=one, user=person)}
        assert offered == expected, name


def test_who_reads_a_contribution(
    cast: Cast, period: ReportingPeriod, by_duty: Task, lead: User
) -> None:
    agency = agency_of(cast.reporter)
    contribution_save(
        task=by_duty,
        period=period,
        agency=agency,
        by=cast.reporter,
        now=NOW,
        content=texts(by_duty, agency),
        version=NOT_BEGUN,
    )
    people = {**cast.everyone(), "lead": lead}

    def readers() -> set[str]:
        return {n for n, p in people.items() if Contribution.objects.visible_to(p).exists()}

    assert readers() == {"reporter", "colleague"}
    contributed(by_duty, period, cast.reporter)
    assert readers() == {"reporter", "colleague", "lead", "coordinator"}


def test_two_people_on_one_contribution_lose_nothing(
    cast: Cast, period: ReportingPeriod, by_duty: Task
) -> None:
    agency = agency_of(cast.reporter)

    def save(by: User, text: str) -> Contribution:
        return contribution_save(
            task=by_duty,
            period=period,
            agency=agency,
            by=by,
            now=NOW,
            content=texts(by_duty, agency, text),
            version=NOT_BEGUN,
        )

    save(cast.reporter, "甲写的")
    with pytest.raises(StaleContribution, match=cast.reporter.name) as refused:
        save(cast.colleague, "乙写的")
    stored = contribution_content_of(refused.value.contribution)
    assert {m.text for m in stored.measures} == {"甲写的"}


def test_nothing_is_written_in_a_closed_period(
    cast: Cast, period: ReportingPeriod, by_duty: Task
) -> None:
    one = contributed(by_duty, period, cast.reporter)
    period_close(period=period, by=cast.coordinator, now=NOW)
    with pytest.raises(Conflict, match="2026-10"):
        contribution_move(contribution=one, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    with pytest.raises(Conflict, match="2026-10"):
        contributed(by_duty, period, cast.reporter)


def test_the_next_contribution_starts_from_the_last_one_handed_in(
    cast: Cast, period: ReportingPeriod, by_duty: Task
) -> None:
    contributed(by_duty, period, cast.reporter, "十月所做")
    following = period_open(code="2026-11", by=cast.coordinator, now=NOW + dt.timedelta(days=30))
    start = contribution_to_start_from(
        task=by_duty, agency=agency_of(cast.reporter), period=following
    )
    assert {m.text for m in start.measures} == {"十月所做"}


# --- Which measures concern whom -------------------------------------------------------------


def test_an_agency_is_asked_for_the_measures_that_the_lead_named(
    cast: Cast, period: ReportingPeriod, by_duty: Task, lead: User
) -> None:
    agency = agency_of(cast.reporter)
    first, *others = by_duty.measures.order_by("ordinal")
    assert others
    duties_write(task=by_duty, by=lead, now=NOW, duties={agency.pk: [first.pk]})
    assert list(Measure.objects.concerning(by_duty.pk, agency.pk)) == [first]
    one = contributed(by_duty, period, cast.reporter)
    assert [m.ordinal for m in contribution_content_of(one).measures] == [1]
    duties_write(task=by_duty, by=lead, now=NOW, duties={})
    assert Measure.objects.concerning(by_duty.pk, agency.pk).count() == 1 + len(others)


def test_only_the_lead_names_measures_and_only_those_of_its_task(
    cast: Cast, by_duty: Task, lead: User
) -> None:
    agency = agency_of(cast.reporter)
    elsewhere = Measure.objects.exclude(task=by_duty).first()
    assert elsewhere is not None
    for person in cast.everyone().values():
        with pytest.raises(PermissionDenied):
            duties_write(task=by_duty, by=person, now=NOW, duties={})
    wrongs: list[dict[int, list[int]]] = [
        {agency.pk: [elsewhere.pk]},
        {agency_of(cast.stranger).pk: []},
    ]
    for wrong in wrongs:
        with pytest.raises(ValidationError):
            duties_write(task=by_duty, by=lead, now=NOW, duties=wrong)


def test_what_was_typed_before_the_measures_were_divided_otherwise_is_kept(
    cast: Cast, period: ReportingPeriod, by_duty: Task, lead: User
) -> None:
    agency = agency_of(cast.reporter)
    typed = texts(by_duty, agency, "先写好的")
    first = by_duty.measures.get(ordinal=1)
    duties_write(task=by_duty, by=lead, now=NOW, duties={agency.pk: [first.pk]})
    one = contribution_save(
        task=by_duty,
        period=period,
        agency=agency,
        by=cast.reporter,
        now=NOW,
        content=typed,
        version=NOT_BEGUN,
    )
    assert {m.text for m in contribution_content_of(one).measures} == {"先写好的"}
    # And taken over whole, also where the lead has divided the measures since.
    one = contribution_move(contribution=one, move=Move.SUBMIT, by=cast.reporter, now=NOW)
    report = contribution_take_over(
        contribution=one, by=lead, now=NOW, content=content(by_duty), version=NOT_BEGUN
    )
    assert all("市数据局：先写好的" in m.text for m in content_of(report).measures)


def test_a_measure_of_another_task_is_refused(
    cast: Cast, period: ReportingPeriod, by_duty: Task
) -> None:
    agency = agency_of(cast.reporter)
    elsewhere = Measure.objects.exclude(task=by_duty).first()
    assert elsewhere is not None
    first = by_duty.measures.get(ordinal=1)
    for measures in ([elsewhere], [first, first]):
        with pytest.raises(ValidationError) as refused:
            contribution_save(
                task=by_duty,
                period=period,
                agency=agency,
                by=cast.reporter,
                now=NOW,
                content=ContributionContent(
                    tuple(MeasureText(one.pk, one.ordinal, "某事") for one in measures)
                ),
                version=NOT_BEGUN,
            )
        assert list(refused.value.message_dict) == ["measures"]


# --- What was counted stays ------------------------------------------------------------------


def test_a_contribution_stays_with_the_lead_while_the_report_is_on_its_way(
    cast: Cast, period: ReportingPeriod, by_duty: Task, lead: User
) -> None:
    one = contributed(by_duty, period, cast.reporter)
    report = report_move(report=saved(by_duty, period, lead), move=Move.SUBMIT, by=lead, now=NOW)
    with pytest.raises(Conflict):
        contribution_move(contribution=one, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    with pytest.raises(Conflict):
        contribution_move(contribution=one, move=Move.RETURN, by=lead, now=NOW, reason="补充")
    report_move(report=report, move=Move.WITHDRAW, by=lead, now=NOW)
    contribution_move(contribution=one, move=Move.WITHDRAW, by=cast.reporter, now=NOW)


def test_the_approver_does_not_send_on_what_has_gone_missing_since_the_submission(
    cast: Cast, period: ReportingPeriod, by_duty: Task, lead: User
) -> None:
    approver = _person("commerce-approver", "商审", Role.APPROVER, "市商务局")
    contributed(by_duty, period, cast.reporter)
    report = report_move(report=saved(by_duty, period, lead), move=Move.SUBMIT, by=lead, now=NOW)
    assert report.state == ReportState.AGENCY_REVIEW
    # A revised list names one more agency, which owes a contribution from now on.
    by_duty.responsibilities.create(
        agency=agency_of(cast.stranger), role="co", position=9, written_name="市通信管理局"
    )
    with pytest.raises(Conflict, match="市通信管理局"):
        report_move(report=report, move=Move.ENDORSE, by=approver, now=NOW)
    report_move(report=report, move=Move.RETURN, by=approver, now=NOW, reason="请说明")


def test_a_return_by_the_lead_keeps_the_day_on_which_the_agency_had_contributed(
    cast: Cast, period: ReportingPeriod, by_duty: Task, lead: User
) -> None:
    one = contributed(by_duty, period, cast.reporter)
    later = NOW + dt.timedelta(days=3)
    for move, by in (
        (Move.RETURN, lead),
        (Move.SUBMIT, cast.reporter),
        (Move.WITHDRAW, cast.reporter),
        (Move.SUBMIT, cast.reporter),
    ):
        one = contribution_move(contribution=one, move=move, by=by, now=later, reason="请补充")
    assert one.handed_in_on == NOW.date()


def test_taking_over_adds_each_agencys_words_even_where_they_read_alike(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    industry = _person("industry", "工报", Role.REPORTER, "市工业和信息化局")
    report = saved(task, period, cast.reporter)
    for person in (cast.co_reporter, industry):
        one = contributed(task, period, person, "已推进")
        report = contribution_take_over(
            contribution=one,
            by=cast.reporter,
            now=NOW,
            content=content_of(report),
            version=report.version,
        )
    assert content_of(report).measures[0].text == (
        "举措1已推进\n市发展改革委：已推进\n市工业和信息化局：已推进"
    )


def test_a_contribution_that_was_rewritten_unseen_is_not_taken_over(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    one = contributed(task, period, cast.co_reporter, "先报的")
    seen = one.version
    contribution_move(contribution=one, move=Move.WITHDRAW, by=cast.co_reporter, now=NOW)
    one = contributed(task, period, cast.co_reporter, "改过的")
    with pytest.raises(Conflict):
        contribution_take_over(
            contribution=one,
            by=cast.reporter,
            now=NOW,
            content=content(task),
            version=NOT_BEGUN,
            seen=seen,
        )


def test_after_a_month_of_nothing_to_add_the_next_starts_from_what_was_last_said(
    cast: Cast, period: ReportingPeriod, by_duty: Task
) -> None:
    agency = agency_of(cast.reporter)
    contributed(by_duty, period, cast.reporter, "十月所做")
    month = dt.timedelta(days=31)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + month)
    contribution_nothing(
        task=by_duty, period=november, agency=agency, by=cast.reporter, now=NOW + month
    )
    december = period_open(code="2026-12", by=cast.coordinator, now=NOW + 2 * month)
    start = contribution_to_start_from(task=by_duty, agency=agency, period=december)
    assert {m.text for m in start.measures} == {"十月所做"}


def test_the_same_words_saved_by_another_stay_the_first_writers(
    cast: Cast, period: ReportingPeriod, by_duty: Task
) -> None:
    """Else an approver's own words would pass for a colleague's."""
    agency = agency_of(cast.reporter)
    one = contribution_save(
        task=by_duty,
        period=period,
        agency=agency,
        by=cast.reporter,
        now=NOW,
        content=texts(by_duty, agency),
        version=NOT_BEGUN,
    )
    again = contribution_save(
        task=by_duty,
        period=period,
        agency=agency,
        by=cast.colleague,
        now=LATER,
        content=texts(by_duty, agency),
        version=one.version,
    )
    assert (again.updated_by, again.version) == (cast.reporter, one.version)
    report = saved(task_numbered(4), period, cast.reporter)
    again_report = saved(task_numbered(4), period, cast.colleague)
    assert (again_report.updated_by, again_report.version) == (cast.reporter, report.version)

"""Rules: who writes, what a new report starts from, and what a save may be refused for."""

import dataclasses

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from agencies.models import Agency, Role, User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.states import Move, ReportState
from progress.tests.acts import approved, content, handed_in, saved, task_numbered
from progress.workflow import (
    LONGEST_TEXT,
    NOT_BEGUN,
    Conflict,
    StaleVersion,
    content_of,
    content_to_start_from,
    may_write,
    period_open,
    report_move,
    report_save,
)
from tasks.models import Status


def test_the_first_save_begins_a_draft(cast: Cast, period: ReportingPeriod) -> None:
    report = saved(task_numbered(4), period, cast.reporter)
    assert (report.state, report.version) == (ReportState.DRAFT, 1)
    assert (report.created_at, report.updated_at, report.updated_by) == (NOW, NOW, cast.reporter)
    assert report.handed_in_on is None


def test_what_is_saved_is_what_is_read(cast: Cast, period: ReportingPeriod) -> None:
    task = task_numbered(4)
    written = dataclasses.replace(
        content(task, [Status.COMPLETED, Status.ONGOING, Status.NOT_STARTED]),
        problems="接口未打通",
        next_steps="下月验收",
        coordination="请市发展改革委支持",
    )
    report = report_save(
        task=task, period=period, by=cast.reporter, now=NOW, content=written, version=NOT_BEGUN
    )
    assert content_of(report) == written
    again = report_save(
        task=task,
        period=period,
        by=cast.colleague,
        now=NOW,
        content=content(task),
        version=report.version,
    )
    assert content_of(again) == content(task)
    assert (again.version, again.updated_by) == (2, cast.colleague)
    assert Report.objects.count() == 1


def test_the_later_save_of_two_people_is_refused_with_what_is_stored(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    first = saved(task, period, cast.reporter)
    saved(task, period, cast.colleague, Status.COMPLETED)
    with pytest.raises(StaleVersion, match=cast.colleague.name) as refused:
        report_save(
            task=task,
            period=period,
            by=cast.reporter,
            now=NOW,
            content=content(task),
            version=first.version,
        )
    assert content_of(refused.value.report) == content(task, Status.COMPLETED)


def test_two_people_who_both_begin_are_told_so(cast: Cast, period: ReportingPeriod) -> None:
    task = task_numbered(4)
    saved(task, period, cast.reporter)
    with pytest.raises(StaleVersion):
        report_save(
            task=task,
            period=period,
            by=cast.colleague,
            now=NOW,
            content=content(task),
            version=NOT_BEGUN,
        )


def test_only_people_of_the_lead_agency_write(cast: Cast, period: ReportingPeriod) -> None:
    User.objects.filter(role=Role.APPROVER).update(is_active=True)
    task = task_numbered(4)
    writers = {"reporter", "approver", "second_approver", "colleague"}
    for name, person in cast.everyone().items():
        person.refresh_from_db()
        assert may_write(task=task, user=person) == (name in writers)
        if name not in writers:
            with pytest.raises(PermissionDenied):
                saved(task, period, person)
    assert not Report.objects.exists()


def test_the_first_of_two_leads_compiles(cast: Cast, period: ReportingPeriod) -> None:
    # Task 22 is led by 市卫生健康委 and 市药监局.
    task = task_numbered(22)
    leads = [("市卫生健康委", True), ("市药监局", False)]
    for number, (agency, writes) in enumerate(leads):
        person = User.objects.create_user(
            f"lead{number}",
            name="牵头",
            role=Role.REPORTER,
            agency=Agency.objects.get(name=agency),
        )
        assert may_write(task=task, user=person) == writes


def test_a_report_that_was_handed_in_cannot_be_written(cast: Cast, period: ReportingPeriod) -> None:
    task = task_numbered(4)
    report = handed_in(task, period, cast.reporter)
    with pytest.raises(Conflict):
        saved(task, period, cast.reporter)
    report = report_move(
        report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充"
    )
    assert saved(task, period, cast.reporter).state == ReportState.RETURNED


def test_the_measures_must_be_the_tasks_own_each_once(cast: Cast, period: ReportingPeriod) -> None:
    task, other = task_numbered(4), task_numbered(5)
    whole = content(task).measures
    for measures in (content(other).measures, whole[1:], whole[::-1], (*whole, whole[0])):
        with pytest.raises(ValidationError) as refused:
            report_save(
                task=task,
                period=period,
                by=cast.reporter,
                now=NOW,
                content=dataclasses.replace(content(task), measures=measures),
                version=NOT_BEGUN,
            )
        assert list(refused.value.message_dict) == ["measures"]
    assert not Report.objects.exists()


def test_unknown_statuses_and_endless_texts_are_refused_by_field(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    first, second, third = content(task).measures
    endless = "长" * (LONGEST_TEXT + 1)
    with pytest.raises(ValidationError) as refused:
        report_save(
            task=task,
            period=period,
            by=cast.reporter,
            now=NOW,
            content=dataclasses.replace(
                content(task),
                measures=(
                    dataclasses.replace(first, status="done"),
                    dataclasses.replace(second, text=endless),
                    third,
                ),
                problems=endless,
                coordination="长" * LONGEST_TEXT,
            ),
            version=NOT_BEGUN,
        )
    errors = refused.value.message_dict
    assert set(errors) == {"measures", "problems"}
    assert len(errors["measures"]) == 2


def test_a_new_report_starts_empty_and_not_started(cast: Cast, period: ReportingPeriod) -> None:
    task = task_numbered(4)
    assert content_to_start_from(task=task, period=period) == content(task, Status.NOT_STARTED)


def test_a_new_report_starts_from_the_last_approved_one_before_it(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    for code, status in (("2026-07", Status.COMPLETED), ("2026-08", Status.ONGOING)):
        earlier = period_open(code=code, by=cast.coordinator, now=NOW)
        approved(task, earlier, cast.reporter, cast.coordinator, status)
    # Handed in but not approved, and approved for a later period: neither is started from.
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    handed_in(task, september, cast.reporter, Status.IN_PROGRESS)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    approved(task, november, cast.reporter, cast.coordinator, Status.IN_PROGRESS)
    assert content_to_start_from(task=task, period=period) == content(task, Status.ONGOING)


def test_no_change_this_period_asks_for_nothing_more(cast: Cast, period: ReportingPeriod) -> None:
    task = task_numbered(4)
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    approved(task, september, cast.reporter, cast.coordinator)
    report = report_save(
        task=task,
        period=period,
        by=cast.reporter,
        now=NOW,
        content=content_to_start_from(task=task, period=period),
        version=NOT_BEGUN,
    )
    report = report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=NOW)
    assert report.state == ReportState.SUBMITTED

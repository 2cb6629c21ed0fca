"""Looking at reports one after the other, and approving together what was looked at."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied

from agencies.models import User
from conftest import NOW, PASSWORD, Cast
from progress.models import Report, ReportEvent, ReportingPeriod, ReviewMark
from progress.states import Move, ReportState
from progress.tests.acts import handed_in, saved, task_numbered
from progress.workflow import (
    Conflict,
    StaleVersion,
    period_close,
    report_move,
    reports_approve,
    review_mark,
)
from tasks.models import Task

LATER = NOW + dt.timedelta(hours=1)


@pytest.fixture
def report(cast: Cast, period: ReportingPeriod) -> Report:
    return handed_in(task_numbered(4), period, cast.reporter)


@pytest.fixture
def another(cast: Cast, period: ReportingPeriod) -> Report:
    task = Task.objects.led_by(cast.reporter.agency_ids).exclude(number=4).first()
    assert task is not None
    return handed_in(task, period, cast.reporter)


def marked(report: Report, by: User) -> ReviewMark:
    return review_mark(report=report, by=by, now=NOW, version=report.version)


def chosen(*reports: Report) -> list[tuple[int, int]]:
    return [(report.pk, report.version) for report in reports]


def test_a_mark_is_of_one_person_and_one_version(cast: Cast, report: Report) -> None:
    mark = marked(report, cast.coordinator)
    assert (mark.by, mark.version, mark.at) == (cast.coordinator, report.version, NOW)
    again = review_mark(report=report, by=cast.coordinator, now=LATER, version=report.version)
    assert (again.pk, again.at) == (mark.pk, LATER)
    assert ReviewMark.objects.count() == 1


def test_a_mark_is_no_move_of_the_report(cast: Cast, report: Report) -> None:
    events = ReportEvent.objects.count()
    marked(report, cast.coordinator)
    stored = Report.objects.get(pk=report.pk)
    assert (stored.state, stored.version) == (report.state, report.version)
    assert ReportEvent.objects.count() == events


def test_nobody_but_a_coordinator_marks_or_approves_several(cast: Cast, report: Report) -> None:
    everyone = cast.everyone()
    del everyone["coordinator"]
    for user in everyone.values():
        with pytest.raises(PermissionDenied):
            marked(report, user)
        with pytest.raises(PermissionDenied):
            reports_approve(chosen=chosen(report), by=user, now=NOW)
    assert not ReviewMark.objects.exists()


def test_a_version_that_was_not_seen_is_not_marked(cast: Cast, report: Report) -> None:
    with pytest.raises(StaleVersion):
        review_mark(report=report, by=cast.coordinator, now=NOW, version=report.version - 1)


@pytest.mark.parametrize(
    "undo",
    [
        lambda report, cast: report_move(
            report=report, move=Move.WITHDRAW, by=cast.reporter, now=NOW
        ),
        lambda report, cast: report_move(
            report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW
        ),
        lambda report, cast: period_close(period=report.period, by=cast.coordinator, now=NOW),
    ],
    ids=["withdrawn", "approved", "closed"],
)
def test_where_nothing_is_to_be_decided_nothing_is_marked(
    undo: Callable[[Report, Cast], object], cast: Cast, report: Report
) -> None:
    undo(report, cast)
    report.refresh_from_db()
    with pytest.raises(Conflict):
        marked(report, cast.coordinator)


def test_what_was_looked_at_is_approved_together(
    cast: Cast, report: Report, another: Report
) -> None:
    for one in (report, another):
        marked(one, cast.coordinator)
    outcomes = reports_approve(chosen=chosen(report, another), by=cast.coordinator, now=LATER)
    assert [outcome.is_approved for outcome in outcomes] == [True, True]
    for one in (report, another):
        one.refresh_from_db()
        assert (one.state, one.approved_at) == (ReportState.APPROVED, LATER)
        assert one.events.filter(move=Move.APPROVE, by=cast.coordinator).count() == 1


def test_what_was_not_looked_at_is_refused_and_keeps_no_other_back(
    cast: Cast, report: Report, another: Report
) -> None:
    marked(another, cast.coordinator)
    outcomes = reports_approve(chosen=chosen(report, another), by=cast.coordinator, now=LATER)
    assert [outcome.is_approved for outcome in outcomes] == [False, True]
    assert outcomes[0].refused
    report.refresh_from_db()
    assert report.state == ReportState.SUBMITTED


def test_what_another_coordinator_looked_at_is_theirs_to_approve(
    cast: Cast, report: Report
) -> None:
    second = User.objects.create_user("second", PASSWORD, name="何统", role=cast.coordinator.role)
    marked(report, cast.coordinator)
    assert not reports_approve(chosen=chosen(report), by=second, now=LATER)[0].is_approved


def test_what_has_changed_since_is_not_approved(cast: Cast, report: Report) -> None:
    marked(report, cast.coordinator)
    seen = chosen(report)
    report_move(report=report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    handed_in(report.task, report.period, cast.reporter)
    assert not reports_approve(chosen=seen, by=cast.coordinator, now=LATER)[0].is_approved
    report.refresh_from_db()
    # Neither as it was seen nor as it now reads.
    assert not reports_approve(chosen=chosen(report), by=cast.coordinator, now=LATER)[0].is_approved
    assert report.state == ReportState.SUBMITTED


def test_what_is_withdrawn_or_unknown_is_said_by_itself(cast: Cast, report: Report) -> None:
    marked(report, cast.coordinator)
    seen = chosen(report)
    report_move(report=report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    saved(report.task, report.period, cast.reporter)
    outcomes = reports_approve(
        chosen=[*seen, (report.pk + 1000, 1)], by=cast.coordinator, now=LATER
    )
    assert [outcome.is_approved for outcome in outcomes] == [False, False]
    assert [outcome.report for outcome in outcomes] == [report, None]


def test_the_same_report_twice_is_approved_once(cast: Cast, report: Report) -> None:
    marked(report, cast.coordinator)
    outcomes = reports_approve(
        chosen=[*chosen(report), *chosen(report)], by=cast.coordinator, now=LATER
    )
    assert [outcome.is_approved for outcome in outcomes] == [True, False]
    assert report.events.filter(move=Move.APPROVE).count() == 1

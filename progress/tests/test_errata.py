"""Rule: a closed period is corrected by numbered errata with old, new, reason and name alone."""

import datetime as dt
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from conftest import NOW, Cast
from progress.models import Erratum, KeptRecordError, Report, ReportingPeriod
from progress.states import Move
from progress.tests.acts import approved, corrected, first_measure, saved, task_numbered
from progress.workflow import (
    LONGEST_TEXT,
    Conflict,
    approved_before,
    content_of,
    content_to_start_from,
    content_with_errata,
    contents_with_errata,
    erratum_create,
    period_close,
    period_open,
    report_move,
)
from tasks.models import Status

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
DONE, LASTS, GOES, NOT = Status.COMPLETED, Status.ONGOING, Status.IN_PROGRESS, Status.NOT_STARTED


@pytest.fixture
def report(cast: Cast, period: ReportingPeriod) -> Report:
    """The approved report on task 4, all in progress, of the closed period 2026-10."""
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW + HOUR)
    report.refresh_from_db()
    return report


# --- what an erratum is ----------------------------------------------------------------------


def test_an_erratum_keeps_old_and_new_value_reason_time_and_person(
    report: Report, cast: Cast
) -> None:
    erratum = corrected(report, cast.coordinator, "text", "实际新增12家", reason=" 数字录入有误 ")
    assert (erratum.number, erratum.period) == (1, report.period)
    assert (erratum.old, erratum.new) == ("举措1已推进", "实际新增12家")
    assert (erratum.reason, erratum.by, erratum.at) == ("数字录入有误", cast.coordinator, NOW + DAY)


def test_what_was_approved_stays_and_what_holds_is_read_beside_it(
    report: Report, cast: Cast
) -> None:
    before = content_of(report)
    corrected(report, cast.coordinator, "text", "实际新增12家")
    corrected(report, cast.coordinator, "status", LASTS)
    corrected(report, cast.coordinator, "problems", "人手不足")
    assert content_of(report) == before
    holds = content_with_errata(report)
    assert (holds.measures[0].text, holds.measures[0].status) == ("实际新增12家", LASTS)
    assert holds.problems == "人手不足"
    assert holds.measures[1:] == before.measures[1:]


def test_what_nothing_corrects_is_not_asked_for_corrections_one_by_one(
    report: Report, cast: Cast
) -> None:
    def counted(asks: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as asked:
            asks()
        return len(asked)

    def one() -> object:
        before = approved_before(task=task, period=november)
        assert before is not None
        return content_with_errata(before)

    def several() -> object:
        return contents_with_errata([report])

    task, november = report.task, period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    # Which report and what it says; what it says and whether anything corrects it.
    assert (counted(one), counted(several)) == (2, 2)
    corrected(report, cast.coordinator, "text", "实际新增12家")
    assert (counted(one), counted(several)) == (3, 5)


def test_the_old_value_of_a_second_erratum_is_what_the_first_made_of_it(
    report: Report, cast: Cast
) -> None:
    corrected(report, cast.coordinator, "text", "实际新增12家")
    second = corrected(report, cast.coordinator, "text", "实际新增13家")
    assert second.old == "实际新增12家"
    assert content_with_errata(report).measures[0].text == "实际新增13家"


def test_numbers_count_up_within_a_period_whatever_the_report(
    cast: Cast, period: ReportingPeriod
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    task, other = task_numbered(4), task_numbered(5)
    reports = [
        approved(task, period, cast.reporter, cast.coordinator),
        approved(other, period, cast.reporter, cast.coordinator),
        approved(task, september, cast.reporter, cast.coordinator),
    ]
    for one in (period, september):
        period_close(period=one, by=cast.coordinator, now=NOW)
    numbers = [corrected(one, cast.coordinator, "problems", "更正").number for one in reports]
    assert numbers == [1, 2, 1]


def test_an_erratum_is_neither_changed_nor_removed(report: Report, cast: Cast) -> None:
    erratum = corrected(report, cast.coordinator)
    erratum.reason = "改写"
    with pytest.raises(KeptRecordError):
        erratum.save()
    with pytest.raises(KeptRecordError):
        erratum.delete()
    with pytest.raises(KeptRecordError):
        Erratum.objects.update(reason="改写")


def test_errata_are_read_by_those_who_read_the_report(report: Report, cast: Cast) -> None:
    corrected(report, cast.coordinator)
    readers = {
        name for name, who in cast.everyone().items() if Erratum.objects.visible_to(who).exists()
    }
    assert readers == {"reporter", "colleague", "co_reporter", "coordinator", "leader"}


# --- what is refused -------------------------------------------------------------------------


def test_nobody_but_a_coordinator_makes_an_erratum(report: Report, cast: Cast) -> None:
    for name, person in cast.everyone().items():
        if name == "coordinator":
            continue
        with pytest.raises(PermissionDenied):
            erratum_create(
                report=report, field="problems", new="更正", reason="更正", by=person, now=NOW
            )
    assert not Erratum.objects.exists()


def test_in_an_open_period_the_report_is_reopened_instead(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    with pytest.raises(Conflict, match=r"2026-10"):
        corrected(report, cast.coordinator)


def test_only_what_was_approved_is_corrected(cast: Cast, period: ReportingPeriod) -> None:
    report = saved(task_numbered(4), period, cast.reporter)
    period_close(period=period, by=cast.coordinator, now=NOW)
    with pytest.raises(Conflict):
        corrected(report, cast.coordinator)


def test_who_looked_at_something_else_is_refused(report: Report, cast: Cast) -> None:
    corrected(report, cast.coordinator, "text", "实际新增12家", old="举措1已推进")
    with pytest.raises(Conflict):
        corrected(report, cast.coordinator, "text", "实际新增13家", old="举措1已推进")
    assert (
        corrected(report, cast.coordinator, "text", "实际新增13家", old="实际新增12家").number == 2
    )


@pytest.mark.parametrize(
    ("field", "new", "reason", "errors"),
    [
        ("status", GOES, "更正", ["new"]),
        ("status", "finished", "更正", ["new"]),
        ("text", "举措1已推进", "更正", ["new"]),
        ("problems", "", "更正", ["new"]),
        ("problems", "字" * (LONGEST_TEXT + 1), "更正", ["new"]),
        ("status", LASTS, "  ", ["reason"]),
        ("status", LASTS, "字" * (LONGEST_TEXT + 1), ["reason"]),
        ("status", GOES, "", ["new", "reason"]),
        ("state", "approved", "更正", ["field"]),
    ],
)
def test_what_corrects_nothing_or_is_no_correction_is_refused_at_its_field(
    field: str, new: str, reason: str, errors: list[str], report: Report, cast: Cast
) -> None:
    with pytest.raises(ValidationError) as refused:
        corrected(report, cast.coordinator, field, new, reason=reason)
    assert sorted(refused.value.message_dict) == errors
    assert not Erratum.objects.exists()


def test_a_status_needs_one_of_the_reports_measures_and_a_text_of_the_whole_none(
    report: Report, cast: Cast
) -> None:
    for field, measure in (
        ("status", None),
        ("text", first_measure(5)),
        ("problems", first_measure()),
    ):
        with pytest.raises(ValidationError) as refused:
            erratum_create(
                report=report,
                field=field,
                measure=measure,
                new=LASTS,
                reason="更正",
                by=cast.coordinator,
                now=NOW,
            )
        assert list(refused.value.message_dict) == ["measure"]


@pytest.mark.django_db(transaction=True)
def test_two_errata_at_once_get_two_numbers(
    transactional_db: None, report: Report, cast: Cast
) -> None:
    def one(field: str) -> int:
        try:
            return corrected(report, cast.coordinator, field, "更正").number
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        numbers = list(pool.map(one, ["problems", "next_steps"]))
    assert sorted(numbers) == [1, 2]


# --- what follows for the standing -----------------------------------------------------------


def standing() -> tuple[str, dt.date | None, list[str]]:
    task = task_numbered(4)
    measures = task.measures.order_by("ordinal").values_list("status", flat=True)
    return task.status, task.completed_on, list(measures)


def test_a_corrected_status_holds_where_its_period_is_the_latest_approved(
    report: Report, cast: Cast
) -> None:
    assert standing() == (GOES, None, [GOES, GOES, GOES])
    corrected(report, cast.coordinator, "status", LASTS)
    assert standing() == (GOES, None, [LASTS, GOES, GOES])


def test_a_corrected_text_leaves_the_standing_alone(report: Report, cast: Cast) -> None:
    corrected(report, cast.coordinator, "text", "实际新增12家")
    assert standing() == (GOES, None, [GOES, GOES, GOES])


def test_an_erratum_of_an_older_period_changes_no_status(cast: Cast, report: Report) -> None:
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    approved(task_numbered(4), november, cast.reporter, cast.coordinator, [LASTS, GOES, NOT])
    corrected(report, cast.coordinator, "status", DONE, now=NOW + 2 * DAY)
    assert standing() == (GOES, None, [LASTS, GOES, NOT])


def test_it_holds_again_once_the_later_report_is_reopened(cast: Cast, report: Report) -> None:
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    later = approved(task_numbered(4), november, cast.reporter, cast.coordinator)
    corrected(report, cast.coordinator, "status", LASTS, now=NOW + 2 * DAY)
    report_move(report=later, move=Move.REOPEN, by=cast.coordinator, now=NOW, reason="数据有误")
    assert standing() == (GOES, None, [LASTS, GOES, GOES])


def test_errata_that_complete_a_task_complete_it_on_the_day_its_report_was_handed_in(
    report: Report, cast: Cast
) -> None:
    for measure in task_numbered(4).measures.all():
        corrected(report, cast.coordinator, "status", DONE, measure=measure)
    assert standing() == (DONE, NOW.date(), [DONE, DONE, DONE])


def test_an_erratum_that_takes_back_a_completion_takes_its_day_too(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator, DONE)
    period_close(period=period, by=cast.coordinator, now=NOW)
    corrected(report, cast.coordinator, "status", GOES)
    assert standing() == (GOES, None, [GOES, DONE, DONE])


def test_a_run_of_completed_reports_begins_after_the_one_that_is_corrected(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator, DONE)
    period_close(period=period, by=cast.coordinator, now=NOW)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    approved(task_numbered(4), november, cast.reporter, cast.coordinator, DONE, now=NOW + 30 * DAY)
    assert standing()[:2] == (DONE, NOW.date())
    # It was not completed in October after all, so it is since November.
    corrected(report, cast.coordinator, "status", GOES, now=NOW + 31 * DAY)
    assert standing()[:2] == (DONE, (NOW + 30 * DAY).date())


def test_the_next_report_starts_from_the_corrected_text(report: Report, cast: Cast) -> None:
    corrected(report, cast.coordinator, "text", "实际新增12家")
    corrected(report, cast.coordinator, "coordination", "请市财政局支持")
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    start = content_to_start_from(task=task_numbered(4), period=november)
    assert (start.measures[0].text, start.coordination) == ("实际新增12家", "请市财政局支持")

"""Results: entered by the lead beside its report, struck out with a reason, never counted twice."""

import datetime as dt
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from conftest import NOW, TODAY, Cast
from progress.models import Report, ReportingPeriod, Result, ResultKind
from progress.states import Move, ReportState
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import Conflict, period_close, report_move, result_add, result_strike
from tasks.models import Measure

TITLE = "天津市算力券管理办法（试行）"


def added(cast: Cast, period: ReportingPeriod, **fields: Any) -> Result:
    given: dict[str, Any] = {
        "task": task_numbered(4),
        "period": period,
        "kind": ResultKind.POLICY,
        "title": TITLE,
        "came_on": TODAY,
        "by": cast.reporter,
        "now": NOW,
    }
    return result_add(**{**given, **fields})


def test_a_result_is_entered_beside_the_report_and_leaves_its_version(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = saved(task_numbered(4), period, cast.reporter)
    measure = report.task.measures.get(ordinal=2)
    result = added(cast, period, document=" 津数发〔2026〕12号 ", measure=measure, note="首批")
    assert (result.report, result.measure, result.document) == (
        report,
        measure,
        "津数发〔2026〕12号",
    )
    report.refresh_from_db()
    assert report.version == 1


def test_a_report_that_nobody_began_is_begun_by_its_first_result(
    cast: Cast, period: ReportingPeriod
) -> None:
    result = added(cast, period)
    assert (result.report.state, result.report.version) == (ReportState.DRAFT, 1)
    assert added(cast, period, title="另一项").report == result.report


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"kind": "miracle"}, "kind"),
        ({"title": "  "}, "title"),
        ({"title": "长" * 201}, "title"),
        ({"document": "长" * 101}, "document"),
        ({"note": "长" * 10_001}, "note"),
        ({"came_on": TODAY + dt.timedelta(days=1)}, "came_on"),
        ({"came_on": dt.date(1999, 12, 31)}, "came_on"),
    ],
    ids=str,
)
def test_what_is_no_result_is_refused_at_its_field(
    cast: Cast, period: ReportingPeriod, fields: dict[str, Any], name: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        added(cast, period, **fields)
    assert list(refused.value.message_dict) == [name]
    # Nothing half-done: no draft was begun for it either.
    assert not Report.objects.exists()


def test_a_measure_of_another_task_is_refused(cast: Cast, period: ReportingPeriod) -> None:
    other = Measure.objects.exclude(task__number=4)[0]
    with pytest.raises(ValidationError) as refused:
        added(cast, period, measure=other)
    assert "measure" in refused.value.message_dict


def test_the_same_result_is_entered_once_until_it_is_struck_out(
    cast: Cast, period: ReportingPeriod
) -> None:
    first = added(cast, period)
    with pytest.raises(ValidationError, match="已登记"):
        added(cast, period, title=f" {TITLE} ")
    assert added(cast, period, kind=ResultKind.FIRST)
    assert added(cast, period, came_on=TODAY - dt.timedelta(days=1))
    result_strike(result=first, reason="日期有误", by=cast.reporter, now=NOW)
    assert added(cast, period)


def test_results_are_entered_by_the_lead_while_the_report_can_be_written(
    cast: Cast, period: ReportingPeriod
) -> None:
    for who in ("co_reporter", "stranger", "coordinator", "leader", "auditor", "administrator"):
        with pytest.raises(PermissionDenied):
            added(cast, period, by=getattr(cast, who))
    report = handed_in(task_numbered(4), period, cast.reporter)
    with pytest.raises(Conflict):
        added(cast, period)
    report_move(report=report, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补成果")
    assert added(cast, period)
    period_close(period=period, by=cast.coordinator, now=NOW + dt.timedelta(days=9))
    with pytest.raises(Conflict):
        added(cast, period, title="关闭之后")


def test_the_lead_strikes_out_while_writing_and_a_coordinator_at_any_time(
    cast: Cast, period: ReportingPeriod
) -> None:
    first, second = added(cast, period), added(cast, period, title="另一项")
    for who in ("co_reporter", "stranger", "leader", "auditor", "administrator"):
        with pytest.raises(PermissionDenied):
            result_strike(result=first, reason="有误", by=getattr(cast, who), now=NOW)
    with pytest.raises(ValidationError) as refused:
        result_strike(result=first, reason=" ", by=cast.reporter, now=NOW)
    assert "reason" in refused.value.message_dict
    struck = result_strike(result=first, reason="重复填报", by=cast.colleague, now=NOW)
    assert (struck.struck_by, struck.struck_reason) == (cast.colleague, "重复填报")
    with pytest.raises(Conflict):
        result_strike(result=first, reason="再次", by=cast.reporter, now=NOW)
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    with pytest.raises(Conflict):
        result_strike(result=second, reason="有误", by=cast.reporter, now=NOW)
    period_close(period=period, by=cast.coordinator, now=NOW + dt.timedelta(days=9))
    result_strike(result=second, reason="不属于本任务", by=cast.coordinator, now=NOW)
    assert Result.objects.filter(struck_at=None).count() == 0


def test_who_reads_a_result(cast: Cast, period: ReportingPeriod) -> None:
    def readers() -> set[str]:
        return {
            who for who, user in cast.everyone().items() if Result.objects.visible_to(user).exists()
        }

    added(cast, period)
    assert readers() == {"reporter", "colleague", "co_reporter"}
    report = handed_in(task_numbered(4), period, cast.reporter)
    assert readers() == {"reporter", "colleague", "co_reporter", "coordinator"}
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    assert "leader" in readers()

"""What the brief quotes: approved reports, whole sentences, of a closed period what held."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import BriefKind, Matter, Report, ReportingPeriod, Result, ResultKind
from progress.rollups import figures_of, figures_of_period, matters_quoted, results_quoted
from progress.states import Move
from progress.tests.acts import approved, corrected, handed_in, saved, task_numbered
from progress.tests.briefs import DETAILS, lines_of, made, text_of
from progress.workbooks.brief import brief_name
from progress.workbooks.brief.content import MOST_LISTED, brief_content
from progress.workbooks.brief.context import Brief
from progress.workbooks.brief.wording import (
    change_said,
    document_number,
    period_said,
    plain,
    quoted,
    tasks_said,
)
from progress.workflow import (
    matter_close,
    matter_reopen,
    period_close,
    period_open,
    report_move,
    result_add,
    result_strike,
)
from tasks.models import Status, Task

DAY = dt.timedelta(days=1)
TWO = "第一句说明情况。第二句说明原因！"


def content_of(period: ReportingPeriod, user: User, *, now: dt.datetime = NOW) -> Brief:
    return brief_content(period=period, user=user, today=now.date(), now=now, details=DETAILS)


def reported(
    number: int, period: ReportingPeriod, cast: Cast, *, problems: str = "", coordination: str = ""
) -> Report:
    """An approved report with these words."""
    report = handed_in(task_numbered(number), period, cast.reporter, coordination=coordination)
    Report.objects.filter(pk=report.pk).update(problems=problems)
    return report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)


def test_only_approved_reports_are_quoted(cast: Cast, period: ReportingPeriod) -> None:
    reported(4, period, cast, problems="已审核的问题。", coordination="已审核的协调事项。")
    handed_in(task_numbered(5), period, cast.reporter, coordination="未审核的协调事项。")
    Report.objects.filter(task__number=5).update(problems="未审核的问题。")
    saved(task_numbered(6), period, cast.reporter)
    Report.objects.filter(task__number=6).update(problems="草稿里的问题。")
    content = content_of(period, cast.coordinator)
    assert [line.text for line in content.problems.lines] == ["已审核的问题。"]
    assert (content.problems.tasks, content.matters.all) == (1, 1)
    assert [line.text for line in content.matters.lines] == ["已审核的协调事项。"]
    text = text_of(made(period, cast.coordinator))
    assert "已审核的问题。" in text
    assert "未审核" not in text
    assert "草稿" not in text


def test_a_circular_counts_problems_and_matters_and_quotes_none(
    cast: Cast, period: ReportingPeriod
) -> None:
    reported(4, period, cast, problems="问题一。", coordination="协调一。")
    text = text_of(made(period, cast.coordinator, BriefKind.CIRCULAR))
    assert "1项任务反映存在问题；尚未办结的需协调事项1项。" in text
    assert "问题一" not in text
    assert "协调一" not in text


@pytest.mark.parametrize("kind", BriefKind)
def test_nobody_is_named_for_not_handing_in(
    kind: BriefKind, cast: Cast, period: ReportingPeriod
) -> None:
    """Who has handed in is known to the office and to the task's own agencies."""
    text = text_of(made(period, cast.coordinator, kind, today=period.due_on + DAY))
    assert "进展报告131份，目前均未报送。" in text
    assert not any(
        title.rstrip("。") in text for title in Task.objects.values_list("title", flat=True)
    )


def test_what_is_listed_is_late_first_and_what_is_left_out_is_counted(
    cast: Cast, period: ReportingPeriod
) -> None:
    for number in (4, 5, 6):
        reported(number, period, cast, problems=f"任务{number}的问题。")
    Task.objects.filter(number=6).update(deadline=TODAY - DAY)
    Task.objects.filter(number=5).update(deadline=TODAY + DAY)
    content = content_of(period, cast.coordinator)
    assert [line.task for line in content.problems.lines] == [6, 5, 4]
    assert [line.light for line in content.problems.lines][:2] == ["红灯", "黄灯"]
    assert content.said.problems.endswith("3项任务反映存在问题，具体如下：")
    assert MOST_LISTED > 3


def test_sentences_are_right_where_there_is_nothing(cast: Cast, period: ReportingPeriod) -> None:
    lines = lines_of(made(period, cast.coordinator))
    assert "本期尚无审核通过的进展报告。" in lines
    assert "目前没有尚未办结的需协调事项。" in lines
    assert "本期进展报告中没有登记新的成果。" in lines
    assert "截至2026年10月22日，没有逾期未完成的任务。" in lines
    assert any(line.startswith("截至2026年10月22日，131项试点任务全部未启动") for line in lines)
    assert "附件：各章节进展情况表" in lines
    assert "附件2" not in lines
    assert not any("相比" in line for line in lines)
    nothing = figures_of([])
    assert tasks_said(nothing, "某日") == "《任务清单》目前没有试点任务。"
    reported(4, period, cast)
    assert "本期审核通过的1份进展报告均未反映存在问题。" in lines_of(made(period, cast.coordinator))


def test_change_is_told_in_items_and_percentage_points(cast: Cast, period: ReportingPeriod) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    period_close(period=september, by=cast.coordinator, now=NOW)
    before = figures_of_period(period=september, today=TODAY).whole
    assert change_said(before, before, "2026年9月") == "与2026年9月相比，各项指标持平。"
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, Status.COMPLETED)
    content = content_of(period, cast.coordinator)
    assert content.said.change == (
        "与2026年9月相比，已完成任务增加1项，未启动任务减少1项，启动率提高0.8个百分点，"
        "落地率提高0.8个百分点，完成率提高0.8个百分点。"
    )
    now = figures_of_period(period=period, today=TODAY).whole
    assert "启动率下降0.8个百分点" in change_said(before, now, "某期")


def test_results_and_matters_of_a_closed_period_stay_as_they_were(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    result_add(
        task=task,
        period=period,
        kind=ResultKind.POLICY,
        title="数据管理办法",
        document="津数[2026]3号",
        came_on=TODAY,
        by=cast.reporter,
        now=NOW,
    )
    struck = result_add(
        task=task,
        period=period,
        kind=ResultKind.PROJECT,
        title="误录的项目",
        came_on=TODAY,
        by=cast.reporter,
        now=NOW,
    )
    result_strike(result=struck, reason="误录", by=cast.reporter, now=NOW)
    reported(4, period, cast, coordination="请明确口径。")
    matter = Matter.objects.get()
    assert [
        row.title for row in results_quoted(results=Result.objects.all(), period=period, now=NOW)
    ] == ["数据管理办法"]
    period_close(period=period, by=cast.coordinator, now=NOW + DAY)
    period.refresh_from_db()
    later = NOW + 40 * DAY
    before = made(period, cast.coordinator, today=later.date(), now=later)
    assert "数据管理办法（津数〔2026〕3号）" in text_of(before)
    assert "请明确口径。" in text_of(before)
    result_strike(
        result=Result.objects.get(struck_at=None), reason="失效", by=cast.coordinator, now=later
    )
    matter_close(
        matter=matter, note="已明确", by=cast.coordinator, now=later, version=matter.version
    )
    assert made(period, cast.coordinator, today=later.date(), now=later) == before
    matter_reopen(matter=matter, reason="再议", by=cast.coordinator, now=later, version=2)
    Matter.objects.update(text="后来改写的话。")
    assert made(period, cast.coordinator, today=later.date(), now=later) == before
    [row] = matters_quoted(matters=Matter.objects.all(), period=period, now=later)
    assert row.text == "请明确口径。"


def test_a_corrected_text_stands_in_its_place_and_is_said_to_be_corrected(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = reported(4, period, cast, problems="原来的问题。")
    period_close(period=period, by=cast.coordinator, now=NOW)
    period.refresh_from_db()
    corrected(report, cast.coordinator, "problems", "更正后的问题。")
    text = text_of(made(period, cast.coordinator))
    assert "更正后的问题。" in text
    assert "原来的问题。" not in text
    assert "数据仍为关闭时的情况：任务4的存在问题已更正。" in text
    circular = text_of(made(period, cast.coordinator, BriefKind.CIRCULAR))
    assert "任务4的存在问题已更正。" in circular
    assert "更正后的问题。" not in circular


def test_quotations_are_whole_sentences_and_never_altered() -> None:
    assert quoted(TWO) == TWO
    assert quoted(TWO, most=10) == "第一句说明情况。……"
    assert quoted("没有标点" * 60, most=10) == "没有标点" * 60
    assert quoted("他说：“可以。”第二句。", most=8) == "他说：“可以。”……"
    assert quoted("一。" * 200, most=10) == "一。" * 5 + "……"


def test_lines_become_one_and_what_cannot_be_printed_goes() -> None:
    assert plain("第一行\n第二行。\n\n第三行\t末") == "第一行　第二行。第三行 末"
    assert plain("甲\x00\x0b\ufffe\ud800乙") == "甲乙"


@pytest.mark.parametrize(
    ("typed", "printed"),
    [
        ("津服扩[2026]12号", "津服扩〔2026〕12号"),
        ("津服扩（２０２６）１２号", "津服扩〔2026〕12号"),
        ("津服扩 【2026】 12号", "津服扩〔2026〕12号"),
        ("津服扩〔2026〕12号", "津服扩〔2026〕12号"),
        ("", ""),
    ],
)
def test_a_document_number_is_printed_in_the_brackets_of_documents(
    typed: str, printed: str
) -> None:
    assert document_number(typed) == printed


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("2026-10", "2026年10月"),
        ("2026-Q3", "2026年第三季度"),
        ("2026-H1", "2026年上半年"),
        ("2026-H2", "2026年下半年"),
        ("2026", "2026年"),
    ],
)
def test_periods_are_named_as_offices_name_them(code: str, said: str) -> None:
    from progress.cadence import span_of

    span = span_of(code)
    period = ReportingPeriod(code=code, kind=span.kind, starts_on=span.starts_on)
    assert period_said(period) == said
    assert brief_name(kind=BriefKind.REPORT, period=period).startswith(said)


def test_the_number_of_statements_does_not_grow(cast: Cast, period: ReportingPeriod) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            content_of(period, cast.coordinator)
        return len(queries)

    reported(4, period, cast, problems="问题。", coordination="协调。")
    few = statements()
    for number in (5, 6, 7, 8):
        reported(number, period, cast, problems="问题。", coordination=f"协调{number}的事。")
    assert statements() == few <= 24

"""The progress workbook, read back as Excel would read it."""

import datetime as dt
from io import BytesIO

import pytest
from django.utils import translation
from openpyxl import load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from pytest_django import DjangoAssertNumQueries

from conftest import NOW, TODAY, Cast
from progress.models import Report, ReportingPeriod
from progress.rollups import chapter_figures, task_rows
from progress.states import Move
from progress.tests.acts import approved, content, handed_in, task_numbered
from progress.tests.report_read import FORM, report_read
from progress.workbooks import progress_workbook
from progress.workbooks.cells import MOST_LINES
from progress.workbooks.report.form_sheet import HEADING_ROW
from progress.workbooks.text_lines import lines_of
from progress.workflow import MeasureContent, ReportContent, period_open, report_move, report_save
from tasks.listing import chinese_numeral
from tasks.models import Status, Task, TaskQuerySet

# Rows and columns as openpyxl counts them, from 1.
HEADER_ROW = HEADING_ROW + 1
NUMBER, MEASURE, PROGRESS, PROBLEMS, REMARK = 1, 3, 9, 10, 12
PROGRESS_WIDTH, PROBLEMS_WIDTH = 44, 16


def workbook_of(
    cast: Cast,
    period: ReportingPeriod,
    tasks: TaskQuerySet | None = None,
    language: str = "zh-hans",
) -> bytes:
    return progress_workbook(
        period=period,
        user=cast.coordinator,
        today=TODAY,
        now=NOW,
        tasks=Task.objects.all() if tasks is None else tasks,
        language=language,
    )


def sheet_of(data: bytes) -> Worksheet:
    return load_workbook(BytesIO(data)).worksheets[0]


def texts_of(data: bytes) -> list[str]:
    """What stands on the form, which is called otherwise in English."""
    read = report_read(data)
    return read.texts(next(iter(read.values)))


def with_texts(cast: Cast, period: ReportingPeriod, text: str) -> Report:
    """Task 4 approved with this text in each of its fields."""
    task = task_numbered(4)
    said = content(task)
    said = ReportContent(
        tuple(MeasureContent(m.measure_id, m.ordinal, m.status, text) for m in said.measures),
        problems=text,
        next_steps=text,
        coordination=text,
    )
    report = report_save(
        task=task, period=period, by=cast.reporter, now=NOW, content=said, version=0
    )
    report = report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=NOW)
    return report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)


def test_all_tasks_and_measures_stand_in_it_in_their_order(
    cast: Cast, period: ReportingPeriod
) -> None:
    rows = report_read(workbook_of(cast, period)).values[FORM][HEADER_ROW:]
    numbers = [int(row[0]) for row in rows if row[0] is not None and str(row[0]).isdigit()]
    assert numbers == list(range(1, 132))
    measures = [row[2] for row in rows if row[2] is not None]
    stored = Task.objects.order_by("number", "measures__ordinal")
    assert measures == list(stored.values_list("measures__text", flat=True))
    assert len(measures) == 337


def test_each_chapter_has_its_band_with_the_figures_of_the_rollups(
    cast: Cast, period: ReportingPeriod
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, Status.COMPLETED)
    texts = texts_of(workbook_of(cast, period))
    rows = task_rows(tasks=Task.objects.all(), period=period, user=cast.coordinator, today=TODAY)
    for chapter in chapter_figures(rows):
        numeral, figures = chinese_numeral(chapter.number), chapter.figures
        completed = figures.tasks_by_status[Status.COMPLETED]
        assert (f"{numeral}、{chapter.title}（共{figures.tasks}项，已完成{completed}项）") in texts


def test_it_is_ready_to_print_on_a3_landscape(cast: Cast, period: ReportingPeriod) -> None:
    data = workbook_of(cast, period, Task.objects.filter(chapter=1))
    sheet = sheet_of(data)
    assert sheet.page_setup.orientation == "landscape"
    assert sheet.page_setup.paperSize == 8
    # One page wide is what a file means that says nothing of it.
    assert (sheet.page_setup.fitToWidth or 1, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_title_rows == f"${HEADER_ROW - 1}:${HEADER_ROW}"
    assert sheet.freeze_panes == f"C{HEADER_ROW + 1}"
    assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
    assert sheet.page_margins.left == pytest.approx(15 / 25.4)
    assert (sheet.cell(2, 1).font.name, sheet.cell(2, 1).font.size) == ("方正小标宋简体", 20)
    assert sheet.cell(1, 1).font.name == "黑体"
    assert sheet.cell(HEADER_ROW - 1, 1).font.name == "黑体"
    body = sheet.cell(HEADER_ROW + 2, 2)
    assert (body.font.name, body.font.size) == ("仿宋_GB2312", 10.5)
    assert body.alignment.wrap_text
    assert "严禁录入涉密信息。" in texts_of(data)


def test_approved_texts_are_quoted_and_no_others(cast: Cast, period: ReportingPeriod) -> None:
    handed_in(task_numbered(5), period, cast.reporter)
    with_texts(cast, period, "审核通过的文字")
    texts = texts_of(workbook_of(cast, period))
    assert texts.count("审核通过的文字") >= 3
    assert "举措1已推进" not in texts
    assert "已报送，待审核" in texts
    assert texts.count("未报送") == 129


@pytest.mark.parametrize("start", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx", "=cmd|' /C calc'!A0"])
def test_text_that_looks_like_a_formula_stays_text(
    start: str, cast: Cast, period: ReportingPeriod
) -> None:
    with_texts(cast, period, start)
    sheet = sheet_of(workbook_of(cast, period, Task.objects.filter(number=4)))
    found = [cell for row in sheet.iter_rows() for cell in row if cell.value == start]
    assert len(found) >= 4
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in found)
    assert not [c for row in sheet.iter_rows() for c in row if c.data_type == "f"]


@pytest.mark.parametrize(
    ("written", "stored"),
    [("前\x0b后", "前后"), ("\x01=1+1", "=1+1"), ("前\uffff后", "前后"), ("#N/A", "#N/A")],
)
def test_characters_that_xml_forbids_are_left_out_and_errors_stay_text(
    written: str, stored: str, cast: Cast, period: ReportingPeriod
) -> None:
    with_texts(cast, period, written)
    sheet = sheet_of(workbook_of(cast, period, Task.objects.filter(number=4)))
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value == stored]
    assert len(cells) >= 4
    assert {cell.data_type for cell in cells} == {"s"}


def test_no_text_is_cut_however_long_it_is(cast: Cast, period: ReportingPeriod) -> None:
    long = "推进跨境数据服务中心建设，完成接口联调并投入试运行。" * 380
    with_texts(cast, period, long)
    sheet = sheet_of(workbook_of(cast, period, Task.objects.filter(number__in=[4, 5])))
    first = next(row[0].row for row in sheet.iter_rows() if row[0].value == 4)
    last = next(row[0].row for row in sheet.iter_rows() if row[0].value == 5) - 1
    progress = [str(sheet.cell(row, 9).value or "") for row in range(first, last + 1)]
    assert "".join(progress) == long * 3
    for row in range(first, last + 1):
        height = sheet.row_dimensions[row].height
        assert height <= 409
        needed = len(lines_of(str(sheet.cell(row, 9).value or ""), PROGRESS_WIDTH))
        assert needed <= MOST_LINES
        assert height >= needed * 14
    total = sum(sheet.row_dimensions[row].height for row in range(first, last + 1))
    assert total >= len(lines_of(long, PROBLEMS_WIDTH)) * 14


def test_a_past_period_keeps_its_status_after_a_later_approval(
    cast: Cast, period: ReportingPeriod
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, Status.IN_PROGRESS)
    before = workbook_of(cast, period, Task.objects.filter(number=4))
    later = NOW + dt.timedelta(days=30)
    november = period_open(code="2026-11", by=cast.coordinator, now=later)
    approved(
        task_numbered(4), november, cast.reporter, cast.coordinator, Status.COMPLETED, now=later
    )
    after = workbook_of(cast, period, Task.objects.filter(number=4))
    assert texts_of(after) == texts_of(before)


def test_the_same_content_makes_the_same_bytes(cast: Cast, period: ReportingPeriod) -> None:
    assert workbook_of(cast, period) == workbook_of(cast, period)


def test_it_takes_as_many_statements_with_many_reports_as_with_none(
    cast: Cast, period: ReportingPeriod, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(11):
        workbook_of(cast, period)
    for number in (4, 5, 6, 7, 8):
        approved(task_numbered(number), period, cast.reporter, cast.coordinator)
    with django_assert_num_queries(11):
        workbook_of(cast, period)


def test_a_part_of_the_list_says_so(cast: Cast, period: ReportingPeriod) -> None:
    texts = texts_of(workbook_of(cast, period, Task.objects.filter(chapter__number=1)))
    assert any("清单131项中的14项" in text for text in texts)


def test_headings_follow_the_reader_and_the_list_stays_as_it_is(
    cast: Cast, period: ReportingPeriod
) -> None:
    english = texts_of(workbook_of(cast, period, language="en"))
    assert {"Lead", "Co-responsible"} <= set(english)
    assert task_numbered(4).title in english
    assert translation.get_language() == "zh-hans"


def test_lines_joined_again_are_the_text() -> None:
    text = "一是推进（试点）。\n二是 English words，《方案》出台……\n"
    assert "".join(lines_of(text, 12)) == text

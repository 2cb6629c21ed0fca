"""What each sheet of the progress report holds, in either edition, and how it is laid out."""

import datetime as dt
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from conftest import NOW, TODAY, Cast
from progress.models import EditionKind, Paper, ReportingPeriod
from progress.rollups import Rate
from progress.tests.acts import approved, attached, corrected, handed_in, task_numbered
from progress.tests.report_read import (
    AGENCIES,
    CHAPTERS,
    DATA,
    FORM,
    NOTES,
    ReportRead,
    headings_of,
    report_read,
)
from progress.workbooks import NOT_NARROWED, Narrowing, progress_workbook
from progress.workbooks.report.layout import Together, pages_of, stretch, stretches_of
from progress.workbooks.text_lines import lines_of
from progress.workflow import period_close
from tasks.models import Status, Task, TaskQuerySet

pytestmark = pytest.mark.wide

WIDTHS = (5, 30, 40, 12, 14, 10, 8, 6, 44, 16, 17, 8)
# What only the office and the agencies are to read.
INTERNAL_WORDS = (
    "亮灯",
    "红灯",
    "黄灯",
    "报送",
    "逾期",
    "存在问题",
    "下一步",
    "协调",
    "备注",
    "佐证",
    "填报人",
    "审核人",
    "电话",
    "原定",
)


def made(
    cast: Cast,
    period: ReportingPeriod,
    tasks: TaskQuerySet | None = None,
    *,
    edition: EditionKind = EditionKind.INTERNAL,
    paper: Paper = Paper.A3,
    narrowing: Narrowing = NOT_NARROWED,
    errata: int = 0,
    now: dt.datetime = NOW,
) -> ReportRead:
    return report_read(
        progress_workbook(
            period=period,
            user=cast.coordinator,
            today=now.date(),
            now=now,
            tasks=Task.objects.all() if tasks is None else tasks,
            language="zh-hans",
            edition=edition,
            paper=paper,
            narrowing=narrowing,
            errata=errata,
        )
    )


def width_of(sheet: Worksheet, column: int) -> float:
    """As Excel shows it; the file counts the cell's own margins too."""
    letter = "ABCDEFGHIJKL"[column]
    for key, dimension in sheet.column_dimensions.items():
        if dimension.min <= column + 1 <= dimension.max or key == letter:
            return float(round(dimension.width * 7 - 5) / 7)
    raise AssertionError(letter)


# --- The form -------------------------------------------------------------------------------------


def test_the_form_has_its_five_sheets_its_columns_and_its_two_levels_of_headings(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = made(cast, period)
    assert report.formulas.sheetnames == [FORM, CHAPTERS, AGENCIES, DATA, NOTES]
    sheet = report.formulas[FORM]
    assert list(headings_of(sheet, (5, 6))) == [
        ("序号", ""),
        ("试点任务", ""),
        ("落实举措", ""),
        ("责任单位", "牵头单位"),
        ("责任单位", "配合单位"),
        ("完成时限", ""),
        ("推进情况", "状态"),
        ("推进情况", "亮灯"),
        ("推进情况", "本期进展"),
        ("存在问题及下一步安排", "存在问题"),
        ("存在问题及下一步安排", "下一步及需协调"),
        ("备注", ""),
    ]
    assert [width_of(sheet, at) for at in range(12)] == pytest.approx(list(WIDTHS), abs=0.1)
    for cell, font, size in (
        (sheet["A1"], "黑体", 16),
        (sheet["A2"], "方正小标宋简体", 20),
        (sheet["A5"], "黑体", 11),
        (sheet["D6"], "黑体", 11),
        (sheet["A7"], "黑体", 11),
        (sheet["B8"], "仿宋_GB2312", 10.5),
    ):
        assert (cell.font.name, cell.font.size) == (font, size)
    assert (sheet["A1"].value, sheet["A2"].alignment.horizontal) == ("附件", "center")
    assert sheet["A3"].value == "（截至2026年10月22日）"
    signed = [cell.value for cell in sheet[4] if cell.value]
    assert signed == [
        "填报单位（盖章）：",
        "填报人：",
        "审核人：",
        "电话：",
        "填表日期：　　　　年　　月　　日",
    ]
    assert all(
        getattr(sheet["B8"].border, side).style == "thin"
        for side in ("left", "right", "top", "bottom")
    )
    assert sheet.freeze_panes == "C7"


@pytest.mark.parametrize(("paper", "number"), [(Paper.A3, 8), (Paper.A4, 9)])
def test_every_sheet_is_printed_across_with_its_pages_numbered(
    paper: Paper, number: int, cast: Cast, period: ReportingPeriod
) -> None:
    for sheet in made(cast, period, paper=paper).formulas:
        setup = sheet.page_setup
        assert (setup.paperSize, setup.orientation) == (number, "landscape")
        assert sheet.sheet_properties.pageSetUpPr.fitToPage
        assert sheet.oddFooter.center.text == "第 &P 页 共 &N 页"
        margins = sheet.page_margins
        for margin in (margins.left, margins.right, margins.top, margins.bottom):
            assert margin == pytest.approx(15 / 25.4)


def test_what_is_said_of_a_task_stands_once_beside_all_its_measures(
    cast: Cast, period: ReportingPeriod
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    sheet = made(cast, period, Task.objects.filter(number=4)).formulas[FORM]
    first = next(row[0].row for row in sheet.iter_rows() if row[0].value == 4)
    count = task_numbered(4).measures.count()
    areas = {(area.min_row, area.max_row, area.min_col) for area in sheet.merged_cells.ranges}
    for column in (1, 2, 4, 5, 6, 8, 10, 11, 12):
        assert (first, first + count - 1, column) in areas
    for column in (3, 7, 9):
        assert not [area for area in areas if area[0] >= first and area[2] == column]


def test_the_remarks_name_the_evidence_and_how_far_a_report_is(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    attached(task, period, cast.reporter, name="算力中心验收报告.pdf")
    attached(task, period, cast.reporter, name="二期照片.pdf", content=None)
    approved(task, period, cast.reporter, cast.coordinator)
    late = NOW + dt.timedelta(days=3)
    handed_in(task_numbered(5), period, cast.reporter, now=late)
    entries = {entry["序号"]: entry["备注"] for entry in made(cast, period, now=late).entries()}
    assert entries[4] == "佐证材料：算力中心验收报告.pdf、二期照片.pdf"
    assert entries[5] == "逾期报送；已报送，待审核"
    assert entries[6] == "未报送"


def test_a_closed_period_names_the_evidence_of_its_closing_and_what_corrects_it(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    attached(task, period, cast.reporter, name="关闭前.pdf")
    report = approved(task, period, cast.reporter, cast.coordinator)
    period = period_close(period=period, by=cast.coordinator, now=NOW)
    report.evidence.create(
        file=report.evidence.get().file,
        name="关闭后.pdf",
        added_at=NOW + dt.timedelta(days=1),
        added_by=cast.reporter,
    )
    before = made(cast, period, Task.objects.filter(number=4))
    corrected(report, cast.coordinator)
    corrected(report, cast.coordinator, "text", "更正后的进展")
    assert made(cast, period, Task.objects.filter(number=4)).data() == before.data()
    after = made(cast, period, Task.objects.filter(number=4), errata=2)
    row, entry = after.data()[0], after.entries()[0]
    assert (row["本期进展"], row["举措状态"], row["佐证材料"]) == (
        "更正后的进展",
        "推进中",
        "关闭前.pdf",
    )
    assert "勘误" in entry["备注"]
    notes = after.texts(NOTES)
    assert "原文：推进中\n更正为：长期坚持" in notes
    assert "原文：举措1已推进\n更正为：更正后的进展" in notes
    public = made(cast, period, Task.objects.filter(number=4), errata=2, edition=EditionKind.PUBLIC)
    assert "原统计口径有误" in "".join(notes)
    assert "原统计口径有误" not in "".join(public.texts(NOTES) + public.texts(FORM))


# --- The public edition ---------------------------------------------------------------------------


def test_the_public_edition_says_nothing_that_is_internal(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    attached(task, period, cast.reporter, name="佐证一.pdf")
    approved(task, period, cast.reporter, cast.coordinator)
    handed_in(task_numbered(5), period, cast.reporter)
    Task.objects.filter(number=4).update(
        deadline=TODAY + dt.timedelta(days=1), original_deadline=TODAY - dt.timedelta(days=9)
    )
    report = made(cast, period, Task.objects.filter(number__in=[4, 5]), edition=EditionKind.PUBLIC)
    texts = [text for sheet in report.values for text in report.texts(sheet)]
    listed = "".join(Task.objects.values_list("title", flat=True))
    for word in INTERNAL_WORDS:
        said = [text for text in texts if word in text and text not in listed]
        assert not [one for one in said if "一是" not in one and "二是" not in one], (word, said)
    assert "举措1已推进" in texts
    assert report.trend() == {}
    headings = list(headings_of(report.formulas[FORM], (5, 6)))
    assert [below or above for above, below in headings] == [
        "序号",
        "试点任务",
        "落实举措",
        "牵头单位",
        "配合单位",
        "完成时限",
        "状态",
        "本期进展",
    ]


# --- The summaries and the data -------------------------------------------------------------------


def test_the_summaries_have_native_charts_of_their_cells(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = made(cast, period)
    charts = {sheet.title: len(sheet._charts) for sheet in report.formulas}
    assert charts == {FORM: 0, CHAPTERS: 2, AGENCIES: 1, DATA: 0, NOTES: 0}
    bars = report.formulas[CHAPTERS]._charts[0]
    assert (bars.type, bars.grouping) == ("bar", "stacked")
    assert [series.val.numRef.f for series in bars.series] == [
        f"章节汇总!${column}$5:${column}$18" for column in "DEFG"
    ]
    cached = [int(point.v) for point in bars.series[0].val.numRef.numCache.pt]
    column = [row[3] for row in report.values[CHAPTERS][4:18]]
    assert cached == column
    part = made(cast, period, Task.objects.filter(status=Status.COMPLETED))
    assert part.trend() == {}


def test_a_chapter_and_an_agency_have_a_trend_of_their_own(
    cast: Cast, period: ReportingPeriod
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    chapter = Task.objects.filter(chapter__number=1)
    report = made(cast, period, chapter, narrowing=Narrowing("第1章", ("章节：一",), chapter=1))
    assert report.trend()["2026-10"][:3] == (14, 1, 1)
    agency = cast.reporter.agency
    assert agency is not None
    led = Task.objects.led_by([agency.pk])
    report = made(cast, period, led, narrowing=Narrowing("市数据局", ("单位",), agency=agency.pk))
    assert report.trend()["2026-10"][:3] == (led.count(), 1, 1)
    assert "（截至2026年10月22日；清单131项中的" in "".join(report.texts(FORM))


def test_the_data_are_flat_typed_and_filtered(cast: Cast, period: ReportingPeriod) -> None:
    Task.objects.filter(number=4).update(deadline=dt.date(2026, 12, 31))
    report = made(cast, period)
    sheet = report.formulas[DATA]
    assert not sheet.merged_cells.ranges
    assert sheet.auto_filter.ref == f"A1:{sheet.cell(1, sheet.max_column).column_letter}338"
    assert sheet.freeze_panes == "A2"
    row = next(one for one in report.data() if one["任务序号"] == 4)
    assert row["任务完成时限"] == dt.datetime(2026, 12, 31)  # noqa: DTZ001
    assert row["截至日期"] == dt.datetime(2026, 10, 22)  # noqa: DTZ001
    assert isinstance(row["举措序号"], int)
    assert sum(one["任务计数"] for one in report.data()) == 131


def test_half_a_tenth_is_shown_as_spreadsheets_show_it() -> None:
    assert [Rate(part, whole, "").percent for part, whole in ((1, 16), (5, 16), (1, 80))] == [
        6.3,
        31.3,
        1.3,
    ]


# --- Heights and pages ----------------------------------------------------------------------------

TEXTS = st.text(st.sampled_from("推进a b，。（1\n数据服务Excel"), max_size=1500)


@given(progress=TEXTS, beside=st.lists(TEXTS, max_size=3), more=st.integers(0, 200))
@settings(max_examples=60, deadline=None)
def test_no_row_is_too_high_and_no_text_is_cut(progress: str, beside: list[str], more: int) -> None:
    rows = stretches_of(progress=progress, beside=[(text, 16) for text in beside], width=44)
    stretch([rows], more)
    assert all(row.height <= 409 for row in rows)
    # A line's end where the progress goes on in a further row is the row's end now.
    assert "".join(row.progress for row in rows).replace("\n", "") == progress.replace("\n", "")
    for row in rows:
        assert len(lines_of(row.progress, 44)) <= row.lines
    needed = max([len(lines_of(text, 16)) for text in beside] + [more])
    assert sum(row.lines for row in rows) >= needed


@given(
    groups=st.lists(st.lists(st.floats(19, 409), min_size=1, max_size=6), min_size=2, max_size=30),
    parts=st.booleans(),
)
@settings(max_examples=100, deadline=None)
def test_pages_end_between_groups_and_hold_what_is_on_them(
    groups: list[list[float]], parts: bool
) -> None:
    page, head, repeated = 740.0, 150.0, 48.0
    placed, row = [], 6
    for heights in groups:
        may_end = tuple(range(1, len(heights))) if parts else ()
        placed.append(Together(row, heights, may_end))
        row += len(heights)
    pages = pages_of(placed, page=page, head=head, repeated=repeated)
    heights_by_row = dict(
        zip(range(6, row), [one for heights in groups for one in heights], strict=True)
    )
    ends = [6, *pages.breaks, row]
    assert all(before < after for before, after in pairwise(ends))
    starts = {one.first for one in placed}
    for first in pages.breaks:
        assert first in starts or parts
    for index, (first, last) in enumerate(pairwise(ends)):
        used = (head if index == 0 else repeated) + sum(
            heights_by_row[one] for one in range(first, last)
        )
        alone = [one for one in placed if first <= one.first < last and one.first in pages.torn]
        assert used <= page + 0.01 or alone
    # The notes, the last group, begin a page only where they and the task before find no room.
    together = placed[-2].height + placed[-1].height + repeated
    if placed[-1].first in pages.breaks:
        assert together > page

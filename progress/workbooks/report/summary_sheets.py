"""章节汇总 and 责任单位汇总: figures of the rollups, sums and rates as formulas beside them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from agencies.models import User
from progress.lights import Light
from progress.models import Paper
from progress.rollups import Figures, Rate, figures_of
from progress.workbooks.cells import height_of
from progress.workbooks.report.book import Book, Sheet
from progress.workbooks.report.charts import bars_height, shares_chart
from progress.workbooks.report.content import ProgressContent
from progress.workbooks.report.formulas import cell, rate_write
from progress.workbooks.report.layout import Together, page_height, pages_of
from progress.workbooks.report.trend_table import report_headings, trend_write
from progress.workbooks.report.words import as_of, numeral
from progress.workbooks.text_lines import lines_of
from tasks.models import Status

TITLE_ROW, AS_OF_ROW, GROUP_ROW, HEADING_ROW, FIRST_ROW = range(5)
STATUSES = list(Status)
HEAD_HEIGHTS = {TITLE_ROW: 34, AS_OF_ROW: 22, GROUP_ROW: 22, HEADING_ROW: 34}
NOTE_HEIGHT, SUM_HEIGHT = 20, height_of(1.2)
CHAPTER_WIDTH, AGENCY_WIDTH, NARROW = 40, 34, 8.5
# Of one pixel.
POINTS = 0.75


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a summary: what it is about, its figures, and how many tasks it shares besides."""

    number: int | str
    name: str
    figures: Figures
    shared: int | None = None


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the columns of a summary stand; None of what the edition has not."""

    tasks: int
    measures: int
    lights: int | None
    shared: int | None
    reports: int | None
    last: int


def chapters_write(book: Book, content: ProgressContent, *, paper: Paper) -> None:
    """Add the sheet of chapters, with its charts."""
    sheet = book.sheet(pgettext("sheet", "By chapter"))
    lines = [Line(numeral(one.number), one.title, one.figures) for one in content.chapters]
    dropped = content.dropped
    if dropped.tasks:
        lines.append(Line("", _("Left the list since"), _figures_dropped(content)))
    placed = _table_write(
        sheet,
        content,
        lines,
        title=_("Summary by chapter"),
        name=(pgettext("column", "Chapter"), CHAPTER_WIDTH),
        paper=paper,
        reports=content.is_internal,
    )
    row = FIRST_ROW + len(lines) + 2
    bars = (FIRST_ROW, FIRST_ROW + len(content.chapters) - 1)
    if content.chapters:
        shares_chart(
            sheet,
            row,
            0,
            title=_("Tasks of each chapter by status"),
            rows=bars,
            names=1,
            first=placed.tasks + 1,
            heading_row=HEADING_ROW,
            width=920 if content.trend else 1240,
        )
    if content.trend:
        trend_write(sheet, row, content, height=bars_height(bars))
    sheet.worksheet.fit_to_pages(1, 1)


def agencies_write(book: Book, content: ProgressContent, *, user: User, paper: Paper) -> None:
    """Add the sheet of agencies, with its chart."""
    sheet = book.sheet(pgettext("sheet", "By agency"))
    lines = [
        Line(number, one.agency.name, one.led, one.shared)
        for number, one in enumerate(
            sorted(content.agencies, key=lambda one: not one.led.tasks), start=1
        )
    ]
    placed = _table_write(
        sheet,
        content,
        lines,
        title=_("Summary by responsible agency"),
        name=(pgettext("column", "Responsible agency"), AGENCY_WIDTH),
        paper=paper,
        # What another agency has handed in is for the coordinators alone.
        reports=content.is_internal and user.is_coordinator,
    )
    row = FIRST_ROW + len(lines) + 1
    led = sum(line.figures.tasks for line in lines)
    twice = led - len(content.tasks)
    if twice > 0:
        note = ngettext(
            "%(count)d task is led by two agencies and counts with both: the sum is %(led)d, the "
            "number of tasks %(tasks)d.",
            "%(count)d tasks are led by two agencies and count with both: the sum is %(led)d, the "
            "number of tasks %(tasks)d.",
            twice,
        ) % {"count": twice, "led": led, "tasks": len(content.tasks)}
        sheet.merged(row, 0, row, placed.last, note, "note")
        sheet.worksheet.set_row(row, NOTE_HEIGHT)
        row += 1
    leading = sum(line.figures.tasks > 0 for line in lines)
    if leading:
        bars = (FIRST_ROW, FIRST_ROW + leading - 1)
        shares_chart(
            sheet,
            row + 1,
            0,
            title=_("Tasks that each agency leads, by status"),
            rows=bars,
            names=1,
            first=placed.tasks + 1,
            heading_row=HEADING_ROW,
            width=1240,
        )
        _chart_kept_whole(sheet, lines, row + 1, bars_height(bars) * POINTS, placed, paper=paper)


def _chart_kept_whole(
    sheet: Sheet, lines: Sequence[Line], row: int, height: float, placed: Placed, *, paper: Paper
) -> None:
    """End pages so that the chart at this row, so high in points, has one page."""
    rows = [
        Together(at, [_line_height(line, AGENCY_WIDTH)])
        for at, line in enumerate(lines, start=FIRST_ROW)
    ]
    sums = Together(FIRST_ROW + len(lines), [SUM_HEIGHT + 2 * NOTE_HEIGHT])
    pages = pages_of(
        [*rows, sums, Together(row, [height])],
        page=page_height(paper, widths=[6, AGENCY_WIDTH, *[NARROW] * (placed.last - 1)]),
        head=sum(HEAD_HEIGHTS.values()),
        repeated=HEAD_HEIGHTS[GROUP_ROW] + HEAD_HEIGHTS[HEADING_ROW],
    )
    sheet.worksheet.set_h_pagebreaks(pages.breaks)


# --- The table ---------------------------------------------------------------------------------


def _table_write(
    sheet: Sheet,
    content: ProgressContent,
    lines: Sequence[Line],
    *,
    title: str,
    name: tuple[str, float],
    paper: Paper,
    reports: bool,
) -> Placed:
    """The heading of two levels, a row for each line, and the sums; says where columns stand."""
    placed = _headings_write(sheet, content, lines, name=name, reports=reports)
    sheet.merged(TITLE_ROW, 0, TITLE_ROW, placed.last, title, "title")
    sheet.merged(AS_OF_ROW, 0, AS_OF_ROW, placed.last, as_of(content), "as_of")
    for row, height in HEAD_HEIGHTS.items():
        sheet.worksheet.set_row(row, height)
    for row, line in enumerate(lines, start=FIRST_ROW):
        if isinstance(line.number, int):
            sheet.number(row, 0, line.number, "centred")
        else:
            sheet.text(row, 0, line.number, "centred")
        sheet.text(row, 1, line.name, "text")
        sheet.worksheet.set_row(row, _line_height(line, name[1]))
        _line_write(sheet, row, line, placed)
    _sums_write(sheet, lines, placed)
    sheet.printed_across(paper, repeated=(GROUP_ROW, HEADING_ROW))
    sheet.worksheet.freeze_panes(FIRST_ROW, 2)
    return placed


def _line_height(line: Line, width: float) -> float:
    return height_of(len(lines_of(line.name, width)) + 0.2)


def _headings_write(
    sheet: Sheet,
    content: ProgressContent,
    lines: Sequence[Line],
    *,
    name: tuple[str, float],
    reports: bool,
) -> Placed:
    sheet.worksheet.set_column(0, 0, 6)
    sheet.worksheet.set_column(1, 1, name[1])
    sheet.merged(GROUP_ROW, 0, HEADING_ROW, 0, pgettext("column", "No."), "heading")
    sheet.merged(GROUP_ROW, 1, HEADING_ROW, 1, name[0], "heading")
    at = 2
    has_shared = any(line.shared is not None for line in lines)
    tasks = at
    group = (
        pgettext("column group", "Tasks led") if has_shared else pgettext("column group", "Tasks")
    )
    at = _group_write(sheet, at, group, list(_status_headings()))
    measures = at
    at = _group_write(sheet, at, pgettext("column group", "Measures"), list(_status_headings()))
    lights = None
    if content.is_internal:
        lights = at
        at = _group_write(
            sheet, at, pgettext("column group", "Lights"), [str(one.label) for one in Light]
        )
    shared = None
    if has_shared:
        shared = at
        sheet.worksheet.set_column(at, at, NARROW)
        sheet.merged(GROUP_ROW, at, HEADING_ROW, at, pgettext("column", "Tasks shared"), "heading")
        at += 1
    reported = None
    if reports:
        reported = at
        at = _group_write(sheet, at, pgettext("column group", "Reports"), list(report_headings()))
    return Placed(tasks, measures, lights, shared, reported, at - 1)


def _status_headings() -> Iterator[str]:
    yield pgettext("column", "All")
    yield from (str(one.label) for one in STATUSES)
    yield pgettext("column", "Started")
    yield pgettext("column", "Implemented")
    yield pgettext("column", "Completed")


def _group_write(sheet: Sheet, left: int, group: str, headings: Sequence[str]) -> int:
    right = left + len(headings) - 1
    sheet.merged(GROUP_ROW, left, GROUP_ROW, right, group, "heading")
    for at, heading in enumerate(headings, start=left):
        sheet.text(HEADING_ROW, at, heading, "heading")
    sheet.worksheet.set_column(left, right, NARROW)
    return right + 1


def _line_write(sheet: Sheet, row: int, line: Line, placed: Placed) -> None:
    figures = line.figures
    counts = [figures.tasks_by_status[one] for one in STATUSES]
    rates = [figures.started_rate, figures.implemented_rate, figures.completed_rate]
    _statuses_write(sheet, row, placed.tasks, counts, rates)
    counts = [figures.measures_by_status[one] for one in STATUSES]
    rates = [
        figures.measures_started_rate,
        figures.measures_implemented_rate,
        figures.measures_completed_rate,
    ]
    _statuses_write(sheet, row, placed.measures, counts, rates)
    if placed.lights is not None:
        for at, light in enumerate(Light, start=placed.lights):
            sheet.number(row, at, figures.lights[light], "count")
    if placed.shared is not None:
        sheet.number(row, placed.shared, line.shared or 0, "count")
    if placed.reports is not None:
        _reports_write(sheet, row, placed.reports, figures)


def _statuses_write(
    sheet: Sheet, row: int, left: int, counts: Sequence[int], rates: Sequence[Rate]
) -> None:
    """All as the sum of the statuses, the statuses, and the three rates as formulas of them."""
    first, last = cell(row, left + 1), cell(row, left + len(counts))
    sheet.formula(row, left, f"=SUM({first}:{last})", sum(counts), "count")
    for at, count in enumerate(counts, start=left + 1):
        sheet.number(row, at, count, "count")
    _rates_write(sheet, row, left, rates, "rate")


def _rates_write(sheet: Sheet, row: int, left: int, rates: Sequence[Rate], style: str) -> None:
    of = {one: cell(row, left + 1 + at) for at, one in enumerate(STATUSES)}
    parts = (
        f"({of[Status.IN_PROGRESS]}+{of[Status.COMPLETED]}+{of[Status.ONGOING]})",
        f"({of[Status.COMPLETED]}+{of[Status.ONGOING]})",
        of[Status.COMPLETED],
    )
    for at, (part, rate) in enumerate(zip(parts, rates, strict=True)):
        rate_write(sheet, row, left + 1 + len(of) + at, part, cell(row, left), rate, style)


def _reports_write(
    sheet: Sheet, row: int, left: int, figures: Figures, *, style: str = "", counts: bool = True
) -> None:
    due, handed_in, on_time = (cell(row, left + at) for at in range(3))
    if counts:
        for at, count in enumerate((figures.due, figures.handed_in, figures.on_time), start=left):
            sheet.number(row, at, count, "count")
    count_style, rate_style = (style, f"{style}_rate") if style else ("count", "rate")
    sheet.formula(row, left + 3, f"={due}-{handed_in}", figures.missing, count_style)
    rate_write(sheet, row, left + 4, handed_in, due, figures.handed_in_rate, rate_style)
    rate_write(sheet, row, left + 5, on_time, due, figures.on_time_rate, rate_style)


def _sums_write(sheet: Sheet, lines: Sequence[Line], placed: Placed) -> None:
    """The last row: each column added up, the rates of the sums."""
    row = FIRST_ROW + len(lines)
    sheet.merged(row, 0, row, 1, pgettext("row", "Sum"), "sum_text")
    sheet.worksheet.set_row(row, SUM_HEIGHT)
    whole = _added(lines)
    for left, counts, rates in (
        (
            placed.tasks,
            [whole.tasks, *(whole.tasks_by_status[one] for one in STATUSES)],
            (whole.started_rate, whole.implemented_rate, whole.completed_rate),
        ),
        (
            placed.measures,
            [whole.measures, *(whole.measures_by_status[one] for one in STATUSES)],
            (
                whole.measures_started_rate,
                whole.measures_implemented_rate,
                whole.measures_completed_rate,
            ),
        ),
    ):
        _column_sums_write(sheet, row, left, counts)
        _rates_write(sheet, row, left, rates, "sum_rate")
    if placed.lights is not None:
        _column_sums_write(sheet, row, placed.lights, [whole.lights[one] for one in Light])
    if placed.shared is not None:
        _column_sums_write(sheet, row, placed.shared, [sum(line.shared or 0 for line in lines)])
    if placed.reports is not None:
        counts = [whole.due, whole.handed_in, whole.on_time]
        _column_sums_write(sheet, row, placed.reports, counts)
        _reports_write(sheet, row, placed.reports, whole, style="sum", counts=False)


def _column_sums_write(sheet: Sheet, row: int, left: int, sums: Sequence[int]) -> None:
    for at, value in enumerate(sums, start=left):
        formula = f"=SUM({cell(FIRST_ROW, at)}:{cell(row - 1, at)})"
        sheet.formula(row, at, formula, value, "sum")


def _added(lines: Sequence[Line]) -> Figures:
    """The figures of these lines added up, as the formulas under them do."""
    all_of = [line.figures for line in lines]

    def added(counts: str) -> dict[str, int]:
        keys = Light.values if counts == "lights" else Status.values
        return {key: sum(getattr(one, counts)[key] for one in all_of) for key in keys}

    return Figures(
        tasks=sum(one.tasks for one in all_of),
        measures=sum(one.measures for one in all_of),
        tasks_by_status=added("tasks_by_status"),
        measures_by_status=added("measures_by_status"),
        lights=added("lights"),
        due=sum(one.due for one in all_of),
        handed_in=sum(one.handed_in for one in all_of),
        on_time=sum(one.on_time for one in all_of),
    )


def _figures_dropped(content: ProgressContent) -> Figures:
    return figures_of([], dropped=content.dropped)

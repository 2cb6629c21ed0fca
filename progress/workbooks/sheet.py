"""Laying the content out on a sheet: one row a measure, what belongs to the task merged down."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from progress.workbooks.content import MeasureEntry, ProgressContent, TaskEntry
from progress.workbooks.text_lines import lines_of

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

# Half-width characters of the body font, in the order of `content.headings`.
WIDTHS = (5, 30, 40, 12, 14, 11, 8, 10, 44, 16, 17, 10)
(NUMBER, TITLE, MEASURE, LEADS, COS, DEADLINE, STATUS, LIGHT, PROGRESS, PROBLEMS, STEPS, REMARK) = (
    range(1, 13)
)
# What is said of the task as a whole, and so stands once for all rows of its measures.
OF_TASK = (NUMBER, TITLE, LEADS, COS, DEADLINE, LIGHT, PROBLEMS, STEPS, REMARK)
CENTRED = (NUMBER, DEADLINE, STATUS, LIGHT)

LINE_HEIGHT = 15  # points, of the body's 10.5 point characters
PADDING = 4
# Excel draws no row higher than 409 points.
MOST_LINES = 26
MARGIN = 15 / 25.4  # inches
A3 = 8

TITLE_ROW, PERIOD_ROW, NOTICE_ROW, HEADER_ROW = 1, 2, 3, 4
# A program that opens the file must read these as text, whatever they look like.
# What XML 1.0 has no place for; one of these would make the whole file unreadable.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
LOOKS_LIKE_A_FORMULA = ("=", "+", "-", "@", "\t")


@dataclass(slots=True)
class SheetRow:
    """One row of the sheet: a stretch of one measure's progress, and how many lines it holds."""

    progress: str
    lines: int


def sheet_write(workbook: "Workbook", content: ProgressContent) -> None:
    """Fill the workbook's first sheet, ready to print on A3 in landscape."""
    sheet = workbook.active
    assert sheet is not None
    sheet.title = _("Progress")
    _styles_add(workbook)
    _page_set_up(sheet)
    _head_write(sheet, content)
    at = HEADER_ROW + 1
    for chapter in content.chapters:
        _band_write(sheet, at, chapter.heading, "band", width=sum(WIDTHS))
        at += 1
        for task in chapter.tasks:
            at = _task_write(sheet, at, task)
    for note in content.notes:
        _band_write(sheet, at, note, "note", width=sum(WIDTHS))
        at += 1


def _styles_add(workbook: "Workbook") -> None:
    """Named once and shared by all cells: a style object for each cell takes twice the time."""
    from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side

    thin = Side(style="thin", color="FF000000")
    box = Border(left=thin, right=thin, top=thin, bottom=thin)
    middle = Alignment(horizontal="center", vertical="center", wrap_text=True)
    left = Alignment(horizontal="left", vertical="center", wrap_text=True)
    body = Font(name="仿宋_GB2312", size=10.5)
    for style in (
        NamedStyle("title", font=Font(name="方正小标宋简体", size=20), alignment=middle),
        NamedStyle("period", font=Font(name="楷体_GB2312", size=12), alignment=middle),
        NamedStyle(
            "notice",
            font=Font(name="黑体", size=10.5, color="FFB3191F"),
            alignment=Alignment(horizontal="right", vertical="center"),
        ),
        NamedStyle(
            "heading",
            font=Font(name="黑体", size=11),
            alignment=middle,
            border=box,
            fill=PatternFill("solid", fgColor="FFE8F0F9"),
        ),
        NamedStyle(
            "band",
            font=Font(name="黑体", size=11),
            alignment=left,
            border=box,
            fill=PatternFill("solid", fgColor="FFF4F6F9"),
        ),
        NamedStyle("centred", font=body, alignment=middle, border=box),
        NamedStyle("text", font=body, alignment=left, border=box),
        NamedStyle("note", font=body, alignment=left),
    ):
        workbook.add_named_style(style)


def _page_set_up(sheet: "Worksheet") -> None:
    from openpyxl.utils import get_column_letter

    for column, width in enumerate(WIDTHS, start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = A3
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = margins.bottom = MARGIN
    margins.header = margins.footer = MARGIN / 2
    sheet.print_options.horizontalCentered = True
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.oddFooter.center.text = _("Page &P of &N")
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, MEASURE)


def _head_write(sheet: "Worksheet", content: ProgressContent) -> None:
    for row, text, style, height in (
        (TITLE_ROW, content.title, "title", 36),
        (PERIOD_ROW, content.period_line, "period", 22),
        (NOTICE_ROW, content.notice, "notice", 18),
    ):
        _text_write(sheet, row, 1, text, style)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(WIDTHS))
        sheet.row_dimensions[row].height = height
    for column, heading in enumerate(content.headings, start=1):
        _text_write(sheet, HEADER_ROW, column, heading, "heading")
    sheet.row_dimensions[HEADER_ROW].height = 34


def _band_write(sheet: "Worksheet", row: int, text: str, style: str, *, width: int) -> None:
    _text_write(sheet, row, 1, text, style)
    sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=len(WIDTHS))
    sheet.row_dimensions[row].height = _height(max(len(lines_of(text, width)), 1) + 0.4)


def _task_write(sheet: "Worksheet", first: int, task: TaskEntry) -> int:
    """Write a task from row `first` on; returns the row after it."""
    texts = _texts_of_task(task)
    blocks = [_rows_of_measure(measure) for measure in task.measures]
    needed = max(_lines(text, column) for column, text in texts.items())
    _rows_stretch(blocks, needed)
    at = first
    for measure, rows in zip(task.measures, blocks, strict=True):
        end = at + len(rows) - 1
        _merged_write(sheet, at, end, MEASURE, measure.text)
        _merged_write(sheet, at, end, STATUS, measure.status)
        for row, stretch in enumerate(rows, start=at):
            _text_write(sheet, row, PROGRESS, stretch.progress, "text")
            sheet.row_dimensions[row].height = _height(stretch.lines)
        at = end + 1
    for column, text in texts.items():
        _merged_write(sheet, first, at - 1, column, text)
    return at


def _texts_of_task(task: TaskEntry) -> dict[int, str]:
    return dict(
        zip(
            OF_TASK,
            (
                str(task.number),
                task.title,
                task.leads,
                task.cos,
                task.deadline.isoformat() if task.deadline else _("Not set"),
                task.light,
                task.problems,
                task.next_steps,
                task.remark,
            ),
            strict=True,
        )
    )


def _rows_of_measure(measure: MeasureEntry) -> list[SheetRow]:
    """As many rows as the measure needs: past Excel's highest row its progress goes on below."""
    said = lines_of(measure.progress, WIDTHS[PROGRESS - 1])
    rows = [
        SheetRow("".join(stretch).removesuffix("\n"), len(stretch))
        for stretch in _stretches(said, MOST_LINES)
    ]
    _rows_stretch([rows], _lines(measure.text, MEASURE))
    return rows


def _rows_stretch(blocks: Sequence[list[SheetRow]], needed: int) -> None:
    """Make the rows higher, evenly, until they hold `needed` lines; add rows once none can."""
    rows = [row for block in blocks for row in block]
    missing = needed - sum(row.lines for row in rows)
    while missing > 0:
        growing = [row for row in rows if row.lines < MOST_LINES]
        if not growing:
            blocks[-1].append(SheetRow("", min(missing, MOST_LINES)))
            missing -= MOST_LINES
            continue
        share = max(missing // len(growing), 1)
        for row in growing:
            more = min(share, MOST_LINES - row.lines, missing)
            row.lines += more
            missing -= more


def _stretches(lines: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    for start in range(0, len(lines), size):
        yield lines[start : start + size]


def _lines(text: str, column: int) -> int:
    return len(lines_of(text, WIDTHS[column - 1]))


def _height(lines: float) -> float:
    return lines * LINE_HEIGHT + PADDING


def _merged_write(sheet: "Worksheet", first: int, last: int, column: int, text: str) -> None:
    _text_write(sheet, first, column, text, "centred" if column in CENTRED else "text")
    if last > first:
        sheet.merge_cells(start_row=first, end_row=last, start_column=column, end_column=column)


def _text_write(sheet: "Worksheet", row: int, column: int, text: str, style: str) -> None:
    """Write a text that stays text, without the characters that XML forbids."""
    cell = sheet.cell(row, column)
    cell.style = style
    cleaned = FORBIDDEN.sub("", text)
    if not cleaned:
        return
    cell.value = cleaned
    # Whatever it looks like: openpyxl would take "=…" for a formula and "#N/A" for an error.
    cell.data_type = "s"
    if cleaned.startswith(LOOKS_LIKE_A_FORMULA):
        cell.quotePrefix = True

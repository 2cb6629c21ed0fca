"""Cells that stay what they are: styles named once, texts that no program takes for a formula."""

import re
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from progress.models import Paper

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

MARGIN = 15 / 25.4  # inches
# Excel's numbers of papers.
PAPER_NUMBERS = {Paper.A3: 8, Paper.A4: 9}
LINE_HEIGHT = 15  # points, of the body's 10.5 point characters
PADDING = 4
# Excel draws no row higher than 409 points.
MOST_LINES = 26
# What XML 1.0 has no place for; one of these would make the whole file unreadable.
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# What Excel would read as one character that XML has no place for.
ESCAPED_ALREADY = re.compile("_(?=x[0-9A-Fa-f]{4}_)")
# A program that opens the file must read these as text, whatever they look like.
LOOKS_LIKE_A_FORMULA = ("=", "+", "-", "@", "\t")


def styles_add(workbook: "Workbook") -> None:
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


def height_of(lines: float) -> float:
    """The height in points of a row that holds so many lines."""
    return lines * LINE_HEIGHT + PADDING


def text_write(sheet: "Worksheet", row: int, column: int, text: str, style: str) -> None:
    """Write a text that stays text, without the characters that XML forbids."""
    cell = sheet.cell(row, column)
    cell.style = style
    cleaned = ESCAPED_ALREADY.sub("_x005F_", FORBIDDEN.sub("", text))
    if not cleaned:
        return
    cell.value = cleaned
    # Whatever it looks like: openpyxl would take "=…" for a formula and "#N/A" for an error.
    cell.data_type = "s"
    if cleaned.startswith(LOOKS_LIKE_A_FORMULA):
        cell.quotePrefix = True


def printed_across(sheet: "Worksheet", *, header_row: int, paper: Paper = Paper.A3) -> None:
    """The paper across, as wide as the sheet, its header on every page and the pages numbered."""
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = PAPER_NUMBERS[paper]
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = sheet.page_margins
    margins.left = margins.right = margins.top = margins.bottom = MARGIN
    margins.header = margins.footer = MARGIN / 2
    sheet.print_options.horizontalCentered = True
    sheet.print_title_rows = f"{header_row}:{header_row}"
    sheet.oddFooter.center.text = _("Page &P of &N")

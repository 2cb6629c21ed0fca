"""A workbook's cells as plain values, and written again by XlsxWriter and nothing else: what any
workbook of these cells costs at least.

openpyxl and XlsxWriter are imported where they are used.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from typing import Any


@dataclass(frozen=True, slots=True)
class PlainSheet:
    """A sheet as plain values: cells (row, column, what it holds, of a formula its value, number
    of its style), merged areas, widths and heights."""

    name: str
    cells: Sequence[tuple[int, int, Any, Any, int]]
    merges: Sequence[tuple[int, int, int, int]]
    widths: dict[int, float]
    heights: dict[int, float]


def plain_sheets(data: bytes) -> tuple[list[PlainSheet], list[dict[str, Any]]]:
    """The sheets of the workbook, and the styles that their cells name."""
    from openpyxl import load_workbook

    formulas, values = load_workbook(BytesIO(data)), load_workbook(BytesIO(data), data_only=True)
    styles: dict[tuple[tuple[str, Any], ...], int] = {}
    sheets = []
    for sheet in formulas:
        of_values = values[sheet.title]
        cells = [
            (
                cell.row - 1,
                cell.column - 1,
                cell.value,
                of_values.cell(cell.row, cell.column).value,
                styles.setdefault(_style_of(cell), len(styles)),
            )
            for row in sheet.iter_rows()
            for cell in row
            if cell.has_style
        ]
        merges = [
            (one.min_row - 1, one.min_col - 1, one.max_row - 1, one.max_col - 1)
            for one in sheet.merged_cells.ranges
        ]
        widths = {
            at: one.width
            for one in sheet.column_dimensions.values()
            for at in range(one.min - 1, one.max)
        }
        heights = {row - 1: one.height for row, one in sheet.row_dimensions.items() if one.height}
        sheets.append(PlainSheet(sheet.title, cells, merges, widths, heights))
    return sheets, [dict(style) for style in styles]


def written_plainly(sheets: Sequence[PlainSheet], styles: Sequence[dict[str, Any]]) -> bytes:
    """The same cells by XlsxWriter and nothing else."""
    from xlsxwriter import Workbook

    target = BytesIO()
    book = Workbook(target, {"in_memory": True})
    formats = [book.add_format(style) for style in styles]
    for plain in sheets:
        sheet = book.add_worksheet(plain.name)
        for column, width in plain.widths.items():
            sheet.set_column(column, column, width)
        for row, height in plain.heights.items():
            sheet.set_row(row, height)
        for area in plain.merges:
            sheet.merge_range(*area, "")
        for row, column, value, computed, style in plain.cells:
            if value is None:
                sheet.write_blank(row, column, None, formats[style])
            elif isinstance(value, dt.date):
                sheet.write_datetime(row, column, value, formats[style])
            elif isinstance(value, int | float):
                sheet.write_number(row, column, value, formats[style])
            elif value.startswith("=") and value != computed:
                sheet.write_formula(row, column, value, formats[style], computed)
            else:
                sheet.write_string(row, column, value, formats[style])
    book.close()
    return target.getvalue()


def _style_of(cell: Any) -> tuple[tuple[str, Any], ...]:
    font, align, border = cell.font, cell.alignment, cell.border
    fill = cell.fill.fgColor.rgb if cell.fill.fill_type == "solid" else None
    return tuple(
        (name, value)
        for name, value in (
            ("font_name", font.name),
            ("font_size", font.size),
            ("align", align.horizontal),
            ("valign", {"center": "vcenter"}.get(align.vertical, align.vertical)),
            ("text_wrap", align.wrap_text),
            ("border", 1 if border.left.style else None),
            ("bg_color", f"#{fill[2:]}" if fill else None),
            ("num_format", cell.number_format if cell.number_format != "General" else None),
        )
        if value
    )

"""Handing in over the periods, as a table and the chart that draws it."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from progress.rollups import TrendPoint
from progress.workbooks.cells import height_of
from progress.workbooks.report.book import Sheet
from progress.workbooks.report.charts import trend_chart
from progress.workbooks.report.content import ProgressContent
from progress.workbooks.report.formulas import cell, rate_write

# The columns at which chart and table stand, right of the bars.
TREND_CHART, TREND_TABLE = 12, 23


def trend_write(sheet: Sheet, row: int, content: ProgressContent, *, height: int) -> None:
    """Handing in over the periods, as a chart and the table that it draws, beside the bars."""
    sheet.text(row, TREND_TABLE, _("Handing in, period by period"), "subtitle")
    headings = [pgettext("column", "Period"), *report_headings()]
    for at, heading in enumerate(headings, start=TREND_TABLE):
        sheet.text(row + 1, at, heading, "heading")
    sheet.worksheet.set_row(row + 1, 34)
    first = row + 2
    last = first + len(content.trend) - 1
    for at, point in enumerate(content.trend, start=first):
        sheet.text(at, TREND_TABLE, point.code, "centred")
        _point_write(sheet, at, TREND_TABLE + 1, point)
        sheet.worksheet.set_row(at, height_of(1.2))
    trend_chart(
        sheet,
        row,
        TREND_CHART,
        title=_("Handing in, period by period"),
        rows=(first, last),
        names=TREND_TABLE,
        heading_row=row + 1,
        columns=(TREND_TABLE + 5, TREND_TABLE + 6),
        size=(640, height),
    )


def _point_write(sheet: Sheet, row: int, left: int, point: TrendPoint) -> None:
    assert point.handed_in is not None
    assert point.on_time is not None
    due, handed_in, on_time = (cell(row, left + at) for at in range(3))
    counts = (point.handed_in.whole, point.handed_in.part, point.on_time.part)
    for at, count in enumerate(counts, start=left):
        sheet.number(row, at, count, "count")
    missing = point.handed_in.whole - point.handed_in.part
    sheet.formula(row, left + 3, f"={due}-{handed_in}", missing, "count")
    rate_write(sheet, row, left + 4, handed_in, due, point.handed_in, "rate")
    rate_write(sheet, row, left + 5, on_time, due, point.on_time, "rate")


def report_headings() -> Iterator[str]:
    yield pgettext("column", "Due")
    yield pgettext("column", "Handed in")
    yield pgettext("column", "In time")
    yield pgettext("column", "Missing")
    yield pgettext("column", "Share handed in")
    yield pgettext("column", "Share in time")

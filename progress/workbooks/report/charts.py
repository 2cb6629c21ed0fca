"""Native charts beside the figures they draw."""

from typing import Any

from progress.workbooks.report.book import BODY, HEADINGS, Sheet
from tasks.models import Status

# Those of the pages; not started is drawn hollow, so that print shows it too.
COLOURS = {
    Status.NOT_STARTED: "#E4E9EF",
    Status.IN_PROGRESS: "#3470B5",
    Status.COMPLETED: "#1E7B34",
    Status.ONGOING: "#0B6B75",
}
LINES = ("#1456A0", "#8A5A00")
LINE, WHITE = "#6B7785", "#FFFFFF"
# Pixels of 96 to the inch.
BAR = 26


def shares_chart(
    sheet: Sheet,
    row: int,
    column: int,
    *,
    title: str,
    rows: tuple[int, int],
    names: int,
    first: int,
    heading_row: int,
    width: int,
) -> None:
    """A stacked bar for each of the rows, the first on top: how many have each status.

    `names` is the column of the bars' names, `first` that of the first status.
    """
    chart = sheet.book.workbook.add_chart({"type": "bar", "subtype": "stacked"})
    start, end = rows
    for at, status in enumerate(Status, start=first):
        hollow = status == Status.NOT_STARTED
        chart.add_series(
            {
                "name": [sheet.name, heading_row, at],
                "categories": [sheet.name, start, names, end, names],
                "values": [sheet.name, start, at, end, at],
                "fill": {"color": COLOURS[status]},
                "border": {"color": LINE, "width": 0.5},
                "gap": 40,
                # Nothing is written into a part that is not there.
                "data_labels": {
                    "value": True,
                    "num_format": "0;;",
                    "font": _font(9, color="#000000" if hollow else WHITE),
                },
            }
        )
    chart.set_y_axis({"reverse": True, "num_font": _font(9), "line": {"color": LINE}})
    chart.set_x_axis(
        {
            # The bars have their numbers in them.
            "visible": False,
            "major_gridlines": {"visible": False},
            "min": 0,
        }
    )
    _finish(chart, title)
    chart.set_size({"width": width, "height": bars_height(rows)})
    sheet.worksheet.insert_chart(row, column, chart, {"object_position": 1, "x_offset": 8})


def bars_height(rows: tuple[int, int]) -> int:
    """How high the chart of these rows is, in pixels."""
    return 110 + BAR * (rows[1] - rows[0] + 1)


def trend_chart(
    sheet: Sheet,
    row: int,
    column: int,
    *,
    title: str,
    rows: tuple[int, int],
    names: int,
    heading_row: int,
    columns: tuple[int, int],
    size: tuple[int, int],
) -> None:
    """A line for each of the two shares, period by period."""
    chart = sheet.book.workbook.add_chart({"type": "line"})
    start, end = rows
    for at, colour, marker in zip(columns, LINES, ("circle", "square"), strict=True):
        chart.add_series(
            {
                "name": [sheet.name, heading_row, at],
                "categories": [sheet.name, start, names, end, names],
                "values": [sheet.name, start, at, end, at],
                "line": {
                    "color": colour,
                    "width": 2,
                    "dash_type": "solid" if marker == "circle" else "dash",
                },
                "marker": {
                    "type": marker,
                    "size": 6,
                    "fill": {"color": colour},
                    "border": {"color": colour},
                },
            }
        )
    chart.set_y_axis(
        {
            "num_font": _font(9),
            "num_format": "0%",
            "min": 0,
            "max": 1,
            "major_gridlines": {"visible": True, "line": {"color": "#E4E9EF"}},
        }
    )
    chart.set_x_axis({"num_font": _font(9), "line": {"color": LINE}})
    _finish(chart, title)
    chart.set_size(dict(zip(("width", "height"), size, strict=True)))
    sheet.worksheet.insert_chart(row, column, chart, {"object_position": 1})


def _finish(chart: Any, title: str) -> None:
    chart.set_title({"name": title, "name_font": {"name": HEADINGS, "size": 12, "bold": False}})
    chart.set_legend({"position": "bottom", "font": _font(10)})


def _font(size: int, *, color: str = "#000000") -> dict[str, object]:
    return {"name": BODY, "size": size, "color": color}

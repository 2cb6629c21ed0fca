"""The workbook that is written: styles named once, and texts that no program takes for a formula.

XlsxWriter is imported where a book is made.
"""

import datetime as dt
from array import array
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from io import BytesIO
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from progress.models import Paper
from progress.workbooks.cells import FORBIDDEN, LOOKS_LIKE_A_FORMULA, MARGIN, PAPER_NUMBERS

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

TITLES, HEADINGS, BODY, SUBTITLES = "方正小标宋简体", "黑体", "仿宋_GB2312", "楷体_GB2312"
BODY_SIZE = 10.5
# A cell of Excel holds no more characters.
LONGEST_TEXT = 32_767

_BOXED = {"border": 1}
_MIDDLE = {"align": "center", "valign": "vcenter", "text_wrap": True}
_LEFT = {"align": "left", "valign": "vcenter", "text_wrap": True}
_TOP = {"align": "left", "valign": "top", "text_wrap": True}
_BODY = {"font_name": BODY, "font_size": BODY_SIZE}
_STRONG = {"font_name": HEADINGS, "font_size": BODY_SIZE}
_HEADING = {"font_name": HEADINGS, "font_size": 11}

STYLES: Mapping[str, Mapping[str, Any]] = {
    "annex": {"font_name": HEADINGS, "font_size": 16, "valign": "vcenter"},
    "notice": {
        "font_name": HEADINGS,
        "font_size": BODY_SIZE,
        "font_color": "#B3191F",
        "align": "right",
        "valign": "vcenter",
    },
    "title": {"font_name": TITLES, "font_size": 20, **_MIDDLE},
    "as_of": {"font_name": SUBTITLES, "font_size": 12, **_MIDDLE},
    "signed": {**_BODY, "font_size": 12, "align": "left", "valign": "vcenter"},
    "heading": {**_HEADING, **_MIDDLE, **_BOXED, "bg_color": "#E8F0F9"},
    "band": {**_HEADING, **_LEFT, **_BOXED, "bg_color": "#F4F6F9"},
    "centred": {**_BODY, **_MIDDLE, **_BOXED},
    "centred_top": {**_BODY, **_MIDDLE, **_BOXED, "valign": "top"},
    "text": {**_BODY, **_LEFT, **_BOXED},
    "text_top": {**_BODY, **_TOP, **_BOXED},
    # A text that goes on in the rows below: no line parts it from itself.
    "goes_on": {**_BODY, **_TOP, "left": 1, "right": 1, "top": 1},
    "between": {**_BODY, **_TOP, "left": 1, "right": 1},
    "goes_on_from": {**_BODY, **_TOP, "left": 1, "right": 1, "bottom": 1},
    "note": {**_BODY, **_TOP},
    "flat": {**_BODY, "valign": "top"},
    "flat_day": {**_BODY, "valign": "top", "align": "left", "num_format": "yyyy-mm-dd"},
    "flat_heading": {**_HEADING, "valign": "vcenter", **_BOXED, "bg_color": "#E8F0F9"},
    "count": {**_BODY, **_MIDDLE, **_BOXED, "num_format": "0"},
    "rate": {**_BODY, **_MIDDLE, **_BOXED, "num_format": "0.0%"},
    "sum": {**_STRONG, **_MIDDLE, **_BOXED, "num_format": "0", "bg_color": "#F4F6F9"},
    "sum_rate": {**_STRONG, **_MIDDLE, **_BOXED, "num_format": "0.0%", "bg_color": "#F4F6F9"},
    "sum_text": {**_STRONG, **_LEFT, **_BOXED, "bg_color": "#F4F6F9"},
    "subtitle": {"font_name": HEADINGS, "font_size": 12, "valign": "vcenter"},
}


class Book:
    """A workbook of that moment: the same cells make the same bytes.

    One that is long keeps in memory none of the rows that have ended in its long sheets.
    """

    def __init__(
        self, *, now: dt.datetime, title: str, subject: str, author: str, is_long: bool = False
    ) -> None:
        from xlsxwriter import Workbook

        self._bytes = BytesIO()
        self.workbook: Workbook = Workbook(
            self._bytes,
            {
                "in_memory": not is_long,
                # Widths of columns are counted in digits of this font.
                "default_format_properties": dict(_BODY),
            },
        )
        moment = now.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
        self.workbook.set_properties(
            {"title": title, "subject": subject, "author": author, "created": moment}
        )
        self._formats: dict[tuple[str, bool], Format] = {}
        self._is_long = is_long
        self._long: list[LongSheet] = []

    def sheet(self, name: str) -> "Sheet":
        return Sheet(self, self.workbook.add_worksheet(name))

    def long_sheet(self, name: str) -> "Sheet":
        """A sheet whose writer says which rows have ended."""
        if not self._is_long:
            return self.sheet(name)
        # XlsxWriter has one choice for all sheets; what each does, it asks the sheet.
        self.workbook.constant_memory = True
        sheet = LongSheet(self, self.workbook.add_worksheet(name))
        self.workbook.constant_memory = False
        self._long.append(sheet)
        return sheet

    def style(self, name: str, *, quoted: bool = False) -> "Format":
        made = self._formats.get((name, quoted))
        if made is None:
            # A program that opens the file reads a quoted cell as text, whatever it looks like.
            made = self.workbook.add_format({**STYLES[name], "quote_prefix": quoted})
            self._formats[name, quoted] = made
        return made

    def close(self) -> bytes:
        """The bytes of the file; nothing can be written any more."""
        for sheet in self._long:
            sheet.rows_end()
        self.workbook.close()
        for sheet in self._long:
            # XlsxWriter closes their temporary files only where all sheets are long.
            sheet.worksheet._opt_close()
        return self._bytes.getvalue()


def _of_numbers(worksheet: "Worksheet", name: str) -> Callable[..., int]:
    """XlsxWriter's method without the wrapper that looks whether the row is a cell's name: of
    fourteen thousand cells that is a tenth of the time."""
    method = getattr(worksheet, name)
    plain = getattr(method, "__wrapped__", None)
    return method if plain is None else partial(plain, worksheet)


class Sheet:
    """A sheet whose rows and columns are counted from 0."""

    def __init__(self, book: Book, worksheet: "Worksheet") -> None:
        self.book = book
        self.worksheet = worksheet
        self._string, self._number, self._blank, self._day, self._formula = (
            _of_numbers(worksheet, f"write_{name}")
            for name in ("string", "number", "blank", "datetime", "formula")
        )
        self._merge = _of_numbers(worksheet, "merge_range")
        # It looks in each formula for thirty functions newer than Excel 2007: we use none.
        vars(worksheet)["_prepare_formula"] = lambda formula, *_more: formula.removeprefix("=")
        self.name: str = worksheet.get_name()

    def text(self, row: int, column: int, text: str, style: str) -> None:
        """A text that stays text, without the characters that XML forbids."""
        cleaned = FORBIDDEN.sub("", text) if FORBIDDEN.search(text) else text
        if len(cleaned) > LONGEST_TEXT:
            raise ValueError(f"A cell holds {LONGEST_TEXT} characters, not {len(cleaned)}.")
        if not cleaned:
            self._blank(row, column, None, self.book.style(style))
            return
        quoted = cleaned.startswith(LOOKS_LIKE_A_FORMULA)
        self._string(row, column, cleaned, self.book.style(style, quoted=quoted))

    def number(self, row: int, column: int, number: float, style: str) -> None:
        self._number(row, column, number, self.book.style(style))

    def day(self, row: int, column: int, day: dt.date | None, style: str) -> None:
        if day is None:
            self._blank(row, column, None, self.book.style(style))
        else:
            self._day(row, column, day, self.book.style(style))

    def formula(self, row: int, column: int, formula: str, value: float | str, style: str) -> None:
        """A formula with the value that it has, for programs that compute nothing."""
        self._formula(row, column, formula, self.book.style(style), value)

    def merged(
        self, first: int, left: int, last: int, right: int, content: str | int, style: str
    ) -> None:
        """One cell over all of these, or the single one that they are."""
        if (first, left) != (last, right):
            self._merge(first, left, last, right, "", self.book.style(style))
        if isinstance(content, int):
            self.number(first, left, content, style)
        else:
            self.text(first, left, content, style)

    def rows_end(self) -> None:
        """Say that the rows written until now are whole."""

    def printed_across(self, paper: Paper, *, repeated: tuple[int, int] | None = None) -> None:
        """Landscape on this paper, one page wide, these rows on every page, pages numbered."""
        sheet = self.worksheet
        sheet.set_landscape()
        sheet.set_paper(PAPER_NUMBERS[paper])
        sheet.set_margins(MARGIN, MARGIN, MARGIN, MARGIN)
        sheet.set_header("", {"margin": MARGIN / 2})
        sheet.set_footer(f"&C{_('Page &P of &N')}", {"margin": MARGIN / 2})
        sheet.center_horizontally()
        sheet.fit_to_pages(1, 0)
        if repeated is not None:
            sheet.repeat_rows(*repeated)


class _Merged:
    """Merged areas as XlsxWriter goes through them: of a long sheet hundreds of thousands, which as
    tuples would be most of what it keeps in memory."""

    def __init__(self) -> None:
        self._places = array("i")

    def append(self, area: tuple[int, int, int, int]) -> None:
        self._places.extend(area)

    def __len__(self) -> int:
        return len(self._places) // 4

    def __iter__(self) -> Iterator[tuple[int, int, int, int]]:
        places = iter(self._places)
        return zip(places, places, places, places, strict=True)


class LongSheet(Sheet):
    """A sheet of any length, which keeps no row in memory that has ended.

    Until `rows_end` the cells of its rows may come in any order; from then on only rows below them
    can be written.
    """

    def __init__(self, book: Book, worksheet: "Worksheet") -> None:
        super().__init__(book, worksheet)
        self._cells: dict[int, list[Callable[[], int]]] = {}
        vars(worksheet)["merge"] = _Merged()
        for name in ("_string", "_number", "_blank", "_day", "_formula"):
            setattr(self, name, partial(self._keep, getattr(self, name)))

    def merged(
        self, first: int, left: int, last: int, right: int, content: str | int, style: str
    ) -> None:
        # XlsxWriter would remember each cell, to refuse one that is merged twice.
        if (first, left) != (last, right):
            self.worksheet.merge.append((first, left, last, right))
            for row in range(first, last + 1):
                for column in range(left, right + 1):
                    if (row, column) != (first, left):
                        self._blank(row, column, None, self.book.style(style))
        super().merged(first, left, first, left, content, style)

    def rows_end(self) -> None:
        """Write the rows that have cells."""
        for row in sorted(self._cells):
            for write in self._cells[row]:
                write()
            # What is known of the row before has been written with it.
            self._forget(row - 1)
        self._cells.clear()

    def _keep(self, write: Callable[..., int], row: int, *more: Any) -> int:
        self._cells.setdefault(row, []).append(partial(write, row, *more))
        return 0

    def _forget(self, row: int) -> None:
        self.worksheet.row_info.pop(row, None)

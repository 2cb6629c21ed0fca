"""口径说明: every rate with its formula, part and whole, what the sheets rest on, and errata."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from progress.models import ErratumField, Paper
from progress.rollups import ErratumRow
from progress.workbooks.cells import PADDING, height_of
from progress.workbooks.report.book import Book, Sheet
from progress.workbooks.report.content import ProgressContent
from progress.workbooks.report.formulas import cell, rate_write
from progress.workbooks.report.layout import Stretch, lines_needed, stretch
from progress.workbooks.report.notes import explanations, rates_of
from progress.workbooks.report.words import as_of, day_words
from tasks.models import Status

WIDTHS = (16, 22, 62, 14, 14, 14)
LAST = len(WIDTHS) - 1


def notes_write(book: Book, content: ProgressContent, *, paper: Paper) -> None:
    """Add the sheet."""
    sheet = book.sheet(pgettext("sheet", "How it counts"))
    for at, width in enumerate(WIDTHS):
        sheet.worksheet.set_column(at, at, width)
    sheet.merged(0, 0, 0, LAST, _("How the figures are counted"), "title")
    sheet.merged(1, 0, 1, LAST, as_of(content), "as_of")
    sheet.worksheet.set_row(0, 34)
    sheet.worksheet.set_row(1, 22)
    row = _rates_write(sheet, 3, content)
    row = _explanations_write(sheet, row + 1, content)
    if content.errata:
        # Their heading is never parted from them at the end of a page.
        sheet.worksheet.set_h_pagebreaks([row + 1])
        _errata_write(sheet, row + 1, content.errata, with_reasons=content.is_internal)
    sheet.printed_across(paper)
    sheet.worksheet.freeze_panes(2, 0)


def _headings_write(sheet: Sheet, row: int, headings: tuple[str, ...]) -> None:
    for at, heading in enumerate(headings):
        sheet.text(row, at, heading, "heading")
    sheet.worksheet.set_row(row, 24)


def _rates_write(sheet: Sheet, row: int, content: ProgressContent) -> int:
    """The rates as a table whose last column is computed from its part and whole."""
    _headings_write(
        sheet,
        row,
        (
            pgettext("column", "Of what"),
            pgettext("column", "Rate"),
            pgettext("column", "Formula"),
            pgettext("column", "Part"),
            pgettext("column", "Whole"),
            pgettext("column", "Value"),
        ),
    )
    for one in rates_of(content):
        row += 1
        sheet.text(row, 0, one.of, "centred")
        sheet.text(row, 1, one.name, "text")
        sheet.text(row, 2, str(one.rate.formula), "text")
        sheet.number(row, 3, one.rate.part, "count")
        sheet.number(row, 4, one.rate.whole, "count")
        rate_write(sheet, row, 5, cell(row, 3), cell(row, 4), one.rate, "rate")
        sheet.worksheet.set_row(row, height_of(1.2))
    return row + 1


def _explanations_write(sheet: Sheet, row: int, content: ProgressContent) -> int:
    sheet.text(row, 0, pgettext("column", "Matter"), "heading")
    sheet.merged(row, 1, row, LAST, pgettext("column", "Explanation"), "heading")
    sheet.worksheet.set_row(row, 24)
    row += 1
    for name, text in explanations(content):
        row = _row_write(sheet, row, ((0, 0, name), (1, LAST, text)))
    return row


def _errata_write(
    sheet: Sheet, row: int, errata: Sequence[ErratumRow], *, with_reasons: bool
) -> None:
    """Every erratum with what it replaced."""
    sheet.text(row, 0, _("Errata"), "subtitle")
    sheet.worksheet.set_row(row, 22)
    headings = [
        pgettext("column", "Erratum"),
        pgettext("column", "Task and measure"),
        pgettext("column", "Before, and corrected to"),
    ]
    row += 1
    _headings_write(sheet, row, tuple(headings))
    last = pgettext("column", "Reason") if with_reasons else pgettext("column", "Corrected on")
    sheet.merged(row, 3, row, LAST, last, "heading")
    row += 1
    for erratum in errata:
        row = _erratum_write(sheet, row, erratum, with_reason=with_reasons)


def _erratum_write(sheet: Sheet, row: int, erratum: ErratumRow, *, with_reason: bool) -> int:
    about = [_("Task %(number)d") % {"number": erratum.task_number}]
    if erratum.measure is not None:
        about.append(_("Measure %(ordinal)d") % {"ordinal": erratum.measure})
    about.append(str(ErratumField(erratum.field).label))
    change = _("Before: %(old)s\nCorrected to: %(new)s") % {
        "old": _value(erratum, erratum.old),
        "new": _value(erratum, erratum.new),
    }
    day = day_words(erratum.on)
    return _row_write(
        sheet,
        row,
        (
            (0, 0, _("No. %(number)d") % {"number": erratum.number}),
            (1, 1, "\n".join(about)),
            (2, 2, change),
            (3, LAST, f"{erratum.reason}\n{day}" if with_reason else day),
        ),
    )


def _value(erratum: ErratumRow, value: str) -> str:
    if erratum.field == ErratumField.STATUS and value in Status.values:
        return str(Status(value).label)
    return value


def _row_write(sheet: Sheet, row: int, cells: Sequence[tuple[int, int, str]]) -> int:
    """A row of the table; where no row of Excel is high enough, several that are merged.

    Returns the row after it.
    """
    needed = lines_needed((text, sum(WIDTHS[left : right + 1])) for left, right, text in cells)
    rows = [Stretch("", 1)]
    stretch([rows], needed)
    for at, one in enumerate(rows, start=row):
        sheet.worksheet.set_row(at, one.height + PADDING)
    for left, right, text in cells:
        style = "centred" if left == 0 else "text"
        sheet.merged(row, left, row + len(rows) - 1, right, text, style)
    return row + len(rows)

"""Formulas that a reader may check, with the values that they have."""

from functools import lru_cache

from progress.rollups import Rate
from progress.workbooks.report.book import Sheet

NOTHING = "—"


@lru_cache(maxsize=8192)
def cell(row: int, column: int) -> str:
    from xlsxwriter.utility import xl_rowcol_to_cell

    name: str = xl_rowcol_to_cell(row, column)
    return name


def rate_write(
    sheet: Sheet, row: int, column: int, part: str, whole: str, rate: Rate, style: str
) -> None:
    """A rate as the formula that is printed beside it, "—" of nothing."""
    value = rate.part / rate.whole if rate.whole else NOTHING
    sheet.formula(row, column, f'=IF({whole}=0,"{NOTHING}",{part}/{whole})', value, style)

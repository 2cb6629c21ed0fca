"""The official list: its text read into chapters, tasks, measures and agencies, and written again.

source -> rows -> cells -> reading: bytes, joined rows, the parts of a cell, what the list says.
"""

from tasks.listing.cells import (
    RowCells,
    agencies_cell,
    agencies_read,
    measures_cell,
    measures_split,
    row_cells,
)
from tasks.listing.faults import Fault, ListFaults
from tasks.listing.numerals import chinese_numeral
from tasks.listing.reading import ListedTask, OfficialList, list_read
from tasks.listing.rows import COLUMNS

__all__ = [
    "COLUMNS",
    "Fault",
    "ListFaults",
    "ListedTask",
    "OfficialList",
    "RowCells",
    "agencies_cell",
    "agencies_read",
    "chinese_numeral",
    "list_read",
    "measures_cell",
    "measures_split",
    "row_cells",
]

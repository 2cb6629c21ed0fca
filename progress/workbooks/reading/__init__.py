"""Workbooks that people upload: read into plain values, or refused with a sentence.

A workbook from outside is hostile until read: it may be a bomb, another kind of file under the
name of one, or lie about itself. So it is read with the standard library alone, piece by piece
and within limits of size, of elements and of text; no formula is computed, no link followed, and
nothing of it is kept but what its cells say.
"""

from progress.workbooks.reading.contents import (
    Range,
    ReadCell,
    ReadSheet,
    ReadWorkbook,
    letters_of,
)
from progress.workbooks.reading.recognition import LARGEST_MEGABYTES, is_plain_text
from progress.workbooks.reading.refusal import WorkbookRefused
from progress.workbooks.reading.values import CellError, Value
from progress.workbooks.reading.workbook import workbook_read

__all__ = [
    "LARGEST_MEGABYTES",
    "CellError",
    "Range",
    "ReadCell",
    "ReadSheet",
    "ReadWorkbook",
    "Value",
    "WorkbookRefused",
    "is_plain_text",
    "letters_of",
    "workbook_read",
]

"""Workbooks as people send them back: made of rows, opened and changed, or only named so."""

import io
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet


def sheet_of(rows: Iterable[Iterable[Any]], *, title: str = "清单") -> bytes:
    """A workbook of one sheet with these rows."""
    from openpyxl import Workbook

    workbook = Workbook()
    sheet = workbook.active
    assert sheet is not None
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    return saved(workbook)


def changed(data: bytes, change: Callable[["Worksheet"], None]) -> bytes:
    """The workbook after somebody opened it, changed its first sheet and saved it."""
    from openpyxl import load_workbook

    workbook = load_workbook(io.BytesIO(data))
    sheet = workbook.worksheets[0]
    change(sheet)
    return saved(workbook)


def saved(workbook: "Workbook") -> bytes:
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def sent(data: bytes, name: str = "表.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data)

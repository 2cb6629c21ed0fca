"""Bytes of a workbook: the same content of the same moment makes the same bytes."""

import datetime as dt
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

if TYPE_CHECKING:
    from openpyxl import Workbook


class _StampedArchive:
    """The part of ZipFile that openpyxl writes to, with one moment instead of the clock's."""

    def __init__(self, target: BytesIO, moment: dt.datetime) -> None:
        self._zip = ZipFile(target, "w", ZIP_DEFLATED)
        self._stamp = moment.timetuple()[:6]

    def writestr(self, name: str, data: str | bytes) -> None:
        entry = ZipInfo(name, date_time=self._stamp)
        entry.compress_type = ZIP_DEFLATED
        self._zip.writestr(entry, data)

    def write(self, filename: str, name: str) -> None:
        self.writestr(name, Path(filename).read_bytes())

    def namelist(self) -> list[str]:
        return self._zip.namelist()

    def close(self) -> None:
        self._zip.close()


def workbook_bytes(workbook: "Workbook", *, now: dt.datetime) -> bytes:
    """Write the workbook as of `now`, which is also when it says it was made.

    `Workbook.save` would put the clock's time into the properties and into every entry of the
    archive, and no checksum of a stored workbook could ever be computed again.
    """
    from openpyxl.writer.excel import ExcelWriter

    moment = now.astimezone(dt.UTC).replace(tzinfo=None, microsecond=0)
    workbook.properties.created = workbook.properties.modified = moment
    target = BytesIO()
    ExcelWriter(workbook, _StampedArchive(target, moment)).save()
    return target.getvalue()

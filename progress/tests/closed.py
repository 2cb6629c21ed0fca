"""A closed period and its editions: an approved report in it, corrected, or its files damaged."""

import datetime as dt
from pathlib import Path
from typing import Any

from conftest import NOW, Cast
from progress.closings import (
    erratum_create_with_edition,
    period_close_with_edition,
)
from progress.filestore import path_of
from progress.models import (
    Edition,
    EditionPart,
    Erratum,
    Report,
    ReportingPeriod,
)
from progress.tests.acts import approved, first_measure, task_numbered
from progress.tests.report_read import report_read

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)


def closed_report(cast: Cast, period: ReportingPeriod) -> Report:
    """An approved report of task 4, its period closed with the first edition."""
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close_with_edition(period=period, by=cast.coordinator, now=NOW + HOUR)
    return Report.objects.select_related("period").get(pk=report.pk)


def correct(report: Report, cast: Cast, field: str, new: str, **more: Any) -> Erratum:
    measure = first_measure() if field in ("status", "text") else None
    return erratum_create_with_edition(
        report=report,
        field=field,
        measure=measure,
        new=new,
        reason="原统计口径有误",
        by=cast.coordinator,
        now=NOW + DAY,
        **more,
    )


def edition(number: int = 1) -> Edition:
    return Edition.objects.select_related("period", "internal", "public", "erratum").get(
        number=number
    )


def words_of(data: bytes, *sheets: str) -> str:
    read = report_read(data)
    return "\n".join(text for sheet in sheets or read.values for text in read.texts(sheet))


def damaged(part: EditionPart = EditionPart.INTERNAL) -> Path:
    """One byte of the stored workbook is another."""
    path = path_of(edition().stored(part))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return path

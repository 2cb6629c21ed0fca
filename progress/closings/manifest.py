"""The parts of an edition that are text: its figures and its manifest, as bytes that stay the same.

The figures are read from what the closing kept, whenever they are asked for: were a row of them
changed, their SHA-256 would not be the manifest's any more.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from django.conf import settings
from django.utils import timezone

from progress.closings.release import made_with, release
from progress.models import (
    AGENCIES_KEPT,
    CLOSING_EDITION,
    Edition,
    EditionKind,
    EditionPart,
    Erratum,
    KeptFigures,
    ReportingPeriod,
    StoredFile,
)
from progress.rollups import figures_read
from progress.workbooks import WORKBOOK_TYPE, workbook_name

FORMAT = 1
JSON_TYPE = "application/json"


def content_type_of(part: EditionPart) -> str:
    return WORKBOOK_TYPE if part in (EditionPart.INTERNAL, EditionPart.PUBLIC) else JSON_TYPE


def part_name(*, period: ReportingPeriod, number: int, part: EditionPart) -> str:
    """What a part is called as a file, such as 进展情况表_2026-10_公开版_更正1.xlsx."""
    if part not in (EditionPart.INTERNAL, EditionPart.PUBLIC):
        return f"{period.code}_{number}_{part.value}.json"
    return workbook_name(
        period=period,
        language=settings.LANGUAGE_CODE,
        edition=EditionKind(part.value),
        errata=number - CLOSING_EDITION,
    )


def figures_json(period: ReportingPeriod) -> bytes:
    """All figures that the closed period keeps: of the list, the chapters and the agencies."""
    names = ((period.register_at_closing or {}).get(AGENCIES_KEPT) or {}).get("names", {})
    whole: Any = None
    chapters: dict[int, Any] = {}
    agencies: dict[int, Any] = {}
    kept = KeptFigures.objects.filter(period=period)
    for row in kept.order_by("chapter_number", "agency_id", "pk"):
        if row.chapter_number is not None:
            chapters[row.chapter_number] = row.figures
        elif row.agency_id is not None:
            agencies[row.agency_id] = row.figures
        else:
            whole = row.figures
    return _json(
        {
            "period": period.code,
            "closed_at": _moment(period.closed_at),
            "whole": whole,
            "chapters": [{"number": pk, "figures": one} for pk, one in chapters.items()],
            "agencies": [
                # The name of that day, where it was kept: today's may be another.
                {"id": pk, "name": (names.get(str(pk)) or [None])[0], "figures": one}
                for pk, one in agencies.items()
            ],
        }
    )


def manifest_json(
    *,
    period: ReportingPeriod,
    number: int,
    erratum: Erratum | None,
    before: Edition | None,
    files: Mapping[EditionPart, StoredFile],
    now: dt.datetime,
) -> str:
    """What the edition consists of, each part with its size and SHA-256, and what it changes."""
    figures = figures_json(period)
    parts = [
        _part(period, number, part, size=file.size, sha256=file.sha256)
        for part, file in files.items()
    ]
    parts.append(
        _part(period, number, EditionPart.FIGURES, size=len(figures), sha256=sha256_of(figures))
    )
    return _json(
        {
            "format": FORMAT,
            "period": period.code,
            "edition": number,
            "closed_at": _moment(period.closed_at),
            "made_at": _moment(now),
            "release": release(),
            "made_with": dict(made_with()),
            "counts": _counts(period),
            "parts": parts,
            "replaces": None
            if before is None
            else {
                "edition": before.number,
                "manifest_sha256": sha256_of(before.manifest.encode()),
            },
            "erratum": None if erratum is None else _erratum(erratum),
        }
    ).decode()


def parts_of(edition: Edition) -> Sequence[Mapping[str, Any]]:
    """Each part: `part`, `name`, `size` and `sha256`, as the manifest says; it is the last."""
    parts: list[Mapping[str, Any]] = json.loads(edition.manifest)["parts"]
    manifest = edition.manifest.encode()
    itself = _part(
        edition.period,
        edition.number,
        EditionPart.MANIFEST,
        size=len(manifest),
        sha256=sha256_of(manifest),
    )
    return [*parts, itself]


def sha256_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def _part(
    period: ReportingPeriod, number: int, part: EditionPart, *, size: int, sha256: str
) -> dict[str, Any]:
    name = part_name(period=period, number=number, part=part)
    return {"part": part.value, "name": name, "size": size, "sha256": sha256}


def _counts(period: ReportingPeriod) -> dict[str, int]:
    kept = KeptFigures.objects.filter(period=period)
    whole = figures_read(kept.get(chapter_number=None, agency=None).figures)
    return {
        "chapters": kept.exclude(chapter_number=None).count(),
        "tasks": whole.tasks,
        "measures": whole.measures,
    }


def _erratum(erratum: Erratum) -> dict[str, Any]:
    """Which place is corrected. The words are in the workbook, and are not for every reader."""
    return {
        "number": erratum.number,
        "task": erratum.report.task.number,
        "measure": erratum.measure.ordinal if erratum.measure else None,
        "field": erratum.field,
        "at": _moment(erratum.at),
    }


def _moment(moment: dt.datetime | None) -> str | None:
    """In the zone of the office; the database keeps the same moment in another."""
    return timezone.localtime(moment).isoformat(timespec="seconds") if moment else None


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2, sort_keys=True) + "\n").encode()

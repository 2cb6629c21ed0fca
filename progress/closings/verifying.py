"""Whether the editions are what was stored, and whether they can be made again."""

import datetime as dt
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

from django.db import transaction

from progress.closings.editions import edition_workbook
from progress.closings.manifest import sha256_of
from progress.closings.reading import manifest_problems, part_checked
from progress.closings.release import release
from progress.filestore import bytes_keep, path_of
from progress.models import Edition, EditionKind, EditionPart, FileKind, ReportingPeriod

# So many differing cells are named, of each workbook.
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Verified:
    """An edition, and what is wrong with it, in English: nothing where it is as it was stored."""

    edition: Edition
    problems: tuple[str, ...]
    restored: tuple[str, ...] = ()


def editions_verify(
    *,
    now: dt.datetime,
    period: ReportingPeriod | None = None,
    again: bool = False,
    restore: bool = False,
) -> Iterator[Verified]:
    """Check every part of every edition, of one period or of all, in order.

    `again` makes each workbook again and compares the bytes where the same release made it, else
    the values of its cells. `restore` does so for what is damaged, and puts it back where the same
    bytes come out.
    """
    editions = Edition.objects.select_related(
        "period", "internal", "public", "erratum__report__task", "erratum__measure"
    ).order_by("period__ends_on", "number")
    if period is not None:
        editions = editions.filter(period=period)
    for _period, group in itertools.groupby(editions, key=lambda one: one.period_id):
        before = None
        for edition in group:
            yield _verify(edition, before, again=again, restored_at=now if restore else None)
            before = edition


def _verify(
    edition: Edition, before: Edition | None, *, again: bool, restored_at: dt.datetime | None
) -> Verified:
    problems = list(manifest_problems(edition, before))
    restored: list[str] = []
    for part in EditionPart:
        problem, data = part_checked(edition, part)
        is_workbook = part in EditionKind.values
        if problem and restored_at and is_workbook and _restored(edition, part, now=restored_at):
            restored.append(f"{part.value} workbook: made again, the same bytes, and put back")
        elif problem:
            problems.append(problem)
        elif again and is_workbook and (differing := _compared(edition, part, data)):
            problems.append(f"{part.value} workbook: {differing}")
    return Verified(edition, tuple(problems), tuple(restored))


def _made_again(edition: Edition, part: EditionPart) -> bytes:
    return edition_workbook(
        period=edition.period, kind=EditionKind(part.value), erratum=edition.erratum
    )


def _restored(edition: Edition, part: EditionPart, *, now: dt.datetime) -> bool:
    """Put the bytes back that the disk has lost, if they are what is made now."""
    made, stored = _made_again(edition, part), edition.stored(part)
    if sha256_of(made) != stored.sha256:
        return False
    path_of(stored).unlink(missing_ok=True)
    with transaction.atomic():
        bytes_keep(made, kind=FileKind.XLSX, now=now)
    return not part_checked(edition, part)[0]


def _compared(edition: Edition, part: EditionPart, stored: bytes) -> str:
    """How what is made now differs from what was stored, "" where it does not."""
    made = _made_again(edition, part)
    if made == stored:
        return ""
    differing = cells_differing(stored, made)
    if differing:
        return f"made again, {differing}"
    if edition.release == release():
        return "made again by the same release, the cells are the same and the bytes are others"
    return ""


def cells_differing(one: bytes, other: bytes) -> str:
    """Which cells of two workbooks have other values, "" where none has."""
    cells, others = _cells(one), _cells(other)
    differing = [place for place in {**cells, **others} if cells.get(place) != others.get(place)]
    if not differing:
        return ""
    named = ", ".join(f"{sheet}!{cell}" for sheet, cell in differing[:MOST_NAMED])
    more = f" and {len(differing) - MOST_NAMED} more" if len(differing) > MOST_NAMED else ""
    noun = "cell differs" if len(differing) == 1 else "cells differ"
    return f"{len(differing)} {noun}: {named}{more}"


def _cells(data: bytes) -> Mapping[tuple[str, str], Any]:
    from openpyxl import load_workbook

    workbook = load_workbook(BytesIO(data), read_only=True)
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in workbook
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }

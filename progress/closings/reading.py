"""Reading what an edition consists of, each time checked against what it should be."""

import datetime as dt
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import gettext as _

from progress.closings.manifest import (
    content_type_of,
    figures_json,
    part_name,
    parts_of,
    sha256_of,
)
from progress.filestore import DamagedFile, document, file_opened
from progress.models import Edition, EditionKind, EditionPart, Paper, ReportingPeriod
from progress.workflow import Conflict
from progress.workflow.notices import edition_damage_tell

logger = logging.getLogger(__name__)


class EditionDamaged(Conflict):
    """A part is not what was stored. It is not given away; the message says what to do."""

    def __init__(self, edition: Edition, part: EditionPart, problem: str) -> None:
        super().__init__(
            _(
                "“%(part)s” of edition %(number)d of period %(code)s is not what was stored, so "
                "it is not given away. Ask whoever runs the service to run “manage.py "
                "verify_editions”, which names the file, and to restore it from a backup."
            )
            % {"part": part.label, "number": edition.number, "code": edition.period.code}
        )
        self.problem = problem


@dataclass(frozen=True, slots=True)
class PartRead:
    """A part of an edition: its bytes as they were stored, and how to give them away."""

    name: str
    content_type: str
    data: bytes
    sha256: str


def edition_part(*, edition: Edition, part: EditionPart, now: dt.datetime) -> PartRead:
    """A part of an edition, its bytes checked against their SHA-256 in the manifest.

    Raises EditionDamaged, and tells the coordinators and the log, where they are others.
    """
    problem, data = part_checked(edition, part)
    if problem:
        logger.error("edition %d of period %s: %s", edition.number, edition.period.code, problem)
        edition_damage_tell(edition=edition, part=part, now=now)
        raise EditionDamaged(edition, part, problem)
    name = part_name(period=edition.period, number=edition.number, part=part)
    return PartRead(name, content_type_of(part), data, sha256_of(data))


def stored_workbook(
    *,
    period: ReportingPeriod,
    is_whole: bool,
    language: str,
    now: dt.datetime,
    kind: EditionKind = EditionKind.INTERNAL,
    paper: Paper = Paper.A3,
) -> PartRead | None:
    """The stored workbook where this report is asked for as it was stored; None: it is to be made.

    That is the latest edition of a closed period, where the whole list is asked for, in the
    language and on the paper of the stored one. Raises as `edition_part`.
    """
    # Between two periods the last one is read as things stand today, which no edition is.
    if period.is_open or period.as_it_stands or not is_whole or paper != Paper.A3:
        return None
    if language.lower() != settings.LANGUAGE_CODE.lower():
        return None
    editions = Edition.objects.filter(period=period)
    edition = editions.select_related("period", "internal", "public").order_by("number").last()
    if edition is None:
        return None
    return edition_part(edition=edition, part=EditionPart(kind.value), now=now)


def part_response(read: PartRead) -> HttpResponse:
    """The part as a file to be saved; who may have it is the caller's matter."""
    return document(read.data, name=read.name, media_type=read.content_type)


def part_checked(edition: Edition, part: EditionPart) -> tuple[str, bytes]:
    """What is wrong with a part ("": nothing), in English, and its bytes."""
    if part == EditionPart.MANIFEST:
        # What it should be, the next edition's manifest says (`manifest_problems`).
        return "", edition.manifest.encode()
    expected = {one["part"]: one for one in parts_of(edition)}[part.value]
    if part == EditionPart.FIGURES:
        data = figures_json(edition.period)
        where = "the kept figures"
    else:
        stored = edition.stored(part)
        where = f"{part.value} workbook, file {stored.storage_name}"
        try:
            with file_opened(stored) as opened:
                data = opened.read()
        except DamagedFile as damage:
            return f"{part.value} workbook, file {damage}", b""
        if stored.sha256 != expected["sha256"]:
            return f"{where}: the manifest is of other bytes", b""
    if sha256_of(data) != expected["sha256"]:
        return f"{where}: SHA-256 is {sha256_of(data)}, the manifest says {expected['sha256']}", b""
    return "", data


def manifest_problems(edition: Edition, before: Edition | None) -> Sequence[str]:
    """Where the manifest says something else than its edition and the one before it."""
    said = json.loads(edition.manifest)
    expected = {
        "period": edition.period.code,
        "edition": edition.number,
        "release": edition.release,
        "replaces": before
        and {"edition": before.number, "manifest_sha256": sha256_of(before.manifest.encode())},
    }
    return [
        f"the manifest says {name} {said.get(name)!r} instead of {value!r}"
        for name, value in expected.items()
        if said.get(name) != value
    ]

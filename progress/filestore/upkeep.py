"""Whether the stored files are what was stored, and what lies beside them that nothing names."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from progress.filestore.storage import (
    INCOMING,
    LOCK,
    DamagedFile,
    evidence_dir,
    file_opened,
    files_held_alone,
)
from progress.models import StoredFile

# A file that is being stored is named within minutes; one that nothing names after a day never is.
GIVEN_UP_AFTER = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Damage:
    """A stored file that is not as it was stored, and in what."""

    file: StoredFile
    problem: str


def damages() -> Iterator[Damage]:
    """Each stored file whose bytes are gone or others than were stored; reads all of them."""
    for file in StoredFile.objects.order_by("pk").iterator():
        try:
            with file_opened(file) as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
        except DamagedFile as damage:
            yield Damage(file, str(damage))
            continue
        if digest != file.sha256:
            yield Damage(file, f"{file.storage_name}: its bytes are not those that were stored")


def orphans() -> list[Path]:
    """The files in the folder that no row names, in the order of their names."""
    # The files first: one that is stored meanwhile is then named already, or not seen.
    found = sorted(path for path in evidence_dir().rglob("*") if path.is_file())
    named = {*StoredFile.objects.values_list("storage_name", flat=True), f"{INCOMING}/{LOCK}"}
    return [path for path in found if str(path.relative_to(evidence_dir())) not in named]


def orphans_remove(*, now: dt.datetime) -> list[Path]:
    """Remove the orphans that are older than a day, and return them; none while files are held."""
    given_up = (now - GIVEN_UP_AFTER).timestamp()
    removed: list[Path] = []
    with files_held_alone() as alone:
        for path in orphans() if alone else ():
            # One on its way in may have gone by itself meanwhile.
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < given_up:
                    path.unlink()
                    removed.append(path)
    return removed

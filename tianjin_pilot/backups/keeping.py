"""Backups in a folder: written whole, named by their moment, and the oldest removed."""

import contextlib
import datetime as dt
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from tianjin_pilot.backups.archive import Manifest
from tianjin_pilot.backups.making import backup_write
from tianjin_pilot.backups.refusal import BackupRefused

NAME = re.compile(r"tianjin-pilot-\d{8}T\d{6}Z\.zip")
# A backup that was killed leaves a file of this ending; none takes longer than this.
UNFINISHED, GIVEN_UP_AFTER = ".unfinished", dt.timedelta(days=2)


def backup_into(folder: Path, *, now: dt.datetime) -> tuple[Path, Manifest]:
    """Write a backup into the folder, under a name of its moment.

    Raises BackupRefused where it cannot be written; then nothing of it is left.
    """
    if not folder.is_dir():
        raise BackupRefused(
            f"{folder} is no folder. Make it, or mount the disk that it is on, and try again."
        )
    path = folder / f"tianjin-pilot-{now.astimezone(dt.UTC):%Y%m%dT%H%M%SZ}.zip"
    if path.exists():
        raise BackupRefused(f"{path} is there already.")
    try:
        with _written_whole(path) as target:
            manifest = backup_write(target, now=now)
    except OSError as error:
        raise BackupRefused(
            f"{error.filename or folder} cannot be written: {error.strerror}. Nothing of this "
            f"backup is left in {folder}."
        ) from error
    return path, manifest


def older_remove(folder: Path, *, now: dt.datetime, keep: int | None) -> list[str]:
    """Leave the newest `keep` backups in the folder, all where it is None, and none that was given
    up; returns what could not be removed, with the reason. A backup that was made stands anyway.

    Not to be called after one that has faults: an older one may have what it lacks.
    """
    older = [] if keep is None else archives_in(folder)[:-keep]
    problems = []
    for path in [*older, *_given_up(folder, now)]:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            problems.append(f"{path}: {error.strerror}")
    return problems


def archives_in(folder: Path) -> list[Path]:
    """The finished backups in the folder, the oldest first."""
    return sorted(path for path in folder.iterdir() if NAME.fullmatch(path.name))


@contextlib.contextmanager
def _written_whole(path: Path) -> Iterator[IO[bytes]]:
    """A file that has its name once all of it is on the disk, for the account of the service."""
    unfinished = path.with_name(path.name + UNFINISHED)
    handle = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as target:
            yield target
            target.flush()
            os.fsync(target.fileno())
        unfinished.rename(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _given_up(folder: Path, now: dt.datetime) -> list[Path]:
    since = (now - GIVEN_UP_AFTER).timestamp()
    unfinished = folder.glob(f"tianjin-pilot-*{UNFINISHED}")
    return [path for path in unfinished if path.stat().st_mtime < since]

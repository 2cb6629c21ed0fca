"""Where the bytes of evidence lie: under random names in EVIDENCE_DIR, each content once.

Nothing serves the folder. A file is written beside its place, checked there, and moved into it only
when it is whole, so that a name in the database always means a whole file. What a transaction that
fails leaves behind is at most a file that nothing names (`progress.filestore.upkeep`).
"""

import datetime as dt
import fcntl
import hashlib
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedRandom, BufferedReader, BufferedWriter
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from progress.filestore.refusal import FileTooLarge
from progress.models import FileKind, StoredFile

MEGABYTE = 1_000_000
# Files on their way in; whatever lies here long was given up.
INCOMING = "incoming"
# Held by whoever copies files that must not go meanwhile.
LOCK = "lock"
_PIECE = 1 << 16


class DamagedFile(Exception):  # noqa: N818 - said of the file
    """The bytes are gone or are others than were stored: restore the file from a backup."""


@dataclass(frozen=True, slots=True)
class Received:
    """A file on its way in: where it lies, how large it is, and the digest of its bytes."""

    path: Path
    size: int
    sha256: str


def evidence_dir() -> Path:
    """The folder of all stored files (EVIDENCE_DIR)."""
    return Path(settings.EVIDENCE_DIR)


def path_of(file: StoredFile) -> Path:
    return evidence_dir() / file.storage_name


@contextmanager
def file_received(upload: "File[Any]", *, megabytes: int) -> Iterator[Received]:
    """The upload, written out to its end and safe on disk, for as long as the block lasts.

    `file_keep` within the block makes it stay. Raises FileTooLarge beyond so many megabytes,
    however large it was said to be.
    """
    path = _folder(INCOMING) / secrets.token_hex(16)
    digest, size = hashlib.sha256(), 0
    try:
        with _created(path) as target:
            for piece in upload.chunks(_PIECE):
                size += len(piece)
                if size > megabytes * MEGABYTE:
                    raise FileTooLarge(megabytes=megabytes)
                digest.update(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        yield Received(path, size, digest.hexdigest())
    finally:
        path.unlink(missing_ok=True)


def file_keep(received: Received, *, kind: FileKind, now: dt.datetime) -> StoredFile:
    """Store what was received and checked, and return its row; the same bytes are stored once.

    To be called in the transaction of whatever names the file. Of two that store the same bytes at
    once the later waits for the earlier and gets its row.
    """
    # Locked, so that nobody drops it before the caller has named it.
    known = StoredFile.objects.select_for_update().filter(sha256=received.sha256).first()
    if known is not None:
        _put_back(known, received)
        return known
    name = secrets.token_hex(16)
    name = f"{name[:2]}/{name}"
    _move(received.path, name)
    try:
        with transaction.atomic():
            return StoredFile.objects.create(
                sha256=received.sha256,
                storage_name=name,
                kind=kind,
                size=received.size,
                stored_at=now,
            )
    except IntegrityError:
        (evidence_dir() / name).unlink()
        return StoredFile.objects.get(sha256=received.sha256)


def bytes_keep(data: bytes, *, kind: FileKind, now: dt.datetime) -> StoredFile:
    """Store what the program itself has made; in a transaction, as `file_keep`."""
    with file_received(ContentFile(data), megabytes=len(data) // MEGABYTE + 1) as received:
        return file_keep(received, kind=kind, now=now)


def file_drop(file: StoredFile) -> bool:
    """Forget a file, in a transaction; False where something else still names the same bytes.

    Its bytes go once that is committed; what a crash in between leaves is an orphan.
    """
    locked = StoredFile.objects.select_for_update().filter(pk=file.pk).first()
    if locked is None:
        return False
    try:
        with transaction.atomic():
            locked.delete()
    except ProtectedError:
        return False
    path = path_of(file)
    transaction.on_commit(lambda: _remove(path))
    return True


def file_opened(file: StoredFile) -> BufferedReader:
    """The stored bytes, open for reading. Raises DamagedFile where they are gone, or more or fewer
    than were stored; whether they are the same, `evidence_check` finds out."""
    try:
        opened = path_of(file).open("rb")
    except OSError as error:
        raise DamagedFile(f"{file.storage_name}: {error.strerror}") from error
    size = os.fstat(opened.fileno()).st_size
    if size != file.size:
        opened.close()
        raise DamagedFile(f"{file.storage_name}: {size} bytes, {file.size} were stored")
    return opened


def file_lay(name: str, pieces: Iterable[bytes]) -> str:
    """Lay a file from a backup under the name it had, and return its SHA-256; what lay there is
    replaced."""
    path, digest = _folder(INCOMING) / secrets.token_hex(16), hashlib.sha256()
    try:
        with _created(path) as target:
            for piece in pieces:
                digest.update(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())
        _move(path, name)
    finally:
        path.unlink(missing_ok=True)
    return digest.hexdigest()


@contextmanager
def files_held() -> Iterator[None]:
    """For as long as the block lasts no stored file is removed, whichever process would: what is
    dropped meanwhile becomes an orphan. For a backup, which copies what rows have named."""
    with _lock_file() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        yield


@contextmanager
def files_held_alone() -> Iterator[bool]:
    """Whether nobody else holds the files, nor will for as long as the block lasts."""
    with _lock_file() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True


def _lock_file() -> BufferedRandom:
    # In a folder that is no place of a stored file; a file, since NFS locks no folders.
    return (_folder(INCOMING) / LOCK).open("a+b")


def _remove(path: Path) -> None:
    with files_held_alone() as alone:
        if alone:
            path.unlink(missing_ok=True)


def _put_back(known: StoredFile, received: Received) -> None:
    """Somebody has brought bytes that the disk has lost: they are the same by their digest."""
    try:
        file_opened(known).close()
    except DamagedFile:
        _move(received.path, known.storage_name)


def _move(path: Path, name: str) -> None:
    target = evidence_dir() / name
    folder = _folder(target.parent.name)
    path.rename(target)
    # The name too is on disk before the database may speak of it.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _folder(name: str) -> Path:
    folder = evidence_dir() / name
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder


def _created(path: Path) -> BufferedWriter:
    """A new file that nobody but the service's own account may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

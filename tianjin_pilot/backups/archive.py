"""The file of a backup: a zip of tables, stored files and, as its last part, a manifest that names
every other part with its size and SHA-256.

Any program that reads zip files opens it, and no table needs this one to be read.
"""

import contextlib
import datetime as dt
import hashlib
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, Self

from tianjin_pilot.backups.refusal import BackupRefused

FORMAT = 1
MANIFEST = "manifest.json"
# Of a million files.
LARGEST_MANIFEST = 250_000_000
# The table that says which files there are.
FILES_TABLE = "progress.StoredFile"
# Under which name a file may lie in EVIDENCE_DIR; nothing else is ever written there.
FILE_NAME = re.compile(r"[0-9a-f]{2}/[0-9a-f]{32}")
_PIECE = 1 << 18
# What the reading of a damaged zip ends with.
_DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    OverflowError,
    KeyError,
    TypeError,
)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the archive: how large it is unpacked, and the digest of its bytes."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Table(Part):
    """A table: its model, how many rows it has, and the last key that it has given."""

    model: str
    rows: int
    last_key: int | None


@dataclass(frozen=True, slots=True)
class StoredPart(Part):
    """A stored file; `fault` says in what it is not as it was stored, "" where it is."""

    fault: str = ""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup is of, and what it consists of. `absent` are the files that rows name and that
    were not there any more, each with the reason."""

    made_at: str
    release: str
    database: str
    migrations: dict[str, list[str]]
    tables: list[Table] = field(default_factory=list)
    files: list[StoredPart] = field(default_factory=list)
    absent: dict[str, str] = field(default_factory=dict)
    product: str = "tianjin_pilot"
    format: int = FORMAT

    @property
    def rows(self) -> int:
        return sum(one.rows for one in self.tables)

    @property
    def faults(self) -> list[str]:
        """What was wrong with the stored files before they were backed up."""
        damaged = [f"{one.name}: {one.fault}" for one in self.files if one.fault]
        return [*damaged, *(f"{name}: {reason}" for name, reason in self.absent.items())]

    def written(self) -> bytes:
        return (json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n").encode()


class ArchiveWriter:
    """Writes an archive part by part, to a file or a pipe; what fails in its block has no manifest
    and is none."""

    def __init__(self, target: IO[bytes], *, made_at: dt.datetime) -> None:
        self._zip = zipfile.ZipFile(target, "w", allowZip64=True)
        self._moment = made_at.timetuple()[:6]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, error: object, trace: object) -> None:
        # It writes the directory, which a full disk refuses once more.
        with contextlib.suppress(OSError, ValueError) if error else contextlib.nullcontext():
            self._zip.close()

    def add(self, name: str, pieces: Iterable[bytes], *, packed: bool) -> Part:
        """Write the pieces as one part, as large as they may be."""
        info = zipfile.ZipInfo(name, self._moment)
        info.compress_type = zipfile.ZIP_DEFLATED if packed else zipfile.ZIP_STORED
        info.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as part:
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                part.write(piece)
        return Part(name, size, digest.hexdigest())

    def end(self, manifest: Manifest) -> None:
        self.add(MANIFEST, [manifest.written()], packed=True)


class Archive:
    """An archive that is being read. What is damaged raises BackupRefused with the part's name."""

    def __init__(self, opened: zipfile.ZipFile) -> None:
        self._zip = opened
        self.names = opened.namelist()
        info = opened.NameToInfo.get(MANIFEST)
        if info is None:
            raise BackupRefused(f"The archive has no {MANIFEST}: it is no backup, or cut off.")
        if info.file_size > LARGEST_MANIFEST:
            raise BackupRefused(f"{MANIFEST} is larger than one can be.")
        with _damage_named(MANIFEST):
            written = opened.read(MANIFEST)
            self.manifest = _manifest_read(json.loads(written))
        self.manifest_sha256 = hashlib.sha256(written).hexdigest()

    def lines(self, table: Table) -> Iterator[bytes]:
        with _damage_named(table.name), self._zip.open(table.name) as part:
            yield from part

    def pieces(self, part: Part) -> Iterator[bytes]:
        with _damage_named(part.name), self._zip.open(part.name) as opened:
            while piece := opened.read(_PIECE):
                yield piece


@contextlib.contextmanager
def archive_opened(path: Path) -> Iterator[Archive]:
    """The archive, its manifest read and nothing else yet. Raises BackupRefused."""
    try:
        file = path.open("rb")
    except OSError as error:
        raise BackupRefused(f"{path} cannot be read: {error.strerror}.") from error
    with file:
        try:
            opened = zipfile.ZipFile(file)
        except (*_DAMAGED, OSError) as error:
            raise BackupRefused(
                f"{path} is no backup, or is damaged or cut off: its directory cannot be read."
            ) from error
        with opened:
            yield Archive(opened)


def archive_verify(archive: Archive, said: Callable[[str], None] = lambda _: None) -> None:
    """Read the whole archive. Raises BackupRefused naming the part that is not what was written."""
    manifest = archive.manifest
    parts: list[Part] = [*manifest.tables, *manifest.files]
    expected = [*(one.name for one in parts), MANIFEST]
    for name in sorted({*archive.names} ^ {*expected}):
        problem = "is missing" if name in expected else "belongs to no backup"
        raise BackupRefused(f"The archive is damaged: {name!r} {problem}.")
    if len(archive.names) != len(expected) or len(set(expected)) != len(expected):
        raise BackupRefused("The archive is damaged: it has a part twice.")
    for part in parts:
        digest, size, lines = hashlib.sha256(), 0, 0
        for piece in archive.pieces(part):
            digest.update(piece)
            size += len(piece)
            lines += piece.count(b"\n")
            if size > part.size:
                break
        if (size, digest.hexdigest()) != (part.size, part.sha256):
            raise BackupRefused(f"The archive is damaged: {part.name} has other bytes.")
        if isinstance(part, Table) and lines != part.rows + 1:
            raise BackupRefused(f"The archive is damaged: {part.name} has other rows.")
    _files_verify(archive)
    said(f"{len(parts)} parts are as they were written.")


def _files_verify(archive: Archive) -> None:
    """Every row of a stored file has its part, or the manifest says that it was absent."""
    manifest = archive.manifest
    [table] = [one for one in manifest.tables if one.model == FILES_TABLE]
    lines = archive.lines(table)
    with _damage_named(table.name):
        place = json.loads(next(lines)).index("storage_name")
        named = {json.loads(line)[place] for line in lines}
    held = {one.name.removeprefix("files/") for one in manifest.files}
    if named != held | manifest.absent.keys() or held & manifest.absent.keys():
        raise BackupRefused("The archive is damaged: its files are not those that its rows name.")
    for name in named:
        if not FILE_NAME.fullmatch(name):
            raise BackupRefused(f"The archive names a file {name!r}, which would lie elsewhere.")


@contextlib.contextmanager
def _damage_named(part: str) -> Iterator[None]:
    try:
        yield
    except (*_DAMAGED, OSError) as error:
        raise BackupRefused(f"The archive is damaged: {part} cannot be read ({error}).") from error


def _manifest_read(said: Any) -> Manifest:
    if not isinstance(said, dict) or said.get("product") != "tianjin_pilot":
        raise BackupRefused("The archive is no backup of this product.")
    if said.get("format") != FORMAT:
        raise BackupRefused(
            f"The backup has format {said.get('format')!r}; this release reads format {FORMAT}."
        )
    tables = [Table(**one) for one in said.pop("tables")]
    files = [StoredPart(**one) for one in said.pop("files")]
    manifest = Manifest(tables=tables, files=files, **said)
    if not all(one.name == f"tables/{one.model}.jsonl" for one in tables):
        raise ValueError("a table under another name")
    if not all(FILE_NAME.fullmatch(one.name.removeprefix("files/")) for one in files):
        raise ValueError("a file under a name of no stored file")
    if [one.model for one in tables].count(FILES_TABLE) != 1:
        raise ValueError(f"no {FILES_TABLE}")
    return manifest

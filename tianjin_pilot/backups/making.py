"""Making a backup: what the database says at one moment, and the files that it names."""

import contextlib
import datetime as dt
from collections.abc import Iterator
from dataclasses import asdict
from typing import IO

from django.db import connection, transaction
from django.db.models import Model

from agencies.audit import entries_seal
from progress.closings import release
from progress.filestore import files_held, path_of
from progress.models import StoredFile
from tianjin_pilot.backups.archive import ArchiveWriter, Manifest, StoredPart, Table
from tianjin_pilot.backups.tables import last_key, lines_of, migrations_carried, tables
from tianjin_pilot.migrated import migrations_applied

_PIECE = 1 << 18


def backup_write(target: IO[bytes], *, now: dt.datetime) -> Manifest:
    """Write a backup of the whole installation, and return its manifest.

    People go on writing: the tables are those of one moment, and no stored file is removed until
    those that they name have been copied, which were on the disk before a row spoke of them.
    """
    # So that the trail in the backup is sealed to its end, and no alteration passes.
    entries_seal()
    with files_held(), _one_moment(), ArchiveWriter(target, made_at=now) as writer:
        manifest = Manifest(
            made_at=now.astimezone(dt.UTC).isoformat(timespec="seconds"),
            release=release(),
            database=_database(),
            migrations=migrations_carried(migrations_applied()),
        )
        manifest.tables.extend(_table_add(writer, model) for model in tables())
        for file in StoredFile.objects.order_by("pk").iterator():
            _file_add(writer, file, manifest)
        writer.end(manifest)
    return manifest


@contextlib.contextmanager
def _one_moment() -> Iterator[None]:
    """A transaction that reads what was committed when it began, and keeps nobody from writing."""
    if connection.vendor == "postgresql":
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield
        return
    # Elsewhere each transaction is one that writes, and keeps others waiting.
    usual = connection.transaction_mode  # type: ignore[attr-defined]
    connection.transaction_mode = "DEFERRED"  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            yield
    finally:
        connection.transaction_mode = usual  # type: ignore[attr-defined]


def _table_add(writer: ArchiveWriter, model: type[Model]) -> Table:
    rows = -1

    def counted() -> Iterator[bytes]:
        nonlocal rows
        for line in lines_of(model):
            rows += 1
            yield line

    label = model._meta.label
    part = writer.add(f"tables/{label}.jsonl", counted(), packed=True)
    # Read after the rows, it may be later than theirs and never earlier.
    return Table(**asdict(part), model=label, rows=rows, last_key=last_key(model))


def _file_add(writer: ArchiveWriter, file: StoredFile, manifest: Manifest) -> None:
    """Copy a stored file, as it is: one that is damaged may still be worth having."""
    path, unread = path_of(file), []
    if not path.is_file():
        manifest.absent[file.storage_name] = "it is not in EVIDENCE_DIR"
        return

    def pieces() -> Iterator[bytes]:
        try:
            with path.open("rb") as opened:
                while piece := opened.read(_PIECE):
                    yield piece
        except OSError as error:
            unread.append(error.strerror or str(error))

    # Documents are packed in themselves.
    part = writer.add(f"files/{file.storage_name}", pieces(), packed=False)
    fault = unread[0] if unread else ""
    if not fault and part.sha256 != file.sha256:
        fault = "its bytes are not those that were stored"
    manifest.files.append(StoredPart(**asdict(part), fault=fault))


def _database() -> str:
    version = ".".join(map(str, connection.get_database_version()))
    return f"{connection.vendor} {version}"

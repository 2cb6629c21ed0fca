"""Restoring a backup onto an empty installation: all of it and as it was, or nothing."""

import contextlib
import datetime as dt
import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from django.apps import apps
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import Model

from agencies.audit import audit_event, trail_faults
from agencies.factors import keeping as factors
from agencies.models import AgencyRobot, AuditHead, SecondFactor
from agencies.robots import keeping as robots
from agencies.sealing import SealBrokenError, opened
from progress.closings import editions_verify
from progress.filestore import evidence_dir, file_lay, files_held_alone
from progress.models import Webhook
from progress.webhooks import keeping as webhooks
from tianjin_pilot.backups.archive import Archive, Manifest, Table, archive_opened, archive_verify
from tianjin_pilot.backups.refusal import BackupRefused
from tianjin_pilot.backups.tables import (
    last_key_set,
    lines_of,
    migrations_carried,
    rows_insert,
    tables,
)
from tianjin_pilot.migrated import migrations_applied, migrations_of_this_release

# What lies sealed under SECRET_KEY, by its purpose.
SEALED: Mapping[type[Model], str] = {
    AgencyRobot: robots.PURPOSE,
    SecondFactor: factors.PURPOSE,
    Webhook: webhooks.PURPOSE,
}
# So many of what does not hold are named.
MOST_NAMED = 20


@dataclass(frozen=True, slots=True)
class Restored:
    """What was restored: its manifest; what did not hold and was restored all the same; and how
    many sealed things cannot be opened under this SECRET_KEY."""

    manifest: Manifest
    faults: list[str]
    unopened: int


def backup_restore(
    source: Path,
    *,
    now: dt.datetime,
    account: str,
    despite_faults: bool = False,
    said: Callable[[str], None] = lambda _: None,
) -> Restored:
    """Restore the backup, onto an installation whose tables and EVIDENCE_DIR are empty.

    It is done when every row and file is compared with the archive, every reference, the audit
    trail and the editions of closed periods hold. `account` is who asks for it, on this machine;
    `said` is told of each step. Raises BackupRefused, and nothing is left of it then.
    """
    with archive_opened(source) as archive:
        archive_verify(archive, said)
        manifest = archive.manifest
        _release_check(manifest)
        with files_held_alone() as alone:
            if not alone:
                raise BackupRefused("A backup or another restore is at work in EVIDENCE_DIR.")
            with _whole_transaction(), _files_laid(archive):
                faults = _restore(archive, now=now, despite_faults=despite_faults, said=said)
                audit_event(
                    "installation.restore",
                    AuditHead(pk=1),
                    by=None,
                    now=now,
                    account=account,
                    archive=source.name,
                    made_at=manifest.made_at,
                    manifest_sha256=archive.manifest_sha256,
                    faults=len(faults),
                )
    return Restored(manifest, faults, _unopened())


def _restore(
    archive: Archive, *, now: dt.datetime, despite_faults: bool, said: Callable[[str], None]
) -> list[str]:
    """Write the rows and hold them against everything they have to agree with; returns what did
    not hold before either."""
    by_model = {one.model: one for one in archive.manifest.tables}
    for model in tables():
        table = by_model[model._meta.label]
        rows_insert(model, archive.lines(table))
        last_key_set(model, table.last_key)
    said(f"{archive.manifest.rows} rows are written.")
    try:
        connection.check_constraints()
    except IntegrityError as error:
        raise BackupRefused(f"A row names another that is not there: {error}") from error
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    for table in archive.manifest.tables:
        _table_compare(table)
    said("Every table says what the archive says.")
    faults = [*archive.manifest.faults, *_trail(), *_editions(now)]
    if faults and not despite_faults:
        named = "".join(f"\n  {one}" for one in faults[:MOST_NAMED])
        raise BackupRefused(
            f"What the backup holds does not agree with itself:{named}\n"
            f"Take another backup, or restore this one as it is with --despite-faults."
        )
    return faults


def _release_check(manifest: Manifest) -> None:
    """Raises BackupRefused unless database, backup and program are of one release."""
    applied = _named(migrations_carried(migrations_applied()))
    known = _named(migrations_carried(migrations_of_this_release()))
    backed_up = _named(manifest.migrations)
    if backed_up - known:
        raise BackupRefused(
            f"The backup is of a newer release, with {_listed(backed_up - known)}. Install that "
            f"release (or a later one of the same migrations), and restore with it."
        )
    if known - backed_up:
        raise BackupRefused(
            f"The backup is of an older release ({manifest.release}), without "
            f"{_listed(known - backed_up)}. Install the release whose last migrations are "
            f"{_last(manifest.migrations)}, restore with it, and upgrade then."
        )
    if known - applied:
        raise BackupRefused(
            f"The database lacks {_listed(known - applied)}: run `manage.py migrate` first."
        )
    if {model._meta.label for model in tables()} != {one.model for one in manifest.tables}:
        raise BackupRefused("The archive is damaged: its tables are not those of its release.")


@contextlib.contextmanager
def _whole_transaction() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except DatabaseError as error:
        raise BackupRefused(f"The database refuses: {error}") from error


@contextlib.contextmanager
def _files_laid(archive: Archive) -> Iterator[None]:
    """Lay the archive's files into EVIDENCE_DIR, and take them away again if the block fails.

    Only into an empty installation, in its transaction. Files of the archive that lie there already
    stay, whatever happens: a restore may have been killed, or another installation uses them.
    """
    _empty_check()
    folder, laid = evidence_dir(), []
    parts = {one.name.removeprefix("files/"): one for one in archive.manifest.files}
    there = {str(path.relative_to(folder)) for path in folder.glob("[0-9a-f][0-9a-f]/*")}
    if strange := sorted(there - parts.keys()):
        raise BackupRefused(
            f"EVIDENCE_DIR is not empty: there is {folder / strange[0]}. Name an empty folder."
        )
    try:
        for name, part in parts.items():
            if name in there:
                with (folder / name).open("rb") as opened_file:
                    digest = hashlib.file_digest(opened_file, "sha256").hexdigest()
            else:
                laid.append(folder / name)
                digest = file_lay(name, archive.pieces(part))
            if digest != part.sha256:
                raise BackupRefused(f"EVIDENCE_DIR has another file in the place of {name}.")
        yield
    except BaseException as error:
        for path in laid:
            path.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise BackupRefused(f"EVIDENCE_DIR cannot be written: {error.strerror}.") from error
        raise


def _empty_check() -> None:
    for model in tables():
        if model._base_manager.exists():
            raise BackupRefused(
                f"The database is not empty: there are rows in {model._meta.label}. Restore onto a "
                f"database that has nothing but what `manage.py migrate` makes."
            )


def _table_compare(table: Table) -> None:
    digest, lines = hashlib.sha256(), -1
    for line in lines_of(apps.get_model(table.model)):
        digest.update(line)
        lines += 1
    if (lines, digest.hexdigest()) != (table.rows, table.sha256):
        raise BackupRefused(
            f"{table.model} would not be as it was: {lines} rows with the digest "
            f"{digest.hexdigest()}, instead of {table.rows} with {table.sha256}."
        )


def _trail() -> Iterator[str]:
    found = trail_faults()
    if found.missing:
        yield f"audit trail: {len(found.missing)} entries are missing"
    if found.altered:
        yield (
            f"audit trail: {len(found.altered)} of {found.checked} entries are altered, or sealed "
            f"with a key that this installation has not: set AUDIT_KEYS (or SECRET_KEY) to those "
            f"of the installation that was backed up"
        )
    if found.removals:
        yield f"audit trail: {len(found.removals)} removals of old entries are not on our record"
    if found.end_is_cut:
        yield "audit trail: the end is not the one that was sealed last"


def _editions(now: dt.datetime) -> Iterator[str]:
    for found in editions_verify(now=now):
        for problem in found.problems:
            yield f"{found.edition.period.code} edition {found.edition.number}: {problem}"


def _unopened() -> int:
    count = 0
    for model, purpose in SEALED.items():
        for text in model._base_manager.values_list("sealed", flat=True):
            try:
                opened(text, purpose=purpose)
            except SealBrokenError:
                count += 1
    return count


def _named(migrations: dict[str, list[str]]) -> set[str]:
    return {f"{app}.{name}" for app, names in migrations.items() for name in names}


def _last(migrations: dict[str, list[str]]) -> str:
    return ", ".join(f"{app} {max(names)}" for app, names in migrations.items() if names)


def _listed(names: set[str]) -> str:
    found = sorted(names)
    more = f" and {len(found) - 3} more" if len(found) > 3 else ""
    return f"the migrations {', '.join(found[:3])}{more}"

"""Write a backup of the whole installation into one file, or read one through."""

import sys
from argparse import ArgumentParser, ArgumentTypeError
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from tianjin_pilot.backups import (
    BackupRefused,
    Manifest,
    archive_opened,
    archive_verify,
    backup_into,
    backup_write,
    older_remove,
)
from tianjin_pilot.backups.telling import backup_tell

TO_STDOUT = "-"
NOT_IN_IT = (
    "Not in it: SECRET_KEY, AUDIT_KEYS and every other setting of the environment; keep these in "
    "another place. Without SECRET_KEY the addresses of robots and webhooks and authenticator "
    "apps cannot be opened, without AUDIT_KEYS the audit trail cannot be verified. Who is signed "
    "in signs in again."
)


class Command(BaseCommand):
    help = (
        "Write the database and the files that it names into one file, as they are at one moment, "
        "while people go on writing. Ends with an error, the backup being written, where a stored "
        "file is missing or damaged."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "target",
            nargs="?",
            help="the folder that the backup is written into, named by its moment, or - for "
            "stdout, to be encrypted on its way",
        )
        parser.add_argument(
            "--keep", type=_one_or_more, metavar="N", help="remove all but the newest N from there"
        )
        parser.add_argument(
            "--verify", metavar="ARCHIVE", help="read a backup through instead, and say what it is"
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        target, archive = options["target"], options["verify"]
        if (target is None) == (archive is None):
            raise CommandError("Name the folder to write into, or the ARCHIVE to --verify.")
        if options["keep"] and target in (None, TO_STDOUT):
            raise CommandError("--keep is for backups that are written into a folder.")
        try:
            if archive is not None:
                manifest = self._verify(Path(archive))
            elif target == TO_STDOUT:
                manifest = self._write_out()
            else:
                manifest = self._write(Path(target))
        except BackupRefused as refused:
            raise CommandError(str(refused)) from refused
        if manifest.faults:
            raise CommandError(
                f"The backup is whole, but {len(manifest.faults)} stored files were not what was "
                "stored:" + "".join(f"\n  {one}" for one in manifest.faults)
            )
        if target not in (None, TO_STDOUT):
            left = older_remove(Path(target), now=timezone.now(), keep=options["keep"])
            if left:
                raise CommandError(
                    "The backup is whole, but older ones could not be removed:"
                    + "".join(f"\n  {one}" for one in left)
                )

    def _verify(self, path: Path) -> Manifest:
        with archive_opened(path) as archive:
            archive_verify(archive, self.stdout.write)
            manifest = archive.manifest
        self.stdout.write(f"{path}: made at {manifest.made_at} from {manifest.database}.")
        self.stdout.write(_summary(manifest))
        return manifest

    def _write(self, folder: Path) -> Manifest:
        path, manifest = backup_into(folder, now=timezone.now())
        backup_tell(manifest, archive=path.name, now=timezone.now())
        self.stdout.write(f"{path}: {path.stat().st_size / 1e6:.1f} MB")
        self.stdout.write(f"{_summary(manifest)}\n{NOT_IN_IT}")
        return manifest

    def _write_out(self) -> Manifest:
        if sys.stdout.isatty():
            raise CommandError("Send it on: manage.py backup - | age -r … > FILE")
        try:
            manifest = backup_write(sys.stdout.buffer, now=timezone.now())
            sys.stdout.buffer.flush()
        except OSError as error:
            raise CommandError(f"It cannot be written: {error.strerror}.") from error
        backup_tell(manifest, archive=TO_STDOUT, now=timezone.now())
        self.stderr.write(f"{_summary(manifest)}\n{NOT_IN_IT}")
        return manifest


def _summary(manifest: Manifest) -> str:
    size = sum(one.size for one in manifest.files) / 1e6
    return (
        f"{len(manifest.tables)} tables with {manifest.rows} rows, {len(manifest.files)} files of "
        f"{size:.1f} MB; release {manifest.release}."
    )


def _one_or_more(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise ArgumentTypeError("must be 1 or more")
    return int(text)

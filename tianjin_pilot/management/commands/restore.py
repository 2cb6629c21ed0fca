"""Restore a backup onto an empty installation."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from tianjin_pilot.backups import BackupRefused, backup_restore
from tianjin_pilot.backups.telling import account_here


class Command(BaseCommand):
    help = (
        "Restore a backup onto an installation that has nothing but its tables, on the same "
        "database as it was made from or on the other. All of it is restored, or nothing: it is "
        "done when every row and file is compared with the archive, and the audit trail and the "
        "documents of closed periods hold."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("source", help="the file that `manage.py backup` has written")
        parser.add_argument(
            "--despite-faults",
            action="store_true",
            help="restore also what did not hold when it was backed up, or has other audit keys",
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            restored = backup_restore(
                Path(options["source"]),
                now=timezone.now(),
                account=account_here(),
                despite_faults=options["despite_faults"],
                said=self.stdout.write,
            )
        except BackupRefused as refused:
            raise CommandError(f"{refused}\nNothing was restored.") from refused
        for line in restored.faults:
            self.stdout.write(self.style.WARNING(f"does not hold: {line}"))
        if restored.unopened:
            self.stdout.write(
                self.style.WARNING(
                    f"{restored.unopened} addresses of robots or webhooks, or secrets of "
                    "authenticator apps, are sealed with another SECRET_KEY: put that one into "
                    "SECRET_KEY_FALLBACKS, or have them set up anew."
                )
            )
        manifest = restored.manifest
        self.stdout.write(
            self.style.SUCCESS(
                f"Restored as of {manifest.made_at}: {manifest.rows} rows, {len(manifest.files)} "
                "files."
            )
        )
        self.stdout.write(
            "What was done since is not in it, and reminders or webhooks sent since will be sent "
            "again once workers run."
        )

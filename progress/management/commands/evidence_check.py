"""Whether what people attached is still what they attached."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from progress.filestore import damages, orphans, orphans_remove
from progress.models import StoredFile


class Command(BaseCommand):
    help = (
        "Read every stored file of evidence and compare it with its size and SHA-256; list the "
        "files in EVIDENCE_DIR that nothing names. Ends with an error where a file is damaged or "
        "missing: restore it from a backup under the same name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--remove-orphans",
            action="store_true",
            help="remove the files that nothing names and that are older than a day",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        damaged = list(damages())
        for damage in damaged:
            self.stdout.write(f"damaged: {damage.problem}")
        removed = orphans_remove(now=timezone.now()) if options["remove_orphans"] else []
        for path in removed:
            self.stdout.write(f"removed, nothing names it: {path}")
        for path in orphans():
            self.stdout.write(f"nothing names it: {path}")
        count = StoredFile.objects.count()
        if damaged:
            raise CommandError(f"{len(damaged)} of {count} stored files are damaged or missing.")
        self.stdout.write(f"All {count} stored files are as they were stored.")

"""Read the official list into the register."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from tasks.importing import DEFAULT_LIST, ListFaults, import_list


class Command(BaseCommand):
    help = (
        "Read the official list of pilot tasks into the register. Running it again changes "
        "nothing; a revised list is imported over the old one, and what changed is shown. A list "
        "with faults changes nothing and every fault is named with its line."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "path",
            nargs="?",
            type=Path,
            default=DEFAULT_LIST,
            metavar="PATH",
            help="the list, a text file in UTF-8 divided by tabs (default: %(default)s)",
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would change and write nothing"
        )

    @no_translations
    def handle(self, *args: Any, path: Path, dry_run: bool, **options: Any) -> None:
        try:
            outcome = import_list(path=path, now=timezone.now(), dry_run=dry_run)
        except ListFaults as refused:
            count = len(refused.faults)
            raise CommandError(
                f"{refused}\n{count} fault{'s' if count > 1 else ''} found; nothing was imported."
            ) from refused
        for line in outcome.lines():
            self.stdout.write(line)

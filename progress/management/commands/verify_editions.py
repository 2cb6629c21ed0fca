"""Whether the stored documents of closed periods are still what was stored."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from progress.closings import editions_verify
from progress.management.commands.export_progress import period_named


class Command(BaseCommand):
    help = (
        "Check the editions of closed periods: every stored workbook, the kept figures and the "
        "manifest against their SHA-256. Ends with an error where something is not what was "
        "stored: restore the file that is named from a backup, under the same name in EVIDENCE_DIR."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--period", help="only this period, by its code, such as 2026-10")
        parser.add_argument(
            "--again",
            action="store_true",
            help="make each workbook again from the frozen figures and compare it: byte by byte "
            "where the same release made it, else the value of each cell",
        )
        parser.add_argument(
            "--restore",
            action="store_true",
            help="put a damaged workbook back where making it again gives the same bytes",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        period = period_named(options["period"]) if options["period"] else None
        count = damaged = 0
        for found in editions_verify(
            now=timezone.now(),
            period=period,
            again=options["again"],
            restore=options["restore"],
        ):
            edition = found.edition
            name = f"{edition.period.code} edition {edition.number}"
            count += 1
            damaged += bool(found.problems)
            for line in found.restored:
                self.stdout.write(f"{name}: restored: {line}")
            for line in found.problems:
                self.stdout.write(f"{name}: damaged: {line}")
            if not found.problems and options["verbosity"] > 1:
                self.stdout.write(f"{name}: as it was stored")
        if damaged:
            raise CommandError(f"{damaged} of {count} editions are not what was stored.")
        self.stdout.write(f"All {count} editions are what was stored.")

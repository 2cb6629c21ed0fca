"""Lay the demonstration out: accounts, months of reports, deadlines."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from progress.demonstration import DemonstrationRefusedError, demonstration_seed


class Command(BaseCommand):
    help = (
        "Lay the demonstration out: made-up accounts, the reports of every month from May 2026 "
        "to the current one, and deadlines. Only with DEBUG on. Running it again changes nothing."
    )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = demonstration_seed(today=timezone.localdate())
        except DemonstrationRefusedError as refused:
            raise CommandError(f"No demonstration was laid out: {refused}.") from refused
        if options["verbosity"] < 1:
            return
        if not outcome.laid_out:
            self.stdout.write("There are reporting periods already; nothing was changed.")
            return
        self.stdout.write(
            f"{outcome.accounts} accounts, {len(outcome.periods)} periods "
            f"({outcome.periods[0]} to {outcome.periods[-1]}), {outcome.reports} reports."
        )

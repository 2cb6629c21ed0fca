"""Lay the demonstration out: accounts, months of reports, deadlines."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError, no_translations
from django.utils import timezone

from progress.demonstration import DemonstrationRefusedError, demonstration_seed
from progress.demonstration.moments import FEWEST_MONTHS, MONTHS, MOST_MONTHS


class Command(BaseCommand):
    help = (
        "Lay the demonstration out: made-up accounts, the reports of the current month and "
        "those before it, and deadlines. Only with DEBUG on. Running it again changes nothing."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--months",
            type=int,
            choices=range(FEWEST_MONTHS, MOST_MONTHS + 1),
            default=MONTHS,
            metavar="N",
            help=f"how many, from {FEWEST_MONTHS} to {MOST_MONTHS}; each takes some seconds",
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        try:
            outcome = demonstration_seed(today=timezone.localdate(), months=options["months"])
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

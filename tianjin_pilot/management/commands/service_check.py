"""Whether a service can begin here: asked before each of its programs starts."""

import time
from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, no_translations

from tianjin_pilot.readiness import (
    FINE,
    broker_standing,
    database_standing,
    migrations_standing,
)

# Each question, its part, and the remedy where the answer is another than "ok".
QUESTIONS: tuple[tuple[Callable[[], str], str, str], ...] = (
    (
        database_standing,
        "The database",
        "Start PostgreSQL, or set DATABASE_URL to where it listens.",
    ),
    (
        migrations_standing,
        "The database's migrations",
        "Bring the database up to this release: manage.py migrate",
    ),
    (
        broker_standing,
        "The broker",
        "Start Redis or Valkey, or set REDIS_URL to where it listens, with its password.",
    ),
)
SECONDS_BETWEEN = 0.5


class Command(BaseCommand):
    help = (
        "Ask before a service starts: DEBUG off, a key of one's own, a database that is up to "
        "date, a broker that answers. Ends with an error that names the remedy."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--wait",
            type=float,
            default=0,
            metavar="SECONDS",
            help="how long to wait for what may be starting beside us",
        )

    @no_translations
    def handle(self, *args: Any, **options: Any) -> None:
        if settings.DEBUG:
            raise CommandError(
                "DEBUG is on, and a service would show its settings to whoever finds an error. "
                "Take DEBUG out of the environment of the service."
            )
        until = time.monotonic() + options["wait"]
        for question, part, remedy in QUESTIONS:
            said = question()
            while said != FINE and time.monotonic() < until:
                time.sleep(SECONDS_BETWEEN)
                said = question()
            if said != FINE:
                raise CommandError(f"{part}: {said}. {remedy}")
        if options["verbosity"] > 1:
            self.stdout.write("The service can begin.")

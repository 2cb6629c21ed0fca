"""Remind agencies by hand, and say who gets what and why."""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from progress.cadence import FIRST_YEAR, LAST_YEAR
from progress.reminders import Line, Result, RunOutcome, moment_on, reminders_run


class Command(BaseCommand):
    help = (
        "Find the reports that are owed, record a reminder for each recipient, channel and day, "
        "and send what may be sent now. A second run on the same day sends nothing new. Runs in "
        "its own process, without a broker."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", metavar="YYYY-MM-DD", help="take this day for today")
        parser.add_argument(
            "--dry-run", action="store_true", help="say who would get what; write and send nothing"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        if options["date"] is not None:
            now = moment_on(day_given(options["date"]), now=now)
        # The command speaks English; the messages themselves are in their readers' language.
        with translation.override("en"):
            self._tell(reminders_run(now=now, dry_run=options["dry_run"]))

    def _tell(self, outcome: RunOutcome) -> None:
        for line in outcome.lines:
            self.stdout.write(heading(line))
            for item in line.items:
                reason = item.reason(today=outcome.today)
                self.stdout.write(
                    f"    {item.period_code} task {item.task_number} ({item.rule.label}): {reason}"
                )
        self.stdout.write(totals(outcome))


def day_given(text: str) -> dt.date:
    """The day that was typed. Raises CommandError, which says how to write one."""
    try:
        day = dt.date.fromisoformat(text)
    except ValueError as error:
        raise CommandError(
            f'"{text}" is no date; write it as YYYY-MM-DD, for example 2026-10-23.'
        ) from error
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise CommandError(f"The year has to lie between {FIRST_YEAR} and {LAST_YEAR}.")
    return day


def heading(line: Line) -> str:
    """Who, by which channel, and what became of it."""
    recipient = line.recipient
    name = recipient.name or recipient.agency_name
    where = f" <{recipient.address}>" if line.channel == "mail" and recipient.address else ""
    answer = f" ({line.answer})" if line.answer and line.result != Result.SENT else ""
    return f"{name}{where} [{recipient.agency_name}] by {line.channel}: {line.result}{answer}"


def totals(outcome: RunOutcome) -> str:
    """The run in a line or two."""
    if not outcome.lines:
        return f"{outcome.today}: nothing is owed."
    counts = ", ".join(
        f"{outcome.count(result)} {result}" for result in Result if outcome.count(result)
    )
    text = f"{outcome.today}: {len(outcome.lines)} messages ({counts})"
    text += "; dry run, nothing written." if outcome.dry_run else f"; {outcome.recorded} recorded."
    if outcome.waits_until is not None:
        moment = timezone.localtime(outcome.waits_until)
        text += f"\nMail waits until {moment:%Y-%m-%d %H:%M}: outside working days or hours."
    return text

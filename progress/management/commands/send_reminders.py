"""Remind agencies by hand, and say who gets what and why."""

import datetime as dt
from argparse import ArgumentParser
from collections.abc import Sequence
from itertools import zip_longest
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone, translation

from progress.cadence import FIRST_YEAR, LAST_YEAR
from progress.reminders import (
    DayLines,
    Line,
    OwedItem,
    Result,
    RunOutcome,
    Tense,
    lines_on,
    moment_on,
    reminders_run,
)
from progress.steps import step_words


class Command(BaseCommand):
    help = (
        "Find what is owed, record a reminder for each recipient, channel and day, "
        "and send what may be sent now. A second run on the same day sends nothing new. Runs in "
        "its own process, without a broker. Exits with 1 where a message of the day was given up "
        "after its last attempt; who cannot be reached at all is the office's to settle."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--date", metavar="YYYY-MM-DD", help="take this day for today")
        parser.add_argument(
            "--dry-run",
            action="store_true",
            help="say who gets what and why, of a past day who got it; write and send nothing",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = timezone.now()
        day = day_given(options["date"]) if options["date"] is not None else timezone.localdate(now)
        # The command speaks English; the messages themselves are in their readers' language.
        with translation.override("en"):
            if options["dry_run"]:
                self._foretell(lines_on(day=day, now=now))
                return
            outcome = reminders_run(now=moment_on(day, now=now), clock=timezone.now)
            self._tell(outcome)
        if outcome.given_up:
            raise CommandError(
                f"{outcome.given_up} of the day's messages were given up after their last attempt. "
                f"The answers stand above; correct the addresses and remind by hand."
            )

    def _foretell(self, found: DayLines) -> None:
        self._lines(found.lines, found.day)
        self.stdout.write(day_totals(found))

    def _tell(self, outcome: RunOutcome) -> None:
        self._lines(outcome.lines, outcome.today)
        self.stdout.write(totals(outcome))

    def _lines(self, lines: Sequence[Line], today: dt.date) -> None:
        for line in lines:
            self.stdout.write(heading(line))
            for item, step in zip_longest(line.items, line.steps):
                reason = item.reason(today=today)
                passed = f"; step: {step_words(step)}" if step is not None else ""
                self.stdout.write(f"    {subject(item)} ({item.rule.label}): {reason}{passed}")


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


def subject(item: OwedItem) -> str:
    """What is owed, and by whom where it is told because it is late."""
    if item.task_number is None:
        return item.detail or item.agency_name
    period = f"{item.period_code} " if item.period_code else ""
    agency = f" of {item.agency_name}, late" if item.escalated else ""
    return f"{period}task {item.task_number}{agency}"


def heading(line: Line) -> str:
    """Who, by which channel, and what became of it."""
    recipient = line.recipient
    name = recipient.name or recipient.agency_name
    where = f" <{recipient.address}>" if line.channel != "inbox" and recipient.address else ""
    moment = f" {timezone.localtime(line.at):%Y-%m-%d %H:%M}" if line.at is not None else ""
    answer = f" ({line.answer})" if line.answer and line.result != Result.SENT else ""
    asked = f", asked for by {line.asked_by}" if line.asked_by else ""
    outcome = f"{line.result}{moment}{answer}{asked}"
    return f"{name}{where} [{recipient.agency_name}] by {line.channel}: {outcome}"


def day_totals(found: DayLines) -> str:
    """A day in a line or two, and what is behind it."""
    if not found.lines and found.tense == Tense.PAST:
        if found.first_day is None or found.day < found.first_day:
            return f"{found.day}: nothing is known of this day; the outbox begins later."
        return f"{found.day}: nobody was reminded of anything."
    if not found.lines:
        return f"{found.day}: nobody has to be reminded of anything."
    counts = ", ".join(
        f"{found.count(result)} {result}" for result in Result if found.count(result)
    )
    sources = {
        Tense.PAST: "as recorded and really sent",
        Tense.TODAY: "as recorded, and as the next run would do",
        Tense.AHEAD: "foretold from what is owed now, as if nothing changed until then",
    }
    text = f"{found.day}: {len(found.lines)} messages ({counts}), {sources[found.tense]}"
    return f"{text}; dry run, nothing written.{waiting(found.waits_until)}"


def waiting(until: dt.datetime | None) -> str:
    """Until when mail waits, on a line of its own; "" where it does not."""
    if until is None:
        return ""
    moment = f"{timezone.localtime(until):%Y-%m-%d %H:%M}"
    return f"\nMail waits until {moment}: outside working days or hours."


def totals(outcome: RunOutcome) -> str:
    """The run in a line or two."""
    if not outcome.lines:
        return f"{outcome.today}: nothing is owed."
    counts = ", ".join(
        f"{outcome.count(result)} {result}" for result in Result if outcome.count(result)
    )
    text = f"{outcome.today}: {len(outcome.lines)} messages ({counts})"
    return f"{text}; {outcome.recorded} recorded.{waiting(outcome.waits_until)}"

"""Celery's entry points: each reads the clock and calls the function that does the work."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from progress.reminders import DELIVERY_JOB, moment_on, reminders_deliver, reminders_run
from progress.workflow import figures_keep_absent, period_open_by_calendar


@shared_task(name="progress.jobs.send_reminders")
def send_reminders(date: str | None = None) -> None:
    """Find, record and send what is owed; `date` (ISO) is for catching up on a day by hand."""
    now = timezone.now()
    reminders_run(now=moment_on(dt.date.fromisoformat(date), now=now) if date else now)


@shared_task(name=DELIVERY_JOB)
def deliver_reminders() -> None:
    """Send what was recorded by hand a moment ago, and whatever else waits."""
    reminders_deliver(now=timezone.now())


@shared_task(name="progress.jobs.open_period")
def open_period() -> None:
    """Open the period whose day has come, where the rules leave it to the calendar."""
    period_open_by_calendar(now=timezone.now())


@shared_task(name="progress.jobs.keep_figures")
def keep_figures() -> None:
    """Keep the figures of periods that were closed by a release that kept none."""
    figures_keep_absent()

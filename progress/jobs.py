"""Celery's entry points: each reads the clock and calls the function that does the work."""

import datetime as dt

from celery import shared_task
from django.utils import timezone

from progress.reminders import moment_on, reminders_run


@shared_task(name="progress.jobs.send_reminders")
def send_reminders(date: str | None = None) -> None:
    """Find, record and send what is owed; `date` (ISO) is for catching up on a day by hand."""
    now = timezone.now()
    reminders_run(now=moment_on(dt.date.fromisoformat(date), now=now) if date else now)

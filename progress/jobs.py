"""Celery's entry points: each reads the clock and calls the function that does the work.

When they run is said by `progress.timetable`; each leaves a trace of its runs (`progress.health`).
"""

import datetime as dt
from collections.abc import Callable
from typing import Any

from celery import Task, shared_task
from django.utils import timezone

from agencies.audit import entries_remove, entries_seal, trail_check
from agencies.passwords.links import links_send
from agencies.request_number import numbered
from agencies.sessions import sessions_sweep
from progress.closings import editions_keep_absent
from progress.exports import EXPORT_JOB, exports_make, exports_sweep
from progress.health import job_traced
from progress.reminders import DELIVERY_JOB, moment_on, reminders_deliver, reminders_run
from progress.timetable import ORDERED_BY_TIMETABLE
from progress.webhooks import WEBHOOK_JOB, deliveries_sweep, webhooks_send
from progress.workers import REQUEST_NUMBER
from progress.workflow import bigrams_keep_absent, figures_keep_absent, period_open_by_calendar
from progress.workflow.sheets import sheets_sweep


def job(name: str) -> Callable[[Callable[..., None]], Any]:
    """What makes a function a job of this name."""

    def made(work: Callable[..., None]) -> Any:
        @shared_task(name=name, bind=True)
        def run(self: Task, *args: Any, **kwargs: Any) -> None:
            said = self.request.headers or {}
            is_ordered = bool(said.get(ORDERED_BY_TIMETABLE))
            number = said.get(REQUEST_NUMBER) or self.request.id or ""
            with (
                numbered(number),
                job_traced(job=name, is_ordered=is_ordered, clock=timezone.now),
            ):
                work(*args, **kwargs)

        return run

    return made


@job("progress.jobs.send_reminders")
def send_reminders(date: str | None = None) -> None:
    """Find, record and send what is owed; `date` (ISO) is for catching up on a day by hand."""
    now = timezone.now()
    moment = moment_on(dt.date.fromisoformat(date), now=now) if date else now
    reminders_run(now=moment, clock=timezone.now)


@job(DELIVERY_JOB)
def deliver_reminders() -> None:
    """Send what was recorded by hand a moment ago, and whatever else waits."""
    reminders_deliver(now=timezone.now(), clock=timezone.now)


@job("progress.jobs.open_period")
def open_period() -> None:
    """Open the period whose day has come, where the rules leave it to the calendar."""
    period_open_by_calendar(now=timezone.now())


@job("progress.jobs.keep_figures")
def keep_figures() -> None:
    """Keep the figures, and what a search goes by, of periods that an earlier release closed."""
    figures_keep_absent()
    bigrams_keep_absent()


@job("progress.jobs.keep_editions")
def keep_editions() -> None:
    """Make the documents of periods that were closed by a release that made none."""
    editions_keep_absent(now=timezone.now())


@job(EXPORT_JOB)
def make_exports() -> None:
    """Make the exports that wait, and those that a worker began and let go of."""
    exports_make(clock=timezone.now)


@job("progress.jobs.seal_audit_trail")
def seal_audit_trail() -> None:
    """Number and chain the entries of the audit trail."""
    entries_seal()


@job("progress.jobs.verify_audit_trail")
def verify_audit_trail() -> None:
    """Go through the whole audit trail; what does not hold ends the run with a fault."""
    trail_check()


@job("progress.jobs.shorten_audit_trail")
def shorten_audit_trail() -> None:
    """Remove the entries of the audit trail whose time has come."""
    entries_remove(now=timezone.now())


@job(WEBHOOK_JOB)
def send_webhooks() -> None:
    """Tell each webhook what changed, and try again what was not taken."""
    webhooks_send(clock=timezone.now)


@job("progress.jobs.sweep_files")
def sweep_files() -> None:
    """Remove exports, offline forms, logs and sessions whose time has come, and files that nothing
    names."""
    now = timezone.now()
    exports_sweep(now=now)
    sheets_sweep(now=now)
    deliveries_sweep(now=now)
    sessions_sweep()


@job("progress.jobs.send_password_links")
def send_password_links() -> None:
    """Send the links to set a new password that were asked for."""
    links_send(now=timezone.now())

"""The timetable (定时调度): which job runs when, and why. Celery's beat reads it from the settings.

What is owed is a row in the database, so a run that is missed is only a later one: the next run
does what is left, and a run too many does nothing. Therefore a run that nobody took in time may
lapse.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from celery.schedules import crontab
from django.utils import timezone
from django.utils.translation import gettext, gettext_noop

# The header by which a worker knows that beat ordered a run, and no person. Beat sets it.
ORDERED_BY_TIMETABLE = "celery_beat_task"


@dataclass(frozen=True, slots=True)
class Entry:
    """A job of `progress.jobs`, its times in Shanghai, after how many seconds a run that nobody
    took lapses, and what it is for; name and reason in English, for gettext."""

    job: str
    at: crontab
    expires: int
    name: str
    why: str

    @property
    def label(self) -> str:
        return gettext(self.name)

    @property
    def reason(self) -> str:
        return gettext(self.why)

    def next_after(self, moment: dt.datetime) -> dt.datetime:
        """The first time of the timetable after `moment`."""
        zone = timezone.get_default_timezone()
        start, until_then, _now = self.at.remaining_delta(moment, tz=zone)
        found: dt.datetime = start + until_then
        return found


TIMETABLE: Sequence[Entry] = (
    Entry(
        "progress.jobs.send_reminders",
        crontab(minute="*/10"),
        600,
        gettext_noop("Send reminders"),
        gettext_noop("Records what is owed and sends what may be sent by then."),
    ),
    Entry(
        "progress.jobs.open_period",
        crontab(minute=5, hour="0,6-12"),
        600,
        gettext_noop("Open the period"),
        gettext_noop(
            "Opens the period whose day has come: soon after midnight, and through the morning "
            "where nothing ran then."
        ),
    ),
    Entry(
        "progress.jobs.keep_figures",
        crontab(minute=15, hour="0,6-12"),
        600,
        gettext_noop("Keep the figures"),
        gettext_noop(
            "Keeps the figures of periods that an earlier release closed; finds something after "
            "an update alone."
        ),
    ),
    Entry(
        "progress.jobs.keep_editions",
        crontab(minute=25, hour="0,6-12"),
        600,
        gettext_noop("Keep the editions"),
        gettext_noop(
            "Makes the documents of periods that an earlier release closed, after their figures."
        ),
    ),
    Entry(
        "progress.jobs.make_exports",
        crontab(),
        60,
        gettext_noop("Make exports"),
        gettext_noop(
            "Whoever asks for an export asks a worker too; this is for what a worker that died "
            "had begun, and for what could not be asked for."
        ),
    ),
    Entry(
        "progress.jobs.seal_audit_trail",
        crontab(),
        60,
        gettext_noop("Seal the audit trail"),
        gettext_noop(
            "Numbers what was done since the last minute and chains it to what was done before."
        ),
    ),
    Entry(
        "progress.jobs.verify_audit_trail",
        crontab(minute=10, hour=3),
        600,
        gettext_noop("Go through the audit trail"),
        gettext_noop("Finds entries that were altered or taken out, and says so to auditors."),
    ),
    Entry(
        "progress.jobs.shorten_audit_trail",
        crontab(minute=35, hour="1,7"),
        600,
        gettext_noop("Shorten the audit trail"),
        gettext_noop("Removes from its start what has been kept as long as it is to be."),
    ),
    Entry(
        "progress.jobs.send_webhooks",
        crontab(),
        60,
        gettext_noop("Send to webhooks"),
        gettext_noop("Tells other systems what changed, and tries again what they did not take."),
    ),
    Entry(
        "progress.jobs.send_password_links",
        crontab(),
        60,
        gettext_noop("Send password links"),
        gettext_noop(
            "Sends the links to set a new password that were asked for; who asks is answered "
            "before anybody looks whether there is such an account."
        ),
    ),
    Entry(
        "progress.jobs.sweep_files",
        crontab(minute=45, hour="1,7"),
        600,
        gettext_noop("Clear away files"),
        gettext_noop(
            "Removes exports, offline forms, uploads, deliveries to webhooks and sessions whose "
            "time has come, and files that nothing names."
        ),
    ),
)


def beat_schedule() -> dict[str, dict[str, Any]]:
    """The timetable as Celery's beat takes it."""
    return {
        entry.name: {
            "task": entry.job,
            "schedule": entry.at,
            "options": {"expires": entry.expires},
        }
        for entry in TIMETABLE
    }

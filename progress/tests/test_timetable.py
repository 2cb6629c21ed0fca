"""One table says which job runs when, and why; beat has that table and nothing else."""

import datetime as dt

import pytest
from django.conf import settings

from conftest import SHANGHAI
from progress.timetable import TIMETABLE, Entry
from tianjin_pilot.celery import app

# Job: its times on one day, written out from what the office was promised.
HOURS = [0, *range(6, 13)]
TIMES = {
    "send_reminders": [f"{h:02}:{m:02}" for h in range(24) for m in range(0, 60, 10)],
    "open_period": [f"{h:02}:05" for h in HOURS],
    "keep_figures": [f"{h:02}:15" for h in HOURS],
    "keep_editions": [f"{h:02}:25" for h in HOURS],
    "make_exports": [f"{h:02}:{m:02}" for h in range(24) for m in range(60)],
    "seal_audit_trail": [f"{h:02}:{m:02}" for h in range(24) for m in range(60)],
    "send_password_links": [f"{h:02}:{m:02}" for h in range(24) for m in range(60)],
    "shorten_audit_trail": ["01:35", "07:35"],
    "verify_audit_trail": ["03:10"],
    "send_webhooks": [f"{h:02}:{m:02}" for h in range(24) for m in range(60)],
    "sweep_files": ["01:45", "07:45"],
}
DAY = dt.datetime(2026, 10, 22, tzinfo=SHANGHAI)


def test_every_entry_names_a_job_its_times_and_its_reason() -> None:
    app.loader.import_default_modules()
    assert {entry.job.removeprefix("progress.jobs.") for entry in TIMETABLE} == set(TIMES)
    for entry in TIMETABLE:
        assert entry.job in app.tasks
        assert entry.label
        assert entry.reason
        times, moment = [], DAY - dt.timedelta(minutes=1)
        while (moment := entry.next_after(moment)) < DAY + dt.timedelta(days=1):
            times.append(f"{moment.astimezone(SHANGHAI):%H:%M}")
        assert times == TIMES[entry.job.removeprefix("progress.jobs.")]


def test_beat_has_the_table_as_it_is() -> None:
    schedule = settings.CELERY_BEAT_SCHEDULE
    assert [entry["task"] for entry in schedule.values()] == [entry.job for entry in TIMETABLE]
    for entry, ordered in zip(TIMETABLE, schedule.values(), strict=True):
        assert ordered["schedule"] is entry.at
        assert ordered["options"]["expires"] == entry.expires


@pytest.mark.parametrize("entry", TIMETABLE, ids=lambda entry: entry.job)
def test_a_run_lapses_no_sooner_than_the_next_is_due_and_within_ten_minutes(entry: Entry) -> None:
    """What waited longer than its successor is due has nothing left to do."""
    apart = entry.next_after(entry.next_after(DAY)) - entry.next_after(DAY)
    assert entry.expires <= min(600, apart.total_seconds())

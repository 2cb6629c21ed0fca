"""What the product needs around it, part by part: asked by /readyz and before a service starts.

Each answer is `FINE` or a word on what is out of order, and nothing of the installation.
"""

import datetime as dt
import shutil
from pathlib import Path

from django.conf import settings
from django.db import Error, connection
from django.utils import timezone

from progress.health import is_of_late, last_ordered_at
from progress.workers import broker_answers
from tianjin_pilot.migrated import migrations_missing
from tianjin_pilot.places import nearest_there

FINE, UNKNOWN, STARTING = "ok", "unknown", "starting"
# What the largest export, its file and a day's mail need beside each other, with room to spare.
LEAST_FREE = 500 * 10**6
# Beat orders a job every minute and a worker begins it. After a new installation, or a night with
# everything off, nothing can have been ordered yet, and a process that has just begun cannot tell.
TIME_TO_BE_ORDERED = dt.timedelta(minutes=3)
PROCESS_BEGAN = timezone.now()


def parts_standing(now: dt.datetime) -> dict[str, str]:
    """Each part with its word. What needs the database is unknown without one, and beat where
    tables may be missing."""
    database = database_standing()
    migrations = migrations_standing() if database == FINE else UNKNOWN
    return {
        "database": database,
        "migrations": migrations,
        "beat": beat_standing(now) if migrations == FINE else UNKNOWN,
        "broker": broker_standing(),
        "disk": disk_standing(),
    }


def database_standing() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except Error:
        return "no answer"
    return FINE


def migrations_standing() -> str:
    missing = migrations_missing()
    return f"{len(missing)} to be applied" if missing else FINE


def beat_standing(now: dt.datetime) -> str:
    last = last_ordered_at()
    if last is not None and is_of_late(last, now):
        return FINE
    if now < PROCESS_BEGAN + TIME_TO_BE_ORDERED:
        return STARTING
    return "no run yet" if last is None else f"no run since {last.astimezone(dt.UTC):%FT%H:%MZ}"


def broker_standing() -> str:
    return FINE if broker_answers() else "no answer"


def disk_standing() -> str:
    free = shutil.disk_usage(nearest_there(Path(settings.EVIDENCE_DIR))).free
    return FINE if free >= LEAST_FREE else "nearly full"

"""The list into the register: created once, revised later, never half.

plan -> writes -> outcome: what a list changes, the writing of it, and what is told of it. Whoever
imports calls `import_list`; nothing else writes chapters, tasks, measures or responsibilities.
"""

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from tasks.importing.outcome import CellChange, ImportOutcome, TaskChange, Totals, outcome_of
from tasks.importing.plan import plan_of
from tasks.importing.writes import plan_write
from tasks.listing import Fault, ListFaults, list_read
from tasks.listing.known_agencies import fixture_agencies, known_agencies
from tasks.listing.source import content_read

__all__ = [
    "DEFAULT_LIST",
    "CellChange",
    "Fault",
    "ImportOutcome",
    "ListFaults",
    "TaskChange",
    "Totals",
    "import_list",
    "imports_lock",
]

DEFAULT_LIST = Path(settings.BASE_DIR) / "fixtures" / "pilot_tasks.txt"
# Any number that nothing else in this database locks by.
IMPORT_LOCK = 20251131


def import_list(
    *, path: Path = DEFAULT_LIST, now: dt.datetime, dry_run: bool = False
) -> ImportOutcome:
    """Bring the register to what the list at `path` says; returns what changed.

    Agencies of the fixture that are absent are created. Rows that say what is stored already are
    not touched; of a changed one the earlier text is kept as a TaskRevision at `now` (aware).
    Deadlines and statuses stay, and a task's status is worked out anew where measures come or go.
    With `dry_run` all is read and compared, and nothing written.

    Raises ListFaults, with every fault at once and nothing written: where the file is no list, and
    where it leaves out a task or a measure that has been reported on.
    """
    content = content_read(path)
    fixture = fixture_agencies()
    with transaction.atomic():
        if not dry_run:
            imports_lock()
        known = known_agencies(fixture)
        official_list = list_read(content, names=known.names)
        plan = plan_of(official_list, lock=not dry_run)
        faults = plan.faults()
        if faults:
            raise ListFaults(faults)
        if not dry_run:
            plan_write(plan=plan, absent_agencies=known.absent, now=now)
    return outcome_of(plan, absent_agencies=known.absent, dry_run=dry_run)


def imports_lock() -> None:
    """Let an import wait for another one, or for a merger of agencies, until it is written.

    Two first imports have no row to lock, and no agency may end between the reading of a list and
    the writing of who answers. On SQLite transactions that write queue anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])

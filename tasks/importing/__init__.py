"""The list into the register: created once, revised later, never half.

plan -> writes -> outcome: what a list changes, the writing of it, and what is told of it. Whoever
imports calls `list_import`; nothing else writes chapters, tasks, measures or responsibilities.
"""

import datetime as dt
import hashlib
from pathlib import Path

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.utils.translation import gettext as _

from agencies.models import User
from tasks.importing.outcome import (
    CellChange,
    ImportOutcome,
    NamedTask,
    TaskChange,
    Totals,
    outcome_of,
)
from tasks.importing.plan import plan_of
from tasks.importing.writes import plan_write
from tasks.listing import Fault, ListFaults, list_read
from tasks.listing.known_agencies import fixture_agencies, known_agencies
from tasks.listing.source import content_read
from tasks.models import ListImport

__all__ = [
    "DEFAULT_LIST",
    "CellChange",
    "Fault",
    "ImportOutcome",
    "ListFaults",
    "ListMovedError",
    "NamedTask",
    "TaskChange",
    "Totals",
    "import_list",
    "imports_lock",
    "list_import",
]

DEFAULT_LIST = Path(settings.BASE_DIR) / "fixtures" / "pilot_tasks.txt"
# Any number that nothing else in this database locks by.
IMPORT_LOCK = 20251131


class ListMovedError(Exception):
    """The register has changed since the person saw what an import would do; nothing was written.

    `outcome` is what it would do now.
    """

    def __init__(self, outcome: ImportOutcome) -> None:
        super().__init__(
            _("The list has been changed meanwhile, so nothing has been written. Look again.")
        )
        self.outcome = outcome


def import_list(
    *, path: Path = DEFAULT_LIST, now: dt.datetime, dry_run: bool = False
) -> ImportOutcome:
    """As `list_import`, of the list at `path`, from the server's own command line."""
    return list_import(content=content_read(path), name=path.name, now=now, dry_run=dry_run)


def list_import(
    *,
    content: bytes,
    name: str,
    now: dt.datetime,
    by: User | None = None,
    seen: str | None = None,
    dry_run: bool = False,
) -> ImportOutcome:
    """Bring the register to what these bytes of a list say; returns what changed.

    Agencies of the fixture that are absent are created. Rows that say what is stored already are
    not touched; of a changed one the earlier text is kept as a TaskRevision at `now` (aware), and
    of an import that changes anything a ListImport, with the `name` of the file.
    Deadlines and statuses stay, and a task's status is worked out anew where measures come or go.
    With `dry_run` all is read and compared, and nothing written.

    Raises PermissionDenied where `by` is no coordinator; ListFaults, with every fault at once and
    nothing written: where the bytes are no list, and where they leave out a task or a measure that
    has been reported on; and ListMovedError where this is not the outcome that was `seen`, by its
    digest.
    """
    if by is not None and not (by.is_active and by.is_coordinator):
        raise PermissionDenied(_("Only a coordinator imports a list."))
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
        outcome = outcome_of(plan, absent_agencies=known.absent, dry_run=dry_run)
        if seen is not None and outcome.digest != seen:
            raise ListMovedError(outcome)
        if not dry_run:
            plan_write(plan=plan, absent_agencies=known.absent, by=by, now=now)
            if not outcome.changes_nothing:
                _import_keep(outcome, content=content, name=name, by=by, now=now)
    return outcome


def _import_keep(
    outcome: ImportOutcome, *, content: bytes, name: str, by: User | None, now: dt.datetime
) -> None:
    ListImport.objects.create(
        at=now,
        by=by,
        name=name[:200],
        sha256=hashlib.sha256(content).hexdigest(),
        updated=outcome.updated,
        unchanged=outcome.unchanged,
        came=[[one.number, one.title] for one in outcome.new_tasks],
        went=[[one.number, one.title] for one in outcome.dropped_tasks],
    )


def imports_lock() -> None:
    """Let an import wait for another one, or for a merger of agencies, until it is written.

    Two first imports have no row to lock, and no agency may end between the reading of a list and
    the writing of who answers. On SQLite transactions that write queue anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [IMPORT_LOCK])

"""The demonstration, laid out once for all tests that look at it.

Its months take as long as hundreds of other tests, since people do everything in them. What was
written is kept beside the temporary files of a run, where each of its processes finds it, and
copied from there into the database of a test.
"""

import datetime as dt
import fcntl
import pickle
import shutil
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from django.test import override_settings

from conftest import NOW
from progress.demonstration import demonstration_seed, seeding
from progress.demonstration.moments import MONTHS
from tasks.importing import import_list
from tianjin_pilot.tests.kept_rows import (
    Rows,
    keys_restart,
    rows_undone,
    rows_write,
    statistics_refresh,
)

# A Tuesday, the day before the reports of November are due.
TODAY = dt.date(2026, 11, 24)


def demonstration_copy(*, kept: Path, evidence: Path, months: int = MONTHS) -> None:
    """Fill an empty database, and the folder of evidence, with the demonstration of TODAY."""
    rows_write(demonstration_rows(kept, months=months))
    statistics_refresh()
    demonstration_files(kept=kept, evidence=evidence, months=months)


def demonstration_rows(kept: Path, *, months: int = MONTHS) -> Rows:
    """The rows of the demonstration of TODAY; the database is empty.

    `kept` is a folder that all tests of a run share; the first one that comes fills it.
    """
    rows = kept / f"demonstration-{months}.pickle"
    with (kept / f"demonstration-{months}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not rows.exists():
            with debug_in_seeding(), override_settings(EVIDENCE_DIR=_files(kept, months)):
                rows.write_bytes(pickle.dumps(rows_undone(partial(_lay_out, months))))
    laid_out: Rows = pickle.loads(rows.read_bytes())  # noqa: S301 - it was written above
    return laid_out


def demonstration_files(*, kept: Path, evidence: Path, months: int = MONTHS) -> None:
    """The files that its rows name."""
    shutil.copytree(_files(kept, months), evidence, dirs_exist_ok=True)


def debug_in_seeding() -> AbstractContextManager[object]:
    """DEBUG for the demonstration alone: with that of Django, each of tens of thousands of
    statements would be written down as well."""
    return mock.patch.object(seeding, "settings", SimpleNamespace(DEBUG=True))


def _files(kept: Path, months: int) -> Path:
    return kept / f"demonstration-{months}-evidence"


def _lay_out(months: int) -> None:
    # Rows have the same keys, whichever tests came before.
    keys_restart()
    import_list(now=NOW)
    demonstration_seed(today=TODAY, months=months)

"""`manage.py benchmark` measures everything that has a budget, finds equal results, and leaves
nothing: not in its folder, not on the database's server, not in the installation's own database."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper

from tianjin_pilot.benchmark import places
from tianjin_pilot.benchmark.budgets import BUDGETS
from tianjin_pilot.tests.run import ROOT
from tianjin_pilot.tests.services import database_url_of
from tianjin_pilot.tests.variables import SETTINGS_VARIABLES

pytestmark = [pytest.mark.once, pytest.mark.django_db]

COMMAND = [sys.executable, "manage.py", "benchmark", "--scale", "XS"]
STARTED = "import django; django.setup(); import tianjin_pilot.urls, tianjin_pilot.celery, sys; "
OF_EXCEL_AND_WORD = {"openpyxl", "xlsxwriter", "docx", "docxtpl", "python_calamine"}


def environment(folder: Path) -> Mapping[str, str]:
    """As of an installation whose database is the tests' own, and that has a folder of its own for
    what is there for a while."""
    inherited = {k: v for k, v in os.environ.items() if k not in SETTINGS_VARIABLES}
    url = database_url_of(connection)
    return {**inherited, "DEBUG": "1", "DATABASE_URL": url, "TMPDIR": str(folder)}


@contextlib.contextmanager
def leaving_nothing(folder: Path) -> Iterator[None]:
    before = databases(), tables_filled()
    yield
    assert (databases(), tables_filled()) == before
    assert list(folder.iterdir()) == []


def databases() -> set[str]:
    """Of the server, where there is one; without those that tests beside this one make."""
    if connection.vendor != "postgresql":
        return set()
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        own: str = cursor.fetchone()[0]
        cursor.execute("SELECT datname FROM pg_database")
        return {name for (name,) in cursor.fetchall() if name.startswith(own)}


def is_begun(folder: Path) -> bool:
    """Whether there is something to be left behind."""
    if connection.vendor == "postgresql":
        return any("_benchmark_" in name for name in databases())
    return any(folder.glob("*/*.sqlite3"))


def tables_filled() -> dict[str, int]:
    """How many rows are in each table of the installation's database."""
    counted = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT count(*) FROM {name}")  # noqa: S608 - a table's own name
            counted[table] = cursor.fetchone()[0]
    return counted


def without_a_database(url: str) -> str:
    """The same server, and a database that there is not: whoever opens it fails."""
    return f"{url}_none"


def test_every_budget_is_measured_and_nothing_is_left(tmp_path: Path) -> None:
    """The installation's own database is not opened: here there is none."""
    target, folder = tmp_path / "measured.json", tmp_path / "own"
    folder.mkdir()
    env = environment(folder)
    with leaving_nothing(folder):
        done = subprocess.run(
            [*COMMAND, "--json", str(target)],
            cwd=ROOT,
            env={**env, "DATABASE_URL": without_a_database(env["DATABASE_URL"])},
            capture_output=True,
            text=True,
            check=False,
        )
    # Two ways to one result that give two end it with an error.
    assert done.returncode == 0, done.stderr
    document = json.loads(target.read_text("utf-8"))
    measured: list[dict[str, Any]] = document["measured"]
    assert list(dict.fromkeys(one["key"] for one in measured)) == list(BUDGETS)
    for one in measured:
        found = [one[name] for name in ("ratio", "kilobytes", "megabytes")]
        # Starting everything takes a minute, and has tests of its own.
        assert any(number is not None for number in found) or one["key"] == "start", one
        assert f"{one['part']}" in done.stdout
    assert document["machine"]["database"].startswith(connection.vendor)
    # However many tasks a page of the list has, it takes as many statements; what none of the first
    # fifty has is not asked for further.
    fifty, all_of_them = (
        next(one["statements"] for one in measured if one["key"] == key)
        for key in ("list-50", "list-131")
    )
    assert 0 <= all_of_them - fifty <= 1


def test_what_is_interrupted_leaves_nothing_either(tmp_path: Path) -> None:
    with (
        leaving_nothing(tmp_path),
        subprocess.Popen(
            COMMAND, cwd=ROOT, env=environment(tmp_path), stderr=subprocess.PIPE, text=True
        ) as running,
    ):
        assert running.stderr is not None
        assert "tables" in running.stderr.readline()
        until = time.monotonic() + 60
        while not is_begun(tmp_path) and time.monotonic() < until:
            time.sleep(0.05)
        running.send_signal(signal.SIGTERM)
        said = running.stderr.read()
        assert running.wait(60) == 130, said
    assert "Interrupted" in said


def test_a_database_that_was_made_when_the_interruption_came_is_removed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = places._on_the_server

    def interrupted(database: BaseDatabaseWrapper, statement: str) -> None:
        made(database, statement)
        if statement.startswith("CREATE"):
            raise KeyboardInterrupt

    monkeypatch.setattr(places, "_on_the_server", interrupted)
    with leaving_nothing(tmp_path):
        place = places.Place(tmp_path)
        with contextlib.suppress(KeyboardInterrupt):
            place.database_create("empty")
        place.remove()


def test_no_library_for_excel_or_word_is_loaded_at_start(tmp_path: Path) -> None:
    """Each takes as long to load as a page takes to answer; whoever needs one loads it."""
    done = subprocess.run(
        [sys.executable, "-c", f"{STARTED}print(*sys.modules)"],
        cwd=ROOT,
        env={**environment(tmp_path), "DJANGO_SETTINGS_MODULE": "tianjin_pilot.settings"},
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert "django" in loaded
    assert not loaded & OF_EXCEL_AND_WORD

"""The drill: backed up while people write, restored from each database onto each, and worked on."""

import contextlib
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection, connections

from agencies.models import AuditEntry
from tianjin_pilot.backups import Manifest, archive_opened, archive_verify, archives_in
from tianjin_pilot.children import child
from tianjin_pilot.tests import services
from tianjin_pilot.tests.drilled import figures

pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]
DRILLED = [sys.executable, "-m", "tianjin_pilot.tests.drilled"]
# What a restore and a backup themselves leave in the trail, and signing in to look at the figures.
TOLD = {"agencies.AuditEntry", "agencies.AuditHead"}
Databases = Mapping[str, str]


@pytest.fixture
def empty_databases(
    transactional_db: None, empty_sqlite: Path, tmp_path: Path
) -> Iterator[Databases]:
    """Two databases of each kind as `migrate` leaves them, by name: their DATABASE_URLs."""
    urls = {}
    for name in ("sqlite", "another_sqlite"):
        path = shutil.copy(empty_sqlite, tmp_path / f"{name}.sqlite3")
        urls[name] = f"sqlite:///{path}"
    this = str(connection.settings_dict["NAME"])
    ours = {name: f"{this}_{name}" for name in ("postgresql", "another_postgresql")}
    with _cluster() as cluster:
        for name, database in ours.items():
            cluster.execute(f'CREATE DATABASE "{database}" TEMPLATE "{this}"')
            urls[name] = services.database_url_of(connection).removesuffix(this) + database
    yield urls
    with _cluster() as cluster:
        for database in ours.values():
            cluster.execute(f'DROP DATABASE "{database}" WITH (FORCE)')


@contextlib.contextmanager
def _cluster() -> Iterator["psycopg.Connection[tuple[object, ...]]"]:
    """The server, with nobody in the database of the tests."""
    connections.close_all()
    connection.close_pool()  # type: ignore[attr-defined]
    named = connection.settings_dict
    with psycopg.connect(
        host=named["HOST"],
        port=named["PORT"] or None,
        user=named["USER"],
        password=named["PASSWORD"] or None,
        dbname="postgres",
        autocommit=True,
    ) as cluster:
        cluster.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s",
            [named["NAME"]],
        )
        yield cluster


def environment(url: str, evidence: Path) -> dict[str, str]:
    return {
        **os.environ,
        "DEBUG": "1",
        "DJANGO_SETTINGS_MODULE": "tianjin_pilot.settings",
        "DATABASE_URL": url,
        "EVIDENCE_DIR": str(evidence),
    }


def test_what_is_backed_up_while_people_write_is_restored_from_each_database_onto_each(
    empty_databases: Databases,
    request: pytest.FixtureRequest,
    evidence_dir: Path,
    tmp_path: Path,
) -> None:
    # Only now: the empty ones are copies of what was there before.
    request.getfixturevalue("demonstration")
    here = environment(services.database_url_of(connection), evidence_dir)
    log = tmp_path / "writer.log"
    with log.open("wb") as output, child([*DRILLED, "write"], env=here, output=output) as writer:
        _wait_for(writer, log, rounds=3)
        saves = saves_told()
        call_command("backup", str(folder_of(tmp_path, "first")), stdout=io.StringIO())
        later = saves_told()
        assert writer.poll() is None, log.read_text()
    [path] = archives_in(tmp_path / "first")
    first = manifest_of(path)
    said = figures()
    # They went on writing, and the backup is of a moment in between.
    assert saves < later
    results = []
    for name in ("sqlite", "another_sqlite", "postgresql", "another_postgresql"):
        env = environment(empty_databases[name], tmp_path / f"evidence of {name}")
        if name == "another_sqlite":
            died = subprocess.run([*DRILLED, "die", str(path)], env=env, check=False)
            assert died.returncode == -signal.SIGKILL
        result = tmp_path / f"{name}.json"
        folder = folder_of(tmp_path, name)
        subprocess.run([*DRILLED, "hop", str(path), str(folder), str(result)], env=env, check=True)
        results.append(json.loads(result.read_text()))
        [path] = archives_in(folder)
        again = manifest_of(path)
        assert without_the_trail(again) == without_the_trail(first), name
        assert again.files == first.files, name
    for one in results:
        assert one["figures"] == said
    assert all(one["agree"] > 100 for one in results)


def folder_of(tmp_path: Path, name: str) -> Path:
    folder = tmp_path / name
    folder.mkdir()
    return folder


def manifest_of(path: Path) -> Manifest:
    with archive_opened(path) as archive:
        archive_verify(archive)
        return archive.manifest


def without_the_trail(manifest: Manifest) -> list[object]:
    return [one for one in manifest.tables if one.model not in TOLD]


def saves_told() -> int:
    return AuditEntry.objects.filter(act="report.save").count()


def _wait_for(writer: "subprocess.Popen[bytes]", log: Path, *, rounds: int) -> None:
    until = time.monotonic() + 60
    while log.read_bytes().count(b"\n") < rounds:
        assert writer.poll() is None, log.read_text()
        assert time.monotonic() < until
        time.sleep(0.05)

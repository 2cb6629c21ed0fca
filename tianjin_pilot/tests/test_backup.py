"""A backup and what comes of it: everything restored as it was, every damage named, or nothing."""

import contextlib
import datetime as dt
import hashlib
import io
import json
import os
import pwd
import random
import resource
import shutil
import stat
import warnings
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from pytest_django.fixtures import Settings

from agencies.audit import entries_remove, entries_seal, trail_faults
from agencies.audit.guarding import guard_drop, guard_set
from agencies.models import AgencyAlias, AgencyRobot, AuditEntry, RobotKind, User
from agencies.robots.keeping import PURPOSE
from agencies.sealing import sealed
from conftest import NOW, Cast
from progress.closings import editions_verify, period_close_with_edition
from progress.filestore import file_drop, files_held, orphans, orphans_remove, path_of
from progress.models import Evidence, Report, ReportingPeriod, StoredFile
from progress.tests.acts import approved, attached, saved, task_numbered
from progress.tests.files import pdf, png
from progress.workflow import evidence_remove, period_open
from tianjin_pilot.backups import (
    BackupRefused,
    Manifest,
    archive_opened,
    archive_verify,
    archives_in,
)
from tianjin_pilot.backups.restoring import SEALED
from tianjin_pilot.backups.tables import LEFT_OUT, tables

pytestmark = pytest.mark.django_db(transaction=True)
FOUR, TWELVE = 4, 12


@pytest.fixture
def work(cast: Cast, period: ReportingPeriod) -> ReportingPeriod:
    """A month that is closed with an approved report and its evidence, and one that is open."""
    task = task_numbered(FOUR)
    attached(task, period, cast.reporter, measure=task.measures.get(ordinal=1))
    approved(task, period, cast.reporter, cast.coordinator)
    period_close_with_edition(period=period, by=cast.coordinator, now=NOW)
    later = period_open(code="2026-11", by=cast.coordinator, now=NOW + dt.timedelta(days=30))
    attached(task, later, cast.reporter, name="现场.png", content=png())
    return later


@pytest.fixture
def backed_up(work: ReportingPeriod, tmp_path: Path) -> Path:
    return written_into(tmp_path / "backups")


def robot_of(cast: Cast) -> None:
    """A group with a robot, whose address lies sealed."""
    assert cast.reporter.agency is not None
    AgencyRobot.objects.create(
        agency=cast.reporter.agency,
        name="数据组",
        kind=RobotKind.WECOM,
        place="qyapi.weixin.qq.com",
        sealed=sealed({"address": "https://qyapi.weixin.qq.com/key"}, purpose=PURPOSE),
        set_at=NOW,
        set_by=cast.administrator,
    )


def written_into(folder: Path) -> Path:
    folder.mkdir()
    call_command("backup", str(folder), stdout=io.StringIO())
    [path] = folder.iterdir()
    return path


def restored(path: Path, *options: str) -> str:
    said = io.StringIO()
    call_command("restore", str(path), *options, stdout=said)
    return said.getvalue()


def emptied(evidence_dir: Path) -> None:
    """What a new installation is once it is migrated."""
    call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
    shutil.rmtree(evidence_dir)


def manifest_of(path: Path) -> Manifest:
    with archive_opened(path) as archive:
        archive_verify(archive)
        return archive.manifest


def nothing_was_restored(evidence_dir: Path) -> None:
    assert not any(model._base_manager.exists() for model in tables())
    assert [
        path for path in evidence_dir.rglob("*") if path.is_file() and path.name != "lock"
    ] == []


# --- There and back ------------------------------------------------------------------------------


def test_what_is_restored_is_what_was_backed_up_and_work_goes_on(
    work: ReportingPeriod,
    cast: Cast,
    evidence_dir: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    agency = cast.reporter.agency
    assert agency is not None
    robot_of(cast)
    gone = AgencyAlias.objects.create(agency=agency, name="数据局（筹）")
    last = gone.pk
    gone.delete()
    # The oldest entries of the trail have had their time.
    assert entries_remove(now=NOW + dt.timedelta(days=401))
    monkeypatch.setenv("LOGNAME", "somebody-else")
    path = written_into(tmp_path / "first")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    first = manifest_of(path)
    assert first.faults == []
    told = AuditEntry.objects.get(act="installation.backup").changes
    assert told["archive"] == [None, path.name]
    # Whatever whoever calls it says of themselves.
    assert told["account"] == [None, pwd.getpwuid(os.geteuid()).pw_name]

    emptied(evidence_dir)
    # As in service, where the database guards the trail.
    guard_set(connection)
    try:
        said = restored(path)
    finally:
        guard_drop(connection)
    assert "Every table says what the archive says." in said
    assert f"{first.rows} rows, {len(first.files)} files" in said
    assert AuditEntry.objects.get(act="installation.restore").changes["archive"] == [
        None,
        path.name,
    ]
    again = manifest_of(written_into(tmp_path / "again"))
    trail = {"agencies.AuditEntry", "agencies.AuditHead"}
    assert [one for one in again.tables if one.model not in trail] == [
        one for one in first.tables if one.model not in trail
    ]
    assert again.files == first.files

    assert AgencyAlias.objects.create(agency=agency, name="数据办").pk > last
    latest = max(Report.objects.values_list("pk", flat=True))
    assert saved(task_numbered(TWELVE), work, owner_of(TWELVE)).pk > latest
    attached(task_numbered(FOUR), work, cast.reporter, content=pdf("later"))
    assert not trail_faults()
    assert not any(one.problems for one in editions_verify(now=NOW, again=True))


def owner_of(number: int) -> User:
    """A reporter of the task's first agency, made for it."""
    first = task_numbered(number).responsibilities.order_by("position")[0]
    return User.objects.create_user(
        f"owner-{number}", name="主办", role="reporter", agency=first.agency
    )


def test_every_table_is_carried_or_left_out_with_a_reason() -> None:
    models = apps.get_models(include_auto_created=True)
    assert {one._meta.app_label for one in models} == {
        *LEFT_OUT,
        *(one._meta.app_label for one in tables()),
    }
    assert {one for one in tables() if hasattr(one, "sealed")} == SEALED.keys()
    for model in tables():
        for one in model._meta.get_fields():
            if one.is_relation and one.concrete and one.related_model:
                assert one.related_model._meta.app_label not in LEFT_OUT, one
        # A new installation has no rows of it, so that it is known to be empty.
        assert not model._base_manager.exists()


def test_files_that_are_dropped_meanwhile_stay_until_the_backup_is_done(
    work: ReportingPeriod, cast: Cast
) -> None:
    evidence = Evidence.objects.get(name="现场.png")
    with files_held():
        evidence_remove(evidence=evidence, by=cast.reporter, now=NOW)
        file = evidence.file
        Evidence.objects.filter(pk=evidence.pk).delete()
        with transaction.atomic():
            assert file_drop(file)
        assert path_of(file).exists()
        assert orphans_remove(now=NOW + dt.timedelta(days=9)) == []
    assert orphans() == [path_of(file)]
    with time_machine.travel(NOW):
        assert orphans_remove(now=dt.datetime.now(dt.UTC) + dt.timedelta(days=9000)) == [
            path_of(file)
        ]


# --- Refusals ------------------------------------------------------------------------------------


def test_nothing_is_restored_over_anything(backed_up: Path, evidence_dir: Path) -> None:
    before = {path: path.read_bytes() for path in evidence_dir.glob("??/*")}
    with pytest.raises(CommandError, match=r"The database is not empty: .*agencies\.Agency"):
        restored(backed_up)
    # It may be that of an installation in service, so not a file of it goes.
    assert {path: path.read_bytes() for path in evidence_dir.glob("??/*")} == before
    call_command("flush", verbosity=0, interactive=False, inhibit_post_migrate=True)
    strange = evidence_dir / "ab" / ("0" * 32)
    strange.parent.mkdir(exist_ok=True)
    strange.write_bytes(b"of another installation")
    with pytest.raises(CommandError, match=f"EVIDENCE_DIR is not empty: there is {strange}"):
        restored(backed_up)
    strange.unlink()
    # What a restore that was killed has left is taken as it is.
    restored(backed_up)
    assert {path: path.read_bytes() for path in evidence_dir.glob("??/*")} == before


def test_a_backup_of_another_release_names_what_to_install(
    backed_up: Path, evidence_dir: Path
) -> None:
    def without(said: dict[str, Any]) -> None:
        said["migrations"]["progress"] = said["migrations"]["progress"][:-2]

    def with_more(said: dict[str, Any]) -> None:
        said["migrations"]["progress"].append("0999_of_tomorrow")

    def of_another_format(said: dict[str, Any]) -> None:
        said["format"] = 2

    emptied(evidence_dir)
    for change, words in (
        (without, r"of an older release .* without the migrations progress\.00.*agencies 00"),
        (with_more, r"of a newer release, with the migrations progress\.0999_of_tomorrow"),
        (of_another_format, "has format 2; this release reads format 1"),
    ):
        with pytest.raises(CommandError, match=words):
            restored(with_manifest(backed_up, change))
    nothing_was_restored(evidence_dir)


def test_a_backup_of_a_release_that_was_rolled_back_to_is_restored_by_it(
    work: ReportingPeriod, evidence_dir: Path, tmp_path: Path
) -> None:
    """The database has kept a migration of the later release, which neither command asks about."""
    recorder = MigrationRecorder(connection)
    recorder.record_applied("progress", "0999_of_tomorrow")
    try:
        path = written_into(tmp_path / "backups")
    finally:
        recorder.record_unapplied("progress", "0999_of_tomorrow")
    assert "0999_of_tomorrow" not in manifest_of(path).migrations["progress"]
    emptied(evidence_dir)
    assert "Every table says what the archive says." in restored(path)


def test_it_says_where_it_cannot_write(work: ReportingPeriod, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"is no folder\. Make it, or mount the disk"):
        call_command("backup", str(tmp_path / "absent"))
    with pytest.raises(CommandError, match=r"/proc/tianjin-pilot.* cannot be written"):
        call_command("backup", "/proc")
    for wrong in ([], ["-", "--keep", "3"], ["a", "--verify", "b"]):
        with pytest.raises(CommandError):
            call_command("backup", *wrong)
    assert not AuditEntry.objects.filter(act="installation.backup").exists()


def test_a_full_disk_leaves_nothing_half_written(
    work: ReportingPeriod, evidence_dir: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    full = "cannot be written: File too large"
    # So that nothing is to be written into the database, whose files would be too large as well.
    entries_seal()
    with largest_file(50_000), pytest.raises(CommandError, match=full):
        call_command("backup", str(folder), stdout=io.StringIO())
    assert list(folder.iterdir()) == []
    with (
        io.TextIOWrapper(Path("/dev/full").open("wb", buffering=0)) as pipe,
        contextlib.redirect_stdout(pipe),
        pytest.raises(CommandError, match="It cannot be written: No space left on device"),
    ):
        call_command("backup", "-")
    call_command("backup", str(folder), stdout=io.StringIO())
    [path] = archives_in(folder)
    emptied(evidence_dir)
    with largest_file(1_000), pytest.raises(CommandError, match=f"EVIDENCE_DIR {full}"):
        call_command("restore", str(path), stdout=io.StringIO())
    nothing_was_restored(evidence_dir)


@contextlib.contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes, as on a disk that is full."""
    usual = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, usual[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, usual)


def test_the_newest_are_kept_and_nothing_else_is_touched(
    work: ReportingPeriod, tmp_path: Path
) -> None:
    other = tmp_path / "tianjin-pilot-notes.zip"
    killed = tmp_path / "tianjin-pilot-20200101T000000Z.zip.unfinished"
    for path in (other, killed):
        path.write_bytes(b"")
        os.utime(path, (0, 0))
    days = [NOW + dt.timedelta(days=31 + day) for day in range(6)]

    def kept_after(day: dt.datetime) -> list[str]:
        with time_machine.travel(day):
            call_command("backup", str(tmp_path), "--keep", "3", stdout=io.StringIO())
        return [path.name[14:22] for path in archives_in(tmp_path)]

    for day in days[:3]:
        kept_after(day)
    assert kept_after(days[3]) == [f"{day:%Y%m%d}" for day in days[1:4]]
    assert (other.exists(), killed.exists()) == (True, False)
    # That an old one cannot be removed is no fault of the new one.
    stuck = tmp_path / "tianjin-pilot-20200101T000000Z.zip"
    stuck.mkdir()
    with pytest.raises(CommandError, match=f"is whole, but older .*\n  {stuck}: "):
        kept_after(days[4])
    assert AuditEntry.objects.filter(act="installation.backup").count() == 5
    stuck.rmdir()
    path_of(StoredFile.objects.all()[0]).unlink()
    with pytest.raises(CommandError, match="1 stored files were not"):
        kept_after(days[5])
    # The older ones have the file that this one lacks.
    assert [path.name[14:22] for path in archives_in(tmp_path)] == [
        f"{day:%Y%m%d}" for day in days[2:6]
    ]


def test_what_was_damaged_before_is_named_and_restored_only_when_asked_for(
    work: ReportingPeriod, evidence_dir: Path, tmp_path: Path
) -> None:
    one, other = (path_of(file) for file in StoredFile.objects.order_by("pk")[:2])
    one.unlink()
    other.write_bytes(b"others")
    said = io.StringIO()
    with pytest.raises(CommandError, match="The backup is whole, but 2 stored files"):
        call_command("backup", str(tmp_path), stdout=said)
    [path] = archives_in(tmp_path)
    with pytest.raises(CommandError, match=f"(?s)2 stored files.*{one.name}"):
        call_command("backup", "--verify", str(path), stdout=said)
    emptied(evidence_dir)
    with pytest.raises(CommandError, match=rf"(?s){other.name}.*{one.name}: it is not in EVIDENCE"):
        restored(path)
    nothing_was_restored(evidence_dir)
    assert f"does not hold: files/{other.parent.name}/{other.name}" in restored(
        path, "--despite-faults"
    )
    assert other.read_bytes() == b"others"
    assert AuditEntry.objects.get(act="installation.restore").changes["faults"][1] >= 2


def test_without_the_keys_of_before_it_says_which_setting_is_missing(
    work: ReportingPeriod, cast: Cast, evidence_dir: Path, tmp_path: Path, settings: Settings
) -> None:
    robot_of(cast)
    path = written_into(tmp_path / "backups")
    emptied(evidence_dir)
    settings.SECRET_KEY = "another" * 10
    keys_of_before, settings.AUDIT_KEYS = settings.AUDIT_KEYS, [settings.SECRET_KEY]
    with pytest.raises(CommandError, match="key that this installation has not: set AUDIT_KEYS"):
        restored(path)
    nothing_was_restored(evidence_dir)
    settings.AUDIT_KEYS = [settings.SECRET_KEY, *keys_of_before]
    assert "1 addresses of robots or webhooks, or secrets" in restored(path)


# --- Damage --------------------------------------------------------------------------------------


def test_whatever_is_damaged_is_named_and_nothing_is_restored(
    backed_up: Path, evidence_dir: Path
) -> None:
    emptied(evidence_dir)
    stored = next(one.name for one in manifest_of(backed_up).files)

    def cut_off(data: bytes) -> bytes:
        return data[: len(data) // 2]

    for change, words in (
        (cut_off, "no backup, or is damaged or cut off"),
        (lambda _: b"", "no backup, or is damaged"),
        (lambda _: zipped({"notes.txt": b"hello"}), "has no manifest.json"),
        (lambda _: zipped({"manifest.json": b"[]"}), "no backup of this product"),
        (lambda data: rezipped(data, {stored: b"others"}), f"{stored} has other bytes"),
        (lambda data: rezipped(data, {stored: None}), f"'{stored}' is missing"),
        (lambda data: rezipped(data, {"tables/tasks.Task.jsonl": None}), "'tables/.*is missing"),
        (lambda data: rezipped(data, {"../../etc/cron.d/x": b""}), "'../../etc/cron.d/x' belongs"),
        (lambda data: twice(data, stored), "a part twice"),
    ):
        changed(backed_up, change)
        with pytest.raises(CommandError, match=f"(?s){words}.*Nothing was restored"):
            restored(backed_up.with_suffix(".changed"))
    for change, words in (
        (
            lambda said: said["files"][0].update(name="files/../../x"),
            "manifest.json cannot be read",
        ),
        (lambda said: said["tables"][0].update(name="tables/x"), "manifest.json cannot be read"),
        (lambda said: said["tables"].pop(), "belongs to no backup"),
        (lambda said: said["files"].pop(), "belongs to no backup"),
        (lambda said: said["tables"][0].update(rows=1), "has other rows"),
        (lambda said: said.update(absent={"../x": ""}), "not those that its rows name"),
    ):
        with pytest.raises(CommandError, match=words):
            restored(with_manifest(backed_up, change))
    nothing_was_restored(evidence_dir)


def test_a_row_that_would_lead_a_file_elsewhere_is_not_believed(
    backed_up: Path, evidence_dir: Path
) -> None:
    """Somebody has made the archive so that all of it agrees."""
    emptied(evidence_dir)
    name = manifest_of(backed_up).files[0].name
    inside = name.removeprefix("files/")
    for outside in ("../../../etc/passwd", "/etc/passwd", "incoming/x"):
        path = forged(backed_up, inside, outside)
        with pytest.raises(
            CommandError, match=r"would lie elsewhere|manifest\.json cannot be read"
        ):
            restored(path)
    nothing_was_restored(evidence_dir)


def test_no_byte_can_flip_unnoticed(backed_up: Path) -> None:
    """Wherever a bit flips the archive is refused, or what is read from it is what was written."""
    data = backed_up.read_bytes()
    dice = random.Random(20261129)  # noqa: S311 - the same places each time
    whole, refused = manifest_of(backed_up), 0
    path = backed_up.with_suffix(".changed")
    places = [*dice.sample(range(len(data)), 60), *range(len(data) - 60, len(data))]
    for place in places:
        path.write_bytes(
            data[:place] + bytes([data[place] ^ 1 << dice.randrange(8)]) + data[place + 1 :]
        )
        try:
            assert manifest_of(path) == whole
        except BackupRefused:
            refused += 1
    for length in dice.sample(range(len(data)), 40):
        path.write_bytes(data[:length])
        with pytest.raises(BackupRefused):
            manifest_of(path)
    # The others are moments and rights of parts, which nothing asks for.
    assert refused > len(places) / 2


def changed(path: Path, change: Callable[[bytes], bytes]) -> Path:
    other = path.with_suffix(".changed")
    other.write_bytes(change(path.read_bytes()))
    return other


def with_manifest(path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    with zipfile.ZipFile(path) as archive:
        said = json.loads(archive.read("manifest.json"))
    change(said)
    return changed(path, lambda data: rezipped(data, {"manifest.json": json.dumps(said).encode()}))


def zipped(parts: dict[str, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target.getvalue()


def rezipped(data: bytes, other: dict[str, bytes | None]) -> bytes:
    """The archive with other parts: None is one that is missing."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()} | other
    return zipped({name: content for name, content in parts.items() if content is not None})


def twice(data: bytes, name: str) -> bytes:
    target = io.BytesIO(data)
    with warnings.catch_warnings(action="ignore"), zipfile.ZipFile(target, "a") as archive:
        archive.writestr(name, b"again")
    return target.getvalue()


def forged(path: Path, inside: str, outside: str) -> Path:
    """The archive with another name for a stored file, in its row and in its manifest."""
    table = "tables/progress.StoredFile.jsonl"

    def said(manifest: dict[str, Any]) -> None:
        for one in (*manifest["files"], *manifest["tables"]):
            if one["name"] == f"files/{inside}":
                one["name"] = f"files/{outside}"
            if one["name"] == table:
                one.update(size=len(rows), sha256=hashlib.sha256(rows).hexdigest())

    with zipfile.ZipFile(path) as archive:
        rows = archive.read(table).replace(inside.encode(), outside.encode())
        content = archive.read(f"files/{inside}")
    parts = {table: rows, f"files/{inside}": None, f"files/{outside}": content}
    first = changed(path, lambda data: rezipped(data, parts))
    kept = path.with_suffix(".forged")
    first.rename(kept)
    return with_manifest(kept, said)


@pytest.fixture(autouse=True)
def _clock() -> Iterator[None]:
    with time_machine.travel(NOW + dt.timedelta(days=31)):
        yield

"""Evidence on reports and contributions: who attaches it, until when, how much; its versions."""

import datetime as dt
import errno
import os
import stat
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from pytest_django.fixtures import Settings

from agencies.models import User
from conftest import NOW, Cast
from progress.filestore import DamagedFile, damages, file_opened, orphans, orphans_remove, path_of
from progress.models import Evidence, Policy, Report, ReportingPeriod, StoredFile
from progress.states import Move
from progress.tests.acts import (
    approved,
    attached,
    content,
    first_measure,
    handed_in,
    saved,
    task_numbered,
)
from progress.tests.files import docx, pdf, png
from progress.workflow import (
    NEEDS_EVIDENCE,
    TOO_LARGE,
    Conflict,
    content_of,
    evidence_add,
    evidence_remove,
    period_close,
    period_open,
    report_move,
    report_save,
)
from tasks.models import Status

LATER = NOW + dt.timedelta(hours=1)


def test_a_file_is_attached_to_the_report_under_its_name(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = saved(task_numbered(4), period, cast.reporter)
    added = attached(task_numbered(4), period, cast.reporter, measure=first_measure())
    assert (added.report, added.contribution, added.measure) == (report, None, first_measure())
    assert (added.name, added.file.kind, added.file.size) == ("佐证.pdf", "pdf", len(pdf()))
    assert (added.added_by, added.added_at) == (cast.reporter, NOW)
    with file_opened(added.file) as file:
        assert file.read() == pdf()


def test_attaching_leaves_the_version_so_that_no_open_form_is_stale(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    report = saved(task, period, cast.reporter)
    attached(task, period, cast.colleague)
    report_save(
        task=task,
        period=period,
        by=cast.reporter,
        now=LATER,
        content=content(task, Status.COMPLETED),
        version=report.version,
    )


def test_attaching_begins_a_report_that_nobody_had_begun(
    cast: Cast, period: ReportingPeriod
) -> None:
    added = attached(task_numbered(4), period, cast.reporter)
    assert added.report is not None
    assert added.report.version == 1
    assert {m.status for m in content_of(added.report).measures} == {Status.NOT_STARTED}


def test_attaching_begins_a_contribution_too(cast: Cast, period: ReportingPeriod) -> None:
    agency = cast.co_reporter.agency
    assert agency is not None
    added = attached(task_numbered(4), period, cast.co_reporter, agency=agency)
    assert added.contribution is not None
    assert added.contribution.agency == agency
    assert not Report.objects.exists()


def test_what_is_refused_begins_nothing_and_leaves_no_file(
    cast: Cast, period: ReportingPeriod, evidence_dir: Path
) -> None:
    with pytest.raises(ValidationError) as refused:
        attached(task_numbered(4), period, cast.reporter, content=b"MZ")
    assert list(refused.value.error_dict) == ["file"]
    assert not Report.objects.exists()
    assert orphans() == []


@pytest.mark.parametrize(
    "who", ["co_reporter", "stranger", "coordinator", "leader", "auditor", "administrator"]
)
def test_only_who_writes_the_report_attaches_and_removes(
    who: str, cast: Cast, period: ReportingPeriod
) -> None:
    person: User = getattr(cast, who)
    evidence = attached(task_numbered(4), period, cast.reporter)
    with pytest.raises(PermissionDenied):
        attached(task_numbered(4), period, person)
    with pytest.raises(PermissionDenied):
        evidence_remove(evidence=evidence, by=person, now=NOW)


def test_the_lead_does_not_attach_to_what_another_agency_contributes(
    cast: Cast, period: ReportingPeriod
) -> None:
    with pytest.raises(PermissionDenied):
        attached(task_numbered(4), period, cast.reporter, agency=cast.co_reporter.agency)


def test_nothing_is_attached_or_removed_once_the_report_is_handed_in(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    evidence = attached(task, period, cast.reporter)
    handed_in(task, period, cast.reporter)
    with pytest.raises(Conflict):
        attached(task, period, cast.reporter, content=docx(), name="a.docx")
    with pytest.raises(Conflict):
        evidence_remove(evidence=evidence, by=cast.reporter, now=LATER)


def test_nothing_is_attached_to_an_approved_report_and_again_once_it_is_reopened(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    report = approved(task, period, cast.reporter, cast.coordinator)
    with pytest.raises(Conflict):
        attached(task, period, cast.reporter)
    report_move(report=report, move=Move.REOPEN, by=cast.coordinator, now=LATER, reason="材料不全")
    attached(task, period, cast.reporter, now=LATER)


def test_what_is_withdrawn_takes_files_again(cast: Cast, period: ReportingPeriod) -> None:
    task = task_numbered(4)
    report = handed_in(task, period, cast.reporter)
    report_move(report=report, move=Move.WITHDRAW, by=cast.reporter, now=LATER)
    attached(task, period, cast.reporter, now=LATER)


def test_nothing_is_attached_once_the_period_is_closed(cast: Cast, period: ReportingPeriod) -> None:
    saved(task_numbered(4), period, cast.reporter)
    period_close(period=period, by=cast.coordinator, now=LATER)
    with pytest.raises(Conflict):
        attached(task_numbered(4), period, cast.reporter)


def test_a_measure_of_another_task_is_refused(cast: Cast, period: ReportingPeriod) -> None:
    with pytest.raises(ValidationError) as refused:
        attached(task_numbered(4), period, cast.reporter, measure=first_measure(5))
    assert list(refused.value.error_dict) == ["measure"]


# --- Versions ------------------------------------------------------------------------------------


def test_what_is_removed_stays_as_a_version_with_its_file(
    cast: Cast, period: ReportingPeriod
) -> None:
    evidence = attached(task_numbered(4), period, cast.reporter)
    evidence_remove(evidence=evidence, by=cast.colleague, now=LATER)
    evidence.refresh_from_db()
    assert (evidence.removed_at, evidence.removed_by) == (LATER, cast.colleague)
    assert not Evidence.objects.standing().exists()
    file_opened(evidence.file).close()
    with pytest.raises(Conflict):
        evidence_remove(evidence=evidence, by=cast.reporter, now=LATER)


def test_a_later_version_names_the_one_it_replaces(cast: Cast, period: ReportingPeriod) -> None:
    task = task_numbered(4)
    first = attached(task, period, cast.reporter)
    second = attached(task, period, cast.colleague, content=pdf("later"), replaces=first, now=LATER)
    first.refresh_from_db()
    assert (second.replaces, first.removed_by) == (first, cast.colleague)
    assert list(Evidence.objects.standing()) == [second]
    with pytest.raises(Conflict):
        attached(task, period, cast.reporter, content=pdf("third"), replaces=first)


def test_the_very_file_sent_twice_is_attached_once(cast: Cast, period: ReportingPeriod) -> None:
    task = task_numbered(4)
    assert attached(task, period, cast.reporter) == attached(task, period, cast.reporter)


def test_a_later_version_that_is_another_of_the_files_takes_the_earlier_one_out(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    one = attached(task, period, cast.reporter)
    other = attached(task, period, cast.reporter, content=pdf("other"), name="另.pdf")
    again = attached(
        task, period, cast.reporter, content=pdf("other"), name="另.pdf", replaces=one, now=LATER
    )
    assert again == other
    assert list(Evidence.objects.standing()) == [other]


def test_a_file_that_is_its_own_later_version_stays_what_it_is(
    cast: Cast, period: ReportingPeriod
) -> None:
    one = attached(task_numbered(4), period, cast.reporter)
    assert attached(task_numbered(4), period, cast.reporter, replaces=one, now=LATER) == one
    assert list(Evidence.objects.standing()) == [one]


# --- Limits --------------------------------------------------------------------------------------


def test_the_number_of_files_is_limited_and_replacing_is_still_possible(
    cast: Cast, period: ReportingPeriod
) -> None:
    Policy.objects.create(pk=1, evidence_files=2)
    task = task_numbered(4)
    first = attached(task, period, cast.reporter)
    attached(task, period, cast.reporter, name="二.pdf")
    with pytest.raises(ValidationError, match="2"):
        attached(task, period, cast.reporter, name="三.pdf")
    attached(task, period, cast.reporter, name="三.pdf", replaces=first)
    assert Evidence.objects.standing().count() == 2


def test_a_file_over_the_limit_is_refused_and_one_at_it_is_not(
    cast: Cast, period: ReportingPeriod
) -> None:
    Policy.objects.create(pk=1, evidence_megabytes=1)
    task = task_numbered(4)
    at_it = pdf().replace(b"\n", b"\n%" + b" " * (1_000_000 - len(pdf()) - 2) + b"\n", 1)
    assert len(at_it) == 1_000_000
    attached(task, period, cast.reporter, content=at_it)
    with pytest.raises(ValidationError, match="1") as refused:
        attached(task, period, cast.reporter, content=at_it + b"\n", name="b.pdf")
    assert [one.code for one in refused.value.error_dict["file"]] == [TOO_LARGE]


# --- Completions ---------------------------------------------------------------------------------


@pytest.fixture
def evidence_needed(cast: Cast) -> None:
    Policy.objects.create(pk=1, completion_needs_evidence=True)


def submitted(report: Report, by: User) -> Report:
    return report_move(report=report, move=Move.SUBMIT, by=by, now=LATER)


@pytest.mark.usefixtures("evidence_needed")
def test_a_completion_is_submitted_only_with_evidence_of_it(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    first, *rest = task.measures.order_by("ordinal")
    statuses = [Status.COMPLETED, *[Status.IN_PROGRESS for _ in rest]]
    report = saved(task, period, cast.reporter, statuses)
    attached(task, period, cast.reporter, measure=rest[0])
    with pytest.raises(ValidationError) as refused:
        submitted(report, cast.reporter)
    [problem] = refused.value.error_dict["evidence"]
    assert problem.code == NEEDS_EVIDENCE
    shown = attached(task, period, cast.reporter, measure=first)
    evidence_remove(evidence=shown, by=cast.reporter, now=NOW)
    with pytest.raises(ValidationError):
        submitted(report, cast.reporter)
    attached(task, period, cast.reporter, measure=first)
    submitted(report, cast.reporter)


@pytest.mark.usefixtures("evidence_needed")
def test_evidence_of_the_whole_task_shows_each_of_its_measures(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = saved(task_numbered(4), period, cast.reporter, Status.COMPLETED)
    attached(task_numbered(4), period, cast.reporter)
    submitted(report, cast.reporter)


@pytest.mark.usefixtures("evidence_needed")
def test_what_was_completed_before_needs_no_evidence_again(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    attached(task, period, cast.reporter)
    approved(task, period, cast.reporter, cast.coordinator, Status.COMPLETED)
    period_close(period=period, by=cast.coordinator, now=LATER)
    month_later = NOW + dt.timedelta(days=30)
    following = period_open(code="2026-11", by=cast.coordinator, now=month_later)
    report = saved(task, following, cast.reporter, Status.COMPLETED, now=month_later)
    report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=month_later)


def test_without_the_rule_a_completion_needs_none(cast: Cast, period: ReportingPeriod) -> None:
    submitted(saved(task_numbered(4), period, cast.reporter, Status.COMPLETED), cast.reporter)


# --- Storage -------------------------------------------------------------------------------------


def test_the_same_bytes_are_stored_once_whoever_brings_them(
    cast: Cast, period: ReportingPeriod, evidence_dir: Path
) -> None:
    agency = cast.co_reporter.agency
    one = attached(task_numbered(4), period, cast.reporter)
    other = attached(task_numbered(4), period, cast.co_reporter, agency=agency, name="另.pdf")
    assert one.file == other.file
    assert [path for path in evidence_dir.rglob("*") if path.is_file()] == [path_of(one.file)]


def test_stored_names_say_nothing_and_nobody_else_may_read_them(
    cast: Cast, period: ReportingPeriod
) -> None:
    evidence = attached(task_numbered(4), period, cast.reporter, name="../../机构.pdf")
    folder, name = evidence.file.storage_name.split("/")
    assert name.startswith(folder)
    assert len(name) == 32
    mode = path_of(evidence.file).stat().st_mode
    assert stat.S_IMODE(mode) == 0o600
    assert stat.S_IMODE(path_of(evidence.file).parent.stat().st_mode) == 0o700


def test_a_transaction_that_fails_leaves_no_more_than_an_orphan(
    cast: Cast, period: ReportingPeriod
) -> None:
    saved(task_numbered(4), period, cast.reporter)
    with transaction.atomic():
        attached(task_numbered(4), period, cast.reporter)
        transaction.set_rollback(True)
    assert not StoredFile.objects.exists()
    [orphan] = orphans()
    assert orphans_remove(now=NOW - dt.timedelta(days=400)) == []
    day_later = dt.datetime.fromtimestamp(orphan.stat().st_mtime, tz=dt.UTC) + dt.timedelta(days=1)
    assert orphans_remove(now=day_later - dt.timedelta(seconds=1)) == []
    assert orphans_remove(now=day_later + dt.timedelta(seconds=1)) == [orphan]
    assert orphans() == []


class BreaksOff(ContentFile):  # type: ignore[type-arg]  # no parameter at run time
    """An upload that ends in the middle: the disk is full, or its sender has gone."""

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:
        yield pdf()[:100]
        raise OSError(errno.ENOSPC, "No space left on device")


def test_an_upload_that_breaks_off_leaves_nothing_behind(
    cast: Cast, period: ReportingPeriod, evidence_dir: Path
) -> None:
    with pytest.raises(OSError, match="No space"):
        evidence_add(
            task=task_numbered(4),
            period=period,
            upload=BreaksOff(pdf()),
            name="a.pdf",
            by=cast.reporter,
            now=NOW,
        )
    assert orphans() == []
    assert not (StoredFile.objects.exists())
    assert not (Evidence.objects.exists())
    assert not Report.objects.exists()


def test_a_file_that_cannot_be_put_in_its_place_is_named_by_nothing(
    cast: Cast, period: ReportingPeriod, evidence_dir: Path
) -> None:
    # Where the folder of its place would be, something else lies.
    for number in range(256):
        (evidence_dir / f"{number:02x}").write_bytes(b"")
    with pytest.raises(OSError, match="exists"):
        attached(task_numbered(4), period, cast.reporter)
    assert [path for path in orphans() if path.stat().st_size] == []
    assert not (StoredFile.objects.exists())
    assert not (Evidence.objects.exists())
    assert not Report.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("other", ["co_reporter", "reporter"])
def test_two_uploads_of_the_same_bytes_at_once_are_one_stored_file(
    other: str, cast: Cast, period: ReportingPeriod
) -> None:
    """To two places, or by a double click to what nobody has begun: there it is attached once."""
    task, agency = task_numbered(4), cast.co_reporter.agency
    is_elsewhere = other == "co_reporter"
    start, problems = threading.Barrier(2), list[BaseException]()

    def bring(by: User, to_agency: bool) -> None:
        try:
            start.wait()
            attached(task, period, by, agency=agency if to_agency else None)
        except BaseException as problem:  # noqa: BLE001 - told to the test's own thread
            problems.append(problem)
        finally:
            connection.close()

    threads = [
        threading.Thread(target=bring, args=(cast.reporter, False)),
        threading.Thread(target=bring, args=(getattr(cast, other), is_elsewhere)),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert problems == []
    assert StoredFile.objects.count() == 1
    assert Evidence.objects.count() == (2 if is_elsewhere else 1)
    assert orphans() == []


def test_bytes_that_are_not_those_that_were_stored_are_found(
    cast: Cast, period: ReportingPeriod, capsys: pytest.CaptureFixture[str]
) -> None:
    task = task_numbered(4)
    for name, content_ in {"a.pdf": pdf(), "b.png": png(), "c.docx": docx()}.items():
        attached(task, period, cast.reporter, name=name, content=content_)
    call_command("evidence_check")
    assert "All 3 stored files" in capsys.readouterr().out
    whole, short, gone = StoredFile.objects.order_by("pk")
    path_of(whole).write_bytes(pdf()[:-1] + b"\0")
    os.truncate(path_of(short), 10)
    path_of(gone).unlink()
    assert [damage.file for damage in damages()] == [whole, short, gone]
    for file in (short, gone):
        with pytest.raises(DamagedFile):
            file_opened(file)
    with pytest.raises(CommandError, match="3 of 3"):
        call_command("evidence_check")
    assert capsys.readouterr().out.count("damaged: ") == 3


def test_bytes_that_the_disk_lost_come_back_with_whoever_brings_them_again(
    cast: Cast, period: ReportingPeriod
) -> None:
    evidence = attached(task_numbered(4), period, cast.reporter)
    path_of(evidence.file).unlink()
    attached(task_numbered(4), period, cast.reporter, name="又一次.pdf")
    assert list(damages()) == []


def test_the_command_removes_what_nothing_names(
    evidence_dir: Path, db: None, capsys: pytest.CaptureFixture[str], settings: Settings
) -> None:
    for name in ("old", "new"):
        (evidence_dir / name).write_bytes(b"x")
    os.utime(evidence_dir / "old", (0, 0))
    call_command("evidence_check", "--remove-orphans")
    said = capsys.readouterr().out
    assert f"removed, nothing names it: {evidence_dir / 'old'}" in said
    assert f"nothing names it: {evidence_dir / 'new'}" in said
    assert [path.name for path in evidence_dir.iterdir() if path.is_file()] == ["new"]

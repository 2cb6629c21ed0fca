"""Rule: a closed period leaves numbered editions; what was stored is what is given away."""

import datetime as dt
import hashlib
import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from agencies.kept import KeptRecordError
from conftest import NOW, Cast
from progress.closings import (
    EditionDamaged,
    NotStored,
    cells_differing,
    edition_part,
    edition_workbook,
    editions_keep_absent,
    erratum_create_with_edition,
    parts_of,
    period_close_with_edition,
    sha256_of,
)
from progress.filestore import orphans, path_of
from progress.models import (
    Edition,
    EditionKind,
    EditionPart,
    Erratum,
    KeptFigures,
    MeasureProgress,
    Notice,
    NoticeKind,
    Policy,
    Report,
    ReportingPeriod,
    StoredFile,
)
from progress.tests.acts import approved, corrected, first_measure, task_numbered
from progress.tests.report_read import report_read
from progress.workflow import notices, period_close
from tasks.models import Status, Task

pytestmark = pytest.mark.wide

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
WORKBOOKS = (EditionPart.INTERNAL, EditionPart.PUBLIC)


@pytest.fixture
def report(cast: Cast, period: ReportingPeriod) -> Report:
    """An approved report of task 4, its period closed with the first edition."""
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close_with_edition(period=period, by=cast.coordinator, now=NOW + HOUR)
    return Report.objects.select_related("period").get(pk=report.pk)


def correct(report: Report, cast: Cast, field: str, new: str, **more: Any) -> Erratum:
    measure = first_measure() if field in ("status", "text") else None
    return erratum_create_with_edition(
        report=report,
        field=field,
        measure=measure,
        new=new,
        reason="原统计口径有误",
        by=cast.coordinator,
        now=NOW + DAY,
        **more,
    )


def edition(number: int = 1) -> Edition:
    return Edition.objects.select_related("period", "internal", "public", "erratum").get(
        number=number
    )


def words_of(data: bytes, *sheets: str) -> str:
    read = report_read(data)
    return "\n".join(text for sheet in sheets or read.values for text in read.texts(sheet))


def damaged(part: EditionPart = EditionPart.INTERNAL) -> Path:
    """One byte of the stored workbook is another."""
    path = path_of(edition().stored(part))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return path


# --- what a closing leaves ---------------------------------------------------------------------


def test_a_closing_leaves_both_workbooks_the_figures_and_a_manifest_that_names_them(
    report: Report, cast: Cast
) -> None:
    made = edition()
    said = json.loads(made.manifest)
    assert (said["period"], said["edition"], said["replaces"]) == ("2026-10", 1, None)
    assert said["counts"] == {"chapters": 14, "tasks": 131, "measures": 337}
    assert (made.made_by, made.erratum, said["release"]) == (cast.coordinator, None, made.release)
    assert [one["part"] for one in parts_of(made)] == EditionPart.values
    for one in parts_of(made):
        read = edition_part(edition=made, part=EditionPart(one["part"]), now=NOW)
        assert hashlib.sha256(read.data).hexdigest() == one["sha256"]
        assert (len(read.data), read.name) == (one["size"], one["name"])
    figures = json.loads(edition_part(edition=made, part=EditionPart.FIGURES, now=NOW).data)
    whole = KeptFigures.objects.get(chapter_number=None, agency=None)
    assert figures["whole"] == whole.figures
    assert len(figures["chapters"]) == 14
    assert {one["id"]: one["figures"] for one in figures["agencies"]} == dict(
        KeptFigures.objects.exclude(agency=None).values_list("agency", "figures")
    )


def test_the_workbooks_are_of_the_whole_list_and_their_names_say_for_whom(report: Report) -> None:
    names = {one["part"]: one["name"] for one in parts_of(edition())}
    assert names["internal"] == "进展情况表_2026-10_内部版.xlsx"
    assert names["public"] == "进展情况表_2026-10_公开版.xlsx"
    for part in WORKBOOKS:
        words = words_of(edition_part(edition=edition(), part=part, now=NOW).data)
        assert all(task.title in words for task in Task.objects.all())


def test_what_the_disk_does_not_take_closes_nothing(
    cast: Cast, period: ReportingPeriod, evidence_dir: Path
) -> None:
    # A file stands where the folder of what comes in would be made.
    (evidence_dir / "incoming").write_bytes(b"")
    with pytest.raises(NotStored):
        period_close_with_edition(period=period, by=cast.coordinator, now=NOW)
    period.refresh_from_db()
    assert period.is_open
    assert not Edition.objects.exists()
    assert not KeptFigures.objects.exists()
    (evidence_dir / "incoming").unlink()
    period_close_with_edition(period=period, by=cast.coordinator, now=NOW)
    assert edition().number == 1


def test_what_fails_behind_the_files_leaves_nothing_but_files_that_nothing_names(
    cast: Cast, period: ReportingPeriod, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_: Any) -> str:
        raise RuntimeError

    monkeypatch.setattr("progress.closings.editions.manifest_json", fail)
    with pytest.raises(RuntimeError):
        period_close_with_edition(period=period, by=cast.coordinator, now=NOW)
    period.refresh_from_db()
    assert period.is_open
    assert not StoredFile.objects.exists()
    assert len(orphans()) == 2


def test_an_edition_is_neither_changed_nor_removed_nor_made_twice(
    report: Report, cast: Cast
) -> None:
    made = edition()
    with pytest.raises(KeptRecordError):
        made.save()
    with pytest.raises(KeptRecordError):
        made.delete()
    with pytest.raises(KeptRecordError):
        Edition.objects.update(release="another")
    for number, erratum in ((1, None), (2, None)):
        with pytest.raises(IntegrityError), transaction.atomic():
            Edition.objects.create(
                period=made.period,
                number=number,
                erratum=erratum,
                internal=made.internal,
                public=made.public,
                manifest=made.manifest,
                release=made.release,
                made_at=NOW,
            )


@pytest.mark.parametrize("name", ["reporter", "approver", "leader", "auditor", "administrator"])
def test_nobody_but_a_coordinator_closes_or_corrects(report: Report, cast: Cast, name: str) -> None:
    person = getattr(cast, name)
    with pytest.raises(PermissionDenied):
        period_close_with_edition(period=report.period, by=person, now=NOW)
    with pytest.raises(PermissionDenied):
        erratum_create_with_edition(
            report=report, field="problems", new="更正", reason="更正", by=person, now=NOW
        )
    assert Edition.objects.count() == 1


# --- errata ------------------------------------------------------------------------------------


def test_an_erratum_makes_the_next_edition_and_leaves_the_one_before_as_it_was(
    report: Report, cast: Cast
) -> None:
    before = edition()
    old = edition_part(edition=before, part=EditionPart.INTERNAL, now=NOW)
    erratum = correct(report, cast, "text", "实际新增12家")
    after = edition(2)
    assert after.erratum == erratum
    said = json.loads(after.manifest)
    assert said["erratum"]["task"] == 4
    assert said["erratum"]["measure"] == 1
    assert said["erratum"]["field"] == "text"
    assert said["replaces"] == {
        "edition": 1,
        "manifest_sha256": sha256_of(before.manifest.encode()),
    }
    assert edition_part(edition=edition(), part=EditionPart.INTERNAL, now=NOW) == old
    assert Edition.objects.latest().get() == after


def test_a_corrected_text_stands_in_its_place_and_is_told_of(report: Report, cast: Cast) -> None:
    correct(report, cast, "text", "实际新增12家")
    correct(report, cast, "problems", "资金尚未到位")
    internal = edition_part(edition=edition(3), part=EditionPart.INTERNAL, now=NOW)
    words = words_of(internal.data)
    assert "实际新增12家" in words
    assert "举措1已推进" not in words_of(internal.data, "数据", "进展情况表")
    assert "资金尚未到位" in words
    assert "第1号勘误" in words
    assert "第2号勘误" in words
    assert internal.name == "进展情况表_2026-10_内部版_更正2.xlsx"
    # Its own edition holds what was known when it was made.
    assert "资金尚未到位" not in words_of(
        edition_part(edition=edition(2), part=EditionPart.INTERNAL, now=NOW).data
    )


def test_the_public_edition_tells_nothing_of_what_it_has_no_column_for(
    report: Report, cast: Cast
) -> None:
    correct(report, cast, "problems", "资金尚未到位")
    words = words_of(edition_part(edition=edition(2), part=EditionPart.PUBLIC, now=NOW).data)
    assert "资金尚未到位" not in words
    assert "号勘误" not in words
    assert "原统计口径有误" not in words


def test_a_corrected_status_moves_no_figure_and_is_told_in_the_remarks(
    report: Report, cast: Cast
) -> None:
    figures = edition_part(edition=edition(), part=EditionPart.FIGURES, now=NOW).data
    correct(report, cast, "status", Status.ONGOING)
    assert edition_part(edition=edition(2), part=EditionPart.FIGURES, now=NOW).data == figures
    words = words_of(edition_part(edition=edition(2), part=EditionPart.INTERNAL, now=NOW).data)
    assert "第1号勘误：举措1推进状态更正为“长期坚持”" in words


# --- what an earlier release closed ------------------------------------------------------------


def test_periods_that_were_closed_without_get_their_editions_once(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW)
    corrected(report, cast.coordinator, "problems", "资金尚未到位")
    made = editions_keep_absent(now=NOW + 2 * DAY)
    assert [(one.number, one.made_by, one.made_at) for one in made] == [
        (1, None, NOW + 2 * DAY),
        (2, None, NOW + 2 * DAY),
    ]
    assert editions_keep_absent(now=NOW + 3 * DAY) == []
    # An erratum that comes before the job does brings what is missing with it.
    correct(report, cast, "next_steps", "继续推进")
    assert list(Edition.objects.values_list("number", flat=True)) == [1, 2, 3]


def test_an_open_period_gets_none(period: ReportingPeriod) -> None:
    assert editions_keep_absent(now=NOW) == []


# --- what is served is what was stored ---------------------------------------------------------


@pytest.mark.parametrize("part", WORKBOOKS)
def test_a_workbook_with_another_byte_is_given_to_nobody_and_told_to_the_coordinators(
    report: Report, cast: Cast, part: EditionPart, caplog: pytest.LogCaptureFixture
) -> None:
    path = damaged(part)
    for _ in range(2):
        with pytest.raises(EditionDamaged, match="verify_editions"):
            edition_part(edition=edition(), part=part, now=NOW)
    assert path.parent.name in caplog.text
    [notice] = Notice.objects.all()
    assert (notice.user, notice.kind, notice.part) == (
        cast.coordinator,
        NoticeKind.EDITION_DAMAGED,
        part,
    )
    # Read and met again, it is told again.
    notices.notice_read(notice=notice, now=NOW)
    with pytest.raises(EditionDamaged):
        edition_part(edition=edition(), part=part, now=NOW + DAY)
    assert Notice.objects.count() == 2


def test_a_workbook_that_is_gone_or_cut_is_damaged_too(report: Report) -> None:
    path = path_of(edition().internal)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(EditionDamaged):
        edition_part(edition=edition(), part=EditionPart.INTERNAL, now=NOW)
    path.unlink()
    with pytest.raises(EditionDamaged):
        edition_part(edition=edition(), part=EditionPart.INTERNAL, now=NOW)


def test_figures_that_somebody_has_changed_are_not_given_away(report: Report) -> None:
    with transaction.atomic():
        row = KeptFigures.objects.get(chapter_number=3)
        # Past the program, as somebody at the database would.
        KeptFigures.objects.filter(pk=row.pk)._raw_delete("default")
    with pytest.raises(EditionDamaged):
        edition_part(edition=edition(), part=EditionPart.FIGURES, now=NOW)


# --- manage.py verify_editions -----------------------------------------------------------------


def verify(*arguments: str) -> str:
    said = StringIO()
    call_command("verify_editions", *arguments, stdout=said)
    return said.getvalue()


def test_verify_editions_reads_all_and_says_so(report: Report, cast: Cast) -> None:
    correct(report, cast, "problems", "资金尚未到位")
    assert verify() == "All 2 editions are what was stored.\n"
    assert verify("--period", "2026-10", "--again") == "All 2 editions are what was stored.\n"
    with pytest.raises(CommandError, match='no period "2026-13"'):
        verify("--period", "2026-13")


def test_verify_editions_names_what_is_damaged_and_fails(report: Report) -> None:
    path = damaged()
    said = StringIO()
    with pytest.raises(CommandError, match="1 of 1 editions"):
        call_command("verify_editions", stdout=said)
    assert f"{path.parent.name}/{path.name}" in said.getvalue()


def test_verify_editions_restores_what_comes_out_the_same(report: Report) -> None:
    damaged()
    path_of(edition().public).unlink()
    said = verify("--restore")
    assert said.count("restored") == 2
    assert verify("--again") == "All 1 editions are what was stored.\n"


def somebody_writes_into_the_database(report: Report) -> None:
    """Past the program, which writes nothing into a closed period."""
    MeasureProgress.objects.filter(report=report, measure__ordinal=1).update(text="别的进展")


def test_verify_editions_does_not_restore_what_comes_out_otherwise(report: Report) -> None:
    damaged()
    somebody_writes_into_the_database(report)
    with pytest.raises(CommandError):
        verify("--restore")
    # What was made and was not the same is not left behind.
    assert StoredFile.objects.count() == 2


def test_verify_editions_sees_a_manifest_that_was_written_over(report: Report) -> None:
    made = edition()
    other = made.manifest.replace('"edition": 1', '"edition": 7')
    Edition.objects.filter(pk=made.pk)._raw_delete("default")
    made.manifest = other
    made._state.adding = True
    made.save()
    with pytest.raises(CommandError):
        verify()


def test_made_again_the_cells_that_differ_are_named(report: Report) -> None:
    somebody_writes_into_the_database(report)
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_editions", "--again", stdout=said)
    assert "differ" in said.getvalue()
    again = edition_workbook(period=report.period, kind=EditionKind.PUBLIC, erratum=None)
    stored = edition_part(edition=edition(), part=EditionPart.PUBLIC, now=NOW).data
    assert cells_differing(stored, stored) == ""
    assert cells_differing(stored, again).startswith("2 cells differ: 进展情况表!")


def test_neither_rules_nor_reports_of_later_move_a_byte(report: Report, cast: Cast) -> None:
    from progress.workflow import period_open

    Policy(pk=1, yellow_working_days=12).save()
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + 20 * DAY)
    approved(
        task_numbered(4),
        november,
        cast.reporter,
        cast.coordinator,
        Status.COMPLETED,
        now=NOW + 21 * DAY,
    )
    assert verify("--again") == "All 1 editions are what was stored.\n"

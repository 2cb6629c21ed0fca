"""Rule: what was stored of a closed period is what is given away, or nothing is."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from conftest import NOW, Cast
from progress.closings import (
    EditionDamaged,
    cells_differing,
    edition_part,
    edition_workbook,
)
from progress.filestore import path_of
from progress.models import (
    Edition,
    EditionKind,
    EditionPart,
    KeptFigures,
    MeasureProgress,
    Notice,
    NoticeKind,
    Policy,
    Report,
    ReportingPeriod,
    StoredFile,
)
from progress.tests.acts import approved, task_numbered
from progress.tests.closed import DAY, closed_report, correct, damaged, edition
from progress.workflow import notices
from tasks.models import Status

# What lies in files is the same whichever database names them.
pytestmark = [pytest.mark.wide, pytest.mark.once]

WORKBOOKS = (EditionPart.INTERNAL, EditionPart.PUBLIC)


@pytest.fixture
def report(cast: Cast, period: ReportingPeriod) -> Report:
    return closed_report(cast, period)


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

"""Rule: a closed period leaves numbered editions; what was stored is what is given away."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from agencies.kept import KeptRecordError
from conftest import NOW, Cast
from progress.closings import (
    NotStored,
    edition_part,
    editions_keep_absent,
    erratum_create_with_edition,
    parts_of,
    period_close_with_edition,
    sha256_of,
)
from progress.filestore import orphans
from progress.models import (
    Edition,
    EditionPart,
    KeptFigures,
    Report,
    ReportingPeriod,
    StoredFile,
)
from progress.tests.acts import approved, corrected, task_numbered
from progress.tests.closed import DAY, closed_report, correct, edition, words_of
from progress.workflow import period_close
from tasks.models import Status, Task

pytestmark = pytest.mark.wide

WORKBOOKS = (EditionPart.INTERNAL, EditionPart.PUBLIC)


@pytest.fixture
def report(cast: Cast, period: ReportingPeriod) -> Report:
    return closed_report(cast, period)


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


def test_nobody_but_a_coordinator_closes_or_corrects(report: Report, cast: Cast) -> None:
    for name, person in cast.everyone().items():
        if name == "coordinator":
            continue
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

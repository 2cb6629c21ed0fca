"""The progress report as a package: Excel, LibreOffice and WPS open it without repairing anything.

A validator looks at the rules of ECMA-376; here stands what Excel repairs besides.
"""

import hashlib
import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET
from zipfile import ZipFile

import pytest
from openpyxl.utils import range_boundaries
from openxml_audit import OpenXmlValidator

from agencies.models import Agency
from conftest import NOW, TODAY, Cast
from progress.models import EditionKind, Paper, ReportingPeriod
from progress.states import Move
from progress.tests.acts import approved, attached, handed_in, saved, task_numbered
from progress.tests.report_read import DATA, FORM, report_read
from progress.workbooks import progress_workbook, report
from progress.workflow import MeasureContent, ReportContent, report_move, report_save
from tasks.models import Chapter, Measure, Task, TaskQuerySet
from tianjin_pilot.benchmark.plain_sheets import PlainSheet, plain_sheets

# A package is made of rows, whichever database they came from.
pytestmark = [pytest.mark.wide, pytest.mark.once]

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
RELATIONS = "{http://schemas.openxmlformats.org/package/2006/relationships}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
HOSTILE = (
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "=cmd|' /C calc'!A0",
    '=HYPERLINK("http://example.org","看")',
    "http://example.org/",
    "mailto:a@example.org",
    "#N/A",
    "TRUE",
    "1e5",
    "2026-10-01",
    "<b>&amp;]]>",
    "\x01前\x0b后\uffff",
    " 前后有空格 ",
    "一行\n\n又一行\n",
    "😀𠮷",
    "_x0041_",
    "'单引号",
)


def made(
    cast: Cast,
    period: ReportingPeriod,
    *,
    tasks: TaskQuerySet | None = None,
    edition: EditionKind = EditionKind.INTERNAL,
    paper: Paper = Paper.A3,
    language: str = "zh-hans",
) -> bytes:
    return progress_workbook(
        period=period,
        user=cast.coordinator,
        today=TODAY,
        now=NOW,
        tasks=Task.objects.all() if tasks is None else tasks,
        language=language,
        edition=edition,
        paper=paper,
    )


def said_everywhere(cast: Cast, period: ReportingPeriod, number: int, text: str) -> None:
    """Task `number` approved with this text in each field; its title, a measure, a file's name."""
    task = task_numbered(number)
    attached(task, period, cast.reporter, name=f"{text[:40].strip() or '空'}.pdf")
    report = task.reports.get(period=period)
    said = ReportContent(
        tuple(
            MeasureContent(one.pk, one.ordinal, "in_progress", text)
            for one in task.measures.order_by("ordinal")
        ),
        problems=text,
        next_steps=text,
        coordination=text,
    )
    report = report_save(
        task=task,
        period=period,
        by=cast.reporter,
        now=NOW,
        content=said,
        version=report.version,
    )
    report = report_move(
        report=report, move=Move.SUBMIT, by=cast.reporter, now=NOW, reason="无需等待"
    )
    report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    Task.objects.filter(pk=task.pk).update(title=text)
    Measure.objects.filter(task=task, ordinal=1).update(text=text)


# --- The rules ------------------------------------------------------------------------------------


def valid(data: bytes, tmp_path: Path) -> None:
    """What the validator and the checks below find wrong is nothing."""
    path = tmp_path / "report.xlsx"
    path.write_bytes(data)
    assert [str(error) for error in OpenXmlValidator().validate(path).errors] == []
    with ZipFile(BytesIO(data)) as archive:
        parts_are_whole(archive)
        for name in archive.namelist():
            if name.startswith("xl/worksheets/sheet"):
                sheet_is_whole(ET.fromstring(archive.read(name)))  # noqa: S314
        workbook_is_whole(ET.fromstring(archive.read("xl/workbook.xml")))  # noqa: S314


def parts_are_whole(archive: ZipFile) -> None:
    """Each part once, with a type; each relationship leads to a part, and none out of the file."""
    names = archive.namelist()
    assert len(names) == len(set(names))
    types = ET.fromstring(archive.read("[Content_Types].xml"))  # noqa: S314
    defaults = {one.get("Extension") for one in types.iter(f"{TYPES}Default")}
    overrides = [str(one.get("PartName")) for one in types.iter(f"{TYPES}Override")]
    assert len(overrides) == len(set(overrides))
    assert {one.lstrip("/") for one in overrides} <= set(names)
    for name in names:
        ending = name.rsplit(".", 1)[-1]
        assert f"/{name}" in overrides or ending in defaults, name
        if not name.endswith(".rels"):
            continue
        folder = posixpath.dirname(posixpath.dirname(name))
        relations = list(ET.fromstring(archive.read(name)).iter(f"{RELATIONS}Relationship"))  # noqa: S314
        assert len({one.get("Id") for one in relations}) == len(relations)
        for one in relations:
            assert one.get("TargetMode") is None
            target = str(one.get("Target"))
            path = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
            assert path in names, (name, target)


def sheet_is_whole(sheet: ET.Element) -> None:
    """Rows and cells in order and once, merges apart, breaks and heights in range."""
    rows = [int(str(row.get("r"))) for row in sheet.iter(f"{MAIN}row")]
    assert all(before < after for before, after in pairwise(rows))
    for row in sheet.iter(f"{MAIN}row"):
        columns = [range_boundaries(str(cell.get("r"))) for cell in row.iter(f"{MAIN}c")]
        assert all(before[0] < after[0] for before, after in pairwise(columns))
        assert all(one[1] == int(str(row.get("r"))) for one in columns)
        assert float(row.get("ht", "0")) <= 409
    covered: set[tuple[int, int]] = set()
    for area in sheet.iter(f"{MAIN}mergeCell"):
        cells = set(cells_of(str(area.get("ref"))))
        assert len(cells) > 1
        assert not cells & covered
        covered |= cells
    breaks = [int(str(one.get("id"))) for one in sheet.iter(f"{MAIN}brk")]
    assert all(before < after for before, after in pairwise(breaks))
    assert len(breaks) <= 1023


def cells_of(area: str) -> Iterator[tuple[int, int]]:
    left, top, right, bottom = range_boundaries(area)
    for row in range(top, bottom + 1):
        for column in range(left, right + 1):
            yield row, column


def workbook_is_whole(workbook: ET.Element) -> None:
    """Sheets have names that Excel takes, and names of areas lead to one of them."""
    names = [str(one.get("name")) for one in workbook.iter(f"{MAIN}sheet")]
    assert len(names) == len({name.lower() for name in names}) == 5
    for name in names:
        assert 0 < len(name) <= 31
        assert not re.search(r"[\[\]:*?/\\]|^'|'$", name)
    for area in workbook.iter(f"{MAIN}definedName"):
        sheet = str(area.text).split("!")[0].strip("'")
        assert sheet == names[int(str(area.get("localSheetId")))]


# --- The tests ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("edition", "paper", "language"),
    [
        (EditionKind.INTERNAL, Paper.A3, "zh-hans"),
        (EditionKind.PUBLIC, Paper.A4, "en"),
    ],
)
def test_it_follows_the_rules_whatever_people_have_typed(
    edition: EditionKind,
    paper: Paper,
    language: str,
    cast: Cast,
    period: ReportingPeriod,
    tmp_path: Path,
) -> None:
    said_everywhere(cast, period, 4, "".join(HOSTILE))
    said_everywhere(cast, period, 5, "推进跨境数据服务中心建设。" * 700)
    handed_in(task_numbered(6), period, cast.reporter)
    Chapter.objects.filter(number=1).update(title="=1+1<b>&\x01")
    valid(made(cast, period, edition=edition, paper=paper, language=language), tmp_path)


@pytest.mark.parametrize("numbers", [[], [4], [121, 122, 123]])
def test_it_follows_the_rules_of_few_tasks_and_of_none(
    numbers: list[int], cast: Cast, period: ReportingPeriod, tmp_path: Path
) -> None:
    valid(made(cast, period, tasks=Task.objects.filter(number__in=numbers)), tmp_path)


def test_the_checks_find_what_they_look_for(
    cast: Cast, period: ReportingPeriod, tmp_path: Path
) -> None:
    data = made(cast, period, tasks=Task.objects.filter(number=4))

    def spoilt(name: str, change: Callable[[bytes], bytes]) -> bytes:
        target = BytesIO()
        with ZipFile(BytesIO(data)) as old, ZipFile(target, "w") as new:
            for part in old.namelist():
                content = old.read(part)
                new.writestr(part, change(content) if part == name else content)
        return target.getvalue()

    sheet = "xl/worksheets/sheet1.xml"
    for name, before, after in (
        (sheet, b"mergeCells", b"mergedCells"),
        (sheet, b'ref="A1:B1"', b'ref="A1:B2"'),
        (sheet, b'<row r="2"', b'<row r="1"'),
        (sheet, b'ht="36"', b'ht="436"'),
        ("xl/workbook.xml", "进展情况表".encode(), "进展/情况表".encode()),
        ("xl/_rels/workbook.xml.rels", b"worksheets/sheet2.xml", b"worksheets/sheet9.xml"),
        ("[Content_Types].xml", b"/xl/styles.xml", b"/xl/style.xml"),
    ):
        found = spoilt(name, lambda content, b=before, a=after: content.replace(b, a))  # type: ignore[misc]
        assert found != data
        with pytest.raises((AssertionError, KeyError)):
            valid(found, tmp_path)


@pytest.mark.parametrize("is_long", [False, True])
@pytest.mark.parametrize("text", HOSTILE)
def test_a_text_stays_the_text_that_it_is(
    text: str,
    is_long: bool,
    cast: Cast,
    period: ReportingPeriod,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report, "LONG_FROM", 0 if is_long else 2)
    said_everywhere(cast, period, 4, text)
    Agency.objects.filter(name="市数据局").update(name=text)
    data = made(cast, period, tasks=Task.objects.filter(number=4))
    with ZipFile(BytesIO(data)) as archive:
        assert not [name for name in archive.namelist() if "externalLink" in name]
        assert b"<hyperlink" not in archive.read("xl/worksheets/sheet1.xml")
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    read = report_read(data)
    kept = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\uffff]", "", text)
    if is_long:
        # Excel reads it as it is meant, openpyxl as it stands in the file.
        kept = re.sub("(_x[0-9a-fA-F]{4}_)", r"_x005F\1", kept)
    for name in (FORM, DATA):
        sheet = read.formulas[name]
        found = [cell for row in sheet for cell in row if cell.value == kept]
        assert len(found) >= 5
        assert all(cell.data_type == "s" for cell in found)
        assert all(
            cell.quotePrefix == kept.startswith(("=", "+", "-", "@", "\t")) for cell in found
        )


def test_its_properties_name_the_form_and_the_period(cast: Cast, period: ReportingPeriod) -> None:
    properties = report_read(made(cast, period)).formulas.properties
    assert properties.title == "天津市加快推进服务业扩大开放综合试点任务进展情况表"
    assert properties.subject == "2026-10 （截至2026年10月22日） 内部版"
    assert (properties.created, properties.modified) == (properties.created, properties.created)
    assert properties.created.isoformat() == "2026-10-22T02:00:00"
    assert not properties.lastModifiedBy or "周统" not in properties.lastModifiedBy


def test_no_clock_is_in_its_bytes(cast: Cast, period: ReportingPeriod) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    saved(task_numbered(5), period, cast.reporter)
    attached(task_numbered(5), period, cast.reporter)
    one, other = (made(cast, period) for _time in range(2))
    assert hashlib.sha256(one).digest() == hashlib.sha256(other).digest()
    with ZipFile(BytesIO(one)) as archive:
        assert {entry.date_time[:3] for entry in archive.infolist()} == {(1980, 1, 1)}


def test_one_that_is_written_row_by_row_looks_the_same(
    cast: Cast, period: ReportingPeriod, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said_everywhere(cast, period, 4, "文" * 3_000)
    short = made(cast, period)
    monkeypatch.setattr(report, "LONG_FROM", 0)
    long = made(cast, period)
    assert b"inlineStr" in ZipFile(BytesIO(long)).read("xl/worksheets/sheet1.xml")
    assert b"inlineStr" not in ZipFile(BytesIO(short)).read("xl/worksheets/sheet1.xml")
    (sheets, styles), (others, other_styles) = plain_sheets(short), plain_sheets(long)
    assert [*map(sorted_merges, others)] == [*map(sorted_merges, sheets)]
    assert other_styles == styles
    valid(long, tmp_path)


def sorted_merges(sheet: PlainSheet) -> PlainSheet:
    return replace(sheet, merges=sorted(sheet.merges))

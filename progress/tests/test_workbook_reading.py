"""Whatever is uploaded as a workbook is read right or refused with a sentence, in little time."""

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from django.utils import translation

from progress.tests.hostile_workbooks import HOSTILE, made, workbook
from progress.workbooks.reading import WorkbookRefused, letters_of, workbook_read
from progress.workbooks.reading.sheets import columns_by_letters, range_read

# One after the other in a process of its own, which says how long each took and what memory it had
# at most; the files are made elsewhere, so that making them counts for neither.
MEASURED = """
import json, re, sys, time
from pathlib import Path
import django
django.setup()
from progress.tests.hostile_workbooks import workbook
from progress.workbooks.reading import WorkbookRefused, workbook_read
def most():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
workbook_read(workbook(), name="x")
megabytes, seconds = [], []
for path in sys.argv[1:]:
    # The most that is remembered from here on.
    Path("/proc/self/clear_refs").write_text("5")
    before, started = most(), time.process_time()
    try:
        workbook_read(Path(path).read_bytes(), name="x")
    except WorkbookRefused:
        pass
    seconds.append(time.process_time() - started)
    megabytes.append(most() - before)
print(json.dumps({"megabytes": max(megabytes), "seconds": max(seconds)}))
"""


@pytest.fixture(autouse=True)
def english() -> object:
    with translation.override("en"):
        yield


@pytest.mark.parametrize("name", HOSTILE)
def test_each_is_refused_with_its_sentence_or_read_right(name: str) -> None:
    one = HOSTILE[name]
    if one.refused:
        with pytest.raises(WorkbookRefused) as refused:
            workbook_read(made(name), name="表.xlsx")
        assert one.refused in str(refused.value)
        return
    read = workbook_read(made(name), name="表.xlsx")
    sheet = read.sheets[0]
    for coordinate, value in one.values.items():
        place = range_read(coordinate)
        assert place is not None
        found = sheet.value(place.top, place.left)
        assert found == value
        assert type(found) is type(value)
    assert one.check(read)


def test_none_of_them_takes_much_memory_or_time(tmp_path: Path) -> None:
    paths = []
    for number, name in enumerate(HOSTILE):
        path = tmp_path / f"{number}.xlsx"
        path.write_bytes(made(name))
        paths.append(str(path))
    said = subprocess.run(
        [sys.executable, "-c", MEASURED, *paths], capture_output=True, text=True, check=True
    )
    measured = json.loads(said.stdout)
    # The largest file of the corpus is 50 MB by itself; unpacked they would be many gigabytes.
    assert measured["megabytes"] < 200
    assert measured["seconds"] < 5


def test_what_openpyxl_writes_is_read_as_calamine_reads_it() -> None:
    from python_calamine import CalamineWorkbook

    data = filled_form()
    read = workbook_read(data, name="填报表.xlsx")
    other = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert [sheet.name for sheet in read.sheets] == other.sheet_names
    assert [sheet.is_hidden for sheet in read.sheets] == [False, True]
    for sheet in read.sheets:
        rows = other.get_sheet_by_name(sheet.name).to_python()
        expected = {
            (row, column): value
            for row, cells in enumerate(rows, start=1)
            for column, value in enumerate(cells, start=1)
            if value != ""
        }
        assert {place: cell.value for place, cell in sheet.cells.items()} == expected


def test_the_letters_of_columns_count_as_in_excel() -> None:
    assert [letters_of(number) for number in (1, 26, 27, 702, 703, 16_384)] == [
        "A", "Z", "AA", "ZZ", "AAA", "XFD",
    ]  # fmt: skip
    assert all(
        columns_by_letters()[letters_of(number)] == number for number in (1, 27, 703, 16_384)
    )
    assert "XFE" not in columns_by_letters()


def test_properties_and_names_that_a_form_carries_are_read() -> None:
    from openpyxl import Workbook
    from openpyxl.packaging.custom import StringProperty
    from openpyxl.workbook.defined_name import DefinedName

    made, written = Workbook(), io.BytesIO()
    made.defined_names["form"] = DefinedName("form", attr_text="'Sheet'!$A$1")
    made.custom_doc_props.append(StringProperty(name="form", value="b7f1"))
    made.save(written)
    read = workbook_read(written.getvalue(), name="x.xlsx")
    assert (dict(read.names), dict(read.properties)) == ({"form": "'Sheet'!$A$1"}, {"form": "b7f1"})


def test_a_refusal_speaks_the_readers_language() -> None:
    with translation.override("zh-hans"), pytest.raises(WorkbookRefused) as refused:
        workbook_read(workbook()[:-1], name="表.xlsx")
    assert "文件" in str(refused.value)


def filled_form() -> bytes:
    """A form of the size of the whole list, styled and filled in, with a hidden sheet."""
    import datetime as dt

    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, NamedStyle, Side

    made, written = Workbook(), io.BytesIO()
    side = Side(style="thin")
    made.add_named_style(
        NamedStyle(
            "text",
            font=Font(name="仿宋_GB2312", size=10.5),
            border=Border(side, side, side, side),
            alignment=Alignment(wrap_text=True),
        )
    )
    sheet, hidden = made.active, made.create_sheet("说明")
    hidden.sheet_state = "veryHidden"
    for row in range(1, 338):
        texts = [f"{word}{row}" for word in ("试点任务" * 8, "一是举措" * 20, "本期进展情况" * 30)]
        values = [row, *texts, "推进中", dt.date(2026, 11, row % 28 + 1), 0.5, True, None, "下一步"]
        for column, value in enumerate(values, start=1):
            sheet.cell(row, column, value).style = "text"
        sheet.cell(row, 6).number_format = 'yyyy"年"m"月"d"日"'
        hidden.append([row, f"row-{row}", "text as it was" * 3])
    made.save(written)
    return written.getvalue()

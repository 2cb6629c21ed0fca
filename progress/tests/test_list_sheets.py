"""The list goes out as a workbook and comes back as the same list; cells that say nothing else
than a list can say are named."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import translation

from agencies.models import Agency
from conftest import NOW, Cast
from progress.tests.sheets import changed, sheet_of
from progress.workbooks.lists import ListSheet, list_sheet_read, list_workbook
from progress.workbooks.reading import WorkbookRefused, workbook_read
from tasks.importing import ListFaults, import_list, list_import
from tasks.models import Division, ResponsibilityRole, Task
from tasks.responsibilities import responsibilities_write
from tasks.tests.official_list import SOURCE

HEADER = ("序号", "试点任务", "落实举措", "责任单位 (首个为牵头单位)")
LATER = NOW + dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


def read(data: bytes) -> ListSheet:
    return list_sheet_read(workbook_read(data, name="清单.xlsx"))


def downloaded() -> bytes:
    return list_workbook(tasks=Task.objects.all(), now=NOW)


def faults_of(data: bytes) -> list[tuple[str, str]]:
    sheet = read(data)
    return [(sheet.place_of(fault), fault.text) for fault in sheet.faults]


@pytest.mark.usefixtures("register")
def test_the_list_as_it_is_changes_nothing_when_it_is_imported() -> None:
    sheet = read(downloaded())
    assert not sheet.faults
    outcome = list_import(content=sheet.content, name="清单.xlsx", now=LATER)
    assert outcome.changes_nothing
    assert outcome.unchanged == 131


def test_the_same_list_makes_the_same_bytes(register: None) -> None:
    assert downloaded() == downloaded()


@pytest.mark.django_db
def test_the_official_table_copied_into_a_sheet_is_read_as_the_text_is() -> None:
    """Title above, headers on every page, rows that go on without a number, markup in a cell."""
    rows = [line.split("\t") for line in SOURCE.split("\n")]
    sheet = read(sheet_of(rows))
    assert not sheet.faults
    outcome = list_import(content=sheet.content, name="清单.xlsx", now=NOW)
    assert (outcome.created, outcome.totals.measures) == (131, 337)
    assert import_list(now=LATER).changes_nothing


@pytest.mark.usefixtures("register")
def test_what_people_do_to_a_sheet_does_no_harm() -> None:
    def by_hand(sheet: Any) -> None:
        sheet.title = "改名"
        sheet["A4"] = "１ "  # task 1, in full-width digits
        sheet["B4"] = f"{sheet['B4'].value[:10]}\n {sheet['B4'].value[10:]}\u200b"
        sheet.insert_rows(1, amount=2)
        sheet["A1"] = "内部资料"
        sheet.insert_cols(1)

    data = changed(downloaded(), by_hand)
    sheet = read(data)
    assert not sheet.faults
    assert sheet.first == 2
    assert list_import(content=sheet.content, name="清单.xlsx", now=LATER).changes_nothing


CELLS: dict[str, tuple[Callable[[Any], None], str, str]] = {
    "formula": (lambda sheet: sheet.__setitem__("C4", "=B4"), "C4", "holds a formula"),
    "date": (
        lambda sheet: sheet.__setitem__("A4", dt.date(2026, 1, 1)),
        "A4",
        "holds a date or a time",
    ),
    "yes": (lambda sheet: sheet.__setitem__("D4", True), "D4", "holds TRUE or FALSE"),
    "error": (lambda sheet: sheet.__setitem__("B4", "#REF!"), "B4", "holds the error #REF!"),
    "beside": (
        lambda sheet: sheet.__setitem__("F4", "完成时限"),
        "F4",
        "stands beside the list's four columns",
    ),
    "hidden row": (
        lambda sheet: setattr(sheet.row_dimensions[4], "hidden", True),
        "row 4",
        "this row is hidden or filtered out",
    ),
    "hidden column": (
        lambda sheet: setattr(sheet.column_dimensions["C"], "hidden", True),
        "",
        "column C is hidden",
    ),
}


@pytest.mark.usefixtures("register")
@pytest.mark.parametrize("name", CELLS)
def test_a_cell_that_a_list_cannot_hold_is_named(name: str) -> None:
    change, place, sentence = CELLS[name]
    ((found_place, text),) = faults_of(changed(downloaded(), change))
    assert found_place == place
    assert text.startswith(sentence)


@pytest.mark.usefixtures("register")
def test_the_faults_of_a_list_name_the_cell() -> None:
    def change(sheet: Any) -> None:
        sheet["D4"] = "市发改"
        sheet["A5"] = "二"
        sheet["B6"] = None
        sheet["A3"] = "第一章"

    sheet = read(changed(downloaded(), change))
    with pytest.raises(ListFaults) as refused:
        list_import(content=sheet.content, name="清单.xlsx", now=LATER)
    told = [(sheet.place_of(fault), fault.text) for fault in refused.value.faults]
    assert [place for place, _text in told] == ["A3", "D4", "A5", "B6"]
    assert 'agency "市发改" is unknown; did you mean 市发展改革委?' in told[1][1]


def test_a_workbook_without_a_list_or_with_two_is_refused(register: None) -> None:
    with pytest.raises(WorkbookRefused, match="No sheet that is shown has the header"):
        read(sheet_of([["序号", "姓名"], [1, "甲"]]))

    def twice(sheet: Any) -> None:
        sheet.parent.copy_worksheet(sheet)

    with pytest.raises(
        WorkbookRefused, match="Several sheets hold a list: 任务清单、任务清单 Copy"
    ):
        read(changed(downloaded(), twice))

    def twice_but_hidden(sheet: Any) -> None:
        sheet.parent.copy_worksheet(sheet).sheet_state = "hidden"

    assert not read(changed(downloaded(), twice_but_hidden)).faults


def test_agencies_changed_since_stand_in_the_sheet_as_the_list_wrote_them(cast: Cast) -> None:
    """The list that goes out says what the list said, so that importing it moves nobody."""
    task = Task.objects.get(number=4)
    given = Agency.objects.get(name="市通信管理局")
    responsibilities_write(
        task=task,
        division=Division.LEAD_COMPILES,
        agencies=[(given, ResponsibilityRole.LEAD)],
        reason="职责调整",
        document="",
        by=cast.coordinator,
        now=NOW,
    )
    sheet = read(downloaded())
    outcome = list_import(content=sheet.content, name="清单.xlsx", now=LATER)
    assert outcome.changes_nothing
    assert [one.agency for one in task.responsibilities.all()] == [given]

"""A filled form that is not as it was: rows moved about are read, and each fault names its cell."""

import datetime as dt
from collections.abc import Callable, Iterator
from copy import copy

import pytest
import time_machine
from django.test import Client
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod, SheetUpload
from progress.tests.offline import (
    CONTRIBUTIONS,
    FIRST,
    MEASURES,
    PROBLEMS,
    STATUS,
    TEXT,
    WHOLE,
    address_of,
    compared,
    downloaded,
    faults_of,
    rows_of_task,
    sheet_of,
    taken_back,
    uploaded,
)
from progress.workflow import LONGEST_TEXT
from tasks.models import Status

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def writer(cast: Cast, period: ReportingPeriod, signed_in: ClientOf) -> Client:
    return signed_in(cast.reporter)


@pytest.fixture
def workbook(writer: Client) -> Workbook:
    """The form, with a word in the first measure of task 4."""
    form = downloaded(writer)
    sheet = sheet_of(form, MEASURES)
    sheet[f"{TEXT}{row_of(sheet)}"] = "一句话"
    return form


def row_of(sheet: Worksheet) -> int:
    return rows_of_task(sheet, 4)[0]


def says(upload: SheetUpload) -> dict[str, str]:
    """What the file says anew, by the name of the field."""
    return {cell.field: cell.says for cell in compared(upload)}


# --- What may be done to a form -----------------------------------------------------------------


def test_rows_may_be_sorted_sheets_renamed_and_lines_filtered(
    writer: Client, workbook: Workbook
) -> None:
    sheet = sheet_of(workbook, MEASURES)
    sheet.title = "张三填"
    rows = [[copy(cell.value) for cell in row] for row in sheet.iter_rows(min_row=FIRST)]
    for place, values in enumerate(reversed(rows)):
        for column, value in enumerate(values, start=1):
            sheet.cell(FIRST + place, column).value = value
        sheet.row_dimensions[FIRST + place].hidden = place % 2 == 0
    workbook.move_sheet(sheet, offset=1)
    (cell,) = compared(taken_back(writer, workbook))
    assert (cell.says, cell.field) == ("一句话", "text")
    assert cell.cell == f"张三填!{TEXT}{rows_of_task(sheet, 4)[-1]}"


def test_columns_and_the_whole_table_may_be_moved(writer: Client, workbook: Workbook) -> None:
    sheet = sheet_of(workbook, MEASURES)
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.insert_rows(1, amount=3)
    sheet.insert_cols(1, amount=2)
    (cell,) = compared(taken_back(writer, workbook))
    assert cell.says == "一句话"


def test_rows_that_are_deleted_change_nothing_and_are_counted(
    writer: Client, workbook: Workbook
) -> None:
    whole = len(list(sheet_of(workbook, WHOLE).iter_rows(min_row=FIRST)))
    del workbook[workbook.sheetnames[WHOLE]]
    sheet = sheet_of(workbook, MEASURES)
    sheet.delete_rows(row_of(sheet) + 1)
    upload = taken_back(writer, workbook)
    assert says(upload) == {"text": "一句话"}
    page = writer.get(address_of(upload))
    assert page.context["comparison"].absent == whole + 1
    assert f"缺少填报表的{whole + 1}行" in page.content.decode()


@pytest.mark.parametrize(
    ("typed", "read"),
    [
        (dt.date(2026, 10, 20), "2026-10-20"),
        (dt.datetime(2026, 10, 20, 9, 30), "2026-10-20 09:30"),  # noqa: DTZ001 - cells have no zones
        (12, "12"),
        (0.5, "0.5"),
        (True, "TRUE"),
        ("１２家企业", "１２家企业"),
        ("+8%", "+8%"),
        ("甲\u200b\r\n\r\n\r\n\r\n乙　", "甲\n\n乙"),
    ],
)
def test_what_people_type_instead_of_text_is_read_as_they_see_it(
    writer: Client, workbook: Workbook, typed: object, read: str
) -> None:
    sheet = sheet_of(workbook, MEASURES)
    cell = sheet[f"{TEXT}{row_of(sheet)}"]
    cell.number_format = "General"
    cell.value = typed
    assert says(taken_back(writer, workbook)) == {"text": read}


@pytest.mark.parametrize("typed", ["推进中", " 推进 中", "In progress", "ＩＮ PROGRESS"])
def test_a_status_is_known_by_its_word_in_either_language(
    writer: Client, workbook: Workbook, typed: str
) -> None:
    sheet = sheet_of(workbook, MEASURES)
    sheet[f"{STATUS}{row_of(sheet)}"] = typed
    assert says(taken_back(writer, workbook))["status"] == Status.IN_PROGRESS


# --- What is refused by its cell ----------------------------------------------------------------


def refused(writer: Client, workbook: Workbook) -> list[str]:
    """The faults; nothing is kept of such a file."""
    answer = uploaded(writer, workbook)
    assert not SheetUpload.objects.exists()
    assert not Report.objects.exists()
    return faults_of(answer)


def test_each_fault_names_its_cell_and_all_are_told_at_once(
    writer: Client, workbook: Workbook
) -> None:
    sheet, whole = sheet_of(workbook, MEASURES), sheet_of(workbook, WHOLE)
    row = row_of(sheet)
    sheet[f"{STATUS}{row}"] = "进行中"
    sheet[f"{TEXT}{row}"] = "=A1"
    sheet[f"{STATUS}{row + 1}"] = None
    sheet[f"{TEXT}{row + 1}"] = "#N/A"
    sheet[f"{TEXT}{row + 2}"] = "长" * (LONGEST_TEXT + 1)
    at = row_of(whole)
    whole.merge_cells(f"{PROBLEMS}{at}:{PROBLEMS}{at + 1}")
    name = sheet.title
    faults = refused(writer, workbook)
    for cell, part in (
        (f"{name}!{STATUS}{row}", "推进中"),
        (f"{name}!{TEXT}{row}", "公式"),
        (f"{name}!{STATUS}{row + 1}", "未填写推进状态"),
        (f"{name}!{TEXT}{row + 1}", "#N/A"),
        (f"{name}!{TEXT}{row + 2}", str(LONGEST_TEXT + 1)),
        (f"{whole.title}!{PROBLEMS}{at}", "合并"),
    ):
        assert [one for one in faults if one.startswith(f"{cell}: ") and part in one], (
            cell,
            faults,
        )


def test_a_word_that_is_like_no_status_is_refused_with_the_choices(
    writer: Client, workbook: Workbook
) -> None:
    sheet = sheet_of(workbook, MEASURES)
    sheet[f"{STATUS}{row_of(sheet)}"] = "xyz"
    (fault,) = refused(writer, workbook)
    assert "未启动、推进中、已完成、长期坚持" in fault
    assert "是否应为" not in fault


def test_a_row_that_was_added_is_refused_and_not_lost_in_silence(
    writer: Client, workbook: Workbook
) -> None:
    sheet = sheet_of(workbook, MEASURES)
    last = sheet.max_row + 1
    sheet[f"{TEXT}{last}"] = "自己加的一行"
    (fault,) = refused(writer, workbook)
    assert fault.startswith(f"{sheet.title}!{TEXT}{last}")


def test_a_row_that_was_copied_is_refused_unless_both_say_the_same(
    writer: Client, workbook: Workbook
) -> None:
    sheet = sheet_of(workbook, MEASURES)
    row, last = row_of(sheet), sheet.max_row + 1
    for column in range(1, 8):
        sheet.cell(last, column).value = sheet.cell(row, column).value
    assert says(taken_back(writer, workbook)) == {"text": "一句话"}
    SheetUpload.objects.all().delete()
    sheet[f"{TEXT}{last}"] = "另一句话"
    (fault,) = refused(writer, workbook)
    assert f"{sheet.title}!{STATUS}{row}" in fault
    assert f"{sheet.title}!{STATUS}{last}" in fault


def test_rows_and_sheets_of_another_form_are_refused(writer: Client, workbook: Workbook) -> None:
    other = downloaded(writer)
    theirs = sheet_of(other, MEASURES)
    sheet = sheet_of(workbook, MEASURES)
    row = row_of(sheet)
    sheet.cell(row, 1).value = theirs.cell(row, 1).value
    (fault,) = refused(writer, workbook)
    assert "另一份填报表" in fault
    sheet.cell(row, 1).value = str(sheet.cell(row + 1, 1).value).replace("-1", "-0")
    whole, of_theirs = sheet_of(workbook, WHOLE), sheet_of(other, WHOLE)
    whole["A1"] = of_theirs["A1"].value
    assert any(f"“{whole.title}”" in one for one in refused(writer, workbook))


def test_a_form_without_its_hidden_row_is_refused_with_a_remedy(
    writer: Client, workbook: Workbook
) -> None:
    sheet = sheet_of(workbook, MEASURES)
    for cell in sheet[1]:
        cell.value = None
    (fault,) = refused(writer, workbook)
    assert "重新下载" in fault


def test_rows_that_the_form_never_had_are_refused(writer: Client, workbook: Workbook) -> None:
    sheet = sheet_of(workbook, MEASURES)
    row = row_of(sheet)
    key = str(sheet["A1"].value)
    sheet.cell(row, 1).value = f"{key}-9999"
    (fault,) = refused(writer, workbook)
    assert "原本没有的行" in fault


def test_any_other_workbook_is_no_form(writer: Client) -> None:
    other = Workbook()
    assert other.active is not None
    other.active["A1"] = "会议通知"
    (fault,) = refused(writer, other)
    assert "不是从本系统下载的填报表" in fault


def test_a_form_with_a_key_that_was_made_up_is_no_form(writer: Client, workbook: Workbook) -> None:
    for place in (MEASURES, WHOLE, CONTRIBUTIONS):
        sheet = sheet_of(workbook, place)
        for row in range(1, sheet.max_row + 1):
            cell = sheet.cell(row, 1)
            if isinstance(cell.value, str) and cell.value != "headings":
                cell.value = f"{'A' * 16}{cell.value[16:]}"
    (fault,) = refused(writer, workbook)
    assert "不是从本系统下载的填报表" in fault


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("旧表.xls", bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 4096),
        ("空.xlsx", b""),
        ("图.xlsx", b"\x89PNG\r\n\x1a\n" + b"\0" * 64),
    ],
)
def test_what_is_no_workbook_is_refused_with_a_sentence(
    writer: Client, period: ReportingPeriod, name: str, data: bytes
) -> None:
    answer = uploaded(writer, data, name)
    (fault,) = faults_of(answer)
    assert fault.endswith("。")
    assert not SheetUpload.objects.exists()

"""Days as people write them; and a sheet of deadlines that comes back as people treat sheets."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from conftest import NOW, TODAY, Cast
from progress.rollups import task_rows
from progress.tests.sheets import changed, sheet_of
from progress.workbooks.deadlines import (
    DayUnclear,
    DeadlineSheet,
    day_read,
    deadline_sheet_read,
    deadline_workbook,
)
from progress.workbooks.reading import CellError, WorkbookRefused, workbook_read
from tasks.models import Task

DECEMBER = dt.date(2026, 12, 31)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    with translation.override("en"):
        yield


# --- Days --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        DECEMBER,
        dt.datetime(2026, 12, 31),  # noqa: DTZ001 - as sheets have them
        20261231,
        "2026-12-31",
        "2026/12/31",
        "2026.12.31",
        "２０２６．１２．３１",
        " 2026 年 12 月 31 日 ",
        "２０２６年１２月３１日",
        "2026年12月31号前完成",
        "二〇二六年十二月三十一日",
        "20261231",
        "2026-12-31 00:00:00",
        "2026年12月底",
        "2026年12月末前",
        "2026.12底",
        "2026年底",
        "2026年年底前",
        "2026年末",
    ],
)
def test_a_day_that_can_only_be_one_is_read(written: Any) -> None:
    assert day_read(written) == DECEMBER


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("2026年12月", "names no day"),
        ("2026-12", "names no day"),
        ("12月31日", "names no year"),
        ("12.31", "names no year"),
        ("31/12/2026", "not sure to be a day"),
        ("26-12-31", "not sure to be a day"),
        ("2026年四季度", "not sure to be a day"),
        ("2026年上半年", "not sure to be a day"),
        ("长期坚持", "not sure to be a day"),
        ("明年", "not sure to be a day"),
        ("2026-12-31至2027-01-31", "not sure to be a day"),
        ("2026-02-30", "no such day"),
        ("2026年13月底", "no such day"),
        ("1999-12-31", "not between 2000 and 2999"),
        (dt.date(1904, 1, 1), "not between 2000 and 2999"),
        (dt.datetime(2026, 12, 31, 18), "a time of day too"),  # noqa: DTZ001
        (46387, "“46387” is no day"),
        (46387.5, "is no day"),
        (True, "is no day"),
        (dt.time(12), "is no day"),
        (CellError("#REF!"), "“#REF!” is no day"),
    ],
)
def test_what_could_be_another_day_or_none_is_refused(written: Any, told: str) -> None:
    with pytest.raises(DayUnclear, match=told):
        day_read(written)


@pytest.mark.parametrize("written", ["取消", " 取消 ", "不设时限", "Remove"])
def test_a_deadline_can_be_taken_away_in_words(written: str) -> None:
    assert day_read(written) is None


@given(st.dates(dt.date(2000, 1, 1), dt.date(2999, 12, 31)))
def test_every_day_is_read_in_each_way_of_writing_it(day: dt.date) -> None:
    year, month, date = day.year, day.month, day.day
    for written in (
        day.isoformat(),
        f"{year}.{month}.{date}",
        f"{year}/{month:02}/{date:02}",
        f"{year}年{month}月{date}日",
        f"{year}{month:02}{date:02}",
    ):
        assert day_read(written) == day
    following = dt.date(year + month // 12, month % 12 + 1, 1) if year < 2999 else None
    if following:
        assert day_read(f"{year}年{month}月底") == following - dt.timedelta(days=1)


@given(st.text(alphabet="0123456789-/.年月日底末前 〇一二十", max_size=14))
def test_whatever_is_written_is_a_day_or_refused(written: str) -> None:
    try:
        day = day_read(written)
    except DayUnclear:
        return
    assert day is not None
    assert 2000 <= day.year <= 2999


# --- Sheets ------------------------------------------------------------------------------------


def downloaded(cast: Cast, language: str = "zh-hans", numbers: tuple[int, ...] = (4, 5)) -> bytes:
    tasks = Task.objects.filter(number__in=numbers)
    return deadline_workbook(
        rows=task_rows(tasks=tasks, period=None, user=cast.coordinator, today=TODAY),
        tasks=list(tasks.prefetch_related("measures")),
        now=NOW,
        language=language,
    )


def read(data: bytes) -> DeadlineSheet:
    return deadline_sheet_read(workbook_read(data, name="时限.xlsx"))


def subject(number: int) -> str:
    return f"t{Task.objects.get(number=number).pk}"


def fill(**cells: Any) -> Callable[[Any], None]:
    def change(sheet: Any) -> None:
        for place, value in cells.items():
            sheet[place] = value

    return change


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_sheet_that_nobody_filled_in_says_nothing(cast: Cast, language: str) -> None:
    sheet = read(downloaded(cast, language))
    assert (sheet.lines, sheet.faults) == ((), ())


def test_the_same_deadlines_make_the_same_bytes(cast: Cast) -> None:
    assert downloaded(cast) == downloaded(cast)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_days_and_reasons_come_back_with_their_cells(cast: Cast, language: str) -> None:
    Task.objects.filter(number=4).update(deadline=dt.date(2026, 9, 30))
    measure = Task.objects.get(number=4).measures.get(ordinal=2)
    data = downloaded(cast, language)
    sheet = read(changed(data, fill(F5="2026年12月底", G5="总体安排", F7=DECEMBER)))
    assert not sheet.faults
    task_line, measure_line = sheet.lines
    assert (task_line.subject, task_line.place) == (subject(4), "F5")
    assert (task_line.was, task_line.day, task_line.reason) == (
        dt.date(2026, 9, 30),
        DECEMBER,
        "总体安排",
    )
    assert (measure_line.subject, measure_line.was, measure_line.day, measure_line.reason) == (
        f"m{measure.pk}",
        None,
        DECEMBER,
        "",
    )


def test_rows_that_were_moved_sorted_hidden_or_deleted_keep_what_they_are(cast: Cast) -> None:
    def by_hand(sheet: Any) -> None:
        sheet["F5"] = "2026-12-31"
        rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=5)]
        for at, values in enumerate(reversed(rows[:-1]), start=5):
            for column, value in enumerate(values, start=1):
                sheet.cell(at, column).value = value
        sheet.delete_rows(5 + len(rows) - 1)
        sheet.row_dimensions[6].hidden = True
        sheet.title = "改名"
        sheet.insert_cols(2)
        sheet.insert_rows(1)

    (line,) = read(changed(downloaded(cast), by_hand)).lines
    assert (line.subject, line.day) == (subject(4), DECEMBER)
    assert line.place.startswith("G")


FAULTS: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "unclear days": (
        {"F5": "2026年12月", "F6": "12月31日"},
        [("F5", "names no day"), ("F6", "names no year")],
    ),
    "a formula": ({"F5": "=E5+30"}, [("F5", "holds a formula")]),
    "a formula for a reason": ({"F5": DECEMBER, "G5": "=A1"}, [("G5", "holds a formula")]),
    "an error for a reason": ({"F5": DECEMBER, "G5": "#N/A"}, [("G5", "the error #N/A")]),
    "a reason without a day": ({"G6": "顺延"}, [("F6", "says no day")]),
    "a row added by hand": ({"F40": DECEMBER}, [("F40", "none of this sheet's")]),
    "a forged row": (
        {"F5": DECEMBER, "H5": "t5|2026-01-01:forged"},
        [("F5", "none of this sheet's")],
    ),
    "too long a reason": ({"F5": DECEMBER, "G5": "因" * 10_001}, [("G5", "10001 characters")]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_named_by_its_cell(name: str, cast: Cast) -> None:
    cells, expected = FAULTS[name]
    sheet = read(changed(downloaded(cast), fill(**cells)))
    assert [place for place, _text in sheet.faults] == [place for place, _told in expected]
    for (_place, text), (_cell, told) in zip(sheet.faults, expected, strict=True):
        assert told in text


def test_merged_and_copied_rows_are_named_by_their_cells(cast: Cast) -> None:
    def merged(sheet: Any) -> None:
        sheet["F5"] = DECEMBER
        sheet.merge_cells("F5:F7")

    ((place, text),) = read(changed(downloaded(cast), merged)).faults
    assert (place, "F5:F7" in text) == ("F5", True)

    def copied(sheet: Any) -> None:
        for row in (5, 30):
            sheet.cell(row, 6).value = DECEMBER
            sheet.cell(row, 8).value = sheet["H5"].value

    ((place, text),) = read(changed(downloaded(cast), copied)).faults
    assert (place, "copy of the row of F5" in text) == ("F30", True)


def test_a_sheet_without_its_hidden_column_or_twice_is_refused(cast: Cast) -> None:
    data = downloaded(cast)
    for other in (
        changed(data, lambda sheet: sheet.delete_cols(8)),
        changed(data, lambda sheet: sheet.delete_rows(4)),
        sheet_of([["序号", "新完成时限（填写）", "原因（填写）"], [4, "2026-12-31", "安排"]]),
    ):
        with pytest.raises(WorkbookRefused, match="no sheet of deadlines"):
            read(other)
    with pytest.raises(WorkbookRefused, match="Several sheets hold deadlines"):
        read(changed(data, lambda sheet: sheet.parent.copy_worksheet(sheet)))


def test_only_what_is_to_be_filled_in_can_be_typed_into(cast: Cast) -> None:
    seen: list[tuple[str, bool]] = []

    def look(sheet: Any) -> None:
        assert sheet.protection.sheet
        assert not sheet.protection.password
        assert sheet.column_dimensions["H"].hidden
        seen.extend((cell.column_letter, cell.protection.locked) for cell in sheet[5])

    changed(downloaded(cast), look)
    assert {letter for letter, locked in seen if not locked} == {"F", "G"}

"""Deadlines by Excel and a revised list, as a coordinator does both in a browser."""

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from conftest import Cast
from progress.tests.acts import task_numbered
from progress.tests.sheets import changed
from tianjin_pilot.tests.conftest import OpenPage

pytestmark = pytest.mark.browser

DECEMBER = dt.date(2026, 12, 31)


def downloaded(page: Page, link: str) -> bytes:
    with page.expect_download() as download:
        page.locator(link).click()
    return Path(download.value.path()).read_bytes()


def chosen(page: Page, data: bytes, path: Path) -> None:
    path.write_bytes(data)
    page.locator("main input[type=file]").set_input_files(path)
    page.locator("main form[enctype] button").click()


def test_deadlines_go_out_to_excel_and_come_back(
    open_page: OpenPage, live_server: LiveServer, cast: Cast, tmp_path: Path
) -> None:
    page = open_page("coordinator")
    page.goto(f"{live_server.url}/tasks/?chapter=1")
    page.locator("a[href='/deadlines/?chapter=1']").click()
    page.locator("a[href='/deadlines/sheet/?chapter=1']").click()
    sheet = downloaded(page, "a[href='/deadlines/sheet.xlsx?chapter=1']")

    def fill(day: Any) -> bytes:
        def typed(cells: Any) -> None:
            (row,) = [row for row in cells.iter_rows() if row[0].value == 4 and not row[1].value]
            row[5].value, row[6].value = day, "总体安排"

        return changed(sheet, typed)

    chosen(page, fill("2026年12月"), tmp_path / "时限.xlsx")
    expect(page.get_by_role("alert")).to_contain_text("没有写明日")
    chosen(page, fill("２０２６年１２月底"), tmp_path / "时限.xlsx")
    expect(page.locator("main tbody tr")).to_have_count(1)
    expect(page.locator("main tbody tr")).to_contain_text("2026-12-31")
    assert task_numbered(4).deadline is None
    page.locator("main form[method=post] button").click()
    expect(page.get_by_role("status")).to_be_visible()
    assert task_numbered(4).deadline == DECEMBER


def test_a_list_is_corrected_in_excel_and_imported(
    open_page: OpenPage, live_server: LiveServer, cast: Cast, tmp_path: Path
) -> None:
    page = open_page("coordinator")
    page.goto(f"{live_server.url}/tasks/")
    page.locator("a[href='/tasks/list/']").click()
    sheet = downloaded(page, "a[href='/tasks/list.xlsx']")

    def with_agency(cells: Any) -> None:
        (row,) = [row for row in cells.iter_rows() if row[0].value == 4]
        row[3].value = "市数据据"

    chosen(page, changed(sheet, with_agency), tmp_path / "清单.xlsx")
    expect(page.get_by_role("alert")).to_contain_text("是否应为“市数据局”")

    def with_title(cells: Any) -> None:
        (row,) = [row for row in cells.iter_rows() if row[0].value == 4]
        row[1].value = row[1].value.replace("统筹当地", "统筹全市")

    chosen(page, changed(sheet, with_title), tmp_path / "清单.xlsx")
    expect(page.locator("main tbody ins")).to_have_text("全市")
    assert task_numbered(4).title.startswith("统筹当地")
    page.locator("main form[method=post] button").click()
    expect(page.locator(".messages")).to_contain_text("清单已导入")
    assert task_numbered(4).title.startswith("统筹全市")

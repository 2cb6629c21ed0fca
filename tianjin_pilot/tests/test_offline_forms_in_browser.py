"""An agency's form through the browser: downloaded, filled in, uploaded, and merged by a person."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pytest_django.live_server_helper import LiveServer

from conftest import Cast
from progress.models import Report, ReportingPeriod
from progress.tests.acts import saved, task_numbered
from progress.tests.offline import MEASURES, PROBLEMS, TEXT, WHOLE, rows_of_task, sheet_of
from progress.workflow import content_of
from tasks.models import Status
from tianjin_pilot.tests.drafting import sign_in

pytestmark = pytest.mark.browser


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def computer(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    context = browser.new_context(locale="zh-CN", java_script_enabled=request.param)
    yield context
    context.close()


def filled(page: Page, folder: Path) -> Path:
    """The form as it was downloaded, with a text on task 4 and a problem of it."""
    with page.expect_download() as download:
        page.get_by_role("button", name="下载").click()
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name.startswith("离线填报表_")
    workbook = load_workbook(path)
    measures, whole = sheet_of(workbook, MEASURES), sheet_of(workbook, WHOLE)
    measures[f"{TEXT}{rows_of_task(measures, 4)[0]}"] = "文件里写的进展"
    whole[f"{PROBLEMS}{rows_of_task(whole, 4)[0]}"] = "文件里写的问题"
    workbook.save(path)
    return path


def test_a_form_goes_out_comes_back_and_asks_only_where_both_changed(
    computer: BrowserContext,
    live_server: LiveServer,
    cast: Cast,
    real_month: ReportingPeriod,
    tmp_path: Path,
) -> None:
    task = task_numbered(4)
    page = computer.new_page()
    page.goto(f"{live_server.url}/my/")
    sign_in(page, "reporter")
    page.get_by_role("link", name="离线填报").click()
    path = filled(page, tmp_path)
    saved(task, real_month, cast.colleague, Status.IN_PROGRESS, now=timezone.now())

    page.get_by_label("填好的填报表").set_input_files(path)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("填报表将带来的变化")
    expect(page.get_by_role("radio")).to_have_count(2)
    assert content_of(Report.objects.get()).problems == ""
    page.get_by_role("radio", name="采用文件内容").check()
    page.get_by_role("button", name="确认并保存为草稿").click()

    expect(page.get_by_text("尚未提交")).to_be_visible()
    content = content_of(Report.objects.get())
    assert (content.measures[0].text, content.problems) == ("文件里写的进展", "文件里写的问题")
    assert content.measures[0].status == Status.IN_PROGRESS
    page.get_by_role("link", name="第4项任务").click()
    expect(page.get_by_label("存在问题")).to_have_value("文件里写的问题")


def test_a_file_with_faults_names_their_cells(
    computer: BrowserContext,
    live_server: LiveServer,
    cast: Cast,
    real_month: ReportingPeriod,
    tmp_path: Path,
) -> None:
    page = computer.new_page()
    page.goto(f"{live_server.url}/my/form/")
    sign_in(page, "reporter")
    path = filled(page, tmp_path)
    workbook = load_workbook(path)
    sheet = sheet_of(workbook, MEASURES)
    row = rows_of_task(sheet, 4)[0]
    sheet[f"E{row}"] = "进行中"
    workbook.save(path)
    page.get_by_label("填好的填报表").set_input_files(path)
    page.get_by_role("button", name="上传并核对").click()
    expect(page.get_by_role("alert")).to_contain_text(f"举措进展!E{row}")
    expect(page.get_by_role("alert")).to_contain_text("是否应为“推进中”")
    assert not Report.objects.exists()

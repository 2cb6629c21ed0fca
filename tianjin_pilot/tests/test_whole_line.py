"""The product's main job from end to end, as a person does it in a browser."""

from io import BytesIO
from pathlib import Path

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from conftest import Cast
from progress.models import Report, ReportingPeriod
from tasks.models import Status, Task
from tianjin_pilot.tests.conftest import OpenPage

pytestmark = pytest.mark.browser

TEXT = "印发年度算力建设要点，新增智能算力300P"


def test_a_report_goes_from_its_writer_to_the_dashboard_and_the_workbook(
    open_page: OpenPage,
    live_server: LiveServer,
    cast: Cast,
    this_month: ReportingPeriod,
    tmp_path: Path,
) -> None:
    code = this_month.code

    writer = open_page("reporter")
    expect(writer.get_by_role("heading", name="我的任务")).to_be_visible()
    writer.get_by_role("link", name="填写 4", exact=True).click()
    for ordinal in (1, 2, 3):
        measure = writer.get_by_role("region", name=f"第{ordinal}条举措")
        measure.get_by_label("推进状态").select_option("推进中")
        measure.get_by_label("进展情况").fill(f"{TEXT}（{ordinal}）")
    writer.get_by_label("存在问题").fill("=部分企业用能成本偏高")
    writer.get_by_label("下一步计划").fill("下月组织供需对接会")
    writer.get_by_role("button", name="保存草稿", exact=True).click()
    expect(writer.get_by_text("草稿已保存")).to_be_visible()
    writer.get_by_role("button", name="保存并提交").click()
    expect(writer.get_by_role("region", name="已报送，待统筹部门审核")).to_contain_text(
        "统筹当地算力"
    )

    office = open_page("coordinator")
    office.get_by_role("link", name="审核").first.click()
    office.get_by_role("link", name="审核 4", exact=True).click()
    expect(office.get_by_text(f"{TEXT}（2）")).to_be_visible()
    office.get_by_role("button", name="退回").click()
    expect(office.get_by_text("请填写原因")).to_be_visible()
    office.get_by_role("button", name="审核通过").click()
    expect(office.get_by_role("status")).to_contain_text("已审核通过")

    office.goto(f"{live_server.url}/overview/")
    office.get_by_role("region", name="各章节数据").get_by_role(
        "link", name="一、支持电信服务"
    ).click()
    in_progress = office.locator("main a[href$='?chapter=1&status=in_progress']").first
    expect(in_progress).to_have_text("1")
    in_progress.click()
    expect(office.get_by_role("row").filter(has_text="统筹当地算力中心")).to_have_count(1)

    with office.expect_download() as download:
        office.get_by_role("link", name="导出Excel").click()
        office.get_by_role("button", name="生成进展情况表").click()
    assert download.value.suggested_filename == f"进展情况表_{code}_第1章_筛选_内部版.xlsx"
    saved = tmp_path / "report.xlsx"
    download.value.save_as(saved)
    cells = {
        str(cell.value)
        for row in load_workbook(BytesIO(saved.read_bytes())).active.iter_rows()
        for cell in row
    }
    assert {f"{TEXT}（1）", f"{TEXT}（2）", f"{TEXT}（3）"} <= cells
    assert "=部分企业用能成本偏高" in cells
    assert Task.objects.get(number=4).status == Status.IN_PROGRESS


def test_the_description_of_the_api_is_served_from_here(
    request: pytest.FixtureRequest,
    open_page: OpenPage,
    live_server: LiveServer,
    cast: Cast,
) -> None:
    page = open_page("reporter")
    page.goto(f"{live_server.url}/api/v1/docs/")
    if "with JavaScript" in request.node.name:
        expect(page.get_by_role("link", name="/api/v1/trend/")).to_be_visible()


def test_two_people_on_one_draft_lose_nothing(
    open_page: OpenPage,
    live_server: LiveServer,
    cast: Cast,
    this_month: ReportingPeriod,
) -> None:
    address = f"{live_server.url}/tasks/4/reports/{this_month.code}/edit/"
    first, second = open_page("reporter"), open_page("colleague")
    first.goto(address)
    second.goto(address)
    first.get_by_label("存在问题").fill("先保存的文字")
    first.get_by_role("button", name="保存草稿", exact=True).click()
    expect(first.get_by_text("草稿已保存")).to_be_visible()
    second.get_by_label("存在问题").fill("后保存的文字")
    second.get_by_role("button", name="保存草稿", exact=True).click()
    expect(second.get_by_role("alert").filter(has_text="没有丢失")).to_be_visible()
    expect(second.get_by_label("存在问题")).to_have_value("后保存的文字")
    expect(second.get_by_text("先保存的文字")).to_be_visible()
    assert Report.objects.get().problems == "先保存的文字"
    second.get_by_role("button", name="保存草稿", exact=True).click()
    expect(second.get_by_text("草稿已保存")).to_be_visible()
    assert Report.objects.get().problems == "后保存的文字"

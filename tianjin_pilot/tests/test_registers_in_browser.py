"""A matter and a result from raising to closing, as people do it in a browser."""

from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from conftest import PASSWORD, Cast
from progress.models import Matter, MatterState, ReportingPeriod, Result
from progress.workflow import period_open

pytestmark = pytest.mark.browser

MATTER = "请市通信管理局明确智能算力专线接入标准，并于年内反馈。"
ANSWER = "已明确接入标准，随文印发。"
TITLE = "天津市算力券管理办法（试行）"


@pytest.fixture
def this_month(cast: Cast) -> ReportingPeriod:
    """The pages read the real clock, so the period is that of the real month."""
    now = timezone.now()
    return period_open(code=f"{timezone.localdate(now):%Y-%m}", by=cast.coordinator, now=now)


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def open_page(
    request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer
) -> Iterator[Callable[[str], Page]]:
    """A function that signs a person in and gives the page."""
    contexts = []

    def signed_in_page(username: str) -> Page:
        context = browser.new_context(
            java_script_enabled=request.param, viewport={"width": 1280, "height": 800}
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(live_server.url)
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        return page

    yield signed_in_page
    for context in contexts:
        context.close()


def handed_in_with(page: Page, matter: str) -> None:
    """Write the report on task 4 with what others have to decide, and hand it in."""
    page.get_by_role("link", name="填写 4", exact=True).click()
    for ordinal in (1, 2, 3):
        measure = page.get_by_role("region", name=f"第{ordinal}条举措")
        measure.get_by_label("推进状态").select_option("推进中")
        measure.get_by_label("进展情况").fill(f"印发年度算力建设要点（{ordinal}）")
    page.get_by_label("需协调事项").fill(matter)
    page.get_by_role("button", name="保存并提交").click()
    expect(page.get_by_role("region", name="已报送，待统筹部门审核")).to_be_visible()


def test_a_matter_goes_from_the_report_to_the_agency_that_answers_and_is_closed(
    open_page: Callable[[str], Page], live_server: LiveServer, this_month: ReportingPeriod
) -> None:
    handed_in_with(open_page("reporter"), MATTER)

    office = open_page("coordinator")
    office.get_by_role("navigation", name="主导航").get_by_role("link", name="台账").click()
    matters = office.get_by_role("region", name="需协调事项")
    expect(matters.get_by_role("listitem").filter(has_text="待答复")).to_contain_text("1")
    matters.get_by_role("listitem").filter(has_text="待答复").get_by_role("link").click()
    office.get_by_role("link", name="请市通信管理局").click()
    office.get_by_label("答复单位").select_option("市通信管理局")
    office.get_by_role("button", name="交办").click()
    expect(office.get_by_role("status")).to_contain_text("已交办")

    answering = open_page("stranger")
    owed = answering.get_by_role("region", name="需本单位答复事项")
    owed.get_by_role("link", name="阅读并答复").click()
    answering.get_by_role("button", name="提交答复").click()
    expect(answering.locator(".field-errors")).to_be_visible()
    answering.get_by_label("答复", exact=False).last.fill(ANSWER)
    answering.get_by_role("button", name="提交答复").click()
    expect(answering.get_by_role("status")).to_contain_text("答复已记录")

    office.reload()
    expect(office.get_by_role("region", name="办理经过")).to_contain_text(ANSWER)
    office.get_by_role("button", name="确认解决").click()
    expect(office.get_by_role("status")).to_contain_text("已确认解决")
    assert Matter.objects.get().state == MatterState.CLOSED

    office.get_by_label("原因").fill("标准尚未公布")
    office.get_by_role("button", name="重新打开").click()
    expect(office.get_by_role("status")).to_contain_text("重新打开")
    assert Matter.objects.get().state == MatterState.OPEN


def test_a_result_is_entered_beside_its_report_listed_exported_and_struck_out(
    open_page: Callable[[str], Page], live_server: LiveServer, this_month: ReportingPeriod
) -> None:
    writer = open_page("reporter")
    writer.get_by_role("link", name="填写 4", exact=True).click()
    writer.get_by_role("link", name="登记成果").click()
    writer.get_by_label("类别").select_option("政策文件")
    writer.get_by_label("名称").fill(TITLE)
    writer.get_by_label("日期").fill(timezone.localdate().isoformat())
    writer.get_by_label("文号").fill("津数发〔2026〕12号")
    writer.get_by_role("button", name="登记", exact=True).click()
    expect(writer.get_by_role("status")).to_contain_text(TITLE)
    writer.goto(f"{live_server.url}/my/")
    writer.get_by_role("link", name="继续填写 4", exact=True).click()
    for ordinal in (1, 2, 3):
        measure = writer.get_by_role("region", name=f"第{ordinal}条举措")
        measure.get_by_label("推进状态").select_option("推进中")
        measure.get_by_label("进展情况").fill(f"印发年度算力建设要点（{ordinal}）")
    writer.get_by_role("button", name="保存并提交").click()

    office = open_page("coordinator")
    office.goto(f"{live_server.url}/registers/results/?q=算力券&kind=policy")
    expect(office.get_by_role("link", name=TITLE)).to_be_visible()
    with office.expect_download() as download:
        office.get_by_role("link", name="导出Excel").click()
    assert download.value.suggested_filename.startswith("成果台账_截至")
    office.get_by_role("link", name=TITLE).click()
    office.get_by_label("原因").fill("非本任务成果")
    office.get_by_role("button", name="划去").click()
    expect(office.get_by_role("status")).to_contain_text("已划去")
    assert Result.objects.get().struck_reason == "非本任务成果"
    office.goto(f"{live_server.url}/registers/results/")
    expect(office.get_by_text("台账暂无条目")).to_be_visible()

"""Each register from raising to closing, as people do it in a browser."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from agencies.models import User
from conftest import Cast
from progress.models import (
    DecisionState,
    Extension,
    Matter,
    MatterState,
    Report,
    ReportingPeriod,
    Result,
)
from progress.states import ReportState
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Measure, Status, Task
from tianjin_pilot.tests.conftest import OpenPage

pytestmark = pytest.mark.browser

MATTER = "请市通信管理局明确智能算力专线接入标准，并于年内反馈。"
ANSWER = "已明确接入标准，随文印发。"
TITLE = "天津市算力券管理办法（试行）"


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
    open_page: OpenPage, live_server: LiveServer, this_month: ReportingPeriod
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
    open_page: OpenPage, live_server: LiveServer, this_month: ReportingPeriod
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


def test_a_later_deadline_is_asked_for_refused_asked_for_again_and_granted(
    open_page: OpenPage,
    live_server: LiveServer,
    cast: Cast,
    this_month: ReportingPeriod,
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    task, today = Task.objects.get(number=4), timezone.localdate()
    first, wanted = today + dt.timedelta(days=30), today + dt.timedelta(days=90)
    deadlines_write(
        changes=[Deadline(task, None, first)],
        reason="任务清单明确的时限",
        by=cast.coordinator,
        now=timezone.now(),
    )
    agency, office = open_page("approver"), open_page("coordinator")

    def asked_for(day: dt.date) -> None:
        agency.goto(f"{live_server.url}/tasks/4/")
        agency.get_by_role("link", name="申请延期").click()
        agency.get_by_label("新完成时限").fill(day.isoformat())
        agency.get_by_label("延期原因").fill("设备招标流标，需重新组织")
        agency.get_by_role("button", name="提出申请").click()

    def decided(button: str) -> None:
        register = office.get_by_role("navigation", name="主导航").get_by_role("link", name="台账")
        register.click()
        waiting = office.get_by_role("region", name="延期申请").get_by_role("listitem")
        waiting.filter(has_text="待审批").get_by_role("link").click()
        office.locator("table a[href*='/registers/extensions/']").first.click()
        office.get_by_role("button", name=button).click()

    asked_for(first)  # no later than what holds
    expect(agency.locator(".field-errors").first).to_be_visible()
    asked_for(wanted)
    expect(agency.get_by_role("status")).to_contain_text("申请")

    decided("不予同意")
    expect(office.locator(".field-errors").first).to_be_visible()  # a refusal says why
    office.get_by_label("原因").fill("请压缩工期")
    office.get_by_role("button", name="不予同意").click()
    expect(office.get_by_role("main")).to_contain_text("请压缩工期")
    assert Task.objects.get(number=4).deadline == first

    asked_for(wanted)
    expect(agency.get_by_role("status")).to_contain_text("申请")
    decided("同意延期")
    expect(office.get_by_role("button", name="同意延期")).to_have_count(0)
    granted = Task.objects.get(number=4)
    assert (granted.deadline, granted.original_deadline) == (wanted, first)
    agency.reload()
    main = expect(agency.get_by_role("main"))
    main.to_contain_text(f"原{first.isoformat()}")
    states = list(Extension.objects.order_by("pk").values_list("state", flat=True))
    assert states == [DecisionState.REFUSED, DecisionState.GRANTED]


def test_a_completion_is_refused_apart_from_its_report_granted_with_the_next_and_reopened(
    open_page: OpenPage, live_server: LiveServer, this_month: ReportingPeriod
) -> None:
    writer, office = open_page("reporter"), open_page("coordinator")
    report = f"{live_server.url}/tasks/4/reports/{this_month.code}/"

    def handed_in_completed() -> None:
        writer.goto(f"{report}edit/")
        for ordinal, status in ((1, "已完成"), (2, "推进中"), (3, "推进中")):
            measure = writer.get_by_role("region", name=f"第{ordinal}条举措")
            measure.get_by_label("推进状态").select_option(status)
            measure.get_by_label("进展情况").fill(f"印发年度算力建设要点（{ordinal}）")
        writer.get_by_role("button", name="保存并提交").click()
        expect(writer.get_by_role("region", name="已报送，待统筹部门审核")).to_be_visible()

    def status() -> str:
        return Measure.objects.get(task__number=4, ordinal=1).status

    handed_in_completed()
    office.goto(report)
    office.get_by_label("第1条举措：不予办结", exact=True).check()
    office.get_by_role("button", name="审核通过", exact=True).click()
    expect(office.locator(".field-errors").first).to_be_visible()  # a refusal says why
    office.get_by_label("第1条举措：不予办结的原因").fill("尚缺验收材料")
    office.get_by_role("button", name="审核通过", exact=True).click()
    expect(office.get_by_role("status")).to_contain_text("审核通过")
    assert Report.objects.get().state == ReportState.APPROVED
    assert status() == Status.IN_PROGRESS

    office.goto(report)
    office.get_by_label("重新打开原因").fill("请补充验收材料后重报")
    office.get_by_role("button", name="重新打开", exact=True).click()
    expect(office.get_by_role("button", name="重新打开", exact=True)).to_have_count(0)
    handed_in_completed()
    office.goto(report)
    office.get_by_role("button", name="审核通过", exact=True).click()
    expect(office.get_by_role("status")).to_contain_text("审核通过")
    assert status() == Status.COMPLETED

    office.goto(f"{live_server.url}/registers/completions/?state=granted")
    office.locator("table a[href*='/registers/completions/']").first.click()
    office.get_by_role("button", name="撤销办结").click()
    expect(office.locator(".field-errors").first).to_be_visible()  # so does a reopening
    office.get_by_label("原因").fill("验收结论被撤销")
    office.get_by_role("button", name="撤销办结").click()
    expect(office.get_by_role("main")).to_contain_text("验收结论被撤销")
    assert status() == Status.IN_PROGRESS

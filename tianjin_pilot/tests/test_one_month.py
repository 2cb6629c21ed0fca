"""One month of reporting on a task whose duties are divided, as its people live it in a browser.

Three agencies, one of them late: the report goes without it, comes back, two people of the lead
write at the same time, it is withdrawn once, and is approved.
"""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from agencies.models import Role
from conftest import PASSWORD, SHANGHAI, Cast, _person
from progress.models import Contribution, Report, ReportEvent
from progress.states import Move, ReportState
from tasks.models import Division, Status, Task

pytestmark = pytest.mark.browser

# 市市场监管委 compiles; 市发展改革委 and 市数据局 have duties of their own.
NUMBER, CODE = 14, "2026-10"


class Calendar:
    """The clock of the office: the server's, which runs in this process."""

    def __init__(self) -> None:
        self._travel: time_machine.travel | None = None

    def turn_to(self, day: int, hour: int, minute: int = 0) -> None:
        self.stop()
        moment = dt.datetime(2026, 10, day, hour, minute, tzinfo=SHANGHAI)
        self._travel = time_machine.travel(moment, tick=True)
        self._travel.start()

    def stop(self) -> None:
        if self._travel is not None:
            self._travel.stop()
            self._travel = None


@pytest.fixture
def calendar() -> Iterator[Calendar]:
    calendar = Calendar()
    yield calendar
    calendar.stop()


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def desk(
    request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer
) -> Iterator[Callable[[str], Page]]:
    """A function that signs a person in at a computer of their own, switched off in the end."""
    contexts = []

    def of(username: str) -> Page:
        context = browser.new_context(java_script_enabled=request.param, locale="zh-CN")
        contexts.append(context)
        page = context.new_page()
        page.goto(live_server.url)
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        return page

    yield of
    for context in contexts:
        context.close()


def test_a_month_of_three_agencies(
    cast: Cast, calendar: Calendar, desk: Callable[[str], Page], live_server: LiveServer
) -> None:
    task = Task.objects.get(number=NUMBER)
    assert task.division == Division.BY_DUTY
    _person("market", "市场报", Role.REPORTER, "市市场监管委")
    _person("market2", "市场同", Role.REPORTER, "市市场监管委")
    report_at = f"{live_server.url}/tasks/{NUMBER}/reports/{CODE}/"

    # The 20th: the office opens the month.
    calendar.turn_to(20, 9)
    office, data, plan, market = (
        desk(name) for name in ("coordinator", "reporter", "co-reporter", "market")
    )
    office.goto(f"{live_server.url}/periods/")
    office.get_by_role("button", name="开启填报期").click()
    expect(office.get_by_text("2026-10-23").first).to_be_visible()

    # The 21st: 市发展改革委 does its part, 市数据局 does not yet.
    calendar.turn_to(21, 10)
    plan.goto(f"{live_server.url}/my/")
    owed = plan.get_by_role("region", name="待报送的配合单位进展")
    owed.get_by_role("link", name=f"填写 {NUMBER}", exact=True).click()
    plan.get_by_role("region", name="第1条举措").get_by_label("本单位进展情况").fill(
        "完成跨区域数据共享目录"
    )
    plan.get_by_role("button", name="保存并报牵头单位").click()
    expect(plan.get_by_text("已报牵头单位").first).to_be_visible()

    # The 23rd, the due date: the lead takes over what there is, and goes without the rest.
    calendar.turn_to(23, 15)
    market.goto(f"{report_at}edit/")
    market.get_by_role("button", name="采纳 市发展改革委", exact=True).click()
    first = market.get_by_role("region", name="第1条举措")
    expect(first.get_by_label("进展情况")).to_have_value("市发展改革委：完成跨区域数据共享目录")
    for ordinal in (1, 2, 3):
        measure = market.get_by_role("region", name=f"第{ordinal}条举措")
        measure.get_by_label("推进状态").select_option("推进中")
        if ordinal > 1:
            measure.get_by_label("进展情况").fill(f"第{ordinal}条举措按计划推进")
    market.get_by_role("button", name="保存并提交").click()
    # Not without saying why; what was written is kept.
    expect(market.get_by_text("尚未报送进展的单位：市数据局").first).to_be_visible()
    market.get_by_label("先行提交理由").fill("市数据局来函将于下周补报")
    market.get_by_role("button", name="保存并提交").click()
    expect(market.get_by_role("heading", name="我的任务")).to_be_visible()
    report = Report.objects.get(task=task)
    assert (report.state, report.handed_in_on) == (ReportState.SUBMITTED, dt.date(2026, 10, 23))

    # The 26th: the office sees without whom it went, and sends it back.
    calendar.turn_to(26, 9)
    office.goto(report_at)
    expect(office.get_by_text("市数据局来函将于下周补报").first).to_be_visible()
    office.get_by_label("退回原因").fill("请补充市数据局进展")
    office.get_by_role("button", name="退回", exact=True).click()
    expect(office.get_by_text("请补充市数据局进展").first).to_be_visible()

    # The 27th: the late one comes.
    calendar.turn_to(27, 11)
    data.goto(f"{live_server.url}/my/")
    data.get_by_role("link", name=f"填写 {NUMBER}", exact=True).click()
    data.get_by_role("region", name="第2条举措").get_by_label("本单位进展情况").fill(
        "公共数据授权运营办法已印发"
    )
    data.get_by_role("button", name="保存并报牵头单位").click()
    expect(data.get_by_role("heading", name="我的任务")).to_be_visible()
    late = Contribution.objects.get(agency=cast.reporter.agency)
    assert late.handed_in_on == dt.date(2026, 10, 27)

    # Two people of the lead have the returned report open; the later save sees both texts.
    calendar.turn_to(27, 14)
    colleague = desk("market2")
    market.goto(f"{live_server.url}/my/")
    expect(market.get_by_text("请补充市数据局进展")).to_be_visible()
    market.goto(f"{report_at}edit/")
    colleague.goto(f"{report_at}edit/")
    market.get_by_role("button", name="采纳 市数据局", exact=True).click()
    second = market.get_by_role("region", name="第2条举措").get_by_label("进展情况")
    expect(second).to_have_value("第2条举措按计划推进\n市数据局：公共数据授权运营办法已印发")
    colleague.get_by_label("下一步计划").fill("下月召开联席会议")
    colleague.get_by_role("button", name="保存草稿", exact=True).click()
    stale = colleague.get_by_role("region", name="第2条举措")
    expect(colleague.get_by_text("市场报在您填写期间保存了这份报告").first).to_be_visible()
    expect(stale).to_contain_text("公共数据授权运营办法已印发")
    # The merge: what is stored of the measure, what was typed of the next steps.
    stale.get_by_label("进展情况").fill("第2条举措按计划推进\n市数据局：公共数据授权运营办法已印发")
    colleague.get_by_role("button", name="保存并提交").click()
    expect(colleague.get_by_role("heading", name="我的任务")).to_be_visible()

    # It is withdrawn once more for a correction, and handed in again.
    calendar.turn_to(27, 16)
    market.goto(report_at)
    market.get_by_role("button", name="撤回").click()
    market.goto(f"{report_at}edit/")
    expect(market.get_by_label("下一步计划")).to_have_value("下月召开联席会议")
    market.get_by_label("存在问题").fill("跨区域数据标准尚不统一")
    market.get_by_role("button", name="保存并提交").click()
    expect(market.get_by_role("heading", name="我的任务")).to_be_visible()

    # The 28th: the office approves, and everybody can read how it went.
    calendar.turn_to(28, 10)
    office.goto(report_at)
    office.get_by_role("button", name="审核通过", exact=True).click()
    expect(office.get_by_text("审核通过").first).to_be_visible()
    task.refresh_from_db()
    assert task.status == Status.IN_PROGRESS
    report.refresh_from_db()
    # In time: it was there on the due date, and the return only corrected it.
    assert (report.state, report.handed_in_on) == (ReportState.APPROVED, dt.date(2026, 10, 23))
    moves = ReportEvent.objects.filter(report=report).order_by("pk").values_list("move", flat=True)
    assert list(moves) == [
        Move.SUBMIT,
        Move.RETURN,
        Move.SUBMIT,
        Move.WITHDRAW,
        Move.SUBMIT,
        Move.APPROVE,
    ]
    for reader in (office, market, data, plan):
        reader.goto(f"{live_server.url}/tasks/{NUMBER}/history/")
        expect(reader.get_by_text("请补充市数据局进展").first).to_be_visible()

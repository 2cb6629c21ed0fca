"""A form that saves itself, as the person in front of it sees it: nothing typed is ever lost."""

import re
import time
from collections.abc import Callable, Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Route, expect
from pytest_django.live_server_helper import LiveServer

from conftest import PASSWORD, Cast
from progress.models import Report, ReportingPeriod
from progress.states import Move
from progress.tests.acts import first_measure, task_numbered
from progress.workflow import (
    ContributionContent,
    MeasureText,
    contribution_move,
    contribution_save,
    period_open,
    report_move,
)
from tasks.models import Division, Responsibility, ResponsibilityRole, Task

pytestmark = pytest.mark.browser

TIME = re.compile(r"\d\d:\d\d")
# Two seconds without typing, and what a busy machine takes.
PATIENCE = 15_000


@pytest.fixture
def period(cast: Cast) -> ReportingPeriod:
    """The pages read the real clock, so the period is that of the real month."""
    now = timezone.now()
    return period_open(code=f"{timezone.localdate(now):%Y-%m}", by=cast.coordinator, now=now)


@pytest.fixture
def address(live_server: LiveServer, period: ReportingPeriod) -> str:
    return f"{live_server.url}/tasks/4/reports/{period.code}/edit/"


def sign_in(page: Page, username: str) -> None:
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def sign_out(page: Page) -> None:
    page.locator(".account > summary").click()
    page.get_by_role("button", name="退出").click()


@pytest.fixture
def desk(browser: Browser, live_server: LiveServer) -> Iterator[Callable[[str], BrowserContext]]:
    """A function that gives a person's own computer, signed in; at the end all are switched off.

    A page that stayed open would go on saving, into the database of the next test.
    """
    computers = []

    def of(username: str) -> BrowserContext:
        context = browser.new_context(locale="zh-CN")
        computers.append(context)
        page = context.new_page()
        page.goto(f"{live_server.url}/sign-in/")
        sign_in(page, username)
        return context

    yield of
    for context in computers:
        context.close()


def close(page: Page) -> None:
    """As a person closes a tab; otherwise it is killed, and with it what it has just sent."""
    with page.expect_event("close"):
        page.close(run_before_unload=True)


def opened(context: BrowserContext, address: str) -> Page:
    page = context.new_page()
    page.goto(address)
    return page


def problems(page: Page) -> Locator:
    return page.get_by_label("存在问题")


def status(page: Page) -> Locator:
    return page.locator(".draft-status")


def says(page: Page, what: str) -> None:
    """The status line reads as this attribute of it does."""
    words = status(page).get_attribute(what) or "missing"
    expect(status(page)).to_contain_text(words, timeout=PATIENCE)


def nothing_is_kept(page: Page) -> None:
    """Of what the server has, this computer keeps nothing once the script has run."""
    page.wait_for_function("localStorage.length === 0")


def test_what_is_typed_saves_itself_and_says_so(
    desk: Callable[[str], BrowserContext], address: str
) -> None:
    page = opened(desk("reporter"), address)
    problems(page).fill("自动保存的问题")
    assert page.evaluate("localStorage.length") == 1
    expect(status(page)).to_have_text(TIME, timeout=PATIENCE)
    assert Report.objects.get().problems == "自动保存的问题"
    nothing_is_kept(page)
    page.get_by_label("下一步计划").fill("自动保存的计划")
    expect(page.locator("[name=version]")).to_have_value("2", timeout=PATIENCE)
    page.reload()
    expect(problems(page)).to_have_value("自动保存的问题")
    expect(page.get_by_label("下一步计划")).to_have_value("自动保存的计划")
    # Looking at it saves nothing, and neither does typing the same again.
    problems(page).fill("别的")
    problems(page).fill("自动保存的问题")
    page.wait_for_timeout(3_000)
    assert Report.objects.get().version == 2


def test_a_button_right_after_typing_saves_once(
    desk: Callable[[str], BrowserContext], address: str
) -> None:
    page = opened(desk("reporter"), address)
    problems(page).fill("马上保存")
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    page.wait_for_timeout(2_500)
    assert (Report.objects.get().version, Report.objects.get().problems) == (1, "马上保存")
    nothing_is_kept(page)


def test_who_types_without_a_pause_is_saved_every_twenty_seconds(
    desk: Callable[[str], BrowserContext], address: str
) -> None:
    page = desk("reporter").new_page()
    page.clock.install()
    page.goto(address)
    problems(page).focus()
    for _ in range(19):
        page.keyboard.type("字")
        page.clock.run_for(1_000)
    assert not Report.objects.exists()
    for _ in range(3):
        page.keyboard.type("字")
        page.clock.run_for(1_000)
    expect(page.locator("[name=version]")).to_have_value("1", timeout=PATIENCE)
    assert len(Report.objects.get().problems) >= 19


def test_a_tab_that_is_closed_right_after_typing_has_saved(
    desk: Callable[[str], BrowserContext], address: str
) -> None:
    context = desk("reporter")
    page = opened(context, address)
    problems(page).fill("写完就关")
    close(page)
    page = opened(context, address)
    until = time.monotonic() + 10
    while not Report.objects.exists() and time.monotonic() < until:
        page.wait_for_timeout(100)
    page.reload()
    expect(problems(page)).to_have_value("写完就关")
    expect(page.locator(".draft-offer")).to_have_count(0)
    nothing_is_kept(page)


def test_a_lost_connection_and_a_closed_tab_lose_nothing(
    desk: Callable[[str], BrowserContext], address: str
) -> None:
    context = desk("reporter")
    page = opened(context, address)
    context.set_offline(True)
    problems(page).fill("断网时写的")
    says(page, "data-unreachable")
    close(page)
    assert not Report.objects.exists()

    context.set_offline(False)
    page = opened(context, address)
    expect(problems(page)).to_have_value("")
    offer = page.locator(".draft-offer")
    expect(offer).to_have_count(1)
    offer.locator("[data-does=restore]").click()
    expect(problems(page)).to_have_value("断网时写的")
    expect(page.locator("[name=version]")).to_have_value("1", timeout=PATIENCE)
    assert Report.objects.get().problems == "断网时写的"
    page.reload()
    expect(problems(page)).to_have_value("断网时写的")
    expect(offer).to_have_count(0)


def test_once_the_connection_is_back_it_saves_by_itself(
    desk: Callable[[str], BrowserContext], address: str
) -> None:
    context = desk("reporter")
    page = opened(context, address)
    context.set_offline(True)
    problems(page).fill("断网时写的")
    says(page, "data-unreachable")
    context.set_offline(False)
    expect(status(page)).to_have_text(TIME, timeout=PATIENCE)
    assert Report.objects.get().problems == "断网时写的"


def test_what_was_kept_can_be_thrown_away(
    desk: Callable[[str], BrowserContext], address: str
) -> None:
    context = desk("reporter")
    page = opened(context, address)
    context.set_offline(True)
    problems(page).fill("不要了")
    close(page)
    context.set_offline(False)
    page = opened(context, address)
    page.locator(".draft-offer [data-does=discard]").click()
    expect(page.locator(".draft-offer")).to_have_count(0)
    nothing_is_kept(page)
    page.wait_for_timeout(3_000)
    assert not Report.objects.exists()


def test_restoring_over_what_a_colleague_saved_meanwhile_shows_both_texts(
    desk: Callable[[str], BrowserContext], address: str
) -> None:
    context = desk("reporter")
    page = opened(context, address)
    context.set_offline(True)
    problems(page).fill("断网时写的")
    close(page)
    context.set_offline(False)
    colleague = opened(desk("colleague"), address)
    problems(colleague).fill("同事写的")
    expect(status(colleague)).to_have_text(TIME, timeout=PATIENCE)

    page = opened(context, address)
    page.locator(".draft-offer [data-does=restore]").click()
    says(page, "data-merge")
    assert Report.objects.get().problems == "同事写的"
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(problems(page)).to_have_value("断网时写的")
    expect(page.locator(".stored")).to_contain_text("同事写的")


def test_signed_out_in_another_tab_and_in_again_saves_what_was_typed(
    desk: Callable[[str], BrowserContext], address: str, live_server: LiveServer
) -> None:
    context = desk("reporter")
    page = opened(context, address)
    other = opened(context, f"{live_server.url}/my/")
    sign_out(other)
    problems(page).fill("退出后写的")
    says(page, "data-signed-out")
    page.get_by_role("button", name="保存草稿", exact=True).click()
    says(page, "data-signed-out")  # the page stays, and the text on it
    with context.expect_page() as new_tab:
        status(page).get_by_role("link").click()
    sign_in(new_tab.value, "reporter")
    new_tab.value.wait_for_url(f"{live_server.url}/my/")
    close(new_tab.value)
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    assert Report.objects.get().problems == "退出后写的"
    nothing_is_kept(page)


def test_signed_out_and_closed_it_is_offered_after_signing_in_to_nobody_else(
    desk: Callable[[str], BrowserContext], address: str, live_server: LiveServer
) -> None:
    context = desk("reporter")
    page = opened(context, address)
    other = opened(context, f"{live_server.url}/my/")
    sign_out(other)
    problems(page).fill("退出后写的")
    says(page, "data-signed-out")
    sign_in(other, "colleague")
    other.wait_for_url(f"{live_server.url}/my/")
    # The form is the reporter's: it saves nothing under the colleague's name.
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(status(page)).to_contain_text("赵同", timeout=PATIENCE)
    assert not Report.objects.exists()
    close(page)

    colleagues = opened(context, address)
    expect(problems(colleagues)).to_have_value("")
    expect(colleagues.locator(".draft-offer")).to_have_count(0)
    sign_out(colleagues)
    sign_in(colleagues, "reporter")
    colleagues.wait_for_url(f"{live_server.url}/my/")
    page = opened(context, address)
    page.locator(".draft-offer [data-does=restore]").click()
    expect(problems(page)).to_have_value("退出后写的")


def test_signed_out_without_a_script_the_sign_in_page_keeps_the_text(
    browser: Browser, address: str, live_server: LiveServer, cast: Cast
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = opened(context, f"{live_server.url}/sign-in/")
    sign_in(page, "reporter")
    page.goto(address)
    other = opened(context, f"{live_server.url}/my/")
    sign_out(other)
    problems(page).fill("退出后写的\n\n　　第二段")
    page.get_by_role("button", name="保存草稿", exact=True).click()
    sign_in(page, "reporter")
    expect(page.get_by_text("退出后写的")).to_be_visible()
    assert not Report.objects.exists()
    page.locator(".held-post button").click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    assert Report.objects.get().problems == "退出后写的\n\n　　第二段"


def test_two_on_one_draft_each_take_what_they_need_of_the_other(
    desk: Callable[[str], BrowserContext], address: str
) -> None:
    first, second = opened(desk("reporter"), address), opened(desk("colleague"), address)
    problems(first).fill("先写的问题")
    first.get_by_label("下一步计划").fill("先写的计划")
    expect(status(first)).to_have_text(TIME, timeout=PATIENCE)
    problems(second).fill("后写的问题")
    second.get_by_label("下一步计划").fill("后写的计划")
    says(second, "data-merge")
    assert Report.objects.get().problems == "先写的问题"
    second.get_by_role("button", name="保存草稿", exact=True).click()
    stored = second.locator(".stored")
    expect(stored).to_have_count(2)
    take = stored.nth(0).locator("[data-take]")
    take.click()
    expect(problems(second)).to_have_value("先写的问题")
    take.click()
    expect(problems(second)).to_have_value("后写的问题")
    take.click()
    # Nothing is saved over the other's text before the person says so.
    second.wait_for_timeout(3_000)
    assert Report.objects.get().version == 1
    second.get_by_role("button", name="保存草稿", exact=True).click()
    expect(second.get_by_text("草稿已保存")).to_be_visible()
    report = Report.objects.get()
    assert (report.problems, report.next_steps) == ("先写的问题", "后写的计划")


def refuse_buttons(page: Page) -> None:
    """What a button sends does not arrive; what saves itself does."""

    def handle(route: Route) -> None:
        by_button = "then=autosave" not in (route.request.post_data or "then=autosave")
        if by_button:
            route.abort()
        else:
            route.continue_()

    page.route("**/edit/", handle)


def test_what_a_button_sent_in_vain_is_offered_though_its_writer_has_saved_since(
    desk: Callable[[str], BrowserContext], address: str
) -> None:
    context = desk("reporter")
    other, page = opened(context, address), opened(context, address)
    refuse_buttons(page)
    problems(page).fill("点了保存却没有送到的长段文字")
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="保存草稿", exact=True).click()
    problems(other).fill("另一窗口的短文字")
    expect(status(other)).to_have_text(TIME, timeout=PATIENCE)
    close(other)

    again = opened(context, address)
    offer = again.locator(".draft-offer")
    expect(offer).to_have_count(1)
    offer.locator("summary").click()
    expect(offer).to_contain_text("点了保存却没有送到的长段文字")
    offer.locator("[data-does=restore]").click()
    expect(problems(again)).to_have_value("点了保存却没有送到的长段文字")
    says(again, "data-merge")
    again.get_by_role("button", name="保存草稿", exact=True).click()
    expect(again.locator(".stored")).to_contain_text("另一窗口的短文字")
    again.get_by_role("button", name="保存草稿", exact=True).click()
    expect(again.get_by_text("草稿已保存")).to_be_visible()
    assert Report.objects.get().problems == "点了保存却没有送到的长段文字"
    nothing_is_kept(again)


def test_what_was_saved_together_with_a_contribution_is_not_offered_again(
    desk: Callable[[str], BrowserContext], address: str, cast: Cast, period: ReportingPeriod
) -> None:
    assert cast.co_reporter.agency is not None
    measure = first_measure()
    contribution = contribution_save(
        task=measure.task,
        period=period,
        agency=cast.co_reporter.agency,
        by=cast.co_reporter,
        now=timezone.now(),
        content=ContributionContent((MeasureText(measure.pk, 1, "配合单位写的"),)),
        version=0,
    )
    contribution_move(
        contribution=contribution, move=Move.SUBMIT, by=cast.co_reporter, now=timezone.now()
    )
    page = opened(desk("reporter"), address)
    text = page.locator(f"#id_text_{measure.pk}")
    text.fill("牵头单位写的")
    page.locator("[name=take_over]").click()
    expect(text).to_have_value(re.compile("牵头单位写的[^$]*配合单位写的"))
    nothing_is_kept(page)
    expect(page.locator(".draft-offer")).to_have_count(0)


def test_one_keystroke_takes_back_no_question_to_the_other_lead(
    desk: Callable[[str], BrowserContext], address: str, cast: Cast
) -> None:
    Task.objects.filter(number=4).update(division=Division.CO_LEAD)
    Responsibility.objects.filter(task__number=4, position=2).update(role=ResponsibilityRole.LEAD)
    context = desk("reporter")
    page = opened(context, address)
    problems(page).fill("送去征求意见的文字")
    page.get_by_role("button", name="保存并征求意见").click()
    expect(page.locator("form[data-saves=asked]")).to_have_count(1)
    report = Report.objects.get()
    report_move(report=report, move=Move.AGREE, by=cast.co_reporter, now=timezone.now())

    page.reload()
    at_first = status(page).inner_text()
    problems(page).fill("送去征求意见的文字，")
    says(page, "data-asked")
    page.wait_for_timeout(3_000)
    assert Report.objects.get().agreements.get().agrees
    problems(page).fill("送去征求意见的文字")
    expect(status(page)).to_have_text(at_first)
    nothing_is_kept(page)
    problems(page).fill("送去征求意见的文字，改了")
    close(page)

    page = opened(context, address)
    assert Report.objects.get().agreements.get().agrees
    page.locator(".draft-offer [data-does=restore]").click()
    says(page, "data-asked")
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(page.locator(".note-warning", has_text="市发展改革委")).to_be_visible()
    expect(page.locator("form[data-saves=yes]")).to_have_count(1)
    report = Report.objects.get()
    assert report.problems == "送去征求意见的文字，改了"
    assert report.agreement_asked_at is None
    assert not report.agreements.exists()
    nothing_is_kept(page)
    # From here on it saves itself again.
    problems(page).fill("再改")
    expect(status(page)).to_have_text(TIME, timeout=PATIENCE)
    expect(page.locator("[name=version]")).to_have_value(str(report.version + 1))


def test_what_was_typed_of_a_measure_that_is_gone_stays_on_the_page_and_the_computer(
    desk: Callable[[str], BrowserContext], address: str
) -> None:
    context = desk("reporter")
    page = opened(context, address)
    gone = task_numbered(4).measures.order_by("-ordinal")[0]
    text = page.locator(f"#id_text_{gone.pk}")
    key = gone.pk
    gone.delete()
    text.fill("写给已删举措的文字")
    says(page, "data-kept")
    page.wait_for_timeout(3_000)
    assert not Report.objects.exists()
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(page.locator(".note-warning .stored")).to_have_text("写给已删举措的文字")
    expect(page.locator(f"#id_text_{key}")).to_have_count(0)
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    # The copy on this computer goes when its writer throws it away, and not before.
    offer = page.locator(".draft-offer")
    offer.locator("[data-does=restore]").click()
    expect(offer).to_have_count(1)
    offer.locator("[data-does=discard]").click()
    nothing_is_kept(page)

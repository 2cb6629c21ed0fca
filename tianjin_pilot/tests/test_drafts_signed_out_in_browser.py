"""A form that saves itself, once its session has ended: what was typed is its writer's alone."""

import pytest
from playwright.sync_api import Browser, expect
from pytest_django.live_server_helper import LiveServer

from conftest import Cast
from progress.models import Report
from tianjin_pilot.tests.conftest import DeskOf
from tianjin_pilot.tests.drafting import (
    close,
    nothing_is_kept,
    opened,
    problems,
    says,
    sign_in,
    sign_out,
    status,
    two_seconds_pass,
)

pytestmark = pytest.mark.browser


def test_signed_out_in_another_tab_and_in_again_saves_what_was_typed(
    desk_of: DeskOf, draft_address: str, live_server: LiveServer
) -> None:
    context = desk_of("reporter")
    page = opened(context, draft_address)
    other = opened(context, f"{live_server.url}/my/")
    sign_out(other)
    problems(page).fill("退出后写的")
    two_seconds_pass(page)
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
    desk_of: DeskOf, draft_address: str, live_server: LiveServer
) -> None:
    context = desk_of("reporter")
    page = opened(context, draft_address)
    other = opened(context, f"{live_server.url}/my/")
    sign_out(other)
    problems(page).fill("退出后写的")
    two_seconds_pass(page)
    says(page, "data-signed-out")
    sign_in(other, "colleague")
    other.wait_for_url(f"{live_server.url}/my/")
    # The form is the reporter's: it saves nothing under the colleague's name.
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(status(page)).to_contain_text("赵同")
    assert not Report.objects.exists()
    close(page)

    colleagues = opened(context, draft_address)
    expect(problems(colleagues)).to_have_value("")
    expect(colleagues.locator(".draft-offer")).to_have_count(0)
    sign_out(colleagues)
    sign_in(colleagues, "reporter")
    colleagues.wait_for_url(f"{live_server.url}/my/")
    page = opened(context, draft_address)
    page.locator(".draft-offer [data-does=restore]").click()
    expect(problems(page)).to_have_value("退出后写的")


def test_signed_out_without_a_script_the_sign_in_page_keeps_the_text(
    browser: Browser, draft_address: str, live_server: LiveServer, cast: Cast
) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = opened(context, f"{live_server.url}/sign-in/")
    sign_in(page, "reporter")
    page.goto(draft_address)
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

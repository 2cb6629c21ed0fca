"""A form that saves itself, without a connection: what was typed is kept, offered and merged."""

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from progress.models import Report
from tianjin_pilot.tests.conftest import DeskOf
from tianjin_pilot.tests.drafting import (
    TIME,
    close,
    nothing_is_kept,
    opened,
    problems,
    says,
    sends_nothing,
    status,
    two_seconds_pass,
)

pytestmark = pytest.mark.browser


def typed_offline(context: BrowserContext, address: str) -> Page:
    """The form with what was typed into it once the connection was lost, which it has noticed."""
    page = opened(context, address)
    context.set_offline(True)
    problems(page).fill("断网时写的")
    two_seconds_pass(page)
    says(page, "data-unreachable")
    return page


def test_a_lost_connection_and_a_closed_tab_lose_nothing(
    desk_of: DeskOf, draft_address: str
) -> None:
    context = desk_of("reporter")
    page = typed_offline(context, draft_address)
    close(page)
    assert not Report.objects.exists()

    context.set_offline(False)
    page = opened(context, draft_address)
    expect(problems(page)).to_have_value("")
    offer = page.locator(".draft-offer")
    expect(offer).to_have_count(1)
    offer.locator("[data-does=restore]").click()
    expect(problems(page)).to_have_value("断网时写的")
    two_seconds_pass(page)
    expect(page.locator("[name=version]")).to_have_value("1")
    assert Report.objects.get().problems == "断网时写的"
    page.reload()
    expect(problems(page)).to_have_value("断网时写的")
    expect(offer).to_have_count(0)


def test_once_the_connection_is_back_it_saves_by_itself(
    desk_of: DeskOf, draft_address: str
) -> None:
    context = desk_of("reporter")
    page = typed_offline(context, draft_address)
    context.set_offline(False)
    expect(status(page)).to_have_text(TIME)
    assert Report.objects.get().problems == "断网时写的"


def test_what_was_kept_can_be_thrown_away(desk_of: DeskOf, draft_address: str) -> None:
    context = desk_of("reporter")
    page = opened(context, draft_address)
    context.set_offline(True)
    problems(page).fill("不要了")
    close(page)
    context.set_offline(False)
    page = opened(context, draft_address)
    page.locator(".draft-offer [data-does=discard]").click()
    expect(page.locator(".draft-offer")).to_have_count(0)
    nothing_is_kept(page)
    sends_nothing(page)
    assert not Report.objects.exists()


def test_restoring_over_what_a_colleague_saved_meanwhile_shows_both_texts(
    desk_of: DeskOf, draft_address: str
) -> None:
    context = desk_of("reporter")
    page = opened(context, draft_address)
    context.set_offline(True)
    problems(page).fill("断网时写的")
    close(page)
    context.set_offline(False)
    colleague = opened(desk_of("colleague"), draft_address)
    problems(colleague).fill("同事写的")
    two_seconds_pass(colleague)
    expect(status(colleague)).to_have_text(TIME)

    page = opened(context, draft_address)
    page.locator(".draft-offer [data-does=restore]").click()
    two_seconds_pass(page)
    says(page, "data-merge")
    assert Report.objects.get().problems == "同事写的"
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(problems(page)).to_have_value("断网时写的")
    expect(page.locator(".stored")).to_contain_text("同事写的")


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
    desk_of: DeskOf, draft_address: str
) -> None:
    context = desk_of("reporter")
    other, page = opened(context, draft_address), opened(context, draft_address)
    refuse_buttons(page)
    problems(page).fill("点了保存却没有送到的长段文字")
    with page.expect_event("requestfailed"):
        page.get_by_role("button", name="保存草稿", exact=True).click()
    problems(other).fill("另一窗口的短文字")
    two_seconds_pass(other)
    expect(status(other)).to_have_text(TIME)
    close(other)

    again = opened(context, draft_address)
    offer = again.locator(".draft-offer")
    expect(offer).to_have_count(1)
    offer.locator("summary").click()
    expect(offer).to_contain_text("点了保存却没有送到的长段文字")
    offer.locator("[data-does=restore]").click()
    expect(problems(again)).to_have_value("点了保存却没有送到的长段文字")
    two_seconds_pass(again)
    says(again, "data-merge")
    again.get_by_role("button", name="保存草稿", exact=True).click()
    expect(again.locator(".stored")).to_contain_text("另一窗口的短文字")
    again.get_by_role("button", name="保存草稿", exact=True).click()
    expect(again.get_by_text("草稿已保存")).to_be_visible()
    assert Report.objects.get().problems == "点了保存却没有送到的长段文字"
    nothing_is_kept(again)

"""Searching a list, choosing its columns and saving it, with the keyboard alone."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from conftest import PASSWORD, Cast
from progress.models import ListColumns, ReportingPeriod, SavedList
from tianjin_pilot.tests.conftest import OpenPage
from tianjin_pilot.tests.keyboard import press, reach

pytestmark = pytest.mark.browser


@pytest.fixture
def page(open_page: OpenPage, this_month: ReportingPeriod) -> Page:
    """The coordinator's first page."""
    return open_page("coordinator")


def test_a_list_is_searched_fitted_and_saved_by_keyboard(page: Page, cast: Cast) -> None:
    reach(page, page.locator("#site-search"))
    page.keyboard.type("算力 电力")
    page.keyboard.press("Enter")
    expect(page.locator(".list-panel tbody tr")).to_have_count(1)
    expect(page.locator(".cell-title > a mark").first).to_have_text("算力")
    # Where the other word stands is said beside the title.
    expect(page.locator(".places-found mark").filter(has_text="电力").first).to_be_visible()

    tools = page.locator(".list-tool")
    press(page, tools.nth(0).locator("summary"))
    chapter = page.locator("input[name=columns][value=chapter]")
    press(page, chapter, "Space")
    press(page, tools.nth(0).locator("form button").first)
    expect(page.locator(".list-panel thead a[href*='sort=chapter']")).to_have_count(0)
    expect(page.locator(".list-panel tbody tr")).to_have_count(1)
    columns = ListColumns.objects.get(owner=cast.coordinator).columns.split(",")
    assert "chapter" not in columns
    assert "lead" in columns

    press(page, tools.nth(1).locator("summary"))
    reach(page, page.locator("#save-name"))
    page.keyboard.type("算力任务")
    press(page, page.locator("#save-shared"), "Space")
    press(page, tools.nth(1).locator("form button"))
    chip = page.locator(".saved-lists .saved")
    expect(chip).to_have_count(1)
    saved = SavedList.objects.get()
    assert (saved.name, saved.is_shared) == ("算力任务", True)

    press(page, page.locator(".chip-clear"))
    expect(page.locator(".list-panel tbody tr")).to_have_count(50)
    press(page, chip.locator("a").first)
    expect(page.locator(".list-panel tbody tr")).to_have_count(1)
    expect(chip.locator("a").first).to_have_attribute("aria-current", "true")

    press(page, chip.locator(".saved-edit"))
    press(page, page.locator("form[action$='/remove/'] button"))
    expect(page.locator(".saved-lists")).to_have_count(0)
    assert not SavedList.objects.exists()


def test_the_head_of_the_list_stays_in_sight_and_a_phone_has_no_width_to_scroll(
    page: Page, live_server: LiveServer
) -> None:
    page.goto(f"{live_server.url}/tasks/")
    page.mouse.wheel(0, 1500)
    head = "document.querySelector('.list-panel thead th')"
    page.wait_for_function(f"() => Math.abs({head}.getBoundingClientRect().y) < 2")
    for address in ("/tasks/?q=数据", "/measures/?q=数据"):
        page.set_viewport_size({"width": 390, "height": 800})
        page.goto(live_server.url + address)
        body = page.locator("body").bounding_box()
        assert body is not None
        assert body["width"] <= 390


def test_choosing_a_filter_narrows_the_list_without_loading_the_page_and_stays_in_the_address(
    browser: Browser, live_server: LiveServer, this_month: ReportingPeriod
) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(f"{live_server.url}/tasks/")
    page.locator("[name=username]").fill("coordinator")
    page.locator("[name=password]").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page.locator(".list-panel tbody tr")).to_have_count(50)
    page.wait_for_function("() => document.readyState === 'complete' && 'htmx' in window")
    page.evaluate("() => { window.sameDocument = true; }")
    chapter = page.locator("main select[name=chapter]")
    chapter.focus()
    chapter.select_option("13")
    expect(page.locator(".list-panel tbody tr")).to_have_count(3)
    expect(page).to_have_url(re.compile("chapter=13"))
    expect(chapter).to_be_focused()
    # What a script does with the rows it does with the new ones too.
    page.locator("[data-bulk-all]").check()
    expect(page.locator(".list-panel tbody input:checked")).to_have_count(3)
    # A filter that cannot be read says so in the same place.
    page.locator(".filters-foot details summary").click()
    page.locator("#id_deadline_after").evaluate("one => { one.type = 'text'; }")
    page.locator("#id_deadline_after").fill("gestern")
    page.locator("#id_deadline_after").press("Enter")
    expect(page.get_by_role("alert").first).to_be_visible()
    assert page.evaluate("window.sameDocument") is True
    page.go_back()
    expect(page.locator(".list-panel tbody tr")).to_have_count(3)
    context.close()


def test_after_signing_out_the_way_back_leads_to_no_page_that_was_held(
    page: Page, live_server: LiveServer
) -> None:
    for path in ("/overview/", "/board/", "/overview/"):
        page.goto(f"{live_server.url}{path}")
    page.locator(".account summary").click()
    page.locator(".account-menu form button").click()
    expect(page).to_have_url(f"{live_server.url}/sign-in/")
    for _step in range(2):
        page.go_back()
        expect(page.locator("input[name=username]")).to_be_visible()
        expect(page.locator(".cockpit, .board")).to_have_count(0)

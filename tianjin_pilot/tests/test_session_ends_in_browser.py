"""Before a session ends in front of somebody, the page says so and lets them stay (WCAG 2.2.1)."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from agencies.models import Session
from conftest import PASSWORD, Cast
from tianjin_pilot.tests.judging import AXE, RUN_AXE

pytestmark = pytest.mark.browser

MINUTE = dt.timedelta(minutes=1)


def nobody_there(page: Page, *, since: dt.timedelta, by_the_clock: str) -> None:
    """As if so much time had passed, on the server and then in the browser."""
    Session.objects.update(seen_at=timezone.now() - since)
    page.clock.run_for(by_the_clock)


def test_a_page_says_before_it_signs_out_and_the_person_stays(
    browser: Browser, live_server: LiveServer, cast: Cast, settings: Settings
) -> None:
    settings.SESSION_IDLE, settings.SESSION_COOKIE_AGE = 30 * MINUTE, 12 * 60 * 60
    page = browser.new_context().new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text))
    page.clock.install()
    page.goto(f"{live_server.url}/sign-in/")
    page.locator("#id_username").fill("reporter")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page.locator("details.account")).to_be_visible()
    page.goto(f"{live_server.url}/account/tokens/")
    dialog, stay = page.get_by_role("alertdialog"), page.locator(".session-ends form button")

    # Another window has gone on with the session meanwhile: nothing to say.
    nobody_there(page, since=10 * MINUTE, by_the_clock="25:01")
    expect(page.locator(".session-ends")).to_be_hidden()
    # Whoever is typing is there.
    page.clock.run_for("14:30")
    page.locator("#id_name").type("数据")
    with page.expect_response(lambda answer: answer.request.method == "POST"):
        nobody_there(page, since=26 * MINUTE, by_the_clock="00:31")
    expect(dialog).to_be_hidden()
    assert timezone.now() - Session.objects.get().seen_at < MINUTE

    nobody_there(page, since=26 * MINUTE, by_the_clock="25:01")
    expect(dialog).to_be_visible()
    expect(stay).to_be_focused()
    page.evaluate(AXE)
    assert [one["id"] for one in page.evaluate(RUN_AXE)["violations"]] == []
    page.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    # Back to where they were.
    expect(page.locator("#id_name")).to_be_focused()
    assert timezone.now() - Session.objects.get().seen_at < MINUTE

    nobody_there(page, since=26 * MINUTE, by_the_clock="25:01")
    expect(dialog).to_be_visible()
    nobody_there(page, since=31 * MINUTE, by_the_clock="04:02")
    expect(dialog.locator("a")).to_be_focused()
    expect(stay).to_be_hidden()
    expect(page.locator("#id_name")).to_have_value("数据")
    # Signed in again in another tab, one goes on with this one.
    with page.context.expect_page() as opened:
        dialog.locator("a").click()
    other = opened.value
    other.locator("#id_username").fill("reporter")
    other.locator("#id_password").fill(PASSWORD)
    other.locator("main form button").click()
    expect(other.locator("details.account")).to_be_visible()
    page.bring_to_front()
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(dialog).to_be_hidden()
    assert [one for one in complaints if "403" not in one] == []
    page.context.close()

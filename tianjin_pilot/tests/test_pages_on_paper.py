"""What is printed is for reading: nothing on paper waits for a click."""

import re

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tianjin_pilot.tests.judging import signed_in
from tianjin_pilot.tests.screens import COORDINATOR, LEADER, REPORTER, screens

pytestmark = pytest.mark.browser

PRINTED = ("overview", "chapter", "task", "report", "period", "board", "registers")
# Links stay: printed they are their words.
CONTROLS = "nav, header, footer, button, .btn, form input:not([type=hidden]), select, textarea"
SHOWN_CONTROLS = f"""() => [...document.querySelectorAll(`{CONTROLS}`)]
  .filter(one => one.getClientRects().length)
  .map(one => one.outerHTML.slice(0, 100))"""


@pytest.mark.parametrize("role", [COORDINATOR, REPORTER])
def test_paper_has_neither_navigation_nor_buttons(
    browser: Browser, demonstration: None, live_server: LiveServer, role: str
) -> None:
    printed = [one for one in screens() if one.name in PRINTED and one.role == role]
    left = {}
    with signed_in(browser, live_server.url, role) as page:
        for screen in printed:
            page.emulate_media(media="screen")
            page.goto(live_server.url + screen.path)
            assert page.evaluate(SHOWN_CONTROLS), screen
            page.emulate_media(media="print")
            assert page.locator("main h1").is_visible(), screen
            left[screen.name] = page.evaluate(SHOWN_CONTROLS)
    assert len(left) >= 6
    assert {name: found for name, found in left.items() if found} == {}


@pytest.mark.parametrize("role", [COORDINATOR, LEADER])
def test_an_overview_is_three_sheets(
    browser: Browser, demonstration: None, live_server: LiveServer, role: str
) -> None:
    with signed_in(browser, live_server.url, role) as page:
        page.goto(f"{live_server.url}/overview/")
        paper = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", paper)) == 3

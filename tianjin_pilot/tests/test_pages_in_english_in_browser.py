"""Every page in English, as Chromium judges it: whole, quiet and at home.

Nothing wider than the window or cut off at 200 % zoom and on a phone, no message
of the console, no breach of the content security policy, no request to another host.
"""

import pytest
from playwright.sync_api import Browser
from pytest_django.live_server_helper import LiveServer

from tianjin_pilot.tests.judging import judged
from tianjin_pilot.tests.screens import screens

pytestmark = pytest.mark.browser


def test_no_page_has_a_fault(
    browser: Browser, demonstration: None, live_server: LiveServer
) -> None:
    # Each page with one role: the others read the same words.
    once = {screen.name: screen for screen in reversed(list(screens()))}
    faults = judged(browser, live_server.url, list(once.values()), language="en", by_axe=False)
    assert not faults, "\n".join(faults)

"""Every page in Chinese, as Chromium and axe judge it: readable, whole, quiet and at home.

No violation of axe, nothing wider than the window or cut off at 200 % zoom and on a phone, no
message of the console, no breach of the content security policy, no request to another host.
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
    faults = judged(browser, live_server.url, list(screens()), language="zh-hans")
    assert not faults, "\n".join(faults)

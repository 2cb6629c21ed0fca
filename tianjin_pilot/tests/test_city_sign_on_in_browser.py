"""The whole way of signing in, in a browser: an app is set up, the city's sign-on bound and used.

The provider is none of ours: another program, in a process of its own.
"""

import contextlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from agencies.city.installed import Provider
from agencies.models import CityBinding, SecondFactor
from agencies.tests.authenticator import App
from conftest import PASSWORD, Cast
from tianjin_pilot.tests.judging import AXE, IS_TOO_WIDE, RUN_AXE

pytestmark = pytest.mark.browser

SECONDS = 60
PHONE = {"width": 390, "height": 800}


@pytest.fixture
def provider() -> Iterator[str]:
    """The issuer of a provider that answers on this machine."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "oidc_provider_mock", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            assert process.poll() is None, "the provider ended"
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(SECONDS)


def typed_password(page: Page, host: str) -> None:
    page.goto(f"{host}/sign-in/")
    page.locator("#id_username").fill("coordinator")
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form button").click()


def signed_in_over_there(page: Page) -> None:
    page.locator("input[name=sub]").fill("city-0001")
    page.get_by_role("button", name="Authorize").click()


def judged(page: Page) -> None:
    """By axe, and whether a phone shows it without scrolling sideways."""
    page.evaluate(AXE)
    assert [one["id"] for one in page.evaluate(RUN_AXE)["violations"]] == []
    before = page.viewport_size
    assert before
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    assert not page.evaluate(IS_TOO_WIDE)
    page.set_viewport_size(before)


def test_an_app_and_the_citys_sign_on_are_set_up_and_let_one_in(
    browser: Browser, live_server: LiveServer, provider: str, cast: Cast, settings: Settings
) -> None:
    host = live_server.url
    settings.SECOND_FACTOR_ROLES = ["coordinator"]
    settings.OIDC = Provider(provider, "pilot-tasks", "a-secret")
    context = browser.new_context(java_script_enabled=True)
    page = context.new_page()
    complaints: list[str] = []

    def heard(said: ConsoleMessage) -> None:
        # The provider's own pages look for styles on the internet.
        if said.type == "error" and said.location["url"].startswith(host):
            complaints.append(said.text)

    page.on("console", heard)

    typed_password(page, host)
    judged(page)
    app = App(page.locator("code.key").inner_text().replace(" ", ""))
    page.locator("#id_code").fill(app.code(timezone.now()))
    page.locator("main form button").click()
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    judged(page)
    code = page.locator(".recovery-codes li").first.inner_text()
    page.locator("main a.btn-primary").click()
    expect(page.locator("details.account")).to_be_visible()
    assert SecondFactor.objects.get().user == cast.coordinator

    page.goto(f"{host}/account/security/")
    judged(page)
    page.locator("a[href='/sign-in/city/']").click()
    signed_in_over_there(page)
    expect(page.locator("main code")).to_have_text("city-0001")
    judged(page)
    page.locator("#id_password").fill(PASSWORD)
    page.locator("main form button").click()
    expect(page).to_have_url(f"{host}/account/security/")
    assert CityBinding.objects.get().subject == "city-0001"

    page.locator("details.account summary").click()
    page.locator("details.account form button").click()
    page.locator("main a[href^='/sign-in/city/']").click()
    signed_in_over_there(page)
    # Over there nobody was asked for a second factor, so we ask; the phone is not at hand.
    judged(page)
    page.locator("#id_code").fill(code)
    page.locator("main form button").click()
    expect(page.locator("details.account")).to_be_visible()

    page.locator("details.account summary").click()
    page.locator("details.account form button").click()
    expect(page.locator("main a.btn-primary")).to_have_attribute(
        "href",
        f"{provider}/oauth2/end_session?client_id=pilot-tasks"
        f"&post_logout_redirect_uri={host.replace(':', '%3A').replace('/', '%2F')}%2Fsign-in%2F",
    )
    page.locator("main a.btn-primary").click()
    expect(page).to_have_url(re.compile(f"^{provider}/oauth2/end_session"))
    assert complaints == []
    context.close()

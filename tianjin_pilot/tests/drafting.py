"""What tests of forms that save themselves share: what a person does, and what the form shows."""

import re

from playwright.sync_api import BrowserContext, Locator, Page, Request, expect

from conftest import PASSWORD

TIME = re.compile(r"\d\d:\d\d")


def sign_in(page: Page, username: str) -> None:
    page.get_by_label("用户名").fill(username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def sign_out(page: Page) -> None:
    page.locator(".account > summary").click()
    page.get_by_role("button", name="退出").click()


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
    expect(status(page)).to_contain_text(words)


def nothing_is_kept(page: Page) -> None:
    """Of what the server has, this computer keeps nothing once the script has run."""
    page.wait_for_function("localStorage.length === 0")


def two_seconds_pass(page: Page) -> None:
    """So long nobody types, by the clock of this person's computer: the form saves itself."""
    page.clock.run_for(2_000)


def sends_nothing(page: Page) -> None:
    """Longer than a form takes to save itself goes by, and it asks nothing of the server.

    The script asks in the moment in which its time has come, so nothing is on its way afterwards.
    """
    asked = []

    def hear(request: Request) -> None:
        asked.append(request.url)

    page.on("request", hear)
    page.clock.run_for(3_000)
    page.remove_listener("request", hear)
    assert asked == [], asked

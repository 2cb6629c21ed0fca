"""Pages that say no, each met for real, as Chromium and axe judge it: nothing wrong with them."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, Response
from pytest_django.fixtures import Settings
from pytest_django.live_server_helper import LiveServer

from conftest import PASSWORD, Cast
from tianjin_pilot.tests.judging import Opening, Visit, faults_of, signed_in
from tianjin_pilot.tests.screens import COORDINATOR, NOBODY

# The pages that fail on purpose are in the urlconf of test_fault_pages.
pytestmark = [pytest.mark.browser, pytest.mark.urls("tianjin_pilot.tests.test_fault_pages")]


def sent(page: Page, button: str) -> Response | None:
    with page.expect_navigation() as answer:
        page.locator(button).first.click()
    return answer.value


def openings(origin: str, settings: Settings) -> dict[tuple[str, int], Opening]:
    """How each page is met, by a name and the status it has."""

    def at(path: str) -> Opening:
        return lambda page: page.goto(origin + path)

    def without_its_key(page: Page) -> Response | None:
        page.goto(f"{origin}/help/")
        page.context.clear_cookies(name="csrftoken")
        return sent(page, "form[action='/language/'] button")

    def larger_than_is_taken_in(page: Page) -> Response | None:
        page.goto(f"{origin}/account/password/")
        for field in page.locator("main form input:visible").all():
            field.fill("a" * 1000)
        settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 2000
        return sent(page, "main form button")

    return {
        ("an address that is none", 404): at("/no-such-page/"),
        ("a filter that is none", 400): at("/tasks/?chapter=99"),
        ("another's page", 403): at("/accounts/"),
        ("asked too often", 429): at("/refuses/"),
        ("a fault of ours", 500): at("/fails/"),
        ("a database out of reach", 503): at("/loses/"),
        ("a form without its key", 403): without_its_key,
        ("a form that is too large", 413): larger_than_is_taken_in,
    }


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("role", [COORDINATOR, NOBODY])
def test_no_page_that_says_no_has_a_fault(
    role: str,
    language: str,
    browser: Browser,
    live_server: LiveServer,
    cast: Cast,
    settings: Settings,
) -> None:
    origin = live_server.url
    # Who is not signed in is led to do so before most of them.
    wanted = {
        (name, status): opening
        for (name, status), opening in openings(origin, settings).items()
        if role or status in {404, 429, 500, 503}
    }
    with signed_in(browser, origin, role, language=language, password=PASSWORD) as page:
        visit = Visit(page, urlsplit(origin).netloc)
        visit.watch()
        found = {
            name: faults_of(visit, opening, status=status)
            for (name, status), opening in wanted.items()
        }
    assert {name: faults for name, faults in found.items() if faults} == {}

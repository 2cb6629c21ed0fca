"""What the browser tests share: the month that pages show, and people signed in to a page."""

import contextlib
import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Protocol

import pytest
import time_machine
from django.conf import settings
from django.db import OperationalError
from django.db.backends.base.operations import BaseDatabaseOperations
from django.test import Client
from django.utils import timezone
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect
from pytest_django.live_server_helper import LiveServer

from agencies.models import User
from conftest import SHANGHAI, Cast
from progress.models import ReportingPeriod
from progress.workflow import period_open
from tianjin_pilot.tests.drafting import sign_in

ATTEMPTS = 5
MORNING = dt.datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
# Milliseconds that a page may take on a machine with other things to do; what comes is not waited
# for any longer, and what never comes fails all the same.
expect.set_options(timeout=30_000)


class PageOf(Protocol):
    """Signs a person of the cast in, in a browser of their own, and gives the page."""

    def __call__(self, username: str, *, scripts: bool = True) -> Page: ...


class DeskOf(Protocol):
    """Gives the browser of a person of the cast, signed in."""

    def __call__(self, username: str) -> BrowserContext: ...


class OpenPage(Protocol):
    """As PageOf, where the test is run with JavaScript and again without."""

    def __call__(self, username: str) -> Page: ...


@pytest.fixture(scope="session", autouse=True)
def tables_are_emptied_patiently() -> Iterator[None]:
    """A browser that is closed may send its last words a moment later.

    Where that request and the emptying of the tables after a test wait for each other, PostgreSQL
    ends one of the two; if it is the emptying, it is done again.
    """
    empty = BaseDatabaseOperations.execute_sql_flush

    def patiently(operations: BaseDatabaseOperations, sql_list: Iterable[str]) -> None:
        statements = list(sql_list)
        for _attempt in range(ATTEMPTS - 1):
            with contextlib.suppress(OperationalError):
                empty(operations, statements)
                return
        empty(operations, statements)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseDatabaseOperations, "execute_sql_flush", patiently)
        yield


@pytest.fixture
def this_month(cast: Cast) -> Iterator[ReportingPeriod]:
    """The month of the clock that server and test share: it runs from a morning on which reports
    are due tomorrow."""
    with time_machine.travel(MORNING, tick=True):
        now = timezone.now()
        yield period_open(code=f"{timezone.localdate(now):%Y-%m}", by=cast.coordinator, now=now)


@pytest.fixture
def page_of(browser: Browser, live_server: LiveServer) -> Iterator[PageOf]:
    """A function that signs a person in and gives the page. No page complains or looks outside."""
    complaints: list[str] = []
    contexts: list[BrowserContext] = []

    def complain(message: ConsoleMessage) -> None:
        # That a form was refused is what some tests are about.
        if message.type == "error" and "status of 4" not in message.text:
            complaints.append(message.text)

    def look_outside(asked: Request) -> None:
        if not asked.url.startswith((live_server.url, "data:", "blob:")):
            complaints.append(f"asked {asked.url}")

    def signed_in_page(username: str, *, scripts: bool = True) -> Page:
        context = browser.new_context(
            java_script_enabled=scripts, viewport={"width": 1280, "height": 800}
        )
        contexts.append(context)
        # The page for it is looked at, and used by mouse and keyboard, in tests of its own.
        client = Client()
        client.force_login(User.objects.get(username=username))
        session = client.cookies[settings.SESSION_COOKIE_NAME].value
        context.add_cookies(
            [{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}]
        )
        page = context.new_page()
        page.on("console", complain)
        page.on("request", look_outside)
        page.goto(live_server.url)
        expect(page.locator("details.account")).to_be_visible()
        return page

    yield signed_in_page
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def open_page(request: pytest.FixtureRequest, page_of: PageOf) -> OpenPage:
    """The same, once with JavaScript and once without."""

    def signed_in_page(username: str) -> Page:
        return page_of(username, scripts=request.param)

    return signed_in_page


@pytest.fixture
def real_month(cast: Cast) -> ReportingPeriod:
    """The open period of the month of the real clock, where pages read that."""
    now = timezone.now()
    return period_open(code=f"{timezone.localdate(now):%Y-%m}", by=cast.coordinator, now=now)


@pytest.fixture
def draft_address(live_server: LiveServer, real_month: ReportingPeriod) -> str:
    """Where the report on task 4 is written."""
    return f"{live_server.url}/tasks/4/reports/{real_month.code}/edit/"


@pytest.fixture
def desk_of(browser: Browser, live_server: LiveServer) -> Iterator[DeskOf]:
    """A function that gives a person's own computer, whose clock tests put forward; at the end all
    are switched off.

    A page that stayed open would go on saving, into the database of the next test.
    """
    computers: list[BrowserContext] = []

    def of(username: str) -> BrowserContext:
        context = browser.new_context(locale="zh-CN")
        computers.append(context)
        context.clock.install()
        page = context.new_page()
        page.goto(f"{live_server.url}/sign-in/")
        sign_in(page, username)
        expect(page.locator("details.account")).to_be_visible()
        return context

    yield of
    for context in computers:
        context.close()

"""The review queue walked with the keyboard, in a browser: with single keys, and without them."""

from typing import Protocol

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from conftest import Cast
from progress.models import Report, ReportingPeriod
from progress.states import ReportState
from progress.tests.acts import handed_in
from tasks.models import Task
from tianjin_pilot.tests.conftest import PageOf

pytestmark = pytest.mark.browser


class QueueOf(Protocol):
    """Signs the coordinator in and opens the queue."""

    def __call__(self, *, scripts: bool = True) -> Page: ...


@pytest.fixture
def waiting(cast: Cast, this_month: ReportingPeriod) -> list[Report]:
    """Three reports in the queue."""
    tasks = Task.objects.led_by(cast.reporter.agency_ids).order_by("number")[:3]
    return [handed_in(task, this_month, cast.reporter, now=timezone.now()) for task in tasks]


@pytest.fixture
def queue(page_of: PageOf, live_server: LiveServer) -> QueueOf:
    def opened(*, scripts: bool = True) -> Page:
        page = page_of("coordinator", scripts=scripts)
        page.goto(f"{live_server.url}/review/")
        return page

    return opened


def states(reports: list[Report]) -> list[str]:
    return [Report.objects.get(pk=report.pk).state for report in reports]


def heading(page: Page, report: Report) -> None:
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"第{report.task.number}项任务")


def open_with_keys(page: Page, report: Report) -> None:
    """The report's page, and its keys listed, as they are once they work."""
    heading(page, report)
    expect(page.locator("[data-keys]")).to_be_visible()


def test_the_queue_is_walked_looked_at_and_approved_with_keys(
    waiting: list[Report], queue: QueueOf
) -> None:
    page = queue()
    page.keyboard.press("j")
    page.keyboard.press("j")
    expect(page.locator("tr[data-row]").nth(1).locator("[data-open]")).to_be_focused()
    page.keyboard.press("k")
    expect(page.locator("tr[data-row]").nth(0).locator("[data-open]")).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    open_with_keys(page, waiting[0])

    page.keyboard.press("n")
    open_with_keys(page, waiting[1])
    page.keyboard.press("p")
    open_with_keys(page, waiting[0])
    page.keyboard.press("m")
    open_with_keys(page, waiting[1])
    page.keyboard.press("m")
    open_with_keys(page, waiting[2])
    page.keyboard.press("a")
    expect(page.get_by_role("status")).to_be_visible()
    assert states(waiting) == ["submitted", "submitted", "approved"]

    page.goto(page.url.split("/tasks/")[0] + "/review/")
    boxes = page.locator("tr[data-row] input[type=checkbox]")
    expect(boxes).to_have_count(2)
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(boxes.nth(0)).not_to_be_checked()
    expect(boxes.nth(1)).to_be_checked()
    page.locator(".panel-head .btn-success").press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    assert states(waiting) == ["submitted", "approved", "approved"]


def test_no_key_does_anything_while_somebody_types_or_holds_another(
    waiting: list[Report], queue: QueueOf
) -> None:
    page = queue()
    page.keyboard.press("j")
    page.keyboard.press("o")
    open_with_keys(page, waiting[0])
    page.keyboard.press("r")
    reason = page.locator("#reason-return")
    expect(reason).to_be_focused()
    page.keyboard.type("name a map?")
    expect(reason).to_have_value("name a map?")
    open_with_keys(page, waiting[0])
    page.keyboard.press("Tab")
    for key in ("Control+m", "Alt+n", "Meta+m", "Shift+A"):
        page.keyboard.press(key)
    open_with_keys(page, waiting[0])
    assert states(waiting) == ["submitted"] * 3


def test_the_keys_are_listed_and_can_be_turned_off_for_good(
    waiting: list[Report], queue: QueueOf
) -> None:
    page = queue()
    switch = page.locator("[data-keys-switch]")
    page.keyboard.press("?")
    expect(switch).to_be_focused()
    page.keyboard.press("Space")
    expect(switch).not_to_be_checked()
    page.reload()
    expect(switch).to_be_visible()
    expect(switch).not_to_be_checked()
    page.keyboard.press("j")
    expect(page.locator("[data-open]").first).not_to_be_focused()
    switch.check()
    page.keyboard.press("j")
    expect(page.locator("[data-open]").first).to_be_focused()


def test_all_of_it_works_without_scripts(waiting: list[Report], queue: QueueOf) -> None:
    page = queue(scripts=False)
    expect(page.locator("[data-keys]")).to_be_hidden()
    page.locator("[data-open]").first.press("Enter")
    for report in waiting:
        heading(page, report)
        page.locator("[data-key=m]").press("Enter")
    boxes = page.locator("tr[data-row] input[type=checkbox]")
    expect(boxes).to_have_count(3)
    boxes.nth(1).press("Space")
    page.locator(".panel-head .btn-success").press("Enter")
    expect(page.get_by_role("status")).to_be_visible()
    assert states(waiting) == [ReportState.APPROVED, ReportState.SUBMITTED, ReportState.APPROVED]

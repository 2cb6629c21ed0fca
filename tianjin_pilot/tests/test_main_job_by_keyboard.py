"""The product's main job with Tab, Shift and Tab, Enter, arrow keys and typing alone."""

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from conftest import PASSWORD, Cast
from progress.models import Reminder, Report, ReportingPeriod
from progress.states import ReportState
from tasks.models import Measure, Status
from tianjin_pilot.tests.keyboard import press, reach

pytestmark = pytest.mark.browser

TEXT = "印发年度算力建设要点"


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def desk(
    request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer
) -> Iterator[Callable[[str], Page]]:
    """A function that signs a person in with the keyboard, and gives the page."""
    contexts = []

    def signed_in_by_keyboard(username: str) -> Page:
        context = browser.new_context(
            java_script_enabled=request.param, viewport={"width": 1280, "height": 800}
        )
        contexts.append(context)
        page = context.new_page()
        page.goto(live_server.url)
        reach(page, page.locator("#id_username"))
        page.keyboard.type(username)
        reach(page, page.locator("#id_password"))
        page.keyboard.type(PASSWORD)
        press(page, page.locator("main form button"))
        expect(page.locator("details.account")).to_be_visible()
        return page

    yield signed_in_by_keyboard
    for context in contexts:
        context.close()


def test_a_report_is_found_written_handed_in_and_approved(
    desk: Callable[[str], Page], cast: Cast, this_month: ReportingPeriod
) -> None:
    writer = desk("reporter")
    address = f"/tasks/4/reports/{this_month.code}/"
    press(writer, writer.locator(f"main a[href='{address}edit/']").first)
    expect(writer.locator("#draft")).to_be_visible()
    for ordinal in (1, 2, 3):
        measure = writer.locator(f"section[aria-labelledby=measure-{ordinal}]")
        reach(writer, measure.locator("select"))
        while measure.locator("select").input_value() != Status.IN_PROGRESS:
            writer.keyboard.press("ArrowDown")
        reach(writer, measure.locator("textarea").first)
        writer.keyboard.type(f"{TEXT}（{ordinal}）")
    reach(writer, writer.locator("[name=next_steps]"))
    writer.keyboard.type("组织供需对接会")
    reach(writer, writer.locator("[name=problems]"), back=True)
    writer.keyboard.type("部分企业用能成本偏高")
    press(writer, writer.locator("button[name=then][value=submit]"))
    writer.wait_for_url("**/my/")
    expect(writer.locator("main .messages")).to_be_visible()
    report = Report.objects.get()
    assert (report.state, report.problems) == (ReportState.SUBMITTED, "部分企业用能成本偏高")

    office = desk("coordinator")
    press(office, office.locator(".site-nav a[href='/review/']"))
    press(office, office.locator(f"main a[href^='{address}']").first)
    press(office, office.locator("form[action$='/approve/'] button").first)
    expect(office.locator("main .messages")).to_be_visible()
    report.refresh_from_db()
    assert report.state == ReportState.APPROVED
    statuses = Measure.objects.filter(task__number=4).values_list("status", flat=True)
    assert set(statuses) == {Status.IN_PROGRESS}


def test_all_that_have_not_handed_in_are_reminded(
    desk: Callable[[str], Page], cast: Cast, this_month: ReportingPeriod
) -> None:
    office = desk("coordinator")
    press(office, office.locator(".site-nav a[href='/board/']"))
    press(office, office.locator("main a[href^='/board/remind/']").first)
    reach(office, office.locator("[name=note]"))
    assert not Reminder.objects.exists()
    office.keyboard.type("请于今日内报送")
    press(office, office.locator("main form[method=post] button"))
    expect(office.locator("main table.board").last).to_be_visible()
    told = Reminder.objects.filter(user=cast.reporter)
    assert {reminder.note for reminder in told} == {"请于今日内报送"}

"""Reminding by hand from tick to inbox, and ticking a page's tasks at once, in a browser."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from conftest import Cast
from progress.models import Reminder, ReportingPeriod
from progress.reminders import reminders_deliver
from tianjin_pilot.tests.conftest import OpenPage, PageOf

pytestmark = pytest.mark.browser

NOTE = "请于今日下班前报送，市领导明日调度。"


def test_an_agency_is_ticked_looked_at_and_told_in_its_inbox(
    open_page: OpenPage, live_server: LiveServer, cast: Cast, this_month: ReportingPeriod
) -> None:
    office = open_page("coordinator")
    office.locator(".site-nav a[href='/board/']").click()
    # Without a tick nobody is reminded, and the board says so.
    office.locator("button[name=selected]").click()
    expect(office.locator("main .messages")).to_be_visible()
    office.locator(f"[name=agency][value='{cast.reporter.agency_id}']").check()
    office.locator("button[name=selected]").click()

    expect(office.locator("section[aria-labelledby=who] tbody tr")).to_have_count(1)
    expect(office.locator("section[aria-labelledby=who]")).to_contain_text(cast.reporter.name)
    assert not Reminder.objects.exists()
    office.locator("[name=note]").fill(NOTE)
    office.locator("main form[method=post] button").click()
    expect(office.locator("main table.board").last).to_be_visible()
    expect(office.locator("main .messages")).to_be_visible()
    # As the worker does, which no test of a page has beside it.
    reminders_deliver(now=timezone.now())

    told = open_page("reporter")
    told.locator(".site-tools a[href='/inbox/']").click()
    message = told.locator("section.unread")
    expect(message).to_have_count(1)
    expect(message).to_contain_text(NOTE)
    expect(message.locator(f"a[href='/tasks/4/reports/{this_month.code}/']")).to_be_visible()
    # Nobody else was ticked.
    other = open_page("stranger")
    other.goto(f"{live_server.url}/inbox/")
    expect(other.locator("section.unread")).to_have_count(0)


def test_one_box_ticks_all_tasks_of_the_page(
    page_of: PageOf, live_server: LiveServer, this_month: ReportingPeriod
) -> None:
    page = page_of("coordinator")
    page.goto(f"{live_server.url}/tasks/?chapter=1")
    rows = page.locator("input[name=task]")
    whole, count = page.locator("[data-bulk-all]"), page.locator("[data-bulk-count]")
    whole.check()
    ticked = rows.count()
    assert ticked > 1
    expect(page.locator("input[name=task]:checked")).to_have_count(ticked)
    expect(count).to_contain_text(str(ticked))
    rows.first.uncheck()
    expect(whole).not_to_be_checked()
    assert whole.evaluate("box => box.indeterminate")
    expect(count).to_contain_text(str(ticked - 1))
    whole.check()
    whole.uncheck()
    expect(page.locator("input[name=task]:checked")).to_have_count(0)
    expect(count).to_have_text("")
    whole.check()
    page.locator("button[name=do][value=remind]").click()
    expect(page.locator("section[aria-labelledby=who]")).to_be_visible()

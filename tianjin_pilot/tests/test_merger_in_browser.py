"""An administrator merges an agency: looks at what moves, confirms it, and finds it done."""

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from agencies.models import Agency
from conftest import Cast
from progress.models import ReportingPeriod
from progress.tests.acts import saved
from tasks.models import Task
from tianjin_pilot.tests.conftest import OpenPage

pytestmark = pytest.mark.browser

OLD, NEW = "市发展改革委", "市工业和信息化局"


def test_an_administrator_merges_an_agency_in_the_middle_of_a_period(
    open_page: OpenPage,
    live_server: LiveServer,
    cast: Cast,
    this_month: ReportingPeriod,
) -> None:
    old, new = Agency.objects.get(name=OLD), Agency.objects.get(name=NEW)
    led = Task.objects.led_by([old.pk]).order_by("number").first()
    assert led is not None
    saved(led, this_month, cast.co_reporter)

    page = open_page("administrator")
    page.goto(f"{live_server.url}/agencies/manage/{old.pk}/merge/")
    page.locator("select[name=successor]").select_option(label=NEW)
    page.locator("input[name=document]").fill("津党办发〔2026〕12号")
    page.locator("textarea[name=reason]").fill("机构改革")
    page.locator("button[value=preview]").click()
    preview = page.locator("dl.merger")
    expect(preview).to_contain_text(str(led.number))
    expect(preview).to_contain_text("co-reporter")
    old.refresh_from_db()
    assert not old.has_ended

    page.locator("button[value=confirm]").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(NEW)
    old.refresh_from_db()
    assert old.successor == new

    writer = open_page("co-reporter")
    expect(writer.locator("main")).to_contain_text(NEW)
    writer.goto(f"{live_server.url}/tasks/{led.number}/")
    expect(writer.locator("main")).to_contain_text("津党办发〔2026〕12号")
    writer.goto(f"{live_server.url}/tasks/{led.number}/reports/{this_month.code}/edit/")
    expect(writer.locator("main")).to_contain_text("举措1已推进")

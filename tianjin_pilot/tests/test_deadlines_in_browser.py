"""A later deadline and a completion, from raising to closing, as people do it in a browser."""

import datetime as dt

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from conftest import Cast
from progress.models import Completion, CompletionState, DecisionState, Extension, ReportingPeriod
from progress.tests.acts import handed_in, task_numbered
from tasks.models import Status
from tianjin_pilot.tests.conftest import OpenPage

pytestmark = pytest.mark.browser

REASON = "上级平台升级推迟"


def test_a_later_deadline_goes_from_its_request_to_the_light(
    open_page: OpenPage,
    live_server: LiveServer,
    cast: Cast,
    this_month: ReportingPeriod,
) -> None:
    today = timezone.localdate()
    later = (today + dt.timedelta(days=200)).isoformat()
    office = open_page("coordinator")
    # In bulk: ticked, looked at, confirmed.
    office.goto(f"{live_server.url}/tasks/?chapter=1")
    office.locator("a[href='/deadlines/?chapter=1']").click()
    office.locator("#task-4").check()
    office.locator("#task-5").check()
    office.locator("[name=day]").fill(today.isoformat())
    office.locator("[name=reason]").fill("总体安排")
    office.locator("main form[method=post] button").click()
    expect(office.locator("main tbody tr")).to_have_count(2)
    assert task_numbered(4).deadline is None
    office.locator("main form[method=post] button").click()
    expect(office.get_by_role("status")).to_be_visible()
    assert task_numbered(5).deadline == today

    lead = open_page("reporter")
    lead.goto(f"{live_server.url}/tasks/4/")
    lead.locator("a[href='/tasks/4/extension/']").click()
    lead.locator("[name=new_deadline]").fill(later)
    lead.locator("[name=reason]").fill(REASON)
    lead.locator("main form[method=post] button").click()
    expect(lead.locator("main")).to_contain_text(REASON)
    extension = Extension.objects.get()

    office.goto(f"{live_server.url}/registers/extensions/{extension.pk}/")
    office.locator("button[value=refuse]").click()
    expect(office.locator("[name=reason][aria-invalid=true]")).to_be_visible()
    office.locator("button[value=grant]").click()
    expect(office.get_by_role("status")).to_be_visible()
    extension.refresh_from_db()
    assert extension.state == DecisionState.GRANTED

    lead.goto(f"{live_server.url}/tasks/4/")
    facts = lead.locator("section[aria-labelledby=facts]")
    expect(facts).to_contain_text(later)
    expect(facts).to_contain_text(today.isoformat())
    expect(facts.locator(".light-green")).to_be_visible()
    expect(lead.locator("section[aria-labelledby=history]")).to_contain_text(REASON)


def test_a_completion_is_asked_for_refused_granted_and_reopened(
    open_page: OpenPage,
    live_server: LiveServer,
    cast: Cast,
    this_month: ReportingPeriod,
) -> None:
    task = task_numbered(4)
    handed_in(task, this_month, cast.reporter, Status.COMPLETED, now=timezone.now())
    refused = task.measures.get(ordinal=2)
    office = open_page("coordinator")
    address = f"{live_server.url}/tasks/4/reports/{this_month.code}/"
    office.goto(address)
    approve = office.locator("form[action$='/approve/']")
    approve.locator(f"#refuse_{refused.pk}").check()
    approve.locator("button").first.click()
    # Without its reason nothing is decided, and the tick stays.
    expect(office.locator(f"#refusal_{refused.pk}-error")).to_be_visible()
    expect(office.locator(f"#refuse_{refused.pk}")).to_be_checked()
    office.locator(f"#refusal_{refused.pk}").fill("佐证材料不足")
    office.locator("form[action$='/approve/'] button").first.click()
    expect(office.get_by_role("status")).to_be_visible()
    statuses = task.measures.order_by("ordinal").values_list("status", flat=True)
    assert list(statuses) == [Status.COMPLETED, Status.IN_PROGRESS, Status.COMPLETED]

    lead = open_page("reporter")
    lead.goto(address)
    expect(lead.locator("section[aria-labelledby=completions]")).to_contain_text("佐证材料不足")

    granted = Completion.objects.get(measure__ordinal=1)
    office.goto(f"{live_server.url}/registers/completions/{granted.pk}/")
    office.locator("[name=reason]").fill("核查未达标")
    office.locator("main form[method=post] button").click()
    expect(office.locator("main .facts")).to_contain_text("核查未达标")
    expect(office.locator("main .facts .status-in_progress")).to_be_visible()
    granted.refresh_from_db()
    assert granted.state == CompletionState.REOPENED

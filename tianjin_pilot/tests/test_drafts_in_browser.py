"""A form that saves itself, as the person in front of it sees it: nothing typed is ever lost."""

import re
import time

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from conftest import Cast
from progress.models import Report, ReportingPeriod
from progress.states import Move
from progress.tests.acts import first_measure, task_numbered
from progress.workflow import (
    ContributionContent,
    MeasureText,
    contribution_move,
    contribution_save,
    report_move,
)
from tasks.models import Division, Responsibility, ResponsibilityRole, Task
from tianjin_pilot.tests.conftest import DeskOf
from tianjin_pilot.tests.drafting import (
    TIME,
    close,
    nothing_is_kept,
    opened,
    problems,
    says,
    sends_nothing,
    status,
    two_seconds_pass,
)

pytestmark = pytest.mark.browser


def test_what_is_typed_saves_itself_and_says_so(desk_of: DeskOf, draft_address: str) -> None:
    page = opened(desk_of("reporter"), draft_address)
    problems(page).fill("自动保存的问题")
    assert page.evaluate("localStorage.length") == 1
    two_seconds_pass(page)
    expect(status(page)).to_have_text(TIME)
    assert Report.objects.get().problems == "自动保存的问题"
    nothing_is_kept(page)
    page.get_by_label("下一步计划").fill("自动保存的计划")
    two_seconds_pass(page)
    expect(page.locator("[name=version]")).to_have_value("2")
    page.reload()
    expect(problems(page)).to_have_value("自动保存的问题")
    expect(page.get_by_label("下一步计划")).to_have_value("自动保存的计划")
    # Looking at it saves nothing, and neither does typing the same again.
    problems(page).fill("别的")
    problems(page).fill("自动保存的问题")
    sends_nothing(page)
    assert Report.objects.get().version == 2


def test_a_button_right_after_typing_saves_once(desk_of: DeskOf, draft_address: str) -> None:
    page = opened(desk_of("reporter"), draft_address)
    problems(page).fill("马上保存")
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    sends_nothing(page)
    assert (Report.objects.get().version, Report.objects.get().problems) == (1, "马上保存")
    nothing_is_kept(page)


def test_who_types_without_a_pause_is_saved_every_twenty_seconds(
    desk_of: DeskOf, draft_address: str
) -> None:
    page = opened(desk_of("reporter"), draft_address)
    problems(page).focus()
    # The clock goes on by itself meanwhile, which may take seconds of a machine that is busy.
    for _ in range(15):
        page.keyboard.type("字")
        page.clock.run_for(1_000)
    assert not Report.objects.exists()
    for _ in range(6):
        page.keyboard.type("字")
        page.clock.run_for(1_000)
    expect(page.locator("[name=version]")).to_have_value("1")
    assert len(Report.objects.get().problems) >= 15


def test_a_tab_that_is_closed_right_after_typing_has_saved(
    desk_of: DeskOf, draft_address: str
) -> None:
    context = desk_of("reporter")
    page = opened(context, draft_address)
    problems(page).fill("写完就关")
    close(page)
    page = opened(context, draft_address)
    until = time.monotonic() + 10
    while not Report.objects.exists() and time.monotonic() < until:
        page.wait_for_timeout(100)
    page.reload()
    expect(problems(page)).to_have_value("写完就关")
    expect(page.locator(".draft-offer")).to_have_count(0)
    nothing_is_kept(page)


def test_two_on_one_draft_each_take_what_they_need_of_the_other(
    desk_of: DeskOf, draft_address: str
) -> None:
    first, second = (
        opened(desk_of("reporter"), draft_address),
        opened(desk_of("colleague"), draft_address),
    )
    problems(first).fill("先写的问题")
    first.get_by_label("下一步计划").fill("先写的计划")
    two_seconds_pass(first)
    expect(status(first)).to_have_text(TIME)
    problems(second).fill("后写的问题")
    second.get_by_label("下一步计划").fill("后写的计划")
    two_seconds_pass(second)
    says(second, "data-merge")
    assert Report.objects.get().problems == "先写的问题"
    second.get_by_role("button", name="保存草稿", exact=True).click()
    stored = second.locator(".stored")
    expect(stored).to_have_count(2)
    take = stored.nth(0).locator("[data-take]")
    take.click()
    expect(problems(second)).to_have_value("先写的问题")
    take.click()
    expect(problems(second)).to_have_value("后写的问题")
    take.click()
    # Nothing is saved over the other's text before the person says so.
    sends_nothing(second)
    assert Report.objects.get().version == 1
    second.get_by_role("button", name="保存草稿", exact=True).click()
    expect(second.get_by_text("草稿已保存")).to_be_visible()
    report = Report.objects.get()
    assert (report.problems, report.next_steps) == ("先写的问题", "后写的计划")


def test_what_was_saved_together_with_a_contribution_is_not_offered_again(
    desk_of: DeskOf, draft_address: str, cast: Cast, real_month: ReportingPeriod
) -> None:
    assert cast.co_reporter.agency is not None
    measure = first_measure()
    contribution = contribution_save(
        task=measure.task,
        period=real_month,
        agency=cast.co_reporter.agency,
        by=cast.co_reporter,
        now=timezone.now(),
        content=ContributionContent((MeasureText(measure.pk, 1, "配合单位写的"),)),
        version=0,
    )
    contribution_move(
        contribution=contribution, move=Move.SUBMIT, by=cast.co_reporter, now=timezone.now()
    )
    page = opened(desk_of("reporter"), draft_address)
    text = page.locator(f"#id_text_{measure.pk}")
    text.fill("牵头单位写的")
    page.locator("[name=take_over]").click()
    expect(text).to_have_value(re.compile("牵头单位写的[^$]*配合单位写的"))
    nothing_is_kept(page)
    expect(page.locator(".draft-offer")).to_have_count(0)


def test_one_keystroke_takes_back_no_question_to_the_other_lead(
    desk_of: DeskOf, draft_address: str, cast: Cast
) -> None:
    Task.objects.filter(number=4).update(division=Division.CO_LEAD)
    Responsibility.objects.filter(task__number=4, position=2).update(role=ResponsibilityRole.LEAD)
    context = desk_of("reporter")
    page = opened(context, draft_address)
    problems(page).fill("送去征求意见的文字")
    page.get_by_role("button", name="保存并征求意见").click()
    expect(page.locator("form[data-saves=asked]")).to_have_count(1)
    report = Report.objects.get()
    report_move(report=report, move=Move.AGREE, by=cast.co_reporter, now=timezone.now())

    page.reload()
    at_first = status(page).inner_text()
    problems(page).fill("送去征求意见的文字，")
    says(page, "data-asked")
    sends_nothing(page)
    assert Report.objects.get().agreements.get().agrees
    problems(page).fill("送去征求意见的文字")
    expect(status(page)).to_have_text(at_first)
    nothing_is_kept(page)
    problems(page).fill("送去征求意见的文字，改了")
    close(page)

    page = opened(context, draft_address)
    assert Report.objects.get().agreements.get().agrees
    page.locator(".draft-offer [data-does=restore]").click()
    says(page, "data-asked")
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(page.locator(".note-warning", has_text="市发展改革委")).to_be_visible()
    expect(page.locator("form[data-saves=yes]")).to_have_count(1)
    report = Report.objects.get()
    assert report.problems == "送去征求意见的文字，改了"
    assert report.agreement_asked_at is None
    assert not report.agreements.exists()
    nothing_is_kept(page)
    # From here on it saves itself again.
    problems(page).fill("再改")
    two_seconds_pass(page)
    expect(status(page)).to_have_text(TIME)
    expect(page.locator("[name=version]")).to_have_value(str(report.version + 1))


def test_what_was_typed_of_a_measure_that_is_gone_stays_on_the_page_and_the_computer(
    desk_of: DeskOf, draft_address: str
) -> None:
    context = desk_of("reporter")
    page = opened(context, draft_address)
    gone = task_numbered(4).measures.order_by("-ordinal")[0]
    text = page.locator(f"#id_text_{gone.pk}")
    key = gone.pk
    gone.delete()
    text.fill("写给已删举措的文字")
    two_seconds_pass(page)
    says(page, "data-kept")
    sends_nothing(page)
    assert not Report.objects.exists()
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(page.locator(".note-warning .stored")).to_have_text("写给已删举措的文字")
    expect(page.locator(f"#id_text_{key}")).to_have_count(0)
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    # The copy on this computer goes when its writer throws it away, and not before.
    offer = page.locator(".draft-offer")
    offer.locator("[data-does=restore]").click()
    expect(offer).to_have_count(1)
    offer.locator("[data-does=discard]").click()
    nothing_is_kept(page)

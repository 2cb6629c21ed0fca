"""Attaching a file and getting it back, as a person does it in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect
from pytest_django.live_server_helper import LiveServer

from agencies.models import User
from conftest import PASSWORD, Cast
from progress.models import Evidence, Report, ReportingPeriod
from progress.tests.files import docx, pdf

pytestmark = pytest.mark.browser

NAME = "算力中心验收报告（终稿）.pdf"


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def page(
    request: pytest.FixtureRequest, browser: Browser, live_server: LiveServer, cast: Cast
) -> Iterator[Page]:
    """A page of the reporter, who is signed in. It never complains."""
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error" and "status of 4" not in message.text:
            complaints.append(message.text)

    context = browser.new_context(java_script_enabled=request.param)
    page = context.new_page()
    page.on("console", complain)
    sign_in(page, live_server, cast.reporter)
    yield page
    assert complaints == []


def sign_in(page: Page, live_server: LiveServer, user: User) -> None:
    page.goto(live_server.url)
    page.get_by_label("用户名").fill(user.username)
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()


def open_form(page: Page, live_server: LiveServer, period: ReportingPeriod) -> None:
    """The form of the report, and, where no script shows it there, the page that takes files."""
    page.goto(f"{live_server.url}/tasks/4/reports/{period.code}/edit/")
    by_itself = page.locator("[data-without-script] button")
    expect(
        page.locator("#evidence_file, [data-without-script]").locator("visible=true")
    ).to_have_count(1)
    if by_itself.is_visible():
        by_itself.click()
        expect(page.locator("#evidence_file")).to_be_visible()


def attach(page: Page, folder: Path, name: str, content: bytes) -> None:
    path = folder / name
    path.write_bytes(content)
    page.locator("#evidence_file").set_input_files(path)
    page.locator("#evidence_measure").select_option(index=2)
    page.locator(".evidence-form[data-upload] button").click()


def test_a_file_is_attached_had_back_replaced_and_removed(
    page: Page, live_server: LiveServer, this_month: ReportingPeriod, tmp_path: Path
) -> None:
    open_form(page, live_server, this_month)
    attach(page, tmp_path, NAME, pdf())
    panel = page.locator("[data-evidence]")
    row = panel.get_by_role("row").filter(has_text=NAME)
    expect(row).to_contain_text("张报")
    with page.expect_download() as download:
        row.get_by_role("link", name=NAME).click()
    assert download.value.suggested_filename == NAME
    had = tmp_path / "had.pdf"
    download.value.save_as(had)
    assert had.read_bytes() == pdf()

    later = tmp_path / "later.pdf"
    later.write_bytes(pdf("later"))
    row.locator("summary").click()
    row.locator("input[type=file]").set_input_files(later)
    row.locator(".evidence-replace button").click()
    expect(panel.get_by_role("row").filter(has_text="later.pdf")).to_be_visible()
    panel.get_by_role("row").filter(has_text="later.pdf").locator(".btn-outline-danger").click()
    expect(panel.locator(".evidence-past > summary")).to_contain_text("2")
    assert not Evidence.objects.standing().exists()
    assert Evidence.objects.count() == 2


def test_a_refused_file_says_why_and_nothing_is_attached(
    page: Page, live_server: LiveServer, this_month: ReportingPeriod, tmp_path: Path
) -> None:
    open_form(page, live_server, this_month)
    attach(page, tmp_path, "方案.pdf", docx())
    expect(page.get_by_role("alert").filter(has_text="方案.pdf")).to_be_visible()
    assert not Evidence.objects.exists()


def test_without_a_script_what_is_typed_is_stored_before_a_file_is_asked_for(
    browser: Browser,
    live_server: LiveServer,
    cast: Cast,
    this_month: ReportingPeriod,
    tmp_path: Path,
) -> None:
    page = browser.new_context(java_script_enabled=False).new_page()
    sign_in(page, live_server, cast.reporter)
    page.goto(f"{live_server.url}/tasks/4/reports/{this_month.code}/edit/")
    page.get_by_label("存在问题").fill("先写的话")
    page.locator("[data-without-script] button").click()
    attach(page, tmp_path, NAME, pdf())
    expect(page.get_by_role("row").filter(has_text=NAME)).to_be_visible()
    page.locator(f'main a[href*="/reports/{this_month.code}/edit/"]').last.click()
    expect(page.get_by_label("存在问题")).to_have_value("先写的话")


def test_a_file_over_the_limit_is_refused_before_it_is_sent(
    browser: Browser,
    live_server: LiveServer,
    cast: Cast,
    this_month: ReportingPeriod,
    tmp_path: Path,
) -> None:
    page = browser.new_context().new_page()
    sign_in(page, live_server, cast.reporter)
    open_form(page, live_server, this_month)
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.method))
    attach(page, tmp_path, NAME, pdf() + b" " * 20_000_000)
    expect(page.locator("[data-upload-problem]")).to_contain_text("20")
    assert "POST" not in sent
    assert not Evidence.objects.exists()


def test_what_is_typed_is_stored_before_the_file_goes_and_the_form_goes_on(
    browser: Browser,
    live_server: LiveServer,
    cast: Cast,
    this_month: ReportingPeriod,
    tmp_path: Path,
) -> None:
    page = browser.new_context().new_page()
    sign_in(page, live_server, cast.reporter)
    page.goto(f"{live_server.url}/tasks/4/reports/{this_month.code}/edit/")
    page.get_by_label("存在问题").fill("先写的话")
    attach(page, tmp_path, NAME, pdf())
    expect(page.get_by_role("row").filter(has_text=NAME)).to_be_visible()
    expect(page.get_by_label("存在问题")).to_have_value("先写的话")
    assert Report.objects.get().problems == "先写的话"
    page.get_by_label("存在问题").fill("后写的话")
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    assert Report.objects.get().problems == "后写的话"


def test_a_file_that_begins_the_report_leaves_the_open_form_usable(
    browser: Browser,
    live_server: LiveServer,
    cast: Cast,
    this_month: ReportingPeriod,
    tmp_path: Path,
) -> None:
    page = browser.new_context().new_page()
    sign_in(page, live_server, cast.reporter)
    page.goto(f"{live_server.url}/tasks/4/reports/{this_month.code}/edit/")
    attach(page, tmp_path, NAME, pdf())
    expect(page.get_by_role("row").filter(has_text=NAME)).to_be_visible()
    page.get_by_label("存在问题").fill("接着写的话")
    page.get_by_role("button", name="保存草稿", exact=True).click()
    expect(page.get_by_text("草稿已保存")).to_be_visible()
    assert Report.objects.get().problems == "接着写的话"

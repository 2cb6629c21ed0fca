"""A form is downloaded, filled in, uploaded, looked at and confirmed, whatever comes between."""

import re
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Contribution, OfflineForm, Report, ReportingPeriod, SheetUpload
from progress.states import Move
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.tests.agencies_changed import given_to
from progress.tests.offline import (
    CONTRIBUTED,
    CONTRIBUTIONS,
    MEASURES,
    NEXT_STEPS,
    PROBLEMS,
    STATUS,
    TEXT,
    WHOLE,
    address_of,
    compared,
    confirmed,
    downloaded,
    faults_of,
    rows_of_task,
    sheet_of,
    taken_back,
    uploaded,
)
from progress.workflow import (
    content_of,
    contribution_content_of,
    period_close,
    period_open,
    report_move,
)
from progress.workflow.sheets import FILE, STORED, Outcome
from tasks.models import Status

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def writer(cast: Cast, period: ReportingPeriod, signed_in: ClientOf) -> Client:
    return signed_in(cast.reporter)


def report() -> Report:
    return Report.objects.get(task__number=4, period__code="2026-10")


# --- There and back -----------------------------------------------------------------------------


def test_what_is_filled_in_is_written_as_drafts_and_read_in_page_and_api(
    cast: Cast, writer: Client
) -> None:
    workbook = downloaded(writer)
    measures, whole = sheet_of(workbook, MEASURES), sheet_of(workbook, WHOLE)
    row = rows_of_task(measures, 4)[0]
    measures[f"{STATUS}{row}"] = "推进中"
    measures[f"{TEXT}{row}"] = "=已完成方案起草\n并征求意见 "
    measures[f"{TEXT}{row}"].data_type = "s"  # as Excel keeps what is typed in a cell of text
    measures[f"{TEXT}{row + 1}"] = "_x005F_x0041_与①５０％"  # as Excel escapes what looks like it
    whole[f"{PROBLEMS}{rows_of_task(whole, 4)[0]}"] = "缺少数据接口"
    upload = taken_back(writer, workbook)
    assert not Report.objects.exists()  # nothing before the yes
    page = writer.get(address_of(upload)).content.decode()
    assert "尚未写入" in page
    assert f"举措进展!{TEXT}{row}" in page
    assert "缺少数据接口" in page
    answer = confirmed(writer, upload)
    assert answer.status_code == 302
    content = content_of(report())
    assert (content.measures[0].status, content.measures[0].text) == (
        Status.IN_PROGRESS,
        "=已完成方案起草\n并征求意见",
    )
    assert content.measures[1].text == "_x0041_与①５０％"
    assert content.problems == "缺少数据接口"
    assert report().state == "draft"
    assert report().updated_by == cast.reporter
    assert "缺少数据接口" in writer.get("/tasks/4/reports/2026-10/").content.decode()
    told = writer.get(f"/api/v1/reports/{report().pk}/").json()
    assert told["problems"] == "缺少数据接口"
    # What was written reads the same in the next form, which then says nothing new.
    assert compared(taken_back(writer, downloaded(writer))) == []
    # Of the tasks that were left as they were no report has begun.
    assert Report.objects.count() == 1


def test_an_untouched_form_changes_nothing_and_says_so(writer: Client) -> None:
    upload = taken_back(writer, downloaded(writer))
    page = writer.get(address_of(upload))
    assert page.context["comparison"].places == []
    assert "没有可以写入的内容" in page.content.decode()
    assert confirmed(writer, upload).status_code == 400
    assert not Report.objects.exists()


def test_the_form_starts_from_what_was_approved_and_then_from_the_draft(
    cast: Cast, period: ReportingPeriod, writer: Client
) -> None:
    task = task_numbered(4)
    approved(task, period, cast.reporter, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW)
    period_open(code="2026-11", by=cast.coordinator, now=NOW)
    sheet = sheet_of(downloaded(writer, "2026-11"), MEASURES)
    row = rows_of_task(sheet, 4)[0]
    assert (sheet[f"{STATUS}{row}"].value, sheet[f"{TEXT}{row}"].value) == (
        "推进中",
        "举措1已推进",
    )
    november = ReportingPeriod.objects.get(code="2026-11")
    saved(task, november, cast.reporter, Status.NOT_STARTED)
    sheet = sheet_of(downloaded(writer, "2026-11"), MEASURES)
    assert sheet[f"{STATUS}{row}"].value == "未启动"
    assert sheet[f"{TEXT}{row}"].value is None


def test_a_contribution_comes_back_too(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.co_reporter)
    workbook = downloaded(client)
    sheet = sheet_of(workbook, CONTRIBUTIONS)
    *measures, remarks = rows_of_task(sheet, 4)
    sheet[f"{CONTRIBUTED}{measures[0]}"] = "发改委已会签"
    sheet[f"{CONTRIBUTED}{remarks}"] = "请提前一周发文"
    upload = taken_back(client, workbook)
    assert confirmed(client, upload).status_code == 302
    content = contribution_content_of(Contribution.objects.get(task__number=4))
    assert content.measures[0].text == "发改委已会签"
    assert content.remarks == "请提前一周发文"


def test_cells_that_are_locked_are_the_others(writer: Client) -> None:
    workbook = downloaded(writer)
    free = {
        (place, cell.column_letter)
        for place in (MEASURES, WHOLE)
        for row in sheet_of(workbook, place).iter_rows(min_row=5)
        for cell in row
        if not cell.protection.locked
    }
    assert free == {
        (MEASURES, STATUS),
        (MEASURES, TEXT),
        *((WHOLE, letter) for letter in "DEF"),
    }
    for sheet in workbook.worksheets:
        assert sheet.protection.sheet
    sheet = sheet_of(workbook, MEASURES)
    assert sheet.row_dimensions[1].hidden
    assert sheet.column_dimensions["A"].hidden
    (statuses,) = [one for one in sheet.data_validations.dataValidation if one.type == "list"]
    assert statuses.formula1 == '"未启动,推进中,已完成,长期坚持"'
    assert f"{STATUS}5" in statuses.sqref
    assert "严禁录入涉密信息" in str(sheet["B3"].value)


# --- Where both sides changed -------------------------------------------------------------------


def test_what_only_one_side_changed_holds_and_a_conflict_is_asked_about(
    cast: Cast, period: ReportingPeriod, writer: Client, signed_in: ClientOf
) -> None:
    task = task_numbered(4)
    saved(task, period, cast.reporter)
    workbook = downloaded(writer)
    measures, whole = sheet_of(workbook, MEASURES), sheet_of(workbook, WHOLE)
    first, second, *_rest = rows_of_task(measures, 4)
    measures[f"{TEXT}{first}"] = "文件的话"
    whole[f"{PROBLEMS}{rows_of_task(whole, 4)[0]}"] = "文件的问题"
    colleague = signed_in(cast.colleague)
    other = downloaded(colleague)
    sheet_of(other, MEASURES)[f"{TEXT}{first}"] = "同事的话"
    sheet_of(other, MEASURES)[f"{TEXT}{second}"] = "同事的另一句话"
    assert confirmed(colleague, taken_back(colleague, other)).status_code == 302

    upload = taken_back(writer, workbook)
    outcomes = {cell.says: cell.outcome for cell in compared(upload)}
    assert outcomes == {
        "文件的话": Outcome.ASKED,
        "文件的问题": Outcome.TAKEN,
        "举措2已推进": Outcome.STAYS,
    }
    page = writer.get(address_of(upload)).content.decode()
    for said in ("举措1已推进", "赵同", "2026-10-22 10:00", "同事的另一句话"):
        assert said in page
    # Without a choice nothing is written at all.
    answer = confirmed(writer, upload)
    assert answer.status_code == 400
    assert content_of(report()).problems == ""
    assert confirmed(writer, upload, {"文件的话": FILE}).status_code == 302
    content = content_of(report())
    assert [m.text for m in content.measures[:2]] == ["文件的话", "同事的另一句话"]
    assert content.problems == "文件的问题"


def test_what_was_not_chosen_stays_with_the_upload(
    cast: Cast, period: ReportingPeriod, writer: Client
) -> None:
    task = task_numbered(4)
    saved(task, period, cast.reporter)
    workbook = downloaded(writer)
    sheet = sheet_of(workbook, MEASURES)
    sheet[f"{TEXT}{rows_of_task(sheet, 4)[0]}"] = "文件的话"
    saved(task, period, cast.colleague, Status.NOT_STARTED)
    upload = taken_back(writer, workbook)
    assert confirmed(writer, upload, {"文件的话": STORED}).status_code == 302
    assert content_of(report()).measures[0].text == ""
    assert "文件的话" in writer.get(address_of(upload)).content.decode()


def test_what_is_saved_after_the_preview_is_not_overwritten_unseen(
    cast: Cast, period: ReportingPeriod, writer: Client
) -> None:
    task = task_numbered(4)
    saved(task, period, cast.reporter)
    workbook = downloaded(writer)
    measures = sheet_of(workbook, MEASURES)
    first, second, *_rest = rows_of_task(measures, 4)
    measures[f"{TEXT}{first}"], measures[f"{TEXT}{second}"] = "文件甲", "文件乙"
    others = [Status.IN_PROGRESS] * (task.measures.count() - 1)
    saved(task, period, cast.colleague, [Status.NOT_STARTED, *others])
    upload = taken_back(writer, workbook)
    seen = writer.get(address_of(upload)).context["comparison"]
    (asked,) = seen.asked
    saved(task, period, cast.colleague, Status.NOT_STARTED)
    answer = writer.post(
        address_of(upload), {"seen": seen.seen, f"choice-{asked.name}": asked.sent_as(FILE)}
    )
    assert answer.status_code == 409
    again = answer.context["comparison"]
    # The first is still chosen, since the text against which it was chosen is still there.
    assert [(one.says, one.choice) for one in again.asked] == [("文件甲", FILE), ("文件乙", "")]
    assert content_of(report()).measures[0].text == ""


def test_one_goes_on_in_the_same_file(writer: Client) -> None:
    workbook = downloaded(writer)
    sheet = sheet_of(workbook, MEASURES)
    cell = sheet[f"{TEXT}{rows_of_task(sheet, 4)[0]}"]
    cell.value = "第一稿"
    assert confirmed(writer, taken_back(writer, workbook)).status_code == 302
    cell.value = "第二稿"
    upload = taken_back(writer, workbook)
    assert [one.outcome for one in compared(upload)] == [Outcome.TAKEN]
    # What it overwrites is the first draft, and not what the form said when it was downloaded.
    assert re.search("<del>[^<]*一[^<]*</del>", writer.get(address_of(upload)).content.decode())


def test_the_same_file_twice_is_one_upload_and_after_it_was_written_says_nothing_new(
    writer: Client,
) -> None:
    workbook = downloaded(writer)
    sheet = sheet_of(workbook, MEASURES)
    sheet[f"{TEXT}{rows_of_task(sheet, 4)[0]}"] = "一句话"
    upload = taken_back(writer, workbook)
    assert taken_back(writer, workbook) == upload
    assert confirmed(writer, upload).status_code == 302
    version = report().version
    assert compared(taken_back(writer, workbook)) == []
    assert report().version == version


def test_a_colleagues_form_is_taken_and_a_strangers_is_refused(
    cast: Cast, writer: Client, signed_in: ClientOf
) -> None:
    workbook = downloaded(writer)
    sheet = sheet_of(workbook, MEASURES)
    sheet[f"{TEXT}{rows_of_task(sheet, 4)[0]}"] = "一句话"
    stranger = signed_in(cast.stranger)
    assert "其他单位" in faults_of(uploaded(stranger, workbook))[0]
    assert not SheetUpload.objects.exists()
    upload = taken_back(signed_in(cast.colleague), workbook)
    assert stranger.get(address_of(upload)).status_code == 404
    # People of one agency report together: either may confirm.
    assert confirmed(writer, upload).status_code == 302


# --- What became of the report meanwhile --------------------------------------------------------


def test_a_report_that_was_handed_in_meanwhile_is_left_aside_and_the_rest_is_taken(
    cast: Cast, period: ReportingPeriod, writer: Client
) -> None:
    workbook = downloaded(writer)
    measures = sheet_of(workbook, MEASURES)
    numbers = sorted({measures.cell(row, 2).value for row in range(5, measures.max_row + 1)})
    other = next(number for number in numbers if number != 4)
    measures[f"{TEXT}{rows_of_task(measures, 4)[0]}"] = "来晚的话"
    measures[f"{TEXT}{rows_of_task(measures, other)[0]}"] = "来得及的话"
    submitted = handed_in(task_numbered(4), period, cast.reporter)
    upload = taken_back(writer, workbook)
    page = writer.get(address_of(upload)).content.decode()
    assert "撤回" in page
    assert confirmed(writer, upload).status_code == 302
    assert content_of(report()).measures[0].text == "举措1已推进"
    taken = Report.objects.get(task__number=other)
    assert content_of(taken).measures[0].text == "来得及的话"
    assert "来晚的话" in writer.get(address_of(upload)).content.decode()
    # Once it is withdrawn, the same file says it again.
    report_move(report=submitted, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    again = [cell for cell in compared(taken_back(writer, workbook)) if cell.says == "来晚的话"]
    assert [cell.outcome for cell in again] == [Outcome.ASKED]


def test_a_report_that_was_handed_in_before_is_grey_in_the_form(
    cast: Cast, period: ReportingPeriod, writer: Client
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    sheet = sheet_of(downloaded(writer), MEASURES)
    row = rows_of_task(sheet, 4)[0]
    assert sheet[f"{TEXT}{row}"].protection.locked
    assert "已提交" in str(sheet[f"G{row}"].value)


def test_a_task_that_was_given_to_others_meanwhile_is_left_aside(
    cast: Cast, period: ReportingPeriod, writer: Client
) -> None:
    workbook = downloaded(writer)
    sheet = sheet_of(workbook, MEASURES)
    sheet[f"{TEXT}{rows_of_task(sheet, 4)[0]}"] = "一句话"
    given_to(cast, "市发展改革委", "市数据局")
    upload = taken_back(writer, workbook)
    comparison = writer.get(address_of(upload)).context["comparison"]
    assert comparison.writable == []
    assert [place.task.number for place in comparison.refused] == [4]
    assert confirmed(writer, upload).status_code == 400
    assert not Report.objects.exists()


def test_a_form_of_a_closed_period_is_refused(
    cast: Cast, period: ReportingPeriod, writer: Client
) -> None:
    workbook = downloaded(writer)
    sheet = sheet_of(workbook, MEASURES)
    sheet[f"{TEXT}{rows_of_task(sheet, 4)[0]}"] = "一句话"
    upload = taken_back(writer, workbook)
    seen = writer.get(address_of(upload)).context["comparison"].seen
    period_close(period=period, by=cast.coordinator, now=NOW)
    period_open(code="2026-11", by=cast.coordinator, now=NOW)
    answer = writer.post(address_of(upload), {"seen": seen})
    assert answer.status_code == 409
    assert "一句话" in answer.content.decode()
    refused = uploaded(writer, workbook)
    assert refused.status_code == 409
    assert "2026-10" in faults_of(refused)[0]
    assert not Report.objects.exists()
    assert writer.post("/my/form/download/", {"period": "2026-10"}).status_code == 409


def test_an_upload_that_waited_too_long_says_so_and_keeps_its_texts(writer: Client) -> None:
    workbook = downloaded(writer)
    sheet = sheet_of(workbook, MEASURES)
    sheet[f"{TEXT}{rows_of_task(sheet, 4)[0]}"] = "一句话"
    upload = taken_back(writer, workbook)
    seen = writer.get(address_of(upload)).context["comparison"].seen
    with time_machine.travel(upload.expires_at, tick=False):
        page = writer.get(address_of(upload)).content.decode()
        assert "重新上传" in page
        assert "一句话" in page
        assert writer.post(address_of(upload), {"seen": seen}).status_code == 409
        # The same file is a new upload now.
        assert taken_back(writer, workbook).pk != upload.pk
    assert not Report.objects.exists()


def test_a_discarded_upload_is_written_no_more(writer: Client) -> None:
    workbook = downloaded(writer)
    sheet = sheet_of(workbook, MEASURES)
    sheet[f"{TEXT}{rows_of_task(sheet, 4)[0]}"] = "一句话"
    upload = taken_back(writer, workbook)
    seen = writer.get(address_of(upload)).context["comparison"].seen
    assert writer.post(f"{address_of(upload)}discard/").status_code == 302
    answer = writer.post(address_of(upload), {"seen": seen})
    assert answer.status_code == 409
    assert "一句话" in answer.content.decode()
    assert not Report.objects.exists()


def test_one_confirmation_is_written_once(writer: Client) -> None:
    workbook = downloaded(writer)
    sheet = sheet_of(workbook, WHOLE)
    sheet[f"{NEXT_STEPS}{rows_of_task(sheet, 4)[0]}"] = "下月印发"
    upload = taken_back(writer, workbook)
    sent = {"seen": writer.get(address_of(upload)).context["comparison"].seen}
    assert writer.post(address_of(upload), sent).status_code == 302
    assert writer.post(address_of(upload), sent).status_code == 302
    assert report().version == 1


def test_forms_are_kept_by_a_key_that_nobody_guesses(writer: Client) -> None:
    downloaded(writer)
    downloaded(writer)
    keys = set(OfflineForm.objects.values_list("key", flat=True))
    assert len(keys) == 2
    assert all(len(key) == 16 for key in keys)

"""A form that is out while its agency is merged, the list revised, or another lead asked."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import time_machine
from django.test import Client

from agencies.models import Role, User
from conftest import NOW, Cast, _person
from progress.models import (
    Agreement,
    Contribution,
    OfflineForm,
    Report,
    ReportingPeriod,
    SheetUpload,
)
from progress.states import Move
from progress.tests.acts import saved, task_numbered
from progress.tests.agencies_changed import (
    NEW,
    OLD,
    agency,
    drafted,
    fresh,
    merged,
    person_of,
    said,
)
from progress.tests.offline import (
    CONTRIBUTED,
    CONTRIBUTIONS,
    MEASURES,
    PROBLEMS,
    TEXT,
    WHOLE,
    address_of,
    confirmed,
    downloaded,
    rows_of_task,
    sheet_of,
    taken_back,
)
from progress.workflow import content_of, period_close, report_move
from progress.workflow.sheets import FILE, FORMS_KEPT, LIFETIME, sheets_sweep
from tasks.importing import import_list
from tasks.models import Task
from tasks.tests.official_list import list_with, renumbered

ClientOf = Callable[[User], Client]
TASK_4, TASK_5 = 12, 13
LAST_OF_5 = "三是多部门协同推进数据跨境服务中心建设工作，加强数据跨境政策宣传，开展常态化服务。"


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def revised(tmp_path: Path, text: str) -> None:
    path = tmp_path / "list.txt"
    path.write_text(text, encoding="utf-8")
    import_list(path=path, now=NOW)


# --- The agency is merged -----------------------------------------------------------------------


def test_the_form_of_an_agency_that_was_merged_comes_back_as_its_successors(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    task = task_numbered(4)
    workbook = downloaded(signed_in(cast.co_reporter))
    sheet = sheet_of(workbook, CONTRIBUTIONS)
    row = rows_of_task(sheet, 4)[0]
    sheet[f"{CONTRIBUTED}{row}"] = "路上写的话"
    successor = person_of(NEW)
    drafted(task, period, successor, "工信局的话")
    merged(cast)
    client = signed_in(fresh(cast.co_reporter))
    upload = taken_back(client, workbook)
    # Both wrote: the successor's text is not overwritten unasked, and nothing is left out.
    asked = client.get(address_of(upload)).context["comparison"].asked
    assert [(one.says, "工信局的话" in one.stored) for one in asked] == [("路上写的话", True)]
    assert confirmed(client, upload, {"路上写的话": FILE}).status_code == 302
    [one] = Contribution.objects.filter(task=task, agency=agency(NEW))
    assert "路上写的话" in said(one)
    assert not Contribution.objects.filter(task=task, agency=agency(OLD)).exists()


def test_the_form_of_a_lead_that_was_merged_writes_the_successors_report(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    workbook = downloaded(signed_in(cast.reporter))
    sheet = sheet_of(workbook, MEASURES)
    sheet[f"{TEXT}{rows_of_task(sheet, 4)[0]}"] = "路上写的话"
    # The successor had a part of its own in the task, and its own form out.
    theirs = downloaded(signed_in(cast.co_reporter))
    sheet = sheet_of(theirs, CONTRIBUTIONS)
    sheet[f"{CONTRIBUTED}{rows_of_task(sheet, 4)[0]}"] = "配合时写的话"
    merged(cast, "市数据局", OLD)
    client = signed_in(fresh(cast.reporter))
    assert confirmed(client, taken_back(client, workbook)).status_code == 302
    report = Report.objects.get(task__number=4)
    assert content_of(report).measures[0].text == "路上写的话"
    # Who leads a task contributes nothing to it: that says so, and the text is not lost.
    other = signed_in(fresh(cast.co_reporter))
    upload = taken_back(other, theirs)
    page = other.get(address_of(upload))
    assert [one.task.number for one in page.context["comparison"].refused] == [4]
    assert "配合时写的话" in page.content.decode()


# --- The list is revised ------------------------------------------------------------------------


def test_a_measure_that_was_dropped_is_left_aside_and_the_rest_is_written(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf, tmp_path: Path
) -> None:
    client = signed_in(cast.reporter)
    workbook = downloaded(client)
    sheet = sheet_of(workbook, MEASURES)
    rows = rows_of_task(sheet, 5)
    sheet[f"{TEXT}{rows[0]}"], sheet[f"{TEXT}{rows[2]}"] = "留下的话", "落空的话"
    revised(tmp_path, list_with((TASK_5, LAST_OF_5, ""), (TASK_4, "二是做好", "二是切实做好")))
    upload = taken_back(client, workbook)
    page = client.get(address_of(upload))
    assert [len(one.cells) for one in page.context["comparison"].refused] == [1]
    assert "清单中已没有这条举措" in page.content.decode()
    assert confirmed(client, upload).status_code == 302
    written = content_of(Report.objects.get(task__number=5)).measures
    assert [one.text for one in written] == ["留下的话", ""]
    assert "落空的话" in client.get(address_of(upload)).content.decode()


def test_what_was_written_of_a_task_that_was_dropped_is_shown_and_kept_to_be_copied(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf, tmp_path: Path
) -> None:
    client = signed_in(cast.reporter)
    workbook = downloaded(client)
    measures, whole = sheet_of(workbook, MEASURES), sheet_of(workbook, WHOLE)
    row = rows_of_task(measures, 5)[0]
    measures[f"{TEXT}{row}"] = "落空的话"
    whole[f"{PROBLEMS}{rows_of_task(whole, 4)[0]}"] = "留下的话"
    lines = list_with().split("\n")
    revised(tmp_path, renumbered("\n".join([*lines[: TASK_5 - 1], *lines[TASK_5:]])))
    assert Task.objects.count() == 130
    upload = taken_back(client, workbook)
    page = client.get(address_of(upload)).content.decode()
    assert "落空的话" in page
    assert f"!{TEXT}{row}" in page
    assert confirmed(client, upload).status_code == 302
    assert content_of(Report.objects.get()).problems == "留下的话"
    assert "落空的话" in client.get(address_of(upload)).content.decode()


# --- Another lead was asked ---------------------------------------------------------------------


def test_a_changed_text_takes_the_question_to_the_other_lead_back_and_says_so(
    period: ReportingPeriod, signed_in: ClientOf
) -> None:
    first = _person("health", "卫报", Role.REPORTER, "市卫生健康委")
    second = _person("drugs", "药报", Role.REPORTER, "市药监局")
    client = signed_in(first)
    workbook = downloaded(client)
    sheet = sheet_of(workbook, MEASURES)
    report = report_move(
        report=saved(task_numbered(22), period, first), move=Move.ASK, by=first, now=NOW
    )
    report_move(report=report, move=Move.AGREE, by=second, now=NOW)
    # What the file says of other tasks leaves the answer alone.
    other = next(
        number
        for number in (sheet.cell(row, 2).value for row in range(5, sheet.max_row + 1))
        if isinstance(number, int) and number != 22
    )
    sheet[f"{TEXT}{rows_of_task(sheet, other)[0]}"] = "别的任务"
    assert confirmed(client, taken_back(client, workbook)).status_code == 302
    assert Agreement.objects.count() == 1
    sheet[f"{TEXT}{rows_of_task(sheet, 22)[0]}"] = "改过的话"
    upload = taken_back(client, workbook)
    assert "另一牵头单位" in client.get(address_of(upload)).content.decode()
    assert confirmed(client, upload, {"改过的话": FILE}).status_code == 302
    report.refresh_from_db()
    assert report.agreement_asked_at is None
    assert not Agreement.objects.exists()


# --- What is left behind ------------------------------------------------------------------------


def test_uploads_and_forms_go_once_nobody_can_need_them(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.reporter)
    workbook = downloaded(client)
    sheet = sheet_of(workbook, MEASURES)
    sheet[f"{TEXT}{rows_of_task(sheet, 4)[0]}"] = "写进去的话"
    taken = taken_back(client, workbook)
    confirmed(client, taken)
    sheet[f"{TEXT}{rows_of_task(sheet, 5)[0]}"] = "没有确认的话"
    waiting = taken_back(client, workbook)
    assert sheets_sweep(now=waiting.expires_at) == 0
    assert sheets_sweep(now=waiting.expires_at + LIFETIME) == 1
    assert list(SheetUpload.objects.all()) == [taken]
    period_close(period=period, by=cast.coordinator, now=NOW)
    assert sheets_sweep(now=NOW + FORMS_KEPT - LIFETIME) == 0
    assert sheets_sweep(now=NOW + FORMS_KEPT) == 1
    assert not OfflineForm.objects.exists()
    assert content_of(Report.objects.get(task__number=4)).measures[0].text == "写进去的话"


def test_a_page_takes_an_answer_for_every_cell_that_a_form_can_have(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.reporter)
    workbook = downloaded(client)
    sheet = sheet_of(workbook, MEASURES)
    sheet[f"{TEXT}{rows_of_task(sheet, 4)[0]}"] = "一句话"
    upload = taken_back(client, workbook)
    seen = client.get(address_of(upload)).context["comparison"].seen
    answers = {f"choice-{line}.{field}": "x" for line in range(2000) for field in ("a", "b")}
    assert client.post(address_of(upload), {"seen": seen, **answers}).status_code == 302

"""A coordinator imports a revised list: chosen, looked at, confirmed; nothing before that."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core import signing
from django.http import HttpResponse
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.tests.acts import task_numbered
from progress.tests.sheets import changed, sent
from tasks.importing import import_list, list_import
from tasks.models import ListImport, Task, TaskRevision
from tasks.tests.official_list import SOURCE, list_with, list_without_line, renumbered

TASK_4, LAST = 12, 211
PAGE = "/tasks/list/"
TOKEN = re.compile(r'name="list" value="([^"]*)"')


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(cast: Cast, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.coordinator)


def text(answer: HttpResponse) -> str:
    return unescape(answer.content.decode())


def chosen(office: Client, data: str | bytes, name: str = "清单.txt") -> HttpResponse:
    content = data if isinstance(data, bytes) else data.encode()
    return office.post(PAGE, {"file": sent(content, name)})  # type: ignore[return-value]


def confirmed(office: Client, preview: HttpResponse) -> HttpResponse:
    (token,) = TOKEN.findall(text(preview))
    return office.post(PAGE, {"step": "confirm", "list": token})  # type: ignore[return-value]


def test_a_revised_list_goes_from_excel_to_the_register(cast: Cast, office: Client) -> None:
    """Downloaded, corrected in Excel, sent back, looked at, confirmed."""
    answer = office.get("/tasks/list.xlsx")
    assert "2026-10-22.xlsx" in answer["Content-Disposition"]

    def corrected(sheet: Any) -> None:
        (row,) = [row for row in sheet.iter_rows() if row[0].value == 4]
        row[1].value = row[1].value.replace("统筹当地", "统筹全市")

    preview = chosen(office, changed(answer.content, corrected), "清单.xlsx")
    assert preview.status_code == 200
    assert "<del>当地</del><ins>全市</ins>" in text(preview)
    assert not TaskRevision.objects.exists()
    done = confirmed(office, preview)
    assert (done.status_code, done["Location"]) == (302, "/tasks/")
    assert task_numbered(4).title.startswith("统筹全市")
    assert task_numbered(4).revisions.get().title.startswith("统筹当地")
    kept = ListImport.objects.first()
    assert kept is not None
    assert (kept.by, kept.name, kept.updated, kept.unchanged) == (
        cast.coordinator,
        "清单.xlsx",
        1,
        130,
    )
    assert "清单.xlsx" in text(office.get(PAGE))  # type: ignore[arg-type]


def test_what_is_new_changed_moved_and_dropped_is_shown(office: Client) -> None:
    text_without = renumbered(list_without_line(TASK_4))
    preview = text(chosen(office, text_without))
    assert "移出的试点任务" in preview
    assert "5–131改为4–130" in preview
    assert "新增0项 · 变更127项 · 移出1项 · 未变更3项" in preview
    confirmed(office, chosen(office, text_without))
    went = ListImport.objects.latest("pk").went
    assert went[0][0] == 4
    back = text(chosen(office, SOURCE))
    assert "新增的试点任务" in back
    assert went[0][1] in back


def test_the_list_that_holds_is_nothing_to_import(office: Client) -> None:
    preview = chosen(office, SOURCE)
    assert "无需导入" in text(preview)
    assert not TOKEN.findall(text(preview))


def test_each_fault_is_named_with_its_line_or_cell(office: Client) -> None:
    answer = chosen(office, list_with((TASK_4, "市数据局", "市数据据")))
    assert answer.status_code == 400
    assert "第12行" in text(answer)
    assert "是否应为“市数据局”" in text(answer)

    def spoilt(sheet: Any) -> None:
        sheet["D4"] = "=A1"
        sheet["D5"] = "市通信局"

    downloaded = office.get("/tasks/list.xlsx").content
    answer = chosen(office, changed(downloaded, spoilt), "清单.xlsx")
    assert answer.status_code == 400
    # One fault a cell: that it is empty then is not said too.
    assert "有2处问题" in text(answer)
    assert "<strong>D4</strong>" in text(answer)
    assert "<strong>D5</strong>" in text(answer)
    assert not TaskRevision.objects.exists()


def test_a_task_with_reports_is_refused_and_nothing_written(
    cast: Cast, office: Client, period: ReportingPeriod
) -> None:
    without = renumbered(list_without_line(TASK_4))
    preview = chosen(office, without)
    Report.objects.create(
        task=task_numbered(4),
        period=period,
        created_at=NOW,
        updated_at=NOW,
        updated_by=cast.reporter,
    )
    # Begun after the preview, and before it.
    for answer, status in ((confirmed(office, preview), 409), (chosen(office, without), 400)):
        assert answer.status_code == status
        assert "已有进展报告" in text(answer)
    assert Task.objects.count() == 131


def test_a_register_that_changed_after_the_preview_is_shown_again(office: Client) -> None:
    preview = chosen(office, list_with((TASK_4, "统筹当地", "统筹全市")))
    list_import(
        content=list_with((TASK_4, "统筹当地", "统筹各区")).encode(), name="另一份", now=NOW
    )
    again = confirmed(office, preview)
    assert again.status_code == 409
    assert "<del>各区</del><ins>全市</ins>" in text(again)
    assert task_numbered(4).title.startswith("统筹各区")
    assert confirmed(office, again).status_code == 302
    assert task_numbered(4).title.startswith("统筹全市")


def test_confirming_twice_is_confirming_once(office: Client) -> None:
    preview = chosen(office, list_with((TASK_4, "统筹当地", "统筹全市")))
    assert confirmed(office, preview).status_code == 302
    answer = confirmed(office, preview)
    assert (answer.status_code, answer["Location"]) == (302, "/tasks/")
    assert TaskRevision.objects.count() == 1
    assert "未重复变更" in text(office.get("/tasks/"))  # type: ignore[arg-type]


def test_a_preview_of_another_day_or_hand_imports_nothing(office: Client) -> None:
    preview = chosen(office, list_with((TASK_4, "统筹当地", "统筹全市")))
    with time_machine.travel(NOW + dt.timedelta(days=2), tick=False):
        assert confirmed(office, preview).status_code == 400
    forged = signing.dumps({"name": "x", "content": "", "seen": ""}, salt="another")
    for token in ("", "x", forged):
        answer = office.post(PAGE, {"step": "confirm", "list": token})
        assert answer.status_code == 400
        assert "已过期或者不完整" in text(answer)  # type: ignore[arg-type]
    assert not TaskRevision.objects.exists()


@pytest.mark.parametrize(
    "who",
    ["reporter", "approver", "co_reporter", "stranger", "leader", "auditor", "administrator"],
)
def test_nobody_but_coordinators_imports(
    who: str, cast: Cast, office: Client, signed_in: Callable[[User], Client]
) -> None:
    User.objects.update(is_active=True)
    preview = chosen(office, list_with((TASK_4, "统筹当地", "统筹全市")))
    (token,) = TOKEN.findall(text(preview))
    person = signed_in(getattr(cast, who))
    assert chosen(person, SOURCE).status_code == 403
    assert person.post(PAGE, {"step": "confirm", "list": token}).status_code == 403
    assert not TaskRevision.objects.exists()


def test_auditors_read_what_was_imported_and_find_no_form(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    answer = signed_in(cast.auditor).get(PAGE)
    assert "服务器端导入" in text(answer)  # type: ignore[arg-type]
    assert b'type="file"' not in answer.content


def test_a_list_is_compared_in_as_many_statements_whatever_its_size(
    office: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(16):
        chosen(office, SOURCE.replace("。二是", "。新增一句。二是", 60))
    assert import_list(now=NOW).changes_nothing

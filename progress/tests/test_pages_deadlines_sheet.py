"""Coordinators set deadlines by Excel: a sheet goes out, comes back, is looked at and confirmed."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Any, Protocol

import pytest
import time_machine
from django.core import signing
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.tests.acts import first_measure, task_numbered
from progress.tests.sheets import changed, sent, sheet_of
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import DeadlineChange, Task

pytestmark = pytest.mark.wide

PAGE, FILE = "/deadlines/sheet/", "/deadlines/sheet.xlsx"
SEPTEMBER, NOVEMBER, DECEMBER = dt.date(2026, 9, 30), dt.date(2026, 11, 27), dt.date(2026, 12, 31)
TOKEN = re.compile(r'name="sheet" value="([^"]*)"')


class HasContent(Protocol):
    content: bytes


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(cast: Cast, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.coordinator)


def text(answer: HasContent) -> str:
    return unescape(answer.content.decode())


def set_deadline(cast: Cast, number: int, day: dt.date | None) -> None:
    deadlines_write(
        changes=[Deadline(task_numbered(number), None, day)],
        reason="总体安排",
        by=cast.coordinator,
        now=NOW,
    )


def filled(data: bytes, rows: dict[tuple[int, int], tuple[Any, Any]]) -> bytes:
    """The sheet with day and reason filled in, by number of task and ordinal of measure or 0."""

    def fill(sheet: Any) -> None:
        for row in sheet.iter_rows(min_row=5):
            ordinal = int("".join(filter(str.isdigit, row[1].value or "0")))
            if (row[0].value, ordinal) in rows:
                row[5].value, row[6].value = rows[row[0].value, ordinal]

    return changed(data, fill)


def looked_at(office: Client, data: bytes, reason: str = "") -> Any:
    return office.post(PAGE, {"file": sent(data, "时限.xlsx"), "reason": reason})


def confirmed(office: Client, preview: HasContent, **answers: str) -> Any:
    (token,) = TOKEN.findall(text(preview))
    named = {name.replace("_", "-"): answer for name, answer in answers.items()}
    return office.post(PAGE, {"step": "confirm", "sheet": token, **named})


def test_a_sheet_goes_out_and_its_deadlines_come_in(cast: Cast, office: Client) -> None:
    out = office.get(FILE)
    assert "2026-10-22.xlsx" in out["Content-Disposition"]
    back = filled(
        out.content,
        {
            (4, 0): ("2026年12月底", "总体安排"),
            (4, 1): ("２０２６．１１．２７", None),
            (5, 0): (DECEMBER, "另有文件"),
        },
    )
    preview = looked_at(office, back, reason="按月推进")
    assert preview.status_code == 200
    assert preview.context["count"] == 3
    assert not DeadlineChange.objects.exists()
    answer = confirmed(office, preview)
    assert (answer.status_code, answer["Location"]) == (302, "/deadlines/")
    assert (task_numbered(4).deadline, first_measure().deadline) == (DECEMBER, NOVEMBER)
    told = {
        (one.task.number, one.measure_id): (one.new, one.reason, one.by)
        for one in DeadlineChange.objects.select_related("task")
    }
    assert told == {
        (4, None): (DECEMBER, "总体安排", cast.coordinator),
        (4, first_measure().pk): (NOVEMBER, "按月推进", cast.coordinator),
        (5, None): (DECEMBER, "另有文件", cast.coordinator),
    }


def test_the_sheet_holds_what_the_filters_leave(office: Client) -> None:
    numbers: set[int] = set()

    def look(sheet: Any) -> None:
        numbers.update(row[0].value for row in sheet.iter_rows(min_row=5))

    changed(office.get(f"{FILE}?chapter=1").content, look)
    assert numbers == set(range(1, 15))
    assert office.get(f"{FILE}?chapter=x").status_code == 400
    assert "chapter=1" in text(office.get(f"{PAGE}?chapter=1"))


def test_what_only_the_register_changed_stays_and_what_both_changed_is_asked(
    cast: Cast, office: Client
) -> None:
    out = office.get(FILE).content
    back = filled(out, {(4, 0): (DECEMBER, "安排"), (5, 0): (DECEMBER, "安排")})
    set_deadline(cast, 4, SEPTEMBER)  # both
    set_deadline(cast, 6, SEPTEMBER)  # the register alone
    set_deadline(cast, 5, DECEMBER)  # both, to the same day
    preview = looked_at(office, back)
    assert "请选择" in text(preview)
    assert "2026-09-30" in text(preview)
    history = DeadlineChange.objects.count()
    unanswered = confirmed(office, preview)
    assert unanswered.status_code == 400
    assert "请对双方都已变更的完成时限逐一选择" in text(unanswered)
    assert confirmed(office, preview, answer_0="now").status_code == 302
    assert (task_numbered(4).deadline, DeadlineChange.objects.count()) == (SEPTEMBER, history)
    assert confirmed(office, preview, answer_0="sheet").status_code == 302
    assert task_numbered(4).deadline == DECEMBER
    assert (task_numbered(5).deadline, task_numbered(6).deadline) == (DECEMBER, SEPTEMBER)
    assert DeadlineChange.objects.count() == history + 1


def test_what_moved_after_the_preview_is_shown_again_with_nothing_lost(
    cast: Cast, office: Client
) -> None:
    back = filled(
        office.get(FILE).content, {(4, 0): (DECEMBER, "安排"), (5, 0): (DECEMBER, "安排")}
    )
    preview = looked_at(office, back)
    set_deadline(cast, 4, SEPTEMBER)
    again = confirmed(office, preview)
    assert again.status_code == 409
    assert task_numbered(5).deadline is None
    # Chosen, and moved once more before it is sent.
    set_deadline(cast, 4, NOVEMBER)
    once_more = confirmed(office, again, answer_0="sheet")
    assert once_more.status_code == 409
    assert "2026-11-27" in text(once_more)
    assert confirmed(office, once_more, answer_0="sheet").status_code == 302
    assert (task_numbered(4).deadline, task_numbered(5).deadline) == (DECEMBER, DECEMBER)


def test_all_or_nothing_and_each_fault_by_its_cell(cast: Cast, office: Client) -> None:
    out = office.get(FILE).content
    back = filled(out, {(4, 0): ("2026年12月", "安排"), (5, 0): (DECEMBER, None)})
    answer = looked_at(office, back)
    assert answer.status_code == 400
    assert "有2处问题" in text(answer)
    assert re.search(r"<strong>F\d+</strong>：“2026年12月”没有写明日", text(answer))
    assert re.search(r"<strong>G\d+</strong>：未写原因", text(answer))
    # The reason of all helps the second alone; nothing is written of either.
    assert "有1处问题" in text(looked_at(office, back, reason="安排"))
    assert not DeadlineChange.objects.exists()


def test_a_measure_later_than_its_task_is_refused_before_anything_is_confirmed(
    cast: Cast, office: Client
) -> None:
    back = filled(
        office.get(FILE).content, {(4, 0): (SEPTEMBER, "安排"), (4, 1): (DECEMBER, "安排")}
    )
    answer = looked_at(office, back)
    assert answer.status_code == 400
    assert "有1处问题" in text(answer)
    assert not TOKEN.findall(text(answer))
    assert not DeadlineChange.objects.exists()


def test_a_deadline_is_taken_away_in_words(cast: Cast, office: Client) -> None:
    set_deadline(cast, 4, SEPTEMBER)
    back = filled(office.get(FILE).content, {(4, 0): ("取消", "改为长期任务")})
    assert confirmed(office, looked_at(office, back)).status_code == 302
    assert task_numbered(4).deadline is None


def test_confirming_twice_is_confirming_once(cast: Cast, office: Client) -> None:
    preview = looked_at(office, filled(office.get(FILE).content, {(4, 0): (DECEMBER, "安排")}))
    assert confirmed(office, preview).status_code == 302
    assert confirmed(office, preview).status_code == 302
    assert DeadlineChange.objects.count() == 1
    assert "未重复" in text(office.get("/deadlines/"))


def test_a_sheet_that_says_nothing_or_is_another_one_is_refused(office: Client) -> None:
    out = office.get(FILE).content
    for data, told in (
        (out, "没有填写任何一行"),
        (sheet_of([["甲"]]), "这不是完成时限填报表"),
        (office.get("/tasks/list.xlsx").content, "这不是完成时限填报表"),
    ):
        answer = looked_at(office, data)
        assert answer.status_code == 400
        assert told in text(answer)
    assert office.post(PAGE, {"reason": "安排"}).status_code == 400


def test_a_task_that_left_the_list_is_named(cast: Cast, office: Client) -> None:
    back = filled(
        office.get(FILE).content, {(131, 0): (DECEMBER, "安排"), (4, 0): (DECEMBER, "安排")}
    )
    preview = looked_at(office, back)
    Task.objects.filter(number=131).delete()
    for answer, status in ((confirmed(office, preview), 409), (looked_at(office, back), 400)):
        assert answer.status_code == status
        assert "已不在清单中" in text(answer)
    assert task_numbered(4).deadline is None


def test_a_preview_of_another_day_or_hand_writes_nothing(office: Client) -> None:
    preview = looked_at(office, filled(office.get(FILE).content, {(4, 0): (DECEMBER, "安排")}))
    with time_machine.travel(NOW + dt.timedelta(days=2), tick=False):
        assert confirmed(office, preview).status_code == 400
    for token in ("", signing.dumps({"lines": []}, salt="another")):
        assert office.post(PAGE, {"step": "confirm", "sheet": token}).status_code == 400
    assert not DeadlineChange.objects.exists()


@pytest.mark.parametrize(
    "who",
    ["reporter", "approver", "co_reporter", "stranger", "leader", "auditor", "administrator"],
)
def test_nobody_but_coordinators_gets_or_sends_a_sheet(
    who: str, cast: Cast, office: Client, signed_in: Callable[[User], Client]
) -> None:
    User.objects.update(is_active=True)
    back = filled(office.get(FILE).content, {(4, 0): (DECEMBER, "安排")})
    preview = looked_at(office, back)
    person = signed_in(getattr(cast, who))
    assert person.get(FILE).status_code == 403
    assert looked_at(person, back).status_code == 403
    assert confirmed(person, preview).status_code == 403
    assert not DeadlineChange.objects.exists()


def test_a_sheet_of_all_tasks_takes_as_many_statements_as_one_of_a_few(
    office: Client, django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(20):
        out = office.get(FILE).content
    rows = {(number, 0): (DECEMBER, "安排") for number in range(1, 132)}
    back = filled(out, rows)
    with django_assert_max_num_queries(24):
        preview = looked_at(office, back)
    with django_assert_max_num_queries(24):
        assert confirmed(office, preview).status_code == 302
    assert DeadlineChange.objects.count() == 131


def test_a_sheet_full_of_faults_shows_the_first_and_counts_the_rest(office: Client) -> None:
    rows = {(number, 0): ("明年", "安排") for number in range(1, 132)}
    answer = looked_at(office, filled(office.get(FILE).content, rows))
    assert answer.status_code == 400
    assert "有131处问题" in text(answer)
    assert text(answer).count("不能确定是哪一天") == 50
    assert "81" in text(answer)

"""Coordinators set deadlines on a task's page, or of many tasks after a look at what changes."""

import datetime as dt
import re
from collections.abc import Callable, Iterator
from html import unescape
from typing import Protocol

import pytest
import time_machine
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import EditionKind, ReportingPeriod
from progress.tests.acts import first_measure, task_numbered
from progress.workbooks import NOT_NARROWED
from progress.workbooks.report.content import progress_content
from progress.workbooks.report.words import deadline
from progress.workflow import period_close
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import DeadlineChange, Measure, Task

SEPTEMBER, NOVEMBER, DECEMBER = dt.date(2026, 9, 30), dt.date(2026, 11, 27), dt.date(2026, 12, 31)
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


class HasContent(Protocol):
    """An answer, of the test client or of a view."""

    content: bytes


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(cast: Cast, signed_in: Callable[[User], Client]) -> Client:
    return signed_in(cast.coordinator)


def set_deadline(cast: Cast, number: int, day: dt.date | None) -> None:
    deadlines_write(
        changes=[Deadline(task_numbered(number), None, day)],
        reason="总体安排",
        by=cast.coordinator,
        now=NOW,
    )


def text(answer: HasContent) -> str:
    return unescape(answer.content.decode())


def hidden(answer: HasContent) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in HIDDEN.findall(text(answer)):
        fields.setdefault(name, []).append(value)
    fields.pop("csrfmiddlewaretoken", None)
    return fields


# --- One task --------------------------------------------------------------------------------


def test_a_task_and_its_measures_get_their_deadlines_on_one_page(office: Client) -> None:
    measure = first_measure()
    answer = office.post(
        "/tasks/4/deadlines/",
        {
            "deadline": "2026-12-31",
            "seen": "",
            f"deadline_{measure.pk}": "2026-11-27",
            f"seen_{measure.pk}": "",
            "reason": "总体安排",
        },
    )
    assert (answer.status_code, answer["Location"]) == (302, "/tasks/4/")
    assert (task_numbered(4).deadline, first_measure().deadline) == (DECEMBER, NOVEMBER)
    assert DeadlineChange.objects.count() == 2


def test_a_form_that_is_refused_keeps_what_was_typed(cast: Cast, office: Client) -> None:
    for typed, problem in (
        ({"deadline": "2026-12-31", "reason": ""}, "reason"),
        ({"deadline": "1999-12-31", "reason": "总体安排"}, "deadline"),
        ({"deadline": "not a day", "reason": "总体安排"}, "deadline"),
        ({"deadline": "", "reason": "总体安排"}, "deadline"),
    ):
        answer = office.post("/tasks/4/deadlines/", {"seen": "", **typed})
        assert answer.status_code == 400
        assert problem in answer.context["form"].errors
        assert typed["deadline"] in text(answer)
    assert not DeadlineChange.objects.exists()


def test_a_deadline_that_was_changed_meanwhile_is_a_conflict_that_shows_it(
    cast: Cast, office: Client
) -> None:
    set_deadline(cast, 4, SEPTEMBER)
    sent = {"deadline": "2026-12-31", "seen": "", "reason": "顺延"}
    answer = office.post("/tasks/4/deadlines/", sent)
    assert answer.status_code == 409
    assert "2026-09-30" in answer.context["problem"]
    assert 'value="2026-12-31"' in text(answer)
    # What was seen is now what holds, so the same form may be sent again.
    assert office.post("/tasks/4/deadlines/", sent | {"seen": "2026-09-30"}).status_code == 302
    assert task_numbered(4).deadline == DECEMBER


def test_what_nobody_touched_may_move_meanwhile(cast: Cast, office: Client) -> None:
    measure = first_measure()
    set_deadline(cast, 4, DECEMBER)
    answer = office.post(
        "/tasks/4/deadlines/",
        {
            "deadline": "",
            "seen": "",
            f"deadline_{measure.pk}": "2026-11-27",
            f"seen_{measure.pk}": "",
            "reason": "总体安排",
        },
    )
    assert answer.status_code == 302
    assert (task_numbered(4).deadline, first_measure().deadline) == (DECEMBER, NOVEMBER)


# --- Shown ---------------------------------------------------------------------------------------


def test_page_list_history_and_workbook_show_both_the_original_deadline_and_the_present_one(
    cast: Cast,
    period: ReportingPeriod,
    office: Client,
    signed_in: Callable[[User], Client],
) -> None:
    set_deadline(cast, 4, SEPTEMBER)
    set_deadline(cast, 4, NOVEMBER)
    for page in ("/tasks/4/", "/tasks/?q=算力中心"):
        shown = text(office.get(page))
        assert "2026-11-27" in shown
        assert "2026-09-30" in shown
    # Whoever reads the register reads why, a stranger and a leader too.
    for person in (cast.stranger, cast.leader, cast.auditor):
        history = text(signed_in(person).get("/tasks/4/history/"))
        assert "2026-09-30 → 2026-11-27" in history
        assert "总体安排" in history
    content = progress_content(
        period=period,
        user=cast.coordinator,
        today=TODAY,
        tasks=Task.objects.filter(number__in=[4, 5]),
        edition=EditionKind.INTERNAL,
        narrowing=NOT_NARROWED,
    )
    four, five = (deadline(task.row, with_original=True) for task in content.tasks)
    assert four == "2026年\n11月27日\n原定：\n2026年\n9月30日"
    assert "2026" not in five
    assert "30" not in deadline(content.tasks[0].row, with_original=False)


def test_the_pages_of_a_closed_period_show_the_deadline_that_held_then(
    cast: Cast, period: ReportingPeriod, office: Client
) -> None:
    set_deadline(cast, 4, SEPTEMBER)
    period_close(period=period, by=cast.coordinator, now=NOW)
    with time_machine.travel(NOW + dt.timedelta(days=1), tick=False):
        deadlines_write(
            changes=[Deadline(task_numbered(4), None, DECEMBER)],
            reason="顺延",
            by=cast.coordinator,
            now=NOW + dt.timedelta(days=1),
        )
        listed = text(office.get("/tasks/?q=算力中心&period=2026-10"))
    assert "2026-09-30" in listed
    assert "2026-12-31" not in listed


def test_coordinators_alone_are_shown_the_way_there(
    cast: Cast, office: Client, signed_in: Callable[[User], Client]
) -> None:
    assert 'href="/tasks/4/deadlines/"' in text(office.get("/tasks/4/"))
    assert 'href="/deadlines/?chapter=1"' in text(office.get("/tasks/?chapter=1"))
    for person in (cast.reporter, cast.leader):
        client = signed_in(person)
        assert "deadlines/" not in text(client.get("/tasks/4/"))
        assert "/deadlines/" not in text(client.get("/tasks/"))


# --- Many tasks ----------------------------------------------------------------------------------


def test_the_filters_narrow_what_can_be_ticked(office: Client) -> None:
    answer = office.get("/deadlines/?chapter=13")
    assert [row.chapter_number for row in answer.context["rows"]] == [13, 13, 13]
    assert office.get("/deadlines/?light=purple").status_code == 400


def test_nothing_is_written_before_the_preview_is_confirmed(cast: Cast, office: Client) -> None:
    set_deadline(cast, 5, SEPTEMBER)
    preview = office.post(
        "/deadlines/?chapter=1", {"task": ["4", "5"], "day": "2026-12-31", "reason": "总体安排"}
    )
    assert preview.status_code == 200
    assert DeadlineChange.objects.count() == 1
    fields = hidden(preview)
    assert fields["change"] == ["4|||2026-12-31", "5||2026-09-30|2026-12-31"]
    confirmed = office.post("/deadlines/?chapter=1", fields)
    assert (confirmed.status_code, confirmed["Location"]) == (302, "/deadlines/?chapter=1")
    assert [task_numbered(number).deadline for number in (4, 5, 6)] == [DECEMBER, DECEMBER, None]
    assert task_numbered(5).original_deadline == SEPTEMBER
    assert set(DeadlineChange.objects.filter(new=DECEMBER).values_list("reason", flat=True)) == {
        "总体安排"
    }


def test_a_number_of_days_moves_each_from_its_own_deadline(cast: Cast, office: Client) -> None:
    set_deadline(cast, 4, SEPTEMBER)
    set_deadline(cast, 5, NOVEMBER)
    sent = {"task": ["4", "5"], "shift": "30", "reason": "顺延"}
    assert office.post("/deadlines/", hidden(office.post("/deadlines/", sent))).status_code == 302
    assert task_numbered(4).deadline == SEPTEMBER + dt.timedelta(days=30)
    assert task_numbered(5).deadline == NOVEMBER + dt.timedelta(days=30)
    undated = office.post("/deadlines/", sent | {"task": ["4", "6"]})
    assert undated.status_code == 400
    assert "6" in str(undated.context["form"].errors["shift"])


def test_all_that_the_filters_leave_can_be_chosen_at_once(office: Client) -> None:
    preview = office.post(
        "/deadlines/?chapter=13", {"all": "on", "day": "2026-12-31", "reason": "总体安排"}
    )
    assert len(hidden(preview)["change"]) == 3


@pytest.mark.parametrize(
    "sent",
    [
        {"task": [], "day": "2026-12-31", "reason": "总体安排"},
        {"task": ["4"], "reason": "总体安排"},
        {"task": ["4"], "day": "2026-12-31", "shift": "30", "reason": "总体安排"},
        {"task": ["4"], "day": "2026-12-31", "reason": ""},
        {"task": ["4"], "day": "1999-12-31", "reason": "总体安排"},
        {"task": ["4"], "shift": "0", "reason": "总体安排"},
        {"task": ["no", "-1", "99999999999999999999"], "day": "2026-12-31", "reason": "总体安排"},
    ],
)
def test_what_cannot_be_previewed_is_refused_with_the_boxes_still_ticked(
    sent: dict[str, object], office: Client
) -> None:
    answer = office.post("/deadlines/", sent)
    assert answer.status_code == 400
    assert answer.context["form"].errors
    if sent["task"] == ["4"]:
        assert 'id="task-4" checked' in text(answer)
    assert not DeadlineChange.objects.exists()


def test_a_measure_that_would_be_due_after_its_task_is_named_in_time(
    cast: Cast, office: Client
) -> None:
    deadlines_write(
        changes=[Deadline(task_numbered(4), first_measure(), DECEMBER)],
        reason="总体安排",
        by=cast.coordinator,
        now=NOW,
    )
    answer = office.post("/deadlines/", {"task": ["4"], "day": "2026-11-27", "reason": "提前"})
    assert answer.status_code == 400
    assert "2026-12-31" in text(answer)


def test_a_deadline_that_changes_between_preview_and_confirmation_is_a_conflict_that_names_it(
    cast: Cast, office: Client
) -> None:
    preview = office.post(
        "/deadlines/", {"task": ["4", "5"], "day": "2026-12-31", "reason": "总体安排"}
    )
    set_deadline(cast, 5, SEPTEMBER)
    answer = office.post("/deadlines/", hidden(preview))
    assert answer.status_code == 409
    [problem] = answer.context["problems"]
    assert "5" in problem
    assert "2026-09-30" in problem
    assert task_numbered(4).deadline is None
    # The page shows what holds by now, and may be confirmed as it is.
    assert office.post("/deadlines/", hidden(answer)).status_code == 302
    assert task_numbered(5).deadline == DECEMBER


def test_a_preview_that_was_tampered_with_sets_nothing_unseen(cast: Cast, office: Client) -> None:
    other = first_measure(5).pk
    for line in ("4", "4||x|2026-12-31", "4|||x", "4|||", "0|||2026-12-31", "4|||1999-12-31"):
        sent = {"step": "confirm", "change": [line], "reason": "总体安排"}
        assert office.post("/deadlines/", sent).status_code == 400
    # A measure of another task, or none.
    for measure in (other, 0, "x", "²"):
        sent = {"step": "confirm", "change": f"4|{measure}||2026-12-31", "reason": "总体安排"}
        assert office.post("/deadlines/", sent).status_code == 400
    assert not DeadlineChange.objects.exists()


def test_a_reason_that_no_database_stores_is_cleaned_on_its_way(office: Client) -> None:
    sent = {"step": "confirm", "change": "4|||2026-12-31", "reason": "总体\x00安排"}
    assert office.post("/deadlines/", sent).status_code == 302
    assert DeadlineChange.objects.get().reason == "总体安排"
    sent = {"step": "confirm", "change": "4||2026-12-31|2027-12-31", "reason": "\x00"}
    assert office.post("/deadlines/", sent).status_code == 400


def test_measures_are_moved_together_with_their_tasks(cast: Cast, office: Client) -> None:
    measure = first_measure()
    deadlines_write(
        changes=[
            Deadline(task_numbered(4), None, DECEMBER),
            Deadline(task_numbered(4), measure, DECEMBER),
        ],
        reason="总体安排",
        by=cast.coordinator,
        now=NOW,
    )
    sent = {"task": ["4"], "shift": "-30", "reason": "提前", "scope": "both"}
    fields = hidden(office.post("/deadlines/", sent))
    assert len(fields["change"]) == 2
    assert office.post("/deadlines/", fields).status_code == 302
    earlier = DECEMBER - dt.timedelta(days=30)
    assert (task_numbered(4).deadline, first_measure().deadline) == (earlier, earlier)


def test_measures_alone_get_a_day_and_the_whole_list_fits_one_form(
    cast: Cast, office: Client
) -> None:
    sent = {"all": "on", "day": "2026-11-27", "reason": "总体安排", "scope": "measures"}
    assert office.post("/deadlines/", hidden(office.post("/deadlines/", sent))).status_code == 302
    assert set(Measure.objects.values_list("deadline", flat=True)) == {NOVEMBER}
    assert set(Task.objects.values_list("deadline", flat=True)) == {None}
    both = sent | {"day": "2026-12-31", "scope": "both"}
    assert office.post("/deadlines/", hidden(office.post("/deadlines/", both))).status_code == 302
    assert set(Task.objects.values_list("deadline", flat=True)) == {DECEMBER}
    unmovable = {"task": ["4"], "shift": "3", "reason": "顺延", "scope": "nobody"}
    assert office.post("/deadlines/", unmovable).status_code == 400


def test_a_button_that_is_pressed_twice_sets_once_and_says_so(cast: Cast, office: Client) -> None:
    preview = {"task": ["4", "5"], "day": "2026-12-31", "reason": "总体安排"}
    fields = hidden(office.post("/deadlines/", preview))
    single = {"deadline": "2026-12-31", "seen": "", "reason": "总体安排"}
    for address, sent in (("/deadlines/", fields), ("/tasks/6/deadlines/", single)):
        for _time in range(2):
            answer = office.post(address, sent)
            assert answer.status_code == 302
        assert list(get_messages(answer.wsgi_request))
    assert DeadlineChange.objects.count() == 3


def test_the_choice_shows_todays_deadlines_whatever_period_the_list_was_read_in(
    cast: Cast, period: ReportingPeriod, office: Client
) -> None:
    set_deadline(cast, 4, SEPTEMBER)
    period_close(period=period, by=cast.coordinator, now=NOW)
    with time_machine.travel(NOW + dt.timedelta(days=1), tick=False):
        deadlines_write(
            changes=[Deadline(task_numbered(4), None, DECEMBER)],
            reason="顺延",
            by=cast.coordinator,
            now=NOW + dt.timedelta(days=1),
        )
        answer = office.get("/deadlines/?chapter=1&period=2026-10")
    assert {row.number: row.deadline for row in answer.context["rows"]}[4] == DECEMBER
    assert "period" not in [one.name for one in answer.context["further_fields"]]


@pytest.mark.parametrize("address", ["/deadlines/", "/tasks/4/deadlines/"])
def test_nobody_else_sets_a_deadline(
    address: str, cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    for person in cast.everyone().values():
        if person.is_active and person != cast.coordinator:
            sent = {"step": "confirm", "change": "4|||2026-12-31", "deadline": "2026-12-31"}
            answer = signed_in(person).post(address, sent | {"reason": "总体安排"})
            assert answer.status_code == 403
    assert not DeadlineChange.objects.exists()


def test_the_pages_take_as_many_statements_for_one_chapter_as_for_the_list(
    cast: Cast, period: ReportingPeriod, office: Client
) -> None:
    def statements(address: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get(address).status_code == 200
        return len(queries)

    few = statements("/deadlines/?chapter=13")
    assert statements("/deadlines/") <= few
    set_deadline(cast, 4, dt.date(2026, 12, 31))
    on_task = statements("/tasks/4/")
    for day in range(1, 9):
        set_deadline(cast, 4, dt.date(2027, 1, day))
    assert statements("/tasks/4/") == on_task

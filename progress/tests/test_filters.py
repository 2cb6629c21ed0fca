"""One FilterSet narrows the tasks of page, API and workbook."""

import datetime as dt
from types import SimpleNamespace
from typing import Any

import pytest

from agencies.models import Agency, User
from conftest import NOW, TODAY, Cast
from progress.filters import TaskFilter
from progress.models import ReportingPeriod
from progress.rollups import task_rows
from progress.states import Move
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workflow import period_open, report_move
from tasks.models import Division, Status, Task


def found(user: User, **data: Any) -> list[int]:
    """The numbers of the tasks that the parameters leave."""
    return [task.number for task in filter_of(user, **data).qs.order_by("number")]


def filter_of(user: User, **data: Any) -> TaskFilter:
    return TaskFilter(
        data,
        queryset=Task.objects.visible_to(user),
        request=SimpleNamespace(user=user),
        today=TODAY,
    )


def test_nothing_asked_for_leaves_everything(cast: Cast, period: ReportingPeriod) -> None:
    assert found(cast.leader) == list(range(1, 132))


def test_an_administrator_finds_nothing(cast: Cast, period: ReportingPeriod) -> None:
    assert found(cast.administrator) == []
    assert found(cast.administrator, light=["grey"]) == []


def test_words_are_found_in_titles_measures_and_agencies_one_character_suffices(
    cast: Cast, period: ReportingPeriod
) -> None:
    def holds(task: Task, word: str) -> bool:
        texts = [task.title, *(measure.text for measure in task.measures.all())]
        for one in task.responsibilities.all():
            texts += [one.written_name, one.agency.name, one.agency.short_name]
            texts += [alias.name for alias in one.agency.aliases.all()]
        return any(word in text for text in texts)

    tasks = list(
        Task.objects.order_by("number").prefetch_related(
            "measures", "responsibilities__agency__aliases"
        )
    )
    for words in ("算力", "船", "QFLP", "天津自贸区管委会", "跨境 保税", "绝无此词"):
        expected = [task.number for task in tasks if all(holds(task, w) for w in words.split())]
        assert found(cast.leader, q=words) == expected
    assert found(cast.leader, q="算力 电力协同") == [4]


def test_a_percent_sign_is_a_word_like_any_other(cast: Cast, period: ReportingPeriod) -> None:
    assert found(cast.leader, q="50%") == [1]


def test_a_chapter_is_asked_for_by_its_number(cast: Cast, period: ReportingPeriod) -> None:
    assert found(cast.leader, chapter=2) == list(range(15, 28))


def test_an_agencys_tasks_are_those_it_leads_or_shares_or_one_of_the_two(
    cast: Cast, period: ReportingPeriod
) -> None:
    agency = Agency.objects.get(name="市数据局").pk
    either = found(cast.leader, agency=agency)
    leads = found(cast.leader, agency=agency, role="lead")
    shares = found(cast.leader, agency=agency, role="co")
    assert leads == [4, 5, 6, 7, 8]
    assert {11, 14, 26} <= set(shares)
    assert sorted(leads + shares) == either
    assert found(cast.leader, role="lead") == list(range(1, 132))


def test_divisions_and_deadlines_narrow_the_list(cast: Cast, period: ReportingPeriod) -> None:
    assert found(cast.leader, division=Division.CO_LEAD) == [22]
    for number, day in ((1, 10), (2, 20), (3, 30)):
        Task.objects.filter(number=number).update(deadline=dt.date(2026, 11, day))
    assert found(cast.leader, deadline_after="2026-11-20") == [2, 3]
    assert found(cast.leader, deadline_before="2026-11-20") == [1, 2]
    both = {"deadline_after": "2026-11-20", "deadline_before": "2026-11-20"}
    assert found(cast.leader, **both) == [2]


def test_statuses_and_lights_are_those_of_the_rows(cast: Cast, period: ReportingPeriod) -> None:
    Task.objects.filter(number__lte=9).update(deadline=TODAY)
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, Status.COMPLETED)
    approved(task_numbered(5), period, cast.reporter, cast.coordinator, Status.ONGOING)
    rows = task_rows(tasks=Task.objects.all(), period=period, user=cast.leader, today=TODAY)
    for status in Status:
        expected = [row.number for row in rows if row.status == status]
        assert found(cast.leader, status=[status]) == expected
    for lights in (["blue"], ["yellow"], ["blue", "grey"]):
        expected = [row.number for row in rows if row.light in lights]
        assert found(cast.leader, light=lights) == expected
    assert found(cast.leader, status=["completed", "ongoing"], light=["yellow"]) == [5]


def test_a_period_says_as_of_when_status_and_reporting_are_read(
    cast: Cast, period: ReportingPeriod
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    approved(task_numbered(4), september, cast.reporter, cast.coordinator, Status.IN_PROGRESS)
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, Status.COMPLETED)
    assert found(cast.leader, status=["completed"]) == [4]
    assert found(cast.leader, status=["completed"], period="2026-09") == []
    assert found(cast.leader, status=["in_progress"], period="2026-09") == [4]
    assert filter_of(cast.leader).chosen_period == period
    assert filter_of(cast.leader, period="2026-09").chosen_period == september


def test_reporting_asks_for_a_reports_state_or_the_lack_of_one(
    cast: Cast, period: ReportingPeriod
) -> None:
    saved(task_numbered(4), period, cast.reporter)
    handed_in(task_numbered(5), period, cast.reporter)
    returned = handed_in(task_numbered(6), period, cast.reporter)
    report_move(report=returned, move=Move.RETURN, by=cast.coordinator, now=NOW, reason="请补充")
    everyone_else = [number for number in range(1, 132) if number not in {4, 5, 6}]
    assert found(cast.coordinator, reporting=["draft"]) == [4]
    assert found(cast.coordinator, reporting=["submitted", "returned"]) == [5, 6]
    assert found(cast.coordinator, reporting=["handed_in"]) == [5, 6]
    assert found(cast.coordinator, reporting=["none"]) == everyone_else
    assert found(cast.coordinator, reporting=["missing"]) == sorted([4, *everyone_else])


def test_reporting_tells_nobody_what_they_may_not_know(cast: Cast, period: ReportingPeriod) -> None:
    saved(task_numbered(4), period, cast.reporter)
    for choice in ("draft", "none", "missing", "handed_in"):
        assert 4 not in found(cast.stranger, reporting=[choice])
        assert found(cast.leader, reporting=[choice]) == []
    assert found(cast.reporter, reporting=["draft"]) == [4]
    approved(task_numbered(5), period, cast.reporter, cast.coordinator)
    assert found(cast.leader, reporting=["approved"]) == [5]


@pytest.mark.parametrize(
    "data",
    [
        {"chapter": 15},
        {"agency": 0},
        {"status": ["done"]},
        {"light": ["pink"]},
        {"period": "2031-01"},
        {"deadline_after": "tomorrow"},
    ],
)
def test_a_value_that_is_none_is_an_error_of_its_field(
    cast: Cast, period: ReportingPeriod, data: dict[str, Any]
) -> None:
    narrowed = filter_of(cast.leader, **data)
    assert not narrowed.is_valid()
    assert list(narrowed.errors) == list(data)

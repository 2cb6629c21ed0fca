"""The status of a task follows from its measures, and one module writes both."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from conftest import NOW, TODAY
from tasks.models import Measure, Status, Task
from tasks.statuses import status_refresh, statuses_write, task_status_of

DAY = TODAY
LATER = NOW + dt.timedelta(days=32)


def as_the_rule_reads(statuses: list[Status]) -> Status:
    """DESIGN, the rules of reporting, word by word."""
    if statuses and all(status == Status.COMPLETED for status in statuses):
        return Status.COMPLETED
    if all(status in (Status.COMPLETED, Status.ONGOING) for status in statuses) and any(
        status == Status.ONGOING for status in statuses
    ):
        return Status.ONGOING
    if any(status != Status.NOT_STARTED for status in statuses):
        return Status.IN_PROGRESS
    return Status.NOT_STARTED


@given(st.lists(st.sampled_from(Status), max_size=6))
def test_the_status_of_a_task_is_what_the_rule_reads(statuses: list[Status]) -> None:
    assert task_status_of(statuses) == as_the_rule_reads(statuses)


def test_a_task_without_measures_is_not_started() -> None:
    assert task_status_of([]) == Status.NOT_STARTED


def test_an_unknown_status_is_refused() -> None:
    with pytest.raises(ValueError, match="finished"):
        task_status_of(["finished"])


@pytest.fixture
def task(register: None) -> Task:
    """A task of three measures."""
    return Task.objects.get(number=4)


def statuses_of(task: Task) -> list[str]:
    return list(task.measures.order_by("ordinal").values_list("status", flat=True))


def state_of(task: Task) -> tuple[str, dt.date | None]:
    return Task.objects.values_list("status", "completed_on").get(pk=task.pk)


def measure_ids(task: Task) -> list[int]:
    return list(task.measures.order_by("ordinal").values_list("pk", flat=True))


def test_measures_that_are_left_out_become_not_started(task: Task) -> None:
    first, second, third = measure_ids(task)
    statuses_write(
        by=None,
        now=NOW,
        task=task,
        measure_statuses={first: "completed", second: "ongoing", third: "in_progress"},
        completed_on=None,
    )
    status = statuses_write(
        by=None, now=NOW, task=task, measure_statuses={second: "ongoing"}, completed_on=None
    )
    assert statuses_of(task) == ["not_started", "ongoing", "not_started"]
    assert status == task.status == Task.objects.get(pk=task.pk).status == Status.IN_PROGRESS


def test_a_completed_task_has_its_day_and_loses_it_again(task: Task) -> None:
    completed = dict.fromkeys(measure_ids(task), "completed")
    assert (
        statuses_write(by=None, now=NOW, task=task, measure_statuses=completed, completed_on=DAY)
        == Status.COMPLETED
    )
    assert state_of(task) == (Status.COMPLETED, DAY)
    statuses_write(by=None, now=NOW, task=task, measure_statuses={}, completed_on=DAY)
    assert state_of(task) == (Status.NOT_STARTED, None)


def test_a_completed_task_without_its_day_is_refused_and_nothing_written(task: Task) -> None:
    completed = dict.fromkeys(measure_ids(task), "completed")
    with pytest.raises(ValueError, match="day of completion is missing"):
        statuses_write(by=None, now=NOW, task=task, measure_statuses=completed, completed_on=None)
    assert statuses_of(task) == ["not_started"] * 3


def test_a_measure_of_another_task_is_refused(task: Task) -> None:
    foreign = Measure.objects.exclude(task=task).earliest("pk").pk
    with pytest.raises(ValueError, match=f"no measures with the ids \\[{foreign}\\]"):
        statuses_write(
            by=None, now=NOW, task=task, measure_statuses={foreign: "ongoing"}, completed_on=None
        )


def test_writing_what_is_stored_already_only_reads(
    task: Task, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ongoing = dict.fromkeys(measure_ids(task), "ongoing")
    # The measures read and written, the task written, and the trail.
    with django_assert_num_queries(4):
        statuses_write(by=None, now=NOW, task=task, measure_statuses=ongoing, completed_on=None)
    with django_assert_num_queries(1):
        statuses_write(by=None, now=NOW, task=task, measure_statuses=ongoing, completed_on=None)


def test_a_refresh_follows_the_measures_and_keeps_the_day_of_completion(
    task: Task, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    completed = dict.fromkeys(measure_ids(task), "completed")
    statuses_write(by=None, now=NOW, task=task, measure_statuses=completed, completed_on=DAY)
    other = Task.objects.get(number=5)
    assert status_refresh(task_ids=[task.pk, other.pk], by=None, now=LATER) == 0
    assert state_of(task) == (Status.COMPLETED, DAY)

    Measure.objects.create(task=task, ordinal=4, text="四是新的举措。")
    Measure.objects.filter(task=other).update(status=Status.COMPLETED)
    with django_assert_max_num_queries(4):
        assert status_refresh(task_ids=[task.pk, other.pk], by=None, now=LATER) == 2
    assert state_of(task) == (Status.IN_PROGRESS, None)
    assert state_of(other) == (Status.COMPLETED, LATER.date())

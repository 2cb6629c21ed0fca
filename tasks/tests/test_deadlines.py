"""Rule: a coordinator sets deadlines, all or none, and every change is history."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from agencies.models import User
from conftest import NOW, Cast
from tasks.deadlines import Deadline, DeadlineMovedError, deadlines_check, deadlines_write
from tasks.importing import import_list
from tasks.models import DeadlineChange, Measure, Task

DAY = dt.timedelta(days=1)
SEPTEMBER, OCTOBER, NOVEMBER = dt.date(2026, 9, 30), dt.date(2026, 10, 30), dt.date(2026, 11, 27)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences are told apart by their source."""
    with translation.override("en"):
        yield


@pytest.fixture
def task(cast: Cast) -> Task:
    return Task.objects.get(number=4)


def first_measure(task: Task) -> Measure:
    return task.measures.get(ordinal=1)


def write(
    by: User, *changes: Deadline, reason: str = "总体安排", now: dt.datetime = NOW
) -> list[DeadlineChange]:
    return deadlines_write(changes=list(changes), reason=reason, by=by, now=now)


def days_of(row: Task | Measure) -> tuple[dt.date | None, dt.date | None]:
    row.refresh_from_db()
    return row.deadline, row.original_deadline


def test_the_first_deadline_stays_beside_every_later_one(cast: Cast, task: Task) -> None:
    for day, original in (
        (SEPTEMBER, None),
        (OCTOBER, SEPTEMBER),
        (None, SEPTEMBER),
        (NOVEMBER, SEPTEMBER),
        (SEPTEMBER, SEPTEMBER),
    ):
        write(cast.coordinator, Deadline(task, None, day))
        assert days_of(task) == (day, original)


def test_a_deadline_that_is_taken_away_is_the_original_one(cast: Cast, task: Task) -> None:
    write(cast.coordinator, Deadline(task, None, SEPTEMBER))
    write(cast.coordinator, Deadline(task, None, None))
    write(cast.coordinator, Deadline(task, None, OCTOBER))
    assert days_of(task) == (OCTOBER, SEPTEMBER)


def test_every_change_is_kept_with_who_when_and_why(cast: Cast, task: Task) -> None:
    measure = first_measure(task)
    write(cast.coordinator, Deadline(task, None, OCTOBER), Deadline(task, measure, SEPTEMBER))
    write(cast.coordinator, Deadline(task, None, NOVEMBER), reason=" 顺延 ", now=NOW + DAY)
    rows = DeadlineChange.objects.values_list("task", "measure", "old", "new", "reason", "at", "by")
    assert list(rows) == [
        (task.pk, None, None, OCTOBER, "总体安排", NOW, cast.coordinator.pk),
        (task.pk, measure.pk, None, SEPTEMBER, "总体安排", NOW, cast.coordinator.pk),
        (task.pk, None, OCTOBER, NOVEMBER, "顺延", NOW + DAY, cast.coordinator.pk),
    ]


@pytest.mark.parametrize("who", ["reporter", "approver", "leader", "auditor", "administrator"])
def test_nobody_but_a_coordinator_sets_a_deadline(who: str, cast: Cast, task: Task) -> None:
    User.objects.update(is_active=True)
    person = User.objects.get(pk=getattr(cast, who).pk)
    with pytest.raises(PermissionDenied):
        write(person, Deadline(task, None, OCTOBER))
    assert days_of(task) == (None, None)


@pytest.mark.parametrize(
    ("day", "reason", "field"),
    [
        (OCTOBER, "  ", "reason"),
        (OCTOBER, "长" * 10_001, "reason"),
        (dt.date(1999, 12, 31), "总体安排", "deadline"),
        (dt.date(3000, 1, 1), "总体安排", "deadline"),
        (None, "总体安排", "deadline"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    day: dt.date | None, reason: str, field: str, cast: Cast, task: Task
) -> None:
    with pytest.raises(ValidationError) as refused:
        write(cast.coordinator, Deadline(task, None, day), reason=reason)
    assert set(refused.value.message_dict) == {field}
    assert not DeadlineChange.objects.exists()


def test_one_that_is_refused_leaves_all_as_they_were(cast: Cast, task: Task) -> None:
    other = Task.objects.get(number=5)
    with pytest.raises(ValidationError):
        write(
            cast.coordinator,
            Deadline(other, None, OCTOBER),
            Deadline(task, None, dt.date(1999, 1, 1)),
        )
    assert days_of(other) == (None, None)


def test_what_holds_already_is_passed_over_beside_what_changes(cast: Cast, task: Task) -> None:
    other = Task.objects.get(number=5)
    write(cast.coordinator, Deadline(task, None, OCTOBER))
    written = write(cast.coordinator, Deadline(task, None, OCTOBER), Deadline(other, None, OCTOBER))
    assert [change.task for change in written] == [other]


def test_no_measure_is_due_after_its_task(cast: Cast, task: Task) -> None:
    measure = first_measure(task)
    write(cast.coordinator, Deadline(task, None, OCTOBER), Deadline(task, measure, OCTOBER))
    for change in (Deadline(task, measure, NOVEMBER), Deadline(task, None, SEPTEMBER)):
        with pytest.raises(ValidationError, match="set that one too"):
            write(cast.coordinator, change)
    # Both together, or no day for the task at all.
    write(cast.coordinator, Deadline(task, measure, NOVEMBER), Deadline(task, None, NOVEMBER))
    write(cast.coordinator, Deadline(task, None, None))
    write(cast.coordinator, Deadline(task, measure, dt.date(2027, 3, 31)))
    assert days_of(measure) == (dt.date(2027, 3, 31), OCTOBER)


def test_a_measure_of_another_task_is_refused(cast: Cast, task: Task) -> None:
    with pytest.raises(ValidationError):
        write(cast.coordinator, Deadline(Task.objects.get(number=5), first_measure(task), OCTOBER))


def test_what_moved_since_it_was_seen_is_named_and_nothing_is_written(
    cast: Cast, task: Task
) -> None:
    measure = first_measure(task)
    write(cast.coordinator, Deadline(task, None, OCTOBER), Deadline(task, measure, SEPTEMBER))
    with pytest.raises(DeadlineMovedError) as moved:
        deadlines_write(
            changes=[Deadline(task, None, NOVEMBER)],
            seen=[Deadline(task, None, SEPTEMBER), Deadline(task, measure, None)],
            reason="顺延",
            by=cast.coordinator,
            now=NOW,
        )
    assert [one.day for one in moved.value.moved] == [OCTOBER, SEPTEMBER]
    assert "task 4: 2026-10-30" in str(moved.value)
    assert "measure 1: 2026-09-30" in str(moved.value)
    assert days_of(task) == (OCTOBER, None)


def test_a_check_writes_nothing(cast: Cast, task: Task) -> None:
    deadlines_check(
        changes=[Deadline(task, None, OCTOBER)], reason="总体安排", by=cast.coordinator, now=NOW
    )
    assert days_of(task) == (None, None)
    assert not DeadlineChange.objects.exists()


def test_importing_the_list_again_leaves_deadlines_alone(cast: Cast, task: Task) -> None:
    measure = first_measure(task)
    write(cast.coordinator, Deadline(task, None, OCTOBER), Deadline(task, measure, SEPTEMBER))
    write(cast.coordinator, Deadline(task, None, NOVEMBER))
    import_list(now=NOW + DAY)
    assert days_of(task) == (NOVEMBER, OCTOBER)
    assert days_of(measure) == (SEPTEMBER, None)


def test_the_whole_list_takes_as_many_statements_as_a_few_tasks(cast: Cast) -> None:
    def statements(tasks: list[Task], day: dt.date) -> int:
        with CaptureQueriesContext(connection) as queries:
            write(cast.coordinator, *(Deadline(task, None, day) for task in tasks))
        return len(queries)

    few = statements(list(Task.objects.filter(number__lte=5)), OCTOBER)
    # Two batches at most: SQLite takes so many parameters in one.
    assert statements(list(Task.objects.all()), NOVEMBER) <= few + 4

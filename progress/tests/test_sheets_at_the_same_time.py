"""Two coordinators confirm what they looked at in the same moment: neither overwrites unseen."""

import datetime as dt

import pytest

from agencies.models import User
from conftest import NOW, Cast
from progress.tests.acts import task_numbered
from progress.tests.agencies_changed import fresh
from progress.tests.test_mergers_at_the_same_time import at_once
from tasks.deadlines import Deadline, DeadlineMovedError, deadlines_write
from tasks.importing import ListMovedError, imports_lock, list_import
from tasks.models import DeadlineChange, ListImport, Task, TaskRevision
from tasks.tests.official_list import list_with

pytestmark = pytest.mark.django_db(transaction=True)

TASK_4 = 12
LATER = NOW + dt.timedelta(hours=1)


class Importing:
    """A coordinator who has looked at a revised list and confirms it; whether it had moved."""

    def __init__(self, words: str, by: User) -> None:
        self.by, self.words = fresh(by), words
        self.content = list_with((TASK_4, "统筹当地", words)).encode()
        self.seen = list_import(content=self.content, name="", now=NOW, dry_run=True).digest
        self.moved: ListMovedError | None = None

    def __call__(self) -> None:
        try:
            list_import(content=self.content, name="清单", by=self.by, seen=self.seen, now=LATER)
        except ListMovedError as moved:
            self.moved = moved


def test_of_two_revised_lists_one_is_imported_and_the_other_shown_anew(cast: Cast) -> None:
    imports = ListImport.objects.count()
    first, other = Importing("统筹全市", cast.coordinator), Importing("统筹各区", cast.coordinator)
    assert at_once(imports_lock, [first, other]) == [None, None]
    (written,) = [one for one in (first, other) if one.moved is None]
    (again,) = [one for one in (first, other) if one.moved is not None]
    assert task_numbered(4).title.startswith(written.words)
    assert (TaskRevision.objects.count(), ListImport.objects.count()) == (1, imports + 1)
    assert again.moved is not None
    ((change,),) = [one.cells for one in again.moved.outcome.changes]
    assert change.before.startswith(written.words)
    assert change.after.startswith(again.words)


def test_the_same_list_confirmed_twice_at_once_is_imported_once(cast: Cast) -> None:
    first, other = Importing("统筹全市", cast.coordinator), Importing("统筹全市", cast.coordinator)
    assert at_once(imports_lock, [first, other]) == [None, None]
    (again,) = [one for one in (first, other) if one.moved is not None]
    assert again.moved is not None
    assert again.moved.outcome.changes_nothing
    assert TaskRevision.objects.count() == 1


class Setting:
    """A coordinator who confirms a sheet of deadlines; whether one had moved."""

    def __init__(self, day: dt.date, by: User) -> None:
        self.by, self.day = fresh(by), day
        self.tasks = [task_numbered(number) for number in (4, 5)]
        self.moved: DeadlineMovedError | None = None

    def __call__(self) -> None:
        try:
            deadlines_write(
                changes=[Deadline(one, None, self.day, "各自的原因") for one in self.tasks],
                seen=[Deadline(one, None, None) for one in self.tasks],
                reason="",
                by=self.by,
                now=LATER,
            )
        except DeadlineMovedError as moved:
            self.moved = moved


def test_of_two_sheets_of_deadlines_one_is_written_whole(cast: Cast) -> None:
    first = Setting(dt.date(2026, 11, 30), cast.coordinator)
    other = Setting(dt.date(2026, 12, 31), cast.coordinator)
    locked = [task_numbered(4).pk, task_numbered(5).pk]

    def holding() -> object:
        return list(Task.objects.select_for_update().filter(pk__in=locked).order_by("pk"))

    assert at_once(holding, [first, other]) == [None, None]
    (written,) = [one for one in (first, other) if one.moved is None]
    assert {task_numbered(number).deadline for number in (4, 5)} == {written.day}
    assert DeadlineChange.objects.count() == 2

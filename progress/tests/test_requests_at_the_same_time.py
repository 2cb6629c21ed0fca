"""Two people ask for, decide on or move the same deadline or completion at the same moment."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
from django.db import connection
from django.utils import translation

from agencies.models import Role, User
from conftest import NOW, TODAY, Cast, _person
from progress.models import (
    Completion,
    CompletionState,
    DecisionState,
    Extension,
    Report,
    ReportEvent,
    ReportingPeriod,
)
from progress.states import Move
from progress.tests.acts import approved, first_measure, handed_in, task_numbered
from progress.tests.agencies_changed import fresh
from progress.tests.test_mergers_at_the_same_time import at_once, holding
from progress.workflow import (
    Conflict,
    completion_reopen,
    extension_decide,
    extension_request,
    period_open,
    report_move,
)
from tasks.deadlines import UNCHANGED, Deadline, DeadlineMovedError, deadlines_write
from tasks.models import DeadlineChange, Status, Task

pytestmark = pytest.mark.django_db(transaction=True)

# Which of the two gets the lock first; on SQLite the one that happens to.
BOTH_ORDERS = pytest.mark.parametrize("swapped", [False, True])
DAY = dt.timedelta(days=1)
SOON, LATER, LATEST = TODAY + DAY, dt.date(2026, 12, 31), dt.date(2027, 6, 30)
DONE, GOES, NOT = Status.COMPLETED, Status.IN_PROGRESS, Status.NOT_STARTED
WHY = "上级平台升级推迟"


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Where sentences are told apart, it is by their source."""
    with translation.override("en"):
        yield


@pytest.fixture
def second(cast: Cast) -> User:
    """Another coordinator."""
    return _person("coordinator2", "吴统", Role.COORDINATOR)


@pytest.fixture
def due(cast: Cast) -> Task:
    """Task 4, due tomorrow."""
    changes = [Deadline(task_numbered(4), None, SOON)]
    deadlines_write(changes=changes, reason="总体安排", by=cast.coordinator, now=NOW)
    return task_numbered(4)


class Attempt:
    """One of the two: what it does, and what stood in its way once it has been run."""

    def __init__(self, act: Callable[[], object]) -> None:
        self.act = act
        self.refused: Conflict | DeadlineMovedError | None = None

    def __call__(self) -> None:
        try:
            self.act()
        except (Conflict, DeadlineMovedError) as refused:
            self.refused = refused


def both(
    hold: Callable[[], object],
    first: Callable[[], object],
    other: Callable[[], object],
    *,
    swapped: bool = False,
) -> tuple[BaseException | None, BaseException | None]:
    """Both wait for what `hold` locks, then go; what each was refused with, whoever came first.

    The database's own complaints, of a deadlock above all, are raised.
    """
    attempts = [Attempt(first), Attempt(other)]
    order = [1, 0] if swapped else [0, 1]
    invalid = at_once(hold, [attempts[place] for place in order])
    found = dict(zip(order, invalid, strict=True))
    return attempts[0].refused or found[0], attempts[1].refused or found[1]


def task_locked() -> Task:
    return Task.objects.select_for_update().get(number=4)


def expect_first(outcome: tuple[BaseException | None, ...], *, swapped: bool) -> None:
    """One was let through: where the database queues them, the one that came first."""
    assert [one is None for one in outcome].count(True) == 1
    if connection.vendor == "postgresql":
        assert outcome[1 if swapped else 0] is None


# --- deadlines ---------------------------------------------------------------------------------


def setting(day: dt.date, by: User) -> Callable[[], object]:
    """What a coordinator sends who has seen the task due tomorrow, in a change of several."""
    tasks = [task_numbered(number) for number in (5, 4)]
    return lambda: deadlines_write(
        changes=[Deadline(task, None, day) for task in tasks],
        seen=[Deadline(task, None, SOON if task.number == 4 else None) for task in tasks],
        reason="统一调整",
        by=by,
        now=NOW,
    )


@BOTH_ORDERS
def test_of_two_days_set_at_once_for_what_both_have_seen_the_first_holds(
    cast: Cast, second: User, due: Task, *, swapped: bool
) -> None:
    outcome = both(
        task_locked, setting(LATER, cast.coordinator), setting(LATEST, second), swapped=swapped
    )
    expect_first(outcome, swapped=swapped)
    [refused] = [one for one in outcome if one is not None]
    assert isinstance(refused, DeadlineMovedError)
    # The other is told what holds now, and nothing of what was sent was written.
    day = task_numbered(4).deadline
    assert day == (LATER if outcome[0] is None else LATEST)
    assert {(one.task.number, one.day) for one in refused.moved} == {(4, day), (5, day)}
    assert DeadlineChange.objects.filter(task__number__in=(4, 5)).count() == 3
    assert task_numbered(4).original_deadline == SOON


def test_the_same_day_set_by_two_at_once_is_set_once_and_nobody_is_in_conflict(
    cast: Cast, second: User, due: Task
) -> None:
    outcome = both(task_locked, setting(LATER, cast.coordinator), setting(LATER, second))
    [refused] = [one for one in outcome if one is not None]
    assert getattr(refused, "error_dict", {})["deadline"][0].code == UNCHANGED
    assert DeadlineChange.objects.filter(new=LATER, task__number=4).count() == 1
    assert task_numbered(4).deadline == LATER


@BOTH_ORDERS
def test_a_change_of_many_and_a_grant_of_one_do_not_both_move_a_deadline(
    cast: Cast, second: User, period: ReportingPeriod, due: Task, *, swapped: bool
) -> None:
    asked = request(due, period, cast.reporter)

    def grant() -> None:
        extension_decide(extension=asked, granted=True, by=second, now=NOW)

    outcome = both(task_locked, setting(LATEST, cast.coordinator), grant, swapped=swapped)
    expect_first(outcome, swapped=swapped)
    asked.refresh_from_db()
    granted = outcome[1] is None
    assert asked.state == (DecisionState.GRANTED if granted else DecisionState.REQUESTED)
    assert task_numbered(4).deadline == (LATER if granted else LATEST)
    # All of the change or none of it.
    assert task_numbered(5).deadline == (None if granted else LATEST)
    assert DeadlineChange.objects.filter(task=due, old=SOON).count() == 1


# --- extensions --------------------------------------------------------------------------------


def request(task: Task, period: ReportingPeriod, by: User) -> Extension:
    return extension_request(
        task=task, period=period, new_deadline=LATER, reason=WHY, by=by, now=NOW
    )


def test_two_of_an_agency_who_ask_for_the_same_at_once_have_asked_once(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    outcome = both(
        holding(period),
        lambda: request(due, period, fresh(cast.reporter)),
        lambda: request(due, period, fresh(cast.colleague)),
    )
    [refused] = [one for one in outcome if one is not None]
    assert isinstance(refused, Conflict)
    [asked] = Extension.objects.all()
    # The report that neither had begun is begun once, by the one who asked.
    [report] = Report.objects.filter(task=due, period=period)
    assert (asked.report, asked.state) == (report, DecisionState.REQUESTED)
    assert report.updated_by == asked.requested_by


def test_a_button_that_is_pressed_twice_asks_once(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    def press() -> None:
        request(due, period, fresh(cast.reporter))

    assert both(holding(period), press, press) == (None, None)
    assert Extension.objects.count() == 1
    assert Report.objects.filter(task=due).count() == 1


@BOTH_ORDERS
def test_a_request_is_decided_once_by_whoever_comes_first(
    cast: Cast, second: User, period: ReportingPeriod, due: Task, *, swapped: bool
) -> None:
    asked = request(due, period, cast.reporter)

    def decide(by: User, *, granted: bool) -> Callable[[], object]:
        return lambda: extension_decide(
            extension=asked, granted=granted, by=by, now=NOW, reason="理由不足"
        )

    outcome = both(
        task_locked,
        decide(cast.coordinator, granted=True),
        decide(second, granted=False),
        swapped=swapped,
    )
    expect_first(outcome, swapped=swapped)
    asked.refresh_from_db()
    granted = outcome[0] is None
    assert asked.state == (DecisionState.GRANTED if granted else DecisionState.REFUSED)
    assert asked.decided_by == (cast.coordinator if granted else second)
    assert task_numbered(4).deadline == (LATER if granted else SOON)


# --- completions -------------------------------------------------------------------------------


def standing() -> tuple[str, list[str]]:
    task = task_numbered(4)
    return task.status, list(task.measures.order_by("ordinal").values_list("status", flat=True))


@BOTH_ORDERS
def test_a_completion_is_granted_or_refused_and_not_both(
    cast: Cast, second: User, period: ReportingPeriod, *, swapped: bool
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter, DONE)
    refused_one = first_measure().pk

    def approve(by: User, refused: dict[int, str]) -> Callable[[], object]:
        return lambda: report_move(
            report=report,
            move=Move.APPROVE,
            by=by,
            now=NOW,
            version=report.version,
            refused_completions=refused,
        )

    outcome = both(
        holding(period),
        approve(cast.coordinator, {}),
        approve(second, {refused_one: "佐证不足"}),
        swapped=swapped,
    )
    expect_first(outcome, swapped=swapped)
    granted = outcome[0] is None
    assert ReportEvent.objects.filter(report=report, move=Move.APPROVE).count() == 1
    states = dict(Completion.objects.values_list("measure__ordinal", "state"))
    first = CompletionState.GRANTED if granted else CompletionState.REFUSED
    assert states == {1: first, 2: CompletionState.GRANTED, 3: CompletionState.GRANTED}
    decided_by = set(Completion.objects.values_list("decided_by__username", flat=True))
    assert decided_by == {cast.coordinator.username if granted else second.username}
    assert standing() == ((DONE, [DONE] * 3) if granted else (GOES, [GOES, DONE, DONE]))


@BOTH_ORDERS
def test_a_completion_reopened_as_the_next_report_repeats_it_is_completed_no_more(
    cast: Cast, second: User, period: ReportingPeriod, *, swapped: bool
) -> None:
    """Unless the approval knew of it and decided so: then the next report has asked anew."""
    first = approved(task_numbered(4), period, cast.reporter, cast.coordinator, DONE)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    repeats = handed_in(task_numbered(4), november, cast.reporter, DONE, now=NOW + DAY)

    def reopen() -> None:
        completion_reopen(
            completion=Completion.objects.get(report=first, measure__ordinal=1),
            reason="核查发现未达标",
            by=cast.coordinator,
            now=NOW + 2 * DAY,
        )

    def approve() -> None:
        report_move(report=repeats, move=Move.APPROVE, by=second, now=NOW + 2 * DAY)

    # They lock the rows of two periods, and of two reports: the task is what both wait for.
    assert both(task_locked, reopen, approve, swapped=swapped) == (None, None)
    assert Completion.objects.get(report=first, measure__ordinal=1).state == "reopened"
    anew = Completion.objects.filter(report=repeats)
    if anew.exists():
        # The approval came after the reopening, and granted what the report then asked for.
        assert list(anew.values_list("measure__ordinal", "state")) == [(1, "granted")]
        assert standing() == (DONE, [DONE, DONE, DONE])
    else:
        assert standing() == (GOES, [GOES, DONE, DONE])
        assert task_numbered(4).completed_on is None

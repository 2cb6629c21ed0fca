"""Several reports are approved together while somebody else does the same, or sets deadlines."""

import datetime as dt
from collections.abc import Callable

import pytest

from agencies.models import Role, User
from conftest import NOW, Cast, _person
from progress.models import Report, ReportEvent, ReportingPeriod
from progress.states import Move, ReportState
from progress.tests.acts import handed_in, task_numbered
from progress.tests.test_requests_at_the_same_time import BOTH_ORDERS, both
from progress.workflow import ApprovalsRefused, reports_approve_together, review_mark
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Status, Task

pytestmark = pytest.mark.django_db(transaction=True)

DEADLINE = dt.date(2026, 12, 31)


def in_the_office(cast: Cast, period: ReportingPeriod, *numbers: int) -> list[Report]:
    """Handed in, in this order, and looked at by the coordinator."""
    reports = [handed_in(task_numbered(number), period, cast.reporter) for number in numbers]
    looked_at(reports, cast.coordinator)
    return reports


def looked_at(reports: list[Report], by: User) -> None:
    for one in reports:
        review_mark(report=one, by=by, now=NOW, version=one.version)


def approving(reports: list[Report], by: User) -> Callable[[], object]:
    chosen = [(one.pk, one.version) for one in reports]
    return lambda: reports_approve_together(chosen=chosen, by=by, now=NOW)


def approved_by(reports: list[Report]) -> list[list[str]]:
    """Who approved each of them, as often as they did."""
    return [
        list(
            ReportEvent.objects.filter(report=one, move=Move.APPROVE).values_list(
                "by__username", flat=True
            )
        )
        for one in reports
    ]


def locking(number: int) -> Callable[[], object]:
    return lambda: Task.objects.select_for_update().get(number=number)


def test_a_button_that_is_pressed_twice_approves_once_and_refuses_nothing(
    cast: Cast, period: ReportingPeriod
) -> None:
    reports = in_the_office(cast, period, 4, 5)
    act = approving(reports, cast.coordinator)
    assert both(locking(4), act, act) == (None, None)
    assert approved_by(reports) == [["coordinator"]] * 2


@BOTH_ORDERS
def test_deadlines_set_for_the_same_tasks_and_an_approval_let_each_other_through(
    cast: Cast, period: ReportingPeriod, *, swapped: bool
) -> None:
    # Their reports came in the other order than the list has them.
    reports = in_the_office(cast, period, 5, 4)
    changes = [Deadline(task_numbered(number), None, DEADLINE) for number in (4, 5)]

    def deadlines() -> None:
        deadlines_write(changes=changes, reason="统一明确", by=cast.coordinator, now=NOW)

    outcome = both(locking(4), approving(reports, cast.coordinator), deadlines, swapped=swapped)
    assert outcome == (None, None)
    assert approved_by(reports) == [["coordinator"]] * 2
    tasks = Task.objects.filter(number__in=(4, 5))
    assert {(one.status, one.deadline) for one in tasks} == {(Status.IN_PROGRESS, DEADLINE)}


@BOTH_ORDERS
def test_of_two_who_approve_in_part_the_same_one_approves_all_of_theirs_and_the_other_nothing(
    cast: Cast, period: ReportingPeriod, *, swapped: bool
) -> None:
    second = _person("coordinator2", "吴统", Role.COORDINATOR)
    four, five, six = reports = in_the_office(cast, period, 4, 5, 6)
    looked_at(reports, second)
    outcome = both(
        locking(5),
        approving([five, four], cast.coordinator),
        approving([six, five], second),
        swapped=swapped,
    )
    assert [one is None for one in outcome].count(True) == 1
    [refused] = [one for one in outcome if one is not None]
    assert isinstance(refused, ApprovalsRefused)
    assert [one.report and one.report.task.number for one in refused.refused] == [5]
    by = "coordinator" if outcome[0] is None else "coordinator2"
    assert approved_by([five]) == [[by]]
    left = six if outcome[0] is None else four
    left.refresh_from_db()
    assert left.state == ReportState.SUBMITTED

"""Rule: a lead asks for a later deadline before it has passed, and a coordinator decides."""

import datetime as dt
from collections.abc import Iterator

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import translation

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.lights import Light
from progress.models import DecisionState, Extension, Report, ReportingPeriod
from progress.rollups import task_rows
from progress.states import ReportState
from progress.tests.acts import approved, first_measure, saved, task_numbered
from progress.workflow import (
    Conflict,
    content_of,
    extension_decide,
    extension_request,
    extension_withdraw,
    period_close,
    period_open,
)
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import DeadlineChange, Measure, Status, Task

DAY = dt.timedelta(days=1)
SOON, LATER = TODAY + DAY, dt.date(2026, 12, 31)


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Sentences are told apart by their source."""
    with translation.override("en"):
        yield


@pytest.fixture
def due(cast: Cast) -> Task:
    """Task 4, due tomorrow, and so its first measure."""
    task = task_numbered(4)
    deadlines_write(
        changes=[Deadline(task, None, SOON), Deadline(task, first_measure(), SOON)],
        reason="总体安排",
        by=cast.coordinator,
        now=NOW,
    )
    return task_numbered(4)


def request(
    task: Task,
    period: ReportingPeriod,
    by: User,
    *,
    measure: Measure | None = None,
    new_deadline: dt.date = LATER,
    reason: str = "上级平台升级推迟",
    now: dt.datetime = NOW,
) -> Extension:
    return extension_request(
        task=task,
        measure=measure,
        period=period,
        new_deadline=new_deadline,
        reason=reason,
        by=by,
        now=now,
    )


def decide(extension: Extension, by: User, *, granted: bool = True, reason: str = "") -> Extension:
    return extension_decide(extension=extension, granted=granted, by=by, now=NOW, reason=reason)


def light(cast: Cast, day: dt.date) -> Light:
    [row] = task_rows(
        tasks=Task.objects.filter(number=4),
        period=None,
        user=cast.coordinator,
        today=day,
    )
    return row.light


def test_a_granted_request_moves_the_deadline_and_the_original_one_stays(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    extension = request(due, period, cast.reporter)
    assert (extension.deadline, extension.state) == (SOON, DecisionState.REQUESTED)
    assert task_numbered(4).deadline == SOON
    assert light(cast, SOON + DAY) == Light.RED
    decided = decide(extension, cast.coordinator, reason="情况属实")
    assert decided.state == DecisionState.GRANTED
    task = task_numbered(4)
    assert (task.deadline, task.original_deadline) == (LATER, SOON)
    change = DeadlineChange.objects.latest("pk")
    # For everybody who reads the list: neither the agency's words nor the coordinator's.
    assert "市数据局" in change.reason
    assert TODAY.isoformat() in change.reason
    for words in ("上级平台升级推迟", "张报", "情况属实"):
        assert words not in change.reason
    assert light(cast, SOON + DAY) != Light.RED


def test_a_request_begins_the_periods_report_with_what_it_starts_from(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    before = approved(due, september, cast.reporter, cast.coordinator, Status.IN_PROGRESS)
    extension = request(due, period, cast.reporter)
    assert extension.report.state == ReportState.DRAFT
    assert extension.report.period == period
    assert content_of(extension.report) == content_of(before)


def test_a_request_leaves_a_report_that_was_begun_as_it_is(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    report = saved(due, period, cast.reporter)
    assert request(due, period, cast.colleague).report == report
    report.refresh_from_db()
    assert (report.version, report.updated_by) == (1, cast.reporter)


def test_a_measures_deadline_is_extended_by_itself(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    deadlines_write(
        changes=[Deadline(due, None, LATER)], reason="顺延", by=cast.coordinator, now=NOW
    )
    extension = request(due, period, cast.reporter, measure=first_measure())
    decide(extension, cast.coordinator)
    assert first_measure().deadline == LATER
    assert first_measure().original_deadline == SOON


def test_a_measure_is_not_extended_past_its_task(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    with pytest.raises(ValidationError, match="ask for a later deadline of the task first"):
        request(due, period, cast.reporter, measure=first_measure())
    assert not Report.objects.exists()


def test_the_last_day_is_in_time_and_the_day_after_is_not(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    with pytest.raises(Conflict, match="a coordinator can still move it"):
        request(due, period, cast.reporter, now=NOW + 2 * DAY)
    assert request(due, period, cast.reporter, now=NOW + DAY).pk


def test_what_has_no_deadline_cannot_be_extended(cast: Cast, period: ReportingPeriod) -> None:
    with pytest.raises(Conflict, match="none to extend"):
        request(task_numbered(4), period, cast.reporter)
    with pytest.raises(Conflict, match="of its own"):
        request(task_numbered(4), period, cast.reporter, measure=first_measure())


def test_nothing_is_asked_for_in_a_closed_period(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    with pytest.raises(Conflict, match="closed"):
        request(due, period, cast.reporter)


@pytest.mark.parametrize(
    ("new_deadline", "reason", "field"),
    [
        (SOON, "推迟", "new_deadline"),
        (SOON - DAY, "推迟", "new_deadline"),
        (dt.date(3000, 1, 1), "推迟", "new_deadline"),
        (LATER, " ", "reason"),
        (LATER, "长" * 10_001, "reason"),
    ],
)
def test_a_request_that_says_nothing_sensible_is_refused_at_its_field(
    new_deadline: dt.date,
    reason: str,
    field: str,
    cast: Cast,
    period: ReportingPeriod,
    due: Task,
) -> None:
    with pytest.raises(ValidationError) as refused:
        request(due, period, cast.reporter, new_deadline=new_deadline, reason=reason)
    assert set(refused.value.message_dict) == {field}
    assert not Extension.objects.exists()


def test_one_request_at_a_time_of_the_task_and_of_each_measure(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    first = request(due, period, cast.reporter)
    with pytest.raises(Conflict, match="undecided"):
        request(due, period, cast.colleague)
    with pytest.raises(Conflict, match="undecided"):
        request(due, period, cast.reporter, reason="另一理由")
    extension_withdraw(extension=first, by=cast.colleague, now=NOW)
    second = request(due, period, cast.reporter)
    decide(second, cast.coordinator, granted=False, reason="理由不足")
    assert request(due, period, cast.reporter).state == DecisionState.REQUESTED


@pytest.mark.parametrize(
    "who", ["co_reporter", "stranger", "coordinator", "leader", "auditor", "administrator"]
)
def test_nobody_but_the_lead_asks_or_withdraws(
    who: str, cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    person = getattr(cast, who)
    with pytest.raises(PermissionDenied):
        request(due, period, person)
    extension = request(due, period, cast.reporter)
    with pytest.raises(PermissionDenied):
        extension_withdraw(extension=extension, by=person, now=NOW)


def test_where_an_agency_has_an_approver_the_request_is_the_approvers_word(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    User.objects.filter(pk=cast.approver.pk).update(is_active=True)
    with pytest.raises(PermissionDenied):
        request(due, period, cast.reporter)
    assert request(due, period, User.objects.get(pk=cast.approver.pk)).pk


@pytest.mark.parametrize("who", ["reporter", "stranger", "leader", "auditor", "administrator"])
def test_nobody_but_a_coordinator_decides(
    who: str, cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    extension = request(due, period, cast.reporter)
    with pytest.raises(PermissionDenied):
        decide(extension, getattr(cast, who))


def test_the_history_is_in_one_language_whoever_grants_it(
    due: Task, period: ReportingPeriod, cast: Cast
) -> None:
    assert translation.get_language() == "en"
    decide(request(due, period, cast.reporter), cast.coordinator)
    assert DeadlineChange.objects.latest("pk").reason.startswith("同意")


def test_a_refusal_needs_a_reason_and_leaves_the_deadline(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    extension = request(due, period, cast.reporter)
    with pytest.raises(ValidationError) as refused:
        decide(extension, cast.coordinator, granted=False, reason=" ")
    assert set(refused.value.message_dict) == {"reason"}
    decided = decide(extension, cast.coordinator, granted=False, reason="理由不足")
    assert (decided.state, decided.decision_reason) == (DecisionState.REFUSED, "理由不足")
    assert task_numbered(4).deadline == SOON


def test_a_decision_is_made_once(cast: Cast, period: ReportingPeriod, due: Task) -> None:
    extension = request(due, period, cast.reporter)
    decide(extension, cast.coordinator)
    with pytest.raises(Conflict):
        decide(extension, cast.coordinator, granted=False, reason="改主意")
    with pytest.raises(Conflict):
        extension_withdraw(extension=extension, by=cast.reporter, now=NOW)
    assert DeadlineChange.objects.filter(new=LATER).count() == 1


def test_the_same_words_sent_twice_are_one(cast: Cast, period: ReportingPeriod, due: Task) -> None:
    extension = request(due, period, cast.reporter)
    assert request(due, period, cast.reporter, now=NOW + DAY) == extension
    for _time in range(2):
        decided = decide(extension, cast.coordinator, reason="同意")
        assert (decided.state, decided.decided_at) == (DecisionState.GRANTED, NOW)
    assert DeadlineChange.objects.filter(new=LATER).count() == 1
    withdrawn = request(due, period, cast.reporter, new_deadline=LATER + DAY)
    for _time in range(2):
        withdrawn = extension_withdraw(extension=withdrawn, by=cast.reporter, now=NOW)
    assert withdrawn.state == DecisionState.WITHDRAWN


def test_what_is_completed_asks_for_no_later_deadline(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    approved(due, period, cast.reporter, cast.coordinator, Status.COMPLETED)
    for measure in (None, first_measure()):
        with pytest.raises(Conflict, match="completed already"):
            request(due, period, cast.reporter, measure=measure)


def test_a_deadline_that_was_changed_meanwhile_cannot_be_granted_only_refused(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    extension = request(due, period, cast.reporter)
    moved = TODAY + 10 * DAY
    deadlines_write(
        changes=[Deadline(due, None, moved)], reason="顺延", by=cast.coordinator, now=NOW
    )
    with pytest.raises(Conflict, match=moved.isoformat()):
        decide(extension, cast.coordinator)
    assert task_numbered(4).deadline == moved
    decide(extension, cast.coordinator, granted=False, reason="已统一顺延")


def test_coordinators_see_a_request_at_once_and_others_as_the_report(
    cast: Cast, period: ReportingPeriod, due: Task
) -> None:
    extension = request(due, period, cast.reporter)
    seen = {
        who: Extension.objects.visible_to(person).filter(pk=extension.pk).exists()
        for who, person in cast.everyone().items()
        if person.is_active
    }
    assert {who for who, sees in seen.items() if sees} == {
        "reporter",
        "colleague",
        "co_reporter",
        "coordinator",
    }

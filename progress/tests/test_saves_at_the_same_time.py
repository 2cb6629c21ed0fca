"""In a due date's last hour everybody saves at once: nobody waits for another's report, two who
write the same one are told so, and a period that closes has all of a save or nothing of it."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from agencies.models import Agency, User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.states import ReportState
from progress.tests.acts import approved, attached, content, saved, task_numbered
from progress.tests.files import pdf
from progress.tests.test_mergers_at_the_same_time import at_once, holding
from progress.tests.test_standing import wait_until_queued
from progress.workflow import (
    NOT_BEGUN,
    Conflict,
    ContributionContent,
    StaleContribution,
    StaleVersion,
    contribution_save,
    period_close,
    period_open,
    report_save,
    report_unchanged,
)
from tasks.models import Division, Status, Task

# SQLite has one writer at a time, whatever it writes.
pytestmark = [pytest.mark.once, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def elsewhere() -> Iterator[Callable[[Callable[[], object]], Future[object]]]:
    """Runs an act on a connection of its own, where it waits for no lock longer than seconds."""

    def run(act: Callable[[], object]) -> object:
        try:
            with connection.cursor() as cursor:
                cursor.execute("SET lock_timeout = '5s'")
            return act()
        finally:
            # Else the next test that is given this connection would wait no longer either.
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
            connections.close_all()

    with ThreadPoolExecutor() as pool:
        yield lambda act: pool.submit(run, act)


def other_task(user: User) -> Task:
    """Another one that this person's agency leads alone."""
    led = Task.objects.led_by(user.agency_ids).filter(division=Division.LEAD_COMPILES)
    task = led.exclude(number=4).order_by("number").first()
    assert task is not None
    return task


def contributed(task: Task, period: ReportingPeriod, by: User, remarks: str) -> object:
    assert by.agency_id is not None
    return contribution_save(
        task=task,
        period=period,
        agency=Agency.objects.get(pk=by.agency_id),
        by=by,
        now=NOW,
        content=ContributionContent((), remarks=remarks),
        version=NOT_BEGUN,
    )


Elsewhere = Callable[[Callable[[], object]], "Future[object]"]


def test_a_report_is_saved_while_another_is_being_saved(
    cast: Cast, period: ReportingPeriod, elsewhere: Elsewhere
) -> None:
    other = other_task(cast.reporter)
    saved(task_numbered(4), period, cast.reporter, Status.NOT_STARTED)
    with transaction.atomic():
        saved(task_numbered(4), period, cast.reporter)
        elsewhere(lambda: saved(other, period, cast.colleague)).result(timeout=30)
        theirs = elsewhere(lambda: contributed(task_numbered(4), period, cast.co_reporter, "配合"))
        theirs.result(timeout=30)
    assert Report.objects.count() == 2


def test_of_two_who_begin_the_same_report_the_second_is_told_what_the_first_began(
    cast: Cast, period: ReportingPeriod, elsewhere: Elsewhere
) -> None:
    task = task_numbered(4)

    def begun_too() -> object:
        return report_save(
            task=task,
            period=period,
            by=cast.colleague,
            now=NOW,
            content=content(task, "not_started"),
            version=NOT_BEGUN,
        )

    with transaction.atomic():
        first = saved(task, period, cast.reporter)
        second = elsewhere(begun_too)
        wait_until_queued(1)
    with pytest.raises(StaleVersion) as stale:
        second.result(timeout=30)
    assert stale.value.report == first == Report.objects.get()


def test_of_two_who_begin_the_same_contribution_the_second_is_told_too(
    cast: Cast, period: ReportingPeriod, elsewhere: Elsewhere
) -> None:
    task = task_numbered(4)
    with transaction.atomic():
        contributed(task, period, cast.co_reporter, "先写的")
        second = elsewhere(lambda: contributed(task, period, cast.co_reporter, "后写的"))
        wait_until_queued(1)
    with pytest.raises(StaleContribution) as stale:
        second.result(timeout=30)
    assert stale.value.contribution.remarks == "先写的"


def test_a_file_is_attached_while_another_report_is_being_saved(
    cast: Cast, period: ReportingPeriod, elsewhere: Elsewhere
) -> None:
    other = other_task(cast.reporter)
    with transaction.atomic():
        saved(task_numbered(4), period, cast.reporter)
        elsewhere(lambda: attached(other, period, cast.colleague)).result(timeout=30)
    assert Report.objects.count() == 2


def test_two_files_that_begin_the_same_report_are_both_attached_to_it(
    cast: Cast, period: ReportingPeriod, elsewhere: Elsewhere
) -> None:
    task = task_numbered(4)
    with transaction.atomic():
        attached(task, period, cast.reporter, content=pdf("first"))
        second = elsewhere(lambda: attached(task, period, cast.colleague, content=pdf("second")))
        wait_until_queued(1)
    second.result(timeout=30)
    assert Report.objects.get().evidence.count() == 2


def test_a_period_closes_once_what_is_being_saved_in_it_is_saved(
    cast: Cast, period: ReportingPeriod, elsewhere: Elsewhere
) -> None:
    with transaction.atomic():
        saved(task_numbered(4), period, cast.reporter)
        closing = elsewhere(lambda: period_close(period=period, by=cast.coordinator, now=NOW))
        wait_until_queued(1)
        assert not closing.done()
    closing.result(timeout=30)
    assert Report.objects.get().version == 1
    period.refresh_from_db()
    assert not period.is_open


def test_what_is_saved_while_a_period_closes_is_refused(
    cast: Cast, period: ReportingPeriod, elsewhere: Elsewhere
) -> None:
    with transaction.atomic():
        period_close(period=period, by=cast.coordinator, now=NOW)
        save = elsewhere(lambda: saved(task_numbered(4), period, cast.reporter))
        wait_until_queued(1)
    with pytest.raises(Conflict, match="2026-10"):
        save.result(timeout=30)
    assert not Report.objects.exists()


def test_two_who_hand_in_without_change_at_once_wait_for_one_another_and_not_for_ever(
    cast: Cast, period: ReportingPeriod
) -> None:
    tasks = [task_numbered(4), other_task(cast.reporter)]
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    for task in tasks:
        approved(task, september, cast.reporter, cast.coordinator)
    writers = [cast.reporter, cast.colleague]
    acts = [
        lambda task=task, by=by: report_unchanged(task=task, period=period, by=by, now=NOW)
        for task, by in zip(tasks, writers, strict=True)
    ]
    assert at_once(holding(period), acts) == [None, None]
    handed_in = Report.objects.filter(period=period, state=ReportState.SUBMITTED)
    assert handed_in.count() == 2

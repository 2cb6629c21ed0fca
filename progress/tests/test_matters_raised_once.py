"""A matter stands in its register once: however often, and by whomever, its words are handed in."""

import datetime as dt
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, connections, transaction

from agencies.models import Agency, User
from conftest import NOW, Cast
from progress.mergers import agency_merge
from progress.models import Matter, MatterState, Report, ReportingPeriod
from progress.states import Move
from progress.tests.acts import task_numbered
from progress.tests.test_matters import OTHER, TEXT, handed_in_with, moves_of, written
from progress.workflow import (
    Conflict,
    content_to_start_from,
    matter_address,
    matter_answer,
    matter_close,
    matter_reopen,
    period_open,
    report_move,
    report_unchanged,
)
from tasks.models import Task

LATER = NOW + dt.timedelta(days=30)


@pytest.fixture
def matter(cast: Cast, period: ReportingPeriod) -> Matter:
    handed_in_with(period, cast.reporter, TEXT)
    return Matter.objects.get()


@pytest.fixture
def approved(cast: Cast, matter: Matter) -> Matter:
    """The matter, its report approved: the next report starts from it."""
    report_move(report=matter.report, move=Move.APPROVE, by=cast.coordinator, now=NOW)
    return matter


@pytest.fixture
def november(cast: Cast, period: ReportingPeriod) -> ReportingPeriod:
    return period_open(code="2026-11", by=cast.coordinator, now=NOW + dt.timedelta(days=29))


def closed(matter: Matter, by: User, *, now: dt.datetime = NOW) -> Matter:
    matter.refresh_from_db()
    return matter_close(matter=matter, by=by, now=now, version=matter.version, note="已协调解决")


# --- what the next report starts from -----------------------------------------------------------


def test_the_next_report_repeats_what_still_waits_and_leaves_away_what_was_settled(
    cast: Cast, approved: Matter, november: ReportingPeriod
) -> None:
    task = task_numbered(4)
    assert content_to_start_from(task=task, period=november).coordination == TEXT
    closed(approved, cast.coordinator)
    assert content_to_start_from(task=task, period=november).coordination == ""


def test_no_change_does_not_raise_again_what_was_settled(
    cast: Cast, approved: Matter, november: ReportingPeriod
) -> None:
    closed(approved, cast.coordinator)
    report_unchanged(task=task_numbered(4), period=november, by=cast.reporter, now=LATER)
    assert Matter.objects.get().state == MatterState.CLOSED


def test_words_that_a_draft_began_with_are_not_raised_when_they_were_settled_since(
    cast: Cast, approved: Matter, november: ReportingPeriod
) -> None:
    report = written(november, cast.reporter, TEXT, now=LATER)
    closed(approved, cast.coordinator, now=LATER + dt.timedelta(hours=1))
    report_move(
        report=report, move=Move.SUBMIT, by=cast.reporter, now=LATER + dt.timedelta(hours=2)
    )
    assert Matter.objects.get() == approved


def test_who_writes_it_anew_after_it_was_settled_raises_it_again(
    cast: Cast, approved: Matter, november: ReportingPeriod
) -> None:
    closed(approved, cast.coordinator)
    handed_in_with(november, cast.reporter, TEXT, now=LATER)
    assert Matter.objects.count() == 2


# --- at once, and twice -------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_reports_of_a_task_that_are_handed_in_at_once_raise_one_matter(
    transactional_db: None, cast: Cast, period: ReportingPeriod, november: ReportingPeriod
) -> None:
    """Both wait for the task's row; who gets it last must see what the other has raised."""
    reports = [written(one, cast.reporter, TEXT, now=LATER) for one in (period, november)]

    def hand_in(report: Report) -> None:
        try:
            report_move(report=report, move=Move.SUBMIT, by=cast.reporter, now=LATER)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        with transaction.atomic():
            Task.objects.select_for_update().get(number=4)
            submissions = []
            for report in reports:
                submissions.append(pool.submit(hand_in, report))
                _wait_until_queued(len(submissions))
        for submission in submissions:
            submission.result()
    assert Matter.objects.get().events.count() == 1


def _wait_until_queued(count: int) -> None:
    """Until so many writers wait for a lock; SQLite lets one transaction write at a time anyway."""
    if connection.vendor != "postgresql":
        return
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
    until = time.monotonic() + 20
    with connection.cursor() as cursor:
        while time.monotonic() < until:
            # Statistics stay as they were first read in a transaction unless they are let go.
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(f"{waiting} AND datname = current_database()")
            if cursor.fetchone() == (count,):
                return
            time.sleep(0.05)
    pytest.fail("the writers never came to wait for the task")


def test_a_button_pressed_twice_does_its_move_once(cast: Cast, matter: Matter) -> None:
    agency = cast.stranger.agency
    assert agency is not None
    by = cast.coordinator
    for _press in range(2):
        matter_address(matter=matter, to=agency, by=by, now=NOW, version=1)
    for _press in range(2):
        matter_answer(matter=matter, text="已安排 ", by=cast.stranger, now=NOW, version=2)
    for _press in range(2):
        matter_close(matter=matter, by=by, now=NOW, version=3)
    for _press in range(2):
        matter_reopen(matter=matter, reason="未落实", by=by, now=NOW, version=4)
    assert moves_of(matter) == ["raise", "address", "answer", "close", "reopen"]


def test_the_same_move_of_somebody_else_is_no_second_press(cast: Cast, matter: Matter) -> None:
    agency = cast.stranger.agency
    assert agency is not None
    matter = matter_address(matter=matter, to=agency, by=cast.coordinator, now=NOW, version=1)
    matter_answer(matter=matter, text="已安排", by=cast.stranger, now=NOW, version=2)
    with pytest.raises(Conflict):
        matter_answer(matter=matter, text="已安排", by=cast.coordinator, now=NOW, version=2)
    with pytest.raises(Conflict):
        matter_answer(matter=matter, text="另行安排", by=cast.stranger, now=NOW, version=2)


# --- taken up again -----------------------------------------------------------------------------


def test_what_a_later_report_has_raised_again_is_followed_there(
    cast: Cast, approved: Matter, november: ReportingPeriod
) -> None:
    closed(approved, cast.coordinator)
    handed_in_with(november, cast.reporter, TEXT, now=LATER)
    with pytest.raises(Conflict, match="2026-11"):
        matter_reopen(matter=approved, reason="未落实", by=cast.coordinator, now=LATER)
    again = Matter.objects.get(report__period=november)
    closed(again, cast.coordinator)
    reopened = matter_reopen(matter=approved, reason="未落实", by=cast.coordinator, now=LATER)
    assert reopened.state == MatterState.OPEN


def test_a_task_may_wait_for_two_different_things(
    cast: Cast, approved: Matter, november: ReportingPeriod
) -> None:
    closed(approved, cast.coordinator)
    handed_in_with(november, cast.reporter, OTHER, now=LATER)
    matter_reopen(matter=approved, reason="未落实", by=cast.coordinator, now=LATER)
    assert Matter.objects.exclude(state=MatterState.CLOSED).count() == 2


# --- whatever becomes of its report and of its agency -------------------------------------------


def test_a_matter_stays_in_sight_of_the_office_when_its_report_is_withdrawn(
    cast: Cast, matter: Matter
) -> None:
    report_move(report=matter.report, move=Move.WITHDRAW, by=cast.reporter, now=NOW)
    assert Matter.objects.visible_to(cast.coordinator).get() == matter
    assert not Matter.objects.visible_to(cast.leader).exists()


def merged(agency: Agency, successor: Agency, by: User) -> None:
    agency_merge(
        agency=agency,
        successor=successor,
        effective_on=NOW.date(),
        document="津编〔2026〕1号",
        reason="机构改革",
        by=by,
        now=NOW,
    )


def test_what_waits_for_a_merged_agency_waits_for_its_successor_since_the_same_day(
    cast: Cast, matter: Matter
) -> None:
    agency, successor = cast.stranger.agency, cast.co_reporter.agency
    assert agency is not None
    assert successor is not None
    addressed = matter_address(matter=matter, to=agency, by=cast.coordinator, now=NOW, version=1)
    merged(agency, successor, cast.administrator)
    matter.refresh_from_db()
    assert (matter.addressed_to, matter.addressed_on) == (successor, addressed.addressed_on)
    assert (matter.version, moves_of(matter)[-1]) == (3, "address")


def test_what_was_closed_before_a_merger_and_is_taken_up_again_waits_for_the_successor(
    cast: Cast, matter: Matter
) -> None:
    agency, successor = cast.stranger.agency, cast.co_reporter.agency
    assert agency is not None
    assert successor is not None
    matter_address(matter=matter, to=agency, by=cast.coordinator, now=NOW, version=1)
    closed(matter, cast.coordinator)
    merged(agency, successor, cast.administrator)
    matter.refresh_from_db()
    # What was asked of the old agency stays so, and is read by those who have taken its place.
    assert matter.addressed_to == agency
    successors = User.objects.get(pk=cast.stranger.pk)
    assert Matter.objects.visible_to(successors).get() == matter
    reopened = matter_reopen(matter=matter, reason="未落实", by=cast.coordinator, now=NOW)
    assert reopened.addressed_to == successor
    assert moves_of(reopened)[-2:] == ["reopen", "address"]

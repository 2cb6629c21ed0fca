"""Rule: closing a period keeps its figures; what comes later moves neither them nor its reading."""

import datetime as dt
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.jobs import keep_figures
from progress.lights import Light
from progress.models import KeptFigures, KeptRecordError, Policy, ReportingPeriod
from progress.rollups import (
    NO_FIGURES,
    FiguresOfPeriod,
    TaskRow,
    agency_figures,
    board,
    chapter_figures,
    dropped_since,
    figures_added_up,
    figures_of,
    figures_of_period,
    kept_figures,
    knows_handing_in,
    task_rows,
)
from progress.states import Move
from progress.tests.acts import approved, corrected, first_measure, handed_in, task_numbered
from progress.workdays import WorkCalendar, years_known
from progress.workflow import (
    Conflict,
    completion_reopen,
    correction_add,
    correction_remove,
    figures_keep,
    figures_keep_absent,
    period_close,
    period_open,
    policy_change,
    report_move,
    rules_digest,
)
from progress.workflow.rules import RULES
from tasks.deadlines import Deadline, deadlines_write
from tasks.importing import import_list
from tasks.models import Status, Task
from tasks.tests.official_list import list_without_line

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
LONG_AFTER = TODAY + dt.timedelta(days=300)
DONE, LASTS, GOES, NOT = Status.COMPLETED, Status.ONGOING, Status.IN_PROGRESS, Status.NOT_STARTED
TASK_131 = 236


def read_by(user: User, code: str) -> FiguresOfPeriod:
    """What the rows of the period add up to, read by this person long after."""
    period = ReportingPeriod.objects.get(code=code)
    rows = task_rows(tasks=Task.objects.all(), period=period, user=user, today=LONG_AFTER)
    return FiguresOfPeriod(
        figures_of(rows, dropped=dropped_since(period)),
        {one.number: one.figures for one in chapter_figures(rows)},
        {one.agency.id: one.led for one in agency_figures(rows)},
    )


def kept(code: str) -> FiguresOfPeriod:
    period = ReportingPeriod.objects.get(code=code)
    return kept_figures(periods=[period])[period.pk]


def emptied() -> None:
    """As an earlier release left it: periods are closed and keep no figures."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {KeptFigures._meta.db_table}")  # noqa: S608
    ReportingPeriod.objects.update(light_rules_at_closing=None, calendar_at_closing=None)


def rule_set(cast: Cast, **changes: object) -> None:
    policy = Policy.current()
    policy_change(
        now=NOW,
        by=cast.coordinator,
        started_from=rules_digest(policy),
        rules={name: getattr(policy, name) for name in RULES} | changes,
    )


def with_a_story(cast: Cast, period: ReportingPeriod) -> ReportingPeriod:
    """Reports of several kinds in October, and October closed."""
    deadlines_write(
        changes=[
            Deadline(task_numbered(4), None, TODAY - DAY),
            Deadline(task_numbered(6), None, TODAY + 20 * DAY),
        ],
        reason="明确时限",
        by=cast.coordinator,
        now=NOW,
    )
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, DONE)
    approved(task_numbered(5), period, cast.reporter, cast.coordinator, [DONE, GOES, NOT])
    handed_in(task_numbered(8), period, cast.reporter, now=NOW + 4 * DAY)
    return period_close(period=period, by=cast.coordinator, now=NOW + 30 * DAY)


# --- what closing keeps ------------------------------------------------------------------------


def test_closing_keeps_what_the_rows_add_up_to_whoever_reads_them(
    cast: Cast, period: ReportingPeriod
) -> None:
    with_a_story(cast, period)
    found = kept("2026-10")
    for person in (cast.coordinator, cast.leader, cast.auditor, cast.stranger):
        assert found == read_by(person, "2026-10")
    assert (found.whole.tasks, found.whole.due, found.whole.handed_in) == (131, 131, 3)
    assert found.whole.on_time == 2
    assert sorted(found.chapters) == list(range(1, 15))
    assert cast.reporter.agency_id in found.agencies
    assert found.of(chapter=1) == found.chapters[1]
    assert found.of(agency=cast.reporter.agency_id).handed_in == 3
    assert found.of(agency=0) == found.of(chapter=15) == NO_FIGURES
    assert found.of() == found.whole


def test_an_open_period_keeps_nothing_and_is_added_up(cast: Cast, period: ReportingPeriod) -> None:
    assert kept_figures(periods=[period]) == {}
    assert figures_of_period(period=period, today=TODAY) == read_by_today(cast, period)
    with pytest.raises(Conflict):
        figures_keep(period=period)
    assert figures_keep_absent() == []


def read_by_today(cast: Cast, period: ReportingPeriod) -> FiguresOfPeriod:
    rows = task_rows(tasks=Task.objects.all(), period=period, user=cast.coordinator, today=TODAY)
    return FiguresOfPeriod(
        figures_of(rows),
        {one.number: one.figures for one in chapter_figures(rows)},
        {one.agency.id: one.led for one in agency_figures(rows)},
    )


def test_kept_figures_are_written_once(cast: Cast, period: ReportingPeriod) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    row = KeptFigures.objects.get(chapter_number=None, agency=None)
    for change in (
        row.save,
        row.delete,
        KeptFigures.objects.all().delete,
        lambda: KeptFigures.objects.update(figures={}),
    ):
        with pytest.raises(KeptRecordError):
            change()


def test_sums_of_statuses_are_read_by_who_reads_the_register(
    cast: Cast, period: ReportingPeriod
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    for name, person in cast.everyone().items():
        reads = KeptFigures.objects.visible_to(person).exists()
        assert reads is (person.is_active and name != "administrator"), name


def test_sums_of_handing_in_are_for_the_office_leaders_and_the_agency_itself(cast: Cast) -> None:
    own = cast.reporter.agency_id
    for name, person in cast.everyone().items():
        assert knows_handing_in(user=person) is (name in {"coordinator", "leader"}), name
        knows_agency = name in {"coordinator", "reporter", "colleague"}
        assert knows_handing_in(user=person, agency=own) is knows_agency, name


# --- what comes later --------------------------------------------------------------------------


def test_errata_reopened_completions_and_late_decisions_move_nothing(
    cast: Cast, period: ReportingPeriod
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    late = approved(task_numbered(6), september, cast.reporter, cast.coordinator, DONE)
    closed = with_a_story(cast, period)
    frozen = kept("2026-10")
    report = closed.reports.get(task__number=4)
    corrected(report, cast.coordinator, "status", NOT, now=NOW + 31 * DAY)
    completion_reopen(
        completion=report.task.completions.get(measure=task_numbered(4).measures.get(ordinal=2)),
        by=cast.coordinator,
        now=NOW + 32 * DAY,
        reason="未达到办结标准",
    )
    report_move(
        report=late, move=Move.REOPEN, by=cast.coordinator, now=NOW + 33 * DAY, reason="有误"
    )
    deadlines_write(
        changes=[Deadline(task_numbered(6), None, TODAY - 40 * DAY)],
        reason="调整",
        by=cast.coordinator,
        now=NOW + 34 * DAY,
    )
    assert first_measure().status == NOT
    assert kept("2026-10") == frozen == read_by(cast.coordinator, "2026-10")


def test_a_list_that_is_revised_moves_nothing(
    cast: Cast, period: ReportingPeriod, tmp_path: Path
) -> None:
    with_a_story(cast, period)
    frozen = kept("2026-10")
    path = tmp_path / "list.txt"
    path.write_text(list_without_line(TASK_131), encoding="utf-8")
    import_list(path=path, now=NOW + 31 * DAY)
    assert not Task.objects.filter(number=131).exists()
    assert kept("2026-10") == frozen
    # What was dropped is counted in the whole alone: nobody knows any more whose it was.
    assert read_by(cast.coordinator, "2026-10").whole == frozen.whole
    assert read_by(cast.coordinator, "2026-10").chapters[14].tasks == frozen.chapters[14].tasks - 1


def test_rules_of_lights_that_are_set_later_move_no_closed_light(
    cast: Cast, period: ReportingPeriod
) -> None:
    closed = with_a_story(cast, period)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + 31 * DAY)
    frozen = kept("2026-10")
    assert frozen.whole.lights[Light.YELLOW] > 100
    rule_set(cast, yellow_for_missing_report=False, yellow_working_days=60)
    assert closed.light_rules_at_closing == Policy().light_rules
    assert read_by(cast.coordinator, "2026-10") == frozen
    today = figures_added_up(period=november, today=november.due_on + 9 * DAY).whole
    assert today.lights[Light.YELLOW] == 0
    assert today.lights[Light.GREY] > 100


def test_corrections_of_the_calendar_that_are_made_later_move_nothing_of_a_closed_period(
    cast: Cast, period: ReportingPeriod
) -> None:
    # Task 6 stays green at the end of October by one working day.
    end, six = dt.date(2026, 10, 31), dt.date(2026, 11, 6)
    days = [end + place * DAY for place in range(1, 10)]
    lit = WorkCalendar.load().between(end, six)
    correction = correction_add(now=NOW, by=cast.administrator, day=days[0], working=True)
    deadlines_write(
        changes=[Deadline(task_numbered(6), None, six)],
        reason="明确时限",
        by=cast.coordinator,
        now=NOW,
    )
    approved(task_numbered(6), period, cast.reporter, cast.coordinator)
    closed = period_close(period=period, by=cast.coordinator, now=NOW + 30 * DAY)
    frozen, rows = kept("2026-10"), rows_read("2026-10")
    late = board(rows=rows, period=closed, user=cast.coordinator, today=LONG_AFTER)
    assert (lit, rows[5].light) == (5, Light.GREEN)
    correction_remove(now=NOW, by=cast.administrator, correction=correction)
    for day in days[1:4]:
        correction_add(now=NOW, by=cast.administrator, day=day, working=False)
    correction_add(now=NOW, by=cast.administrator, day=dt.date(2026, 10, 27), working=False)
    assert WorkCalendar.load().between(end, six) == 2
    assert rows_read("2026-10") == rows
    assert read_by(cast.coordinator, "2026-10") == frozen
    closed.refresh_from_db()
    assert board(rows=rows, period=closed, user=cast.coordinator, today=LONG_AFTER) == late


def rows_read(code: str) -> list[TaskRow]:
    period = ReportingPeriod.objects.get(code=code)
    return task_rows(tasks=Task.objects.all(), period=period, user=None, today=LONG_AFTER)


def test_a_year_whose_holidays_become_known_moves_nothing_of_a_closed_period(
    cast: Cast, period: ReportingPeriod
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW + 30 * DAY)
    period.refresh_from_db()
    assert period.calendar_at_closing == {"known_until": years_known()[-1], "corrections": {}}
    # As if it had been closed before the notice for 2026 was out.
    before = WorkCalendar.read({"known_until": 2025, "corrections": {}})
    holiday = dt.date(2026, 10, 1)
    assert before.is_working(holiday)
    assert before.is_estimated(holiday)
    assert not WorkCalendar().is_working(holiday)
    assert before.is_working(dt.date(2025, 9, 28))


def test_a_missing_report_may_be_left_out_of_the_lights_of_a_closing(
    cast: Cast, period: ReportingPeriod, tmp_path: Path
) -> None:
    rule_set(cast, yellow_for_missing_report=False)
    period_close(period=period, by=cast.coordinator, now=NOW + 30 * DAY)
    frozen = kept("2026-10")
    assert (frozen.whole.lights[Light.YELLOW], frozen.whole.lights[Light.GREY]) == (0, 131)
    rule_set(cast, yellow_for_missing_report=True)
    path = tmp_path / "list.txt"
    path.write_text(list_without_line(TASK_131), encoding="utf-8")
    import_list(path=path, now=NOW + 31 * DAY)
    assert read_by(cast.coordinator, "2026-10").whole == frozen.whole


ACTS = st.lists(
    st.tuples(
        st.sampled_from(["approve", "hand in", "correct", "rule", "deadline"]),
        st.sampled_from([4, 5, 8]),
        st.sampled_from([DONE, LASTS, GOES, NOT]),
    ),
    max_size=6,
)


@settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(before=ACTS, after=ACTS)
def test_whatever_comes_before_and_after_what_was_kept_is_what_is_read(
    cast: Cast,
    before: list[tuple[str, int, str]],
    after: list[tuple[str, int, str]],
) -> None:
    with transaction.atomic():
        september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
        _play(before, september, cast, NOW)
        period_close(period=september, by=cast.coordinator, now=NOW + DAY)
        october = period_open(code="2026-10", by=cast.coordinator, now=NOW + 2 * DAY)
        frozen = kept("2026-09")
        assert frozen == read_by(cast.coordinator, "2026-09")
        _play(after, october, cast, NOW + 3 * DAY)
        assert kept("2026-09") == frozen == read_by(cast.stranger, "2026-09")
        transaction.set_rollback(True)


def _play(
    acts: list[tuple[str, int, str]], period: ReportingPeriod, cast: Cast, now: dt.datetime
) -> None:
    for place, (act, number, status) in enumerate(acts):
        task, at = task_numbered(number), now + place * dt.timedelta(minutes=1)
        begun = period.reports.filter(task=task).first()
        if act == "approve" and begun is None:
            approved(task, period, cast.reporter, cast.coordinator, status, now=at)
        if act == "hand in" and begun is None:
            handed_in(task, period, cast.reporter, status, now=at)
        if act == "correct":
            earlier = task.reports.filter(state="approved").exclude(period__closed_at=None).first()
            said = earlier and earlier.measures.get(measure=first_measure(number)).status
            if earlier and status != said and not earlier.errata.exists():
                corrected(earlier, cast.coordinator, "status", status, now=at)
        if act == "rule":
            rule_set(cast, yellow_for_missing_report=status in {DONE, NOT}, yellow_working_days=9)
        if act == "deadline" and task.deadline != TODAY - number * DAY:
            deadlines_write(
                changes=[Deadline(task, None, TODAY - number * DAY)],
                reason="调整",
                by=cast.coordinator,
                now=at,
            )


# --- periods that were closed before -----------------------------------------------------------


def test_periods_that_kept_no_figures_are_read_and_filled_in_once(
    cast: Cast, period: ReportingPeriod
) -> None:
    with_a_story(cast, period)
    frozen = kept("2026-10")
    emptied()
    period.refresh_from_db()
    assert figures_of_period(period=period, today=LONG_AFTER) == frozen
    keep_figures()
    assert kept("2026-10") == frozen
    rows = KeptFigures.objects.count()
    keep_figures()
    assert not figures_keep(period=period)
    assert KeptFigures.objects.count() == rows
    period.refresh_from_db()
    assert period.light_rules_at_closing == Policy().light_rules
    assert period.calendar_at_closing == WorkCalendar().to_keep()


def test_a_period_that_kept_its_figures_without_a_calendar_gets_that_of_today_once(
    cast: Cast, period: ReportingPeriod
) -> None:
    with_a_story(cast, period)
    frozen = kept("2026-10")
    ReportingPeriod.objects.update(calendar_at_closing=None)
    day = dt.date(2026, 12, 5)
    correction = correction_add(now=NOW, by=cast.administrator, day=day, working=True)
    keep_figures()
    correction_remove(now=NOW, by=cast.administrator, correction=correction)
    keep_figures()
    period.refresh_from_db()
    assert period.calendar_at_closing == WorkCalendar({day: True}).to_keep()
    assert kept("2026-10") == frozen


def test_a_closed_period_asked_for_as_things_stand_is_still_added_up_as_it_was_closed(
    cast: Cast, period: ReportingPeriod
) -> None:
    closed = with_a_story(cast, period)
    frozen = kept("2026-10")
    corrected(
        closed.reports.get(task__number=4), cast.coordinator, "status", NOT, now=NOW + 31 * DAY
    )
    current = ReportingPeriod.objects.all().current()
    assert current is not None
    assert current.as_it_stands
    assert figures_of_period(period=current, today=LONG_AFTER) == frozen
    assert figures_added_up(period=current, today=LONG_AFTER) == frozen
    assert current.as_it_stands


# --- statements --------------------------------------------------------------------------------


def test_reading_kept_figures_is_one_statement(cast: Cast, period: ReportingPeriod) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    for one in (september, period):
        period_close(period=one, by=cast.coordinator, now=NOW)
    periods = list(ReportingPeriod.objects.all())
    with CaptureQueriesContext(connection) as queries:
        assert len(kept_figures(periods=periods)) == 2
    assert len(queries) == 1
    with CaptureQueriesContext(connection) as queries:
        figures_of_period(period=periods[0], today=TODAY)
    assert len(queries) == 1

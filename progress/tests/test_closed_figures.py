"""Rule: closing a period freezes it; nothing that comes later moves its figures."""

import contextlib
import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from conftest import NOW, TODAY, Cast
from progress.lights import Light
from progress.models import Completion, CompletionState, Report, ReportingPeriod
from progress.rollups import (
    MeasureRow,
    TaskRow,
    figures_of,
    measure_rows,
    period_figures,
    task_rows,
)
from progress.states import Move
from progress.tests.acts import approved, corrected, first_measure, handed_in, task_numbered
from progress.workflow import Conflict, completion_reopen, period_close, period_open, report_move
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Measure, Status, Task
from tasks.statuses import status_refresh

pytestmark = pytest.mark.wide

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
DONE, LASTS, GOES, NOT = Status.COMPLETED, Status.ONGOING, Status.IN_PROGRESS, Status.NOT_STARTED


def standing() -> tuple[str, dt.date | None, list[str]]:
    task = task_numbered(4)
    measures = task.measures.order_by("ordinal").values_list("status", flat=True)
    return task.status, task.completed_on, list(measures)


def figures_and_rows(cast: Cast, *codes: str, today: dt.date = TODAY) -> list[object]:
    """Everything that pages, API and workbook tell of these periods."""
    told: list[object] = []
    for code in codes:
        period = ReportingPeriod.objects.get(code=code)
        rows = task_rows(
            tasks=Task.objects.all(), period=period, user=cast.coordinator, today=today
        )
        told += [
            rows,
            figures_of(rows),
            measure_rows(
                tasks=Task.objects.filter(number__in=[4, 5]),
                period=period,
                reports=Report.objects.visible_to(cast.coordinator),
            ),
            period_figures(periods=ReportingPeriod.objects.filter(code=code)),
        ]
    return told


def test_the_figures_of_closed_periods_never_move(cast: Cast, period: ReportingPeriod) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    task, other = task_numbered(4), task_numbered(5)
    first = approved(task, september, cast.reporter, cast.coordinator, DONE)
    approved(other, september, cast.reporter, cast.coordinator, GOES)
    period_close(period=september, by=cast.coordinator, now=NOW + HOUR)
    second = approved(task, period, cast.reporter, cast.coordinator, DONE, now=NOW + 2 * HOUR)
    period_close(period=period, by=cast.coordinator, now=NOW + 3 * HOUR)
    frozen = figures_and_rows(cast, "2026-09", "2026-10")
    # Both are corrected afterwards, the latest one too, and a month later.
    corrected(first, cast.coordinator, "status", NOT, now=NOW + DAY)
    corrected(second, cast.coordinator, "status", LASTS, now=NOW + 2 * DAY)
    corrected(second, cast.coordinator, "text", "更正后的文字", now=NOW + 2 * DAY)
    assert standing() == (LASTS, None, [LASTS, DONE, DONE])
    assert figures_and_rows(cast, "2026-09", "2026-10") == frozen
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + 30 * DAY)
    approved(other, november, cast.reporter, cast.coordinator, DONE, now=NOW + 31 * DAY)
    assert figures_and_rows(cast, "2026-09", "2026-10") == frozen
    today = TODAY + dt.timedelta(days=300)
    assert figures_and_rows(cast, "2026-09", "2026-10", today=today) == frozen
    # What is open reads everything.
    [row] = task_rows(
        tasks=Task.objects.filter(number=4), period=november, user=cast.coordinator, today=TODAY
    )
    assert (row.status, dict(row.measures)) == (LASTS, {LASTS: 1, DONE: 2})


def test_a_closed_period_knows_the_errata_that_were_made_before_it_was_closed(
    cast: Cast, period: ReportingPeriod
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    report = approved(task_numbered(4), september, cast.reporter, cast.coordinator, GOES)
    period_close(period=september, by=cast.coordinator, now=NOW)
    corrected(report, cast.coordinator, "status", LASTS, now=NOW + HOUR)
    period_close(period=period, by=cast.coordinator, now=NOW + 2 * HOUR)

    def october() -> dict[str, int]:
        period.refresh_from_db()
        [row] = task_rows(
            tasks=Task.objects.filter(number=4), period=period, user=cast.coordinator, today=TODAY
        )
        return dict(row.measures)

    assert october() == {LASTS: 1, GOES: 2}
    corrected(report, cast.coordinator, "status", DONE, now=NOW + 3 * HOUR)
    assert october() == {LASTS: 1, GOES: 2}


def test_a_late_decision_about_an_older_open_period_leaves_a_closed_one_as_it_was(
    cast: Cast, period: ReportingPeriod
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    task = task_numbered(4)
    older = approved(task, september, cast.reporter, cast.coordinator, DONE)
    period_close(period=period, by=cast.coordinator, now=NOW + HOUR)
    frozen = figures_and_rows(cast, "2026-10")
    assert standing()[:2] == (DONE, NOW.date())
    report_move(
        report=older, move=Move.REOPEN, by=cast.coordinator, now=NOW + 2 * HOUR, reason="有误"
    )
    assert figures_and_rows(cast, "2026-10") == frozen
    approved(task, september, cast.reporter, cast.coordinator, GOES, now=NOW + 3 * HOUR)
    approved(task_numbered(5), september, cast.reporter, cast.coordinator, GOES, now=NOW + 3 * HOUR)
    assert figures_and_rows(cast, "2026-10") == frozen
    assert standing() == (GOES, None, [GOES, GOES, GOES])


def completion_set_back(report: Report, cast: Cast, now: dt.datetime) -> None:
    completion_reopen(
        completion=report.completions.get(measure__ordinal=1),
        reason="核查未达标",
        by=cast.coordinator,
        now=now,
    )


def test_a_completion_that_is_reopened_moves_todays_status_and_no_closed_figure(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator, DONE)
    period_close(period=period, by=cast.coordinator, now=NOW)
    frozen = figures_and_rows(cast, "2026-10")
    completion_set_back(report, cast, NOW + HOUR)
    assert standing() == (GOES, None, [GOES, DONE, DONE])
    assert figures_and_rows(cast, "2026-10") == frozen
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    approved(task_numbered(5), november, cast.reporter, cast.coordinator, GOES, now=NOW + DAY)
    assert figures_and_rows(cast, "2026-10") == frozen
    [row] = task_rows(
        tasks=Task.objects.filter(number=4), period=november, user=cast.coordinator, today=TODAY
    )
    assert (row.status, dict(row.measures)) == (GOES, {GOES: 1, DONE: 2})


def test_a_completion_reopened_after_it_was_repeated_moves_no_closed_figure(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    asked = approved(task, september, cast.reporter, cast.coordinator, DONE)
    period_close(period=september, by=cast.coordinator, now=NOW + HOUR)
    approved(task, period, cast.reporter, cast.coordinator, DONE, now=NOW + 2 * HOUR)
    period_close(period=period, by=cast.coordinator, now=NOW + 3 * HOUR)
    before = [figures_and_rows(cast, code) for code in ("2026-09", "2026-10")]
    completion_reopen(
        completion=asked.completions.get(measure=first_measure()),
        reason="核查未达标",
        by=cast.coordinator,
        now=NOW + DAY,
    )
    assert task_numbered(4).status == GOES
    assert [figures_and_rows(cast, code) for code in ("2026-09", "2026-10")] == before
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + 2 * DAY)
    [row] = task_rows(
        tasks=Task.objects.filter(number=4),
        period=november,
        user=cast.coordinator,
        today=TODAY,
    )
    assert (row.status, row.measures) == (GOES, {GOES: 1, DONE: 2})


def test_a_repeated_completion_of_an_older_open_period_stays_in_a_closed_one(
    cast: Cast, period: ReportingPeriod
) -> None:
    """What the older report says is read from its history, and so is what it rests on."""
    task = task_numbered(4)
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    august = period_open(code="2026-08", by=cast.coordinator, now=NOW)
    asked = approved(task, august, cast.reporter, cast.coordinator, DONE)
    repeats = approved(task, september, cast.reporter, cast.coordinator, DONE)
    completion_reopen(
        completion=asked.completions.get(measure=first_measure()),
        reason="核查未达标",
        by=cast.coordinator,
        now=NOW + HOUR,
    )
    period_close(period=period, by=cast.coordinator, now=NOW + 2 * HOUR)
    before = figures_and_rows(cast, "2026-10")
    [row] = task_rows(
        tasks=Task.objects.filter(number=4),
        period=ReportingPeriod.objects.get(code="2026-10"),
        user=cast.coordinator,
        today=TODAY,
    )
    assert row.measures == {GOES: 1, DONE: 2}
    # Written again since, and granted: today's status, and no closed figure.
    report_move(report=repeats, move=Move.REOPEN, by=cast.coordinator, now=NOW + DAY, reason="补充")
    approved(task, september, cast.reporter, cast.coordinator, DONE, now=NOW + 2 * DAY)
    assert task_numbered(4).status == DONE
    assert figures_and_rows(cast, "2026-10") == before


def test_a_refused_completion_is_in_the_figures_of_the_period_that_was_closed_with_it(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter, DONE)
    report_move(
        report=report,
        move=Move.APPROVE,
        by=cast.coordinator,
        now=NOW,
        refused_completions={first_measure().pk: "佐证不足"},
    )
    period_close(period=period, by=cast.coordinator, now=NOW)
    period.refresh_from_db()
    [row] = task_rows(
        tasks=Task.objects.filter(number=4), period=period, user=cast.coordinator, today=TODAY
    )
    assert (row.status, dict(row.measures)) == (GOES, {GOES: 1, DONE: 2})
    frozen = figures_and_rows(cast, "2026-10")
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + DAY)
    approved(task_numbered(4), november, cast.reporter, cast.coordinator, DONE, now=NOW + DAY)
    assert standing()[0] == DONE
    assert figures_and_rows(cast, "2026-10") == frozen


def test_what_an_older_open_report_had_refused_and_reopened_stays_in_a_closed_period(
    cast: Cast, period: ReportingPeriod
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    task = task_numbered(4)
    measures = dict(task.measures.values_list("ordinal", "pk"))
    older = handed_in(task, september, cast.reporter, DONE)
    older = report_move(
        report=older,
        move=Move.APPROVE,
        by=cast.coordinator,
        now=NOW,
        refused_completions={measures[2]: "佐证不足"},
    )
    completion_set_back(older, cast, NOW + HOUR)
    period_close(period=period, by=cast.coordinator, now=NOW + 2 * HOUR)
    frozen = figures_and_rows(cast, "2026-10")
    period.refresh_from_db()
    [row] = task_rows(
        tasks=Task.objects.filter(number=4), period=period, user=cast.coordinator, today=TODAY
    )
    assert dict(row.measures) == {GOES: 2, DONE: 1}
    older = report_move(
        report=older, move=Move.REOPEN, by=cast.coordinator, now=NOW + 3 * HOUR, reason="有误"
    )
    assert figures_and_rows(cast, "2026-10") == frozen
    again = approved(task, september, cast.reporter, cast.coordinator, DONE, now=NOW + 4 * HOUR)
    assert standing()[0] == DONE
    assert figures_and_rows(cast, "2026-10") == frozen
    completion_set_back(again, cast, NOW + 5 * HOUR)
    assert standing()[0] == GOES
    assert figures_and_rows(cast, "2026-10") == frozen


def test_a_deadline_that_moves_moves_no_light_of_a_closed_period(
    cast: Cast, period: ReportingPeriod
) -> None:
    task, measure = task_numbered(4), first_measure()

    def due(day: dt.date | None, now: dt.datetime) -> None:
        deadlines_write(
            changes=[Deadline(task, None, day), Deadline(measure.task, measure, day)],
            reason="顺延",
            by=cast.coordinator,
            now=now,
        )

    due(dt.date(2026, 9, 30), NOW)
    due(dt.date(2026, 10, 9), NOW)
    period_close(period=period, by=cast.coordinator, now=NOW + HOUR)
    frozen = figures_and_rows(cast, "2026-10")
    for hour, day in enumerate([dt.date(2026, 12, 31), None, dt.date(2027, 6, 30)], start=2):
        due(day, NOW + hour * HOUR)
        assert figures_and_rows(cast, "2026-10") == frozen
    period.refresh_from_db()
    [row] = task_rows(
        tasks=Task.objects.filter(number=4), period=period, user=cast.coordinator, today=TODAY
    )
    assert (row.light, row.deadline, row.original_deadline) == (
        Light.RED,
        dt.date(2026, 10, 9),
        dt.date(2026, 9, 30),
    )
    # One that was first set after the closing is none of the period's.
    other = task_numbered(5)
    deadlines_write(
        changes=[Deadline(other, None, dt.date(2026, 10, 1))],
        reason="总体安排",
        by=cast.coordinator,
        now=NOW + 9 * HOUR,
    )
    assert figures_and_rows(cast, "2026-10") == frozen


def test_what_is_missing_when_a_period_is_closed_is_late_whenever_it_was_closed(
    cast: Cast, period: ReportingPeriod
) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW)
    period.refresh_from_db()
    for today in (TODAY, TODAY + DAY, TODAY + 90 * DAY):
        [row] = task_rows(
            tasks=Task.objects.filter(number=4), period=period, user=cast.coordinator, today=today
        )
        assert row.light == Light.YELLOW


Told = tuple[list[TaskRow], dict[int, list[MeasureRow]]]
CODES, NUMBERS = ("2026-08", "2026-09", "2026-10"), (4, 5)
ACTS = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "approve",
                "approve",
                "refuse",
                "reopen",
                "set back",
                "close",
                "correct",
                "correct",
                "revise",
            ]
        ),
        st.sampled_from(CODES),
        st.sampled_from(NUMBERS),
        st.sampled_from([DONE, DONE, LASTS, GOES]),
    ),
    min_size=8,
    max_size=20,
)


@given(acts=ACTS)
# A later report that only repeats a completion rests on it, also when it is reopened.
@example(
    acts=[
        ("approve", "2026-08", 4, Status.COMPLETED),
        ("approve", "2026-09", 4, Status.COMPLETED),
        ("set back", "2026-08", 4, Status.COMPLETED),
    ]
)
@settings(
    # Half a second each; the longer run has a profile with more.
    max_examples=max(10, settings.default.max_examples // 10) if settings.default else 10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_whatever_happens_afterwards_what_is_closed_stays(
    cast: Cast, acts: list[tuple[str, str, int, Status]]
) -> None:
    with transaction.atomic():
        for code in CODES:
            period_open(code=code, by=cast.coordinator, now=NOW)
        closed: dict[str, Told] = {}
        for step, (act, code, number, status) in enumerate(acts, start=1):
            with contextlib.suppress(Conflict, ValidationError, Report.DoesNotExist):
                happen(act, code, task_numbered(number), status, cast, NOW + step * HOUR)
            for seen, told in closed.items():
                assert rows_told(cast, seen) == still_there(told)
            if ReportingPeriod.objects.exclude(closed_at=None).filter(code=code).exists():
                closed.setdefault(code, rows_told(cast, code))
        for number in NUMBERS:
            assert_standing_is_recounted(task_numbered(number))
        transaction.set_rollback(True)


def happen(act: str, code: str, task: Task, status: Status, cast: Cast, now: dt.datetime) -> None:
    period = ReportingPeriod.objects.get(code=code)
    if act == "approve":
        with transaction.atomic():
            approved(task, period, cast.reporter, cast.coordinator, status, now=now)
        return
    if act == "refuse":
        with transaction.atomic():
            handed_in_refused(task, period, status, cast, now)
        return
    if act == "close":
        period_close(period=period, by=cast.coordinator, now=now)
        return
    if act == "revise":
        revise(task, status)
        return
    report = Report.objects.get(task=task, period=period)
    if act == "set back":
        for completion in report.completions.order_by("measure__ordinal")[:1]:
            completion_reopen(
                completion=completion, reason="核查未达标", by=cast.coordinator, now=now
            )
        return
    if act == "reopen":
        report_move(report=report, move=Move.REOPEN, by=cast.coordinator, now=now, reason="有误")
        return
    for progress in report.measures.all():
        corrected(report, cast.coordinator, "status", status, measure=progress.measure, now=now)


def revise(task: Task, status: Status) -> None:
    """As a revised list leaves the task: the last measure gone, or another put in front."""
    last = task.measures.last()
    if status == DONE and last and task.measures.count() > 1:
        if not last.progress.exists():
            last.delete()
    else:
        Measure.objects.filter(task=task).update(ordinal=F("ordinal") + 100)
        for ordinal, measure in enumerate(task.measures.order_by("ordinal"), start=2):
            Measure.objects.filter(pk=measure.pk).update(ordinal=ordinal)
        task.measures.create(ordinal=1, text="新增举措。")
    status_refresh(task_ids=[task.pk], by=None, now=NOW)


def handed_in_refused(
    task: Task, period: ReportingPeriod, status: Status, cast: Cast, now: dt.datetime
) -> None:
    """Approved, the last of the completions that it asks for refused."""
    report = handed_in(task, period, cast.reporter, status, now=now)
    asked = Completion.objects.filter(report=report).order_by("measure__ordinal").last()
    report_move(
        report=report,
        move=Move.APPROVE,
        by=cast.coordinator,
        now=now,
        refused_completions={asked.measure_id: "佐证不足"} if asked else {},
    )


def rows_told(cast: Cast, code: str) -> Told:
    tasks = Task.objects.filter(number__in=NUMBERS)
    period = ReportingPeriod.objects.get(code=code)
    reports = Report.objects.visible_to(cast.coordinator)
    return (
        task_rows(tasks=tasks, period=period, user=cast.coordinator, today=TODAY),
        measure_rows(tasks=tasks, period=period, reports=reports),
    )


def still_there(told: Told) -> Told:
    """Without the measures that were dropped since: they still count, but have no text to show."""
    rows, measures = told
    pks = set(Measure.objects.values_list("pk", flat=True))
    left = {
        task_id: [measure for measure in of_task if measure.id in pks]
        for task_id, of_task in measures.items()
    }
    return rows, {task_id: of_task for task_id, of_task in left.items() if of_task}


def assert_standing_is_recounted(task: Task) -> None:
    """The stored standing against the reports told one by one, as slowly as possible."""
    statuses, completed_on = {}, None
    measures = list(task.measures.values_list("pk", flat=True))
    reports = Report.objects.filter(task=task, state="approved")
    for report in reports.order_by("period__ends_on"):
        said = {one.measure_id: one.status for one in report.measures.all()}
        for completion in report.completions.filter(state=CompletionState.REFUSED):
            said[completion.measure_id] = GOES
        decided: list[tuple[dt.datetime, int, str]] = []
        for erratum in report.errata.filter(field="status").order_by("number"):
            assert erratum.measure_id is not None
            decided.append((erratum.at, erratum.measure_id, erratum.new))
        for measure_id in measures:
            # A report that only repeats what an earlier one asked for rests on that request.
            asked = Completion.objects.filter(
                measure=measure_id, report__period__ends_on__lte=report.period.ends_on
            )
            decides = asked.order_by("-report__period__ends_on").first()
            if decides is None or decides.reopened_at is None:
                continue
            if decides.report_id == report.pk or said.get(measure_id) == DONE:
                decided.append((decides.reopened_at, measure_id, GOES))
        decided.sort(key=lambda one: one[0])
        said |= {measure_id: status for _at, measure_id, status in decided}
        statuses = said
        is_completed = {said.get(pk) for pk in measures} == {DONE}
        completed_on = (completed_on or report.handed_in_on) if is_completed else None
    stored = dict(task.measures.values_list("pk", "status"))
    assert stored == {pk: statuses.get(pk, NOT) for pk in stored}
    assert task.completed_on == completed_on


def test_the_number_of_statements_depends_on_neither_errata_nor_periods(
    cast: Cast, period: ReportingPeriod
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            figures_and_rows(cast, "2026-06")
        return len(queries)

    codes = ("2026-04", "2026-05", "2026-06", "2026-07")
    for code in codes:
        one = period_open(code=code, by=cast.coordinator, now=NOW)
        for number in (4, 5):
            task = task_numbered(number)
            report = approved(task, one, cast.reporter, cast.coordinator, DONE)
        period_close(period=one, by=cast.coordinator, now=NOW)
        corrected(report, cast.coordinator, "problems", "更正")
        if code == "2026-06":
            corrected(report, cast.coordinator, "status", GOES, measure=first_measure(5))
    few = statements()
    for code in codes:
        for report in Report.objects.filter(period__code=code):
            for text in ("甲", "乙", "丙"):
                corrected(
                    report, cast.coordinator, "text", text, measure=report.task.measures.first()
                )
            corrected(
                report, cast.coordinator, "status", LASTS, measure=report.task.measures.last()
            )
    earlier = period_open(code="2026-03", by=cast.coordinator, now=NOW)
    approved(task_numbered(4), earlier, cast.reporter, cast.coordinator, DONE)
    # A period before it that is still open costs the statements that read its history.
    assert statements() <= few + 6

"""Every figure against a naive recount, on histories that nobody thought out.

The recount reads the tables row by row and knows nothing of querysets, annotations or stored
statuses: what it finds is what the rules of DESIGN.md say, told as slowly as possible.
"""

import datetime as dt
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW, TODAY, Cast
from progress.lights import Light
from progress.models import MeasureProgress, Report, ReportingPeriod
from progress.rollups import (
    Figures,
    Rate,
    TaskRow,
    agency_figures,
    chapter_figures,
    figures_of,
    measure_rows,
    reading_day,
    report_texts,
    task_groups,
    task_rows,
)
from progress.states import Move, ReportState
from progress.tests.acts import approved, handed_in, saved, task_numbered
from progress.workdays import WorkCalendar
from progress.workflow import period_close, period_open, report_move
from tasks.models import Measure, Status, Task

CODES = ("2026-08", "2026-09", "2026-10")
# Led by the reporter's agency, 市数据局; task 6 and 7 are shared by duty.
NUMBERS = (4, 5, 6, 7, 8)
LATER = NOW + dt.timedelta(days=5)


@dataclass(frozen=True)
class Chapter:
    """What happens to one task in one period: how far its report gets, and what it says."""

    reached: str
    days_late: int
    statuses: tuple[Status, Status, Status]


CHAPTERS = st.builds(
    Chapter,
    reached=st.sampled_from(
        ["none", "draft", "submitted", "returned", "reopened", *["approved"] * 7]
    ),
    days_late=st.integers(-1, 1),
    # Mostly completed, or no task of several measures would ever be completed.
    statuses=st.tuples(*[st.sampled_from([*Status, Status.COMPLETED, Status.COMPLETED])] * 3),
)
HISTORIES = st.fixed_dictionaries(
    {(code, number): CHAPTERS for code in CODES for number in NUMBERS}
)
DEADLINES = st.tuples(
    *[st.none() | st.integers(-20, 20).map(lambda days: TODAY + dt.timedelta(days=days))]
    * len(NUMBERS)
)


def play(
    history: dict[tuple[str, int], Chapter], order: Sequence[tuple[str, int]], cast: Cast
) -> None:
    """Write and hand in every report, then decide on them in this order, old ones late or not."""
    reports: dict[tuple[str, int], Report] = {}
    for code in CODES:
        period = period_open(code=code, by=cast.coordinator, now=NOW)
        for number in NUMBERS:
            chapter = history[code, number]
            if chapter.reached == "none":
                continue
            task = task_numbered(number)
            day = period.due_on + dt.timedelta(days=chapter.days_late)
            now = dt.datetime.combine(day, NOW.timetz())
            said = chapter.statuses[: task.measures.count()]
            act = saved if chapter.reached == "draft" else handed_in
            reports[code, number] = act(task, period, cast.reporter, said, now=now)
    for key in order:
        reached = history[key].reached
        if reached == "returned":
            decide(reports[key], Move.RETURN, cast)
        if reached in {"approved", "reopened"}:
            decide(reports[key], Move.APPROVE, cast)
        if reached == "reopened":
            decide(reports[key], Move.REOPEN, cast)


def decide(report: Report, move: Move, cast: Cast) -> None:
    report_move(report=report, move=move, by=cast.coordinator, now=LATER, reason="请核对")


# --- the naive recount -----------------------------------------------------------------------


def statuses_said(report: Report) -> dict[int, str]:
    return dict(MeasureProgress.objects.filter(report=report).values_list("measure_id", "status"))


def recount_standing(task: Task, period: ReportingPeriod) -> tuple[list[str], str, dt.date | None]:
    reports = [
        report
        for report in Report.objects.filter(task=task).select_related("period")
        if report.state == ReportState.APPROVED and report.period.ends_on <= period.ends_on
    ]
    reports.sort(key=lambda report: report.period.ends_on)
    said = statuses_said(reports[-1]) if reports else {}
    measures = [
        said.get(measure.pk, Status.NOT_STARTED) for measure in task.measures.order_by("ordinal")
    ]
    if all(status == Status.COMPLETED for status in measures):
        status = Status.COMPLETED
    elif all(status in {Status.COMPLETED, Status.ONGOING} for status in measures):
        status = Status.ONGOING
    elif any(status != Status.NOT_STARTED for status in measures):
        status = Status.IN_PROGRESS
    else:
        status = Status.NOT_STARTED
    completed_on = None
    for report in reports:
        if set(statuses_said(report).values()) == {Status.COMPLETED}:
            completed_on = completed_on or report.handed_in_on
        else:
            completed_on = None
    return measures, status, completed_on


def recount_light(
    status: str,
    deadline: dt.date | None,
    completed_on: dt.date | None,
    missing: bool,
    today: dt.date,
) -> Light:
    calendar = WorkCalendar()
    if status == Status.COMPLETED:
        late = deadline and completed_on and completed_on > deadline
        return Light.LATE_BLUE if late else Light.BLUE
    if deadline and deadline < today:
        return Light.RED
    day, left = today, 0
    while deadline and day < deadline:
        day += dt.timedelta(days=1)
        left += calendar.is_working(day)
    if (deadline and left <= 5) or missing:
        return Light.YELLOW
    return Light.GREEN if deadline or status == Status.ONGOING else Light.GREY


def compare_rows(rows: list[TaskRow], period: ReportingPeriod, today: dt.date) -> None:
    for row in rows:
        task = Task.objects.get(pk=row.id)
        report = Report.objects.filter(task=task, period=period).first()
        measures, status, completed_on = recount_standing(task, period)
        assert row.status == status, row.number
        assert Counter(dict(row.measures)) == Counter(measures), row.number
        assert row.completed_on == completed_on, row.number
        handed_in_on = report.handed_in_on if report else None
        assert (row.handed_in_on, row.due_on) == (handed_in_on, period.due_on)
        assert row.report_state == (report.state if report else None)
        assert row.handed_in_late == bool(handed_in_on and handed_in_on > period.due_on)
        missing = handed_in_on is None and today > period.due_on
        assert row.light == recount_light(status, row.deadline, completed_on, missing, today)


def compare_figures(figures: Figures, rows: list[TaskRow]) -> None:
    measures: list[str] = []
    for row in rows:
        for status, count in row.measures.items():
            measures += [status] * count
    statuses = [row.status for row in rows]
    assert (figures.tasks, figures.measures) == (len(rows), len(measures))
    assert figures.tasks_by_status == {one: statuses.count(one) for one in Status}
    assert figures.measures_by_status == {one: measures.count(one) for one in Status}
    assert figures.lights == {one: [row.light for row in rows].count(one) for one in Light}
    handed_in = [row for row in rows if row.handed_in_on]
    on_time = [
        row for row in rows if row.handed_in_on and row.due_on and row.handed_in_on <= row.due_on
    ]
    assert (figures.due, figures.handed_in) == (len(rows), len(handed_in))
    assert figures.missing == len(rows) - len(handed_in)
    assert (figures.on_time_rate.part, figures.on_time_rate.whole) == (len(on_time), len(rows))
    for found, part in (
        (statuses, figures.started_rate),
        (measures, figures.measures_started_rate),
    ):
        assert part.part == sum(one != Status.NOT_STARTED for one in found)
        assert part.whole == len(found)
    for found, part in (
        (statuses, figures.implemented_rate),
        (measures, figures.measures_implemented_rate),
    ):
        assert part.part == sum(one in {Status.COMPLETED, Status.ONGOING} for one in found)
    for found, part in (
        (statuses, figures.completed_rate),
        (measures, figures.measures_completed_rate),
    ):
        assert part.part == found.count(Status.COMPLETED)


@pytest.mark.wide
@given(history=HISTORIES, deadlines=DEADLINES, draw=st.data())
@settings(
    # A tenth of a second each; the longer run has a profile with more.
    max_examples=max(20, settings.default.max_examples // 5) if settings.default else 20,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_rows_and_figures_of_every_period_are_those_of_a_naive_recount(
    cast: Cast,
    history: dict[tuple[str, int], Chapter],
    deadlines: tuple[dt.date | None, ...],
    draw: st.DataObject,
) -> None:
    order = draw.draw(st.permutations(list(history)))
    with transaction.atomic():
        for number, deadline in zip(NUMBERS, deadlines, strict=True):
            Task.objects.filter(number=number).update(deadline=deadline)
        play(history, order, cast)
        for code in CODES:
            period = ReportingPeriod.objects.get(code=code)
            rows = task_rows(
                tasks=Task.objects.filter(number__in=[1, *NUMBERS]),
                period=period,
                user=cast.coordinator,
                today=TODAY,
            )
            assert [row.number for row in rows] == [1, *NUMBERS]
            compare_rows(rows, period, TODAY)
            compare_figures(figures_of(rows), rows)
            reader = cast.coordinator
            whole = task_rows(tasks=Task.objects.all(), period=period, user=reader, today=TODAY)
            groups = task_groups(period=period, user=reader, today=TODAY)
            compare_figures(figures_of(groups), whole)
            by_measure = measure_rows(
                tasks=Task.objects.filter(number__in=NUMBERS),
                period=period,
                reports=Report.objects.visible_to(cast.coordinator),
            )
            for row in rows[1:]:
                counted = Counter(measure.status for measure in by_measure[row.id])
                assert counted == Counter(dict(row.measures))
        # What is stored on tasks and measures is the standing as of the latest period.
        latest = ReportingPeriod.objects.get(code=CODES[-1])
        for task in Task.objects.filter(number__in=NUMBERS):
            measures, status, completed_on = recount_standing(task, latest)
            stored = list(task.measures.order_by("ordinal").values_list("status", flat=True))
            assert (stored, task.status, task.completed_on) == (measures, status, completed_on)
        transaction.set_rollback(True)


# --- a past period, and how many statements it all takes --------------------------------------


def rows_of(cast: Cast, period: ReportingPeriod | None, *numbers: int) -> list[TaskRow]:
    tasks = Task.objects.filter(number__in=numbers) if numbers else Task.objects.all()
    return task_rows(tasks=tasks, period=period, user=cast.coordinator, today=TODAY)


def test_last_months_figures_do_not_move_when_this_month_is_approved(
    cast: Cast, period: ReportingPeriod
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    task = task_numbered(4)
    approved(task, september, cast.reporter, cast.coordinator, Status.ONGOING)
    period_close(period=september, by=cast.coordinator, now=NOW)
    september.refresh_from_db()
    before = rows_of(cast, september)
    approved(task, period, cast.reporter, cast.coordinator, Status.COMPLETED)
    Measure.objects.exclude(task=task).update(status=Status.NOT_STARTED)
    assert rows_of(cast, september) == before
    assert rows_of(cast, period, 4)[0].status == Status.COMPLETED


def test_a_past_period_knows_since_when_a_task_was_completed_then(
    cast: Cast, period: ReportingPeriod
) -> None:
    task = task_numbered(4)
    days = {}
    for code, status in (
        ("2026-05", Status.COMPLETED),
        ("2026-06", Status.IN_PROGRESS),
        ("2026-07", Status.COMPLETED),
        ("2026-08", Status.COMPLETED),
    ):
        past = period_open(code=code, by=cast.coordinator, now=NOW)
        days[code] = past.due_on
        now = dt.datetime.combine(past.due_on, NOW.timetz())
        approved(task, past, cast.reporter, cast.coordinator, status, now=now)
    approved(task, period, cast.reporter, cast.coordinator, Status.IN_PROGRESS)
    for code, since in (
        ("2026-05", days["2026-05"]),
        ("2026-06", None),
        ("2026-07", days["2026-07"]),
        ("2026-08", days["2026-07"]),
    ):
        (row,) = rows_of(cast, ReportingPeriod.objects.get(code=code), 4)
        assert (row.status == Status.COMPLETED, row.completed_on) == (since is not None, since), (
            code
        )


def test_a_closed_period_is_read_on_its_last_day_and_an_open_one_today(
    cast: Cast, period: ReportingPeriod
) -> None:
    september = period_open(code="2026-09", by=cast.coordinator, now=NOW)
    assert reading_day(september, today=TODAY) == TODAY
    september = period_close(period=september, by=cast.coordinator, now=NOW)
    assert reading_day(september, today=TODAY) == dt.date(2026, 9, 30)
    assert reading_day(period, today=TODAY) == reading_day(None, today=TODAY) == TODAY
    Task.objects.filter(number=4).update(deadline=dt.date(2026, 9, 30))
    assert rows_of(cast, september, 4)[0].light == Light.YELLOW
    assert rows_of(cast, period, 4)[0].light == Light.RED


def test_before_any_period_nothing_is_due_and_nothing_is_missing(cast: Cast) -> None:
    rows = rows_of(cast, None)
    figures = figures_of(rows)
    assert (figures.tasks, figures.measures, figures.due) == (131, 337, 0)
    assert figures.lights[Light.GREY] == 131
    assert figures.on_time_rate.percent is None


def test_a_share_is_a_percentage_with_one_decimal() -> None:
    empty = figures_of([])
    assert empty.completed_rate.percent is None
    assert Rate(1, 3, "").percent == 33.3
    assert Rate(131, 131, "").percent == 100.0


def test_every_rate_has_its_formula_beside_it() -> None:
    figures = figures_of([])
    with translation.override("en"):
        assert [
            str(rate.formula)
            for rate in (
                figures.started_rate,
                figures.implemented_rate,
                figures.completed_rate,
                figures.on_time_rate,
            )
        ] == [
            "(in progress + completed + ongoing) / all",
            "(completed + ongoing) / all",
            "completed / all",
            "reports submitted by the due date / reports due",
        ]


def test_chapters_add_up_to_the_whole_and_stand_in_the_lists_order(
    cast: Cast, period: ReportingPeriod
) -> None:
    rows = rows_of(cast, period)
    chapters = chapter_figures(rows)
    assert [chapter.number for chapter in chapters] == list(range(1, 15))
    sizes = [14, 13, 17, 9, 8, 10, 8, 10, 9, 7, 7, 8, 3, 8]
    assert [chapter.figures.tasks for chapter in chapters] == sizes
    for chapter in chapters:
        compare_figures(
            chapter.figures, [row for row in rows if row.chapter_number == chapter.number]
        )


def test_agencies_figures_are_of_the_tasks_they_lead(cast: Cast, period: ReportingPeriod) -> None:
    rows = rows_of(cast, period)
    agencies = agency_figures(rows)
    assert len(agencies) == 54
    # One task has two leads: 132 lead responsibilities of 131 tasks, and 231 others.
    assert sum(agency.led.tasks for agency in agencies) == 132
    assert sum(agency.shared for agency in agencies) == 231
    for agency in agencies:
        compare_figures(agency.led, [row for row in rows if agency.agency in row.leads])
        assert agency.shared == sum(agency.agency in row.cos for row in rows)


def test_the_number_of_statements_depends_on_neither_tasks_nor_months(
    cast: Cast, period: ReportingPeriod
) -> None:
    def statements(*numbers: int) -> int:
        with CaptureQueriesContext(connection) as queries:
            rows_of(cast, period, *numbers)
        return len(queries)

    def past_statements(past: ReportingPeriod) -> int:
        with CaptureQueriesContext(connection) as queries:
            rows_of(cast, past)
        return len(queries)

    few = statements(4)
    for number in NUMBERS:
        approved(task_numbered(number), period, cast.reporter, cast.coordinator)
    assert statements() == few <= 12
    codes = ("2026-06", "2026-07", "2026-08")
    past = [period_open(code=code, by=cast.coordinator, now=NOW) for code in codes]
    approved(task_numbered(4), past[-1], cast.reporter, cast.coordinator)
    once = past_statements(past[-1])
    for earlier in past:
        for number in NUMBERS:
            if (earlier, number) != (past[-1], 4):
                approved(task_numbered(number), earlier, cast.reporter, cast.coordinator)
    assert past_statements(past[-1]) == once <= 16


# --- what a reader may know -------------------------------------------------------------------


def test_a_report_is_shown_to_those_who_may_see_it_and_its_absence_to_those_who_may_know(
    cast: Cast, period: ReportingPeriod
) -> None:
    saved(task_numbered(4), period, cast.reporter)
    know = {"reporter", "colleague", "co_reporter", "coordinator"}
    for name, person in cast.everyone().items():
        if not person.is_active:
            continue
        (row,) = task_rows(
            tasks=Task.objects.filter(number=4), period=period, user=person, today=TODAY
        )
        assert (row.report_state is not None, row.reporting_known) == (name in know, name in know)


def test_texts_are_read_from_the_reports_that_are_handed_over(
    cast: Cast, period: ReportingPeriod
) -> None:
    report = saved(task_numbered(4), period, cast.reporter)
    tasks = Task.objects.filter(number=4)
    for person, text in ((cast.reporter, "举措1已推进"), (cast.stranger, "")):
        reports = Report.objects.visible_to(person)
        by_task = measure_rows(tasks=tasks, period=period, reports=reports)
        assert by_task[report.task_id][0].progress == text
        texts = report_texts(tasks=tasks, period=period, reports=reports)
        assert (report.task_id in texts) == bool(text)


@pytest.mark.parametrize("number", [6, 22])
def test_every_agency_of_a_task_is_named_in_the_lists_order(cast: Cast, number: int) -> None:
    (row,) = rows_of(cast, None, number)
    task = task_numbered(number)
    named = [one.agency.name for one in task.responsibilities.order_by("position")]
    assert [agency.name for agency in (*row.leads, *row.cos)] == named
    assert len(row.leads) == (2 if number == 22 else 1)

"""How far the list was, period by period, and what changed since the one before."""

import datetime as dt
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conftest import NOW, TODAY, Cast
from progress.cadence import span_after, span_of
from progress.models import (
    KeptFigures,
    Matter,
    MatterEvent,
    MatterMove,
    PeriodKind,
    ReportingPeriod,
)
from progress.rollups import (
    LONGEST_TREND,
    Change,
    TrendPoint,
    dropped_since,
    figures_of,
    figures_of_period,
    matters_change,
    matters_unsettled,
    period_before,
    reading_moment,
    task_rows,
    trend,
)
from progress.tests.acts import approved, corrected, handed_in, task_numbered
from progress.workflow import (
    matter_close,
    matter_reopen,
    period_close,
    period_open,
)
from tasks.models import Status, Task

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
DONE, LASTS, GOES, NOT = Status.COMPLETED, Status.ONGOING, Status.IN_PROGRESS, Status.NOT_STARTED


def three_months(cast: Cast, october: ReportingPeriod) -> list[ReportingPeriod]:
    """August and September, closed, with a report or two each, and October, which is open."""
    closed = []
    for place, code in enumerate(("2026-08", "2026-09")):
        period = period_open(code=code, by=cast.coordinator, now=NOW + place * HOUR)
        approved(
            task_numbered(4), period, cast.reporter, cast.coordinator, [GOES, DONE][place], now=NOW
        )
        handed_in(task_numbered(5), period, cast.reporter, now=NOW)
        closed.append(period_close(period=period, by=cast.coordinator, now=NOW + place * HOUR))
    approved(task_numbered(5), october, cast.reporter, cast.coordinator, LASTS)
    return [*closed, october]


def recounted(cast: Cast, period: ReportingPeriod, **of: int) -> tuple[int, ...]:
    """Started, implemented, completed, handed in, in time, counted one row after the other."""
    rows = [
        row
        for row in task_rows(
            tasks=Task.objects.all(), period=period, user=cast.coordinator, today=TODAY
        )
        if of.get("chapter", row.chapter_number) == row.chapter_number
        and ("agency" not in of or of["agency"] in {lead.id for lead in row.leads})
    ]
    return (
        sum(row.status != NOT for row in rows),
        sum(row.status in {DONE, LASTS} for row in rows),
        sum(row.status == DONE for row in rows),
        sum(row.handed_in_on is not None for row in rows),
        sum(bool(row.handed_in_on and row.handed_in_on <= period.due_on) for row in rows),
        len(rows),
    )


def told(point: TrendPoint) -> tuple[int, ...]:
    assert point.handed_in is not None
    assert point.on_time is not None
    return (
        point.figures.started_rate.part,
        point.figures.implemented_rate.part,
        point.figures.completed_rate.part,
        point.handed_in.part,
        point.on_time.part,
        point.figures.tasks,
    )


@pytest.mark.parametrize("scope", ["whole", "chapter", "agency"])
def test_each_point_is_what_the_rows_of_its_period_say(
    scope: str, cast: Cast, period: ReportingPeriod
) -> None:
    periods = three_months(cast, period)
    agency_id = cast.reporter.agency_id
    assert agency_id is not None
    of: dict[str, Any] = {"whole": {}, "chapter": {"chapter": 1}, "agency": {"agency": agency_id}}[
        scope
    ]
    points = trend(
        periods=ReportingPeriod.objects.latest_first(), user=cast.coordinator, today=TODAY, **of
    )
    assert [point.code for point in points] == ["2026-08", "2026-09", "2026-10"]
    assert [point.is_open for point in points] == [False, False, True]
    assert [told(point) for point in points] == [recounted(cast, one, **of) for one in periods]
    assert points[1].figures.started_rate.part >= 1
    assert points[2].figures.measures_implemented_rate.part == 6
    assert all(point.figures.started_rate.whole == point.figures.tasks for point in points)
    assert all(str(point.figures.completed_rate.formula) for point in points)


def test_a_closed_point_stays_where_it_was(cast: Cast, period: ReportingPeriod) -> None:
    _august, september, _october = three_months(cast, period)
    before = trend(periods=ReportingPeriod.objects.all(), user=cast.coordinator, today=TODAY)
    corrected(september.reports.get(task__number=4), cast.coordinator, "status", NOT)
    after = trend(
        periods=ReportingPeriod.objects.all(), user=cast.coordinator, today=TODAY + 400 * DAY
    )
    assert after[:2] == before[:2]
    assert after[2] != before[2]


def test_it_ends_with_the_period_that_is_looked_at(cast: Cast, period: ReportingPeriod) -> None:
    _august, september, _october = three_months(cast, period)
    points = trend(
        periods=ReportingPeriod.objects.all(), user=cast.leader, today=TODAY, until=september
    )
    assert [point.code for point in points] == ["2026-08", "2026-09"]
    assert trend(periods=[], user=cast.leader, today=TODAY) == []


def test_it_is_of_one_cadence(cast: Cast, period: ReportingPeriod) -> None:
    three_months(cast, period)
    months_made(PeriodKind.QUARTER, "2027-Q1", 2)
    shown = trend(periods=ReportingPeriod.objects.all(), user=cast.leader, today=TODAY)
    assert [point.code for point in shown] == ["2027-Q1", "2027-Q2"]
    shown = trend(
        periods=ReportingPeriod.objects.all(), user=cast.leader, today=TODAY, until=period
    )
    assert [point.code for point in shown] == ["2026-08", "2026-09", "2026-10"]


def test_an_agency_that_had_no_part_then_counts_nothing(
    cast: Cast, period: ReportingPeriod
) -> None:
    three_months(cast, period)
    points = trend(
        periods=ReportingPeriod.objects.all(), user=cast.coordinator, today=TODAY, agency=0
    )
    assert [(point.figures.tasks, point.figures.started_rate.percent) for point in points] == [
        (0, None)
    ] * 3


def test_who_may_know_the_handing_in(cast: Cast, period: ReportingPeriod) -> None:
    three_months(cast, period)
    own = cast.reporter.agency_id

    def knowing(**of: Any) -> set[str]:
        return {
            name
            for name, person in cast.everyone().items()
            if all(
                point.on_time is not None and point.handed_in is not None
                for point in trend(
                    periods=ReportingPeriod.objects.all(), user=person, today=TODAY, **of
                )
            )
        }

    assert knowing() == knowing(chapter=1) == {"coordinator", "leader"}
    assert knowing(agency=own) == {"coordinator", "reporter", "colleague"}


def months_made(kind: str, code: str, count: int, *, closed: bool = True) -> None:
    """So many periods in a row, closed and with figures kept, without a history behind them."""
    span = span_of(code)
    figures = {
        "tasks_by_status": {NOT: 100, GOES: 20, DONE: 6, LASTS: 5},
        "measures_by_status": {NOT: 300, GOES: 20, DONE: 12, LASTS: 5},
        "lights": {"yellow": 131},
        "due": 131,
        "handed_in": 100,
        "on_time": 90,
    }
    for _place in range(count):
        period = ReportingPeriod.objects.create(
            code=span.code,
            kind=kind,
            starts_on=span.starts_on,
            ends_on=span.ends_on,
            opens_on=span.starts_on,
            due_on=span.ends_on,
            opened_at=NOW,
            closed_at=NOW if closed else None,
        )
        KeptFigures.objects.bulk_create(
            [
                KeptFigures(period=period, figures=figures),
                *(
                    KeptFigures(period=period, chapter_number=number, figures=figures)
                    for number in range(1, 15)
                ),
            ]
        )
        span = span_after(span)


def test_sixty_periods_cost_the_statements_of_six(cast: Cast, period: ReportingPeriod) -> None:
    def statements() -> int:
        periods = list(ReportingPeriod.objects.all())
        with CaptureQueriesContext(connection) as queries:
            points = trend(periods=periods, user=cast.coordinator, today=TODAY, chapter=1)
        assert len(points) <= LONGEST_TREND
        return len(queries)

    months_made(PeriodKind.MONTH, "2026-04", 6)
    statements()
    few = statements()
    months_made(PeriodKind.MONTH, "2021-04", 54)
    assert statements() == few
    # Without the open period nothing is added up at all.
    with CaptureQueriesContext(connection) as queries:
        trend(
            periods=ReportingPeriod.objects.exclude(closed_at=None),
            user=cast.leader,
            today=TODAY,
        )
    assert len(queries) == 2


# --- since the period before -------------------------------------------------------------------


def test_every_number_stands_beside_that_of_the_period_before(
    cast: Cast, period: ReportingPeriod
) -> None:
    _august, september, october = three_months(cast, period)
    now = figures_of_period(period=october, today=TODAY).whole
    before = figures_of_period(period=september, today=TODAY).whole
    assert (now.tasks_by_status[LASTS], before.tasks_by_status[LASTS]) == (1, 0)
    assert now.tasks_by_status[DONE] == before.tasks_by_status[DONE]
    assert (now.handed_in, before.handed_in) == (1, 2)
    assert (now.missing, before.missing) == (130, 129)
    assert before.on_time == sum(
        bool(row.handed_in_on and row.handed_in_on <= september.due_on)
        for row in task_rows(
            tasks=Task.objects.all(), period=september, user=cast.coordinator, today=TODAY
        )
    )
    for one in (now, before):
        assert (sum(one.lights.values()), one.tasks) == (131, 131)
        assert sum(one.measures_by_status.values()) == 337
    rows = task_rows(tasks=Task.objects.all(), period=september, user=cast.coordinator, today=TODAY)
    assert figures_of(rows, dropped=dropped_since(september)) == before


def test_the_period_before_is_the_last_one_of_the_same_cadence(
    cast: Cast, period: ReportingPeriod
) -> None:
    august = period_open(code="2026-08", by=cast.coordinator, now=NOW)
    months_made(PeriodKind.QUARTER, "2026-Q2", 1)
    periods = list(ReportingPeriod.objects.all())
    assert period_before(period=period, periods=periods) == august
    assert period_before(period=august, periods=periods) is None


# --- matters -----------------------------------------------------------------------------------

TURNS = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 30)), max_size=8)


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(turns=TURNS)
def test_the_matters_that_were_unsettled_are_told_by_their_history(
    cast: Cast, period: ReportingPeriod, turns: list[tuple[int, int]]
) -> None:
    with transaction.atomic():
        for place, number in enumerate((4, 5, 8)):
            handed_in(
                task_numbered(number),
                period,
                cast.reporter,
                coordination="请协调",
                now=NOW + place * 3 * DAY,
            )
        matters = list(Matter.objects.order_by("pk"))
        at = NOW + 10 * DAY
        for which, days in turns:
            at += days * HOUR
            one = Matter.objects.get(pk=matters[which].pk)
            if one.closed_at is None:
                matter_close(
                    matter=one, by=cast.coordinator, now=at, version=one.version, note="已协调解决"
                )
            else:
                matter_reopen(matter=one, reason="又有反复", by=cast.coordinator, now=at)
        for hours in range(-24, 24 * 22, 37):
            moment = NOW + hours * HOUR
            unsettled = 0
            for matter in matters:
                state = False
                for event in MatterEvent.objects.filter(matter=matter).order_by("pk"):
                    if event.at <= moment:
                        state = event.move != MatterMove.CLOSE
                unsettled += state
            assert matters_unsettled(user=cast.coordinator, at=moment) == unsettled
        transaction.set_rollback(True)


def test_matters_then_and_now(cast: Cast, period: ReportingPeriod) -> None:
    for number in (4, 5):
        handed_in(task_numbered(number), period, cast.reporter, coordination="请协调")
    closed = period_close(period=period, by=cast.coordinator, now=NOW + 20 * DAY)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + 30 * DAY)
    handed_in(task_numbered(8), november, cast.reporter, coordination="请协调", now=NOW + 31 * DAY)
    for matter in Matter.objects.exclude(task__number=8):
        matter_close(
            matter=matter,
            by=cast.coordinator,
            now=NOW + 32 * DAY,
            version=matter.version,
            note="已协调解决",
        )

    def change() -> Change:
        with CaptureQueriesContext(connection) as queries:
            found = matters_change(
                user=cast.coordinator,
                period=november,
                before=closed,
                now=NOW + 33 * DAY,
            )
        assert len(queries) == 2
        return found

    assert change() == Change(now=1, before=2)
    # Nothing that came after its last day counts for a period, however late it was closed.
    assert reading_moment(closed, now=NOW + 99 * DAY).date() <= dt.date(2026, 11, 1)
    assert reading_moment(november, now=NOW + 33 * DAY) == NOW + 33 * DAY
    assert matters_change(
        user=cast.stranger, period=november, before=closed, now=NOW + 33 * DAY
    ) == Change(0, 0)

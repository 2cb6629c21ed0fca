"""Rule: lights, rows and filters follow the deadline that holds, in each period its own."""

import datetime as dt
from collections.abc import Callable

import pytest
from django.test import Client, RequestFactory

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.filters import TaskFilter
from progress.lights import Light
from progress.models import ReportingPeriod
from progress.rollups import TaskRow, figures_of, measure_rows, task_rows
from progress.tests.acts import approved, first_measure, task_numbered
from progress.workflow import period_close, period_open
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Measure, Status, Task

HOUR, DAY = dt.timedelta(hours=1), dt.timedelta(days=1)
YESTERDAY, TOMORROW = TODAY - DAY, TODAY + DAY
NEXT_YEAR = dt.date(2027, 6, 30)


def due(
    cast: Cast,
    day: dt.date | None,
    *,
    number: int = 4,
    measure: Measure | None = None,
    now: dt.datetime = NOW,
) -> None:
    deadlines_write(
        changes=[Deadline(task_numbered(number), measure, day)],
        reason="总体安排",
        by=cast.coordinator,
        now=now,
    )


def row_of(cast: Cast, period: ReportingPeriod | None, *, today: dt.date = TODAY) -> TaskRow:
    [row] = task_rows(
        tasks=Task.objects.filter(number=4), period=period, user=cast.coordinator, today=today
    )
    return row


def numbers(cast: Cast, **parameters: str) -> list[int]:
    request = RequestFactory().get("/")
    request.user = cast.coordinator
    narrowed = TaskFilter(
        parameters, queryset=Task.objects.order_by("number"), request=request, today=TODAY
    )
    return [task.number for task in narrowed.qs]


# --- What is completed ---------------------------------------------------------------------------


@pytest.mark.parametrize("moved", [NEXT_YEAR, None], ids=["moved", "taken away"])
def test_late_blue_stays_late_blue_whatever_becomes_of_the_deadline(
    moved: dt.date | None, cast: Cast, period: ReportingPeriod
) -> None:
    due(cast, YESTERDAY, now=NOW - 9 * DAY)
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, Status.COMPLETED)
    late = row_of(cast, period)
    assert late.light == Light.LATE_BLUE
    due(cast, moved, now=NOW + DAY)
    row = row_of(cast, period, today=TODAY + 2 * DAY)
    assert (row.light, row.light_reason) == (Light.LATE_BLUE, late.light_reason)
    assert (row.deadline, row.original_deadline) == (moved, YESTERDAY)


def test_blue_stays_blue_where_the_deadline_is_set_before_the_day_of_completion(
    cast: Cast, period: ReportingPeriod
) -> None:
    due(cast, TOMORROW, now=NOW - 9 * DAY)
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, Status.COMPLETED)
    due(cast, YESTERDAY, now=NOW + DAY)
    assert row_of(cast, period, today=TODAY + 2 * DAY).light == Light.BLUE


def test_a_deadline_that_was_moved_in_time_counts(cast: Cast, period: ReportingPeriod) -> None:
    due(cast, YESTERDAY, now=NOW - 9 * DAY)
    due(cast, TOMORROW, now=NOW - 3 * DAY)
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, Status.COMPLETED)
    assert row_of(cast, period).light == Light.BLUE


def test_what_is_changed_on_the_day_of_the_closing_moves_no_light_of_it(
    cast: Cast, period: ReportingPeriod
) -> None:
    due(cast, YESTERDAY, now=NOW - 9 * DAY)
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, Status.COMPLETED)
    period_close(period=period, by=cast.coordinator, now=NOW + HOUR)
    period.refresh_from_db()
    frozen = row_of(cast, period)
    due(cast, NEXT_YEAR, now=NOW + 2 * HOUR)
    assert row_of(cast, period) == frozen
    due(cast, TOMORROW, now=NOW + DAY)
    assert row_of(cast, period) == frozen


# --- Between two periods ---------------------------------------------------------------------


def test_between_two_periods_a_deadline_that_is_set_holds_at_once(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW)
    due(cast, YESTERDAY, now=NOW + HOUR)
    due(cast, YESTERDAY, measure=first_measure(), now=NOW + HOUR)
    current = ReportingPeriod.objects.current()
    assert current is not None
    assert current.as_it_stands
    row = row_of(cast, current)
    assert (row.deadline, row.light) == (YESTERDAY, Light.RED)
    assert figures_of([row]).lights[Light.RED] == 1
    [first, *_] = measure_rows(
        tasks=Task.objects.filter(number=4), period=current, reports=period.reports.all()
    )[task_numbered(4).pk]
    assert first.deadline == YESTERDAY
    assert numbers(cast, deadline_before=TODAY.isoformat()) == [4]
    page = signed_in(cast.coordinator).get("/tasks/4/").content.decode()
    assert YESTERDAY.isoformat() in page
    # Asked for by its code the period is as it was closed.
    period.refresh_from_db()
    assert row_of(cast, period).deadline is None


# --- Filters -----------------------------------------------------------------------------------


def test_a_closed_period_is_filtered_by_the_deadlines_that_it_shows(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    due(cast, TOMORROW)
    due(cast, TOMORROW, number=5)
    period_close(period=period, by=cast.coordinator, now=NOW)
    due(cast, NEXT_YEAR, now=NOW + HOUR)
    due(cast, TOMORROW, number=6, now=NOW + HOUR)
    soon = {"deadline_after": TODAY.isoformat(), "deadline_before": TOMORROW.isoformat()}
    assert numbers(cast, **soon, period="2026-10") == [4, 5]
    assert numbers(cast, deadline_after=NEXT_YEAR.isoformat(), period="2026-10") == []
    # Today, and as things stand between two periods.
    assert numbers(cast, **soon) == [5, 6]
    client = signed_in(cast.coordinator)
    listed = client.get("/api/v1/tasks/", {**soon, "period": "2026-10"}).json()["results"]
    assert [(one["number"], one["deadline"]) for one in listed] == [
        (4, TOMORROW.isoformat()),
        (5, TOMORROW.isoformat()),
    ]


# --- The API -----------------------------------------------------------------------------------


def test_the_api_tells_the_first_deadline_beside_the_present_one(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    for day in (NEXT_YEAR, TOMORROW):
        due(cast, day, measure=first_measure())
        due(cast, day)
    due(cast, TOMORROW, number=5)
    client = signed_in(cast.coordinator)
    four = client.get("/api/v1/tasks/4/").json()
    moved = {"deadline": TOMORROW.isoformat(), "original_deadline": NEXT_YEAR.isoformat()}
    assert {name: four[name] for name in moved} == moved
    assert {name: four["measures"][0][name] for name in moved} == moved
    assert four["measures"][1]["original_deadline"] is None
    assert client.get("/api/v1/tasks/5/").json()["original_deadline"] is None


def test_the_api_orders_a_closed_period_by_the_days_that_it_shows(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    due(cast, TOMORROW)
    due(cast, TODAY, number=5)
    led = sorted(task.number for task in Task.objects.led_by(cast.reporter.agency_ids))
    assert led[:1] == [4]
    for number, day in zip((4, led[1]), (TODAY, YESTERDAY), strict=True):
        approved(
            task_numbered(number),
            period,
            cast.reporter,
            cast.coordinator,
            Status.COMPLETED,
            now=NOW + (day - TODAY),
        )
    period_close(period=period, by=cast.coordinator, now=NOW)
    due(cast, YESTERDAY, now=NOW + HOUR)
    due(cast, TODAY, number=6, now=NOW + HOUR)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW + HOUR)
    # Taken up again, so that nothing is stored of the day on which it was completed.
    approved(task_numbered(4), november, cast.reporter, cast.coordinator, now=NOW + 2 * HOUR)
    client = signed_in(cast.coordinator)

    def ordered(name: str, **more: str) -> list[tuple[int, str | None]]:
        asked = {"ordering": name, "page_size": "200", **more}
        results = client.get("/api/v1/tasks/", asked).json()["results"]
        assert len(results) == Task.objects.count()
        return [(one["number"], one[name.removeprefix("-")]) for one in results]

    today, tomorrow, yesterday = (day.isoformat() for day in (TODAY, TOMORROW, YESTERDAY))
    then = {"period": "2026-10"}
    assert ordered("deadline", **then)[:3] == [(5, today), (4, tomorrow), (1, None)]
    assert ordered("-deadline", **then)[:3] == [(4, tomorrow), (5, today), (1, None)]
    assert ordered("deadline")[:4] == [(4, yesterday), (5, today), (6, today), (1, None)]
    assert ordered("-deadline")[:4] == [(5, today), (6, today), (4, yesterday), (1, None)]
    assert ordered("completed_on", **then)[:3] == [(led[1], yesterday), (4, today), (1, None)]
    assert ordered("-completed_on", **then)[:3] == [(4, today), (led[1], yesterday), (1, None)]
    assert ordered("completed_on")[:2] == [(led[1], yesterday), (1, None)]
    # Page by page it is one order.
    pages = [
        client.get("/api/v1/tasks/", {"ordering": "deadline", "page": page, "page_size": 2, **then})
        for page in (1, 2)
    ]
    numbered = [one["number"] for page in pages for one in page.json()["results"]]
    assert numbered == [number for number, _day in ordered("deadline", **then)[:4]]
    several = "ordering=deadline,-number&page_size=200"
    results = client.get(f"/api/v1/tasks/?{several}").json()["results"]
    assert [one["number"] for one in results[:4]] == [4, 6, 5, 131]
    assert client.get("/api/v1/tasks/?ordering=title").status_code == 400

"""Rule: before the rules of lights are set, one sees what they would do to today's lights."""

import datetime as dt
from collections import Counter
from collections.abc import Callable

import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.lights import Light
from progress.models import Policy, ReportingPeriod
from progress.rollups import TaskRow, lights_under, task_rows
from progress.tests.acts import approved, handed_in, task_numbered
from progress.tests.test_rules import typed
from progress.workflow import period_close
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Status, Task

SignedIn = Callable[[User], Client]
DAY = dt.timedelta(days=1)
# A Wednesday, three working days after the due date.
LATE = TODAY + 6 * DAY


def with_a_story(cast: Cast, period: ReportingPeriod) -> None:
    days = {4: TODAY - DAY, 5: LATE + 10 * DAY, 6: LATE + 3 * DAY, 7: LATE + 60 * DAY}
    deadlines_write(
        changes=[Deadline(task_numbered(number), None, day) for number, day in days.items()],
        reason="明确时限",
        by=cast.coordinator,
        now=NOW,
    )
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, Status.COMPLETED)
    for number in (5, 6):
        handed_in(task_numbered(number), period, cast.reporter)


def rows_today(cast: Cast, period: ReportingPeriod | None, today: dt.date) -> list[TaskRow]:
    return task_rows(tasks=Task.objects.all(), period=period, user=cast.coordinator, today=today)


def test_the_lights_that_change_are_named_from_what_to_what(
    cast: Cast, period: ReportingPeriod
) -> None:
    with_a_story(cast, period)
    rows = rows_today(cast, period, LATE)
    found = lights_under(
        rows=rows,
        period=period,
        policy=Policy(yellow_working_days=0, yellow_for_missing_report=False),
        today=LATE,
    )
    by_pair = {(one.before, one.after): one for one in found.changes}
    assert set(by_pair) == {(Light.YELLOW, Light.GREEN), (Light.YELLOW, Light.GREY)}
    to_green = by_pair[Light.YELLOW, Light.GREEN]
    assert [one.row.number for one in to_green.tasks] == [6, 7]
    assert all(one.reason and one.reason != one.row.light_reason for one in to_green.tasks[1:])
    assert by_pair[Light.YELLOW, Light.GREY].count == 127
    assert (found.changed, found.unchanged) == (129, 2)
    assert found.now[Light.YELLOW] == 129
    assert found.then[Light.YELLOW] == 0


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(days=st.integers(0, 60), missing=st.booleans(), later=st.integers(0, 12))
def test_what_is_foretold_is_what_comes_once_the_rules_are_stored(
    cast: Cast, period: ReportingPeriod, days: int, missing: bool, later: int
) -> None:
    if not task_numbered(4).deadline:
        with_a_story(cast, period)
    Policy.objects.all().delete()
    today = TODAY + later * DAY
    before = {row.number: row for row in rows_today(cast, period, today)}
    policy = Policy(pk=1, yellow_working_days=days, yellow_for_missing_report=missing)
    found = lights_under(rows=before.values(), period=period, policy=policy, today=today)
    policy.save()
    after = rows_today(cast, period, today)
    turned = {
        row.number: (before[row.number].light, row.light, row.light_reason)
        for row in after
        if row.light != before[row.number].light
    }
    assert turned == {
        one.row.number: (change.before, change.after, one.reason)
        for change in found.changes
        for one in change.tasks
    }
    assert Counter(row.light for row in after) == Counter(found.then)


def test_no_rule_touches_what_no_period_was_opened_for(cast: Cast) -> None:
    found = lights_under(
        rows=rows_today(cast, None, LATE), period=None, policy=Policy(), today=LATE
    )
    assert (list(found.changes), found.unchanged) == ([], 131)


def test_between_two_periods_it_is_todays_lights(cast: Cast, period: ReportingPeriod) -> None:
    period_close(period=period, by=cast.coordinator, now=NOW + 10 * DAY)
    current = ReportingPeriod.objects.all().current()
    found = lights_under(
        rows=rows_today(cast, current, LATE + 10 * DAY),
        period=current,
        policy=Policy(yellow_for_missing_report=False),
        today=LATE + 10 * DAY,
    )
    assert found.changed == 131


# --- the page ----------------------------------------------------------------------------------


def test_a_preview_saves_nothing_and_what_was_typed_stays(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    with_a_story(cast, period)
    office = signed_in(cast.coordinator)
    with time_machine.travel(NOW + 6 * DAY, tick=False):
        wanted = typed(
            office.get("/rules/"), yellow_working_days=0, yellow_for_missing_report=False
        )
        page = office.post("/rules/", wanted | {"preview": "on"})
    assert page.status_code == 200
    assert page.context["preview"].changed == 129
    assert not Policy.objects.exists()
    assert page.content.count(b'<td class="num"') == 129
    # What was previewed is saved by the other button, from the page as it now is.
    again = typed(page)
    assert again == wanted
    assert office.post("/rules/", again).status_code == 302
    assert Policy.current().light_rules == {
        "yellow_working_days": 0,
        "yellow_for_missing_report": False,
    }


def test_a_preview_of_rules_that_cannot_hold_names_the_field(
    cast: Cast, signed_in: SignedIn
) -> None:
    office = signed_in(cast.coordinator)
    for changes, field in (
        ({"yellow_working_days": 61}, "yellow_working_days"),
        ({"opens_day": 26}, "due_day"),
        ({"yellow_working_days": ""}, "yellow_working_days"),
    ):
        wanted = typed(office.get("/rules/"), **changes)
        page = office.post("/rules/", wanted | {"preview": "on"})
        assert page.status_code == 400
        assert list(page.context["form"].errors) == [field]
        assert page.context["preview"] is None


def test_nobody_else_previews(cast: Cast, signed_in: SignedIn) -> None:
    for name, person in cast.everyone().items():
        if name != "coordinator" and person.is_active:
            assert signed_in(person).post("/rules/", {"preview": "on"}).status_code == 403


def test_a_preview_costs_the_same_however_many_lights_change(
    cast: Cast, period: ReportingPeriod, signed_in: SignedIn
) -> None:
    office = signed_in(cast.coordinator)
    counts = []
    for moment in (NOW, NOW + 6 * DAY):
        with time_machine.travel(moment, tick=False):
            wanted = typed(office.get("/rules/"), yellow_for_missing_report=False)
            with CaptureQueriesContext(connection) as queries:
                page = office.post("/rules/", wanted | {"preview": "on"})
        counts.append((len(queries), page.context["preview"].changed))
    assert counts[0][0] == counts[1][0]
    assert [changed for _n, changed in counts] == [0, 131]

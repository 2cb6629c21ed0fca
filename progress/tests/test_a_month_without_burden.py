"""The measure of it: eleven tasks, eight of them unchanged, are done in a few steps."""

from collections.abc import Callable

import time_machine
from django.test import Client

from agencies.models import Role, User
from conftest import NOW, Cast, _person
from progress.models import Report, ReportingPeriod
from progress.states import ReportState
from progress.tests.acts import approved
from progress.workflow import period_close, period_open
from tasks.models import Division, Task

TASKS, CHANGED = 11, 3


def test_eleven_tasks_of_which_eight_are_unchanged_take_eight_requests(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    """The list, one click for the eight, and for each of the three its form and its handing-in."""
    bank = _person("bank", "行报", Role.REPORTER, "中国人民银行天津市分行")
    led = Task.objects.led_by(bank.agency_ids).filter(division=Division.LEAD_COMPILES)
    mine = list(led.order_by("number")[:TASKS])
    assert len(mine) == TASKS
    for task in mine:
        approved(task, period, bank, cast.coordinator)
    period_close(period=period, by=cast.coordinator, now=NOW)
    november = period_open(code="2026-11", by=cast.coordinator, now=NOW)
    client, requests = signed_in(bank), 0
    with time_machine.travel(NOW, tick=False):
        page, requests = client.get("/my/"), requests + 1
        can_stay = {
            one.row.number
            for group in page.context["groups"]
            for one in group.tasks
            if one.can_stay
        }
        assert can_stay >= {task.number for task in mine}
        unchanged = [task.number for task in mine[CHANGED:]]
        client.post("/my/unchanged/", {"period": november.code, "report": unchanged})
        requests += 1
        for task in mine[:CHANGED]:
            address = f"/tasks/{task.number}/reports/{november.code}/edit/"
            form, requests = client.get(address).context["form"], requests + 1
            values = {name: form[name].value() for name in form.fields}
            typed = {name: value for name, value in values.items() if value is not None}
            # It starts from the last approved text: only what is new has to be typed.
            measure = task.measures.get(ordinal=1)
            typed[f"text_{measure.pk}"] += "；本月新增试点企业3家"
            answer, requests = client.post(address, {**typed, "then": "submit"}), requests + 1
            assert answer.status_code == 302
    handed_in = Report.objects.filter(period=november, state=ReportState.SUBMITTED)
    assert set(handed_in.values_list("task__number", flat=True)) == {task.number for task in mine}
    assert requests == 2 + 2 * CHANGED

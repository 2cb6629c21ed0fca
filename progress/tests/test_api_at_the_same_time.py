"""Two programs write the same thing at the same moment, both from what they read just before."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from agencies.locking import agencies_lock
from agencies.models import User
from conftest import Cast
from progress.models import Policy, Report, ReportingPeriod
from progress.tests.acts import saved, task_numbered
from progress.tests.api_calls import call, post, tag_of
from progress.tests.test_mergers_at_the_same_time import at_once, holding
from tasks.models import Task

pytestmark = pytest.mark.django_db(transaction=True)

ClientOf = Callable[[User], Client]


def statuses(hold: Callable[[], object], calls: list[Callable[[], Any]]) -> list[int]:
    """The status of each answer, the calls having queued for what `hold` locks."""
    answers: list[int] = []

    def act(one: Callable[[], Any]) -> Callable[[], object]:
        return lambda: answers.append(one().status_code)

    assert not any(at_once(hold, [act(one) for one in calls]))
    return sorted(answers)


def test_an_account_is_changed_from_what_was_read_once(cast: Cast, signed_in: ClientOf) -> None:
    address, agency = f"accounts/{cast.colleague.pk}/", cast.colleague.agency_id
    clients = [signed_in(cast.administrator) for _turn in range(2)]
    tag = tag_of(clients[0], address)
    calls = [
        lambda: call(clients[0], "patch", address, {"name": "甲改"}, tag=tag),
        lambda: call(clients[1], "patch", address, {"name": "乙改"}, tag=tag),
    ]
    assert statuses(lambda: agencies_lock([agency]), calls) == [200, 412]


def test_an_agency_is_renamed_from_what_was_read_once(cast: Cast, signed_in: ClientOf) -> None:
    assert cast.stranger.agency is not None
    address = f"agencies/{cast.stranger.agency.pk}/"
    clients = [signed_in(cast.administrator) for _turn in range(2)]
    tag = tag_of(clients[0], address)
    about = {"effective_on": "2026-10-01", "reason": "机构改革"}

    def renamed(client: Client, name: str) -> Callable[[], Any]:
        body = {**about, "name": name, "short_name": name}
        return lambda: post(client, f"{address}rename/", body, tag=tag)

    calls = [renamed(clients[0], "市甲局"), renamed(clients[1], "市乙局")]
    hold = [cast.stranger.agency.pk]
    assert statuses(lambda: agencies_lock(hold), calls) == [200, 412]


def test_a_report_is_saved_from_what_was_read_once(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    report = saved(task_numbered(4), period, cast.reporter)
    address = f"reports/{report.pk}/"
    clients = [signed_in(cast.reporter), signed_in(cast.colleague)]
    tags = [tag_of(one, address) for one in clients]
    calls = [
        lambda: call(clients[0], "patch", address, {"problems": "甲写"}, tag=tags[0]),
        lambda: call(clients[1], "patch", address, {"problems": "乙写"}, tag=tags[1]),
    ]
    assert statuses(holding(period), calls) in ([200, 409], [200, 412])
    assert Report.objects.get().version == 2


def test_measures_are_divided_from_what_was_read_once(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    clients = [signed_in(cast.reporter), signed_in(cast.colleague)]
    tag = tag_of(clients[0], "tasks/4/duties/")
    duties = call(clients[0], "get", "tasks/4/duties/").json()["duties"]

    def divided(client: Client, measure: int) -> Callable[[], Any]:
        body = {"duties": [{**one, "measures": [measure]} for one in duties]}
        return lambda: call(client, "put", "tasks/4/duties/", body, tag=tag)

    calls = [divided(clients[0], 1), divided(clients[1], 2)]
    hold = Task.objects.select_for_update().filter(number=4)
    assert statuses(lambda: list(hold), calls) == [200, 412]


def test_rules_are_changed_from_what_was_read_once(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    Policy.objects.get_or_create(pk=1)
    clients = [signed_in(cast.coordinator) for _turn in range(2)]
    tag = tag_of(clients[0], "rules/")
    calls = [
        lambda: call(clients[0], "patch", "rules/", {"yellow_working_days": 8}, tag=tag),
        lambda: call(clients[1], "patch", "rules/", {"yellow_working_days": 9}, tag=tag),
    ]
    hold = Policy.objects.select_for_update().filter(pk=1)
    assert statuses(lambda: list(hold), calls) in ([200, 409], [200, 412])


def test_rows_in_another_order_wait_and_do_not_block_each_other(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    numbers = sorted(Task.objects.led_by(cast.reporter.agency_ids).values_list("number", flat=True))
    row = {"period": "2026-10", "kind": "first", "came_on": "2026-10-01"}

    def entered(client: Client, title: str, order: list[int]) -> Callable[[], Any]:
        body = {"rows": [{**row, "task": one, "title": title} for one in order]}
        return lambda: post(client, "registers/results/", body)

    calls = [
        entered(signed_in(cast.reporter), "甲", numbers),
        entered(signed_in(cast.colleague), "乙", numbers[::-1]),
    ]
    assert statuses(holding(period), calls) == [201, 201]

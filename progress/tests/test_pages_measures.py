"""The list of measures: what the dashboards count by measure, row by row."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import User
from conftest import NOW, TODAY, Cast
from progress.models import MeasureProgress, ReportingPeriod
from progress.tests.acts import approved, first_measure, saved, task_numbered
from tasks.models import Measure, Status, Task

Opened = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned(cast: Cast, period: ReportingPeriod) -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def shown(client: Client, **parameters: str | int | list[str]) -> list[tuple[int, int]]:
    answer = client.get("/measures/", {"rows": 100, **parameters})
    assert answer.status_code == 200
    lines = answer.context["page_obj"].object_list
    return [(line.task.number, line.measure.ordinal) for line in lines]


def test_every_measure_of_the_list_is_there_in_its_order(cast: Cast, signed_in: Opened) -> None:
    client = signed_in(cast.leader)
    everything = list(
        Measure.objects.values_list("task__number", "ordinal").order_by("task__number", "ordinal")
    )
    read = [one for page in (1, 2, 3, 4) for one in shown(client, page=page)]
    assert read == everything
    assert client.get("/measures/").context["count"] == 337


@pytest.mark.parametrize("address", ["/overview/", "/chapters/1/", "/agencies/{agency}/"])
def test_each_number_that_is_counted_by_measure_leads_to_just_those(
    cast: Cast, period: ReportingPeriod, signed_in: Opened, address: str
) -> None:
    statuses = [Status.COMPLETED, Status.IN_PROGRESS, Status.NOT_STARTED]
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, statuses)
    approved(task_numbered(5), period, cast.reporter, cast.coordinator, Status.ONGOING)
    client = signed_in(cast.leader)
    page = client.get(address.format(agency=cast.reporter.agency_id))
    assert len(page.context["rates"]) == 3
    for pair in page.context["rates"]:
        assert f'href="{pair.measures_address}"'.replace("&", "&amp;") in page.content.decode()
        assert client.get(pair.measures_address).context["count"] == pair.by_measure.part > 0
        assert client.get(pair.all_measures_address).context["count"] == pair.by_measure.whole


def test_a_measure_is_narrowed_by_its_own_status_and_deadline_and_its_tasks_filters(
    cast: Cast, period: ReportingPeriod, signed_in: Opened
) -> None:
    statuses = [Status.COMPLETED, Status.IN_PROGRESS, Status.NOT_STARTED]
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, statuses)
    client = signed_in(cast.leader)
    assert shown(client, measure_status="completed") == [(4, 1)]
    assert shown(client, measure_status=["completed", "in_progress"]) == [(4, 1), (4, 2)]
    assert shown(client, status="in_progress") == [(4, 1), (4, 2), (4, 3)]
    assert shown(client, status="in_progress", measure_status="not_started") == [(4, 3)]
    assert shown(client, measure_status="completed", chapter=2) == []
    Task.objects.filter(number=4).update(deadline=TODAY)
    Measure.objects.filter(task__number=4, ordinal=2).update(deadline=TODAY + dt.timedelta(days=9))
    assert shown(client, deadline_before=TODAY.isoformat()) == [(4, 1), (4, 3)]
    later = (TODAY + dt.timedelta(days=1)).isoformat()
    assert shown(client, deadline_after=later) == [(4, 2)]
    assert shown(client, sort="deadline")[:3] == [(4, 1), (4, 3), (4, 2)]
    assert shown(client, sort="-deadline")[:3] == [(4, 2), (4, 1), (4, 3)]


def test_words_find_the_measure_and_not_its_neighbours(
    cast: Cast, period: ReportingPeriod, signed_in: Opened
) -> None:
    report = saved(task_numbered(4), period, cast.reporter)
    MeasureProgress.objects.filter(report=report, measure__ordinal=2).update(text="紫微平台")
    assert shown(signed_in(cast.reporter), q="紫微") == [(4, 2)]
    assert shown(signed_in(cast.reporter), q="紫微 算力") == [(4, 2)]
    for user in (cast.stranger, cast.leader, cast.auditor):
        assert shown(signed_in(user), q="紫微") == []
    word = first_measure(4).text[2:12]
    assert shown(signed_in(cast.leader), q=word) == [(4, 1)]
    page = signed_in(cast.leader).get("/measures/", {"q": word}).content.decode()
    assert f"<mark>{word}</mark>" in page
    # What the title says is said of all of its task's measures.
    assert shown(signed_in(cast.leader), q=task_numbered(4).title) == [(4, 1), (4, 2), (4, 3)]


@pytest.mark.parametrize(
    "parameters",
    [{"measure_status": "done"}, {"sort": "report"}, {"columns": "cos"}, {"chapter": "15"}],
    ids=str,
)
def test_what_cannot_be_read_is_told_and_shows_no_rows(
    cast: Cast, signed_in: Opened, parameters: dict[str, str]
) -> None:
    answer = signed_in(cast.leader).get("/measures/", parameters)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.content.decode()
    assert "<tbody>" not in answer.content.decode()


def test_a_page_costs_the_same_statements_however_many_rows(cast: Cast, signed_in: Opened) -> None:
    client = signed_in(cast.coordinator)
    with CaptureQueriesContext(connection) as few:
        assert len(shown(client, q="算力 电力协同")) < 5
    with CaptureQueriesContext(connection) as many:
        assert len(shown(client, q="的")) == 100
    assert len(many) == len(few) < 40

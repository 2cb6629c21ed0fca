"""What every list of the API takes: lookups, chosen fields, orders, cursors, and nothing else."""

import datetime as dt
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, Role, User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.tests.acts import approved, handed_in, task_numbered
from tasks.models import Task


@pytest.fixture(autouse=True)
def _pinned() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def office(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> Callable[[str], Any]:
    """What a coordinator is told at an address."""
    client = signed_in(cast.coordinator)

    def told(address: str) -> Any:
        answer = client.get(f"/api/v1/{address}", headers={"Accept-Language": "en"})
        assert answer["Content-Type"].endswith("json"), answer.content[:200]
        return answer.json()

    return told


def numbers(told: Any) -> list[int]:
    return [row["number"] for row in told["results"]]


# --- Lookups -------------------------------------------------------------------------------------


def test_lookups_of_every_kind_narrow_the_tasks(office: Callable[[str], Any], cast: Cast) -> None:
    Task.objects.filter(number__in=[5, 9]).update(deadline=dt.date(2026, 12, 31))
    Task.objects.filter(number=7).update(deadline=dt.date(2027, 6, 30))
    assert numbers(office("tasks/?number__in=3,1,2")) == [1, 2, 3]
    assert numbers(office("tasks/?number__gte=130")) == [130, 131]
    assert numbers(office("tasks/?number__lt=3")) == [1, 2]
    assert numbers(office("tasks/?title__contains=算力&number__lte=20")) == [4]
    assert numbers(office("tasks/?chapter__in=13,14&number__lt=124")) == [121, 122, 123]
    assert numbers(office("tasks/?deadline=2026-12-31")) == [5, 9]
    assert numbers(office("tasks/?deadline__gt=2026-12-31")) == [7]
    assert numbers(office("tasks/?deadline__isnull=false&ordering=-deadline")) == [7, 5, 9]
    assert office("tasks/?deadline__isnull=true")["count"] == 128
    ours = str(cast.reporter.agency_id)
    both = f"{ours},{cast.stranger.agency_id}"
    one = set(numbers(office(f"tasks/?agency={ours}&page_size=200")))
    two = set(numbers(office(f"tasks/?agency__in={both}&page_size=200")))
    assert one < two


def test_what_is_computed_is_compared_as_the_rows_tell_it(
    office: Callable[[str], Any], cast: Cast, period: ReportingPeriod
) -> None:
    approved(task_numbered(4), period, cast.reporter, cast.coordinator, "completed")
    assert numbers(office("tasks/?status__in=completed,ongoing")) == [4]
    assert numbers(office("tasks/?completed_on__gte=2026-10-01")) == [4]
    assert numbers(office("tasks/?report_state=approved")) == [4]
    assert numbers(office("tasks/?handed_in_on__lte=2026-10-31")) == [4]
    assert numbers(office("tasks/?measures_done__gte=1")) == [4]
    assert numbers(office("tasks/?light__in=blue")) == [4]
    assert office("tasks/?report_state__isnull=true")["count"] == 130


def test_what_a_reader_may_not_know_narrows_nothing_for_them(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    for query in ("handed_in_on__isnull=false", "report_state__in=submitted"):
        answer = signed_in(cast.stranger).get(f"/api/v1/tasks/?{query}")
        assert answer.json()["results"] == []
        assert len(signed_in(cast.reporter).get(f"/api/v1/tasks/?{query}").json()["results"]) == 1


def test_a_bare_day_stands_for_all_of_it_where_moments_are_compared(
    office: Callable[[str], Any], cast: Cast, period: ReportingPeriod
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    for query, count in (
        ("updated_at__gte=2026-10-22", 1),
        ("updated_at__lte=2026-10-22", 1),
        ("updated_at__gt=2026-10-22", 0),
        ("updated_at__lt=2026-10-22", 0),
        ("submitted_at__gte=2026-10-22T09:00:00%2B08:00", 1),
        ("submitted_at__gte=2026-10-22T11:00:00+08:00", 0),
        ("approved_at__isnull=true", 1),
        ("task__in=4,5", 1),
        ("period__in=2026-10", 1),
        ("state__in=submitted,returned", 1),
        ("problems__contains=x", 0),
    ):
        assert office(f"reports/?{query}")["count"] == count, query


@pytest.mark.parametrize(
    ("address", "field", "sentence"),
    [
        ("tasks/?deadline__get=2026-10-01", "deadline__get", "did you mean deadline__gt?"),
        ("tasks/?deadline__gte=soon", "deadline__gte", "Write a day as in 2026-10-31."),
        ("tasks/?chapter__in=1,99", "chapter__in", "There is none of these: 99."),
        ("tasks/?status__in=done", "status__in", "Choose of not_started, "),
        ("tasks/?deadline__isnull=maybe", "deadline__isnull", "Write true or false."),
        ("tasks/?number__in=1,x", "number__in", "Enter a whole number."),
        ("reports/?updated_at__gte=x", "updated_at__gte", "Write a day, 2026-10-31"),
        (f"tasks/?number__in={','.join('1' * 201)}", "number__in", "At most 200 values."),
        ("tasks/?number__gte=99999999999999999999", "number__gte", "2147483647"),
        ("chapters/?nubmer=1", "nubmer", "did you mean number?"),
        ("agencies/?nmae__contains=局", "nmae__contains", "did you mean name__contains?"),
        ("chapters/1/?x=1", "x", "This name is unknown."),
        ("schema/?lnag=en", "lnag", "did you mean lang?"),
        ("docs/?scirpt=1", "scirpt", "did you mean script?"),
        ("?x=1", "x", "This name is unknown."),
        ("tasks/?fields=nubmer", "fields", "did you mean number?"),
        ("tasks/?fields=measures.txet", "fields", "did you mean measures.text?"),
        ("tasks/4/?omit=lihgt", "omit", "did you mean light?"),
        ("tasks/?fields=", "fields", "Write a value, or leave the parameter away."),
        ("periods/?is_open=5", "is_open", "Write true or false."),
        ("tasks/?ordering=number,", "ordering", "This name is unknown."),
        ("tasks/?pagination=offset", "pagination", "Write page or cursor."),
        ("tasks/?cursor=x", "cursor", "This cursor is none of this list"),
        ("tasks/?pagination=cursor&page=2", "page", "no numbered pages"),
    ],
)
def test_what_cannot_be_read_is_named_with_what_is_near(
    address: str, field: str, sentence: str, office: Callable[[str], Any]
) -> None:
    told = office(address)
    assert told["status"] == 400
    assert sentence in " ".join(told["errors"][field])


def test_a_format_that_is_not_there_says_which_are(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)
    for address, known in (
        ("tasks/?format=xml", "json"),
        ("schema/?format=xml", "yaml, json"),
        ("tasks/4/?format=csv", "json"),
    ):
        answer = client.get(f"/api/v1/{address}", headers={"Accept-Language": "en"})
        assert answer.status_code == 406
        assert answer["Content-Type"] == "application/problem+json"
        assert f"Available: {known}" in answer.json()["detail"]
    assert client.get("/api/v1/tasks/?format=json").status_code == 200
    asked = client.get("/api/v1/tasks/", headers={"Accept": "text/csv", "Accept-Language": "en"})
    assert asked.status_code == 406
    assert "application/json" in asked.json()["detail"]


def test_a_page_keeps_a_lookup_of_its_address_in_its_form(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)
    page = client.get("/tasks/?number__lte=3")
    assert [row.number for row in page.context["page_obj"]] == [1, 2, 3]
    # It stays when the form narrows the list further, and has a chip to be rid of it.
    form = page.content.decode().partition("filter-row")[0].rpartition("<form")[2]
    assert '<input type="hidden" name="number__lte" value="3"' in form
    assert "number ≤：3" in page.content.decode()
    assert "number__lte" not in client.get("/tasks/").content.decode()


# --- Fields --------------------------------------------------------------------------------------


def test_fields_are_chosen_on_lists_and_on_single_things(office: Callable[[str], Any]) -> None:
    listed = office("tasks/?fields=number,measures.text&page_size=1")["results"][0]
    assert set(listed) == {"number", "measures"}
    assert set(listed["measures"][0]) == {"text"}
    one = office("tasks/4/?omit=measures,agencies.written_name,light_reason")
    assert {"measures", "light_reason"} & set(one) == set()
    assert "light" in one
    assert "written_name" not in one["agencies"][0]
    assert "name" in one["agencies"][0]
    assert set(office("chapters/1/?fields=title")) == {"title"}
    assert office("tasks/4/?fields=measures&omit=measures.text")["measures"][0].keys() == {
        "ordinal",
        "status",
        "deadline",
        "original_deadline",
    }


def test_fields_that_are_not_wanted_ask_the_database_nothing(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    client = signed_in(cast.coordinator)

    def statements(address: str) -> list[str]:
        client.get(f"/api/v1/{address}")
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/api/v1/{address}").status_code == 200
        return [one["sql"] for one in asked]

    report = client.get("/api/v1/reports/").json()["results"][0]["id"]
    for address, table in (
        (f"reports/{report}/?omit=measures,history", "progress_measureprogress"),
        (f"reports/{report}/?fields=state", "progress_reportevent"),
        ("tasks/?omit=measures,agencies", "tasks_measure"),
        ("tasks/?omit=measures,agencies", "tasks_responsibility"),
        ("reports/?omit=measures", "progress_measureprogress"),
        ("agencies/?omit=aliases", "agencies_agencyalias"),
        ("reminders/?omit=items", "progress_reminderitem"),
        ("chapters/?omit=tasks", "tasks_task"),
    ):
        assert not [one for one in statements(address) if table in one], address


# --- Cursors -------------------------------------------------------------------------------------


def walked(office: Callable[[str], Any], address: str) -> list[Any]:
    found = []
    told = office(address)
    while True:
        assert set(told) == {"next", "results"}
        found += told["results"]
        if told["next"] is None:
            return found
        told = office(told["next"].partition("/api/v1/")[2])


@pytest.mark.parametrize(
    ("ordering", "order"),
    [
        # As an index has it, which PostgreSQL takes for no other.
        ("-period", '"progress_reportingperiod"."ends_on" DESC, 1 ASC'),
        ("task", '"tasks_task"."number" ASC, '),
        ("-handed_in_on", '"progress_report"."handed_in_on" DESC NULLS LAST, '),
    ],
)
def test_what_is_never_missing_is_not_sorted_as_if_it_were(
    office: Callable[[str], Any],
    cast: Cast,
    period: ReportingPeriod,
    ordering: str,
    order: str,
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    with CaptureQueriesContext(connection) as captured:
        office(f"reports/?ordering={ordering}")
    assert [one for one in captured if f"ORDER BY {order}" in one["sql"]]


@pytest.mark.parametrize(
    "ordering", ["number", "-number", "deadline", "-deadline,-number", "chapter,-number", "-light"]
)
def test_a_walk_by_cursor_meets_every_row_once_in_order(
    ordering: str, office: Callable[[str], Any]
) -> None:
    for number, month in ((5, 3), (9, 3), (77, 1), (131, 2)):
        Task.objects.filter(number=number).update(deadline=dt.date(2027, month, 1))
    whole = office(f"tasks/?fields=number&page_size=200&ordering={ordering}")["results"]
    found = walked(
        office, f"tasks/?fields=number&pagination=cursor&page_size=50&ordering={ordering}"
    )
    assert found == whole
    assert len(found) == 131


def writer_of(agency: Agency) -> User:
    return User.objects.filter(agency=agency, role=Role.REPORTER).first() or (
        User.objects.create_user(
            username=f"w{agency.pk}", name="填报人", role=Role.REPORTER, agency=agency
        )
    )


def test_rows_that_come_meanwhile_neither_repeat_nor_hide_others(
    office: Callable[[str], Any], cast: Cast, period: ReportingPeriod
) -> None:
    for number in (4, 1, 7):
        task = task_numbered(number)
        lead = task.responsibilities.get(position=1).agency
        handed_in(task, period, writer_of(lead))
    first = office("reports/?pagination=cursor&page_size=2&ordering=-task&fields=task")
    assert [row["task"] for row in first["results"]] == [7, 4]
    task = task_numbered(9)
    handed_in(task, period, writer_of(task.responsibilities.get(position=1).agency))
    rest = office(first["next"].partition("/api/v1/")[2])
    assert [row["task"] for row in rest["results"]] == [1]
    assert rest["next"] is None


def test_a_cursor_is_of_its_order_alone_and_cannot_be_made_up(
    office: Callable[[str], Any],
) -> None:
    following = office("tasks/?pagination=cursor&page_size=1")["next"]
    [cursor] = parse_qs(urlsplit(following).query)["cursor"]
    for address in (
        f"tasks/?cursor={cursor}&ordering=-number",
        f"tasks/?cursor={cursor[:-2]}xx",
        f"reports/?cursor={cursor}",
    ):
        assert "cursor" in office(address)["errors"], address


# --- The index -----------------------------------------------------------------------------------


def test_the_index_names_every_collection_with_its_address(office: Callable[[str], Any]) -> None:
    told = office("")
    addresses = {one["name"]: one["address"] for one in told}
    assert addresses["tasks"] == "http://testserver/api/v1/tasks/"

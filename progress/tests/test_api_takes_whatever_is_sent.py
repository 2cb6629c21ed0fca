"""Whatever is sent, the answer says what is wrong with it; the API never fails over it."""

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from agencies.audit import entries_seal
from agencies.models import User
from conftest import NOW, Cast
from progress.models import Report, ReportingPeriod
from progress.tests.acts import attached, handed_in, saved, task_numbered
from progress.tests.api_calls import API, JSON, call, errors, tag_of
from tasks.deadlines import Deadline, deadlines_write

ClientOf = Callable[[User], Client]

# Between the first and the last day of the calendar in one zone, and in UTC of none.
BEFORE_ALL, AFTER_ALL = "0001-01-01T00:00:00%2B08:00", "9999-12-31T23:59:59-14:00"


@pytest.mark.parametrize(
    ("address", "field"),
    [
        (f"reports/?changed_since={BEFORE_ALL}", "changed_since"),
        (f"tasks/?changed_since={AFTER_ALL}", "changed_since"),
        ("reports/?submitted_at__gte=0001-01-01", "submitted_at__gte"),
        (f"registers/extensions/?decided_at__lt={AFTER_ALL}", "decided_at__lt"),
        (f"evidence/?added_at__gt={BEFORE_ALL}", "added_at__gt"),
        (f"tasks/4/history/?count=000000001{'9' * 30}", "count"),
        (f"tasks/4/history/?count={'1' * 6000}", "count"),
    ],
)
def test_what_no_database_holds_is_refused_by_name(
    address: str, field: str, cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    answer = call(signed_in(cast.coordinator), "get", address)
    assert answer.status_code == 400
    assert field in errors(answer)


@pytest.mark.parametrize("name", ["reports", "registers/matters", "tasks"])
def test_an_order_may_name_a_field_any_number_of_times(
    name: str, cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    field = {"reports": "period", "registers/matters": "task", "tasks": "number"}[name]
    order = ",".join([field] * 3000)
    assert call(signed_in(cast.coordinator), "get", f"{name}/?ordering={order}").status_code == 200


def test_a_cursor_of_one_list_is_none_of_another(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    reports = [saved(task_numbered(number), period, cast.reporter) for number in (4, 5)]
    for report in reports:
        attached(report.task, period, cast.reporter)
    client = signed_in(cast.coordinator)
    query = "?pagination=cursor&page_size=1&ordering=-period,"
    walk = call(client, "get", f"reports/{query}created_at").json()["next"]
    cursor = walk.partition("cursor=")[2].partition("&")[0]
    assert cursor
    assert call(client, "get", walk.partition(API)[2]).status_code == 200
    for other in ("contributions/", "reports/?ordering=task"):
        sign = "&" if "?" in other else "?"
        address = f"{other}{sign}cursor={walk.partition('cursor=')[2].partition('&')[0]}"
        address += "" if "?ordering" in other else "&ordering=-period,created_at"
        answer = call(client, "get", address)
        assert answer.status_code == 400, other
        assert "cursor" in errors(answer)


@pytest.mark.parametrize(
    "body",
    [
        r'{"\ud800": 1}',
        r'{"reason": "\udfff"}',
        r'{"rows": [{"\uD800": 1}]}',
        r'{"state": {"\ud83d": []}}',
    ],
)
@pytest.mark.parametrize("address", ["reports/", "deadlines/", "saved-lists/", "reports/approve/"])
def test_half_a_character_is_refused(
    address: str, body: str, cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    who = cast.reporter if address == "reports/" else cast.coordinator
    answer: Any = signed_in(who).post(f"{API}{address}", body, content_type=JSON)
    assert answer.status_code == 400
    assert answer.json()["type"].endswith(":invalid")


def test_two_halves_are_a_character(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    report = saved(task_numbered(4), period, cast.reporter)
    body = r'{"version": 1, "problems": "\ud83d\ude00"}'
    address = f"{API}reports/{report.pk}/"
    answer: Any = signed_in(cast.reporter).patch(address, body, content_type=JSON)
    assert answer.json()["problems"] == "😀"


def test_more_parameters_than_are_read_are_refused(cast: Cast, signed_in: ClientOf) -> None:
    many = "&".join(["status=completed"] * (settings.DATA_UPLOAD_MAX_NUMBER_FIELDS + 1))
    answer = call(signed_in(cast.coordinator), "get", f"tasks/?{many}")
    assert answer.status_code == 400
    assert answer.json()["type"].endswith(":invalid")


@pytest.mark.parametrize("address", ["evidence/", "tasks/list/?dry_run=true", "reports/"])
@pytest.mark.parametrize("kind", ["", "text/plain", "application/xml"])
def test_a_body_of_a_kind_that_is_not_read_is_refused_as_that(
    address: str, kind: str, cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    who = cast.coordinator if address.startswith("tasks") else cast.reporter
    answer = signed_in(who).generic("POST", f"{API}{address}", "ab", content_type=kind)
    assert answer.status_code == 415
    assert answer.json()["type"].endswith(":unsupported-media-type")


@pytest.fixture
def report(cast: Cast, period: ReportingPeriod) -> Report:
    attached(task_numbered(4), period, cast.reporter)
    return handed_in(task_numbered(4), period, cast.reporter)


def test_what_an_address_does_can_be_asked_of_files_too(
    cast: Cast, report: Report, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    file = f"evidence/{report.evidence.get().pk}/"
    for address in (file, "periods/2026-10/progress.xlsx", "exports/1/file/", "tasks/4/"):
        answer = call(client, "options", address)
        assert answer.status_code == 200, address
        assert answer.json()["name"]


@pytest.mark.parametrize(
    ("who", "address", "name"),
    [
        ("reporter", "tasks/4/agencies/", "division"),
        ("reporter", "tasks/4/duties/", "duties"),
        ("reporter", "agencies/{agency}/contacts/", "office"),
        ("co_reporter", "contributions/start/?task=4&agency={co_agency}", "remarks"),
        ("reporter", "changes/", "position"),
    ],
)
def test_fields_can_be_chosen_of_everything_that_is_read(
    who: str, address: str, name: str, cast: Cast, report: Report, signed_in: ClientOf
) -> None:
    agencies = {"agency": cast.reporter.agency_id, "co_agency": cast.co_reporter.agency_id}
    client, address = signed_in(getattr(cast, who)), address.format(**agencies)
    sign = "&" if "?" in address else "?"
    whole = call(client, "get", address).json()
    assert call(client, "get", f"{address}{sign}fields={name}").json() == {name: whole[name]}
    less = call(client, "get", f"{address}{sign}omit={name}").json()
    assert less == {key: value for key, value in whole.items() if key != name}
    assert call(client, "get", f"{address}{sign}fields=nothing").status_code == 400


def test_what_was_read_in_part_still_has_its_tag_compared_whole(
    cast: Cast, report: Report, signed_in: ClientOf
) -> None:
    client, address = signed_in(cast.reporter), "tasks/4/duties/"
    body = {"duties": call(client, "get", address).json()["duties"]}
    assert call(client, "put", address, body, tag=tag_of(client, address)).status_code == 200


def test_changes_name_the_parts_of_each(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    start = entries_seal()
    deadline = Deadline(task_numbered(5), None, dt.date(2027, 3, 31))
    deadlines_write(changes=[deadline], reason="年度计划", by=cast.coordinator, now=NOW)
    address = f"changes/?after={start}&kind=task&fields=results.key"
    told = call(signed_in(cast.leader), "get", address).json()
    assert told == {"results": [{"key": "5"}]}

"""Contributions by the API: begun, saved, moved, taken over, as the pages do it."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.models import Role, User
from conftest import NOW, Cast, _person
from progress.models import Contribution, Report, ReportingPeriod
from progress.tests.acts import saved, task_numbered
from progress.tests.api_calls import call, errors, post, tag_of
from tasks.models import Responsibility

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def body_of(cast: Cast, **changes: object) -> dict[str, object]:
    body: dict[str, object] = {
        "task": 4,
        "period": "2026-10",
        "agency": cast.co_reporter.agency_id,
        "version": 0,
        "measures": [{"ordinal": 1, "text": "已会同推进"}],
        "remarks": "需进一步衔接",
    }
    return body | changes


def test_an_agency_writes_and_its_lead_takes_over(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    author, lead = signed_in(cast.co_reporter), signed_in(cast.reporter)
    start = call(
        author,
        "get",
        f"contributions/start/?task=4&agency={cast.co_reporter.agency_id}&period=2026-10",
    ).json()
    assert start["version"] == 0
    made = post(author, "contributions/", body_of(cast))
    assert made.status_code == 201, made.content
    address = f"contributions/{made.json()['id']}/"
    assert made["Location"].endswith(f"/api/v1/{address}")
    assert call(lead, "get", address).status_code == 404
    changed = call(author, "patch", address, {"remarks": "已衔接"}, tag=tag_of(author, address))
    assert (changed.json()["remarks"], changed.json()["version"]) == ("已衔接", 2)
    assert changed.json()["measures"][0]["text"] == "已会同推进"
    handed = post(author, f"{address}submit/", {"version": 2})
    assert handed.json()["state"] == "submitted"
    report = saved(task_numbered(4), period, cast.reporter)
    taken = post(lead, f"{address}take-over/", {"report_version": report.version})
    assert taken.status_code == 200, taken.content
    assert taken.json()["id"] == report.pk
    assert "已会同推进" in taken.json()["measures"][0]["text"]
    assert "已衔接" in taken.json()["problems"]
    assert taken["ETag"] == tag_of(lead, f"reports/{report.pk}/")


def test_a_lead_begins_its_report_by_taking_over(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    author, lead = signed_in(cast.co_reporter), signed_in(cast.reporter)
    pk = post(author, "contributions/", body_of(cast)).json()["id"]
    post(author, f"contributions/{pk}/submit/")
    assert post(lead, f"contributions/{pk}/take-over/", {"report_version": 1}).status_code == 409
    taken = post(lead, f"contributions/{pk}/take-over/", {"report_version": 0})
    assert taken.json()["version"] == 1


def test_what_goes_back_is_its_agencys_own_again(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    author, lead = signed_in(cast.co_reporter), signed_in(cast.reporter)
    address = f"contributions/{post(author, 'contributions/', body_of(cast)).json()['id']}/"
    post(author, f"{address}submit/")
    silent = post(lead, f"{address}return/")
    assert (silent.status_code, list(errors(silent))) == (422, ["reason"])
    returned = post(lead, f"{address}return/", {"reason": "请补充数据"})
    assert (returned.status_code, returned.content) == (204, b"")
    assert call(author, "get", address).json()["state"] == "returned"
    assert call(lead, "get", address).status_code == 404


def test_two_who_write_at_once_lose_nothing(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    second = _person("co2", "钱二", Role.REPORTER, "市发展改革委")
    made = post(signed_in(cast.co_reporter), "contributions/", body_of(cast))
    address = f"contributions/{made.json()['id']}/"
    client = signed_in(second)
    read = tag_of(client, address)
    call(signed_in(cast.co_reporter), "patch", address, {"remarks": "先写的", "version": 1})
    by_tag = call(client, "patch", address, {"remarks": "后写的"}, tag=read)
    assert (by_tag.status_code, by_tag.json()["stored"]["remarks"]) == (412, "先写的")
    by_version = call(client, "put", address, {"remarks": "后写的", "version": 1})
    assert by_version.status_code == 409
    assert by_version.json()["type"].endswith("stale-version")
    assert by_version.json()["stored"]["remarks"] == "先写的"
    assert by_version.json()["sent"]["remarks"] == "后写的"
    assert call(client, "put", address, {"remarks": "后写的"}).status_code == 428


def test_a_whole_contribution_replaces_what_it_leaves_out(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.co_reporter)
    address = f"contributions/{post(client, 'contributions/', body_of(cast)).json()['id']}/"
    whole = call(client, "put", address, {"version": 1, "remarks": "只留此句"}).json()
    assert (whole["remarks"], [one["text"] for one in whole["measures"] if one["text"]]) == (
        "只留此句",
        [],
    )


def test_many_say_at_once_that_they_have_nothing_to_add(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    agency = cast.co_reporter.agency_id
    parts = Responsibility.objects.filter(agency=agency, position__gt=1)
    numbers = sorted(parts.values_list("task__number", flat=True))[:3]
    rows = [{"task": number, "period": "2026-10", "agency": agency} for number in numbers]
    client = signed_in(cast.co_reporter)
    seen = post(client, "contributions/nothing/?dry_run=true", {"rows": rows})
    assert (seen.status_code, len(seen.json()["rows"])) == (200, 3)
    assert not Contribution.objects.exists()
    told = post(client, "contributions/nothing/", {"rows": rows})
    assert told.status_code == 201
    assert [one["task"] for one in told.json()["rows"]] == numbers
    assert all(one["nothing_to_add"] for one in told.json()["rows"])
    assert post(client, "contributions/nothing/", rows[0]).status_code == 201


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"task": 132}, 400, "task"),
        ({"agency": 999_999}, 400, "agency"),
        ({"period": "2019-01"}, 400, "period"),
        ({"measures": [{"ordinal": 99, "text": "x"}]}, 400, "measures"),
        ({"measures": [{"ordinal": 1, "text": "a"}, {"ordinal": 1, "text": "b"}]}, 400, "measures"),
        ({"remark": "x"}, 400, "remark"),
        ({"remarks": "字" * 10_001}, 400, "remarks"),
    ],
)
def test_bad_input_is_named_by_field(
    changes: dict[str, object],
    status: int,
    field: str,
    cast: Cast,
    period: ReportingPeriod,
    signed_in: ClientOf,
) -> None:
    answer = post(signed_in(cast.co_reporter), "contributions/", body_of(cast, **changes))
    assert (answer.status_code, list(errors(answer))) == (status, [field])
    assert not Contribution.objects.exists()


def test_nobody_writes_for_another_agency(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    for who in (cast.reporter, cast.stranger, cast.coordinator, cast.leader):
        assert post(signed_in(who), "contributions/", body_of(cast)).status_code == 403
    assert not Report.objects.exists()


def test_what_a_reader_may_read_is_counted_whichever_way(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    author, office = signed_in(cast.co_reporter), signed_in(cast.coordinator)
    pk = post(author, "contributions/", body_of(cast)).json()["id"]

    def counts(client: Client) -> list[int]:
        asked = ("", "?period=2026-10", "?task=4", "?state=submitted", "?search=已会同")
        return [call(client, "get", f"contributions/{one}").json()["count"] for one in asked]

    # Nobody has handed it over: its own agency alone reads it.
    assert counts(author) == [1, 1, 1, 0, 1]
    assert counts(office) == [0, 0, 0, 0, 0]
    post(author, f"contributions/{pk}/submit/", {"version": 1})
    assert counts(author) == counts(office) == [1, 1, 1, 1, 1]

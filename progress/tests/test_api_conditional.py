"""Conditional requests: what is known already is not sent again, what has changed is not written
over."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from agencies.models import User
from conftest import Cast
from progress.models import Report, ReportingPeriod
from progress.tests.acts import attached, handed_in, saved, task_numbered
from progress.workflow import report_save

ClientOf = Callable[[User], Client]
JSON = "application/json"


@pytest.fixture
def report(cast: Cast, period: ReportingPeriod) -> Report:
    return saved(task_numbered(4), period, cast.reporter)


def compressed(tag: str) -> list[str]:
    """What nginx and others make of a tag where they compress the answer."""
    bare = tag.removesuffix('"')
    return [f"W/{tag}", *(f'{bare}{end}"' for end in ("-gzip", "--gzip", ";gzip", "-br", "-zstd"))]


def put(client: Client, report: Report, *, tag: str | None = None, **body: Any) -> Any:
    """Save the report whole, with `problems` as the body says."""
    stored = client.get(f"/api/v1/reports/{report.pk}/").json()
    whole = {k: stored[k] for k in ("measures", "problems", "next_steps", "coordination")}
    headers = {} if tag is None else {"If-Match": tag}
    return client.put(f"/api/v1/reports/{report.pk}/", whole | body, JSON, headers=headers)


@pytest.mark.parametrize(
    "address", ["tasks/", "tasks/4/", "periods/", "periods/2026-10/", "overview/", "reports/"]
)
def test_what_is_known_already_is_not_sent_again(
    address: str, cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    first = client.get(f"/api/v1/{address}")
    tag = first["ETag"]
    # That of a list says that nothing was changed, and not that its bytes are the same.
    assert tag.startswith('W/"' if address in {"tasks/", "periods/", "reports/"} else '"')
    bare = tag.removeprefix("W/")
    for known in (bare, f"W/{bare}", f'"other", {tag}', "*", *compressed(bare)):
        again = client.get(f"/api/v1/{address}", headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again["ETag"] == tag
        assert "Accept-Language" in again["Vary"]
    assert client.get(f"/api/v1/{address}", headers={"If-None-Match": '"x"'}).status_code == 200
    assert client.head(f"/api/v1/{address}")["ETag"] == tag


def test_another_language_is_another_representation(
    cast: Cast, period: ReportingPeriod, report: Report, signed_in: ClientOf
) -> None:
    client = signed_in(cast.reporter)
    chinese = client.get("/api/v1/tasks/4/")
    english = client.get("/api/v1/tasks/4/", headers={"Accept-Language": "en"})
    assert (chinese["ETag"] == english["ETag"]) == (chinese.content == english.content)


def test_a_file_is_known_by_its_bytes(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    evidence = attached(task_numbered(4), period, cast.reporter)
    client, address = signed_in(cast.reporter), f"/api/v1/evidence/{evidence.pk}/"
    first = client.get(address)
    first.getvalue()
    assert first["ETag"] == f'"{evidence.file.sha256}"'
    for known in (first["ETag"], *compressed(first["ETag"])):
        assert client.get(address, headers={"If-None-Match": known}).status_code == 304


def test_a_write_says_by_tag_or_version_what_it_starts_from(
    cast: Cast, report: Report, signed_in: ClientOf
) -> None:
    client, address = signed_in(cast.reporter), f"/api/v1/reports/{report.pk}/"
    unsaid = put(client, report, problems="未说明起点")
    assert unsaid.status_code == 428
    assert unsaid.json()["type"].endswith("precondition-required")
    assert client.patch(address, {"problems": "甲"}, JSON).status_code == 428
    read = client.get(address)
    by_tag = put(client, report, tag=read["ETag"], problems="按标签")
    assert by_tag.status_code == 200
    assert by_tag["ETag"] == client.get(address)["ETag"] != read["ETag"]
    by_version = client.patch(address, {"problems": "按版本", "version": 2}, JSON)
    assert by_version.json()["problems"] == "按版本"


def test_a_stale_tag_is_refused_with_what_is_stored(
    cast: Cast, report: Report, signed_in: ClientOf
) -> None:
    first, second = signed_in(cast.reporter), signed_in(cast.colleague)
    address = f"/api/v1/reports/{report.pk}/"
    read = second.get(address)["ETag"]
    put(first, report, version=1, problems="先写的")
    refused = put(second, report, tag=read, problems="后写的")
    assert refused.status_code == 412
    assert refused["Content-Type"] == "application/problem+json"
    assert refused.json()["stored"]["problems"] == "先写的"
    assert refused["ETag"] == second.get(address)["ETag"]
    assert Report.objects.get().problems == "先写的"


@pytest.mark.parametrize(
    ("made_of", "status"),
    [
        ("{tag}", 200),
        ('"other", {tag}', 200),
        ("*", 200),
        ('"other"', 412),
        ('W/"other"', 412),
        ('"other-gzip"', 412),
        ("no tag at all", 412),
    ],
)
def test_something_is_written_where_its_tag_is_named(
    made_of: str, status: int, cast: Cast, report: Report, signed_in: ClientOf
) -> None:
    client = signed_in(cast.reporter)
    tag = client.get(f"/api/v1/reports/{report.pk}/")["ETag"]
    answer = put(client, report, tag=made_of.format(tag=tag), problems="改")
    assert answer.status_code == status


def test_a_tag_that_a_proxy_has_changed_is_still_that_of_what_was_read(
    cast: Cast, report: Report, signed_in: ClientOf
) -> None:
    """nginx makes the tag of what it compresses weak, others write the coding into it."""
    client, address = signed_in(cast.reporter), f"/api/v1/reports/{report.pk}/"
    for number in range(len(compressed('""'))):
        stale = client.get(address)["ETag"]
        written = put(client, report, tag=compressed(stale)[number], problems=f"第{number}次")
        assert written.status_code == 200
        assert put(client, report, tag=compressed(stale)[number]).status_code == 412
    # The tag of a list says that nothing was changed, which is no word on what is stored of it.
    weak = client.get("/api/v1/reports/")["ETag"]
    assert weak.startswith("W/")
    body = {"task": 5, "period": "2026-10"}
    refused = client.post("/api/v1/reports/", body, JSON, headers={"If-Match": weak})
    assert refused.status_code == 412


def test_nothing_is_written_where_there_is_to_be_nothing_yet(
    cast: Cast, report: Report, signed_in: ClientOf
) -> None:
    client, address = signed_in(cast.reporter), f"/api/v1/reports/{report.pk}/"
    answer = client.patch(
        address, {"version": 1, "problems": "x"}, JSON, headers={"If-None-Match": "*"}
    )
    assert answer.status_code == 412


def test_a_move_is_made_on_what_was_seen(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter)
    office, address = signed_in(cast.coordinator), f"/api/v1/reports/{report.pk}/"
    seen = office.get(address)["ETag"]
    office.post(f"{address}take-up/", {}, JSON)
    stale = office.post(f"{address}approve/", {}, JSON, headers={"If-Match": seen})
    assert stale.status_code == 412
    now = office.get(address)["ETag"]
    done = office.post(f"{address}approve/", {}, JSON, headers={"If-Match": now})
    assert done.json()["state"] == "approved"
    assert done["ETag"] == office.get(address)["ETag"]


def test_who_may_not_know_of_it_is_not_told_by_a_condition(
    cast: Cast, report: Report, signed_in: ClientOf
) -> None:
    answer = put(signed_in(cast.reporter), report, version=1)
    assert answer.status_code == 200
    stranger = signed_in(cast.stranger)
    for header in ("If-Match", "If-None-Match"):
        refused = stranger.patch(
            f"/api/v1/reports/{report.pk}/", {}, JSON, headers={header: '"guess"'}
        )
        assert refused.status_code == 404


def test_between_the_comparison_and_the_write_nobody_slips_in(
    cast: Cast, report: Report, signed_in: ClientOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody saves after If-Match was found to hold: the version that was compared went along."""
    from progress.api import reports
    from progress.tests.acts import content

    def slowly(**given: Any) -> Report:
        report_save(
            task=report.task,
            period=report.period,
            by=cast.colleague,
            now=given["now"],
            content=content(report.task, coordination="同事抢先"),
            version=1,
        )
        return report_save(**given)

    client = signed_in(cast.reporter)
    tag = client.get(f"/api/v1/reports/{report.pk}/")["ETag"]
    monkeypatch.setattr(reports, "report_save", slowly)
    answer = put(client, report, tag=tag, problems="晚了一步")
    assert answer.status_code == 409
    assert json.loads(answer.content)["stored"]["coordination"] == "同事抢先"


def test_what_is_made_in_a_list_may_rest_on_the_list_that_was_read(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.reporter)
    body = {"page": "tasks", "name": "第一章", "query": "chapter=1"}
    address = "/api/v1/saved-lists/"
    read = client.get(address)["ETag"]
    made = client.post(address, body, JSON, headers={"If-Match": read})
    assert made.status_code == 201
    again = client.post(address, body | {"name": "另一"}, JSON, headers={"If-Match": read})
    assert (again.status_code, len(again.json()["stored"]["results"])) == (412, 1)


def test_where_nothing_is_read_nothing_that_was_read_can_match(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    answer = signed_in(cast.coordinator).post(
        "/api/v1/deadlines/", {}, JSON, headers={"If-Match": "*"}
    )
    assert answer.status_code == 412

"""The audit trail through the API: auditors read all of it and nobody else any."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from agencies.models import AuditEntry, User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.tests.acts import handed_in, task_numbered


def test_an_auditor_finds_who_did_what_and_no_text(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    report = handed_in(task_numbered(4), period, cast.reporter, coordination="请协调用地指标")
    answer = signed_in(cast.auditor).get(
        "/api/v1/audit-trail/", {"kind": "report", "ordering": "-position"}
    )
    submitted, saved = answer.json()["results"][:2]
    assert (submitted["act"], saved["act"]) == ("report.submit", "report.save")
    assert submitted["position"] > saved["position"]
    assert (saved["by"], saved["username"]) == (cast.reporter.name, cast.reporter.username)
    assert saved["thing"] == report.pk
    # It was done by the test itself, and not by a request.
    assert (submitted["via"], submitted["address"], submitted["is_change"]) == (
        "server",
        None,
        True,
    )
    assert submitted["changes"]["state"] == ["draft", "submitted"]
    assert saved["changes"]["coordination"][1]["length"] == 7
    assert "请协调用地指标" not in answer.content.decode()


def test_it_is_narrowed_by_moment_person_and_act(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    handed_in(task_numbered(4), period, cast.reporter)
    client = signed_in(cast.auditor)

    def acts(**parameters: str | int) -> list[str]:
        answer = client.get("/api/v1/audit-trail/", {"page_size": 200, **parameters})
        assert answer.status_code == 200, answer.content
        return [one["act"] for one in answer.json()["results"]]

    assert acts(act="report.submit") == ["report.submit"]
    assert set(acts(by=cast.coordinator.pk)) == {"period.open"}
    assert set(acts(by=cast.reporter.pk, act__startswith="report.")) == {
        "report.save",
        "report.submit",
    }
    assert acts(at__gte="2026-10-23T00:00:00+08:00", is_change="true") == []


def test_an_address_is_compared_as_one_and_searched_as_text(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    """PostgreSQL takes for an address nothing that is none; a part of one is text."""
    AuditEntry.objects.create(
        at=NOW, via="page", address="192.0.2.7", act="user.sign_out", kind="user", thing=1
    )
    client = signed_in(cast.auditor)
    for parameters, found in (
        ("address__in=192.0.2.7,192.0.2.8", 1),
        ("address__in=::ffff:192.0.2.7", 1),
        ("address__in=192.0.2.8", 0),
        ("address__contains=0.2", 1),
        ("address__startswith=192.", 1),
        ("address=192.", 1),
    ):
        answer = client.get(f"/api/v1/audit-trail/?act=user.sign_out&{parameters}")
        assert answer.status_code == 200, answer.content
        assert len(answer.json()["results"]) == found, parameters
    for wrong in ("address__in=nothing", "address__in=192.0.2.7,999.1.1.1"):
        answer = client.get(f"/api/v1/audit-trail/?{wrong}")
        assert (answer.status_code, list(answer.json()["errors"])) == (400, ["address__in"])


@pytest.mark.parametrize("who", ["coordinator", "leader", "administrator", "reporter"])
def test_nobody_else_reads_it(who: str, cast: Cast, signed_in: Callable[[User], Client]) -> None:
    with time_machine.travel(NOW, tick=False):
        answer = signed_in(getattr(cast, who)).get("/api/v1/audit-trail/")
    assert answer.status_code == 403

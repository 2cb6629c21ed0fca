"""Entries of the registers by the API: extensions, completions, results; and errata, evidence."""

import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.closings import period_close_with_edition
from progress.models import Edition, Evidence, Policy, Report, ReportingPeriod
from progress.tests.acts import approved, attached, handed_in, saved, task_numbered
from progress.tests.api_calls import bytes_of, call, errors, post, tag_of, upload
from progress.tests.files import pdf, uploaded
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Status

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def dated(cast: Cast, period: ReportingPeriod) -> None:
    """Task 4 is due at the end of November."""
    deadlines_write(
        changes=[Deadline(task_numbered(4), None, dt.date(2026, 11, 30))],
        reason="按年度计划",
        by=cast.coordinator,
        now=NOW,
    )


# --- Extensions --------------------------------------------------------------------------------


def test_a_lead_asks_for_a_later_deadline_and_a_coordinator_grants_it(
    cast: Cast, dated: None, signed_in: ClientOf
) -> None:
    lead, office = signed_in(cast.reporter), signed_in(cast.coordinator)
    body = {"task": 4, "period": "2026-10", "new_deadline": "2026-12-31", "reason": "需补充论证"}
    early = post(lead, "registers/extensions/", body | {"new_deadline": "2026-11-01"})
    assert (early.status_code, list(errors(early))) == (422, ["new_deadline"])
    assert post(signed_in(cast.co_reporter), "registers/extensions/", body).status_code == 403
    made = post(lead, "registers/extensions/", body)
    assert made.status_code == 201, made.content
    address = f"registers/extensions/{made.json()['id']}/"
    assert made["Location"].endswith(address)
    tag = tag_of(office, address)
    assert post(lead, f"{address}grant/").status_code == 403
    silent = post(office, f"{address}refuse/")
    assert (silent.status_code, list(errors(silent))) == (422, ["reason"])
    granted = post(office, f"{address}grant/", tag=tag)
    assert granted.json()["state"] == "granted"
    assert granted["ETag"] == tag_of(office, address) != tag
    assert task_numbered(4).deadline == dt.date(2026, 12, 31)
    assert post(lead, f"{address}withdraw/").status_code == 409
    assert post(office, f"{address}refuse/", {"reason": "改"}, tag=tag).status_code == 412


def test_who_asked_takes_it_back(cast: Cast, dated: None, signed_in: ClientOf) -> None:
    lead = signed_in(cast.reporter)
    body = {"task": 4, "period": "2026-10", "new_deadline": "2026-12-31", "reason": "需补充论证"}
    pk = post(lead, "registers/extensions/", body).json()["id"]
    assert (
        post(signed_in(cast.coordinator), f"registers/extensions/{pk}/withdraw/").status_code == 403
    )
    assert post(lead, f"registers/extensions/{pk}/withdraw/").json()["state"] == "withdrawn"


# --- Completions -------------------------------------------------------------------------------


def test_a_completion_is_granted_with_its_report_and_reopened(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    office = signed_in(cast.coordinator)
    report = handed_in(task_numbered(4), period, cast.reporter, Status.COMPLETED)
    refused = [{"ordinal": 1, "reason": "佐证不足"}]
    post(office, f"reports/{report.pk}/approve/", {"refused_completions": refused})
    found = call(office, "get", "registers/completions/").json()["results"]
    by_measure = {one["measure"]: one for one in found}
    assert by_measure[1]["state"] == "refused"
    granted = f"registers/completions/{by_measure[2]['id']}/"
    assert post(signed_in(cast.reporter), f"{granted}reopen/").status_code == 403
    silent = post(office, f"{granted}reopen/")
    assert (silent.status_code, list(errors(silent))) == (422, ["reason"])
    again = post(office, f"{granted}reopen/", {"reason": "抽查发现未落实"})
    assert again.json()["state"] == "reopened"
    one = f"registers/completions/{by_measure[1]['id']}/"
    assert post(office, f"{one}reopen/", {"reason": "改"}).status_code == 409


# --- Results -----------------------------------------------------------------------------------


def test_a_result_is_entered_and_struck_out(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    lead = signed_in(cast.reporter)
    body = {
        "task": 4,
        "period": "2026-10",
        "kind": "first",
        "title": "首例",
        "came_on": "2026-10-09",
    }
    ahead = post(lead, "registers/results/", body | {"came_on": "2026-12-01"})
    assert (ahead.status_code, list(errors(ahead))) == (422, ["came_on"])
    assert Report.objects.count() == 0
    address = f"registers/results/{post(lead, 'registers/results/', body).json()['id']}/"
    assert (
        post(signed_in(cast.co_reporter), f"{address}strike/", {"reason": "x"}).status_code == 403
    )
    assert errors(post(lead, f"{address}strike/")).keys() == {"reason"}
    struck = post(lead, f"{address}strike/", {"reason": "重复填报"})
    assert struck.status_code == 200
    assert post(lead, f"{address}strike/", {"reason": "重复填报"}).status_code == 409


# --- Errata ------------------------------------------------------------------------------------


def test_a_closed_period_is_corrected_with_an_edition_of_its_own(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    office = signed_in(cast.coordinator)
    report = approved(task_numbered(4), period, cast.reporter, cast.coordinator)
    body = {
        "report": report.pk,
        "field": "status",
        "measure": 1,
        "new": "ongoing",
        "reason": "口径",
    }
    assert post(office, "errata/", body).status_code == 409
    period_close_with_edition(period=period, by=cast.coordinator, now=NOW)
    assert post(signed_in(cast.reporter), "errata/", body).status_code == 403
    same = post(office, "errata/", body | {"new": "in_progress"})
    assert (same.status_code, list(errors(same))) == (422, ["new"])
    assert post(office, "errata/", body | {"old": "completed"}).status_code == 409
    made = post(office, "errata/", body)
    assert (made.status_code, made.json()["number"]) == (201, 1)
    assert Edition.objects.filter(period=period).count() == 2


# --- Evidence ----------------------------------------------------------------------------------


def attach(client: Client, file: Any, **fields: str) -> Any:
    return upload(client, "evidence/", file, task="4", period="2026-10", **fields)


def test_a_file_is_attached_read_and_removed(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    lead = signed_in(cast.reporter)
    made = attach(lead, uploaded(pdf()), measure="1")
    assert made.status_code == 201, made.content
    assert (made.json()["name"], made.json()["measure"]) == ("佐证.pdf", 1)
    address = f"evidence/{made.json()['id']}/"
    assert bytes_of(lead, address) == pdf()
    assert attach(lead, uploaded(pdf()), measure="1").json()["id"] == made.json()["id"]
    later = attach(lead, uploaded(pdf("另一版")), measure="1", replaces=str(made.json()["id"]))
    assert later.json()["replaces"] == made.json()["id"]
    assert call(lead, "delete", address).status_code == 409
    address = f"evidence/{later.json()['id']}/"
    assert call(signed_in(cast.co_reporter), "delete", address).status_code == 403
    assert call(signed_in(cast.stranger), "delete", address).status_code == 404
    assert call(lead, "delete", address, tag='"other"').status_code == 412
    gone = call(lead, "delete", address, tag=f'"{later.json()["sha256"]}"')
    assert (gone.status_code, gone.content) == (204, b"")
    assert Evidence.objects.standing().count() == 0


def test_a_file_goes_with_an_agencys_contribution(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    agency = str(cast.co_reporter.agency_id)
    made = attach(signed_in(cast.co_reporter), uploaded(pdf()), agency=agency)
    assert made.json()["contributed_by"] == "市发展改革委"
    assert attach(signed_in(cast.reporter), uploaded(pdf()), agency=agency).status_code == 403


def test_files_are_checked_as_on_the_page(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    lead = signed_in(cast.reporter)
    assert "file" in errors(attach(lead, uploaded(b"MZ\x90", "程序.exe")))
    wrong = attach(lead, uploaded(b"MZ\x90", "程序.pdf"))
    assert (wrong.status_code, list(errors(wrong))) == (422, ["file"])
    unknown = attach(lead, uploaded(pdf()), replaces="999999")
    assert (unknown.status_code, list(errors(unknown))) == (400, ["replaces"])
    Policy.objects.update_or_create(pk=1, defaults={"evidence_megabytes": 1})
    within = attach(lead, uploaded(pdf() + b"\0" * 1_500_000))
    beyond = attach(lead, uploaded(pdf() + b"\0" * 3_000_000))
    assert (within.status_code, beyond.status_code) == (413, 413)
    json = post(lead, "evidence/", {"task": 4})
    assert json.status_code == 415
    assert not Evidence.objects.exists()


def test_what_was_handed_in_takes_no_file(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    evidence = attached(task_numbered(4), period, cast.reporter)
    report = saved(task_numbered(4), period, cast.reporter)
    post(signed_in(cast.reporter), f"reports/{report.pk}/submit/", {"reason": "其他单位未反馈"})
    assert attach(signed_in(cast.reporter), uploaded(pdf("再一份"))).status_code == 409
    removed = call(signed_in(cast.reporter), "delete", f"evidence/{evidence.pk}/")
    assert removed.status_code == 409

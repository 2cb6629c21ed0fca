"""What coordinators and administrators set by the API, and the previews before it."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.exports import exports_make
from progress.models import (
    CalendarCorrection,
    ExportJob,
    Policy,
    Reminder,
    ReminderPause,
    ReportingPeriod,
)
from progress.tests.acts import contributions_owed_by_nobody, saved, task_numbered
from progress.tests.api_calls import bytes_of, call, errors, post, tag_of, upload
from progress.tests.files import uploaded
from tasks.importing import DEFAULT_LIST
from tasks.models import Responsibility

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


# --- Rules and calendar ------------------------------------------------------------------------


def test_rules_are_changed_from_what_was_read(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    office = signed_in(cast.coordinator)
    read = call(office, "get", "rules/")
    assert call(office, "patch", "rules/", {"yellow_working_days": 9}).status_code == 428
    seen = call(office, "patch", "rules/?dry_run=true", {"yellow_working_days": 9})
    assert seen.json()["changed"] + seen.json()["unchanged"] == 131
    assert Policy.current().yellow_working_days != 9
    done = call(office, "patch", "rules/", {"yellow_working_days": 9}, tag=read["ETag"])
    assert (done.status_code, done.json()["yellow_working_days"]) == (200, 9)
    assert Policy.current().yellow_working_days == 9
    late = call(office, "patch", "rules/", {"yellow_working_days": 8}, tag=read["ETag"])
    assert (late.status_code, late.json()["stored"]["yellow_working_days"]) == (412, 9)
    version = read.json()["version"]
    stale = call(office, "patch", "rules/", {"yellow_working_days": 8, "version": version})
    assert stale.status_code == 409
    now = done.json()["version"]
    unruly = call(office, "patch", "rules/", {"due_day": 5, "opens_day": 20, "version": now})
    assert (unruly.status_code, list(errors(unruly))) == (422, ["due_day"])
    unread = call(office, "patch", "rules/", {"due_day": "soon", "version": now})
    assert (unread.status_code, list(errors(unread))) == (400, ["due_day"])
    misspelt = call(office, "patch", "rules/", {"due_days": 5, "version": now})
    assert (misspelt.status_code, list(errors(misspelt))) == (400, ["due_days"])
    assert call(signed_in(cast.leader), "patch", "rules/", {}).status_code == 403


def test_days_are_corrected_and_taken_back(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    keeper = signed_in(cast.administrator)
    rows = [
        {"day": "2026-11-07", "working": True, "note": "调休"},
        {"day": "2026-11-09", "working": False},
    ]
    assert post(signed_in(cast.coordinator), "calendar/", rows[0]).status_code == 403
    done = post(keeper, "calendar/", {"rows": rows})
    assert (done.status_code, len(done.json()["rows"])) == (201, 2)
    twice = post(keeper, "calendar/", rows[0])
    assert (twice.status_code, list(errors(twice))) == (422, ["day"])
    assert call(keeper, "get", "calendar/2026-11-07/").json()["note"] == "调休"
    tag = tag_of(keeper, "calendar/2026-11-07/")
    assert call(keeper, "delete", "calendar/2026-11-07/", tag=tag).status_code == 204
    assert call(keeper, "delete", "calendar/2026-11-07/").status_code == 404
    assert call(keeper, "get", "calendar/2026-13-07/").status_code == 404
    assert CalendarCorrection.objects.count() == 1


# --- Who answers -------------------------------------------------------------------------------


def test_a_task_is_given_to_others(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    office = signed_in(cast.coordinator)
    read = call(office, "get", "tasks/4/agencies/")
    agencies = [{k: one[k] for k in ("agency", "role")} for one in read.json()["agencies"]]
    body = {"division": read.json()["division"], "agencies": agencies[:2], "reason": "职责调整"}
    assert call(office, "put", "tasks/4/agencies/", body).status_code == 428
    done = call(office, "put", "tasks/4/agencies/", body, tag=read["ETag"])
    assert (done.status_code, len(done.json()["agencies"])) == (200, 2), done.content
    stale = call(office, "put", "tasks/4/agencies/", body | {"version": read.json()["version"]})
    assert stale.status_code == 409
    body["version"] = done.json()["version"]
    nobody = call(office, "put", "tasks/4/agencies/", body | {"agencies": []})
    assert (nobody.status_code, list(errors(nobody))) == (422, ["agencies"])
    assert call(signed_in(cast.reporter), "put", "tasks/4/agencies/", body).status_code == 403
    assert Responsibility.objects.filter(task__number=4).count() == 2


def test_a_lead_says_which_measures_concern_whom(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    lead = signed_in(cast.reporter)
    read = call(lead, "get", "tasks/4/duties/")
    duties = [{**one, "measures": [1]} for one in read.json()["duties"]]
    assert call(lead, "put", "tasks/4/duties/", {"duties": duties}).status_code == 428
    done = call(lead, "put", "tasks/4/duties/", {"duties": duties}, tag=read["ETag"])
    assert (done.status_code, done.json()["duties"]) == (200, duties), done.content
    late = call(lead, "put", "tasks/4/duties/", {"duties": duties}, tag=read["ETag"])
    assert late.status_code == 412
    tag = tag_of(lead, "tasks/4/duties/")
    silent = call(lead, "put", "tasks/4/duties/", {"duties": duties[:1]}, tag=tag)
    assert (silent.status_code, list(errors(silent))) == (422, ["duties"])
    office = signed_in(cast.coordinator)
    assert call(office, "put", "tasks/4/duties/", {"duties": duties}, tag=tag).status_code == 403
    assert call(signed_in(cast.stranger), "get", "tasks/4/duties/").status_code == 403


# --- Reminders ---------------------------------------------------------------------------------


def test_reminders_are_paused_and_go_on(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    office = signed_in(cast.coordinator)
    body = {"task": 4, "from_on": "2026-10-22", "until": None, "reason": "机构调整"}
    both = post(office, "reminder-pauses/", body | {"period": "2026-10"})
    assert both.status_code == 400
    assert post(signed_in(cast.reporter), "reminder-pauses/", body).status_code == 403
    silent = post(office, "reminder-pauses/", body | {"reason": ""})
    assert (silent.status_code, list(errors(silent))) == (422, ["reason"])
    made = post(office, "reminder-pauses/", body)
    assert (made.status_code, made.json()["task"]) == (201, 4)
    address = f"reminder-pauses/{made.json()['id']}/"
    ended = post(office, f"{address}end/", tag=tag_of(office, address))
    assert ended.json()["ended_by"] == str(cast.coordinator)
    assert post(signed_in(cast.reporter), f"{address}end/").status_code == 403
    rows = [body | {"task": number} for number in (4, 5)]
    assert post(office, "reminder-pauses/", {"rows": rows}).status_code == 201
    assert ReminderPause.objects.count() == 3


def test_agencies_are_reminded_of_what_was_looked_at(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    contributions_owed_by_nobody()
    office = signed_in(cast.coordinator)
    body = {"period": "2026-10", "tasks": [4], "note": "请尽快填报"}
    seen = post(office, "reminders/by-hand/?dry_run=true", body)
    assert [one["name"] for one in seen.json()["agencies"]] == ["市数据局"]
    assert not Reminder.objects.exists()
    assert post(office, "reminders/by-hand/", body).status_code == 400
    wrong: dict[str, list[str]] = {"items": [], "messages": []}
    assert post(office, "reminders/by-hand/", body | {"seen": wrong}).status_code == 409
    done = post(office, "reminders/by-hand/", body | {"seen": seen.json()["seen"]})
    assert done.json()["people"] == seen.json()["people"] > 0
    assert Reminder.objects.filter(asked_by=cast.coordinator).exists()
    assert post(signed_in(cast.reporter), "reminders/by-hand/", body).status_code == 403


# --- Exports -----------------------------------------------------------------------------------


def test_an_export_is_asked_for_called_off_and_asked_again(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    saved(task_numbered(4), period, cast.reporter)
    office = signed_in(cast.coordinator)
    body = {"period": "2026-10", "filters": {"chapter": ["1"]}, "edition": "public"}
    assert post(signed_in(cast.leader), "exports/", body).status_code == 403
    unread = post(office, "exports/", body | {"filters": {"chapter": ["99"]}})
    assert (unread.status_code, list(errors(unread))) == (400, ["chapter"])
    asked = post(office, "exports/", body)
    assert (asked.status_code, asked.json()["state"]) == (202, "waiting")
    address = f"exports/{asked.json()['id']}/"
    assert asked["Location"].endswith(address)
    assert call(office, "get", f"{address}file/").status_code == 404
    assert post(office, f"{address}cancel/").json()["state"] == "cancelled"
    assert post(office, f"{address}cancel/").status_code == 409
    again = post(office, f"{address}again/")
    assert (again.status_code, again["Location"] != asked["Location"]) == (202, True)
    exports_make(clock=lambda: NOW)
    export = ExportJob.objects.get(pk=again.json()["id"])
    assert bytes_of(office, f"exports/{export.pk}/file/")[:2] == b"PK"
    assert export.file is not None
    assert tag_of(office, f"exports/{export.pk}/file/") == f'"{export.file.sha256}"'


# --- The list ----------------------------------------------------------------------------------


def test_a_revised_list_is_imported_after_a_look(cast: Cast, signed_in: ClientOf) -> None:
    office, text = signed_in(cast.coordinator), DEFAULT_LIST.read_text()
    title = task_numbered(4).title
    assert title in text

    def send(content: str, query: str = "", **fields: str) -> Any:
        file = uploaded(content.encode(), "清单.txt")
        return upload(office, f"tasks/list/{query}", file, **fields)

    revised = text.replace(title, f"{title}（修订）", 1)
    seen = send(revised, "?dry_run=true")
    assert seen.json()["tasks_updated"] == [4]
    assert send(revised).status_code == 400
    assert send(revised, seen="other").status_code == 409
    faulty = send("no list at all", "?dry_run=true")
    assert (faulty.status_code, list(errors(faulty))) == (422, ["file"])
    done = send(revised, seen=seen.json()["seen"])
    assert done.json()["updated"] == 1
    assert task_numbered(4).title.endswith("（修订）")

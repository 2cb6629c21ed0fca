"""The pages on which agencies change: a task's agencies, a new name, a merger."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, User
from conftest import NOW, TODAY, Cast
from progress.models import ReportingPeriod
from progress.tests.acts import saved, task_numbered
from progress.tests.agencies_changed import merged
from tasks.models import ResponsibilityChange
from tasks.responsibilities import parts_of

OLD, NEW = "市发展改革委", "市工业和信息化局"
LISTED = "市数据局、市发展改革委、市工业和信息化局"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


def agency(name: str) -> Agency:
    return Agency.objects.get(name=name)


def filled(*parts: tuple[str, str], **fields: str) -> dict[str, str]:
    rows = {"count": str(len(parts)), "division": "lead_compiles", "reason": "职责调整"}
    for place, (name, role) in enumerate(parts, start=1):
        rows |= {f"part{place}-agency": str(agency(name).pk), f"part{place}-role": role}
    return rows | fields


def answering() -> list[str]:
    return [part.agency.name for part in parts_of(task_numbered(4))]


def test_a_coordinator_changes_who_answers_and_both_readings_are_shown(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)
    sent = filled(("市通信管理局", "lead"), ("市数据局", "co"), document="津政办函〔2026〕8号")
    assert client.post("/tasks/4/agencies/", sent).status_code == 302
    assert answering() == ["市通信管理局", "市数据局"]
    page = signed_in(cast.auditor).get("/tasks/4/").content.decode()
    assert LISTED in page
    assert "津政办函〔2026〕8号" in page


def test_a_refused_change_keeps_what_was_chosen(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    sent = filled(("市通信管理局", "lead"), ("市数据局", "lead"), reason="")
    answer = signed_in(cast.coordinator).post("/tasks/4/agencies/", sent)
    assert answer.status_code == 400
    assert f'value="{agency("市通信管理局").pk}" selected' in answer.content.decode()
    assert not ResponsibilityChange.objects.exists()


def test_more_rows_come_by_a_button_and_write_nothing(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    sent = filled(("市通信管理局", "lead"), more="1")
    answer = signed_in(cast.coordinator).post("/tasks/4/agencies/", sent)
    assert answer.status_code == 200
    assert "part4-agency" in answer.content.decode()
    assert " ".join(answering()) == LISTED.replace("、", " ")


def test_the_form_takes_the_same_statements_however_many_rows(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)

    def statements(*names: str) -> int:
        sent = filled(*((name, "lead") for name in names), reason="")
        with CaptureQueriesContext(connection) as queries:
            client.post("/tasks/4/agencies/", sent)
        return len(queries)

    few = statements("市数据局", "市商务局")
    assert statements(*Agency.objects.values_list("name", flat=True)[:20]) == few


def test_others_may_not_send_it(cast: Cast, signed_in: Callable[[User], Client]) -> None:
    sent = filled(("市通信管理局", "lead"))
    for who, person in cast.everyone().items():
        if who != "coordinator" and person.is_active:
            answer = signed_in(person).post("/tasks/4/agencies/", sent)
            assert answer.status_code == (404 if who == "administrator" else 403), who
    assert " ".join(answering()) == LISTED.replace("、", " ")


def test_an_administrator_renames(cast: Cast, signed_in: Callable[[User], Client]) -> None:
    address = f"/agencies/manage/{agency(OLD).pk}/rename/"
    sent = {
        "name": "市发展和改革局",
        "short_name": "发改局",
        "effective_on": TODAY.isoformat(),
        "reason": "机构改革",
    }
    assert signed_in(cast.coordinator).post(address, sent).status_code == 403
    client = signed_in(cast.administrator)
    assert client.post(address, sent | {"name": NEW}).status_code == 400
    assert client.post(address, sent).status_code == 302
    assert agency("市发展和改革局").aliases.filter(name=OLD).exists()


def test_a_merger_is_confirmed_as_it_was_looked_at(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    old, new = agency(OLD), agency(NEW)
    address = f"/agencies/manage/{old.pk}/merge/"
    sent = {"successor": new.pk, "effective_on": TODAY.isoformat(), "reason": "机构改革"}
    assert signed_in(cast.coordinator).post(address, sent).status_code == 403
    client = signed_in(cast.administrator)
    preview = client.post(address, sent | {"then": "preview"})
    seen = preview.context["merger"].digest
    # Confirmed without having been looked at, it is shown first.
    assert client.post(address, sent | {"then": "confirm"}).status_code == 200
    led = next(iter(preview.context["merger"].led))
    saved(task_numbered(led), period, cast.co_reporter)
    changed = client.post(address, sent | {"then": "confirm", "seen": seen})
    assert changed.status_code == 409
    assert not agency(OLD).has_ended
    # No text of a report is shown to who administers.
    assert "举措1已推进" not in changed.content.decode()
    seen = changed.context["merger"].digest
    assert client.post(address, sent | {"then": "confirm", "seen": seen}).status_code == 302
    assert agency(OLD).successor == new
    # A second click, or an old link, leads to the page that says so.
    for answer in (
        client.post(address, sent | {"then": "confirm", "seen": seen}),
        client.get(address),
    ):
        assert (answer.status_code, answer.headers["Location"]) == (
            302,
            f"/agencies/manage/{old.pk}/",
        )
    assert client.get(f"/agencies/manage/{old.pk}/rename/").status_code == 302
    assert NEW in signed_in(cast.auditor).get(f"/agencies/{old.pk}/").content.decode()


def test_an_agency_that_has_ended_is_offered_nowhere(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    old = agency(OLD)
    address = f"/agencies/manage/{old.pk}/merge/"
    client = signed_in(cast.administrator)
    sent = {"successor": agency(NEW).pk, "effective_on": TODAY.isoformat(), "reason": "机构改革"}
    seen = client.post(address, sent).context["merger"].digest
    client.post(address, sent | {"then": "confirm", "seen": seen})
    option = f'<option value="{old.pk}"'
    for person, page in [
        (cast.administrator, "/accounts/add/"),
        (cast.administrator, f"/agencies/manage/{agency(NEW).pk}/merge/"),
        (cast.coordinator, "/settle/"),
        (cast.coordinator, "/tasks/4/agencies/"),
    ]:
        assert option not in signed_in(person).get(page).content.decode(), page


def test_a_form_that_is_older_than_another_change_overwrites_it_only_knowingly(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)
    seen = client.get("/tasks/4/agencies/").context["seen"]
    other = filled(("市通信管理局", "lead"), ("市数据局", "co"), seen=seen)
    assert client.post("/tasks/4/agencies/", other).status_code == 302
    mine = filled(("市商务局", "lead"), reason="另一个调整", seen=seen)
    answer = client.post("/tasks/4/agencies/", mine)
    assert answer.status_code == 409
    assert answering() == ["市通信管理局", "市数据局"]
    # What holds now stands beside what was typed, and the next click means it.
    page = answer.content.decode()
    assert "另一个调整" in page
    assert f'value="{agency("市商务局").pk}" selected' in page
    again = client.post("/tasks/4/agencies/", mine | {"seen": answer.context["seen"]})
    assert again.status_code == 302
    assert answering() == ["市商务局"]


def test_the_same_change_sent_twice_is_made_once(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.coordinator)
    seen = client.get("/tasks/4/agencies/").context["seen"]
    sent = filled(("市通信管理局", "lead"), document="津政办函〔2026〕8号", seen=seen)
    for _ in range(2):
        assert client.post("/tasks/4/agencies/", sent).status_code == 302
    assert ResponsibilityChange.objects.count() == 1


def test_an_agency_that_ended_while_the_page_was_open_is_named_with_its_successor_to_choose(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    sent = filled(("市通信管理局", "lead"), ("市数据局", "co"))
    merged(cast, "市通信管理局", NEW, now=NOW)
    answer = signed_in(cast.coordinator).post("/tasks/4/agencies/", sent)
    assert answer.status_code == 400
    [problem] = answer.context["problems"]
    assert "市通信管理局" in problem
    assert not ResponsibilityChange.objects.filter(task__number=4).exists()


def test_an_agency_that_has_ended_is_shown_and_not_edited(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    old = agency(OLD)
    merged(cast, now=NOW)
    client, address = signed_in(cast.administrator), f"/agencies/manage/{old.pk}/"
    page = client.get(address).content.decode()
    assert 'name="short_name"' not in page
    assert NEW in page
    sent = {"short_name": "改了", "contact_email": "", "aliases": "又一个写法"}
    assert client.post(address, sent).status_code == 400
    assert agency(OLD).short_name == old.short_name
    assert not agency(OLD).aliases.filter(name="又一个写法").exists()


def test_whom_an_agency_took_in_stands_on_its_own_page(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    merged(cast, now=NOW)
    for person, page in [
        (cast.auditor, f"/agencies/{agency(NEW).pk}/"),
        (cast.administrator, f"/agencies/manage/{agency(NEW).pk}/"),
    ]:
        shown = signed_in(person).get(page).content.decode()
        assert OLD in shown
        assert "津党办发〔2026〕12号" in shown


def test_a_new_agency_has_the_day_on_which_it_was_set_up(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    sent = {
        "name": "市低空经济局",
        "short_name": "低空局",
        "kind": "municipal",
        "valid_from": "2026-10-20",
        "contact_email": "",
        "aliases": "",
    }
    assert signed_in(cast.administrator).post("/agencies/manage/add/", sent).status_code == 302
    new = agency("市低空经济局")
    assert new.valid_from == dt.date(2026, 10, 20)
    with pytest.raises(ValidationError) as refused:
        merged(cast, OLD, new.name, effective_on=dt.date(2026, 10, 19), now=NOW)
    assert "effective_on" in refused.value.error_dict
    shown = signed_in(cast.auditor).get(f"/agencies/{new.pk}/").content.decode()
    assert "2026-10-20" in shown


def test_filters_set_ended_agencies_apart_or_name_the_way_on(
    cast: Cast, period: ReportingPeriod, signed_in: Callable[[User], Client]
) -> None:
    old = agency(OLD)
    merged(cast, now=NOW)
    client = signed_in(cast.coordinator)
    page = client.get("/tasks/").content.decode()
    choice = page[page.index('name="agency"') :].split("</select>")[0]
    standing, ended_ones = choice.split("<optgroup")
    assert (f'value="{old.pk}"' in standing, f'value="{old.pk}"' in ended_ones) == (False, True)
    assert f'value="{agency(NEW).pk}"' in standing
    # Who leads today narrows these: one that has ended never does.
    results = client.get("/registers/results/").content.decode()
    assert OLD not in results[results.index('name="agency"') :].split("</select>")[0]
    refused = client.get(f"/api/v1/reports/?agency={old.pk}")
    assert refused.status_code == 400
    assert OLD in str(refused.json()["errors"] if "errors" in refused.json() else refused.json())
    stored = client.get(f"/api/v1/agencies/{old.pk}/").json()
    assert (stored["valid_to"], stored["successor"]) == ("2026-10-21", agency(NEW).pk)
    ended = client.get("/api/v1/agencies/?has_ended=true").json()["results"]
    assert [one["id"] for one in ended] == [old.pk]

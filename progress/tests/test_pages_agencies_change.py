"""The pages on which agencies change: a task's agencies, a new name, a merger."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from agencies.models import Agency, User
from conftest import NOW, TODAY, Cast
from progress.models import ReportingPeriod
from progress.tests.acts import saved, task_numbered
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
    assert client.get(address).status_code == 404
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

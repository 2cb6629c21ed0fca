"""The page of a matter: who reads it, what they may do there, and what refusals keep."""

from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client

from agencies.models import User
from conftest import NOW, Cast
from progress.models import Matter, MatterState, ReportingPeriod
from progress.tests.test_matters import TEXT, handed_in_with
from progress.workflow import matter_address, matter_close

ClientOf = Callable[[User], Client]
ALL = (
    "reporter",
    "co_reporter",
    "stranger",
    "coordinator",
    "leader",
    "auditor",
    "administrator",
)


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def matter(cast: Cast, period: ReportingPeriod) -> Matter:
    handed_in_with(period, cast.reporter, TEXT)
    return Matter.objects.get()


@pytest.fixture
def addressed(cast: Cast, matter: Matter) -> Matter:
    """Addressed to the stranger's agency."""
    agency = cast.stranger.agency
    assert agency is not None
    return matter_address(matter=matter, to=agency, by=cast.coordinator, now=NOW, version=1)


def post(client: Client, matter: Matter, move: str, **typed: object) -> int:
    data = {f"{move}-{name}": value for name, value in {"version": 1, **typed}.items()}
    return client.post(f"/registers/matters/{matter.pk}/{move}/", data).status_code


def test_who_opens_the_page_of_an_addressed_matter(
    cast: Cast, addressed: Matter, signed_in: ClientOf
) -> None:
    address = f"/registers/matters/{addressed.pk}/"
    answers = [signed_in(getattr(cast, who)).get(address).status_code for who in ALL]
    assert answers == [200, 200, 200, 200, 404, 403, 403]


def test_a_matter_that_is_not_addressed_is_none_of_a_strangers_business(
    cast: Cast, matter: Matter, signed_in: ClientOf
) -> None:
    assert signed_in(cast.stranger).get(f"/registers/matters/{matter.pk}/").status_code == 404
    assert post(signed_in(cast.stranger), matter, "answer", text="答") == 404


MOVES: dict[str, tuple[dict[str, str], list[int]]] = {
    "address": ({"to": "{other}"}, [403, 403, 403, 302, 404, 403, 403]),
    "answer": ({"text": "已安排"}, [403, 403, 302, 302, 404, 403, 403]),
    "close": ({"note": "已协调"}, [403, 403, 403, 302, 404, 403, 403]),
    "reopen": ({"reason": "未落实"}, [403, 403, 403, 409, 404, 403, 403]),
    "raise": ({}, [404, 404, 404, 404, 404, 403, 403]),
    "no-such-move": ({}, [404, 404, 404, 404, 404, 403, 403]),
}


@pytest.mark.parametrize("move", MOVES)
@pytest.mark.parametrize("who", ALL)
def test_each_role_makes_its_own_moves_alone(
    move: str, who: str, cast: Cast, addressed: Matter, signed_in: ClientOf
) -> None:
    typed, expected = MOVES[move]
    other = str(cast.co_reporter.agency_id)
    fields = {name: value.format(other=other) for name, value in typed.items()}
    answer = post(signed_in(getattr(cast, who)), addressed, move, version=2, **fields)
    assert answer == expected[ALL.index(who)]
    assert (addressed.events.count() > 2) == (answer == 302)


def test_a_link_of_a_page_does_nothing(cast: Cast, addressed: Matter, signed_in: ClientOf) -> None:
    answer = signed_in(cast.coordinator).get(f"/registers/matters/{addressed.pk}/close/")
    assert answer.status_code == 405


def test_what_is_missing_is_said_at_its_field_and_nothing_typed_is_lost(
    cast: Cast, matter: Matter, signed_in: ClientOf
) -> None:
    client = signed_in(cast.coordinator)
    answer = client.post(
        f"/registers/matters/{matter.pk}/close/", {"close-version": "1", "close-note": " "}
    )
    assert answer.status_code == 400
    [form] = [one for one in answer.context["forms"] if one.move == "close"]
    assert form.errors["note"]
    assert post(client, matter, "address", to="") == 400
    assert post(client, matter, "address", to="999999999") == 400
    assert post(client, matter, "answer", text="字" * 10_001) == 400


def test_a_page_that_is_out_of_date_is_a_conflict_and_keeps_what_was_typed(
    cast: Cast, addressed: Matter, signed_in: ClientOf
) -> None:
    client = signed_in(cast.stranger)
    data = {"answer-version": "1", "answer-text": "写了很久的答复"}
    answer = client.post(f"/registers/matters/{addressed.pk}/answer/", data)
    assert answer.status_code == 409
    [form] = answer.context["forms"]
    assert (form["text"].value(), form["version"].value()) == ("写了很久的答复", "2")
    matter_close(matter=addressed, by=cast.coordinator, now=NOW, version=2, note="已协调")
    data["answer-version"] = "2"
    answer = client.post(f"/registers/matters/{addressed.pk}/answer/", data)
    assert answer.status_code == 409
    assert answer.context["lost"] == "写了很久的答复"
    assert "写了很久的答复" in answer.content.decode()


def test_the_addressed_agency_finds_it_among_its_tasks_until_it_has_answered(
    cast: Cast, addressed: Matter, signed_in: ClientOf
) -> None:
    client = signed_in(cast.stranger)
    [row] = client.get("/my/").context["answers_owed"]
    assert row.id == addressed.pk
    assert signed_in(cast.reporter).get("/my/").context["answers_owed"] == []
    assert post(client, addressed, "answer", version=2, text="已安排") == 302
    assert client.get("/my/").context["answers_owed"] == []
    addressed.refresh_from_db()
    assert addressed.state == MatterState.ANSWERED


def test_who_may_not_read_the_report_gets_no_link_to_it(
    cast: Cast, addressed: Matter, signed_in: ClientOf
) -> None:
    link = "/tasks/4/reports/2026-10/"
    address = f"/registers/matters/{addressed.pk}/"
    assert link not in signed_in(cast.stranger).get(address).content.decode()
    assert link in signed_in(cast.reporter).get(address).content.decode()


def test_report_and_task_show_what_they_raised(
    cast: Cast, addressed: Matter, signed_in: ClientOf
) -> None:
    for address in ("/tasks/4/reports/2026-10/", "/tasks/4/"):
        answer = signed_in(cast.coordinator).get(address)
        assert [one.id for one in answer.context["panels"].matters] == [addressed.pk]
    assert signed_in(cast.stranger).get("/tasks/4/").context["panels"].matters
    assert not signed_in(cast.auditor).get("/tasks/4/").context["panels"]

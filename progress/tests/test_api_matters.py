"""A matter by its endpoint: what it says, and the moves that people make there."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from agencies.models import Agency, User
from conftest import NOW, Cast
from progress.models import ReportingPeriod
from progress.rollups import Register
from progress.tests.registers import readable, registers_fill

ClientOf = Callable[[User], Client]


@pytest.fixture(autouse=True)
def pinned() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def filled(cast: Cast, period: ReportingPeriod) -> None:
    registers_fill(cast, period)


def test_the_endpoint_moves_a_matter(cast: Cast, filled: None, signed_in: ClientOf) -> None:
    entry = next(one for one in readable(Register.MATTERS, cast.coordinator) if one.state == "open")
    client = signed_in(cast.coordinator)

    def post(move: str, **body: Any) -> Any:
        address = f"/api/v1/registers/matters/{entry.pk}/{move}/"
        return client.post(address, body, content_type="application/json")

    assert post("address", version=1, to=0).status_code == 400
    assert post("address", version=1, to=999_999).status_code == 400
    to = Agency.objects.exclude(pk=entry.addressed_to_id).latest("pk")
    answer = post("address", version=1, to=to.pk)
    assert answer.status_code == 200
    assert answer.json()["addressed_to"]["name"] == to.name
    assert post("answer", version=1, text="旧版本").status_code == 409
    assert post("answer", version=2, texte="错字").status_code == 400
    assert post("answer", version=2, text="已安排").json()["state"] == "answered"
    assert post("close", version=3).json()["state"] == "closed"
    answer = post("reopen", version=4, reason="未落实")
    assert [one["move"] for one in answer.json()["history"]][-4:] == [
        "address",
        "answer",
        "close",
        "reopen",
    ]
    assert client.get(f"/api/v1/registers/matters/{entry.pk}/").json() == answer.json()

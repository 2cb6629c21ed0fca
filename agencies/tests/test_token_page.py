"""One's own API tokens: made, shown once, revoked; never another person's."""

from collections.abc import Callable

import pytest
import time_machine
from django.test import Client

from agencies.models import ApiToken, User
from conftest import NOW, Cast

TYPED = {"name": "数据交换", "access": "read", "days": "90"}


def test_a_key_is_shown_once_and_works(cast: Cast, signed_in: Callable[[User], Client]) -> None:
    client = signed_in(cast.reporter)
    with time_machine.travel(NOW, tick=False):
        answer = client.post("/account/tokens/", TYPED)
        token, key = answer.context["made"]
        works = Client().get("/api/v1/tasks/", headers={"authorization": f"Bearer {key}"})
    assert key in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert works.status_code == 200
    assert (token.expires_at - NOW).days == 90
    assert key not in client.get("/account/tokens/").content.decode()


@pytest.mark.parametrize(
    "changes", [{"name": " "}, {"name": "长" * 51}, {"access": "all"}, {"days": "36500"}]
)
def test_what_does_not_fit_makes_no_key(
    cast: Cast, signed_in: Callable[[User], Client], changes: dict[str, str]
) -> None:
    answer = signed_in(cast.reporter).post("/account/tokens/", TYPED | changes)
    assert answer.status_code == 400
    assert list(answer.context["form"].errors) == list(changes)
    assert not ApiToken.objects.exists()


def test_a_token_is_revoked_by_its_person_alone(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    signed_in(cast.reporter).post("/account/tokens/", TYPED)
    token = ApiToken.objects.get()
    address = f"/account/tokens/{token.pk}/revoke/"
    for other in (cast.colleague, cast.coordinator, cast.administrator):
        client = signed_in(other)
        assert client.post(address).status_code == 404
        assert "数据交换" not in client.get("/account/tokens/").content.decode()
    assert signed_in(cast.reporter).post(address)["Location"] == "/account/tokens/"
    token.refresh_from_db()
    assert token.revoked_at is not None

"""API tokens: shown once, kept as a digest, within the person's rights and their own access."""

import datetime as dt
from collections.abc import Callable

import pytest
import time_machine
from django.core.exceptions import ValidationError
from django.test import Client
from pytest_django.fixtures import Settings

from agencies.models import ApiToken, TokenAccess, User
from agencies.tokens import token_create, token_revoke
from conftest import NOW, Cast

ADDRESS = "/api/v1/tasks/4/"


def key_for(user: User, access: TokenAccess = TokenAccess.READ, days: int = 1) -> str:
    _token, key = token_create(
        user=user, name="数据平台", access=access, expires_at=NOW + dt.timedelta(days=days), now=NOW
    )
    return key


def get(key: str, *, now: dt.datetime = NOW) -> int:
    with time_machine.travel(now, tick=False):
        return Client().get(ADDRESS, headers={"Authorization": f"Bearer {key}"}).status_code


def test_a_key_opens_what_its_person_may_read(cast: Cast) -> None:
    assert get(key_for(cast.reporter)) == 200
    assert get(key_for(cast.administrator)) == 404


def test_only_the_digest_is_kept(cast: Cast) -> None:
    key = key_for(cast.reporter)
    stored = ApiToken.objects.get()
    assert key not in str(vars(stored))
    assert stored.digest == ApiToken.digest_of(key)


def test_unknown_expired_revoked_and_left_get_the_same_answer(cast: Cast) -> None:
    key = key_for(cast.reporter)
    assert get(key + "x") == 401
    assert get(key, now=NOW + dt.timedelta(days=2)) == 401
    token_revoke(token=ApiToken.objects.get(), by=cast.reporter, now=NOW)
    assert get(key) == 401
    left = key_for(cast.stranger)
    User.objects.filter(pk=cast.stranger.pk).update(is_active=False)
    assert get(left) == 401


def test_a_read_only_key_cannot_write(cast: Cast) -> None:
    with time_machine.travel(NOW, tick=False):
        for access, status in ((TokenAccess.READ, 403), (TokenAccess.READ_WRITE, 400)):
            answer = Client().post(
                "/api/v1/reports/",
                {},
                "application/json",
                headers={"Authorization": f"Bearer {key_for(cast.reporter, access)}"},
            )
            assert answer.status_code == status


def test_the_last_use_is_noted_at_most_every_five_minutes(cast: Cast) -> None:
    key = key_for(cast.reporter)
    get(key)
    get(key, now=NOW + dt.timedelta(minutes=4))
    assert ApiToken.objects.get().last_used_at == NOW
    later = NOW + dt.timedelta(minutes=6)
    get(key, now=later)
    assert ApiToken.objects.get().last_used_at == later


@time_machine.travel(NOW, tick=False)
def test_the_page_shows_a_new_key_once_and_revokes_it(
    cast: Cast, signed_in: Callable[[User], Client]
) -> None:
    client = signed_in(cast.reporter)
    made = client.post(
        "/account/tokens/", {"name": "报表系统", "access": "read_write", "days": "30"}
    )
    key = made.context["made"][1]
    assert key in made.content.decode()
    assert key not in client.get("/account/tokens/").content.decode()
    assert get(key) == 200
    token = ApiToken.objects.get()
    assert signed_in(cast.stranger).post(f"/account/tokens/{token.pk}/revoke/").status_code == 404
    client.post(f"/account/tokens/{token.pk}/revoke/")
    assert get(key) == 401


@pytest.mark.parametrize(
    "header", ["Bearer", "Bearer  ", "Bearer a b", "Bearer \u00ff", "Basic eA=="]
)
def test_a_header_that_is_none_is_answered_and_breaks_nothing(header: str, cast: Cast) -> None:
    assert Client().get(ADDRESS, headers={"Authorization": header}).status_code == 401


def test_a_key_lasts_no_longer_than_the_office_allows(cast: Cast, settings: Settings) -> None:
    def made(days: int | None) -> ApiToken:
        ends = None if days is None else NOW + dt.timedelta(days=days)
        token, _key = token_create(
            user=cast.reporter, name="数据平台", access="read", expires_at=ends, now=NOW
        )
        return token

    assert made(None).expires_at == NOW + dt.timedelta(days=366)
    with pytest.raises(ValidationError) as refused:
        made(367)
    assert "expires_at" in refused.value.message_dict
    settings.API_TOKEN_DAYS_AT_MOST = 0
    assert made(None).expires_at is None

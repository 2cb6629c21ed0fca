"""How often the API may be asked, and that no page of another site may ask it."""

import datetime as dt
from collections.abc import Callable, Iterator

import pytest
import time_machine
from django.test import Client
from pytest_django.fixtures import Settings

from agencies.limits import Limit, counted
from agencies.models import TokenAccess, User
from agencies.tokens import token_create
from conftest import NOW, Cast
from progress.models import ReportingPeriod

ClientOf = Callable[[User], Client]
JSON = "application/json"


@pytest.fixture(autouse=True)
def limits(settings: Settings) -> Iterator[None]:
    settings.API_LIMITS = {"read": 3, "write": 2, "heavy": 1, "address": 0, "refused": 2}
    with time_machine.travel(NOW, tick=False):
        yield


def test_each_person_reads_and_writes_so_often(
    cast: Cast, period: ReportingPeriod, signed_in: ClientOf
) -> None:
    client = signed_in(cast.reporter)
    answers = [client.get("/api/v1/tasks/4/") for _turn in range(4)]
    assert [one.status_code for one in answers] == [200, 200, 200, 429]
    assert answers[0]["RateLimit-Policy"] == '"read";q=3;w=60'
    assert [one["RateLimit"] for one in answers] == [
        f'"read";r={left};t=60' for left in (2, 1, 0, 0)
    ]
    assert answers[3]["Retry-After"] == "60"
    assert answers[3]["Content-Type"] == "application/problem+json"
    assert client.post("/api/v1/reports/", {}, JSON).status_code == 400
    assert signed_in(cast.colleague).get("/api/v1/tasks/4/").status_code == 200


def test_a_search_is_counted_with_what_is_heavy(cast: Cast, signed_in: ClientOf) -> None:
    client = signed_in(cast.reporter)
    assert client.get("/api/v1/tasks/?search=数据")["RateLimit"].startswith('"heavy";r=0')
    assert client.get("/api/v1/tasks/?search=数据").status_code == 429
    assert client.get("/api/v1/tasks/").status_code == 200


def test_a_minute_later_it_goes_on(cast: Cast, signed_in: ClientOf) -> None:
    client = signed_in(cast.reporter)
    for _turn in range(4):
        answer = client.get("/api/v1/tasks/4/")
    assert answer.status_code == 429
    with time_machine.travel(NOW + dt.timedelta(seconds=60), tick=False):
        assert client.get("/api/v1/tasks/4/").status_code == 200


def test_an_address_has_a_limit_of_its_own(
    cast: Cast, signed_in: ClientOf, settings: Settings
) -> None:
    settings.API_LIMITS = settings.API_LIMITS | {"read": 0, "address": 2}
    people = [cast.reporter, cast.colleague, cast.stranger]
    answers = [signed_in(one).get("/api/v1/tasks/4/") for one in people]
    assert [one.status_code for one in answers] == [200, 200, 429]
    elsewhere = signed_in(cast.reporter).get("/api/v1/tasks/4/", REMOTE_ADDR="10.1.2.3")
    assert elsewhere.status_code == 200


def test_behind_a_proxy_the_address_is_the_one_that_the_proxy_saw(
    cast: Cast, signed_in: ClientOf, settings: Settings
) -> None:
    settings.API_LIMITS = settings.API_LIMITS | {"read": 0, "address": 1}
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {"NUM_PROXIES": 1}
    client = signed_in(cast.reporter)

    def ask(forwarded: str) -> int:
        return client.get("/api/v1/tasks/4/", headers={"X-Forwarded-For": forwarded}).status_code

    assert [ask("10.0.0.1"), ask("10.0.0.2")] == [200, 200]
    # Whatever a client makes up stands before what the proxy adds.
    assert ask("10.9.9.9, 10.0.0.1") == 429


def test_keys_that_open_nothing_are_counted_by_address(cast: Cast) -> None:
    def ask(key: str, address: str = "10.0.0.1") -> int:
        headers = {"Authorization": f"Bearer {key}"}
        return Client(REMOTE_ADDR=address).get("/api/v1/tasks/4/", headers=headers).status_code

    assert [ask("guess") for _turn in range(3)] == [401, 401, 429]
    assert ask("guess", "10.0.0.2") == 401
    _token, key = token_create(
        user=cast.reporter,
        name="数据平台",
        access=TokenAccess.READ,
        expires_at=NOW + dt.timedelta(days=1),
        now=NOW,
    )
    assert ask(key) == 200


def test_no_limit_is_counted_and_told_of_nowhere(
    cast: Cast, signed_in: ClientOf, settings: Settings
) -> None:
    settings.API_LIMITS = dict.fromkeys(settings.API_LIMITS, 0)
    assert "RateLimit" not in signed_in(cast.reporter).get("/api/v1/tasks/4/")


def test_a_cache_that_is_away_stops_nobody(settings: Settings) -> None:
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": "redis://127.0.0.1:1/0",
        }
    }
    assert counted(limit=Limit("read", 1), who="7", now=NOW) is None


@pytest.mark.parametrize("method", ["get", "options", "post"])
def test_no_page_of_another_site_is_let_in(method: str, cast: Cast, signed_in: ClientOf) -> None:
    headers = {
        "Origin": "https://elsewhere.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "authorization",
    }
    for client in (signed_in(cast.reporter), Client()):
        answer = getattr(client, method)("/api/v1/tasks/4/", headers=headers)
        assert not [name for name in answer.headers if name.lower().startswith("access-control")]


def test_a_signed_in_browser_writes_with_its_form_key_alone(
    cast: Cast, period: ReportingPeriod
) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.reporter)
    forged = client.post("/api/v1/reports/", {}, JSON)
    assert (forged.status_code, forged["Content-Type"]) == (403, "application/problem+json")
    client.get("/account/tokens/")
    key = client.cookies["csrftoken"].value
    own = client.post("/api/v1/reports/", {}, JSON, headers={"X-CSRFToken": key})
    assert own.status_code == 400
    assert "task" in own.json()["errors"]

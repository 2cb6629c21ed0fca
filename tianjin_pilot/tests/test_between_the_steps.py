"""Between the password and the second step nothing opens; and no password opens an endpoint."""

import base64
import re
from collections.abc import Iterator

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from agencies.models import ApiToken
from agencies.tests.authenticator import app_of
from conftest import NOW, PASSWORD, Cast

# What answers whoever asks, and what leads from here to being signed in.
OPEN = ("/sign-in/", "/language/", "/healthz", "/readyz", "/password/", "/styleguide/")
FILLED = {"int": "1", "slug": "2026-10", "str": "x"}
PASSWORDS = "Basic " + base64.b64encode(f"administrator:{PASSWORD}".encode()).decode()


def addresses(patterns: list[URLPattern | URLResolver], before: str = "/") -> Iterator[str]:
    """Every address of the project that is no regular expression, with something filled in."""
    for one in patterns:
        if not isinstance(one.pattern, RoutePattern):
            continue
        address = before + re.sub(r"<(\w+):\w+>", lambda found: FILLED[found[1]], str(one.pattern))
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, address)
        else:
            yield address


def test_between_the_steps_every_page_and_endpoint_is_shut(cast: Cast) -> None:
    """For each address, read and written to, with the session and with the password itself."""
    app_of(cast.administrator, at=NOW)
    client = Client()
    typed = {"username": "administrator", "password": PASSWORD}
    assert client.post("/sign-in/", typed)["Location"].startswith("/sign-in/second-step/")
    shut = [one for one in addresses(get_resolver().url_patterns) if not one.startswith(OPEN)]
    assert len(shut) > 200
    opened = []
    for address in shut:
        for answer in (
            client.get(address, headers={"authorization": PASSWORDS}),
            client.post(address),
        ):
            leads_to = answer.headers.get("Location", "").partition("?")[0]
            if answer.status_code not in {401, 403, 404} and leads_to != "/sign-in/":
                opened.append((address, answer.status_code))
    assert opened == []
    assert not ApiToken.objects.exists()


def test_the_api_knows_tokens_and_sessions_and_no_password(cast: Cast) -> None:
    answer = Client().get("/api/v1/tasks/", headers={"authorization": PASSWORDS})
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"

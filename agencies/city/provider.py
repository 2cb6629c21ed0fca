"""Calling the provider of the city's sign-on.

Everything goes through the guard of `agencies.outgoing`: no proxy of the environment, no redirect,
certificates checked, an end at its deadline, and no address of this machine unless its number is
what is set.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from agencies.city.installed import Provider
from agencies.outgoing import ADDRESS, PORTS, CallError, called

DISCOVERY = "/.well-known/openid-configuration"
# Of what a provider answers; keys and their certificates are the longest.
LONGEST_DOCUMENT = 300_000
LONGEST_SUBJECT = 255
OK = 200
DESCRIPTION_LASTS, FAILED_LASTS = dt.timedelta(minutes=1), dt.timedelta(seconds=15)


@dataclass(frozen=True, slots=True)
class Place:
    """One of its addresses, in parts."""

    scheme: str
    host: str
    port: int
    path: str


class ProviderError(Exception):
    """It did not answer, or not as the standard says; the text is for the log."""


# In this process alone: whoever could change what is remembered could let themselves in.
_said: dict[Provider, tuple[dt.datetime, dict[str, Any] | ProviderError]] = {}
_asking = Lock()


def place_of(address: str, *, provider: Provider) -> Place:
    """The address in parts. By HTTPS alone, except at a provider that is set without it, which the
    settings take for a look on this machine. Raises ProviderError."""
    found = ADDRESS.fullmatch(address)
    scheme = found["scheme"].lower() if found else ""
    may_be_plain = provider.issuer.startswith("http://")
    if found is None or scheme not in PORTS or (scheme == "http" and not may_be_plain):
        raise ProviderError("an address of the provider cannot be used")
    port = int(found["port"] or PORTS[scheme])
    return Place(scheme, found["host"].lower(), port, found["rest"] or "/")


def checked(address: object, *, provider: Provider) -> str:
    """An address of the provider's to which browsers are sent. Raises ProviderError."""
    place_of(str(address), provider=provider)
    return str(address)


def document_at(address: str, *, provider: Provider) -> dict[str, Any]:
    """The JSON object that the provider gives there. Raises ProviderError."""
    return _answer("GET", address, {}, None, provider=provider)


def described(provider: Provider, *, now: dt.datetime) -> dict[str, Any]:
    """What the provider says of itself (OpenID Connect Discovery), asked by one at a time and
    remembered for a moment, and that it failed too: anybody may set out, and whoever does so again
    and again is to cost no calls. Raises ProviderError."""
    with _asking:
        said_at, said = _said.get(provider, (None, None))
        lasts = FAILED_LASTS if isinstance(said, ProviderError) else DESCRIPTION_LASTS
        if said is None or said_at is None or not dt.timedelta(0) <= now - said_at < lasts:
            try:
                said = _description(provider)
            except ProviderError as error:
                said = error
            _said[provider] = (now, said)
    if isinstance(said, ProviderError):
        raise ProviderError(str(said))
    return said


def _description(provider: Provider) -> dict[str, Any]:
    document = document_at(provider.issuer.rstrip("/") + DISCOVERY, provider=provider)
    if document.get("issuer") != provider.issuer:
        raise ProviderError("the provider names another issuer than the one that is set")
    return document


def token_of(
    form: str, headers: Mapping[str, str], *, address: str, provider: Provider
) -> dict[str, Any]:
    """What the provider gives for a form with the code. Raises ProviderError."""
    return _answer("POST", address, headers, form.encode(), provider=provider)


def _answer(
    method: str, address: str, headers: Mapping[str, str], body: bytes | None, *, provider: Provider
) -> dict[str, Any]:
    place = place_of(address, provider=provider)
    try:
        answer = called(
            method,
            place,
            place.path,
            {"Accept": "application/json", **headers},
            body=body,
            longest=LONGEST_DOCUMENT,
        )
    except CallError as error:
        raise ProviderError(str(error)) from error
    if answer.status != OK:
        raise ProviderError(f"the provider answered {answer.status} to {method} {place.path}")
    try:
        document = json.loads(answer.body)
    except ValueError as error:
        raise ProviderError(f"the provider gave no JSON at {place.path}") from error
    if not isinstance(document, dict):
        raise ProviderError(f"the provider gave no JSON object at {place.path}")
    return document

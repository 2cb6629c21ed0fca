"""Going to the city's sign-on and coming back: the authorization code flow with PKCE, state, nonce.

What is checked when somebody comes back: that this very browser set out, by the state; that the
code is of this journey, by the verifier; that the ID token is the provider's, for us, of now and of
this journey, by its signature, issuer, audience, times and nonce.
"""

import datetime as dt
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from agencies.city.installed import Provider
from agencies.city.provider import (
    LONGEST_SUBJECT,
    ProviderError,
    checked,
    described,
    document_at,
    token_of,
)

# As the standard writes them; anything else that a browser brings is kept out of the log.
ERROR_CODE = re.compile(r"[a-z_]{1,40}")
LASTS = dt.timedelta(minutes=10)
# Signatures by a key of the provider's that only it has: none with a shared secret, and not "none".
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512")
# Seconds by which its clock and ours may differ.
LEEWAY = 60


class Fault(StrEnum):
    """Why a journey ended without anybody being known."""

    DENIED = "denied"
    FAILED = "failed"
    STRAY = "stray"
    TOO_LATE = "too_late"
    DOWN = "down"
    UNTRUE = "untrue"


class JourneyError(Exception):
    """`fault` says of which kind; the rest is for the log."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(f"{fault}: {detail}" if detail else str(fault))
        self.fault = fault


@dataclass(frozen=True, slots=True)
class Known:
    """Whom the provider knows: by which subject, whether it says that it asked for a second factor,
    and where it is signed out of, "" where it says nothing of that."""

    subject: str
    has_second_factor: bool
    end_address: str


def journey_begin(
    provider: Provider, *, callback: str, now: dt.datetime
) -> tuple[str, dict[str, Any]]:
    """The address to send the browser to, and what its session keeps of the journey.

    Raises JourneyError where the provider cannot be asked for its addresses.
    """
    # Here and below: a third of a second, which no start and no command need wait for.
    from authlib.oauth2.client import OAuth2Client

    try:
        said = described(provider, now=now)
        goes_to = checked(said.get("authorization_endpoint"), provider=provider)
        ends_at = said.get("end_session_endpoint")
        ends_at = checked(ends_at, provider=provider) if ends_at else ""
    except ProviderError as error:
        raise JourneyError(Fault.DOWN, str(error)) from error
    kept = {
        "state": secrets.token_urlsafe(32),
        "nonce": secrets.token_urlsafe(32),
        "verifier": secrets.token_urlsafe(48),
        "until": (now + LASTS).timestamp(),
        "callback": callback,
        "token_address": str(said.get("token_endpoint", "")),
        "keys_address": str(said.get("jwks_uri", "")),
        "end_address": ends_at,
        "ways": said.get("token_endpoint_auth_methods_supported"),
    }
    client = OAuth2Client(
        session=None,
        client_id=provider.client_id,
        scope="openid",
        redirect_uri=callback,
        code_challenge_method="S256",
    )
    address, _state = client.create_authorization_url(
        goes_to,
        state=kept["state"],
        code_verifier=kept["verifier"],
        nonce=kept["nonce"],
    )
    return address, kept


def journey_end(
    provider: Provider, kept: Mapping[str, Any] | None, said: Mapping[str, str], *, now: dt.datetime
) -> Known:
    """Whom the provider knows, by what the browser brings back (`said`) and the session kept.

    What was kept is good for once: the caller has taken it out of the session. Raises JourneyError.
    """
    if kept is None:
        raise JourneyError(Fault.STRAY, "nobody has set out in this session")
    # Lets nobody in, and some providers forget the state where they refuse.
    if "error" in said:
        is_denied = said["error"] == "access_denied"
        known = said["error"] if ERROR_CODE.fullmatch(said["error"]) else "in no words of OAuth"
        raise JourneyError(Fault.DENIED if is_denied else Fault.FAILED, known)
    state = said.get("state", "").encode(errors="replace")
    if not hmac.compare_digest(kept["state"].encode(), state):
        raise JourneyError(Fault.STRAY, "another state than was given, or none")
    if now.timestamp() > kept["until"]:
        raise JourneyError(Fault.TOO_LATE)
    if said.get("iss", provider.issuer) != provider.issuer:
        raise JourneyError(Fault.UNTRUE, "the answer names another issuer")
    if not said.get("code"):
        raise JourneyError(Fault.STRAY, "no code")
    try:
        given = _token(provider, kept, said["code"])
        keys = document_at(kept["keys_address"], provider=provider)
    except ProviderError as error:
        raise JourneyError(Fault.DOWN, str(error)) from error
    return _known(provider, kept, given, keys, now=now)


def _token(provider: Provider, kept: Mapping[str, Any], code: str) -> dict[str, Any]:
    from authlib.oauth2.auth import ClientAuth
    from authlib.oauth2.client import DEFAULT_HEADERS
    from authlib.oauth2.rfc6749.parameters import prepare_token_request

    form = prepare_token_request(
        "authorization_code",
        redirect_uri=kept["callback"],
        code=code,
        code_verifier=kept["verifier"],
    )
    way = "client_secret_basic" if provider.client_secret else "none"
    if way != "none" and kept["ways"] and way not in kept["ways"]:
        way = "client_secret_post"
    client = ClientAuth(provider.client_id, provider.client_secret, way)
    address, headers, form = client.prepare(
        "POST", kept["token_address"], dict(DEFAULT_HEADERS), form
    )
    return token_of(form, headers, address=address, provider=provider)


def _known(
    provider: Provider,
    kept: Mapping[str, Any],
    given: Mapping[str, Any],
    keys: Mapping[str, Any],
    *,
    now: dt.datetime,
) -> Known:
    from authlib.oidc.core import CodeIDToken
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet

    try:
        token = jwt.decode(
            str(given.get("id_token", "")),
            KeySet.import_key_set({"keys": keys.get("keys", [])}),
            algorithms=list(ALGORITHMS),
        )
        claims = CodeIDToken(
            token.claims,
            token.header,
            options={
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            params={
                "nonce": kept["nonce"],
                "client_id": provider.client_id,
                "access_token": given.get("access_token"),
            },
        )
        claims.validate(now=int(now.timestamp()), leeway=LEEWAY)
    except JoseError as error:
        raise JourneyError(Fault.UNTRUE, str(error)) from error
    # What is no token at all fails wherever it is first looked at.
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise JourneyError(Fault.UNTRUE, type(error).__name__) from error
    subject = claims["sub"]
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
        raise JourneyError(Fault.UNTRUE, "the subject is no text, or too long")
    asked_for = {claims.get("acr"), *(claims.get("amr") or [])}
    return Known(
        subject,
        has_second_factor=bool(provider.second_factors & asked_for),
        end_address=kept["end_address"],
    )

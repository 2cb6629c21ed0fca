"""A provider of OpenID Connect on this machine: a real one over HTTP, which can be told to fail.

It keeps to the standard as a strict provider does (RFC 6749, RFC 7636, OpenID Connect Core): a code
is good for once, for its redirect address, its verifier and its client.
"""

import base64
import contextlib
import hashlib
import http.server
import json
import secrets
import threading
import time
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

CLIENT, SECRET = "pilot-tasks", "a-secret-of-the-client"


class LocalProvider:
    """What it answers: `subject` signs in next; `claims` replace those of the ID token, None takes
    one away; `signs_with` and `algorithm` are how it signs; `fails` names what goes wrong."""

    def __init__(self) -> None:
        self.issuer = ""
        self.key = RSAKey.generate_key(2048, {"kid": "one"})
        self.reset()

    def reset(self) -> None:
        """As it is when nothing goes wrong."""
        self.subject = "city-0001"
        self.claims: dict[str, Any] = {}
        self.signs_with: RSAKey | OctKey = self.key
        self.algorithm = "RS256"
        self.fails = ""
        self.calls: list[str] = []
        self.codes: dict[str, dict[str, str]] = {}

    def description(self) -> dict[str, Any]:
        named = "https://another.example" if self.fails == "issuer" else self.issuer
        return {
            "issuer": named,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/end",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }

    def authorized(self, query: str) -> str:
        """Where the browser is sent back to, once the person has signed in here."""
        asked = dict(parse_qsl(query))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        assert asked["client_id"] == CLIENT
        assert asked["scope"].split() == ["openid"]
        if self.fails in {"access_denied", "server_error"}:
            answer = {"error": self.fails, "state": asked["state"]}
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = asked
            answer = {"code": code, "state": asked["state"]}
        return f"{asked['redirect_uri']}?{urlencode(answer)}"

    def given(self, form: dict[str, str], authorization: str) -> dict[str, Any] | None:
        """The tokens for a code; None where anything about it is not as it was asked."""
        asked = self.codes.pop(form.get("code", ""), None)
        client = base64.b64decode(authorization.removeprefix("Basic ")).decode()
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            asked is None
            or client != f"{CLIENT}:{SECRET}"
            or form.get("grant_type") != "authorization_code"
            or form.get("redirect_uri") != asked["redirect_uri"]
            or base64.urlsafe_b64encode(digest).decode().rstrip("=") != asked["code_challenge"]
        ):
            return None
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "sub": self.subject,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        said = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": self.algorithm, "kid": "one"}
        token = jwt.encode(header, said, self.signs_with, algorithms=[self.algorithm])
        return {"access_token": "not-used", "token_type": "Bearer", "id_token": token}


class _Handler(http.server.BaseHTTPRequestHandler):
    provider: LocalProvider

    def do_GET(self) -> None:
        provider, parts = self.provider, urlsplit(self.path)
        provider.calls.append(parts.path)
        if provider.fails == "500":
            self._say(500, {})
        elif parts.path == "/.well-known/openid-configuration":
            self._say(200, provider.description())
        elif parts.path == "/keys":
            self._say(200, {"keys": [provider.key.as_dict(private=False)]})
        elif parts.path == "/authorize":
            self.send_response(302)
            self.send_header("Location", provider.authorized(parts.query))
            self.end_headers()
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        self.provider.calls.append(self.path)
        sent = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(sent).items()}
        given = self.provider.given(form, self.headers.get("Authorization", ""))
        self._say(200 if given else 400, given or {"error": "invalid_grant"})

    def _say(self, status: int, document: dict[str, Any]) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_said: object) -> None:
        """Nothing: what is asked of it stands in `calls`."""


@contextlib.contextmanager
def provider_running() -> Iterator[LocalProvider]:
    """A provider that answers at a port of this machine until the end."""
    provider = LocalProvider()
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    provider.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()

"""Signatures by which a receiver knows that a message is ours, as Standard Webhooks has them.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md: a secret
is whsec_ and base64 of random bytes; `Webhook-Signature` holds, divided by spaces, v1, and base64
of HMAC-SHA256 under those bytes over "id.timestamp.body". Two while a secret is being replaced.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Iterable

SECRET_PREFIX = "whsec_"  # noqa: S105 - what every secret begins with
SECRET_BYTES = 32


def secret_new() -> str:
    """A secret that nobody has seen."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signed_headers(
    *, secrets_known: Iterable[str], message: str, timestamp: int, body: bytes
) -> dict[str, str]:
    """The headers that say which message it is and when it was sent (seconds since 1970), and prove
    it under each of the secrets."""
    content = f"{message}.{timestamp}.".encode() + body
    return {
        "Webhook-Id": message,
        "Webhook-Timestamp": str(timestamp),
        "Webhook-Signature": " ".join(f"v1,{_hmac(one, content)}" for one in secrets_known),
    }


def _hmac(secret: str, content: bytes) -> str:
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    return base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()

"""What has to be read again and must not lie open in the database: sealed under SECRET_KEY.

Whoever gets hold of a copy of the database alone cannot open it. Under another SECRET_KEY it cannot
be opened any more and has to be entered anew; SECRET_KEY_FALLBACKS bridges the change.
"""

import base64
import json
from collections.abc import Mapping

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.utils.crypto import salted_hmac


class SealBrokenError(Exception):
    """What was sealed cannot be opened: under another key, or it is not what was stored."""


def sealed(values: Mapping[str, str], *, purpose: str) -> str:
    """The values as a text that opens for the same `purpose` alone, and for no other."""
    return _box(purpose).encrypt(json.dumps(values).encode()).decode()


def opened(text: str, *, purpose: str) -> dict[str, str]:
    """The values that were sealed. Raises SealBrokenError."""
    try:
        return dict(json.loads(_box(purpose).decrypt(text.encode())))
    except InvalidToken as error:
        raise SealBrokenError from error


def _box(purpose: str) -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(_key_from(one, purpose)) for one in secrets])


def _key_from(secret: str | bytes, purpose: str) -> bytes:
    digest = salted_hmac(purpose, "", secret=secret, algorithm="sha256").digest()
    return base64.urlsafe_b64encode(digest)

"""What is random: the secret that an app shares with us, recovery codes, and how both are read."""

import base64
import hashlib
import io
import re
import secrets
from urllib.parse import quote, urlencode

import segno
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

SECRET_BYTES = 20
RECOVERY_CODES = 10
# Without what is mistaken for something else when it is copied from paper; 16 of them are 77 bits.
RECOVERY_ALPHABET = "abcdefghjkmnpqrstuvwxyz34679"
RECOVERY_LENGTH = 16
APP_CODE = re.compile(r"[0-9]{6}")


def secret_new() -> str:
    """A new shared secret, in base32, as apps want it typed."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def recovery_code_new() -> str:
    """A new recovery code in groups of four: abcd-efgh-jkmn-pqrs."""
    code = get_random_string(RECOVERY_LENGTH, RECOVERY_ALPHABET)
    return "-".join(code[start : start + 4] for start in range(0, RECOVERY_LENGTH, 4))


def recovery_digest(typed: str) -> str:
    """By which a recovery code is known, with or without the dashes and in capitals or not."""
    return hashlib.sha256(_bare(typed).encode(errors="replace")).hexdigest()


def app_code_in(typed: str) -> int | None:
    """The six digits of an app's code, however they were grouped; None for anything else."""
    bare = _bare(typed)
    return int(bare) if APP_CODE.fullmatch(bare) else None


def secret_in_groups(secret: str) -> str:
    """The secret as it is typed off a screen."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def app_address(secret: str, *, username: str) -> str:
    """What the square code says: otpauth://totp/…, by which an app takes up the account."""
    issuer = _("Tianjin pilot tasks")
    asked = urlencode({"secret": secret, "issuer": issuer}, quote_via=quote)
    return f"otpauth://totp/{quote(issuer)}:{quote(username)}?{asked}"


def square_code(text: str) -> str:
    """The text as a QR code: an SVG element without any style, to stand within a page."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", xmldecl=False, svgns=False, omitsize=True, border=4, light="white"
    )
    return out.getvalue().decode()


def _bare(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed).lower()

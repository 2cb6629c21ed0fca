"""What an installation sets in the environment, read and checked for the settings.

A value that cannot be meant stops the start: each function raises ImproperlyConfigured with a
sentence that names the variable and says what it must look like. The sentence never shows the value
of an address, since that may have a password in it.
"""

import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from agencies.city.installed import Provider

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})
SQLITE = "django.db.backends.sqlite3"
ORIGIN = re.compile(
    r"((?P<scheme>https?)://)?(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?)(:(?P<port>[0-9]{1,5}))?/?"
)


# What may stand in a file of its own, whose path NAME_FILE says: the environment of a process is
# shown by more programs than one thinks of. Addresses are among them for their passwords.
SECRETS = (
    "SECRET_KEY",
    "SECRET_KEY_FALLBACKS",
    "AUDIT_KEYS",
    "DATABASE_URL",
    "REDIS_URL",
    "EMAIL_URL",
    "OIDC_CLIENT_SECRET",
)
SHORTEST_SECRET_KEY = 50
FEWEST_CHARACTERS = 5


def with_secrets_from_files(given: Mapping[str, str]) -> dict[str, str]:
    """The variables, each of SECRETS read from the file that NAME_FILE says, where it does.

    Blanks and line ends around what a file holds are no part of it.
    """
    read = dict(given)
    for name in SECRETS:
        path = given.get(f"{name}_FILE", "").strip()
        if not path:
            continue
        if given.get(name, "").strip():
            raise ImproperlyConfigured(f"{name} and {name}_FILE are both set. Take one away.")
        try:
            read[name] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not UTF-8"
            raise ImproperlyConfigured(
                f"{name}_FILE is {path!r}, which cannot be read: {reason}. Set it to a file that "
                f"the account of the service may read."
            ) from None
        if not read[name]:
            raise ImproperlyConfigured(f"{name}_FILE is {path!r}, which is empty. Fill it.")
    return read


def secret_key_from(written: str, *, known: str) -> str:
    """SECRET_KEY of a service: not the one that everybody knows, nor one that can be guessed."""
    is_short = len(written) < SHORTEST_SECRET_KEY or len(set(written)) < FEWEST_CHARACTERS
    if written == known or is_short:
        raise ImproperlyConfigured(
            f"SECRET_KEY is the one of the demonstration, or shorter than {SHORTEST_SECRET_KEY} "
            f"characters: whoever guesses it can sign in as anybody. Make one and keep it: "
            f"python3 -c 'import secrets; print(secrets.token_urlsafe(64))'"
        )
    return written


# Plain characters alone, so that no two readers of it can disagree on its host.
ISSUER = re.compile(
    r"(?P<scheme>https?)://(?P<host>[A-Za-z0-9._-]+)(:[0-9]{1,5})?(/[A-Za-z0-9._~%/+-]*)?"
)


def flag(name: str, *, default: bool) -> bool:
    """The variable as yes or no; `default` where it is not set or empty."""
    written = os.environ.get(name, "").strip().lower()
    if not written:
        return default
    if written in YES | NO:
        return written in YES
    raise ImproperlyConfigured(f"{name} is {written!r}. Set it to 1 or 0.")


def whole_number(name: str, *, default: int) -> int:
    """The variable as a number, 0 or more; `default` where it is not set or empty."""
    written = os.environ.get(name, "").strip()
    if not written:
        return default
    if written.isdecimal():
        return int(written)
    raise ImproperlyConfigured(f"{name} is {written!r}. Set it to a whole number of 0 or more.")


def days_at_least(name: str, *, default: int, least: int) -> int:
    """The variable as a number of days, `least` or more; `default` where it is not set or empty."""
    days = whole_number(name, default=default)
    if days < least:
        raise ImproperlyConfigured(f"{name} is {days}. Set it to {least} days or more.")
    return days


def folder_from(name: str, written: str, *, apart_from: Iterable[Path]) -> Path:
    """The variable as a folder, which need not exist yet; it may share no place with `apart_from`,
    the folders that are served or that programs are read from."""
    folder = Path(written)
    if not folder.is_absolute():
        raise ImproperlyConfigured(f"{name} is {written!r}. Set it to a folder that begins with /.")
    folder = folder.resolve()
    for other in (one.resolve() for one in apart_from):
        if folder.is_relative_to(other) or other.is_relative_to(folder):
            raise ImproperlyConfigured(
                f"{name} is {written!r}, which shares its place with {other}. Set it to a folder "
                f"of its own, outside of what is served."
            )
    return folder


def database_from(url: str) -> dict[str, Any]:
    """DATABASE_URL as Django's settings of one database, PostgreSQL or SQLite."""
    meant = (
        "DATABASE_URL must look like postgres://USER:PASSWORD@HOST:5432/DATABASE or "
        "sqlite:////folder/file.sqlite3 (characters such as @ : / # % in a password are written "
        "as %40 %3A %2F %23 %25)."
    )
    try:
        scheme = urlsplit(url).scheme
        if scheme == "sqlite" and urlsplit(url).netloc:
            raise ImproperlyConfigured(f"DATABASE_URL lacks a slash after sqlite://. {meant}")
        if scheme not in {"postgres", "postgresql", "sqlite"}:
            raise ImproperlyConfigured(f"DATABASE_URL names no database of ours. {meant}")
        config: dict[str, Any] = environ.Env.db_url_config(url)
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL cannot be read. {meant}") from error
    if config["NAME"] in {"", ":memory:"}:
        raise ImproperlyConfigured(f"DATABASE_URL does not say which database. {meant}")
    return config


def broker_from(url: str) -> str:
    """REDIS_URL as it was given, if redis-py and Celery can both use it."""
    meant = (
        "REDIS_URL must look like redis://:PASSWORD@HOST:6379/0, rediss://… for TLS, or "
        "unix:///folder/socket."
    )
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises ValueError where it is no number
        complete = parts.path if parts.scheme == "unix" else parts.hostname
    except ValueError as error:
        raise ImproperlyConfigured(f"REDIS_URL cannot be read. {meant}") from error
    if parts.scheme not in {"redis", "rediss", "unix"} or not complete:
        raise ImproperlyConfigured(f"REDIS_URL names no broker of ours. {meant}")
    return url


def mail_from(url: str) -> dict[str, Any]:
    """EMAIL_URL as Django's settings of outgoing mail."""
    meant = (
        "EMAIL_URL must look like smtp+tls://USER:PASSWORD@HOST:587, smtp+ssl://… for port 465, "
        "or smtp://HOST:25."
    )
    try:
        config: dict[str, Any] = environ.Env.email_url_config(url)
    except (ValueError, ImproperlyConfigured) as error:
        raise ImproperlyConfigured(f"EMAIL_URL cannot be read. {meant}") from error
    if urlsplit(url).scheme.startswith("smtp") and not config["EMAIL_HOST"]:
        raise ImproperlyConfigured(f"EMAIL_URL names no mail server. {meant}")
    return config


def robot_hosts_from(written: Iterable[str]) -> frozenset[str]:
    """ROBOT_HOSTS as the origins at which group robots may be called, each with its port.

    HTTPS is meant unless an entry begins with http://, which a gateway of one's own network may.
    """
    meant = (
        "ROBOT_HOSTS must look like qyapi.weixin.qq.com,gateway.example.cn:8443 or, where a "
        "gateway speaks no HTTPS, http://gateway.example.cn:8080: host names divided by commas."
    )
    return _origins_from(written, refusal=f"ROBOT_HOSTS cannot be read. {meant}")


def webhook_hosts_from(written: Iterable[str], *, debug: bool) -> frozenset[str]:
    """WEBHOOK_HOSTS as the origins at which webhooks may be called, each with its port.

    By HTTPS alone: what changed is nobody else's to read. With DEBUG on a program on this very
    machine may be named by its number, such as http://127.0.0.1:9000.
    """
    meant = "WEBHOOK_HOSTS must look like data.example.cn,platform.example.cn:8443"
    origins = _origins_from(written, refusal=f"WEBHOOK_HOSTS cannot be read. {meant}.")
    for one in map(urlsplit, origins):
        if one.scheme == "http" and not (debug and _is_loopback(one.hostname or "")):
            raise ImproperlyConfigured(
                f"WEBHOOK_HOSTS names a host without HTTPS. {meant}; http:// is for a program on "
                f"this machine alone, by its number and with DEBUG=1."
            )
    return origins


def city_sign_on_from(
    issuer: str, *, client_id: str, client_secret: str, second_factors: Iterable[str], debug: bool
) -> Provider | None:
    """OIDC_ISSUER and what goes with it as the provider of the city's sign-on; None without it.

    By HTTPS alone; with DEBUG on a program on this very machine may be named by its number.
    """
    if not issuer:
        return None
    meant = (
        "OIDC_ISSUER must be the issuer exactly as the provider names itself, such as "
        "https://sso.example.cn/realms/city; http:// is for a program on this machine alone, by "
        "its number and with DEBUG=1."
    )
    found = ISSUER.fullmatch(issuer)
    if found is None:
        raise ImproperlyConfigured(f"OIDC_ISSUER cannot be read. {meant}")
    if found["scheme"] == "http" and not (debug and _is_loopback(found["host"])):
        raise ImproperlyConfigured(f"OIDC_ISSUER is no address with HTTPS. {meant}")
    if not client_id:
        raise ImproperlyConfigured(
            "OIDC_ISSUER is set and OIDC_CLIENT_ID is not. Set it to the name under which the "
            "provider knows this service."
        )
    values = frozenset(filter(None, map(str.strip, second_factors)))
    return Provider(issuer, client_id, client_secret, values)


def passwords_for_administrators_alone(wanted: bool, *, has_city_sign_on: bool) -> bool:
    """PASSWORDS_FOR_ADMINISTRATORS_ALONE, refused where nobody else would have a way in."""
    if wanted and not has_city_sign_on:
        raise ImproperlyConfigured(
            "PASSWORDS_FOR_ADMINISTRATORS_ALONE is set and OIDC_ISSUER is not, so that nobody else "
            "could sign in. Set the city's sign-on up first."
        )
    return wanted


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _origins_from(written: Iterable[str], *, refusal: str) -> frozenset[str]:
    origins = set()
    for entry in filter(None, map(str.strip, written)):
        found = ORIGIN.fullmatch(entry.lower())
        if found is None or not 0 < int(found["port"] or 443) < 65_536:
            raise ImproperlyConfigured(refusal)
        scheme = found["scheme"] or "https"
        port = found["port"] or {"http": 80, "https": 443}[scheme]
        origins.add(f"{scheme}://{found['host']}:{int(port)}")
    return frozenset(origins)

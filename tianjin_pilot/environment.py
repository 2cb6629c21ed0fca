"""What an installation sets in the environment, read and checked for the settings.

A value that cannot be meant stops the start: each function raises ImproperlyConfigured with a
sentence that names the variable and says what it must look like. The sentence never shows the value
of an address, since that may have a password in it.
"""

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

YES = frozenset({"1", "true", "yes", "on"})
NO = frozenset({"0", "false", "no", "off"})
SQLITE = "django.db.backends.sqlite3"


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

"""What `manage.py check` says of an installation: what is wrong with its settings, and the remedy.

An error stops every command, a warning is printed with each, and what a small installation may
choose on purpose is a warning of `manage.py check --deploy` alone. What cannot even be read stops
the start before any check: see `tianjin_pilot.environment`.
"""

import gettext
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Tags, register

from tianjin_pilot.environment import SQLITE
from tianjin_pilot.places import nearest_there

LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "::1", "[::1]"})
CATALOGUE = Path("zh_Hans") / "LC_MESSAGES" / "django.mo"


@register
def service_settings(**_kwargs: Any) -> list[CheckMessage]:
    """What must not be so where DEBUG is off."""
    if settings.DEBUG:
        return []
    return [
        *mail_in_files(),
        *links_to_this_machine(),
        *no_host(),
        *no_broker(),
        *evidence_folder(),
    ]


@register(Tags.security, deploy=True)
def service_advice(**_kwargs: Any) -> list[CheckMessage]:
    """What is unwise in service, asked by `check --deploy` only."""
    return [] if settings.DEBUG else [*links_without_https(), *sqlite_in_service()]


@register(Tags.translation)
def language_and_time(**_kwargs: Any) -> list[CheckMessage]:
    """What the screens' language and the reporting calendar need, whatever DEBUG is."""
    return [*catalogue(), *time_zone()]


def mail_in_files() -> Iterator[CheckMessage]:
    if settings.EMAIL_BACKEND == "django.core.mail.backends.filebased.EmailBackend":
        yield checks.Warning(
            f"Mail is written to {settings.EMAIL_FILE_PATH}, so no reminder reaches anybody.",
            hint="Set EMAIL_URL to your mail server: smtp+tls://USER:PASSWORD@HOST:587",
            id="tianjin_pilot.W002",
        )


def links_to_this_machine() -> Iterator[CheckMessage]:
    if (urlsplit(settings.SITE_URL).hostname or "") in LOCAL_HOSTS | {""}:
        yield checks.Warning(
            f"SITE_URL is {settings.SITE_URL!r}, so links in mails lead readers to their own "
            f"machine.",
            hint="Set SITE_URL to the address that browsers use: SITE_URL=https://HOST",
            id="tianjin_pilot.W003",
        )


def no_host() -> Iterator[CheckMessage]:
    if LOCAL_HOSTS.issuperset(settings.ALLOWED_HOSTS):
        yield checks.Warning(
            "ALLOWED_HOSTS has only this machine, so every request from another is refused.",
            hint="Set ALLOWED_HOSTS to the host names that browsers use, divided by commas.",
            id="tianjin_pilot.W004",
        )


def no_broker() -> Iterator[CheckMessage]:
    if settings.REDIS_URL == settings.NO_BROKER:
        yield checks.Error(
            "REDIS_URL is the default of the demonstration, where no broker listens in service.",
            hint="Set REDIS_URL to your Redis or Valkey: redis://:PASSWORD@HOST:6379/0",
            id="tianjin_pilot.E005",
        )


def evidence_folder() -> Iterator[CheckMessage]:
    folder = Path(settings.EVIDENCE_DIR)
    nearest = nearest_there(folder)
    if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
        yield checks.Warning(
            f"EVIDENCE_DIR is {str(folder)!r}, where this account cannot write, so nobody can "
            f"attach a file.",
            hint="Give the folder to the account of the service, and to nobody else: "
            f"install -d -m 700 -o ACCOUNT {folder}",
            id="tianjin_pilot.W010",
        )


def links_without_https() -> Iterator[CheckMessage]:
    if urlsplit(settings.SITE_URL).scheme != "https":
        yield checks.Warning(
            f"SITE_URL is {settings.SITE_URL!r}: links in mails do not begin with https.",
            hint="Let the reverse proxy speak HTTPS and set SITE_URL=https://HOST",
            id="tianjin_pilot.W006",
        )


def sqlite_in_service() -> Iterator[CheckMessage]:
    if settings.DATABASES["default"]["ENGINE"] == SQLITE:
        yield checks.Warning(
            "The database is SQLite: one writer at a time, on one machine.",
            hint="Set DATABASE_URL to PostgreSQL 15 or later: "
            "postgres://USER:PASSWORD@HOST:5432/DATABASE",
            id="tianjin_pilot.W007",
        )


def catalogue() -> Iterator[CheckMessage]:
    path = Path(settings.LOCALE_PATHS[0]) / CATALOGUE
    try:
        with path.open("rb") as file:
            gettext.GNUTranslations(file)
    except (OSError, UnicodeDecodeError, ValueError) as error:
        yield checks.Warning(
            f"The Chinese texts cannot be read, so screens are in English: {path} ({error}).",
            hint="Fetch the file again with git, or make it from its source: make messages",
            id="tianjin_pilot.W008",
        )


def time_zone() -> Iterator[CheckMessage]:
    if settings.TIME_ZONE != "Asia/Shanghai":
        yield checks.Error(
            f"TIME_ZONE is {settings.TIME_ZONE!r}: due dates are days in Tianjin.",
            hint="Set TIME_ZONE to Asia/Shanghai in tianjin_pilot/settings.py.",
            id="tianjin_pilot.E009",
        )

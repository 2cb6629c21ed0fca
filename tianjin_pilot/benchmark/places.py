"""Where it is measured: databases and folders of its own, gone at the end however it ends.

The installation's own database is not opened. On PostgreSQL the new ones stand beside it on the
same server, each under a name of its own.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from copy import deepcopy
from pathlib import Path

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.test import override_settings

ALIAS = "default"
# Where a database is copied from that is not made here: the one that DATABASE_URL names.
INSTALLED = "installed"
SQLITE_FILES = ("", "-wal", "-shm", "-journal")


class Place:
    """A folder, and databases by name, which are made and removed through here alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._installed = connections[ALIAS]
        self._made: dict[str, BaseDatabaseWrapper] = {}

    @property
    def vendor(self) -> str:
        return self._installed.vendor

    def database_create(self, name: str, *, copied_from: str = "") -> None:
        """An empty database without tables, or one as the other now is."""
        own = deepcopy(self._installed.settings_dict)
        if self.vendor == "sqlite":
            own["NAME"] = str(self.folder / f"{name}.sqlite3")
        else:
            own["NAME"] = f"{own['NAME']}_benchmark_{os.getpid()}_{name}"
            # Pools go by the alias, which all of these databases share.
            own["OPTIONS"] = {k: v for k, v in own.get("OPTIONS", {}).items() if k != "pool"}
        made = type(self._installed)(own, ALIAS)
        source = self._installed if copied_from == INSTALLED else self._made.get(copied_from)
        # Before it is there: interrupted while it is made, it is to be removed all the same.
        self._made[name] = made
        if self.vendor == "sqlite":
            if source is not None:
                with source.cursor() as cursor:
                    cursor.execute("VACUUM INTO %s", [own["NAME"]])
        else:
            if source is not None:
                # PostgreSQL copies no database that somebody is in.
                source.close()
                source.close_pool()  # type: ignore[attr-defined]
            template = f" TEMPLATE {_quoted(source)}" if source is not None else ""
            _on_the_server(made, f"CREATE DATABASE {_quoted(made)}{template}")

    @contextlib.contextmanager
    def within(self, name: str) -> Iterator[None]:
        """For the block, what the product reads and writes is this database."""
        before = connections[ALIAS]
        connections[ALIAS] = self._made[name]
        try:
            yield
        finally:
            connections[ALIAS] = before

    def remove(self) -> None:
        """Drop every database that was made; the folder is its owner's to remove."""
        connections[ALIAS] = self._installed
        for made in self._made.values():
            made.close()
            if made.vendor == "postgresql":
                _on_the_server(made, f"DROP DATABASE IF EXISTS {_quoted(made)} WITH (FORCE)")
            else:
                for ending in SQLITE_FILES:
                    Path(f"{made.settings_dict['NAME']}{ending}").unlink(missing_ok=True)
        self._made.clear()


@contextlib.contextmanager
def own_place() -> Iterator[Place]:
    """A place whose database "empty" has all tables and no rows, and the settings it is measured
    with: those of a service, but for limits that would refuse what asks so often, and for a cache,
    mails and files that stay in this process and its folder."""
    with tempfile.TemporaryDirectory(prefix="tianjin-pilot-benchmark-") as folder:
        place = Place(Path(folder))
        try:
            with override_settings(
                DEBUG=False,
                ALLOWED_HOSTS=["testserver"],
                ROOT_URLCONF="tianjin_pilot.benchmark.addresses",
                CACHES={"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
                EMAIL_BACKEND="django.core.mail.backends.locmem.EmailBackend",
                EVIDENCE_DIR=Path(folder) / "evidence",
                SECURE_SSL_REDIRECT=False,
                SESSION_COOKIE_SECURE=False,
                CSRF_COOKIE_SECURE=False,
                PASSWORD_DAYS=0,
                SECOND_FACTOR_ROLES=[],
                API_LIMITS=dict.fromkeys(settings.API_LIMITS, 0),
                PAGE_LIMITS=dict.fromkeys(settings.PAGE_LIMITS, 0),
            ):
                place.database_create("empty")
                with place.within("empty"):
                    call_command("migrate", verbosity=0, interactive=False)
                yield place
        finally:
            place.remove()


def _quoted(made: BaseDatabaseWrapper) -> str:
    return made.ops.quote_name(str(made.settings_dict["NAME"]))


def _on_the_server(made: BaseDatabaseWrapper, statement: str) -> None:
    """Run what cannot be run from within the database that it is about."""
    with made._nodb_cursor() as cursor:
        cursor.execute(statement)

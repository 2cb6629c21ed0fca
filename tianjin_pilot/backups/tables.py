"""The tables of an installation as lines of JSON, the same from either database, and back.

The first line of a table names its columns, each further one is a row, in the order of the keys.
Two databases that say the same give the same bytes, so that what was restored can be compared with
what was backed up by reading it once more.
"""

import base64
import datetime as dt
import itertools
import json
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import DatabaseError, connection
from django.db.models import AutoField, Field, JSONField, Model
from django.utils.duration import duration_string

from tianjin_pilot.backups.refusal import BackupRefused
from tianjin_pilot.migrated import Migration

# Apps whose tables stay behind, and why.
LEFT_OUT = {
    "sessions": "unused: ours have a table of their own",
    "axes": "wrong passwords of the last minutes",
    "contenttypes": "each database numbers its own",
    "auth": "Django's permissions, which nothing here asks",
}
# Tables of our own that do, and why.
TABLES_LEFT_OUT = {
    "agencies.Session": "whoever is signed in signs in again, and who was signed out stays so",
    "agencies.PasswordLink": "a link that was asked for an hour ago is not waited for any more",
}
# Rows that are read, or written, at once.
AT_ONCE = 1_000


def tables() -> list[type[Model]]:
    """The models whose tables are carried. Their order is of no matter: references are checked at
    the end of a transaction."""
    return [
        model
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in LEFT_OUT
        and model._meta.label not in TABLES_LEFT_OUT
        and model._meta.managed
        and not model._meta.proxy
    ]


def migrations_carried(migrations: Iterable[Migration]) -> dict[str, list[str]]:
    """Those of the apps whose tables are carried, by app and in their order."""
    carried: dict[str, list[str]] = {model._meta.app_label: [] for model in tables()}
    for app, name in sorted(migrations):
        if app in carried:
            carried[app].append(name)
    return carried


def lines_of(model: type[Model]) -> Iterator[bytes]:
    """The table's lines. Memory does not grow with it where a transaction is open."""
    names = [one.attname for one in _fields(model)]
    yield _line(names)
    rows = model._base_manager.order_by("pk").values_list(*names)
    for row in rows.iterator(chunk_size=AT_ONCE):
        yield _line(row)


def rows_insert(model: type[Model], lines: Iterable[bytes]) -> None:
    """Write the table's lines as rows, with the keys they had; in a transaction.

    Raises BackupRefused where the database does not take them.
    """
    given, fields, label = iter(lines), _fields(model), model._meta.label
    if json.loads(next(given)) != [one.attname for one in fields]:
        raise BackupRefused(f"{label} of the archive has other columns than the database.")
    columns = ", ".join(_quoted(str(one.column)) for one in fields)
    places = ", ".join(["%s"] * len(fields))
    into = f"INSERT INTO {_quoted(model._meta.db_table)} ({columns}) "
    with connection.cursor() as cursor:
        while batch := list(itertools.islice(given, AT_ONCE)):
            rows = [_prepared(fields, json.loads(line)) for line in batch]
            try:
                cursor.executemany(f"{into}VALUES ({places})", rows)
            except (DatabaseError, ValueError) as error:
                # A value, such as a text with a character that PostgreSQL does not know.
                raise BackupRefused(f"The database does not take {label}: {error}") from error


def last_key(model: type[Model]) -> int | None:
    """The last key that the table has given, also to a row that has gone: no later row may get it,
    since the audit trail knows things by it. None where it gives none."""
    if not isinstance(model._meta.pk, AutoField):
        return None
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT pg_sequence_last_value(pg_get_serial_sequence(%s, %s)::regclass)",
                [_quoted(table), column],
            )
        else:
            cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        found = cursor.fetchone()
    return int(found[0]) if found and found[0] else 0


def last_key_set(model: type[Model], key: int | None) -> None:
    """Let the table give its next row the key after this one."""
    if key is None:
        return
    assert model._meta.pk is not None
    table, column = model._meta.db_table, model._meta.pk.column
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, %s), %s, %s)",
                [_quoted(table), column, max(key, 1), key > 0],
            )
        else:
            cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
            cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, key])


def _fields(model: type[Model]) -> Sequence["Field[Any, Any]"]:
    return [one for one in model._meta.local_concrete_fields if not one.generated]


def _prepared(fields: Sequence["Field[Any, Any]"], row: Sequence[Any]) -> list[Any]:
    return [_prepared_value(field, value) for field, value in zip(fields, row, strict=True)]


def _prepared_value(field: "Field[Any, Any]", value: Any) -> Any:
    if value is None and isinstance(field, JSONField) and not field.null:
        # The null of JSON, and not that of the database.
        return field.get_db_prep_value(None, connection, prepared=False)
    return field.get_db_prep_save(field.to_python(value), connection)


def _written(value: Any) -> str:
    """What JSON has no form for, as `Field.to_python` reads it."""
    if isinstance(value, dt.datetime):
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        return duration_string(value)
    if isinstance(value, UUID | Decimal):
        return str(value)
    if isinstance(value, bytes | memoryview):
        return base64.b64encode(value).decode()
    raise TypeError(f"{type(value).__name__} has no form in a backup")


_encoder = json.JSONEncoder(
    ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_written
)


def _line(values: Sequence[Any]) -> bytes:
    # SQLite keeps halves of characters within JSON; a backup must not fail on one.
    return _encoder.encode(values).encode("utf-8", "surrogatepass") + b"\n"


def _quoted(name: str) -> str:
    return str(connection.ops.quote_name(name))

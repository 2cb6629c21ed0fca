"""One row written by a statement whose text is written once.

Of the statements of an act the ORM takes longer to write most than the database to obey them. What
is written so has no signals, and its model none of the database's own defaults; the text alone is
kept.
"""

import functools
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import connection, models


def row_insert(row: models.Model) -> None:
    """Write a new row. Its key stays unknown."""
    text, fields = _insert(connection.vendor, type(row))
    with connection.cursor() as cursor:
        cursor.execute(text, _values(row, fields))


def row_update(row: models.Model, *, names: Sequence[str]) -> None:
    """Write these fields of a stored row; raises ObjectDoesNotExist where it is
    gone."""
    text, fields = _update(connection.vendor, type(row), tuple(names))
    with connection.cursor() as cursor:
        cursor.execute(text, [*_values(row, fields), row.pk])
        if not cursor.rowcount:
            raise ObjectDoesNotExist


def _values(row: models.Model, fields: Sequence[Any]) -> list[Any]:
    """As the database takes them."""
    return [one.get_db_prep_save(getattr(row, one.attname), connection) for one in fields]


@functools.cache
def _insert(_vendor: str, model: type[models.Model]) -> tuple[str, Sequence[Any]]:
    meta: Any = model._meta
    fields = [one for one in meta.local_concrete_fields if not one.primary_key]
    columns = ", ".join(_quoted(one.column) for one in fields)
    places = ", ".join("%s" for _one in fields)
    table = _quoted(meta.db_table)
    return f"INSERT INTO {table} ({columns}) VALUES ({places})", fields  # noqa: S608 # nosec B608


@functools.cache
def _update(
    _vendor: str, model: type[models.Model], names: Sequence[str]
) -> tuple[str, Sequence[Any]]:
    meta: Any = model._meta
    fields = [meta.get_field(name) for name in names]
    columns = ", ".join(f"{_quoted(one.column)} = %s" for one in fields)
    table, key = _quoted(meta.db_table), _quoted(meta.pk.column)
    return f"UPDATE {table} SET {columns} WHERE {key} = %s", fields  # noqa: S608 # nosec B608


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)

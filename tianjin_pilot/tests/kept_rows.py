"""Rows that many tests start from, written by the product once and copied from then on."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from django.apps import apps
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.models import AutoField, Model

from agencies.models import Agency

# What migrations fill in themselves.
IN_EVERY_DATABASE = {"auth", "contenttypes"}
# As Python has them, past managers, in the order of the model's columns and by its label; either
# database takes them.
Rows = Mapping[str, Sequence[tuple[Any, ...]]]


class Ground:
    """What is committed under the transactions of the tests, so that each of them finds it without
    writing it: layers above one another, by what the next test asks for.

    The rows of a layer are got once in a process, and copied from then on.
    """

    def __init__(self, layers: Mapping[str, Callable[[], Rows]]) -> None:
        self._layers = layers
        self._kept: dict[str, Rows] = {}
        self._laid: tuple[str, ...] = ()

    def lay(self, wanted: tuple[str, ...]) -> None:
        """Commit these layers and no others.

        Within a transaction, which is then that of several tests, the ground stays as it is.
        """
        if connection.in_atomic_block:
            return
        laid = self._still_laid()
        if laid != wanted[: len(laid)]:
            self._clear()
        if wanted and not self._laid:
            keys_restart()
        for name in wanted:
            self.have(name)

    def have(self, name: str) -> None:
        """Lay one more layer unless it is there: under a test, or else as a part of it."""
        laid = self._still_laid()
        if name in laid:
            return
        if name not in self._kept:
            self._kept[name] = _prepared(self._layers[name]())
        _prepared_write(self._kept[name])
        statistics_refresh(*(apps.get_model(label)._meta.db_table for label in self._kept[name]))
        if not connection.in_atomic_block:
            self._laid = (*laid, name)

    def _still_laid(self) -> tuple[str, ...]:
        """Tests that commit have all tables emptied after them."""
        if not Agency._base_manager.exists():
            self._laid = ()
        return self._laid

    def _clear(self) -> None:
        tables = [model._meta.db_table for model in _models()]
        flush = connection.ops.sql_flush(no_style(), tables, allow_cascade=True)
        connection.ops.execute_sql_flush(flush)
        self._laid = ()


def rows_undone(act: Callable[[], object]) -> Rows:
    """What the act, which adds rows and changes none, adds; it is undone."""
    with transaction.atomic():
        rows = rows_written_by(act)
        transaction.set_rollback(True)
    return rows


def rows_written_by(act: Callable[[], object]) -> Rows:
    """Do the act, which adds rows and changes none, and return what it added."""
    before = {model: set(_keys(model)) for model in _models()}
    act()
    added = {}
    for model in _models():
        names = [one.attname for one in model._meta.local_concrete_fields]
        rows = model._base_manager.order_by("pk").values_list("pk", *names)
        added[model._meta.label] = [row for key, *row in rows if key not in before[model]]
    return {label: rows for label, rows in added.items() if rows}


def rows_write(rows: Rows) -> None:
    """Add the rows, with the keys they had."""
    _prepared_write(_prepared(rows))


def keys_restart() -> None:
    """Let the keys of empty tables begin with 1, whatever stood in them before."""
    sequences = [
        {"table": model._meta.db_table, "column": model._meta.pk.column}
        for model in _models()
        if isinstance(model._meta.pk, AutoField)
    ]
    with connection.cursor() as cursor:
        for statement in connection.ops.sequence_reset_by_name_sql(no_style(), sequences):
            cursor.execute(statement)


def statistics_refresh(*tables: str) -> None:
    """Let the planner know how large the tables (all, where none is named) are, as it does in
    service: they were filled a moment ago, between the rows that earlier tests rolled back, and a
    wrong plan takes minutes."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {', '.join(tables)}")


def _prepared(rows: Rows) -> Rows:
    """The rows as this database takes them."""
    return {label: list(_prepared_of(apps.get_model(label), rows[label])) for label in rows}


def _prepared_of(model: type[Model], rows: Sequence[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    fields = model._meta.local_concrete_fields
    for row in rows:
        yield tuple(
            field.get_db_prep_save(value, connection)
            for field, value in zip(fields, row, strict=True)
        )


def _prepared_write(rows: Rows) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for label, of_a_model in rows.items():
            model = apps.get_model(label)
            columns = [_quoted(one.column) for one in model._meta.local_concrete_fields]
            into = f"{_quoted(model._meta.db_table)} ({', '.join(columns)})"
            places = ", ".join(["%s"] * len(columns))
            statement = f"INSERT INTO {into} VALUES ({places})"  # noqa: S608 - names of ours
            cursor.executemany(statement, of_a_model)
            # The next row of the product's own goes behind them.
            for reset in connection.ops.sequence_reset_sql(no_style(), [model]):
                cursor.execute(reset)


def _models() -> list[type[Model]]:
    models = apps.get_models(include_auto_created=True)
    return [one for one in models if one._meta.app_label not in IN_EVERY_DATABASE]


def _keys(model: type[Model]) -> Iterator[Any]:
    yield from model._base_manager.order_by().values_list("pk", flat=True)


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)

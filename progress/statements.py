"""Statements whose text is written once and asked again with other values.

Of most statements of a page the ORM takes longer to write the text than the database to answer it.
The text alone is kept, never an answer.
"""

import copy
import datetime as dt
import functools
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.db.models import Exists, QuerySet
from django.db.models.sql.compiler import SQLCompiler

from agencies.models import User

T = TypeVar("T")
# Ids, names, days and moments.
Given = int | str | dt.date
# What stands for those that are given later; no statement has such a one of its own.
NUMBERS_FROM, WORDS, DAYS_FROM = 32_000, "given later: ", dt.date(2, 1, 1)
# So many texts are kept of each statement.
KEPT = 64


class _Reader(NamedTuple):
    """What a statement may be another one for: all else of a reader are values."""

    role: str
    is_active: bool
    agencies: int
    agencies_of_old: int


class _Kept(NamedTuple):
    """A text with its parameters, by their places the values that are put there instead, and the
    places of the columns that do not come as Python takes them."""

    rows: QuerySet[Any, Any]
    compiler: SQLCompiler
    text: str
    params: Sequence[Any]
    places: Sequence[int | None]
    converted: Sequence[int]


class WrittenOnce(Generic[T]):
    """What a queryset gives that is made of so many values, and of who reads.

    `rows` puts the values, and the reader's id and agencies, into conditions and does nothing else
    with them, since it is handed others in their place; what it makes may depend besides on the
    reader's role, on whether they are active, on how many values there are, and on nothing else: no
    row of the database, no settings, no day.
    """

    def __init__(self, rows: Callable[..., QuerySet[Any, T]], *, asks_all: bool = True) -> None:
        """`asks_all`: a value that stands in no condition is a mistake."""
        self.rows, self._asks_all = rows, asks_all
        self._kept = functools.lru_cache(maxsize=KEPT)(self._written)

    def of(self, *given: Given) -> list[T]:
        """The rows now, of what nobody in particular reads: one statement."""
        return self._asked(None, given)

    def for_reader(self, user: User, *given: Given) -> list[T]:
        """The rows now, for this reader: one statement, none where they may read nothing of it."""
        own, of_old = user.agency_ids, user.agency_ids_of_old
        reader = _Reader(user.role, user.is_active, len(own), len(of_old))
        return self._asked(reader, (user.pk, *sorted(own), *sorted(of_old - own), *given))

    def _asked(self, reader: _Reader | None, values: Sequence[Given]) -> list[T]:
        kept = self._kept(connection.vendor, reader, tuple(type(one) for one in values))
        if kept is None:
            return []
        params = tuple(
            one if place is None else _as_the_database_takes_it(values[place], like=one)
            for one, place in zip(kept.params, kept.places, strict=True)
        )
        compiler = copy.copy(kept.compiler)
        compiler.connection = connections[DEFAULT_DB_ALIAS]
        vars(compiler)["as_sql"] = lambda: (kept.text, params)
        vars(compiler)["get_converters"] = lambda columns: _converters(
            compiler, columns, kept.converted
        )
        rows = kept.rows.all()
        vars(rows.query)["get_compiler"] = lambda *_of, **_more: compiler
        return list(rows)

    def _written(
        self, _vendor: str, reader: _Reader | None, kinds: Sequence[type[Given]]
    ) -> _Kept | None:
        stand_ins = [_stand_in(kind, place) for place, kind in enumerate(kinds)]
        given = stand_ins
        if reader is None:
            rows = self.rows(*stand_ins)
        else:
            _pk, *given = stand_ins
            user = User(pk=NUMBERS_FROM, role=reader.role, is_active=reader.is_active)
            agencies, given = given[: reader.agencies_of_old], given[reader.agencies_of_old :]
            vars(user)["agency_ids"] = frozenset(agencies[: reader.agencies])
            vars(user)["agency_ids_of_old"] = frozenset(agencies)
            rows = self.rows(user, *given)
        compiler = rows.query.get_compiler(connection=connection)
        try:
            text, params = compiler.as_sql()
        except EmptyResultSet:
            return None
        places = {_as_the_database_takes_it(one): place for place, one in enumerate(stand_ins)}
        found = [
            places.get(one) if isinstance(one, int | str | dt.date) else None for one in params
        ]
        if self._asks_all and (
            lost := {places[_as_the_database_takes_it(one)] for one in given} - {*found}
        ):
            raise TypeError(f"values {sorted(lost)} of {kinds} stand in no condition")
        columns = [column for column, *_of in compiler.select[: compiler.col_count]]
        return _Kept(rows, compiler, text, params, found, [*compiler.get_converters(columns)])


class MostlyNothing:
    """Statements of the same values of which most give nothing: what few tasks have any of."""

    def __init__(self, **statements: WrittenOnce[Any]) -> None:
        self._statements = statements
        # Of the reader's own row, which is there. A role that may read none of it asks no value.
        self._any = WrittenOnce(
            lambda user, *given: User.objects.filter(pk=user.pk).values_list(
                *[Exists(one.rows(user, *given)) for one in statements.values()]
            ),
            asks_all=False,
        )

    def for_reader(self, user: User, *given: Given) -> dict[str, list[Any]]:
        """By its name what each gives this reader now: one statement, and one for each that gives
        anything."""
        [any_of] = self._any.for_reader(user, *given)
        return {
            name: one.for_reader(user, *given) if is_any else []
            for (name, one), is_any in zip(self._statements.items(), any_of, strict=True)
        }


def _converters(
    compiler: SQLCompiler, columns: Sequence[Any], converted: Sequence[int]
) -> dict[int, Any]:
    """How the columns are read, as the compiler says it; it asks each of a hundred for the ten that
    matter. These are asked anew each time, since what they answer belongs to a connection."""
    found = SQLCompiler.get_converters(compiler, [columns[place] for place in converted])
    return dict(zip(converted, found.values(), strict=True))


def _stand_in(kind: type[Given], place: int) -> Given:
    if issubclass(kind, dt.datetime):
        return dt.datetime.combine(DAYS_FROM, dt.time(), dt.UTC) + dt.timedelta(days=place)
    if issubclass(kind, dt.date):
        return DAYS_FROM + dt.timedelta(days=place)
    return f"{WORDS}{place}" if issubclass(kind, str) else NUMBERS_FROM + place


def _as_the_database_takes_it(value: Given, *, like: Any = 0) -> Any:
    """The value as a parameter, of an integer of the same kind as `like`."""
    if isinstance(value, dt.datetime):
        return connection.ops.adapt_datetimefield_value(value)
    if isinstance(value, dt.date):
        return connection.ops.adapt_datefield_value(value)
    return value if isinstance(value, str) else type(like)(value)

"""Several counts by one statement, whose text is made once and kept.

Of a small count the ORM takes longer to write the statement than the database to answer it, and the
frame of every page counts. The text alone is kept, never an answer.
"""

import functools
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

from agencies.models import Role, User

Rows = Callable[[User], QuerySet[Any]]
# Texts are kept of so many people.
KEPT = 512
NOTHING_COUNTED: Mapping[str, int] = MappingProxyType({})


class CountsTogether:
    """How many rows each of some querysets has, by the names that they are given here.

    What makes one may depend on who a person is, their role and whether they are active, and on no
    row of the database: of that the kept text would go on telling.
    """

    def __init__(self, **rows: Rows) -> None:
        self._rows = rows
        self._text = functools.lru_cache(maxsize=KEPT)(self._written)
        self._without = functools.cache(self._less)

    def __or__(self, more: "CountsTogether") -> "CountsTogether":
        """These counts and the others, by one statement."""
        return CountsTogether(**self._rows, **more._rows)

    def of(self, user: User, *, counted: Mapping[str, int] = NOTHING_COUNTED) -> dict[str, int]:
        """The counts now, for this person: one statement of those that are not `counted` already
        under the same names, none where all are."""
        rest = self._without(frozenset(self._rows.keys() & counted.keys()))
        return {name: counted[name] for name in self._rows if name in counted} | rest._now(user)

    def _less(self, names: frozenset[str]) -> "CountsTogether":
        """These counts but for those; kept, as their text is."""
        rest = {name: rows for name, rows in self._rows.items() if name not in names}
        return CountsTogether(**rest) if names else self

    def _now(self, user: User) -> dict[str, int]:
        if not self._rows:
            return {}
        text, params = self.asked(user)
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {text}", params)
            return self.named(cursor.fetchone())

    def named(self, counts: Sequence[int]) -> dict[str, int]:
        """By their names the counts that a statement gave for what it was `asked`."""
        return dict(zip(self._rows, counts, strict=True))

    def asked(self, user: User) -> tuple[str, Sequence[Any]]:
        """What a statement selects to get these counts, for one that selects something else too."""
        return self._text(connection.vendor, user.pk, Role(user.role), user.is_active)

    def _written(
        self, _vendor: str, pk: int, role: Role, is_active: bool
    ) -> tuple[str, tuple[Any, ...]]:
        user = User(pk=pk, role=role, is_active=is_active)
        counts: list[str] = []
        params: list[Any] = []
        for rows in self._rows.values():
            try:
                text, its_params = rows(user).order_by().values("pk").query.sql_with_params()
            except EmptyResultSet:
                counts.append("0")
                continue
            counts.append(f"(SELECT COUNT(*) FROM ({text}) counted)")  # noqa: S608 # nosec B608
            params += its_params
        return ", ".join(counts), tuple(params)

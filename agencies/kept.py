"""Rows that are written once: history is added to, never edited and never taken away."""

from typing import Any, NoReturn, TypeVar

from django.db import models

M = TypeVar("M", bound=models.Model)


class KeptRecordError(TypeError):
    """Something tried to change or remove a row of history: a fault of the program."""


def _refuse() -> NoReturn:
    raise KeptRecordError("history is written once; it is not changed or removed")


class KeptQuerySet(models.QuerySet[M]):
    """Rows that can be added and read, no more."""

    def update(self, **kwargs: Any) -> int:
        _refuse()

    def delete(self) -> tuple[int, dict[str, int]]:
        _refuse()

    def bulk_update(self, *args: Any, **kwargs: Any) -> int:
        _refuse()


class KeptRecord(models.Model):
    """A row that is saved when it is made and never again."""

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            _refuse()
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        _refuse()

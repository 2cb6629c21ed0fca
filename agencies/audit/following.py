"""What follows from the audit trail: whether anything changed, and what did since."""

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db import connection, models

from agencies.audit.notes import kind_of
from agencies.models import AuditEntry, AuditHead, AuditRemoval

# Asked before an answer that is known already, so it is written out: the ORM takes longer over it
# than the database. Names of ours.
_STATE = (
    f"(SELECT changed FROM {AuditHead._meta.db_table} WHERE id = 1), "  # noqa: S608 # nosec B608
    "COUNT(*), MAX(id)"
)
_CHANGES = f"FROM {AuditEntry._meta.db_table} WHERE position IS NULL AND is_change"


def state_of_the_trail(*, beside: str = "", params: Sequence[Any] = ()) -> tuple[int, ...]:
    """Three numbers that are others as soon as another change can be read: one short statement.

    The position of the last change, how many have none yet, and the highest key among these; after
    them the counts that are asked `beside` them, SQL of scalar queries with their parameters.
    """
    more = f", {beside}" if beside else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {_STATE}{more} {_CHANGES}", params)  # nosec B608
        position, count, last, *counts = cursor.fetchone()
    return position or 0, count, last or 0, *counts


class NoLongerKeptError(Exception):
    """What was asked for begins before what the trail still holds: start over."""


def check_kept(position: int) -> None:
    """Raise NoLongerKeptError where entries behind this position were removed."""
    if AuditRemoval.objects.filter(until__gt=position).exists():
        raise NoLongerKeptError


def changed_after(model: type[models.Model], position: int) -> models.QuerySet[AuditEntry, int]:
    """The keys of the model's rows with an entry behind this position, numbered or not yet. Raises
    NoLongerKeptError."""
    check_kept(position)
    entries = AuditEntry.objects.filter(kind=kind_of(model), is_change=True).exclude(
        position__lte=position
    )
    return entries.order_by().values_list("thing", flat=True)


def changed_from(
    model: type[models.Model], moment: dt.datetime
) -> models.QuerySet[AuditEntry, int]:
    """The keys of the model's rows with an act on them from this moment on.

    An act is told with the moment at which it began, so one that takes long is seen late. Raises
    NoLongerKeptError.
    """
    if AuditRemoval.objects.filter(last_at__gte=moment).exists():
        raise NoLongerKeptError
    entries = AuditEntry.objects.filter(kind=kind_of(model), is_change=True, at__gte=moment)
    return entries.order_by().values_list("thing", flat=True)

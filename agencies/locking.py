"""Locking agencies: whoever relies on one that has not ended waits for a merger of it."""

from collections.abc import Iterable

from agencies.models import Agency


def agencies_lock(agency_ids: Iterable[int | None]) -> dict[int, Agency]:
    """Lock the agencies of these ids and return them by id, as they are stored now.

    The open periods come before them, accounts, tasks and matters after them: locks taken in one
    order never deadlock. Rows that merely name an agency need not wait.
    """
    wanted = {pk for pk in agency_ids if pk is not None}
    rows = Agency.objects.select_for_update(no_key=True).filter(pk__in=wanted)
    return {one.pk: one for one in rows.order_by("pk")}

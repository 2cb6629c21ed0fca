"""Whether a lost write would be noticed: one of each kind is made, behind the product's back."""

from collections.abc import Callable, Mapping

from django.db import connection, transaction

from agencies.audit.guarding import guard_drop
from agencies.models import AuditEntry
from progress.models import (
    Contribution,
    Evidence,
    MeasureContribution,
    MeasureProgress,
    Report,
)
from progress.states import ReportState
from tianjin_pilot.tests.load.lost import Standing, Written, kind_of, lost
from tianjin_pilot.tests.load.told import Moved, Told


class Undone(Exception):  # noqa: N818 - it ends a transaction that is not meant to stay
    """What was done to the rows is taken back."""


def overlooked(told: Told, *, period: str) -> list[str]:
    """Of which kinds a write that is lost behind the product's back would not be noticed.

    One of each kind is made so, in a transaction that is undone.
    """
    standing, before = Standing(period), len(lost(told, period=period))
    return [
        kind
        for kind, harmed in _harms(told, standing).items()
        if not _is_noticed(harmed, told, period=period, before=before)
    ]


def _is_noticed(harmed: Callable[[], None], told: Told, *, period: str, before: int) -> bool:
    noticed = False
    try:
        with transaction.atomic():
            harmed()
            noticed = len(lost(told, period=period)) > before
            raise Undone
    except Undone:
        return noticed


def _harms(told: Told, standing: Standing) -> Mapping[str, Callable[[], None]]:
    """What loses one write of each kind that people were told of."""
    harms: dict[str, Callable[[], None]] = {}
    if told.saved:
        saved = max(told.saved, key=lambda one: one.version)
        written = standing.written[saved.item]
        harms["a text"] = lambda: _text_overwrite(written)
        harms["a save"] = lambda: _save_forget(written, saved.version)
    if told.moved:
        moved = told.moved[0]
        about = standing.written[moved.item]
        harms["a move"] = lambda: _move_forget(about, moved)
        harms["a state"] = lambda: _state_change(about)
    if told.attached:
        [evidence, *_] = Evidence.objects.filter(file__sha256=told.attached[0].sha256)
        harms["a file's row"] = lambda: delete("progress_evidence", id=evidence.pk)
    if told.exports:
        export = max(told.exports)
        harms["an export"] = lambda: delete("progress_exportjob", id=export)
    return harms


def _text_overwrite(written: Written) -> None:
    if isinstance(written, Report):
        MeasureProgress.objects.filter(report=written).update(text="")
    else:
        MeasureContribution.objects.filter(contribution=written).update(text="")


def _save_forget(written: Written, version: int) -> None:
    guard_drop(connection)
    entries = AuditEntry.objects.filter(kind=kind_of(written), thing=written.pk)
    for pk, changes in entries.values_list("pk", "changes"):
        if changes.get("version", [0, 0])[1] == version:
            delete("agencies_auditentry", id=pk)


def _move_forget(written: Written, moved: Moved) -> None:
    kind = kind_of(written)
    key: dict[str, int | str] = {f"{kind}_id": written.pk, "by_id": moved.by, "move": moved.move}
    delete(f"progress_{kind}event", **key)


def _state_change(written: Written) -> None:
    other = ReportState.RETURNED if written.state == ReportState.DRAFT else ReportState.DRAFT
    if isinstance(written, Report):
        Report.objects.filter(pk=written.pk).update(state=other, approved_at=None)
    else:
        Contribution.objects.filter(pk=written.pk).update(state=other)


def delete(table: str, **key: int | str) -> None:
    """History refuses to be deleted by the product's own means."""
    names = " AND ".join(f"{name} = %s" for name in key)
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table} WHERE {names}", list(key.values()))  # noqa: S608 - named above

"""What a document quotes of a period: what approved reports said by then, and nothing newer.

Of a closed period that is what held when it was closed: a result that is struck out later, or a
matter that is reworded later, moves no document about it.
"""

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

from django.db.models import OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from progress.models import (
    Matter,
    MatterEvent,
    MatterMove,
    ReportEvent,
    ReportingPeriod,
    Result,
)
from progress.rollups.changes import matters_unsettled_at, reading_moment
from progress.rollups.figures import Rate
from progress.rollups.registers.rows import MatterRow, ResultRow, matter_rows, result_rows
from progress.states import ReportState

Q_ = TypeVar("Q_", bound=QuerySet[Any])


def results_quoted(
    *, results: QuerySet[Result], period: ReportingPeriod, now: dt.datetime
) -> Sequence[ResultRow]:
    """The results of the period's approved reports, by kind and date: two statements.

    `results` are those that the reader may read (`Result.objects.visible_to(user)`).
    """
    until = period.closed_at or now
    standing = results.filter(Q(struck_at=None) | Q(struck_at__gt=until), report__period=period)
    rows = result_rows(results=_approved_then(standing, until=until).order_by("came_on", "pk"))
    kinds = list(type(rows[0].kind)) if rows else []
    return sorted(rows, key=lambda row: kinds.index(row.kind))


def matters_quoted(
    *, matters: QuerySet[Matter], period: ReportingPeriod, now: dt.datetime
) -> Sequence[MatterRow]:
    """The matters of approved reports that were not closed as of the period, the oldest first, each
    in the words that it had then: eight statements.

    `matters` are those that the reader may read (`Matter.objects.visible_to(user)`).
    """
    at = reading_moment(period, now=now)
    unsettled = matters_unsettled_at(matters=matters, at=at)
    found = _approved_then(unsettled, until=period.closed_at or now).order_by("raised_on", "pk")
    rows = matter_rows(matters=found, today=timezone.localdate(at))
    worded = MatterEvent.objects.filter(
        matter__in=[row.id for row in rows],
        move__in=[MatterMove.RAISE, MatterMove.REWORD],
        at__lte=at,
    )
    words = dict(worded.order_by("pk").values_list("matter_id", "text"))
    return [replace(row, text=words.get(row.id) or row.text) for row in rows]


def points_between(now: Rate, before: Rate) -> float | None:
    """By how many percentage points a rate moved, between the two as they are shown; None where one
    of them is of nothing."""
    if now.percent is None or before.percent is None:
        return None
    return round(now.percent - before.percent, 1)


def _approved_then(entries: Q_, *, until: dt.datetime) -> Q_:
    """Those of the entries whose report (field `report`) was approved at that moment."""
    events = ReportEvent.objects.filter(report=OuterRef("report"), at__lte=until)
    return entries.annotate(
        report_state_then=Subquery(events.order_by("-pk").values("to_state")[:1])
    ).filter(report_state_then=ReportState.APPROVED)

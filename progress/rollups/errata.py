"""The errata of a closed period as typed rows."""

import datetime as dt
from dataclasses import dataclass

from django.utils import timezone

from progress.models import Erratum, ReportingPeriod
from progress.rollups.counted import places_kept


@dataclass(frozen=True, slots=True)
class ErratumRow:
    """One correction: which place of which task's report, what held before, and what holds since.

    `measure` is the place that the measure had in its task at the closing, `measure_id` the measure
    itself; None where it is about the report as a whole.
    """

    number: int
    task_id: int
    task_number: int
    measure_id: int | None
    measure: int | None
    field: str
    old: str
    new: str
    reason: str
    on: dt.date


def erratum_rows(*, period: ReportingPeriod, until: int) -> list[ErratumRow]:
    """The errata of the period up to this number, in their order: one statement, none for 0."""
    if not until:
        return []
    places = places_kept(period) or {}
    errata = Erratum.objects.filter(period=period, number__lte=until).order_by("number")
    return [
        ErratumRow(
            number=number,
            task_id=task_id,
            task_number=task_number,
            measure_id=measure_id,
            measure=places.get(measure_id, ordinal) if measure_id else None,
            field=field,
            old=old,
            new=new,
            reason=reason,
            on=timezone.localdate(at),
        )
        for (
            number,
            task_id,
            task_number,
            measure_id,
            ordinal,
            field,
            old,
            new,
            reason,
            at,
        ) in errata.values_list(
            "number",
            "report__task",
            "report__task__number",
            "measure",
            "measure__ordinal",
            "field",
            "old",
            "new",
            "reason",
            "at",
        )
    ]

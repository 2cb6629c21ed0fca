"""What an edition after the closing says of its errata.

A corrected text stands in its place. A corrected status does not: the figures of a closed period
stay as they were, and a row that says otherwise than its sums would be no correction. So it stands
in the remarks, and every erratum in the notes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from progress.models import EditionKind, ErratumField
from progress.rollups import ErratumRow, MeasureRow, ReportTexts
from tasks.models import Status

# What the public edition has a column for.
PUBLIC_FIELDS = (ErratumField.STATUS, ErratumField.TEXT)


def errata_told(errata: Sequence[ErratumRow], edition: EditionKind) -> list[ErratumRow]:
    """Those that this edition tells of: the public one has no internal columns."""
    return [one for one in errata if edition == EditionKind.INTERNAL or one.field in PUBLIC_FIELDS]


def measures_corrected(
    measures: Mapping[int, Sequence[MeasureRow]], errata: Sequence[ErratumRow]
) -> dict[int, list[MeasureRow]]:
    """The measures of each task with their corrected texts."""
    said = {one.measure_id: one.new for one in errata if one.field == ErratumField.TEXT}
    return {
        task_id: [row._replace(progress=said[row.id]) if row.id in said else row for row in of_task]
        for task_id, of_task in measures.items()
    }


def texts_corrected(
    texts: Mapping[int, ReportTexts], errata: Sequence[ErratumRow]
) -> dict[int, ReportTexts]:
    """The texts of each task's report as they were corrected."""
    corrected = dict(texts)
    for one in errata:
        if one.measure_id is None and one.task_id in corrected:
            changes: dict[str, Any] = {one.field: one.new}
            corrected[one.task_id] = replace(corrected[one.task_id], **changes)
    return corrected


def correction_remarks(errata: Sequence[ErratumRow]) -> dict[int, str]:
    """By the task's id what its remarks say of its corrections."""
    remarks: dict[int, list[str]] = {}
    for one in errata:
        said = _("Erratum %(number)d: %(what)s") % {"number": one.number, "what": _remark(one)}
        remarks.setdefault(one.task_id, []).append(said)
    return {task_id: "\n".join(of_task) for task_id, of_task in remarks.items()}


def correction_line(errata: Sequence[ErratumRow]) -> str:
    """What stands behind the period at the head of a corrected edition; "" where it is none."""
    if not errata:
        return ""
    numbers = "、".join(str(one.number) for one in errata)
    return _("Corrected edition: errata %(numbers)s") % {"numbers": numbers}


def correction_notes(errata: Sequence[ErratumRow], edition: EditionKind) -> tuple[str, ...]:
    """What the notes say of each erratum, after a sentence on what they change."""
    if not errata:
        return ()
    head = ngettext(
        "Corrected edition, with %(count)d erratum. Corrected texts stand in their places; "
        "statuses, lights and figures are those of the closing.",
        "Corrected edition, with %(count)d errata. Corrected texts stand in their places; "
        "statuses, lights and figures are those of the closing.",
        len(errata),
    ) % {"count": len(errata)}
    return (head, *(_note(one, edition) for one in errata))


def _remark(one: ErratumRow) -> str:
    if one.field == ErratumField.STATUS:
        return _("%(place)s is corrected to “%(new)s”") % {"place": _place(one), "new": _said(one)}
    return _("%(place)s is corrected") % {"place": _place(one)}


def _note(one: ErratumRow, edition: EditionKind) -> str:
    what = _("Erratum %(number)d (%(day)s), task %(task)d: %(what)s") % {
        "number": one.number,
        "day": formats.date_format(one.on, _("F j, Y")),
        "task": one.task_number,
        "what": _remark(one),
    }
    if edition == EditionKind.PUBLIC:
        return what
    return _("%(what)s; reason: %(reason)s") % {"what": what, "reason": one.reason}


def _place(one: ErratumRow) -> str:
    field = str(ErratumField(one.field).label)
    if one.measure is None:
        return field
    return _("measure %(ordinal)d, %(field)s") % {"ordinal": one.measure, "field": field}


def _said(one: ErratumRow) -> str:
    return str(Status(one.new).label)

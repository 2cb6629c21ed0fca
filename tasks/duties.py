"""The one writer of which measures of a task concern which of its agencies."""

import datetime as dt
from collections.abc import Collection, Mapping

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from agencies.audit import Note, audit_notes
from agencies.models import User
from tasks.models import MeasureDuty, ResponsibilityChange, Task

LONGEST_REASON = 2_000
# What history says where the lead gave no reason; kept in English, and translated when it is shown.
DIVIDED = gettext_noop("The lead said which measures concern whom.")


def duties_of(task: Task) -> dict[int, set[int]]:
    """The ids of the measures that concern each agency, by its id; absent: all of them may."""
    duties: dict[int, set[int]] = {}
    for agency_id, measure_id in MeasureDuty.objects.filter(measure__task=task).values_list(
        "agency_id", "measure_id"
    ):
        duties.setdefault(agency_id, set()).add(measure_id)
    return duties


def duties_by_name(task: Task) -> dict[str, list[int]]:
    """The same as history keeps it: ordinals of measures by the agency's name, in its order."""
    duties: dict[str, list[int]] = {}
    said = MeasureDuty.objects.filter(
        measure__task=task, agency__responsibilities__task=task
    ).order_by("agency__responsibilities__position", "measure__ordinal")
    for name, ordinal in said.values_list("agency__name", "measure__ordinal"):
        duties.setdefault(name, []).append(ordinal)
    return duties


@transaction.atomic
def duties_write(
    *,
    task: Task,
    by: User,
    now: dt.datetime,
    duties: Mapping[int, Collection[int]],
    reason: str = "",
) -> None:
    """Say which measures concern which agencies; nothing said of one means that all may.

    `duties` is ids of measures by id of agency, whole: what it leaves out holds no longer. What was
    and what is since are kept as a ResponsibilityChange, unless nothing is different. Raises
    PermissionDenied for anybody but the task's lead, ValidationError for an agency or a measure
    that is not the task's and for a reason that is too long.
    """
    if not by.is_active or not Task.objects.filter(pk=task.pk).led_by(by.agency_ids).exists():
        raise PermissionDenied(
            _("Only the lead of task %(number)d says which measures concern whom.")
            % {"number": task.number}
        )
    reason = reason.strip()
    if len(reason) > LONGEST_REASON:
        raise ValidationError(_("%(limit)d characters are the most.") % {"limit": LONGEST_REASON})
    task = Task.objects.select_for_update().get(pk=task.pk)
    agencies = set(task.responsibilities.filter(position__gt=1).values_list("agency_id", flat=True))
    measures = set(task.measures.values_list("pk", flat=True))
    if (
        not set(duties) <= agencies
        or not {pk for each in duties.values() for pk in each} <= measures
    ):
        raise ValidationError(_("The task has changed meanwhile; load the page again."))
    before = duties_by_name(task)
    MeasureDuty.objects.filter(measure__task=task).delete()
    MeasureDuty.objects.bulk_create(
        MeasureDuty(agency_id=agency_id, measure_id=measure_id)
        for agency_id, chosen in duties.items()
        # All of them is what holds without saying it, also for a measure that comes later.
        if set(chosen) != measures
        for measure_id in sorted(set(chosen))
    )
    after = duties_by_name(task)
    if after != before:
        audit_notes(
            [Note("task.duties", task, {"duties": before}, {"duties": after})], by=by, now=now
        )
        ResponsibilityChange.objects.create(
            task=task,
            before={"duties": before},
            after={"duties": after},
            reason=reason or DIVIDED,
            at=now,
            by=by,
        )

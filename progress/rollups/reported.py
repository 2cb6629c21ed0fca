"""The tasks with the period's reports alone: for who asks what came, and not how far a task is."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db.models import FilteredRelation, Q

from agencies.models import User
from progress.models import ReportingPeriod
from progress.rollups.answering import AgencyPart, AgencyRef
from progress.rollups.counted import register_kept
from progress.rollups.rows import agencies_of_role, period_read, visibility
from progress.statements import WrittenOnce
from progress.states import ReportState
from tasks.models import ResponsibilityRole, Task


class ReportedRow(NamedTuple):
    """What a board needs to know of a task and its report, as a `TaskRow` says it: how far the task
    is, and its light, are no matter of it. `is_returned`: the office has sent the report back."""

    id: int
    number: int
    title: str
    chapter_number: int
    leads: tuple[AgencyRef, ...]
    handed_in_on: dt.date | None
    report_id: int | None
    report_state: str | None
    is_returned: bool


def reported_rows(
    *, period: ReportingPeriod, user: User, parts: Mapping[int, Sequence[AgencyPart]]
) -> list[ReportedRow]:
    """The tasks that this person may read and that the period counts, by number, each with its
    report: one statement. `parts` are those who answer for them (`parts_answering`)."""
    register = register_kept(period_read(period))
    return [
        ReportedRow(
            pk,
            number,
            title,
            chapter,
            agencies_of_role(parts.get(pk, ()), ResponsibilityRole.LEAD),
            handed_in_on,
            report if is_visible else None,
            state if is_visible else None,
            is_returned=state == ReportState.RETURNED and handed_in_on is not None,
        )
        for pk, number, title, chapter, report, state, handed_in_on, is_visible in (
            _REPORTED.for_reader(user, period.pk)
        )
        if register is None or pk in register
    ]


_REPORTED = WrittenOnce(
    lambda user, period: (
        Task.objects.visible_to(user)
        .annotate(of_period=FilteredRelation("reports", condition=Q(reports__period=period)))
        .annotate(is_visible=visibility(user, "of_period"))
        .order_by("number")
        .values_list(
            "pk",
            "number",
            "title",
            "chapter__number",
            "of_period__pk",
            "of_period__state",
            "of_period__handed_in_on",
            "is_visible",
        )
    )
)

"""One text of the month that was closed last, corrected the same afternoon: a second edition."""

import datetime as dt

from agencies.models import User
from progress.closings import erratum_create_with_edition
from progress.models import ErratumField, MeasureProgress, ReportingPeriod
from progress.states import ReportState

ADDED = "上述情况截至当月末。"
REASON = "原报内容未注明截止时间，经责任单位书面说明后更正。"


def erratum_play(
    *, period: ReportingPeriod, without_task: int, coordinator: User, now: dt.datetime
) -> None:
    """Correct the first text of an approved report, of any task but the one of that number."""
    said = (
        MeasureProgress.objects.filter(report__period=period, report__state=ReportState.APPROVED)
        .exclude(report__task__number=without_task)
        .exclude(text="")
        .select_related("report", "measure")
        .order_by("report__task__number", "measure__ordinal")
        .first()
    )
    if said is None:
        return
    erratum_create_with_edition(
        report=said.report,
        field=ErratumField.TEXT,
        measure=said.measure,
        new=said.text + ADDED,
        reason=REASON,
        by=coordinator,
        now=now,
    )

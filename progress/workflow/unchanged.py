"""No change this period (本期无变化): one call hands in what was last approved, as it stands."""

import datetime as dt

from django.db import transaction
from django.utils.translation import gettext as _

from agencies.models import Agency, User
from progress.models import Contribution, Report, ReportingPeriod
from progress.states import Move, ReportState
from progress.workflow.conflicts import Conflict
from progress.workflow.content import approved_before, content_of, content_to_start_from
from progress.workflow.contributions import (
    ContributionContent,
    MeasureText,
    contribution_move,
    contribution_save,
)
from progress.workflow.drafts import NOT_BEGUN, report_save
from progress.workflow.moves import report_move
from progress.workflow.parties import may_contribute
from tasks.models import Measure, Task

# Handed in, and nobody has said anything to it yet.
UNDECIDED = (ReportState.AGENCY_REVIEW, ReportState.SUBMITTED)


@transaction.atomic
def report_unchanged(*, task: Task, period: ReportingPeriod, by: User, now: dt.datetime) -> Report:
    """Begin the report with what was last approved and hand it in, or do neither.

    Raises Conflict where nothing was approved before or somebody has begun the report, and whatever
    `report_save` and `report_move` raise: a report that others owe something needs its own form.
    """
    if approved_before(task=task, period=period) is None:
        raise Conflict(_("Nothing of this task has been approved before; write its first report."))
    content = content_to_start_from(task=task, period=period)
    begun = Report.objects.filter(task=task, period=period).first()
    if begun is not None:
        if (
            begun.submitted_by_id == by.pk
            and begun.state in UNDECIDED
            and content_of(begun) == content
        ):
            # The same click twice.
            return begun
        raise Conflict(_("It has been begun already; open it and hand it in from there."))
    # For oneself alone from the beginning, since it is handed in as well (`to_write_in`).
    period = ReportingPeriod.objects.select_for_update().get(pk=period.pk)
    saved = report_save(
        task=task,
        period=period,
        by=by,
        now=now,
        content=content,
        version=NOT_BEGUN,
    )
    return report_move(report=saved, move=Move.SUBMIT, by=by, now=now)


@transaction.atomic
def contribution_nothing(
    *, task: Task, period: ReportingPeriod, agency: Agency, by: User, now: dt.datetime
) -> Contribution:
    """Tell the lead that the agency has nothing to add this period, where nobody has begun.

    Raises what `contribution_save` and `contribution_move` raise.
    """
    begun = Contribution.objects.filter(task=task, period=period, agency=agency).first()
    if begun is not None and may_contribute(task=task, agency=agency, user=by):
        if begun.submitted_by_id == by.pk and begun.state in UNDECIDED and begun.nothing_to_add:
            return begun
        raise Conflict(_("It has been begun already; open it and hand it in from there."))
    period = ReportingPeriod.objects.select_for_update().get(pk=period.pk)
    concerning = Measure.objects.concerning(task.pk, agency.pk)
    saved = contribution_save(
        task=task,
        period=period,
        agency=agency,
        by=by,
        now=now,
        content=ContributionContent(
            tuple(MeasureText(measure.pk, measure.ordinal, "") for measure in concerning),
            nothing_to_add=True,
        ),
        version=NOT_BEGUN,
    )
    return contribution_move(contribution=saved, move=Move.SUBMIT, by=by, now=now)

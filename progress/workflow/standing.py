"""What follows from approvals for the status of measures and task."""

from django.db.models import Exists, OuterRef

from progress.models import MeasureProgress, Report
from progress.states import ReportState
from tasks.models import Status, Task
from tasks.statuses import statuses_write


def standing_refresh(*, task: Task) -> None:
    """Write the task's standing from its approved report of the latest period (DESIGN section 4).

    An older report that is approved late changes nothing; once the latest is reopened, the one
    before holds again. A task counts as completed from the day on which the first report of the
    unbroken run that calls it completed was handed in.
    """
    unfinished = MeasureProgress.objects.filter(report=OuterRef("pk")).exclude(
        status=Status.COMPLETED
    )
    approved = list(
        Report.objects.filter(task=task, state=ReportState.APPROVED)
        .annotate(unfinished=Exists(unfinished))
        .order_by("-period__ends_on")
        .values_list("pk", "handed_in_on", "unfinished")
    )
    completed_on = None
    for _pk, handed_in_on, is_unfinished in approved:
        if is_unfinished:
            break
        completed_on = handed_in_on
    latest = approved[0][0] if approved else None
    statuses_write(
        task=task,
        measure_statuses=dict(
            MeasureProgress.objects.filter(report=latest).values_list("measure_id", "status")
        ),
        completed_on=completed_on,
    )

"""What follows from approvals and errata for the status of measures and task."""

from progress.rollups import approved_until
from tasks.models import Task
from tasks.statuses import statuses_write


def standing_refresh(*, task: Task) -> None:
    """Write the task's standing from its approved report of the latest period (DESIGN section 4).

    An older report that is approved late changes nothing; once the latest is reopened, the one
    before holds again. An erratum counts for the report that it corrects. A task counts as
    completed from the day on which the first report of the unbroken run that calls it completed
    was handed in.
    """
    history = approved_until(Task.objects.filter(pk=task.pk), None)
    statuses_write(
        task=task,
        measure_statuses=history.latest_statuses(),
        completed_on=history.completions([task.pk]).get(task.pk),
    )

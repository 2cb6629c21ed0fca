"""What follows from approvals and errata for the status of measures and task."""

from progress.rollups import approved_until, register_today
from tasks.models import Task
from tasks.statuses import statuses_write


def standing_refresh(*, task: Task) -> None:
    """Write the task's standing from its approved report of the latest period (DESIGN section 4).

    An older report that is approved late changes nothing; once the latest is reopened, the one
    before holds again. An erratum counts for the report that it corrects. A task counts as
    completed from the day on which the first report of the unbroken run that calls it completed
    was handed in; one from before a measure came into the list does not. Runs within the
    transaction of the move or erratum that it follows from.
    """
    # Before anything is read: reports of two periods of one task, approved at once, would each
    # leave the other out, and the later writer's standing would hold.
    Task.objects.select_for_update().only("pk").get(pk=task.pk)
    itself = Task.objects.filter(pk=task.pk)
    history = approved_until(itself, None)
    statuses_write(
        task=task,
        measure_statuses=history.latest_statuses(),
        completed_on=history.completions(register_today(itself)).get(task.pk),
    )

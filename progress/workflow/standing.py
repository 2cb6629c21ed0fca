"""What follows from approvals and errata for the status of measures and task."""

import datetime as dt

from agencies.models import User
from progress.models import Report
from progress.rollups import approved_today
from tasks.models import Task
from tasks.statuses import statuses_write


def standing_refresh(
    *, task: Task, by: User, now: dt.datetime, newly: Report | None = None
) -> None:
    """Write the task's standing from its approved report of the latest period (DESIGN section 4).

    An older report that is approved late changes nothing; once the latest is reopened, the one
    before holds again. An erratum counts for the report that it corrects. A task counts as
    completed from the day on which the first report of the unbroken run that calls it completed
    was handed in; one from before a measure came into the list does not. `newly` is the report that
    it follows from, where that was approved just now.

    Runs within the transaction of the move or erratum that it follows from, and `task` is locked in
    it before anything is read: reports of two periods of one task, approved at once, would each
    leave the other out, and the later writer's standing would hold.
    """
    approved = approved_today(task, newly=newly)
    if approved.is_stored:
        return  # As of most reports: one that says what the one before it said.
    statuses_write(
        task=task,
        measure_statuses=approved.statuses,
        completed_on=approved.completed_on,
        by=by,
        now=now,
    )

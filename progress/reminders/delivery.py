"""Asking a worker to deliver now what would otherwise wait for the next run of the schedule."""

from progress.workers import job_ask

# By name: what runs it stands above what asks for it.
DELIVERY_JOB = "progress.jobs.deliver_reminders"


def delivery_ask() -> bool:
    """Ask for a delivery, once the rows are committed; False where no broker answers."""
    return job_ask(DELIVERY_JOB)

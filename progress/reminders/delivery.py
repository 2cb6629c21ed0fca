"""Asking a worker to deliver now what would otherwise wait for the next run of the schedule."""

import logging

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

# By name: what runs it stands above what asks for it.
DELIVERY_JOB = "progress.jobs.deliver_reminders"
# A job that nobody took until then has nothing left to do: a run of the schedule came before it.
EXPIRES_AFTER_SECONDS = 600
# Whoever clicked waits for the answer, so a broker that is not there is asked no second time.
AT_ONCE = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    "socket_connect_timeout": 2,
}


def delivery_ask() -> bool:
    """Ask for a delivery; False where no broker answers, and then the next run delivers.

    Call it once the rows are committed, since a worker may begin at once.
    """
    options = {**current_app.conf.broker_transport_options, **AT_ONCE}
    try:
        with current_app.connection_for_write().clone(transport_options=options) as connection:
            current_app.send_task(
                DELIVERY_JOB, expires=EXPIRES_AFTER_SECONDS, retry=False, connection=connection
            )
    except (OperationalError, OSError) as error:
        logger.warning("no worker can be asked to deliver reminders: %s", error)
        return False
    return True

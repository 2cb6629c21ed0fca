"""Asking workers: to do now what would otherwise wait for the next run of the timetable, and
whether there are any."""

import contextlib
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from celery import current_app
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from agencies.request_number import request_number

# The header of a job with the number of the request that asked for it.
REQUEST_NUMBER = "request_number"

logger = logging.getLogger(__name__)

Answer = TypeVar("Answer")

# A job that nobody took until then has nothing left to do: a run of the schedule came before it.
EXPIRES_AFTER_SECONDS = 600
# Whoever clicked waits for the answer, so a broker that is not there is asked no second time.
AT_ONCE = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0,
    "interval_max": 0,
    "socket_connect_timeout": 2,
    "socket_timeout": 2,
}
# How long a worker has to say that it is there; one that is busy answers at once too.
SECONDS_TO_ANSWER = 1.0


@dataclass(frozen=True, slots=True)
class Queue:
    """How many jobs wait at the broker for a worker, and whether one answers."""

    waiting: int
    worker_answers: bool


def job_ask(name: str) -> bool:
    """Ask for a run of this job; False where no broker answers, and then the next run does it.

    Call it once the rows are committed, since a worker may begin at once.
    """
    try:
        with _broker() as connection:
            current_app.send_task(
                name,
                expires=EXPIRES_AFTER_SECONDS,
                retry=False,
                connection=connection,
                headers={REQUEST_NUMBER: request_number()},
            )
    except (OperationalError, OSError) as error:
        logger.warning("no worker can be asked for %s: %s", name, error)
        return False
    return True


def broker_answers() -> bool:
    """Whether the broker can be reached, within a few seconds."""
    return _asked(lambda _: True) is not None


def queue_standing() -> Queue | None:
    """How it stands at the broker; None where it cannot be reached. Takes a second at the most
    where no worker answers."""
    return _asked(
        lambda connection: Queue(
            waiting=_waiting(connection),
            worker_answers=_worker_answers(connection),
        )
    )


def _asked(question: Callable[[Connection], Answer]) -> Answer | None:
    try:
        with _broker() as connection:
            # Connects here and now, so that what comes afterwards has a broker to ask.
            connection.default_channel  # noqa: B018
            return question(connection)
    except (OperationalError, OSError, RedisError) as error:
        logger.warning("the broker does not answer: %s", error)
        return None


def _worker_answers(connection: Connection) -> bool:
    """Whether a worker answers over this very connection.

    Celery's own control publishes through the pool of the process, which is opened once, to the
    broker of that moment, and waits for a silent one as long as a job may.
    """
    # Loading it looks through all packages that are installed.
    from kombu.pidbox import Mailbox

    conf = current_app.conf
    mailbox = Mailbox(  # type: ignore[no-untyped-call]
        conf.control_exchange,
        type="fanout",
        connection=connection,
        accept=conf.accept_content,
        serializer=conf.task_serializer,
    )
    answers = mailbox.multi_call(  # type: ignore[no-untyped-call]
        "ping", timeout=SECONDS_TO_ANSWER, limit=1
    )
    return bool(answers)


def _waiting(connection: Connection) -> int:
    queue = current_app.conf.task_default_queue
    channel: Any = connection.default_channel
    return int(channel.queue_declare(queue).message_count)


@contextlib.contextmanager
def _broker() -> Iterator[Connection]:
    options = {**current_app.conf.broker_transport_options, **AT_ONCE}
    with current_app.connection_for_write().clone(transport_options=options) as connection:
        yield connection

"""Acts timed in turns: whatever else the machine does meanwhile strikes all of them alike."""

import contextlib
import gc
import resource
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from statistics import median
from typing import Any

from django.db import connection, reset_queries, transaction
from django.test.utils import CaptureQueriesContext


@dataclass(frozen=True, slots=True)
class Act:
    """What is timed, and what it stands in, which is not."""

    call: Callable[[], Any]
    around: Callable[[], AbstractContextManager[object]] = nullcontext

    def seconds(self) -> float:
        with self.around():
            begun = clock()
            self.call()
            return clock() - begun

    def statements(self) -> int:
        """How many statements it sends to the database."""
        with self.around():
            reset_queries()
            with CaptureQueriesContext(connection) as captured:
                self.call()
            return len(captured)


def clock() -> float:
    """Seconds that the processors have worked for this process and the programs it started, and
    with a database server, which is neither, seconds that have passed.

    So on SQLite a machine that does other things as well gives the same numbers."""
    if connection.vendor != "sqlite":
        return time.perf_counter()
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)


def medians(acts: Mapping[str, Act], *, rounds: int) -> dict[str, float]:
    """The median seconds of each act, by its name: in turns, before which each is done once
    unmeasured, where there is more than one round."""
    if rounds > 1:
        for act in acts.values():
            act.seconds()
    taken: dict[str, list[float]] = {name: [] for name in acts}
    for _round in range(rounds):
        gc.collect()
        for name, act in acts.items():
            taken[name].append(act.seconds())
    return {name: median(seconds) for name, seconds in taken.items()}


@contextlib.contextmanager
def undone() -> Iterator[None]:
    """A transaction that is rolled back after the block, for what can be done only once."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)

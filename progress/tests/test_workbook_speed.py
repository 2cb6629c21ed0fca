"""How long the whole report takes, beside XlsxWriter writing the same cells in the same styles."""

import gc
import time
from collections.abc import Callable
from functools import partial

import pytest
from django.utils import timezone

from agencies.models import Role, User
from progress.models import ReportingPeriod
from progress.workbooks import progress_workbook
from tasks.models import Task
from tianjin_pilot.benchmark.plain_sheets import plain_sheets, written_plainly

pytestmark = pytest.mark.once

MOST_TIMES = 2


def seconds_of(act: Callable[[], object]) -> float:
    """Seconds of this process that it takes, whatever earlier tests have left in it to collect."""
    gc.collect()
    gc.freeze()
    begun = time.process_time()
    act()
    taken = time.process_time() - begun
    gc.unfreeze()
    return taken


def test_the_report_of_all_tasks_takes_at_most_twice_as_long_as_writing_its_cells(
    demonstration: None,
) -> None:
    """Of the open period, and of a closed one, which is read as it was."""
    office = User.objects.get(username=Role.COORDINATOR)
    now = timezone.now()
    open_one = ReportingPeriod.objects.open().latest_first()[0]
    closed = ReportingPeriod.objects.exclude(closed_at=None).latest_first()[0]
    for period in (open_one, closed):

        def made(period: ReportingPeriod = period) -> bytes:
            return progress_workbook(
                period=period,
                user=office,
                today=timezone.localdate(now),
                now=now,
                tasks=Task.objects.all(),
                language="zh-hans",
            )

        sheets, styles = plain_sheets(made())
        assert sum(len(sheet.cells) for sheet in sheets) > 10_000
        plainly = partial(written_plainly, sheets, styles)
        # In turns, so that what else the machine does strikes both; the quickest of several counts.
        turns = [(seconds_of(made), seconds_of(plainly)) for _turn in range(15)]
        report, plain = map(min, zip(*turns, strict=True))
        assert report <= MOST_TIMES * plain, (
            f"{period}: {report:.3f} s, and {plain:.3f} s for the cells alone"
        )

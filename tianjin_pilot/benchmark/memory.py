"""How much memory the largest export takes, in programs of their own, beside its rows alone.

Nothing of the product is imported above: a program that is spawned for it reads this first.
"""

import resource
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tianjin_pilot.benchmark.budgets import Measured
    from tianjin_pilot.benchmark.places import Place
    from tianjin_pilot.benchmark.scales import Scale

MEGABYTE = 1_000_000


def memory_measured(place: "Place", _scale: "Scale") -> Iterator["Measured"]:
    from django.db import connection

    from tianjin_pilot.benchmark.budgets import Measured
    from tianjin_pilot.benchmark.pages import FULL

    with place.within(FULL):
        database = dict(connection.settings_dict)
        connection.close()
    rows, made = (_peak_in_a_program(database, is_made=is_made) for is_made in (False, True))
    megabytes = round((made - rows) / MEGABYTE, 1)
    yield Measured("memory", f"rows {rows / MEGABYTE:.0f} MB", megabytes=megabytes)


def _peak_in_a_program(database: Mapping[str, Any], *, is_made: bool) -> int:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as programs:
        return programs.submit(peak_of_export, database, is_made=is_made).result()


def peak_of_export(database: Mapping[str, Any], *, is_made: bool) -> int:
    """How many bytes this program held at most, once it has the rows of the whole list in the open
    period, and with `is_made` has made the workbook of them."""
    import django

    django.setup()
    from django.db import connections
    from django.utils import timezone

    from agencies.models import User
    from progress.models import EditionKind, ReportingPeriod
    from progress.workbooks import NOT_NARROWED, progress_workbook
    from progress.workbooks.report.content import progress_content
    from tasks.models import Task
    from tianjin_pilot.benchmark.pages import COORDINATOR

    connections["default"] = type(connections["default"])(dict(database), "default")
    # What is loaded once it is needed is no part of the difference.
    import xlsxwriter  # noqa: F401

    now = timezone.now()
    asked: dict[str, Any] = {
        "period": ReportingPeriod.objects.open().get(),
        "user": User.objects.get(username=COORDINATOR),
        "today": timezone.localdate(now),
        "tasks": Task.objects.all(),
    }
    if is_made:
        held: object = progress_workbook(**asked, now=now, language="zh-hans")
    else:
        held = progress_content(**asked, edition=EditionKind.INTERNAL, narrowing=NOT_NARROWED)
    peak = _peak()
    del held
    connections.close_all()
    return peak


def _peak() -> int:
    """Linux passes the peak of the program that started this one on to `getrusage`; what stands in
    /proc is of this one alone."""
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024

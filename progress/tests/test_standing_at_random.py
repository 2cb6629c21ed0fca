"""Whatever is approved, reopened, corrected or revised in whatever order: what is stored then is
what the whole history says, of which an approval reads little."""

import contextlib
import datetime as dt
import os
from pathlib import Path
from random import Random

import pytest
from django.core.exceptions import ValidationError

from conftest import NOW, Cast
from progress.models import Completion, Report, ReportingPeriod
from progress.rollups.counted import register_today
from progress.rollups.standings import approved_until
from progress.states import Move, ReportState
from progress.tests.acts import approved, corrected, task_numbered
from progress.workflow import (
    Conflict,
    completion_reopen,
    period_close,
    period_open,
    report_move,
)
from tasks.importing import ListFaults, import_list
from tasks.models import Status, Task
from tasks.tests.official_list import SOURCE, list_with

pytestmark = pytest.mark.wide

WALKS, STEPS = (150, 40) if os.environ.get("LONG") else (10, 30)
CODES = [f"2026-{month:02}" for month in range(1, 11)]
DAY = dt.timedelta(days=1)
# Task 4 with a measure more.
ONE_MORE = list_with((12, "三是做好", "三是新建算力调度平台。四是做好"))


class Walk:
    """People who do with one task what chance has them do, a day after another."""

    def __init__(self, cast: Cast, chance: Random, folder: Path) -> None:
        self.cast, self.office, self.chance, self.now = cast, cast.coordinator, chance, NOW
        self.list = folder / "list.txt"
        for code in CODES:
            period_open(code=code, by=self.office, now=NOW)

    def step(self) -> bool:
        """Whether something was done after which what is stored is of all reports."""
        self.now += DAY
        acts = [self.approve, self.reopen, self.close, self.correct, self.reopen_one, self.revise]
        [act] = self.chance.choices(acts, weights=(60, 12, 4, 4, 1, 12))
        with contextlib.suppress(Conflict, ValidationError, ListFaults, IndexError):
            return act()
        return False

    def approve(self) -> bool:
        task = task_numbered(4)
        periods = ReportingPeriod.objects.open().exclude(
            reports__in=task.reports.filter(state=ReportState.APPROVED)
        )
        # Seldom one that is not the next.
        period = self.chance.choice([*periods.order_by("ends_on")[:2]])
        said = [Status.COMPLETED] * task.measures.count()
        if self.chance.random() < 0.2:
            said[self.chance.randrange(len(said))] = Status.ONGOING
        approved(task, period, self.cast.reporter, self.office, said, now=self.now)
        return True

    def reopen(self) -> bool:
        report = self.chance.choice([*self._approved(closed=False)])
        reason = "数据有误"
        report_move(report=report, move=Move.REOPEN, by=self.office, now=self.now, reason=reason)
        return True

    def close(self) -> bool:
        period = ReportingPeriod.objects.open().order_by("ends_on")[0]
        period_close(period=period, by=self.office, now=self.now)
        return False

    def correct(self) -> bool:
        report = self.chance.choice([*self._approved(closed=True)])
        one = self.chance.choice([*report.measures.select_related("measure")])
        new = self.chance.choice((Status.ONGOING, Status.COMPLETED))
        corrected(report, self.office, new=new, measure=one.measure, now=self.now)
        return True

    def reopen_one(self) -> bool:
        granted = self.chance.choice([*Completion.objects.all()])
        completion_reopen(completion=granted, reason="核查发现未达标", by=self.office, now=self.now)
        return True

    def revise(self) -> bool:
        """It leaves a day of its own, until the next report is approved."""
        self.list.write_text(self.chance.choice((SOURCE, ONE_MORE)), encoding="utf-8")
        import_list(path=self.list, now=self.now)
        return False

    def _approved(self, *, closed: bool) -> list[Report]:
        reports = Report.objects.filter(state=ReportState.APPROVED)
        return [*reports.filter(period__closed_at__isnull=not closed).order_by("pk")]


def stored() -> tuple[dict[int, str], dt.date | None]:
    task = task_numbered(4)
    return dict(task.measures.values_list("pk", "status")), task.completed_on


def told() -> tuple[dict[int, str], dt.date | None]:
    """The same as the whole history says it."""
    itself = Task.objects.filter(number=4)
    register, history = register_today(itself), approved_until(itself, None)
    [(pk, measures)], said = register.items(), history.latest_statuses()
    statuses = {one: said.get(one, Status.NOT_STARTED) for one in measures}
    is_completed = set(statuses.values()) == {Status.COMPLETED}
    return statuses, history.completions(register).get(pk) if is_completed else None


@pytest.mark.parametrize("seed", range(WALKS))
def test_what_is_stored_is_what_the_whole_history_says(
    cast: Cast, tmp_path: Path, seed: int
) -> None:
    walk = Walk(cast, Random(seed), tmp_path)  # noqa: S311
    for _step in range(STEPS):
        if walk.step():
            assert stored() == told()


def test_a_day_that_a_revised_list_left_goes_with_the_next_approval(
    cast: Cast, tmp_path: Path
) -> None:
    """A measure came into the list and left it again, before anything was reported on it."""
    walk, task = Walk(cast, Random(0), tmp_path), task_numbered(4)  # noqa: S311
    january, february, *_later = ReportingPeriod.objects.order_by("ends_on")
    approved(task, january, cast.reporter, cast.coordinator, Status.COMPLETED)
    for day, text in enumerate((ONE_MORE, SOURCE), 1):
        walk.list.write_text(text, encoding="utf-8")
        import_list(path=walk.list, now=NOW + day * DAY)
    assert task_numbered(4).completed_on == (NOW + 2 * DAY).date()
    approved(task, february, cast.reporter, cast.coordinator, Status.COMPLETED, now=NOW + 9 * DAY)
    assert task_numbered(4).completed_on == NOW.date()

"""The rollup of the whole list, beside a loop that asks for one row after the other."""

import datetime as dt
from collections import Counter
from collections.abc import Iterator

from django.db.models import F, QuerySet
from django.utils import timezone

from agencies.models import User
from progress.lights import Light, ReportDue, light_of
from progress.models import MeasureProgress, Policy, Report, ReportingPeriod
from progress.rollups import Figures, TaskRow, figures_of, task_rows
from progress.states import ReportState
from progress.workdays import WorkCalendar
from tasks.models import Status, Task
from tasks.statuses import task_status_of
from tianjin_pilot.benchmark.budgets import Measured
from tianjin_pilot.benchmark.pages import COORDINATOR, FULL
from tianjin_pilot.benchmark.places import Place
from tianjin_pilot.benchmark.rounds import Act, medians
from tianjin_pilot.benchmark.scales import Scale


class UnequalError(Exception):
    """Two ways to the same result give two: the numbers beside them mean nothing."""


def rollup_measured(place: Place, scale: Scale) -> Iterator[Measured]:
    with place.within(FULL):
        period = ReportingPeriod.objects.open().get()
        today = timezone.localdate()
        office = User.objects.get(username=COORDINATOR)

        def rolled_up() -> list[TaskRow]:
            rows = task_rows(tasks=Task.objects.all(), period=period, user=office, today=today)
            figures_of(rows)
            return rows

        # A loop over many thousands of tasks takes hours: it goes over as many as a city has, of
        # which every case is one, and counts for so many times as many.
        part = Task.objects.annotate(rest=F("number") % scale.copies).filter(rest=0)

        def looped() -> Figures:
            return naive_figures(part, period, today=today)

        numbers = set(part.values_list("number", flat=True))
        one = figures_of([row for row in rolled_up() if row.number in numbers])
        if one != (other := looped()):
            raise UnequalError(f"The rollup says {one}, a naive recount {other}")
        acts = {"rollup": Act(rolled_up), "loop": Act(looped)}
        seconds = medians(acts, rounds=scale.slow_rounds)
        yield Measured(
            "rollup",
            f"looped over {len(numbers)} tasks, counted {scale.copies} times"
            if scale.copies > 1
            else "",
            seconds=seconds["rollup"],
            against=seconds["loop"] * scale.copies,
            statements=acts["rollup"].statements(),
        )


def naive_figures(of: QuerySet[Task], period: ReportingPeriod, *, today: dt.date) -> Figures:
    """The figures of these tasks in the open period, as whoever knows the rules and no database
    would find them."""
    tasks: Counter[str] = Counter(dict.fromkeys(Status.values, 0))
    measures: Counter[str] = Counter(dict.fromkeys(Status.values, 0))
    lights: Counter[str] = Counter(dict.fromkeys(Light.values, 0))
    due = handed_in = on_time = 0
    months = list(ReportingPeriod.objects.order_by("ends_on"))
    policy, calendar = Policy.current(), WorkCalendar.load()
    for task in of.order_by("number"):
        statuses, completed_on = _standing(task, months)
        status = task_status_of(statuses)
        report = Report.objects.filter(task=task, period=period).first()
        day = report.handed_in_on if report else None
        light = light_of(
            status=status,
            deadline=task.deadline,
            completed_on=completed_on if status == Status.COMPLETED else None,
            report=ReportDue(period.due_on, day),
            today=today,
            policy=policy,
            calendar=calendar,
        ).light
        tasks[status] += 1
        measures.update(statuses)
        lights[light] += 1
        due += 1
        handed_in += day is not None
        on_time += day is not None and day <= period.due_on
    return Figures(
        tasks=tasks.total(),
        measures=measures.total(),
        tasks_by_status=dict(tasks),
        measures_by_status=dict(measures),
        lights=dict(lights),
        due=due,
        handed_in=handed_in,
        on_time=on_time,
    )


def _standing(task: Task, months: list[ReportingPeriod]) -> tuple[list[str], dt.date | None]:
    """The status of each measure as last approved, and the first day of the unbroken run of
    reports that call all of them completed."""
    measures = list(task.measures.all())
    said: dict[int, str] = {}
    completed_on = None
    for month in months:
        report = Report.objects.filter(task=task, period=month, state=ReportState.APPROVED).first()
        if report is None:
            continue
        said = {one.measure_id: one.status for one in MeasureProgress.objects.filter(report=report)}
        if {said.get(one.pk) for one in measures} != {Status.COMPLETED}:
            completed_on = None
        elif completed_on is None:
            completed_on = report.handed_in_on
    return [said.get(one.pk, Status.NOT_STARTED.value) for one in measures], completed_on

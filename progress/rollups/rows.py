"""Rows: tasks, measures and texts as of a period, read in a constant number of statements."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from agencies.models import User
from progress.lights import Light, ReportDue, light_of
from progress.models import MeasureProgress, Report, ReportingPeriod
from progress.rollups.answering import AgencyPart, AgencyRef, parts_answering
from progress.rollups.counted import policy_read, register_kept, tasks_counted
from progress.rollups.deadlines import DeadlineThen, deadlines_kept, deadlines_then
from progress.rollups.standings import past_statuses, standings_of
from progress.workdays import ONE_DAY, WorkCalendar
from tasks.models import Measure, ResponsibilityRole, Status, Task, TaskQuerySet


@dataclass(frozen=True, slots=True)
class TaskRow:
    """One task as of a period. `measures` counts its measures by status, absent ones being 0.

    `report_id` and `report_state` are None where nobody has begun the period's report or where the
    reader may not see it, and `reporting_known` tells the two apart; `handed_in_on` and `due_on`
    are facts that lights and rates rest on, shown task by task only where `reporting_known`.
    `original_deadline` is the first deadline, None while no other has taken its place.
    """

    id: int
    number: int
    title: str
    chapter_number: int
    chapter_title: str
    division: str
    open_ended: bool
    deadline: dt.date | None
    original_deadline: dt.date | None
    status: str
    completed_on: dt.date | None
    light: Light
    light_reason: str
    leads: tuple[AgencyRef, ...]
    cos: tuple[AgencyRef, ...]
    measures: Mapping[str, int]
    due_on: dt.date | None
    handed_in_on: dt.date | None
    report_id: int | None
    report_state: str | None
    reporting_known: bool

    @property
    def measures_all(self) -> int:
        return sum(self.measures.values())

    @property
    def measures_done(self) -> int:
        """Measures that are implemented: completed or ongoing."""
        return self.measures.get(Status.COMPLETED, 0) + self.measures.get(Status.ONGOING, 0)

    @property
    def handed_in_late(self) -> bool:
        return bool(self.handed_in_on and self.due_on and self.handed_in_on > self.due_on)


@dataclass(frozen=True, slots=True)
class MeasureRow:
    """One measure as of a period, with what the period's report says of it ("" if unsaid)."""

    id: int
    task_id: int
    ordinal: int
    text: str
    deadline: dt.date | None
    original_deadline: dt.date | None
    status: str
    progress: str


@dataclass(frozen=True, slots=True)
class ReportTexts:
    """The texts of one task's report for the period."""

    report_id: int
    state: str
    problems: str
    next_steps: str
    coordination: str


def reading_day(period: ReportingPeriod | None, *, today: dt.date) -> dt.date:
    """The day on which a period is read: today while it is open; once it is closed, its last day.

    Where the due date rolled past the period's end that is the day after it, when what is missing
    is late. No day counts that had not come when the period was closed, and none that came later.
    """
    if period is None or period.closed_at is None:
        return today
    closed_on = timezone.localdate(period.closed_at)
    return min(closed_on, max(period.ends_on, period.due_on + ONE_DAY))


def period_read(period: ReportingPeriod | None) -> ReportingPeriod | None:
    """As of which period standings are read; None: as they are today."""
    return None if period is not None and period.as_it_stands else period


def task_rows(
    *, tasks: TaskQuerySet, period: ReportingPeriod | None, user: User | None, today: dt.date
) -> list[TaskRow]:
    """The tasks of the queryset as of the period (None: no period was ever opened), by number.

    `user` is who reads the rows; None where nobody does and they are added up alone, so that no
    report is named and no row's handing-in is known.

    Where the period `as_it_stands` is meant, status, light, deadlines and agencies are today's
    although it is closed.

    A closed period has no row of a task that came into the list afterwards. A constant number of
    statements, however many tasks and periods there are.
    """
    read = period_read(period)
    day = reading_day(read, today=today)
    tasks = tasks_counted(tasks, read)
    policy, calendar = policy_read(read), WorkCalendar.load()
    facts = list(
        tasks.order_by("number").values(
            "id",
            "number",
            "title",
            "chapter__number",
            "chapter__title",
            "division",
            "open_ended",
            "deadline",
            "original_deadline",
            "status",
            "completed_on",
        )
    )
    parts = parts_answering(tasks=tasks, period=read)
    reports = _reports_of(period, user)
    stored = {fact["id"]: (fact["status"], fact["completed_on"]) for fact in facts}
    known: Collection[int] = (
        stored.keys() if user and user.is_coordinator else _shared_with(user, parts)
    )
    if read is not period and user and user.works_for_an_agency:
        # The reports are the period's still: who answered for them then goes on knowing of them.
        answered = parts_answering(tasks=tasks, period=period)
        known = {*known, *_shared_with(user, answered)}
    standings = standings_of(tasks, read, stored)
    moved_since = deadlines_then(tasks, read)
    completed_under = deadlines_kept(
        tasks, read, {pk: standing.completed_on for pk, standing in standings.items()}
    )
    rows = []
    for fact in facts:
        report = reports.get(fact["id"])
        standing = standings[fact["id"]]
        handed_in_on = report.handed_in_on if report else None
        due = moved_since.get((fact["id"], None)) or DeadlineThen(
            fact["deadline"], fact["original_deadline"]
        )
        reading = light_of(
            status=standing.status,
            deadline=completed_under.get(fact["id"], due.deadline),
            completed_on=standing.completed_on,
            report=ReportDue(period.due_on, handed_in_on, is_closed=not period.is_open)
            if period
            else None,
            today=day,
            policy=policy,
            calendar=calendar,
        )
        seen = report if report and report.is_visible else None
        rows.append(
            TaskRow(
                id=fact["id"],
                number=fact["number"],
                title=fact["title"],
                chapter_number=fact["chapter__number"],
                chapter_title=fact["chapter__title"],
                division=parts[fact["id"]][0].division if fact["id"] in parts else fact["division"],
                open_ended=fact["open_ended"],
                deadline=due.deadline,
                original_deadline=due.original,
                status=standing.status,
                completed_on=standing.completed_on,
                light=reading.light,
                light_reason=reading.reason,
                leads=_of_role(parts.get(fact["id"], ()), ResponsibilityRole.LEAD),
                cos=_of_role(parts.get(fact["id"], ()), ResponsibilityRole.CO),
                measures=standing.measures,
                due_on=period.due_on if period else None,
                handed_in_on=handed_in_on,
                report_id=seen.id if seen else None,
                report_state=seen.state if seen else None,
                reporting_known=bool(seen or fact["id"] in known),
            )
        )
    return rows


def measure_rows(
    *, tasks: QuerySet[Task], period: ReportingPeriod | None, reports: QuerySet[Report]
) -> dict[int, list[MeasureRow]]:
    """The measures of each task as of the period, in order, by the task's id.

    A closed period has them at the places that they had then, and none that came into the list
    afterwards; of one that was dropped since there is no text to show.

    `reports` are those whose texts the reader may see (`Report.objects.visible_to(user)`, narrowed
    further where a document shows approved texts only); of them the period's are read.
    """
    said = dict(
        MeasureProgress.objects.filter(
            report__in=reports.filter(period=period), report__task__in=tasks.values("pk")
        ).values_list("measure_id", "text")
    )
    read = period_read(period)
    past = past_statuses(tasks, read)
    places = _places_kept(read)
    moved_since = deadlines_then(tasks, read)
    rows: dict[int, list[MeasureRow]] = defaultdict(list)
    measures = Measure.objects.filter(task__in=tasks.values("pk")).order_by("task_id", "ordinal")
    for pk, task_id, ordinal, text, deadline, original, status in measures.values_list(
        "pk", "task_id", "ordinal", "text", "deadline", "original_deadline", "status"
    ):
        place = ordinal if places is None else places.get(pk)
        if place is None:
            continue
        due = moved_since.get((task_id, pk)) or DeadlineThen(deadline, original)
        rows[task_id].append(
            MeasureRow(
                id=pk,
                task_id=task_id,
                ordinal=place,
                text=text,
                deadline=due.deadline,
                original_deadline=due.original,
                status=status if past is None else past.get(pk, Status.NOT_STARTED),
                progress=said.get(pk, ""),
            )
        )
    for of_task in rows.values():
        of_task.sort(key=lambda row: row.ordinal)
    return rows


def _places_kept(period: ReportingPeriod | None) -> dict[int, int] | None:
    """By its id the place of each measure in its task as the period keeps it; None: today's."""
    register = register_kept(period)
    if register is None:
        return None
    return {
        pk: place for measures in register.values() for place, pk in enumerate(measures, start=1)
    }


def report_texts(
    *, tasks: QuerySet[Task], period: ReportingPeriod | None, reports: QuerySet[Report]
) -> dict[int, ReportTexts]:
    """The texts of the period's report of each task, by the task's id; `reports` as above."""
    return {
        task_id: ReportTexts(pk, state, problems, next_steps, coordination)
        for task_id, pk, state, problems, next_steps, coordination in reports.filter(
            period=period, task__in=tasks.values("pk")
        ).values_list("task_id", "pk", "state", "problems", "next_steps", "coordination")
    }


def _of_role(parts: Sequence[AgencyPart], role: str) -> tuple[AgencyRef, ...]:
    return tuple(part.agency for part in parts if part.role == role)


@dataclass(frozen=True, slots=True)
class _ReportFact:
    id: int
    state: str
    handed_in_on: dt.date | None
    is_visible: bool


def _shared_with(user: User | None, parts: Mapping[int, Sequence[AgencyPart]]) -> Collection[int]:
    """The ids of the tasks that an agency of this person has a part in."""
    own = user.agency_ids_of_old if user else ()
    return {
        task_id
        for task_id, agencies in parts.items()
        if any(part.agency.id in own for part in agencies)
    }


def _reports_of(period: ReportingPeriod | None, user: User | None) -> dict[int, _ReportFact]:
    """Every report of the period by its task's id: lights rest on those too that are not shown."""
    one = Report.objects.filter(pk=OuterRef("pk"))
    visible = one.visible_to(user) if user else one.none()
    reports = Report.objects.filter(period=period).annotate(is_visible=Exists(visible))
    return {
        task_id: _ReportFact(pk, state, handed_in_on, is_visible)
        for task_id, pk, state, handed_in_on, is_visible in reports.values_list(
            "task_id", "pk", "state", "handed_in_on", "is_visible"
        )
    }

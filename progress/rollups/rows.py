"""Rows: tasks, measures and texts as of a period, read in a constant number of statements."""

import datetime as dt
import functools
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Exists, FilteredRelation, OuterRef, Q, QuerySet, Value
from django.utils import timezone

from agencies.models import Role, User
from progress.lights import Light, LightReading, ReportDue, light_of
from progress.models import MeasureProgress, Report, ReportingPeriod
from progress.rollups.answering import AgencyPart, AgencyRef, parts_answering
from progress.rollups.counted import are_all, places_kept, rules_read, tasks_counted
from progress.rollups.deadlines import ANY_MOVED_SINCE, DeadlineThen, deadlines_kept, deadlines_then
from progress.rollups.standings import MeasuresRead, Past
from progress.statements import WrittenOnce
from progress.workdays import ONE_DAY
from tasks.models import ResponsibilityRole, Status, Task, TaskQuerySet


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
    def tasks(self) -> int:
        """As many as it counts for in figures."""
        return 1

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


class MeasureRow(NamedTuple):
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


def past_read(
    *,
    tasks: TaskQuerySet,
    period: ReportingPeriod | None,
    measures: MeasuresRead = MeasuresRead.LISTED,
    only: int | None = None,
) -> Past:
    """What `task_rows` and `measure_rows` of these tasks and this period share. Where `measures`
    are UNREAD, rows of tasks count none of them unless their standing rests on it. `only` is the id
    of the task where they are a single one, which the period counts."""
    read = period_read(period)
    return Past(tasks_counted(tasks, read), read, measures=measures, only=only)


def lights_read(
    period: ReportingPeriod | None, *, today: dt.date
) -> Callable[[str, dt.date | None, dt.date | None, dt.date | None], LightReading]:
    """How the light of a task is found as of the period: by its status, its deadline, and the days
    on which it was completed and its report handed in. One statement, and none once it is read.

    What dozens of tasks have alike is found once, since the sentence is what takes long.
    """
    read = period_read(period)
    day = reading_day(read, today=today)
    policy, calendar = rules_read(read)

    @functools.cache
    def light(
        status: str,
        deadline: dt.date | None,
        completed_on: dt.date | None,
        handed_in_on: dt.date | None,
    ) -> LightReading:
        return light_of(
            status=status,
            deadline=deadline,
            completed_on=completed_on,
            report=ReportDue(period.due_on, handed_in_on, is_closed=not period.is_open)
            if period
            else None,
            today=day,
            policy=policy,
            calendar=calendar,
        )

    return light


def task_rows(
    *,
    tasks: TaskQuerySet,
    period: ReportingPeriod | None,
    user: User | None,
    today: dt.date,
    past: Past | None = None,
    parts: Mapping[int, Sequence[AgencyPart]] | None = None,
) -> list[TaskRow]:
    """The tasks of the queryset as of the period (None: no period was ever opened), by number.

    `user` is who reads the rows; None where nobody does and they are added up alone, so that no
    report is named and no row's handing-in is known.

    Where the period `as_it_stands` is meant, status, light, deadlines and agencies are today's
    although it is closed.

    A closed period has no row of a task that came into the list afterwards. A constant number of
    statements, however many tasks and periods there are, less those of a `past_read` of the same
    tasks and period that is handed over, and of their `parts_answering` of the period that is read.
    """
    read = period_read(period)
    tasks = tasks_counted(tasks, read)
    past = past or Past(tasks, read)
    light = lights_read(period, today=today)
    is_whole = are_all(tasks)
    reader, of_period = user or NOBODY, period.pk if period else NO_PERIOD
    if past.only is not None:
        facts = _OF_ONE.for_reader(reader, of_period, past.only)
    elif is_whole:
        facts = _OF_ALL.for_reader(reader, of_period)
    else:
        facts = list(_facts(tasks, reader, of_period))
    parts = parts_answering(tasks=tasks, period=read) if parts is None else parts
    stored = {fact["id"]: (fact["status"], fact["completed_on"]) for fact in facts}
    known: Collection[int] = (
        stored.keys() if user and user.is_coordinator else _shared_with(user, parts)
    )
    if read is not period and user and user.works_for_an_agency:
        # The reports are the period's still: who answered for them then goes on knowing of them.
        answered = parts_answering(tasks=tasks, period=period)
        known = {*known, *_shared_with(user, answered)}
    standings = past.standings(stored)
    moved_since = deadlines_then(tasks, read)
    completed = {pk: standing.completed_on for pk, standing in standings.items()}
    are_stored = is_whole and all(completed[pk] == day for pk, (_status, day) in stored.items())
    none_moved = are_stored and not any(fact["any_moved_since"] for fact in facts[:1])
    completed_under = {} if none_moved else deadlines_kept(read, completed, are_stored=are_stored)

    rows = []
    for fact in facts:
        standing = standings[fact["id"]]
        due = moved_since.get((fact["id"], None)) or DeadlineThen(
            fact["deadline"], fact["original_deadline"]
        )
        reading = light(
            standing.status,
            completed_under.get(fact["id"], due.deadline),
            standing.completed_on,
            fact["of_period__handed_in_on"],
        )
        is_seen = fact["is_visible"] and fact["of_period__pk"] is not None
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
                leads=agencies_of_role(parts.get(fact["id"], ()), ResponsibilityRole.LEAD),
                cos=agencies_of_role(parts.get(fact["id"], ()), ResponsibilityRole.CO),
                measures=standing.measures,
                due_on=period.due_on if period else None,
                handed_in_on=fact["of_period__handed_in_on"],
                report_id=fact["of_period__pk"] if is_seen else None,
                report_state=fact["of_period__state"] if is_seen else None,
                reporting_known=is_seen or fact["id"] in known,
            )
        )
    return rows


def _facts(tasks: TaskQuerySet, reader: User, period: int) -> QuerySet[Task, Any]:
    """What is stored of these tasks, by number, each with its report of the period: lights rest on
    those too that the reader may not see."""
    return (
        tasks.annotate(of_period=FilteredRelation("reports", condition=Q(reports__period=period)))
        .annotate(is_visible=visibility(reader, "of_period"))
        .order_by("number")
        .values(
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
            "of_period__pk",
            "of_period__state",
            "of_period__handed_in_on",
            "is_visible",
        )
    )


def visibility(user: User, report: str) -> Exists | Value:
    """Whether this person may read the report to which that name leads."""
    if Report.objects.visible_to(user).query.where:
        return Exists(Report.objects.filter(pk=OuterRef(report)).visible_to(user))
    # Who may read all of them needs no look at each.
    return Value(value=True)


# Who reads rows that are added up alone: no report at all.
NOBODY = User(pk=0, role=Role.ADMINISTRATOR, is_active=False)
# While none was ever opened; no period has this key, and no task a report of it.
NO_PERIOD = 0
_OF_ALL = WrittenOnce(
    lambda user, period: _facts(Task.objects.all(), user, period).annotate(
        any_moved_since=ANY_MOVED_SINCE
    )
)
_OF_ONE = WrittenOnce(lambda user, period, task: _facts(Task.objects.filter(pk=task), user, period))


def measure_rows(
    *,
    tasks: QuerySet[Task],
    period: ReportingPeriod | None,
    reports: QuerySet[Report] | None,
    past: Past | None = None,
    said: Mapping[int, str] | None = None,
) -> dict[int, list[MeasureRow]]:
    """The measures of each task as of the period, in order, by the task's id.

    A closed period has them at the places that they had then, and none that came into the list
    afterwards; of one that was dropped since there is no text to show.

    `reports` are those whose texts the reader may see (`Report.objects.visible_to(user)`, narrowed
    further where a document shows approved texts only); of them the period's are read, and with
    None no text but `said`, what is said of each measure by its id. `past` as in `task_rows`.
    """
    said = said or {}
    if reports is not None:
        found = MeasureProgress.objects.filter(
            report__in=reports.filter(period=period), report__task__in=tasks.values("pk")
        )
        said = dict(found.order_by().values_list("measure_id", "text"))
    read = period_read(period)
    past = past or Past(tasks, read)
    statuses = past.statuses()
    places = places_kept(read)
    moved_since = deadlines_then(tasks, read)
    rows: dict[int, list[MeasureRow]] = defaultdict(list)
    for pk, task_id, ordinal, text, deadline, original, status in past.measures:
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
                status=status if statuses is None else statuses.get(pk, Status.NOT_STARTED),
                progress=said.get(pk, ""),
            )
        )
    if places is not None:
        for of_task in rows.values():
            of_task.sort(key=lambda row: row.ordinal)
    return rows


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


def agencies_of_role(parts: Sequence[AgencyPart], role: str) -> tuple[AgencyRef, ...]:
    return tuple(part.agency for part in parts if part.role == role)


def _shared_with(user: User | None, parts: Mapping[int, Sequence[AgencyPart]]) -> Collection[int]:
    """The ids of the tasks that an agency of this person has a part in."""
    own = user.agency_ids_of_old if user else ()
    return {
        task_id
        for task_id, agencies in parts.items()
        if any(part.agency.id in own for part in agencies)
    }

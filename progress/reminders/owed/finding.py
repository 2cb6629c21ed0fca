"""What is owed, and who is to be told: found in a few statements, nothing is written here."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial, reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from agencies.models import Agency, agencies_out_of_reach
from progress.models import (
    Contribution,
    ContributionEvent,
    Policy,
    Report,
    ReportEvent,
    ReportingPeriod,
    Rule,
)
from progress.reminders.collecting import without_collecting
from progress.reminders.owed.facts import (
    Day,
    MatterDue,
    TaskNamed,
    agreements,
    deadlines,
    decisions,
    matters,
    requests,
)
from progress.reminders.owed.items import Owed, OwedItem, detail_of
from progress.reminders.owed.pauses import Pauses
from progress.reminders.owed.people import Owing, People
from progress.reminders.owed.rules import (
    is_asked_for,
    levels_reached,
    rule_of,
    rule_of_contribution,
)
from progress.states import HANDED_IN
from progress.steps import steps_of
from progress.workdays import ONE_DAY, WorkCalendar
from tasks.models import Division, Responsibility, ResponsibilityRole, Task


@without_collecting()
def owed_on(*, today: dt.date, policy: Policy, calendar: WorkCalendar) -> list[Owed]:
    """Everything that is owed and whose first step is behind: due soon, or late; who is told of it,
    and to whom it escalates; whom nobody could reach.

    One entry for each thing and recipient, by agency, person, due date and task; the office's come
    first. Sixteen statements, however many tasks, agencies and people there are.
    """
    day = Day(today, policy, calendar)
    steps, pauses, people = steps_of(policy), Pauses.holding_on(today), People.load()
    asked_for = frozenset(rule for rule in Rule if is_asked_for(rule, policy))
    levels = cache(partial(levels_reached, policy=policy))

    def is_wanted(item: OwedItem) -> bool:
        return (
            item.rule in asked_for
            and steps.reached(item.step) is not None
            and not pauses.hold(item)
        )

    agencies = _agencies()
    out_of_reach = frozenset(agencies_out_of_reach().values_list("pk", flat=True))
    tasks = {
        pk: TaskNamed(pk, number, title)
        for pk, number, title in Task.objects.order_by().values_list("pk", "number", "title")
    }
    periods = list(ReportingPeriod.objects.open().order_by("due_on", "code"))
    near = [
        (period, step)
        for period in periods
        for step in [day.step(period.due_on)]
        if steps.reached(step) is not None
    ]
    # Later ones are asked for on no day before the one that lies a working day further off.
    until = calendar.add(today, 1 - steps.days[0]) - ONE_DAY
    parts, open_matters = Responsibility.objects.all(), matters(day)
    owing = [
        *_owing_of_periods(near, parts, agencies, day),
        *_owing_of_agreements(near, parts, agencies, day),
        *_owing_of_deadlines(day, tasks, agencies, until=until),
        *_owing_of_matters(open_matters, day, tasks, agencies),
    ]
    found: list[Owed] = []
    unreached: dict[int, Owing] = {}
    for one in owing:
        if not is_wanted(one.item):
            continue
        found += people.told(one)
        found += people.escalated(one, levels=levels(one.late))
        office = people.recipients(one)[0]
        if office.user_id is None and office.agency_id in out_of_reach:
            first = unreached.setdefault(office.agency_id, one)
            if one.item.due_on < first.item.due_on:
                unreached[office.agency_id] = one
    office_items = [
        *_decisions(day, tasks, {period.pk: period for period in periods}),
        *_requests(day, tasks),
        *_addressings(open_matters, day, tasks),
        *_undelivered(day, pauses),
    ]
    for item in filter(is_wanted, office_items):
        found += people.office(item)
    for agency_id, one in unreached.items():
        found += people.office(_unreachable(agencies[agency_id], one.item), agencies[agency_id])
    return sorted(found, key=_order)


def owed_of(
    *,
    period: ReportingPeriod,
    tasks: QuerySet[Task],
    today: dt.date,
    policy: Policy,
    calendar: WorkCalendar,
) -> tuple[list[Owed], frozenset[int]]:
    """What agencies owe of these tasks for the period, however far off its due date is, and whether
    or not the rules ask for it; who has to do it, and nobody to whom it escalates.

    As `owed_on` otherwise: seven statements. Nothing is owed of a closed period, or of what is
    paused; beside it the ids of the agencies of which a pause keeps something back.
    """
    if not period.is_open:
        return [], frozenset()
    day = Day(today, policy, calendar)
    parts = Responsibility.objects.filter(task__in=tasks.values("pk"))
    people, pauses = People.load(), Pauses.holding_on(today)
    agencies, near = _agencies(), [(period, day.step(period.due_on))]
    owing = [
        *_owing_of_periods(near, parts, agencies, day),
        *_owing_of_agreements(near, parts, agencies, day),
    ]
    held = [one for one in owing if pauses.hold(one.item)]
    found = [told for one in owing if not pauses.hold(one.item) for told in people.told(one)]
    return sorted(found, key=_order), frozenset(
        one.item.agency_id for one in held if one.item.agency_id is not None
    )


def _agencies() -> Mapping[int, Agency]:
    return {one.pk: one for one in Agency.objects.select_related("acts_through")}


# --- What agencies owe ------------------------------------------------------------------------


class _Standing(NamedTuple):
    """How far a report or contribution is, who wrote it last, and when it was last given back."""

    state: str | None = None
    writer_id: int | None = None
    given_back_at: dt.datetime | None = None


NOT_BEGUN = _Standing()


@dataclass(frozen=True, slots=True)
class _Written:
    """How far reports and contributions of some periods are."""

    reports: Mapping[tuple[int, int], _Standing]
    contributions: Mapping[tuple[int, int, int], _Standing]

    @classmethod
    def of(cls, periods: Sequence[ReportingPeriod]) -> "_Written":
        """Two statements. Of one period alone, without what has been handed in, which soon is most
        of it: nobody asks about the parts of those reports."""
        back = ReportEvent.objects.sent_back().filter(report=OuterRef("pk"))
        reports = Report.objects.filter(period__in=periods).order_by()
        if len(periods) == 1:
            reports = reports.exclude(state__in=HANDED_IN)
        back_too = ContributionEvent.objects.sent_back().filter(contribution=OuterRef("pk"))
        contributions = Contribution.objects.filter(period__in=periods).order_by()
        return cls(
            {
                (task_id, period_id): _Standing(*standing)
                for task_id, period_id, *standing in reports.values_list(
                    "task_id",
                    "period_id",
                    "state",
                    "updated_by_id",
                    Subquery(back.order_by("-pk").values("at")[:1]),
                )
            },
            {
                (task_id, period_id, agency_id): _Standing(*standing)
                for task_id, period_id, agency_id, *standing in contributions.values_list(
                    "task_id",
                    "period_id",
                    "agency_id",
                    "state",
                    "updated_by_id",
                    Subquery(back_too.order_by("-pk").values("at")[:1]),
                )
            },
        )

    def owed(
        self, task_id: int, agency_id: int, position: int, period_id: int
    ) -> tuple[Rule | None, _Standing]:
        """By which rule the agency owes its part of the report, and how far that is."""
        report = self.reports.get((task_id, period_id), NOT_BEGUN)
        if position == 1:
            return rule_of(report=report.state), report
        own = self.contributions.get((task_id, period_id, agency_id), NOT_BEGUN)
        return rule_of_contribution(report=report.state, contribution=own.state), own


def _owing_of_periods(
    periods: Sequence[tuple[ReportingPeriod, int]],
    parts: QuerySet[Responsibility],
    agencies: Mapping[int, Agency],
    day: Day,
) -> list[Owing]:
    """What the agencies of these parts owe of these periods, each with its step: three statements,
    none without periods."""
    if not periods:
        return []
    written = _Written.of([period for period, _step in periods])
    found = []
    handed_in = Report.objects.filter(task=OuterRef("task"), state__in=HANDED_IN)
    waiting = [Q(~Exists(handed_in.filter(period=period))) for period, _step in periods]
    owing = parts.filter(Q(position=1) | Q(task__division=Division.BY_DUTY))
    owing = owing.filter(reduce(or_, waiting))
    for task_id, number, title, agency_id, position in owing.order_by().values_list(
        "task_id", "task__number", "task__title", "agency_id", "position"
    ):
        for period, step in periods:
            rule, standing = written.owed(task_id, agency_id, position, period.pk)
            if rule is None:
                continue
            agency = agencies[agency_id]
            item = OwedItem(
                rule=rule,
                agency_id=agency_id,
                task_id=task_id,
                task_number=number,
                task_title=title,
                period_id=period.pk,
                period_code=period.code,
                due_on=period.due_on,
                step=step,
                agency_name=agency.name,
            )
            found.append(
                Owing(item, agency, _late(step, standing.given_back_at, day), standing.writer_id)
            )
    return found


def _owing_of_agreements(
    periods: Sequence[tuple[ReportingPeriod, int]],
    parts: QuerySet[Responsibility],
    agencies: Mapping[int, Agency],
    day: Day,
) -> Iterator[Owing]:
    """What the other leads of tasks owe: to agree or to object, once they were asked. One
    statement."""
    of_period = {period.pk: (period, step) for period, step in periods}
    for task, period_id, agency_id, asked_at in agreements(parts):
        if period_id not in of_period:
            continue
        (period, step), agency = of_period[period_id], agencies[agency_id]
        item = _item(Rule.AGREEMENT, day, period.due_on, task, agency, period=period)
        yield Owing(item, agency, _late(step, asked_at, day))


def _late(step: int, since: dt.datetime | None, day: Day) -> int:
    """For how many working days it has been late.

    What was given back, or asked for, after the due date is late `since` then: nobody above an
    agency is told that it did not do what it had done, or was not asked for.
    """
    return step if since is None else min(step, day.calendar.between(day.date_of(since), day.today))


def _owing_of_deadlines(
    day: Day, tasks: Mapping[int, TaskNamed], agencies: Mapping[int, Agency], *, until: dt.date
) -> Iterator[Owing]:
    """What the leads of tasks owe: to complete them, by `until` at the latest. Two statements."""
    due = deadlines(until=until)
    if not due:
        return
    # Naming each of many thousands in the statement takes longer than leaving some out here.
    leads = Responsibility.objects.filter(task__deadline__lte=until, role=ResponsibilityRole.LEAD)
    for task_id, agency_id in leads.order_by("task__number", "position").values_list(
        "task_id", "agency_id"
    ):
        if task_id not in due:
            continue
        agency = agencies[agency_id]
        item = _item(Rule.DEADLINE, day, due[task_id], tasks[task_id], agency)
        yield Owing(item, agency, item.step)


def _owing_of_matters(
    found: Sequence[MatterDue],
    day: Day,
    tasks: Mapping[int, TaskNamed],
    agencies: Mapping[int, Agency],
) -> Iterator[Owing]:
    """What agencies owe to which matters are addressed: an answer."""
    for one in found:
        if one.agency_id is not None:
            agency, task = agencies[one.agency_id], tasks[one.task_id]
            item = _item(one.rule, day, one.due_on, task, agency, matter_id=one.matter_id)
            yield Owing(item, agency, item.step)


def _item(
    rule: Rule,
    day: Day,
    due_on: dt.date,
    task: TaskNamed,
    agency: Agency | None = None,
    *,
    period: ReportingPeriod | None = None,
    matter_id: int | None = None,
) -> OwedItem:
    return OwedItem(
        rule=rule,
        agency_id=agency.pk if agency else None,
        task_id=task.pk,
        task_number=task.number,
        task_title=task.title,
        period_id=period.pk if period else None,
        period_code=period.code if period else "",
        due_on=due_on,
        step=day.step(due_on),
        agency_name=agency.name if agency else "",
        matter_id=matter_id,
    )


# --- What the coordinating office owes ----------------------------------------------------------


def _decisions(
    day: Day, tasks: Mapping[int, TaskNamed], periods: Mapping[int, ReportingPeriod]
) -> Iterator[OwedItem]:
    for (task_id, period_id), due_on in decisions(day).items():
        if period_id in periods:
            yield _item(Rule.REVIEW, day, due_on, tasks[task_id], period=periods[period_id])


def _requests(day: Day, tasks: Mapping[int, TaskNamed]) -> Iterator[OwedItem]:
    for task_id, due_on in requests(day).items():
        yield _item(Rule.EXTENSION, day, due_on, tasks[task_id])


def _addressings(
    found: Sequence[MatterDue], day: Day, tasks: Mapping[int, TaskNamed]
) -> Iterator[OwedItem]:
    for one in found:
        if one.agency_id is None:
            yield _item(one.rule, day, one.due_on, tasks[one.task_id], matter_id=one.matter_id)


def _unreachable(agency: Agency, first: OwedItem) -> OwedItem:
    """That nobody of an agency can be reached, which owes this before anything else."""
    return OwedItem(
        rule=Rule.UNREACHABLE,
        agency_id=agency.pk,
        task_id=None,
        task_number=None,
        task_title="",
        period_id=None,
        period_code="",
        due_on=first.due_on,
        step=first.step,
        agency_name=agency.name,
    )


def _undelivered(day: Day, pauses: Pauses) -> Iterator[OwedItem]:
    """One statement."""
    for lost in pauses.given_up().select_related("user", "agency").order_by("pk"):
        yield OwedItem(
            rule=Rule.UNDELIVERED,
            agency_id=None,
            task_id=None,
            task_number=None,
            task_title="",
            period_id=None,
            period_code="",
            due_on=lost.day,
            step=day.step(lost.day),
            agency_name=lost.agency.name if lost.agency else "",
            undelivered_id=lost.pk,
            detail=detail_of(lost),
        )


def _order(owed: Owed) -> tuple[int, int, dt.date, int, int, str]:
    told, item = owed.recipient, owed.item
    number, agency_id = item.task_number or 0, item.agency_id or 0
    return told.agency_id or 0, told.user_id or 0, item.due_on, number, agency_id, item.rule

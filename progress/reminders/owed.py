"""What is owed, and who is to be told: found in a few statements, nothing is written here."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext, ngettext

from agencies.models import AGENCY_ROLES, Agency, Role, User
from progress.models import Policy, Reminder, ReminderItem, Report, ReportingPeriod, Rule
from progress.states import WRITABLE, ReportState
from progress.workdays import WorkCalendar
from tasks.models import Responsibility, Task

# What the column of a step holds; a period that nobody closes is late without end.
LONGEST_STEP = 32_767


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who is told: a person with an account, or (`user_id` None) an agency at its contact address.

    Without an account and without an address nobody can be reached.
    """

    agency_id: int
    agency_name: str
    user_id: int | None = None
    name: str = ""
    address: str = ""

    @property
    def is_reachable(self) -> bool:
        return self.user_id is not None or bool(self.address)


@dataclass(frozen=True, slots=True)
class OwedItem:
    """One thing owed: which report, by which rule, how near its due date.

    `step` counts working days from the due date: -3 is three before, 0 the day itself, 2 two after.
    """

    rule: Rule
    task_id: int
    task_number: int
    task_title: str
    period_id: int
    period_code: str
    due_on: dt.date
    step: int

    def reason(self, *, today: dt.date) -> str:
        """Why it is asked for now, in the active language: due 2026-10-23, 1 working day left."""
        return due_sentence(due_on=self.due_on, step=self.step, today=today)


@dataclass(frozen=True, slots=True)
class Owed:
    """One thing owed, one of the people who are told of it, and the agency that owes it.

    `lead` is the agency that compiles the report: a body without staff is told through another.
    """

    recipient: Recipient
    item: OwedItem
    lead: Agency


def rule_of(state: str | None) -> Rule | None:
    """By which rule a report in this state (None: not begun) is owed; None once it has left."""
    if state is None or state in WRITABLE:
        return Rule.REPORT
    return Rule.AGENCY_REVIEW if state == ReportState.AGENCY_REVIEW else None


def reports_owed(*, today: dt.date, policy: Policy, calendar: WorkCalendar) -> list[Owed]:
    """The reports of open periods that are due within Policy.remind_working_days, or late.

    One entry for each report and recipient, by agency, person, due date and task. Four statements,
    however many tasks, agencies and people there are.
    """
    periods = _periods_due(today, policy, calendar)
    return _owed_of(periods, Responsibility.objects.compiling()) if periods else []


def reports_owed_of(
    *, period: ReportingPeriod, tasks: QuerySet[Task], today: dt.date, calendar: WorkCalendar
) -> list[Owed]:
    """The reports of these tasks that the period still asks for, however far off its due date is.

    As `reports_owed` otherwise: three statements. Nothing is owed of a closed period.
    """
    if not period.is_open:
        return []
    step = min(calendar.between(period.due_on, today), LONGEST_STEP)
    leads = Responsibility.objects.compiling().filter(task__in=tasks.values("pk"))
    return _owed_of([(period, step)], leads)


def _owed_of(
    periods: Sequence[tuple[ReportingPeriod, int]], leads: QuerySet[Responsibility]
) -> list[Owed]:
    """What the compiling agencies owe of these periods, each with its step: three statements."""
    reports = {
        (task_id, period_id): (state, writer_id)
        for task_id, period_id, state, writer_id in Report.objects.filter(
            period__in=[period.pk for period, _step in periods]
        ).values_list("task_id", "period_id", "state", "updated_by_id")
    }
    people = _people_of_agencies()
    found = []
    leads = leads.select_related("task", "agency__acts_through")
    for lead in leads.order_by("task__number"):
        for period, step in periods:
            state, writer_id = reports.get((lead.task_id, period.pk), (None, None))
            rule = rule_of(state)
            if rule is None:
                continue
            item = OwedItem(
                rule=rule,
                task_id=lead.task_id,
                task_number=lead.task.number,
                task_title=lead.task.title,
                period_id=period.pk,
                period_code=period.code,
                due_on=period.due_on,
                step=step,
            )
            told = _recipients(lead.agency, rule, writer_id, people)
            found += [Owed(recipient, item, lead.agency) for recipient in told]
    return sorted(found, key=_order)


def standing_of_items(reminder: Reminder) -> tuple[list[ReminderItem], list[ReminderItem]]:
    """The items of a recorded reminder that are owed this very moment, and those settled since.

    What another agency answers for by now is settled: the reminder's recipient owes it no more.
    """
    told = reminder.user.agency_id if reminder.user else reminder.agency_id
    theirs = Responsibility.objects.compiling().filter(
        task=OuterRef("task"), agency__in=Agency.objects.spoken_for_by(told)
    )
    state = Report.objects.filter(task=OuterRef("task"), period=OuterRef("period")).values("state")
    items = (
        ReminderItem.objects.filter(reminder=reminder)
        .select_related("task", "period")
        .annotate(report_state=Subquery(state[:1]), is_theirs=Exists(theirs))
        .order_by("due_on", "task__number")
    )
    owed: list[ReminderItem] = []
    settled: list[ReminderItem] = []
    for item in items:
        is_owed = item.is_theirs and item.period.is_open and rule_of(item.report_state) == item.rule
        (owed if is_owed else settled).append(item)
    return owed, settled


def owed_item_of(item: ReminderItem) -> OwedItem:
    """A recorded item as messages and lists name it; reads its task and period."""
    return OwedItem(
        rule=Rule(item.rule),
        task_id=item.task_id,
        task_number=item.task.number,
        task_title=item.task.title,
        period_id=item.period_id,
        period_code=item.period.code,
        due_on=item.due_on,
        step=item.step,
    )


def due_sentence(*, due_on: dt.date, step: int, today: dt.date) -> str:
    """How near the due date is, in working days, in the active language."""
    values = {"day": due_on.isoformat(), "days": abs(step)}
    if today == due_on:
        return gettext("due %(day)s, that is today") % values
    if today < due_on:
        return (
            ngettext(
                "due %(day)s, %(days)d working day left",
                "due %(day)s, %(days)d working days left",
                abs(step),
            )
            % values
        )
    if step == 0:
        return gettext("due %(day)s, late, no working day since") % values
    return (
        ngettext(
            "due %(day)s, %(days)d working day late",
            "due %(day)s, %(days)d working days late",
            step,
        )
        % values
    )


def _periods_due(
    today: dt.date, policy: Policy, calendar: WorkCalendar
) -> list[tuple[ReportingPeriod, int]]:
    """The open periods whose reports are asked for today, each with its step."""
    steps = [
        (period, min(calendar.between(period.due_on, today), LONGEST_STEP))
        for period in ReportingPeriod.objects.open().order_by("due_on", "code")
    ]
    return [(period, step) for period, step in steps if step >= -policy.remind_working_days]


def _people_of_agencies() -> dict[tuple[int, str], list[Recipient]]:
    """The active accounts of agencies, by agency and role."""
    people: dict[tuple[int, str], list[Recipient]] = {}
    users = User.objects.filter(is_active=True, role__in=AGENCY_ROLES)
    for user in users.select_related("agency").order_by("pk"):
        assert user.agency is not None
        people.setdefault((user.agency.pk, user.role), []).append(
            Recipient(user.agency.pk, user.agency.name, user.pk, user.name, user.email)
        )
    return people


def _recipients(
    agency: Agency,
    rule: Rule,
    writer_id: int | None,
    people: Mapping[tuple[int, str], Sequence[Recipient]],
) -> list[Recipient]:
    """Who is told what the agency owes: its people, else its contact address, else nobody.

    A collective body has no staff: the agency it acts through is told. Writing is asked of the
    reporters, a review of the approvers; where one kind is missing the other can act: an approver
    may write, and a reporter may withdraw a report that nobody is left to review.
    """
    office = agency.acts_through or agency
    kinds = (Role.REPORTER, Role.APPROVER)
    for role in kinds if rule == Rule.REPORT else reversed(kinds):
        told = [p for pk in {agency.pk, office.pk} for p in people.get((pk, role), ())]
        if told and rule == Rule.AGENCY_REVIEW:
            # Nobody reviews what they wrote themselves where another can.
            told = [person for person in told if person.user_id != writer_id] or told
        if told:
            return told
    return [Recipient(office.pk, office.name, address=office.contact_email)]


def _order(owed: Owed) -> tuple[int, int, dt.date, int]:
    recipient, item = owed.recipient, owed.item
    return recipient.agency_id, recipient.user_id or 0, item.due_on, item.task_number

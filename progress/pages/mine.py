"""My tasks: what this person's agency owes this period, at one look."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from agencies.models import Role, User
from agencies.pages import reader_of
from progress.cadence import opens_on
from progress.models import (
    Agreement,
    Policy,
    Report,
    ReportEvent,
    ReportingPeriod,
)
from progress.pages.dashboards.standing import is_frozen
from progress.pages.my_contributions import ContributionGroups, contributions_of, grouped
from progress.pages.owing import Owing, Way, ways
from progress.pages.periods import next_span
from progress.pages.reading import PeriodChoice, period_choice
from progress.pages.register_panels import answers_owed
from progress.rollups import ContributionRow, TaskRow, contribution_rows, figures_of, task_rows
from progress.states import HANDED_IN, WRITABLE, ReportState
from progress.workdays import WorkCalendar
from tasks.models import Division, Task

# What needs a hand first stands first; None: nobody has begun.
GROUPS: Sequence[tuple[ReportState | None, str | Promise]] = (
    (ReportState.RETURNED, gettext_lazy("Returned, to correct")),
    (None, gettext_lazy("To write")),
    (ReportState.DRAFT, gettext_lazy("Drafts to finish")),
    (ReportState.AGENCY_REVIEW, gettext_lazy("Waiting for the agency's approver")),
    (ReportState.SUBMITTED, gettext_lazy("Handed in, waiting for the coordinators")),
    (ReportState.APPROVED, gettext_lazy("Approved")),
)
# Once the period is closed nobody has anything left to do: what became of each report.
GROUPS_OF_A_CLOSED_PERIOD: Sequence[tuple[ReportState | None, str | Promise]] = (
    (None, gettext_lazy("Not begun")),
    (ReportState.DRAFT, gettext_lazy("Begun, not handed in")),
    (ReportState.AGENCY_REVIEW, gettext_lazy("Not approved within the agency")),
    (ReportState.RETURNED, gettext_lazy("Returned, not corrected")),
    (ReportState.SUBMITTED, gettext_lazy("Handed in, not decided on")),
    (ReportState.APPROVED, gettext_lazy("Approved")),
)


@dataclass(frozen=True, slots=True)
class MyTask:
    """One task the agency leads, and why its report came back, if it did.

    `can_stay`: something was approved before, nobody has begun and nobody else owes it anything, so
    that "no change" is possible; `waits_for` names the agencies that owe this report a contribution
    and have not answered; `objected_because` is the reason of another lead that does not agree;
    `on_behalf_of` names the body of members that leads it, where that acts through this agency.
    """

    row: TaskRow
    returned_because: str
    objected_because: str
    on_behalf_of: str
    is_writable: bool
    is_to_review: bool
    can_stay: bool
    waits_for: Sequence[str]


@dataclass(frozen=True, slots=True)
class Group:
    state: str
    title: str | Promise
    tasks: Sequence[MyTask]

    @property
    def comes_first(self) -> bool:
        """Whether it was sent back, or waits for the person that reads."""
        return self.state == ReportState.RETURNED or any(one.is_to_review for one in self.tasks)

    @property
    def needs_a_hand(self) -> bool:
        """Whether people of the agency still have to do something; others stand further down."""
        return self.state not in HANDED_IN

    @property
    def can_stay(self) -> bool:
        """Whether some of these can be handed in without change, several at once."""
        return any(one.can_stay for one in self.tasks)


@dataclass(frozen=True, slots=True)
class SharedLead:
    """A task that this agency leads together with the one that compiles its report.

    `asked_on` is the day since which the report waits for this agency's yes or no; `answer` is what
    it has said to the text as it stands, None where it has not.
    """

    row: TaskRow
    asked_on: dt.date | None
    answer: Agreement | None

    @property
    def waits(self) -> bool:
        return self.asked_on is not None and self.answer is None


@require_safe
def my_tasks(request: HttpRequest) -> HttpResponse:
    """What the agency owes, of the open period or the one asked for; for reporters and approvers.

    A constant number of statements, however many tasks the agency has a part in.
    """
    user = reader_of(request)
    if not user.works_for_an_agency:
        raise PermissionDenied(_("Only people who report for an agency have tasks of their own."))
    today = timezone.localdate()
    choice = period_choice(request, user)
    period = choice.period
    mine = Task.objects.visible_to(user).shared_by(user.agency_ids)
    rows = task_rows(tasks=mine, period=period, user=user, today=today)
    led_ids = set(
        Task.objects.visible_to(user).led_by(user.agency_ids).values_list("pk", flat=True)
    )
    led = [row for row in rows if row.id in led_ids]
    parts = contribution_rows(tasks=mine, period=period, user=user)
    is_open = period is not None and period.is_open
    contributions = grouped(contributions_of(rows, parts, period, user=user), is_open=is_open)
    groups = _groups(led, parts, period, user=user)
    shared_leads = _shared_leads(rows, parts, period)
    answers = answers_owed(user=user)
    days_left = WorkCalendar.load().between(today, period.due_on) if period else None
    return render(
        request,
        "progress/my_tasks.html",
        {
            "choice": choice,
            "is_frozen": is_frozen(choice),
            "period": period,
            "other_periods": _other_open_periods(choice),
            "is_open": is_open,
            "days_left": days_left,
            "owing": Owing(_ways(groups, contributions, shared_leads, len(answers)), days_left)
            if is_open and days_left is not None
            else None,
            "figures": figures_of(led),
            # Figures count what has reached the office, also while it is corrected.
            "returned": sum(
                row.report_state == ReportState.RETURNED and row.handed_in_on is not None
                for row in led
            ),
            "groups": groups,
            "is_due_today": period is not None and period.due_on == today,
            "shared_leads": shared_leads,
            "answers_owed": answers,
            "contributions": contributions,
            "next": None if is_open else _next_period(today),
        },
    )


def _ways(
    groups: Sequence[Group],
    contributions: ContributionGroups,
    shared_leads: Sequence[SharedLead],
    answers: int,
) -> list[Way]:
    of_state = {group.state: len(group.tasks) for group in groups}
    return ways(
        to_review=sum(one.is_to_review for group in groups for one in group.tasks),
        contributions_to_review=len(contributions.to_review.lines),
        returned=of_state.get(ReportState.RETURNED, 0),
        returned_contributions=len(contributions.returned.lines),
        to_write=of_state.get("none", 0),
        drafts=of_state.get(ReportState.DRAFT, 0),
        contributions=len(contributions.owed.lines),
        answers=answers,
        shared_leads=sum(one.waits for one in shared_leads),
    )


def _other_open_periods(choice: PeriodChoice) -> list[ReportingPeriod]:
    return [one for one in choice.periods if one.is_open and one != choice.period]


def _next_period(today: dt.date) -> tuple[str, dt.date]:
    """The code of the period that comes next, and the day on which it opens by the calendar."""
    span = next_span(today=today)
    return span.code, opens_on(span, Policy.current())


def _groups(
    led: Sequence[TaskRow],
    parts: Mapping[int, Sequence[ContributionRow]],
    period: ReportingPeriod | None,
    *,
    user: User,
) -> list[Group]:
    if period is None:
        return []
    reasons = dict(
        ReportEvent.objects.sent_back()
        .filter(
            report__in=Report.objects.filter(
                period=period, state=ReportState.RETURNED, task__in=[row.id for row in led]
            )
        )
        .order_by("pk")
        .values_list("report_id", "reason")
    )
    # Asked of each task: of those that have one, all that it ever had need not be read.
    approved = Report.objects.filter(
        task=OuterRef("pk"), state=ReportState.APPROVED, period__ends_on__lt=period.ends_on
    )
    approved_before = set(
        Task.objects.filter(Exists(approved), pk__in=[row.id for row in led])
        .order_by()
        .values_list("pk", flat=True)
    )
    objections = dict(
        Agreement.objects.filter(
            report__in=[row.report_id for row in led if row.report_id], agrees=False
        ).values_list("report_id", "reason")
    )
    groups = []
    for state, title in _order(period, user):
        tasks = [
            MyTask(
                row,
                returned_because=reasons.get(row.report_id or 0, ""),
                is_writable=period.is_open and (state is None or state in WRITABLE),
                is_to_review=period.is_open
                and state == ReportState.AGENCY_REVIEW
                and user.role == Role.APPROVER,
                objected_because=objections.get(row.report_id or 0, ""),
                on_behalf_of=row.leads[0].name if row.leads[0].id != user.agency_id else "",
                can_stay=period.is_open
                and state is None
                and row.id in approved_before
                and row.division != Division.CO_LEAD
                and not _not_answered(parts.get(row.id, ())),
                waits_for=_not_answered(parts.get(row.id, ())),
            )
            for row in led
            if row.report_state == state
        ]
        if tasks:
            groups.append(Group(state or "none", title, tasks))
    return groups


def _order(
    period: ReportingPeriod, user: User
) -> Sequence[tuple[ReportState | None, str | Promise]]:
    """The groups in their order; before an approver stands first what waits for an approver."""
    if not period.is_open:
        return GROUPS_OF_A_CLOSED_PERIOD
    if user.role != Role.APPROVER:
        return GROUPS
    return sorted(GROUPS, key=lambda group: group[0] != ReportState.AGENCY_REVIEW)


def _not_answered(parts: Sequence[ContributionRow]) -> list[str]:
    return [part.agency.short_name for part in parts if part.owed and not part.answered]


def _shared_leads(
    rows: Sequence[TaskRow],
    parts: Mapping[int, Sequence[ContributionRow]],
    period: ReportingPeriod | None,
) -> list[SharedLead]:
    """The tasks that this agency leads but does not compile, those that wait for it first."""
    if period is None:
        return []
    mine = {
        row.id: part
        for row in rows
        for part in parts.get(row.id, ())
        if part.is_mine and part.leads_too and row.division == Division.CO_LEAD
    }
    if not mine:
        return []
    reports = {
        report.task_id: report
        for report in Report.objects.filter(period=period, task__in=mine).prefetch_related(
            "agreements"
        )
    }
    found = []
    for row in rows:
        if row.id not in mine:
            continue
        report = reports.get(row.id)
        asked_at = report.agreement_asked_at if report else None
        answers = report.agreements.all() if report else []
        found.append(
            SharedLead(
                row,
                timezone.localdate(asked_at)
                if asked_at and period.is_open and row.report_state in WRITABLE
                else None,
                next((one for one in answers if one.agency_id == mine[row.id].agency.id), None),
            )
        )
    return sorted(found, key=lambda one: not one.waits)

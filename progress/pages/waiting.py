"""What waits for a decision, read for the queue and for the way from one report to the next."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef
from django.utils import timezone

from agencies.models import Agency, Role, User
from progress.models import Contribution, Report, ReportEvent, ReviewMark
from progress.statements import WrittenOnce
from progress.states import Move
from progress.workdays import WorkCalendar
from progress.workflow import (
    Hint,
    ReportContent,
    Without,
    approved_before_id,
    completions_asked_for,
    contents_corrected,
    evidence_by_report,
    hints_of,
    measures_said,
)
from tasks.models import Responsibility

LONG_AGO = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A report that waits for a decision, and how many others than the one being read do."""

    number: int
    code: str
    title: str
    count: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The reports around one in its reader's queue; the queue goes round.

    `after_unseen` is the next that this coordinator has not looked at as it now reads, and
    `is_looked_at` whether they have at the one itself, of one that waits.
    """

    before: Waiting | None = None
    after: Waiting | None = None
    after_unseen: Waiting | None = None
    is_looked_at: bool = False


@dataclass(frozen=True, slots=True)
class QueueLine:
    """A report in the queue with what who decides on it should know before opening it.

    `days` are the working days since it was submitted, `completions` the ordinals of the measures
    that it asks to count as completed, `without` what it was submitted without.
    """

    report: Report
    lead: Agency
    days: int
    is_looked_at: bool
    completions: Sequence[int]
    hints: Sequence[Hint]
    without: Without


@dataclass(frozen=True, slots=True)
class ContributionLine:
    """A contribution that an agency's approver has to check, and since how many working days."""

    contribution: Contribution
    days: int


def decides(user: User) -> bool:
    """Whether the person is of those who decide on reports."""
    return user.role in (Role.COORDINATOR, Role.APPROVER)


def neighbours_of(report: Report, *, user: User) -> Neighbours:
    """What stands around the report in this person's queue: one query.

    A report that was left undecided is so passed over until the round is done, instead of coming
    back at once. Nothing where the person does not decide or no other report waits.
    """
    if not decides(user):
        return Neighbours()
    queue = _QUEUE.for_reader(user)
    others = [row for row in queue if row[0] != report.pk]
    here = (report.submitted_at or LONG_AGO, report.task.number)
    earlier = [row for row in others if (row[1] or LONG_AGO, row[2]) <= here]
    later = others[len(earlier) :]
    round_from_here = [
        (Waiting(number, code, title, count=len(others)), looked_at)
        for _pk, _at, number, code, title, looked_at in [*later, *earlier]
    ]
    unseen = (waiting for waiting, looked_at in round_from_here if not looked_at)
    return Neighbours(
        before=round_from_here[-1][0] if round_from_here else None,
        after=round_from_here[0][0] if round_from_here else None,
        after_unseen=next(unseen, None),
        is_looked_at=any(row[0] == report.pk and row[-1] for row in queue),
    )


_QUEUE = WrittenOnce(
    lambda user: (
        Report.objects.waiting_for_review(user)
        .annotate(
            is_looked_at=Exists(
                ReviewMark.objects.filter(
                    report=OuterRef("pk"), by=user, version=OuterRef("version")
                )
            )
        )
        .values_list(
            "pk", "submitted_at", "task__number", "period__code", "task__title", "is_looked_at"
        )
    )
)


def queue_lines(*, user: User, today: dt.date) -> list[QueueLine]:
    """What this person has to decide on, the longest wait first; the same few queries for any."""
    reports = list(
        Report.objects.waiting_for_review(user)
        .select_related("task", "period", "submitted_by", "taken_up_by")
        .annotate(before_id=approved_before_id())
    )
    calendar = WorkCalendar.load()
    leads = {
        lead.task_id: lead.agency
        for lead in Responsibility.objects.compiling()
        .filter(task__in=[report.task_id for report in reports])
        .select_related("agency")
    }
    looked_at = set(
        ReviewMark.objects.filter(
            by=user, report__in=reports, version=F("report__version")
        ).values_list("report_id", flat=True)
    )
    said = _said_now_and_before(reports)
    without, attached = _submitted_without(reports), evidence_by_report(reports)
    return [
        QueueLine(
            report=report,
            lead=leads[report.task_id],
            days=_days(report.submitted_at, today, calendar),
            is_looked_at=report.pk in looked_at,
            completions=completions_asked_for(*said[report.pk]),
            hints=hints_of(*said[report.pk], attached[report.pk]),
            without=without.get(report.pk, Without()),
        )
        for report in reports
    ]


def contribution_lines(*, user: User, today: dt.date) -> list[ContributionLine]:
    """The contributions this person has to check, the longest wait first; none for the office."""
    if user.role != Role.APPROVER:
        return []
    calendar = WorkCalendar.load()
    waiting = Contribution.objects.waiting_for_review(user).select_related(
        "task", "period", "agency", "submitted_by"
    )
    return [ContributionLine(one, _days(one.submitted_at, today, calendar)) for one in waiting]


def _said_now_and_before(
    reports: Sequence[Report],
) -> dict[int, tuple[ReportContent, ReportContent | None]]:
    """By report, what it says of its measures and what holds of the last approved one of its task,
    whose id stands with it as `before_id`: two queries, one where none was approved, and as many
    as `contents_corrected` takes where anything corrects what was."""
    before = {report.pk: getattr(report, "before_id", None) or 0 for report in reports}
    measures = measures_said({*before, *before.values()} - {0})
    said = {pk: ReportContent(of_report) for pk, of_report in measures.items()}
    holds = contents_corrected({pk: said[pk] for pk in before.values() if pk in said})
    return {pk: (said[pk], holds.get(before_pk)) for pk, before_pk in before.items()}


def _submitted_without(reports: Iterable[Report]) -> dict[int, Without]:
    """By report, what it lacked of others' parts when it was last submitted: one query."""
    submitted = ReportEvent.objects.filter(report__in=reports, move=Move.SUBMIT).order_by("pk")
    return {
        pk: Without(tuple(without["contributions"]), tuple(without["agreements"]))
        if without
        else Without()
        for pk, without in submitted.values_list("report_id", "content__without")
    }


def _days(since: dt.datetime | None, today: dt.date, calendar: WorkCalendar) -> int:
    return calendar.between(timezone.localdate(since), today) if since else 0

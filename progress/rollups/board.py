"""The month's board: what each agency owes for a period, and what of it has come."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db.models import DateTimeField, Max, Value

from agencies.models import Agency, Role, User
from progress.models import Reminder, ReminderState, Report, ReportingPeriod
from progress.rollups.answering import AgencyPart, AgencyRef
from progress.rollups.contributions import ContributionRow, contribution_rows
from progress.rollups.counted import calendar_read
from progress.rollups.reported import ReportedRow
from progress.rollups.rows import TaskRow, reading_day
from progress.statements import WrittenOnce
from progress.states import ReportState
from tasks.models import Task


class BoardKind(StrEnum):
    REPORT = "report"  # compiled by the task's first agency
    CONTRIBUTION = "contribution"  # owed where duties are divided


class BoardView(StrEnum):
    """A part of the board: what its numbers count and its addresses list."""

    ALL = "all"
    MISSING = "missing"
    LATE = "late"  # also what is still missing after its due date
    RETURNED = "returned"
    REPORTS = "reports"
    HANDED_IN = "handed_in"
    ON_TIME = "on_time"
    REPORTS_RETURNED = "reports_returned"
    REPORTS_MISSING = "reports_missing"
    AGENCY_REVIEW = "agency_review"
    OFFICE = "office"
    CONTRIBUTIONS = "contributions"
    CONTRIBUTIONS_HANDED_IN = "contributions_handed_in"
    CONTRIBUTIONS_ON_TIME = "contributions_on_time"
    CONTRIBUTIONS_RETURNED = "contributions_returned"
    OWED = "owed"


@dataclass(frozen=True, slots=True)
class BoardItem:
    """One thing that an agency owes for the period.

    A report is handed in once it has reached the coordinating office, as figures count it, also
    while it is returned to be corrected; a contribution while it is in the lead's hands, so that
    one that was returned is missing. `is_returned`: the office, or the lead, has sent it back.
    `entry_id` and `state` are those of the report or contribution, None where nobody has begun or
    the reader may not see it. `days_missing` counts the working days since the due date of what is
    missing, 0 until then.
    """

    kind: BoardKind
    task_id: int
    task_number: int
    task_title: str
    chapter_number: int
    entry_id: int | None
    state: str | None
    due_on: dt.date
    handed_in_on: dt.date | None
    is_handed_in: bool
    is_returned: bool
    days_missing: int
    reminded_at: dt.datetime | None

    @property
    def is_missing(self) -> bool:
        return not self.is_handed_in

    @property
    def is_late(self) -> bool:
        """Handed in after its due date."""
        return bool(
            self.is_handed_in and self.handed_in_on is not None and self.handed_in_on > self.due_on
        )

    @property
    def is_report(self) -> bool:
        return self.kind == BoardKind.REPORT

    @property
    def is_on_time(self) -> bool:
        return self.is_handed_in and not self.is_late

    def is_in(self, view: BoardView) -> bool:
        return _IN_VIEW[view](self)


# What each view shows, asked of an item.
_IN_VIEW: Mapping[BoardView, Callable[[BoardItem], bool]] = {
    BoardView.ALL: lambda _one: True,
    BoardView.MISSING: lambda one: one.is_missing,
    BoardView.LATE: lambda one: one.is_late or one.days_missing > 0,
    BoardView.RETURNED: lambda one: one.is_returned,
    BoardView.REPORTS: lambda one: one.is_report,
    BoardView.HANDED_IN: lambda one: one.is_report and one.is_handed_in,
    BoardView.ON_TIME: lambda one: one.is_report and one.is_on_time,
    BoardView.REPORTS_RETURNED: lambda one: one.is_report and one.is_returned,
    BoardView.REPORTS_MISSING: lambda one: one.is_report and one.is_missing,
    BoardView.AGENCY_REVIEW: (lambda one: one.is_report and one.state == ReportState.AGENCY_REVIEW),
    BoardView.OFFICE: lambda one: one.is_report and one.state == ReportState.SUBMITTED,
    BoardView.CONTRIBUTIONS: lambda one: not one.is_report,
    BoardView.CONTRIBUTIONS_HANDED_IN: lambda one: not one.is_report and one.is_handed_in,
    BoardView.CONTRIBUTIONS_ON_TIME: lambda one: not one.is_report and one.is_on_time,
    BoardView.CONTRIBUTIONS_RETURNED: lambda one: not one.is_report and one.is_returned,
    BoardView.OWED: lambda one: not one.is_report and one.is_missing,
}


@dataclass(frozen=True, slots=True)
class BoardCount:
    """How many are due, were handed in (of these in time), lie returned, and are missing."""

    due: int
    handed_in: int
    on_time: int
    returned: int

    @property
    def missing(self) -> int:
        return self.due - self.handed_in


@dataclass(frozen=True, slots=True)
class BoardRow:
    """An agency's line: its reports, its contributions, and each of them in the list's order.

    `reminded_at` is when the last message about one of them was sent, None if there was none.
    """

    agency: AgencyRef
    reports: BoardCount
    contributions: BoardCount
    days_missing: int
    reminded_at: dt.datetime | None
    items: Sequence[BoardItem]

    @property
    def missing(self) -> int:
        return self.reports.missing + self.contributions.missing

    def items_in(self, view: BoardView) -> list[BoardItem]:
        return [item for item in self.items if item.is_in(view)]

    def count_in(self, view: BoardView) -> int:
        return sum(map(_IN_VIEW[view], self.items))


@dataclass(frozen=True, slots=True)
class Board:
    """The sums, and the agencies' lines in the list's order where the reader may see them.

    Sums are None where the reader may know of no handing-in at all.
    """

    reports: BoardCount | None
    contributions: BoardCount | None
    rows: Sequence[BoardRow]


NO_BOARD = Board(None, None, ())


def board(
    *,
    rows: Iterable[TaskRow | ReportedRow],
    period: ReportingPeriod,
    user: User,
    today: dt.date,
    parts: Mapping[int, Sequence[AgencyPart]] | None = None,
) -> Board:
    """The board of the period for this reader, from its `task_rows` or `reported_rows`: nine
    statements at most, less those of the `parts_answering` of its tasks that are handed over.

    Coordinators see all agencies, an agency's people their own with its sums, leaders the sums
    alone, others nothing. A closed period is read as it was left: what is missing stays so. What
    was dropped from the list after its closing has no line and is in no sum.
    """
    if not user.is_active or not (
        user.is_coordinator or user.role == Role.LEADER or user.works_for_an_agency
    ):
        return NO_BOARD
    rows = sorted(rows, key=lambda row: row.number)
    tasks = Task.objects.visible_to(user)
    if any(isinstance(row, TaskRow) for row in rows):
        # Which may be some of the list.
        tasks = tasks.filter(pk__in=[row.id for row in rows])
    late = _days_late(period, today)
    reminded, returned = _reminded(period, user), _returned(rows, period)
    owed: dict[AgencyRef, list[BoardItem]] = {}
    contributions = contribution_rows(
        tasks=tasks,
        period=period,
        user=user,
        parts=parts,
    )
    for row in rows:
        if row.leads:
            lead = row.leads[0]
            owed.setdefault(lead, []).append(
                _report(
                    row, period, late, reminded.of(lead, row.id), is_returned=row.id in returned
                )
            )
        for one in contributions.get(row.id, ()):
            if one.owed:
                owed.setdefault(one.agency, []).append(
                    _contribution(row, one, period, late, reminded.of(one.agency, row.id))
                )
    if user.works_for_an_agency:
        own = user.agency_ids_of_old
        owed = {agency: items for agency, items in owed.items() if agency.id in own}
    everything = [item for items in owed.values() for item in items]
    return Board(
        reports=_count(everything, BoardKind.REPORT),
        contributions=_count(everything, BoardKind.CONTRIBUTION),
        rows=()
        if user.role == Role.LEADER
        else [_line(agency, items) for agency, items in owed.items()],
    )


def _days_late(period: ReportingPeriod, today: dt.date) -> int:
    """Working days since the due date, 0 before it and on it."""
    day = reading_day(period, today=today)
    return max(calendar_read(period).between(period.due_on, day), 0)


@dataclass(frozen=True, slots=True)
class _Reminded:
    """When an office was last told of a task's report, and which office acts for which body."""

    at: Mapping[tuple[int, int], dt.datetime]
    offices: Mapping[int, int]

    def of(self, agency: AgencyRef, task_id: int) -> dt.datetime | None:
        told = (
            self.at.get((pk, task_id)) for pk in {agency.id, self.offices.get(agency.id, agency.id)}
        )
        return max((at for at in told if at is not None), default=None)


def _reminded(period: ReportingPeriod, user: User) -> _Reminded:
    """One statement: the agency that acts for a collective body stands among what was sent."""
    at: dict[tuple[int, int], dt.datetime] = {}
    offices: dict[int, int] = {}
    for agency_id, task_or_office, last in _TOLD.for_reader(user, period.pk):
        if last is None:
            offices[agency_id] = task_or_office
        else:
            at[agency_id, task_or_office] = last
    return _Reminded(at, offices)


_TOLD = WrittenOnce(
    lambda user, period: (
        Reminder.objects.visible_to(user)
        .filter(state=ReminderState.SENT, items__period=period, sent_at__isnull=False)
        .order_by()
        .values_list("agency_id", "items__task_id")
        .annotate(last=Max("sent_at"))
        .union(
            Agency.objects.filter(acts_through__isnull=False)
            .order_by()
            .annotate(last=Value(None, output_field=DateTimeField()))
            .values_list("pk", "acts_through_id", "last"),
            all=True,
        )
    )
)


def _returned(rows: Sequence[TaskRow | ReportedRow], period: ReportingPeriod) -> set[int]:
    """The ids of the tasks whose report the office has sent back, whoever reads the board. One
    statement, none where the rows say so themselves."""
    if any(isinstance(row, TaskRow) for row in rows):
        return set(_RETURNED.of(period.pk))
    return {row.id for row in rows if isinstance(row, ReportedRow) and row.is_returned}


_RETURNED = WrittenOnce(
    lambda period: Report.objects.filter(
        period=period, state=ReportState.RETURNED, handed_in_on__isnull=False
    ).values_list("task_id", flat=True)
)


def _report(
    row: TaskRow | ReportedRow,
    period: ReportingPeriod,
    late: int,
    reminded_at: dt.datetime | None,
    *,
    is_returned: bool,
) -> BoardItem:
    is_handed_in = row.handed_in_on is not None
    return BoardItem(
        kind=BoardKind.REPORT,
        task_id=row.id,
        task_number=row.number,
        task_title=row.title,
        chapter_number=row.chapter_number,
        entry_id=row.report_id,
        state=row.report_state,
        due_on=period.due_on,
        handed_in_on=row.handed_in_on,
        is_handed_in=is_handed_in,
        is_returned=is_returned,
        days_missing=0 if is_handed_in else late,
        reminded_at=reminded_at,
    )


def _contribution(
    row: TaskRow | ReportedRow,
    one: ContributionRow,
    period: ReportingPeriod,
    late: int,
    reminded_at: dt.datetime | None,
) -> BoardItem:
    # As `Contribution.visible_to`: what an agency is still writing, or again, is its own.
    is_seen = one.answered or one.is_mine
    return BoardItem(
        kind=BoardKind.CONTRIBUTION,
        task_id=row.id,
        task_number=row.number,
        task_title=row.title,
        chapter_number=row.chapter_number,
        entry_id=one.contribution_id if is_seen else None,
        state=one.state if is_seen else None,
        due_on=period.due_on,
        handed_in_on=one.handed_in_on if is_seen else None,
        is_handed_in=one.answered,
        is_returned=one.state == ReportState.RETURNED and one.handed_in_on is not None,
        days_missing=0 if one.answered else late,
        reminded_at=reminded_at,
    )


def _count(items: Iterable[BoardItem], kind: BoardKind) -> BoardCount:
    of_kind = [item for item in items if item.kind == kind]
    handed_in = [item for item in of_kind if item.is_handed_in]
    return BoardCount(
        due=len(of_kind),
        handed_in=len(handed_in),
        on_time=sum(not item.is_late for item in handed_in),
        returned=sum(item.is_returned for item in of_kind),
    )


def _line(agency: AgencyRef, items: Sequence[BoardItem]) -> BoardRow:
    return BoardRow(
        agency=agency,
        reports=_count(items, BoardKind.REPORT),
        contributions=_count(items, BoardKind.CONTRIBUTION),
        days_missing=max(item.days_missing for item in items),
        reminded_at=max(
            (item.reminded_at for item in items if item.reminded_at is not None), default=None
        ),
        items=items,
    )

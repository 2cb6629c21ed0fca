"""The hand-in board: who has handed in, who has not and since when, and where things wait."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy
from django.views.decorators.http import require_safe

from agencies.models import Role, User
from agencies.pages import reader_of
from progress.models import ContributionEvent, ReportEvent
from progress.pages.known_already import known_while_unchanged
from progress.pages.navigation import counted
from progress.pages.reading import PeriodChoice, address_of, period_choice
from progress.rollups import (
    NO_BOARD,
    AgencyRef,
    Board,
    BoardItem,
    BoardKind,
    BoardRow,
    BoardView,
    board,
    parts_answering,
    period_read,
    reported_rows,
    undelivered_count,
)
from progress.states import Move, ReportState
from tasks.models import Task

# What may be shown: the four to choose from, and what the numbers of lines and sums lead to.
CHOICES: Mapping[BoardView, str | Promise] = {
    BoardView.ALL: pgettext_lazy("board", "All"),
    BoardView.MISSING: pgettext_lazy("board", "Not handed in"),
    BoardView.LATE: pgettext_lazy("board", "Handed in late"),
    BoardView.RETURNED: pgettext_lazy("board", "Returned"),
}
SHOWN: Mapping[BoardView, str | Promise] = {
    **CHOICES,
    BoardView.REPORTS: pgettext_lazy("board", "Reports due"),
    BoardView.HANDED_IN: pgettext_lazy("board", "Reports handed in"),
    BoardView.ON_TIME: pgettext_lazy("board", "Reports handed in in time"),
    BoardView.REPORTS_RETURNED: pgettext_lazy("board", "Reports returned"),
    BoardView.REPORTS_MISSING: pgettext_lazy("board", "Reports not handed in"),
    BoardView.AGENCY_REVIEW: pgettext_lazy("board", "Waiting within the agency"),
    BoardView.OFFICE: pgettext_lazy("board", "Waiting at the office"),
    BoardView.CONTRIBUTIONS: pgettext_lazy("board", "Contributions due"),
    BoardView.CONTRIBUTIONS_HANDED_IN: pgettext_lazy("board", "Contributions handed in"),
    BoardView.CONTRIBUTIONS_ON_TIME: pgettext_lazy("board", "Contributions handed in in time"),
    BoardView.CONTRIBUTIONS_RETURNED: pgettext_lazy("board", "Contributions returned"),
    BoardView.OWED: pgettext_lazy("board", "Contributions owed"),
}
# What the sums of either kind count: due, handed in, in time, returned, missing.
OF_REPORTS = (
    BoardView.REPORTS,
    BoardView.HANDED_IN,
    BoardView.ON_TIME,
    BoardView.REPORTS_RETURNED,
    BoardView.REPORTS_MISSING,
)
OF_CONTRIBUTIONS = (
    BoardView.CONTRIBUTIONS,
    BoardView.CONTRIBUTIONS_HANDED_IN,
    BoardView.CONTRIBUTIONS_ON_TIME,
    BoardView.CONTRIBUTIONS_RETURNED,
    BoardView.OWED,
)
BOARD_ROLES = (Role.COORDINATOR, Role.LEADER, Role.REPORTER, Role.APPROVER)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many are so, and the address that lists them; "" where they are not for the reader."""

    count: int
    address: str
    is_shown: bool = False


@dataclass(frozen=True, slots=True)
class Sum:
    """What is due of one kind from all agencies that the reader sees, and how far it is."""

    label: str | Promise
    due: Tally
    handed_in: Tally
    on_time: Tally
    returned: Tally
    missing: Tally


@dataclass(frozen=True, slots=True)
class Line:
    """An agency's line: its numbers, each with the rows behind it; `page` is the agency's own."""

    row: BoardRow
    page: str
    due: Tally
    handed_in: Tally
    missing: Tally
    returned: Tally
    agency_review: Tally
    office: Tally
    contributions: Tally
    owed: Tally

    @property
    def to_choose(self) -> str:
        return _("Choose %(name)s") % {"name": self.row.agency.short_name}

    @property
    def since(self) -> str:
        """For how long something has been missing; "" where nothing is."""
        days = self.row.days_missing
        if not days:
            return ""
        said = ngettext("%(days)s working day", "%(days)s working days", days)
        return said % {"days": days}

    @property
    def reminded(self) -> str:
        """When the agency was reminded last; "" where it never was."""
        at = self.row.reminded_at
        return f"{timezone.localtime(at):%m-%d %H:%M}" if at else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as a table lists it: with the reason of its return ("" without one) and where its
    page is ("" where the reader may not open it or nobody has begun)."""

    agency: AgencyRef
    item: BoardItem
    reason: str
    address: str


@dataclass(frozen=True, slots=True)
class Entries:
    """What one agency owes, or all of them where none is named, of what was asked to be shown."""

    agency: AgencyRef | None
    entries: Sequence[Entry]


@require_safe
@known_while_unchanged
def hand_in_board(request: HttpRequest) -> HttpResponse:
    """The board of a period. Coordinators see all agencies, an agency's people their own, leaders
    the sums; `agency` asks for one agency's rows, `show` for some of them. What a sum counts is
    listed across agencies.

    Raises PermissionDenied for everybody else and Http404 for an agency that is not on the board.
    """
    user = reader_of(request)
    if user.role not in BOARD_ROLES:
        raise PermissionDenied(_("Who has handed in is known to the office and the agencies."))
    choice = period_choice(request, user)
    show = _view(request.GET.get("show", BoardView.ALL))
    found = _board(user, choice)
    agency = _agency(request.GET.get("agency", ""), found)
    rows = [row for row in found.rows if agency is None or row is agency]
    is_listed = agency is not None or user.works_for_an_agency
    across = not is_listed and show not in CHOICES
    kept = [row for row in rows if row.count_in(show)]
    return render(
        request,
        "progress/board.html",
        {
            "choice": choice,
            "board": found,
            "period": choice.period,
            "show": show,
            "shown": SHOWN[show],
            "choices": [
                (value, label, _address(choice, agency, value)) for value, label in CHOICES.items()
            ],
            "agency": agency.agency if agency else None,
            "all_agencies": _address(choice, None, BoardView.ALL),
            "is_narrowed": agency is not None or show not in CHOICES,
            "sums": _sums(found, choice, show, by_row=bool(found.rows)),
            "lines": [] if is_listed or across else [_line(row, choice) for row in kept],
            "details": _details(kept, show, choice, across=across) if is_listed or across else [],
            "reminds": user.is_coordinator and choice.period is not None and choice.period.is_open,
            "undelivered": undelivered_count(user=user, counted=counted(request)),
            "is_own": user.works_for_an_agency,
            "remind_all": _remind_all(choice),
        },
    )


def _board(user: User, choice: PeriodChoice) -> Board:
    if choice.period is None:
        return NO_BOARD
    period, tasks = choice.period, Task.objects.visible_to(user)
    parts = read = parts_answering(tasks=tasks, period=period_read(period))
    if period_read(period) is not period:
        # Rows are read as things stand, what is owed as it was at the closing.
        parts = parts_answering(tasks=tasks, period=period)
    rows = reported_rows(period=period, user=user, parts=read)
    return board(rows=rows, period=period, user=user, today=timezone.localdate(), parts=parts)


def _view(text: str) -> BoardView:
    """The part of the board that is asked for; raises BadRequest for what is none."""
    if text not in list(BoardView):
        raise BadRequest(_("The board cannot be narrowed like that."))
    return BoardView(text)


def _agency(text: str, found: Board) -> BoardRow | None:
    """The line of the agency that is asked for; None where none is."""
    if not text:
        return None
    for row in found.rows:
        if str(row.agency.id) == text:
            return row
    raise Http404(_("This agency is not on the board."))


def _address(choice: PeriodChoice, row: BoardRow | None, show: BoardView) -> str:
    """The board of what is shown; every part of it is a code or a number, which an address takes
    as it is."""
    parameters: dict[str, str] = {**choice.parameters}
    if row is not None:
        parameters["agency"] = str(row.agency.id)
    if show != BoardView.ALL:
        parameters["show"] = show.value
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    return f"{address_of('board')}?{query}" if query else address_of("board")


def _remind_all(choice: PeriodChoice) -> str:
    if choice.period is None:
        return ""
    return f"{reverse('board-remind')}?{urlencode({'period': choice.period.code})}"


def _line(row: BoardRow, choice: PeriodChoice) -> Line:
    # It has the agency in it, so that what is shown is one parameter more.
    before = _address(choice, row, BoardView.ALL)

    def tally(view: BoardView) -> Tally:
        return Tally(row.count_in(view), f"{before}&show={view.value}")

    return Line(
        row=row,
        page=address_of("agency", row.agency.id) + choice.query,
        due=tally(BoardView.REPORTS),
        handed_in=tally(BoardView.HANDED_IN),
        missing=tally(BoardView.REPORTS_MISSING),
        returned=tally(BoardView.RETURNED),
        agency_review=tally(BoardView.AGENCY_REVIEW),
        office=tally(BoardView.OFFICE),
        contributions=tally(BoardView.CONTRIBUTIONS),
        owed=tally(BoardView.OWED),
    )


def _sums(found: Board, choice: PeriodChoice, show: BoardView, *, by_row: bool) -> list[Sum]:
    """The sums of reports and contributions; `by_row`: whether the reader sees what they count."""

    def tally(count: int, view: BoardView) -> Tally:
        return Tally(count, _address(choice, None, view) if by_row else "", view == show)

    return [
        Sum(
            label,
            tally(count.due, due),
            tally(count.handed_in, handed_in),
            tally(count.on_time, on_time),
            tally(count.returned, returned),
            tally(count.missing, missing),
        )
        for count, label, (due, handed_in, on_time, returned, missing) in (
            (found.reports, gettext_lazy("Progress reports"), OF_REPORTS),
            (found.contributions, gettext_lazy("Contributions"), OF_CONTRIBUTIONS),
        )
        if count is not None
    ]


def _details(
    rows: Sequence[BoardRow], show: BoardView, choice: PeriodChoice, *, across: bool
) -> list[Entries]:
    """What is shown of each agency by itself, or `across` all of them in the list's order."""
    reasons = _reasons(rows)
    code = choice.period.code if choice.period else ""
    by_agency = [
        Entries(
            row.agency,
            [
                Entry(
                    row.agency,
                    item,
                    reasons.get((item.kind, item.entry_id), ""),
                    _page_of(item, row.agency.id, code),
                )
                for item in row.items_in(show)
            ],
        )
        for row in rows
    ]
    if not across or not rows:
        return by_agency
    entries = [entry for one in by_agency for entry in one.entries]
    return [Entries(None, sorted(entries, key=lambda entry: entry.item.task_number))]


def _page_of(item: BoardItem, agency_id: int, code: str) -> str:
    if item.entry_id is None:
        return ""
    if item.kind == BoardKind.REPORT:
        return reverse("report", args=[item.task_number, code])
    return reverse("contribution", args=[item.task_number, code, agency_id])


def _reasons(rows: Sequence[BoardRow]) -> Mapping[tuple[BoardKind, int | None], str]:
    """Why each of what lies returned was returned last: two statements at most."""
    returned = [
        item
        for row in rows
        for item in row.items
        if item.state == ReportState.RETURNED and item.entry_id is not None
    ]
    reasons: dict[tuple[BoardKind, int | None], str] = {}
    reports = _ids(returned, BoardKind.REPORT)
    if reports:
        events = ReportEvent.objects.filter(report__in=reports, move=Move.RETURN).order_by("pk")
        for pk, reason in events.values_list("report_id", "reason"):
            reasons[BoardKind.REPORT, pk] = reason
    contributions = _ids(returned, BoardKind.CONTRIBUTION)
    if contributions:
        told = ContributionEvent.objects.filter(
            contribution__in=contributions, move=Move.RETURN
        ).order_by("pk")
        for pk, reason in told.values_list("contribution_id", "reason"):
            reasons[BoardKind.CONTRIBUTION, pk] = reason
    return reasons


def _ids(items: Collection[BoardItem], kind: BoardKind) -> list[int]:
    return [item.entry_id for item in items if item.kind == kind and item.entry_id is not None]

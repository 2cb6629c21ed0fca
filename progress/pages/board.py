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
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from agencies.models import Role, User
from agencies.pages import reader_of
from progress.models import ContributionEvent, ReportEvent
from progress.pages.reading import PeriodChoice, period_choice
from progress.rollups import (
    NO_BOARD,
    Board,
    BoardItem,
    BoardKind,
    BoardRow,
    BoardView,
    board,
    task_rows,
)
from progress.states import Move, ReportState
from tasks.models import Task

# What may be shown: the four to choose from, and what the numbers of a line lead to.
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
    BoardView.REPORTS_MISSING: pgettext_lazy("board", "Reports not handed in"),
    BoardView.AGENCY_REVIEW: pgettext_lazy("board", "Waiting within the agency"),
    BoardView.OFFICE: pgettext_lazy("board", "Waiting at the office"),
    BoardView.CONTRIBUTIONS: pgettext_lazy("board", "Contributions due"),
    BoardView.OWED: pgettext_lazy("board", "Contributions owed"),
}
BOARD_ROLES = (Role.COORDINATOR, Role.LEADER, Role.REPORTER, Role.APPROVER)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a line are so, and the address that lists them."""

    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Line:
    """An agency's line: its numbers, each with the rows behind it."""

    row: BoardRow
    due: Tally
    handed_in: Tally
    missing: Tally
    returned: Tally
    agency_review: Tally
    office: Tally
    contributions: Tally
    owed: Tally


@dataclass(frozen=True, slots=True)
class Entry:
    """An item as a table lists it: with the reason of its return ("" without one) and where its
    page is ("" where the reader may not open it or nobody has begun)."""

    item: BoardItem
    reason: str
    address: str


@dataclass(frozen=True, slots=True)
class AgencyEntries:
    """What one agency owes, of what was asked to be shown."""

    row: BoardRow
    entries: Sequence[Entry]


@never_cache
@require_safe
def hand_in_board(request: HttpRequest) -> HttpResponse:
    """The board of a period. Coordinators see all agencies, an agency's people their own, leaders
    the sums; `agency` asks for one agency's rows, `show` for some of them.

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
    in_detail = agency is not None or user.works_for_an_agency
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
            "lines": [] if in_detail else [_line(row, choice) for row in kept],
            "details": _details(kept, show, choice) if in_detail else [],
            "reminds": user.is_coordinator and choice.period is not None and choice.period.is_open,
            "is_own": user.works_for_an_agency,
            "remind_all": _remind_all(choice),
        },
    )


def _board(user: User, choice: PeriodChoice) -> Board:
    if choice.period is None:
        return NO_BOARD
    today = timezone.localdate()
    rows = task_rows(
        tasks=Task.objects.visible_to(user), period=choice.period, user=user, today=today
    )
    return board(rows=rows, period=choice.period, user=user, today=today)


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
    parameters: dict[str, str] = {**choice.parameters}
    if row is not None:
        parameters["agency"] = str(row.agency.id)
    if show != BoardView.ALL:
        parameters["show"] = show
    query = f"?{urlencode(parameters)}" if parameters else ""
    return f"{reverse('board')}{query}"


def _remind_all(choice: PeriodChoice) -> str:
    if choice.period is None:
        return ""
    return f"{reverse('board-remind')}?{urlencode({'period': choice.period.code})}"


def _line(row: BoardRow, choice: PeriodChoice) -> Line:
    def tally(view: BoardView) -> Tally:
        return Tally(row.count_in(view), _address(choice, row, view))

    return Line(
        row=row,
        due=tally(BoardView.REPORTS),
        handed_in=tally(BoardView.HANDED_IN),
        missing=tally(BoardView.REPORTS_MISSING),
        returned=tally(BoardView.RETURNED),
        agency_review=tally(BoardView.AGENCY_REVIEW),
        office=tally(BoardView.OFFICE),
        contributions=tally(BoardView.CONTRIBUTIONS),
        owed=tally(BoardView.OWED),
    )


def _details(
    rows: Sequence[BoardRow], show: BoardView, choice: PeriodChoice
) -> list[AgencyEntries]:
    reasons = _reasons(rows)
    code = choice.period.code if choice.period else ""
    return [
        AgencyEntries(
            row,
            [
                Entry(
                    item,
                    reasons.get((item.kind, item.entry_id), ""),
                    _page_of(item, row.agency.id, code),
                )
                for item in row.items_in(show)
            ],
        )
        for row in rows
    ]


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

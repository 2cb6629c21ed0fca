"""A contribution, what another agency of a task adds to its report: reading it and moving it on."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.changes import heir_of
from agencies.models import Agency, User
from agencies.pages import reader_of
from progress.models import Contribution, ContributionEvent, Report, ReportingPeriod
from progress.pages.evidence_panel import evidence_of_contribution
from progress.pages.forms import MoveForm
from progress.pages.sentences import contribution_moved
from progress.rollups import parts_answering
from progress.states import CONTRIBUTION_WAITING_FOR, WRITABLE, Move, ReportState
from progress.timeline.names import NamesThen
from progress.workflow import (
    Conflict,
    contribution_content_of,
    contribution_move,
    contribution_move_check,
    contribution_moves_open_to,
    may_contribute,
)
from tasks.models import Division, Task

BAD_REQUEST, CONFLICT = 400, 409
SUBMIT, NOTHING = "submit", "nothing"


@dataclass(frozen=True, slots=True)
class Place:
    """An agency's part in a task's report; `contribution` is None where none may be read."""

    task: Task
    period: ReportingPeriod
    agency: Agency
    contribution: Contribution | None


def place_of(user: User, number: int, code: str, agency_id: int) -> Place:
    """What the address names. Raises Http404 for what this person may not know about.

    Who shares the task, and the coordinators, may know who has a part in its report. What an agency
    wrote stays to be read by it when the task is another's. Where it was merged and its part went
    over to its successor, the successor's place is meant, so that no address and no open form leads
    nowhere.
    """
    task = get_object_or_404(Task.objects.visible_to(user).select_related("chapter"), number=number)
    period = get_object_or_404(ReportingPeriod.objects.visible_to(user), code=code)
    agency = get_object_or_404(Agency, pk=agency_id)
    contribution = (
        Contribution.objects.visible_to(user)
        .filter(task=task, period=period, agency=agency)
        .select_related("task", "period", "agency", "updated_by", "submitted_by")
        .first()
    )
    if contribution is None:
        if not (
            user.is_coordinator
            or Task.objects.filter(pk=task.pk).shared_by(user.agency_ids).exists()
        ):
            raise Http404
        if agency.pk not in _contributing(task, period):
            if not agency.has_ended:
                raise Http404
            return place_of(user, number, code, heir_of(agency).pk)
    return Place(task, period, agency, contribution)


def report_gone(place: Place) -> str:
    """The state of the lead's report where it has left the lead: what is added now has to wait for
    it to come back. "" while the lead is writing, and once nothing can be added any more."""
    if not place.period.is_open:
        return ""
    report = Report.objects.filter(task=place.task, period=place.period).first()
    if report is None or report.state in WRITABLE:
        return ""
    return str(ReportState(report.state).label)


def _contributing(task: Task, period: ReportingPeriod) -> dict[int, str]:
    """The agencies that contribute to the report of this period, or did at its end: their names as
    of the period, by their ids."""
    answering = parts_answering(tasks=Task.objects.filter(pk=task.pk), period=period)
    return {
        part.agency.id: part.agency.name for part in answering.get(task.pk, ()) if part.position > 1
    }


# --- Reading and moving ----------------------------------------------------------------------


@never_cache
@require_safe
def contribution(request: HttpRequest, number: int, code: str, agency: int) -> HttpResponse:
    """The contribution with its history and what this person may do with it."""
    user = reader_of(request)
    return _page(request, user, place_of(user, number, code, agency))


def _page(
    request: HttpRequest,
    user: User,
    place: Place,
    *,
    refused: Move | None = None,
    form: MoveForm | None = None,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page; `refused` is a move that was not made, `form` what was typed for it, and why."""
    one = place.contribution
    context: dict[str, object] = {
        "task": place.task,
        "period": place.period,
        "agency": place.agency,
        "agency_name": _contributing(place.task, place.period).get(
            place.agency.pk, place.agency.name
        ),
        "contribution": one,
        "owed": place.task.division == Division.BY_DUTY,
        "gone": report_gone(place),
        "can_write": place.period.is_open
        and may_contribute(task=place.task, agency=place.agency, user=user)
        and (one is None or one.state in WRITABLE),
        "evidence": evidence_of_contribution(
            user=user, task=place.task, period=place.period, agency=place.agency
        ),
        "problem": problem,
        "lost_reason": "",
    }
    if one is not None:
        moves = [
            transition
            for transition in contribution_moves_open_to(contribution=one, user=user)
            # These two are made where the text is: in the agency's form and in the lead's.
            if transition.move not in (Move.SUBMIT, Move.TAKE_OVER)
        ]
        if form and refused not in [transition.move for transition in moves]:
            # The move has gone in the meantime; what was typed for it has not.
            context["lost_reason"] = form.data.get("reason", "")
        content = contribution_content_of(one)
        official = dict(place.task.measures.values_list("pk", "text"))
        events = ContributionEvent.objects.visible_to(user).filter(contribution=one)
        context |= {
            "waiting_for": CONTRIBUTION_WAITING_FOR[one.state],
            "moves": [(t, form if form and t.move == refused else MoveForm()) for t in moves],
            "content": content,
            "measures": [(official[said.measure_id], said.text) for said in content.measures],
            "names": NamesThen(),
            "events": events.select_related("by", "by__agency").order_by("pk"),
        }
    return render(request, "progress/contribution.html", context, status=status)


@require_POST
def contribution_move_page(
    request: HttpRequest, number: int, code: str, agency: int, move: str
) -> HttpResponse:
    """Make one move. What cannot be done leaves the reason that was typed on the page."""
    user = reader_of(request)
    if move not in Move.values or move == Move.TAKE_OVER:
        raise Http404
    made = Move(move)
    place = place_of(user, number, code, agency)
    if place.contribution is None:
        raise Http404
    contribution_move_check(contribution=place.contribution, move=made, by=user)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return _page(request, user, place, refused=made, form=form, status=BAD_REQUEST)
    try:
        moved = contribution_move(
            contribution=place.contribution,
            move=made,
            by=user,
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
            version=form.cleaned_data["version"],
        )
    except ValidationError as error:
        problem = form.refused(error)
        return _page(
            request, user, place, refused=made, form=form, problem=problem, status=BAD_REQUEST
        )
    except Conflict as conflict:
        return _page(
            request,
            user,
            place_of(user, number, code, agency),
            refused=made,
            form=form,
            problem=str(conflict),
            status=CONFLICT,
        )
    messages.success(request, contribution_moved(moved, made))
    return redirect("contribution", number, code, agency)

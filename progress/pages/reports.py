"""A report: reading it, writing it, and moving it on."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.models import Agency, User
from agencies.pages import reader_of
from progress.models import Agreement, Report, ReportEvent, ReportingPeriod
from progress.pages.comparing import report_shown
from progress.pages.completions import COMPLETIONS_OF_REPORT, refusables_of, refusals_in
from progress.pages.evidence_panel import EVIDENCE_OF_REPORT, evidence_of_report
from progress.pages.forms import MoveForm
from progress.pages.partners import (
    AGREEMENTS_OF_REPORT,
    contributions_of_old,
    contributions_read,
    contributions_shown,
    submitted_without,
)
from progress.pages.register_panels import MATTERS_OF_REPORT, RESULTS_OF_REPORT, panels_read
from progress.pages.sentences import report_moved, waiting_for
from progress.pages.waiting import decides, neighbours_of
from progress.rollups import parts_of_task
from progress.statements import MostlyNothing, WrittenOnce
from progress.states import WRITABLE, Move, ReportState
from progress.timeline import ERRATA_OF_REPORT, errata_entries
from progress.timeline.names import ALL_CHANGES_BESIDE, NamesThen
from progress.workflow import (
    Conflict,
    compiling_agency,
    may_write,
    moves_open_to,
    report_move,
    report_move_check,
)
from tasks.models import Division, Task

BAD_REQUEST, CONFLICT = 400, 409
# Moves that settle a report for who reviews it, so that the next one in the queue is wanted.
DECISIONS = (Move.APPROVE, Move.ENDORSE, Move.RETURN)
# Moves after which the person of another lead has nothing left to do with the report.
ANSWERS = (Move.AGREE, Move.OBJECT)


@dataclass(frozen=True, slots=True)
class Place:
    """A task in a period, and its report, None where nobody has begun it."""

    task: Task
    period: ReportingPeriod
    report: Report | None


def place_of(user: User, number: int, code: str) -> Place:
    """What the address names. Raises Http404 for what this person may not know about."""
    task = get_object_or_404(Task.objects.visible_to(user).select_related("chapter"), number=number)
    period = next(iter(_PERIOD.for_reader(user, code)), None)
    if period is None:
        raise Http404
    report = next(iter(_REPORT.for_reader(user, task.pk, period.pk)), None)
    if report is not None:
        report.task, report.period = task, period
    elif not _may_know_of_the_lack(
        task, user, exists=Report.objects.filter(task=task, period=period).exists()
    ):
        raise Http404
    return Place(task, period, report)


_PERIOD = WrittenOnce(lambda user, code: ReportingPeriod.objects.visible_to(user).filter(code=code))
_REPORT = WrittenOnce(
    lambda user, task, period: (
        Report.objects.visible_to(user)
        .filter(task=task, period=period)
        .select_related("updated_by", "submitted_by", "taken_up_by")
    )
)


def _may_know_of_the_lack(task: Task, user: User, *, exists: bool) -> bool:
    """Whether the person may read that nobody has begun: coordinators, and who shares the task."""
    if exists:
        return False
    return (
        user.is_coordinator or Task.objects.filter(pk=task.pk).shared_by(user.agency_ids).exists()
    )


def on_behalf_of(lead: Agency, user: User) -> str:
    """The body of members for which the person writes a report, where their agency is not the one
    that compiles it: "" as a rule. The person is one who may write it."""
    return "" if lead.pk == user.agency_id else lead.name


def last_return(report: Report | None) -> ReportEvent | None:
    """The move that sent the report back, None unless it waits to be written again."""
    if report is None or report.state != ReportState.RETURNED:
        return None
    return next(iter(_LAST_RETURN.of(report.pk)), None)


_LAST_RETURN = WrittenOnce(
    lambda report: (
        ReportEvent.objects.filter(report=report)
        .sent_back()
        .select_related("by")
        .order_by("-pk")[:1]
    )
)


# --- Reading ---------------------------------------------------------------------------------


@never_cache
@require_safe
def report(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """The report with its history and what this person may do with it."""
    user = reader_of(request)
    return report_page(request, user, place_of(user, number, code))


def report_page(
    request: HttpRequest,
    user: User,
    place: Place,
    *,
    refused: Move | None = None,
    form: MoveForm | None = None,
    problem: str = "",
    sent: QueryDict | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page; `refused` is a move that was not made, `form` what was typed for it, and why.

    `sent` is what was filled in beside an approval.
    """
    report = place.report
    writes = may_write(task=place.task, user=user)
    parts = parts_of_task(task=place.task.pk, period=place.period)
    read = contributions_read(task=place.task, period=place.period, user=user)
    few = _FEW_HAVE.for_reader(user, place.task.pk, place.period.pk)
    can_write = writes and place.period.is_open and (report is None or report.state in WRITABLE)
    evidence = evidence_of_report(
        user=user,
        task=place.task,
        period=place.period,
        rows=few["evidence"],
        attaches=can_write,
    )
    context: dict[str, object] = {
        "task": place.task,
        "period": place.period,
        "report": report,
        "can_write": can_write,
        "on_behalf_of": on_behalf_of(compiling_agency(place.task), user) if writes else "",
        "problem": problem,
        "lost_reason": "",
        "asks_other_lead": place.task.division == Division.CO_LEAD
        and (user.is_coordinator or user.works_for_an_agency),
        "contributions_of_old": contributions_of_old(parts=parts, read=read),
        "contributions": contributions_shown(task=place.task, parts=parts, read=read, user=user),
        "evidence": evidence,
    }
    if report is not None:
        moves = [t for t in moves_open_to(report=report, user=user) if t.move != Move.SUBMIT]
        offered = [(t, form if form and t.move == refused else MoveForm()) for t in moves]
        if form and refused not in [t.move for t in moves]:
            # The move has gone in the meantime; what was typed for it has not.
            context["lost_reason"] = form.data.get("reason", "")
        is_asked = any(t.move in ANSWERS for t in moves)
        attached = {one.measure_id for one in evidence.standing if one.report_id == report.pk}
        shown = report_shown(report, compared=decides(user) or is_asked, attached=attached)
        names = NamesThen(few["changes"])
        context |= {
            "waiting_for": waiting_for(report),
            "moves": offered,
            "decisions": DECISIONS,
            "is_asked": is_asked,
            "decides_now": any(t.move in DECISIONS for t in moves),
            "refusables": refusables_of(report, sent, content=shown.content)
            if any(t.move == Move.APPROVE for t in moves)
            else [],
            "completions": few["completions"],
            "shown": shown,
            "earlier": shown.earlier,
            "measures": shown.measures,
            "prose": shown.prose,
            "errata": errata_entries(few["errata"], report=report, user=user, names=names),
            "may_correct": user.is_coordinator
            and not place.period.is_open
            and report.state == ReportState.APPROVED,
            "panels": panels_read(matters=few["matters"], results=few["results"]),
            "adds_results": can_write,
            "names": names,
            **_around(report, user),
            **_history(report, user, few["agreements"]),
        }
    return render(request, "progress/report.html", context, status=status)


_FEW_HAVE = MostlyNothing(
    evidence=EVIDENCE_OF_REPORT,
    completions=COMPLETIONS_OF_REPORT,
    errata=ERRATA_OF_REPORT,
    matters=MATTERS_OF_REPORT,
    results=RESULTS_OF_REPORT,
    agreements=AGREEMENTS_OF_REPORT,
    changes=ALL_CHANGES_BESIDE,
)


def _around(report: Report, user: User) -> dict[str, object]:
    """The way on through the queue, and whether the reader has looked at this one."""
    neighbours = neighbours_of(report, user=user)
    marks = user.is_coordinator and report.state == ReportState.SUBMITTED and report.period.is_open
    return {
        "next": neighbours.after,
        "previous": neighbours.before,
        "marks": marks,
        "is_looked_at": marks and neighbours.is_looked_at,
    }


def _history(report: Report, user: User, agreements: Sequence[Agreement]) -> dict[str, object]:
    """Who did what, and what the other agencies said, of what this person may know."""
    events = _EVENTS.for_reader(user, report.pk)
    return {
        "events": events,
        "without": submitted_without(report, events),
        "agreements": agreements if events else [],
    }


_EVENTS = WrittenOnce(
    lambda user, report: (
        ReportEvent.objects.visible_to(user)
        .filter(report=report)
        .select_related("by", "by__agency")
        .order_by("pk")
    )
)


# --- Moving ----------------------------------------------------------------------------------


@require_POST
def report_move_page(request: HttpRequest, number: int, code: str, move: str) -> HttpResponse:
    """Make one move. What cannot be done leaves the reason that was typed on the page."""
    user = reader_of(request)
    if move not in Move.values:
        raise Http404
    made = Move(move)
    place = place_of(user, number, code)
    if place.report is None:
        raise Http404
    report_move_check(report=place.report, move=made, by=user)
    form = MoveForm(request.POST)
    refusables = refusables_of(place.report, request.POST) if made == Move.APPROVE else []
    if not form.is_valid() or any(one.problem for one in refusables):
        return report_page(
            request, user, place, refused=made, form=form, sent=request.POST, status=BAD_REQUEST
        )
    try:
        moved = report_move(
            report=place.report,
            move=made,
            by=user,
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
            version=form.cleaned_data["version"],
            refused_completions=refusals_in(refusables),
        )
    except ValidationError as error:
        problem = form.refused(error)
        return report_page(
            request,
            user,
            place,
            refused=made,
            form=form,
            problem=problem,
            sent=request.POST,
            status=BAD_REQUEST,
        )
    except Conflict as conflict:
        return report_page(
            request,
            user,
            place_of(user, number, code),
            refused=made,
            form=form,
            problem=str(conflict),
            sent=request.POST,
            status=CONFLICT,
        )
    messages.success(request, report_moved(moved, made))
    if made in ANSWERS:
        return redirect("my-tasks")
    if request.POST.get("then") == "next":
        following = neighbours_of(moved, user=user).after
        if following:
            return redirect("report", following.number, following.code)
    return redirect("report", number, code)

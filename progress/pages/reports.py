"""A report: reading it, writing it, and moving it on."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.models import Role, User
from agencies.pages import reader_of
from progress.models import Report, ReportEvent, ReportingPeriod
from progress.pages.forms import PROSE, MoveForm
from progress.pages.review import Waiting, next_waiting
from progress.states import WAITING_FOR, WRITABLE, Move
from progress.workflow import (
    Conflict,
    MeasureContent,
    approved_before,
    content_of,
    may_write,
    moves_open_to,
    report_move,
)
from tasks.models import Measure, Task

BAD_REQUEST, CONFLICT = 400, 409
# Moves that settle a report for who reviews it, so that the next one in the queue is wanted.
DECISIONS = (Move.APPROVE, Move.ENDORSE, Move.RETURN)


@dataclass(frozen=True, slots=True)
class Place:
    """A task in a period, and its report, None where nobody has begun it."""

    task: Task
    period: ReportingPeriod
    report: Report | None


def place_of(user: User, number: int, code: str) -> Place:
    """What the address names. Raises Http404 for what this person may not know about."""
    task = get_object_or_404(Task.objects.visible_to(user).select_related("chapter"), number=number)
    period = get_object_or_404(ReportingPeriod.objects.visible_to(user), code=code)
    reports = Report.objects.filter(task=task, period=period)
    report = (
        reports.visible_to(user)
        .select_related("task", "period", "updated_by", "submitted_by", "taken_up_by")
        .first()
    )
    if report is None and not _may_know_of_the_lack(task, user, exists=reports.exists()):
        raise Http404
    return Place(task, period, report)


def _may_know_of_the_lack(task: Task, user: User, *, exists: bool) -> bool:
    """Whether the person may read that nobody has begun: coordinators, and who shares the task."""
    if exists:
        return False
    return (
        user.is_coordinator or Task.objects.filter(pk=task.pk).shared_by(user.agency_ids).exists()
    )


# --- Reading ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MeasureShown:
    """A measure's official text, what the report says of it, and what the one before said."""

    measure: Measure
    now: MeasureContent | None
    before: MeasureContent | None

    @property
    def is_unchanged(self) -> bool:
        return (
            self.now is not None
            and self.before is not None
            and (self.now.status, self.now.text) == (self.before.status, self.before.text)
        )


@dataclass(frozen=True, slots=True)
class ProseShown:
    """One of the texts about the whole report, now and in the report before."""

    label: str
    now: str
    before: str | None

    @property
    def is_unchanged(self) -> bool:
        return self.before is not None and self.now == self.before


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
    status: int = 200,
) -> HttpResponse:
    """The page; `refused` is a move that was not made, `form` what was typed for it, and why."""
    report = place.report
    writes = may_write(task=place.task, user=user)
    context: dict[str, object] = {
        "task": place.task,
        "period": place.period,
        "report": report,
        "can_write": writes
        and place.period.is_open
        and (report is None or report.state in WRITABLE),
        "problem": problem,
        "lost_reason": "",
    }
    if report is not None:
        moves = [t for t in moves_open_to(report=report, user=user) if t.move != Move.SUBMIT]
        offered = [(t, form if form and t.move == refused else MoveForm()) for t in moves]
        if form and refused not in [t.move for t in moves]:
            # The move has gone in the meantime; what was typed for it has not.
            context["lost_reason"] = form.data.get("reason", "")
        context |= {
            "waiting_for": WAITING_FOR[report.state],
            "moves": offered,
            "events": _history(report, user),
            "next": _next(report, user),
            "decisions": DECISIONS,
            **_texts(report, user),
        }
    return render(request, "progress/report.html", context, status=status)


def _texts(report: Report, user: User) -> dict[str, object]:
    """What the report says; for who decides on it, beside what was last approved."""
    content = content_of(report)
    said = {m.measure_id: m for m in content.measures}
    earlier = approved_before(task=report.task, period=report.period) if _decides(user) else None
    before = content_of(earlier) if earlier else None
    said_before = {m.measure_id: m for m in before.measures} if before else {}
    return {
        "earlier": earlier,
        "measures": [
            MeasureShown(measure, said.get(measure.pk), said_before.get(measure.pk))
            for measure in report.task.measures.order_by("ordinal")
        ],
        "prose": [
            ProseShown(
                str(label), getattr(content, name), getattr(before, name) if before else None
            )
            for name, label in PROSE.items()
        ],
    }


def _decides(user: User) -> bool:
    return user.role in (Role.COORDINATOR, Role.APPROVER)


def _history(report: Report, user: User) -> list[ReportEvent]:
    """Who did what, of what this person may know."""
    events = ReportEvent.objects.visible_to(user).filter(report=report)
    return list(events.select_related("by", "by__agency").order_by("pk"))


def _next(report: Report, user: User) -> Waiting | None:
    return next_waiting(user=user, after=report) if _decides(user) else None


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
    form = MoveForm(request.POST)
    if not form.is_valid():
        return report_page(request, user, place, refused=made, form=form, status=BAD_REQUEST)
    try:
        moved = report_move(
            report=place.report,
            move=made,
            by=user,
            now=timezone.now(),
            reason=form.cleaned_data["reason"],
            version=form.cleaned_data["version"],
        )
    except ValidationError as error:
        return _move_refused(request, user, place, made, form, error)
    except Conflict as conflict:
        return report_page(
            request,
            user,
            place_of(user, number, code),
            refused=made,
            form=form,
            problem=str(conflict),
            status=CONFLICT,
        )
    messages.success(request, moved_sentence(moved, made))
    following = _next(moved, user)
    if following and request.POST.get("then") == "next":
        return redirect("report", following.number, following.code)
    return redirect("report", number, code)


def _move_refused(
    request: HttpRequest,
    user: User,
    place: Place,
    move: Move,
    form: MoveForm,
    error: ValidationError,
) -> HttpResponse:
    problem = ""
    for name, problems in error.message_dict.items():
        if name == "reason":
            form.add_error("reason", problems)
        else:
            problem = " ".join([problem, *problems]).strip()
    return report_page(
        request, user, place, refused=move, form=form, problem=problem, status=BAD_REQUEST
    )


def moved_sentence(report: Report, move: Move) -> str:
    """What has been done, and what comes next."""
    return _("Task %(number)d: “%(move)s” is done. %(next)s") % {
        "number": report.task.number,
        "move": move.label,
        "next": WAITING_FOR[report.state],
    }

"""Writing a report: as a draft, handed in at once, or handed in unchanged."""

import datetime as dt

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from agencies.models import User
from agencies.pages import posted, reader_of
from progress.models import Report, ReportEvent
from progress.pages.forms import ReportForm
from progress.pages.reports import Place, moved_sentence, place_of
from progress.states import Move, ReportState
from progress.workflow import (
    NOT_BEGUN,
    Conflict,
    StaleVersion,
    approved_before,
    content_of,
    content_to_start_from,
    may_write,
    report_move,
    report_save,
    writable_check,
)

BAD_REQUEST, CONFLICT = 400, 409
SUBMIT = "submit"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_edit(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """The form of a report: saved as a draft, or saved and handed in."""
    user = reader_of(request)
    place = _place_to_write(user, number, code)
    if request.method != "POST":
        writable_check(report=place.report, period=place.period)
    form = _form_of(request, place)
    if not form.is_bound:
        return _edit_page(request, place, form)
    if not form.is_valid():
        return _edit_page(request, place, form, status=BAD_REQUEST)
    now = timezone.now()
    try:
        saved = report_save(
            task=place.task,
            period=place.period,
            by=user,
            now=now,
            content=form.content(),
            version=form.cleaned_data["version"],
        )
    except StaleVersion as stale:
        form = form.going_on_from(version=stale.report.version, stored=content_of(stale.report))
        return _edit_page(request, place, form, stale=str(stale), status=CONFLICT)
    except Conflict as conflict:
        # What was typed stays on the page, to be copied: there is nowhere to save it.
        return _edit_page(request, place, form, conflict=str(conflict), status=CONFLICT)
    except ValidationError as error:
        form.refused(error)
        return _edit_page(request, place, form, status=BAD_REQUEST)
    if request.POST.get("then") != SUBMIT:
        messages.success(request, _("The draft is saved."))
        return redirect("report-edit", number, code)
    return _submit_saved(request, user, Place(place.task, place.period, saved), form, now)


def _submit_saved(
    request: HttpRequest, user: User, place: Place, form: ReportForm, now: dt.datetime
) -> HttpResponse:
    """Hand in what has just been saved; what is incomplete stays saved and says what it lacks."""
    saved = place.report
    assert saved is not None
    try:
        moved = report_move(report=saved, move=Move.SUBMIT, by=user, now=now, version=saved.version)
    except ValidationError as error:
        form = form.going_on_from(version=saved.version)
        form.refused(error)
        return _edit_page(
            request,
            place,
            form,
            kept=_("It is saved as a draft and has not been handed in yet."),
            status=BAD_REQUEST,
        )
    messages.success(request, moved_sentence(moved, Move.SUBMIT))
    return redirect("my-tasks")


@require_POST
def report_unchanged(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """No change this period: hand in what was last approved as it stands, in one click."""
    user = reader_of(request)
    place = _place_to_write(user, number, code)
    now = timezone.now()
    if approved_before(task=place.task, period=place.period) is None:
        raise Conflict(_("Nothing of this task has been approved before; write its first report."))
    with transaction.atomic():
        saved = report_save(
            task=place.task,
            period=place.period,
            by=user,
            now=now,
            content=content_to_start_from(task=place.task, period=place.period),
            version=NOT_BEGUN,
        )
        moved = report_move(report=saved, move=Move.SUBMIT, by=user, now=now)
    messages.success(request, moved_sentence(moved, Move.SUBMIT))
    return redirect("my-tasks")


def _place_to_write(user: User, number: int, code: str) -> Place:
    place = place_of(user, number, code)
    if not may_write(task=place.task, user=user):
        raise PermissionDenied(
            _("Only the lead agency of task %(number)d writes this report.")
            % {"number": place.task.number}
        )
    return place


def _form_of(request: HttpRequest, place: Place) -> ReportForm:
    report = place.report
    return ReportForm(
        posted(request),
        measures=list(place.task.measures.order_by("ordinal")),
        content=content_of(report)
        if report
        else content_to_start_from(task=place.task, period=place.period),
        version=report.version if report else NOT_BEGUN,
    )


def _edit_page(
    request: HttpRequest,
    place: Place,
    form: ReportForm,
    *,
    stale: str = "",
    conflict: str = "",
    kept: str = "",
    status: int = 200,
) -> HttpResponse:
    context = {
        "task": place.task,
        "period": place.period,
        "report": place.report,
        "form": form,
        "stale": stale,
        "conflict": conflict,
        "kept": kept,
        "returned": _last_return(place.report),
        "earlier": approved_before(task=place.task, period=place.period),
    }
    return render(request, "progress/report_edit.html", context, status=status)


def _last_return(report: Report | None) -> ReportEvent | None:
    if report is None or report.state != ReportState.RETURNED:
        return None
    return (
        report.events.filter(to_state=ReportState.RETURNED)
        .select_related("by")
        .order_by("pk")
        .last()
    )

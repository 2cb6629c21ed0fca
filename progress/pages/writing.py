"""Writing a report: as a draft, or handed in at once."""

import datetime as dt
from dataclasses import dataclass, replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.held_posts import asks_for_json
from agencies.models import User
from agencies.pages import posted, reader_of
from progress.models import Contribution, Report, ReportEvent
from progress.pages import autosave
from progress.pages.additions import additions_to
from progress.pages.forms import ReportForm, fields_of, with_stored_taken
from progress.pages.reports import Place, moved_sentence, place_of
from progress.states import Move, ReportState
from progress.workflow import (
    NOT_BEGUN,
    Conflict,
    ReportContent,
    StaleVersion,
    approved_before,
    content_of,
    content_to_start_from,
    contribution_take_over,
    may_write,
    report_move,
    report_save,
    writable_check,
)

BAD_REQUEST, CONFLICT = 400, 409
SUBMIT, ASK = "submit", "ask"
LONGEST_VERSION = 9


@dataclass(frozen=True, slots=True)
class Writing:
    """A request to write: by whom, when, where, and what was typed."""

    request: HttpRequest
    user: User
    now: dt.datetime
    place: Place
    form: ReportForm


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_edit(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """The form of a report, and what is done with it: one address, whatever button is pressed.

    Saved as a draft, by itself too; with what another agency contributed; to be agreed to by the
    other lead; or handed in. Nothing that was typed is lost by an answer that refuses it.
    """
    user = reader_of(request)
    place = _place_to_write(user, number, code)
    if request.method != "POST":
        writable_check(report=place.report, period=place.period)
        if asks_for_json(request):
            return autosave.standing(request, user, place.report)
    writing = Writing(request, user, timezone.now(), place, _form_of(request, place))
    if not writing.form.is_bound:
        return _edit_page(writing)
    if request.POST.get("then") == autosave.AUTOSAVE:
        return _saved_by_itself(writing)
    if not writing.form.is_valid():
        return _edit_page(writing, status=BAD_REQUEST)
    return _saved_by_button(writing)


def _saved_by_itself(writing: Writing) -> HttpResponse:
    if refusal := autosave.refusal_of_another(writing.request, writing.user):
        return refusal
    if not writing.form.is_valid():
        return autosave.invalid(writing.form)
    report, content = writing.place.report, writing.form.content()
    version = writing.form.cleaned_data["version"]
    try:
        if version == (report.version if report else NOT_BEGUN) and content == _stands(
            writing.place
        ):
            # Nothing has changed, so that nothing is written and nobody's form becomes stale.
            writable_check(report=report, period=writing.place.period)
            return autosave.saved(report)
        return autosave.saved(_draft_saved(writing, content, version))
    except StaleVersion as stale:
        return autosave.refused("stale", str(stale))
    except Conflict as conflict:
        return autosave.refused("closed", str(conflict))


def _saved_by_button(writing: Writing) -> HttpResponse:
    try:
        saved = _saved(writing)
    except StaleVersion as stale:
        form = writing.form.going_on_from(
            version=stale.report.version, stored=content_of(stale.report)
        )
        return _edit_page(
            replace(writing, form=form), stale=stale.report, problem=str(stale), status=CONFLICT
        )
    except Conflict as conflict:
        if _is_handed_in_already(writing):
            # The answer to the first click was lost on its way.
            return redirect("my-tasks")
        return _in_the_way(writing, conflict)
    except ValidationError as error:
        writing.form.refused(error)
        return _edit_page(writing, status=BAD_REQUEST)
    return _saved_and_then(replace(writing, place=replace(writing.place, report=saved)))


def _saved(writing: Writing) -> Report:
    """Save what was typed, together with a contribution where that was the button's word.

    Raises Http404 for a contribution that is none to this person, and what the writers raise.
    """
    content, version = writing.form.content(), writing.form.cleaned_data["version"]
    taken = writing.request.POST.get("take_over")
    if taken is None:
        return _draft_saved(writing, content, version)
    # Also one that its agency has taken back meanwhile: that is a conflict, and the text stays.
    of_this_report = Contribution.objects.filter(
        task=writing.place.task, period=writing.place.period
    ).select_related("agency", "task")
    which, _colon, seen = taken.partition(":")
    contribution = next((one for one in of_this_report if str(one.pk) == which), None)
    if contribution is None:
        raise Http404
    saved = contribution_take_over(
        contribution=contribution,
        by=writing.user,
        now=writing.now,
        content=content,
        version=version,
        seen=int(seen) if seen.isdecimal() and len(seen) <= LONGEST_VERSION else None,
    )
    messages.success(
        writing.request,
        _("The draft is saved with what %(agency)s contributed.")
        % {"agency": contribution.agency.name},
    )
    return saved


def _draft_saved(writing: Writing, content: ReportContent, version: int) -> Report:
    """Save what was typed. The same words sent twice by the same person are one save.

    An answer can be lost on its way; who then sends again is in nobody's way but their own.
    """
    try:
        return report_save(
            task=writing.place.task,
            period=writing.place.period,
            by=writing.user,
            now=writing.now,
            content=content,
            version=version,
        )
    except StaleVersion as stale:
        if stale.report.updated_by_id == writing.user.pk and content_of(stale.report) == content:
            return stale.report
        raise


def _is_handed_in_already(writing: Writing) -> bool:
    """Whether this very text was handed in by this very person a moment ago."""
    report = writing.place.report
    return (
        writing.request.POST.get("then") == SUBMIT
        and report is not None
        and report.state in (ReportState.AGENCY_REVIEW, ReportState.SUBMITTED)
        and report.submitted_by_id == writing.user.pk
        and content_of(report) == writing.form.content()
    )


def _in_the_way(writing: Writing, conflict: Conflict) -> HttpResponse:
    """What was typed stays on the page: to be saved otherwise, or, where it cannot be, copied."""
    place = place_of(writing.user, writing.place.task.number, writing.place.period.code)
    writing = replace(writing, place=place)
    try:
        writable_check(report=place.report, period=place.period)
    except Conflict:
        return _edit_page(writing, problem=str(conflict), is_shut=True, status=CONFLICT)
    return _edit_page(writing, problem=str(conflict), status=CONFLICT)


def _saved_and_then(writing: Writing) -> HttpResponse:
    task, period, saved = writing.place.task, writing.place.period, writing.place.report
    assert saved is not None
    then = writing.request.POST.get("then")
    again = redirect("report-edit", task.number, period.code)
    if "take_over" in writing.request.POST:
        return again
    if then not in (SUBMIT, ASK):
        messages.success(writing.request, _("The draft is saved."))
        return again
    move = Move.SUBMIT if then == SUBMIT else Move.ASK
    try:
        moved = report_move(
            report=saved,
            move=move,
            by=writing.user,
            now=writing.now,
            reason=writing.form.cleaned_data["reason"] if move == Move.SUBMIT else "",
            version=saved.version,
        )
    except ValidationError as error:
        form = writing.form.going_on_from(version=saved.version)
        form.refused(error)
        return _edit_page(
            replace(writing, form=form), kept=_kept_as_draft(move), status=BAD_REQUEST
        )
    except Conflict as conflict:
        form = writing.form.going_on_from(version=saved.version)
        return _edit_page(
            replace(writing, form=form),
            kept=_kept_as_draft(move),
            problem=str(conflict),
            status=CONFLICT,
        )
    if move == Move.ASK:
        messages.success(writing.request, _("The draft is saved, and the other lead is asked."))
        return again
    messages.success(writing.request, moved_sentence(moved, Move.SUBMIT))
    return redirect("my-tasks")


def _kept_as_draft(move: Move) -> str:
    if move == Move.ASK:
        return _("It is saved as a draft; the other lead has not been asked yet.")
    return _("It is saved as a draft and has not been handed in yet.")


def _place_to_write(user: User, number: int, code: str) -> Place:
    place = place_of(user, number, code)
    if not may_write(task=place.task, user=user):
        raise PermissionDenied(
            _("Only the lead agency of task %(number)d writes this report.")
            % {"number": place.task.number}
        )
    return place


def _stands(place: Place) -> ReportContent:
    """What the report says now, or what it starts from."""
    if place.report is not None:
        return content_of(place.report)
    return content_to_start_from(task=place.task, period=place.period)


def _form_of(request: HttpRequest, place: Place) -> ReportForm:
    stands, version = _stands(place), place.report.version if place.report else NOT_BEGUN
    data = posted(request)
    return ReportForm(
        None if data is None else with_stored_taken(data, fields_of(stands), version=version),
        measures=list(place.task.measures.order_by("ordinal")),
        content=stands,
        version=version,
    )


def _edit_page(
    writing: Writing,
    *,
    stale: Report | None = None,
    problem: str = "",
    kept: str = "",
    is_shut: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The form. `stale` is what somebody else saved in between, `problem` what stood in the way,
    `kept` what was done all the same; with `is_shut` there is nowhere to save it any more."""
    place, form = writing.place, writing.form
    others = additions_to(
        task=place.task, period=place.period, report=place.report, user=writing.user
    )
    context = {
        "task": place.task,
        "period": place.period,
        "report": place.report,
        "form": form,
        "measures": [
            (fields, others.by_measure.get(fields.measure.pk, []))
            for fields in form.measure_fields()
        ],
        "others": others,
        "asks_for_reason": bool(others.missing or others.objecting or _reason_matters(form)),
        "stale": stale,
        "problem": problem,
        "is_shut": is_shut,
        "kept": kept,
        "is_unsaved": form.is_bound and not kept,
        "returned": _last_return(place.report),
        "earlier": approved_before(task=place.task, period=place.period),
        "address": reverse("report-edit", args=[place.task.number, place.period.code]),
    }
    return render(writing.request, "progress/report_edit.html", context, status=status)


def _reason_matters(form: ReportForm) -> bool:
    """Whether a reason was typed already, or was asked for."""
    return form.is_bound and bool(form["reason"].errors or form["reason"].value())


def _last_return(report: Report | None) -> ReportEvent | None:
    if report is None or report.state != ReportState.RETURNED:
        return None
    return (
        report.events.filter(to_state=ReportState.RETURNED)
        .select_related("by")
        .order_by("pk")
        .last()
    )

"""Writing a report: as a draft, or handed in at once."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.contrib import messages
from django.core.exceptions import ValidationError
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
from progress.models import Agreement, Contribution, Policy, Report
from progress.pages import autosave
from progress.pages.additions import additions_to
from progress.pages.evidence_panel import (
    EVIDENCE_OF_REPORT,
    EvidencePanel,
    evidence_of_report,
)
from progress.pages.extensions import extension_is_offered
from progress.pages.forms import ReportForm, fields_of, with_stored_taken
from progress.pages.lapsing import answers_to, lapsed_sentence
from progress.pages.partners import contributions_of_old, contributions_read
from progress.pages.reports import Place, last_return, on_behalf_of, place_of
from progress.pages.revised_measures import RevisedMeasures, revised_measures, with_added_begun
from progress.pages.sentences import report_moved
from progress.rollups import AgencyPart, parts_of_task
from progress.statements import MostlyNothing
from progress.states import Move, ReportState
from progress.workflow import (
    NEEDS_EVIDENCE,
    NOT_BEGUN,
    Conflict,
    ReportContent,
    StaleVersion,
    approved_before,
    compiling_agency,
    content_of,
    content_to_start_from,
    contribution_take_over,
    may_write,
    measures_of,
    report_move,
    report_save,
    writable_check,
)
from tasks.models import Measure

BAD_REQUEST, FORBIDDEN, CONFLICT = 400, 403, 409
SUBMIT, ASK, ATTACH = "submit", "ask", "attach"
LONGEST_VERSION = 9


@dataclass(frozen=True, slots=True)
class Writing:
    """A request to write: by whom, when, where, what was typed, and of which measures.

    `parts` are the agencies of the task today; `lapsing` are the answers of other leads that a
    changed text takes back; None: nobody was asked.
    """

    request: HttpRequest
    user: User
    now: dt.datetime
    place: Place
    parts: Sequence[AgencyPart]
    measures: Sequence[Measure]
    form: ReportForm
    revised: RevisedMeasures
    lapsing: Sequence[Agreement] | None


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_edit(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """The form of a report, and what is done with it: one address, whatever button is pressed.

    Saved as a draft, by itself too; with what another agency contributed; to be agreed to by the
    other lead; or handed in. Nothing that was typed is lost by an answer that refuses it.
    """
    user = reader_of(request)
    place = place_of(user, number, code)
    parts = parts_of_task(task=place.task.pk, period=None)
    if not may_write(task=place.task, user=user, parts=parts):
        return _not_the_lead(request, user, place)
    if request.method != "POST":
        writable_check(report=place.report, period=place.period)
        if asks_for_json(request):
            return autosave.standing(request, user, place.report)
    measures = measures_of(place.task)
    form, revised = _form_of(request, place, measures)
    lapsing, now = answers_to(place.report), timezone.now()
    writing = Writing(request, user, now, place, parts, measures, form, revised, lapsing)
    if not writing.form.is_bound:
        return _edit_page(writing)
    if request.POST.get("then") == autosave.AUTOSAVE:
        return _saved_by_itself(writing)
    if not writing.form.is_valid():
        return _edit_page(writing, status=BAD_REQUEST)
    if writing.revised and _is_writable(place):
        return _edit_page(writing, problem=writing.revised.problem(), status=CONFLICT)
    return _saved_by_button(writing)


def _saved_by_itself(writing: Writing) -> HttpResponse:
    if refusal := autosave.refusal_of_another(writing.request, writing.user):
        return refusal
    report, period = writing.place.report, writing.place.period
    try:
        writable_check(report=report, period=period)
        if writing.revised:
            return autosave.refused_as_revised(writing.revised)
        if not writing.form.is_valid():
            return autosave.invalid(writing.form)
        content, version = writing.form.content(), writing.form.cleaned_data["version"]
        if version == (report.version if report else NOT_BEGUN):
            if content == _stands(writing.place):
                # Nothing has changed, so that nothing is written and nobody's form becomes stale.
                return autosave.saved(report)
            if report is not None and report.agreement_asked_at is not None:
                return autosave.refused(
                    "asked", _("The other lead has been asked about this text.")
                )
        return autosave.saved(_draft_saved(writing, content, version))
    except StaleVersion as stale:
        return autosave.refused("stale", str(stale))
    except Conflict as conflict:
        return autosave.refused("closed", str(conflict))
    except ValidationError as error:
        writing.form.refused(error)
        return autosave.invalid(writing.form)


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
    is_shut = not _is_writable(place)
    return _edit_page(writing, problem=str(conflict), is_shut=is_shut, status=CONFLICT)


def _is_writable(place: Place) -> bool:
    try:
        writable_check(report=place.report, period=place.period)
    except Conflict:
        return False
    return True


def _saved_and_then(writing: Writing) -> HttpResponse:
    task, period, saved = writing.place.task, writing.place.period, writing.place.report
    assert saved is not None
    then = writing.request.POST.get("then")
    page = "report-evidence" if then == ATTACH else "report-edit"
    again = redirect(page, task.number, period.code)
    lapsed = lapsed_sentence(writing.lapsing, saved)
    if "take_over" in writing.request.POST or then not in (SUBMIT, ASK):
        if "take_over" not in writing.request.POST:
            messages.success(writing.request, _("The draft is saved."))
        if lapsed:
            messages.warning(
                writing.request, f"{lapsed} {_('It has to be asked anew before you submit.')}"
            )
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
            replace(writing, form=form),
            kept=f"{lapsed} {_kept_as_draft(move)}".strip(),
            status=BAD_REQUEST,
        )
    except Conflict as conflict:
        form = writing.form.going_on_from(version=saved.version)
        return _edit_page(
            replace(writing, form=form),
            kept=f"{lapsed} {_kept_as_draft(move)}".strip(),
            problem=str(conflict),
            status=CONFLICT,
        )
    if move == Move.ASK:
        # A question in the place of a question is no loss; an answer that has gone is one.
        if lapsed and writing.lapsing:
            messages.warning(writing.request, lapsed)
        messages.success(writing.request, _("The draft is saved, and the other lead is asked."))
        return again
    messages.success(writing.request, report_moved(moved, Move.SUBMIT))
    return redirect("my-tasks")


def _kept_as_draft(move: Move) -> str:
    if move == Move.ASK:
        return _("It is saved as a draft; the other lead has not been asked yet.")
    return _("It is saved as a draft and has not been handed in yet.")


def _not_the_lead(request: HttpRequest, user: User, place: Place) -> HttpResponse:
    """The refusal, with the way to what the person's agency does write for this task."""
    parts = place.task.responsibilities.filter(agency__in=user.agency_ids, position__gt=1)
    numbers = place.task.number, place.period.code
    context = {
        "exception": _("Only the lead agency of task %(number)d writes this report.")
        % {"number": place.task.number},
        "ways": [
            (part.agency, reverse("contribution-edit", args=[*numbers, part.agency_id]))
            for part in parts.select_related("agency").order_by("position")
        ],
    }
    return render(request, "403.html", context, status=FORBIDDEN)


def _stands(place: Place) -> ReportContent:
    """What the report says now, or what it starts from."""
    if place.report is not None:
        return content_of(place.report)
    return content_to_start_from(task=place.task, period=place.period)


def _form_of(
    request: HttpRequest, place: Place, measures: Sequence[Measure]
) -> tuple[ReportForm, RevisedMeasures]:
    stands, version = _stands(place), place.report.version if place.report else NOT_BEGUN
    data = posted(request)
    revised = revised_measures(data, measures=measures, official=measures)
    if data is not None:
        stored = fields_of(stands)
        data = with_stored_taken(data, stored, version=version)
        data = with_added_begun(data, revised.added, stored)
    form = ReportForm(data, measures=measures, content=stands, version=version)
    return form, revised


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
    parts = writing.parts
    if not place.period.is_open:
        parts = parts_of_task(task=place.task.pk, period=place.period)
    lead, policy = compiling_agency(place.task), Policy.current()
    read = contributions_read(task=place.task, period=place.period, user=writing.user)
    others = additions_to(
        task=place.task,
        report=place.report,
        parts=parts,
        read=read,
        user=writing.user,
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
        "contributions_of_old": contributions_of_old(parts=parts, read=read),
        "asks_for_reason": bool(others.missing or others.objecting or _reason_matters(form)),
        "stale": stale,
        "problem": problem,
        "is_shut": is_shut,
        "is_asked": place.report is not None and place.report.agreement_asked_at is not None,
        "lost": writing.revised.gone,
        "on_behalf_of": on_behalf_of(lead, writing.user),
        "kept": kept,
        "is_unsaved": form.is_bound and not kept,
        "returned": last_return(place.report),
        "earlier": approved_before(task=place.task, period=place.period),
        "evidence": _evidence(writing, policy),
        "asks_for_extension": extension_is_offered(
            place.task,
            writing.user,
            today=timezone.localdate(writing.now),
            lead=lead,
            policy=policy,
        ),
        "address": reverse("report-edit", args=[place.task.number, place.period.code]),
    }
    return render(writing.request, "progress/report_edit.html", context, status=status)


def _evidence(writing: Writing, policy: Policy) -> EvidencePanel:
    """What is attached, with what the rules still want of it."""
    problems = [
        str(message)
        for problem in writing.form.non_field_errors().as_data()
        if problem.code == NEEDS_EVIDENCE
        for message in problem.messages
    ]
    place = writing.place
    return evidence_of_report(
        user=writing.user,
        task=place.task,
        period=place.period,
        rows=_FEW_HAVE.for_reader(writing.user, place.task.pk, place.period.pk)["evidence"],
        problems=problems,
        attaches=_is_writable(place),
        measures=writing.measures,
        policy=policy,
    )


_FEW_HAVE = MostlyNothing(evidence=EVIDENCE_OF_REPORT)


def _reason_matters(form: ReportForm) -> bool:
    """Whether a reason was typed already, or was asked for."""
    return form.is_bound and bool(form["reason"].errors or form["reason"].value())

"""Writing a contribution: saved as a draft, by itself too, and handed to the lead."""

import datetime as dt
from dataclasses import dataclass, replace

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.changes import heir_of
from agencies.held_posts import asks_for_json
from agencies.models import User
from agencies.pages import posted, reader_of
from progress.models import Contribution, ContributionEvent
from progress.pages import autosave
from progress.pages.contribution_form import ContributionForm, fields_of
from progress.pages.contributions import Place, place_of, report_gone
from progress.pages.evidence_panel import evidence_of_contribution
from progress.pages.forms import with_stored_taken
from progress.pages.revised_measures import RevisedMeasures, revised_measures
from progress.pages.sentences import contribution_moved
from progress.states import Move, ReportState
from progress.workflow import (
    NOT_BEGUN,
    Conflict,
    ContributionContent,
    StaleContribution,
    contribution_before,
    contribution_content_of,
    contribution_move,
    contribution_save,
    contribution_to_start_from,
    contribution_writable_check,
    may_contribute,
    measures_to_write_of,
)
from tasks.models import Division

BAD_REQUEST, CONFLICT = 400, 409
SUBMIT, NOTHING, ATTACH = "submit", "nothing", "attach"


@dataclass(frozen=True, slots=True)
class Writing:
    """A request to write: by whom, when, where, and what was typed."""

    request: HttpRequest
    user: User
    now: dt.datetime
    place: Place
    form: ContributionForm
    revised: RevisedMeasures

    @property
    def then(self) -> str:
        return self.request.POST.get("then", "")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contribution_edit(request: HttpRequest, number: int, code: str, agency: int) -> HttpResponse:
    """The agency's form, and what is done with it. Nothing that was typed is lost by a refusal."""
    user = reader_of(request)
    place = _place_to_write_at(user, number, code, agency)
    if not may_contribute(task=place.task, agency=place.agency, user=user):
        if request.method == "POST" and place.agency.pk in user.agency_ids_of_old:
            return _no_part_any_more(request, user, place)
        raise PermissionDenied(_("Only the agency itself writes its contribution."))
    if request.method != "POST":
        contribution_writable_check(contribution=place.contribution, period=place.period)
        if asks_for_json(request):
            return autosave.standing(request, user, place.contribution)
    form, revised = _form_of(request, place)
    writing = Writing(request, user, timezone.now(), place, form, revised)
    if not writing.form.is_bound:
        return _edit_page(writing)
    if writing.then == autosave.AUTOSAVE:
        return _saved_by_itself(writing)
    if not writing.form.is_valid():
        return _edit_page(writing, status=BAD_REQUEST)
    if writing.revised and _is_writable(place):
        return _edit_page(writing, problem=writing.revised.problem(), status=CONFLICT)
    return _saved_by_button(writing)


def _place_to_write_at(user: User, number: int, code: str, agency_id: int) -> Place:
    """What the address names; a form that was open when its agency was merged goes on as its
    successor's."""
    place = place_of(user, number, code, agency_id)
    if place.agency.has_ended:
        heir = heir_of(place.agency)
        if may_contribute(task=place.task, agency=heir, user=user):
            return place_of(user, number, code, heir.pk)
    return place


def _no_part_any_more(request: HttpRequest, user: User, place: Place) -> HttpResponse:
    """The answer to a form that was open when the task went to others: what was typed stays."""
    problem = _("%(agency)s contributes to this task no more; what it wrote stays to be read.") % {
        "agency": place.agency.name
    }
    if request.POST.get("then") == autosave.AUTOSAVE:
        return autosave.refused("closed", problem)
    form, revised = _form_of(request, place)
    writing = Writing(request, user, timezone.now(), place, form, revised)
    return _edit_page(writing, problem=problem, is_shut=True, status=CONFLICT)


def _saved_by_itself(writing: Writing) -> HttpResponse:
    if refusal := autosave.refusal_of_another(writing.request, writing.user):
        return refusal
    place = writing.place
    try:
        contribution_writable_check(contribution=place.contribution, period=place.period)
        if writing.revised:
            return autosave.refused_as_revised(writing.revised)
        if not writing.form.is_valid():
            return autosave.invalid(writing.form)
        content, version = writing.form.content(), writing.form.cleaned_data["version"]
        if version == _version(place) and content == _stands(place):
            # Nothing has changed, so that nothing is written and nobody's form becomes stale.
            return autosave.saved(place.contribution)
        return autosave.saved(_saved(writing, content))
    except StaleContribution as stale:
        return autosave.refused("stale", str(stale))
    except Conflict as conflict:
        return autosave.refused("closed", str(conflict))
    except ValidationError as error:
        writing.form.refused(error)
        return autosave.invalid(writing.form)


def _saved_by_button(writing: Writing) -> HttpResponse:
    content = writing.form.content()
    if writing.then == NOTHING:
        if _says_something_new(writing.place, content):
            writing.form.add_error(
                None, _("Something is written here; hand it in, or empty the fields first.")
            )
            return _edit_page(writing, status=BAD_REQUEST)
        content = ContributionContent(tuple(writing.form.empty_measures()), nothing_to_add=True)
    try:
        saved = _saved(writing, content)
    except StaleContribution as stale:
        stored = stale.contribution
        form = writing.form.going_on_from(
            version=stored.version, stored=contribution_content_of(stored)
        )
        return _edit_page(
            replace(writing, form=form), stale=stored, problem=str(stale), status=CONFLICT
        )
    except Conflict as conflict:
        if _is_handed_over_already(writing, content):
            # The answer to the first click was lost on its way.
            return redirect("my-tasks")
        # What was typed stays on the page, to be copied: there is nowhere to save it.
        return _edit_page(writing, problem=str(conflict), is_shut=True, status=CONFLICT)
    except ValidationError as error:
        writing.form.refused(error)
        return _edit_page(writing, status=BAD_REQUEST)
    if writing.then not in (SUBMIT, NOTHING):
        messages.success(writing.request, _("The draft is saved."))
        place = writing.place
        page = "contribution-evidence" if writing.then == ATTACH else "contribution-edit"
        return redirect(page, place.task.number, place.period.code, place.agency.pk)
    return _handed_over(writing, saved)


def _saved(writing: Writing, content: ContributionContent) -> Contribution:
    """Save what was typed. The same words sent twice by the same person are one save."""
    place = writing.place
    try:
        return contribution_save(
            task=place.task,
            period=place.period,
            agency=place.agency,
            by=writing.user,
            now=writing.now,
            content=content,
            version=writing.form.cleaned_data["version"],
        )
    except StaleContribution as stale:
        stored = stale.contribution
        if stored.updated_by_id == writing.user.pk and contribution_content_of(stored) == content:
            return stored
        raise


def _handed_over(writing: Writing, saved: Contribution) -> HttpResponse:
    """Hand over what has just been saved; what says nothing stays saved and says so."""
    try:
        moved = contribution_move(
            contribution=saved,
            move=Move.SUBMIT,
            by=writing.user,
            now=writing.now,
            version=saved.version,
        )
    except ValidationError as error:
        form = writing.form.going_on_from(version=saved.version)
        form.refused(error)
        return _edit_page(
            replace(writing, form=form, place=replace(writing.place, contribution=saved)),
            kept=_("It is saved as a draft and has not been handed in yet."),
            status=BAD_REQUEST,
        )
    messages.success(writing.request, contribution_moved(moved, Move.SUBMIT))
    return redirect("my-tasks")


def _is_handed_over_already(writing: Writing, content: ContributionContent) -> bool:
    """Whether this very text was handed over by this very person a moment ago."""
    one = writing.place.contribution
    return (
        writing.then in (SUBMIT, NOTHING)
        and one is not None
        and one.state in (ReportState.AGENCY_REVIEW, ReportState.SUBMITTED)
        and one.submitted_by_id == writing.user.pk
        and contribution_content_of(one) == content
    )


def _says_something_new(place: Place, content: ContributionContent) -> bool:
    """Whether more stands in the form than what it started from."""
    start = contribution_to_start_from(task=place.task, agency=place.agency, period=place.period)
    return content.says_something and content != start


def _stands(place: Place) -> ContributionContent:
    """What the contribution says now, or what it starts from."""
    if place.contribution is not None:
        return contribution_content_of(place.contribution)
    return contribution_to_start_from(task=place.task, agency=place.agency, period=place.period)


def _version(place: Place) -> int:
    return place.contribution.version if place.contribution else NOT_BEGUN


def _is_writable(place: Place) -> bool:
    try:
        contribution_writable_check(contribution=place.contribution, period=place.period)
    except Conflict:
        return False
    return True


def _form_of(request: HttpRequest, place: Place) -> tuple[ContributionForm, RevisedMeasures]:
    stands, data = _stands(place), posted(request)
    official = list(place.task.measures.order_by("ordinal"))
    written_of = [m.measure_id for m in stands.measures if m.text.strip()]
    # What was typed of a measure that the lead has given to others meanwhile is not lost.
    if data is not None:
        written_of += [one.pk for one in official if data.get(f"text_{one.pk}", "").strip()]
    form = ContributionForm(
        None
        if data is None
        else with_stored_taken(data, fields_of(stands), version=_version(place)),
        measures=measures_to_write_of(task=place.task, agency=place.agency, written_of=written_of),
        content=stands,
        version=_version(place),
    )
    # Which measures an agency is asked about is the lead's to say: one more is no revised list.
    return form, revised_measures(data, measures=[], official=official)


def _edit_page(
    writing: Writing,
    *,
    stale: Contribution | None = None,
    problem: str = "",
    kept: str = "",
    is_shut: bool = False,
    status: int = 200,
) -> HttpResponse:
    """The form. `stale` is what somebody else saved in between, `problem` what stood in the way,
    `kept` what was done all the same; with `is_shut` there is nowhere to save it any more."""
    place, form = writing.place, writing.form
    context = {
        "task": place.task,
        "period": place.period,
        "agency": place.agency,
        "contribution": place.contribution,
        "owed": place.task.division == Division.BY_DUTY,
        "gone": report_gone(place),
        "form": form,
        "stale": stale,
        "problem": problem,
        "is_shut": is_shut,
        "lost": writing.revised.gone,
        "kept": kept,
        "is_unsaved": form.is_bound and not kept,
        "returned": _last_return(place.contribution),
        "earlier": contribution_before(task=place.task, agency=place.agency, period=place.period),
        "evidence": evidence_of_contribution(
            user=writing.user, task=place.task, period=place.period, agency=place.agency
        ),
        "address": reverse(
            "contribution-edit", args=[place.task.number, place.period.code, place.agency.pk]
        ),
    }
    return render(writing.request, "progress/contribution_edit.html", context, status=status)


def _last_return(contribution: Contribution | None) -> ContributionEvent | None:
    if contribution is None or contribution.state != ReportState.RETURNED:
        return None
    return contribution.events.sent_back().select_related("by").order_by("pk").last()

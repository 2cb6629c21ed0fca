"""The page on which an administrator merges an agency into another: looked at first, then done."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.changes import merger_check
from agencies.forms import MergeForm
from agencies.models import Agency, AgencyKind
from agencies.pages import administrators_only, errors_add, posted, reader_of, status_of
from progress.mergers import Merger, MergerChanged, agency_merge, merger_of

CONFLICT = 409
CONFIRM = "confirm"


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def agency_merge_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What a merger would move, and then the merger; nothing is written before it is confirmed."""
    by, now = reader_of(request), timezone.now()
    agencies = Agency.objects.visible_to(by).exclude(kind=AgencyKind.COLLECTIVE)
    agency = get_object_or_404(agencies, pk=pk)
    if agency.has_ended:
        # Its own page says since when, and what its successor is: also to a second click.
        return redirect("agency-edit", pk)
    form = MergeForm(posted(request), agency=agency, initial={"effective_on": timezone.localdate()})
    merger: Merger | None = None
    if request.method != "POST" or not form.is_valid():
        return _page(request, agency, form, None, status=status_of(form))
    wanted = form.cleaned_data
    successor, seen = wanted["successor"], wanted.pop("seen")
    try:
        if request.POST.get("then") == CONFIRM and seen:
            agency_merge(agency=agency, by=by, now=now, seen=seen, **wanted)
            messages.success(
                request,
                _("%(old)s is merged into %(new)s now.")
                % {"old": agency.name, "new": successor.name},
            )
            return redirect("agency-edit", successor.pk)
        merger_check(
            agency=agency,
            successor=successor,
            effective_on=wanted["effective_on"],
            reason=wanted["reason"],
            now=now,
        )
        merger = merger_of(agency=agency, successor=successor)
    except MergerChanged as changed:
        return _page(request, agency, form, changed.merger, problem=str(changed), status=CONFLICT)
    except ValidationError as error:
        errors_add(form, error)
    return _page(request, agency, form, merger, status=status_of(form))


def _page(
    request: HttpRequest,
    agency: Agency,
    form: MergeForm,
    merger: Merger | None,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "agencies/agency_merge.html",
        {"agency": agency, "form": form, "merger": merger, "problem": problem},
        status=status,
    )

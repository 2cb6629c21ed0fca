"""The page on which an administrator gives an agency another name."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agencies.changes import agency_rename
from agencies.forms import RenameForm
from agencies.models import Agency
from agencies.pages import administrators_only, errors_add, posted, reader_of, status_of


@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def agency_rename_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Rename an agency; the old name stays a spelling of it, and its name in history."""
    by = reader_of(request)
    agency = get_object_or_404(Agency.objects.visible_to(by), pk=pk)
    if agency.has_ended:
        return redirect("agency-edit", pk)
    form = RenameForm(
        posted(request),
        initial={
            "name": agency.name,
            "short_name": agency.short_name,
            "effective_on": timezone.localdate(),
        },
    )
    if request.method == "POST" and form.is_valid():
        try:
            renamed = agency_rename(agency=agency, by=by, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            errors_add(form, error)
        else:
            messages.success(
                request,
                _("%(old)s is called %(new)s now.") % {"old": agency.name, "new": renamed.name},
            )
            return redirect("agency-edit", pk)
    return render(
        request,
        "agencies/agency_rename.html",
        {"agency": agency, "form": form},
        status=status_of(form),
    )

"""The contacts of an agency: read by its people, kept by its approver."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agencies.contacts import FIELDS, agency_contacts_write, keeps_contacts
from agencies.forms import ContactsForm
from agencies.models import Agency
from agencies.pages import errors_add, posted, reader_of, status_of


@require_http_methods(["GET", "HEAD", "POST"])
def agency_contacts(request: HttpRequest, pk: int) -> HttpResponse:
    """Leader, office, address and telephone of one's own agency."""
    user = reader_of(request)
    agency = get_object_or_404(Agency.objects.visible_to(user), pk=pk)
    if user.agency_id != agency.pk:
        raise PermissionDenied(_("Each agency keeps its own contacts."))
    keeps = keeps_contacts(agency=agency, user=user)
    if request.method == "POST" and not keeps:
        raise PermissionDenied(_("An agency's approver keeps its contacts."))
    form = ContactsForm(
        posted(request),
        initial={name: getattr(agency, name) for name in FIELDS},
        label_suffix="",
    )
    if request.method == "POST" and form.is_valid():
        try:
            agency_contacts_write(agency=agency, by=user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            errors_add(form, error)
        else:
            messages.success(request, _("The contacts of %(name)s are saved.") % {"name": agency})
            return redirect("agency", pk)
    return render(
        request,
        "progress/agency_contacts.html",
        {"agency": agency, "form": form, "keeps": keeps},
        status=status_of(form),
    )

"""One's own exports that a job makes: how far they are, and their files."""

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from agencies.models import User
from agencies.pages import reader_of
from agencies.sessions import no_sign_of_life
from progress.exports import export_again, export_cancel
from progress.filestore import download
from progress.models import ExportJob

EXPORTS_A_PAGE = 20


@never_cache
@require_safe
def exports(request: HttpRequest) -> HttpResponse:
    """One's own exports, the latest first."""
    mine = ExportJob.objects.visible_to(_exporter_of(request)).select_related("period", "file")
    page = Paginator(mine, EXPORTS_A_PAGE).get_page(request.GET.get("page"))
    return render(request, "progress/exports.html", {"page_obj": page})


@no_sign_of_life
@never_cache
@require_safe
def export_job(request: HttpRequest, pk: int) -> HttpResponse:
    """One export: how far it is, its file once it is ready, or why it failed."""
    return render(request, "progress/export_job.html", {"export": _export_of(request, pk)})


@never_cache
@require_safe
def export_file(request: HttpRequest, pk: int) -> FileResponse:
    """The file of an export; not found before it is ready and after it was removed."""
    export = _export_of(request, pk)
    if export.file is None:
        raise Http404(_("This file is not there; ask for the export again."))
    return download(export.file, name=export.name)


@require_POST
def export_cancel_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Call it off."""
    export = _export_of(request, pk)
    export_cancel(export=export, by=reader_of(request), now=timezone.now())
    return redirect("export-job", pk)


@require_POST
def export_again_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the same once more."""
    export = _export_of(request, pk)
    again = export_again(export=export, by=reader_of(request), now=timezone.now())
    return redirect("export-job", again.pk)


def _exporter_of(request: HttpRequest) -> User:
    user = reader_of(request)
    if not (user.is_coordinator or user.is_auditor):
        raise PermissionDenied(_("Only coordinators and auditors have exports made by a job."))
    return user


def _export_of(request: HttpRequest, pk: int) -> ExportJob:
    mine = ExportJob.objects.visible_to(_exporter_of(request)).select_related("period", "file")
    return get_object_or_404(mine, pk=pk)

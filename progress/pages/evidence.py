"""Evidence (佐证材料): attaching, removing and downloading the files of what is reported."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.held_posts import asks_for_json
from agencies.models import Agency, User
from agencies.pages import reader_of
from progress.filestore import download
from progress.models import Contribution, Evidence, Report, ReportingPeriod
from progress.pages import contributions, reports
from progress.pages.evidence_panel import (
    EvidenceForm,
    EvidencePanel,
    evidence_of_contribution,
    evidence_of_report,
)
from progress.workflow import TOO_LARGE, Conflict, evidence_add, evidence_remove
from tasks.models import Task

BAD_REQUEST, CONFLICT, CONTENT_TOO_LARGE = 400, 409, 413


@dataclass(frozen=True, slots=True)
class Place:
    """What evidence is attached to: a task's report, or with an agency its contribution."""

    task: Task
    period: ReportingPeriod
    agency: Agency | None

    @property
    def form_address(self) -> str:
        """Where it is written, at its evidence."""
        return f"{self._address('edit')}#evidence"

    @property
    def address(self) -> str:
        """The page of what the evidence is attached to."""
        return self._address()

    @property
    def evidence_address(self) -> str:
        """The page of the evidence itself."""
        return self._address("evidence")

    def _address(self, page: str = "") -> str:
        kind = "report" if self.agency is None else "contribution"
        parts = [self.task.number, self.period.code, *([self.agency.pk] if self.agency else [])]
        return reverse(f"{kind}-{page}" if page else kind, args=parts)

    def written(self) -> Report | Contribution | None:
        """What is stored there now."""
        if self.agency is None:
            return Report.objects.filter(task=self.task, period=self.period).first()
        return Contribution.objects.filter(
            task=self.task, period=self.period, agency=self.agency
        ).first()

    def panel(
        self, user: User, *, form: EvidenceForm | None = None, problems: Sequence[str] = ()
    ) -> EvidencePanel:
        if self.agency is None:
            return evidence_of_report(
                user=user, task=self.task, period=self.period, form=form, problems=problems
            )
        return evidence_of_contribution(
            user=user,
            task=self.task,
            period=self.period,
            agency=self.agency,
            form=form,
            problems=problems,
        )


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def report_evidence(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """The evidence of a report as a page of its own, and where a file for it is sent to."""
    place = reports.place_of(reader_of(request), number, code)
    return _evidence(request, Place(place.task, place.period, None))


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def contribution_evidence(
    request: HttpRequest, number: int, code: str, agency: int
) -> HttpResponse:
    """The same of a contribution."""
    place = contributions.place_of(reader_of(request), number, code, agency)
    return _evidence(request, Place(place.task, place.period, place.agency))


@require_safe
def evidence_file(request: HttpRequest, pk: int) -> FileResponse:
    """The file, to be saved; also one that was removed or replaced. 404 for who may not know."""
    evidence = _evidence_found(reader_of(request), pk)
    return download(evidence.file, name=evidence.name)


@require_POST
def evidence_remove_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Take evidence back; what cannot be taken back any more is a 409 that says so."""
    user = reader_of(request)
    evidence = _evidence_found(user, pk)
    owner = evidence.report or evidence.contribution
    assert owner is not None
    agency = owner.agency if isinstance(owner, Contribution) else None
    place = Place(owner.task, owner.period, agency)
    try:
        evidence_remove(evidence=evidence, by=user, now=timezone.now())
    except Conflict as conflict:
        # The answer to the first click may have been lost on its way.
        if not Evidence.objects.filter(pk=pk, removed_by=user, replaced_by=None).exists():
            if not asks_for_json(request):
                raise
            return _refused(str(conflict), CONFLICT)
    return _done(request, user, place, _("“%(name)s” is removed.") % {"name": evidence.name})


def _evidence_found(user: User, pk: int) -> Evidence:
    found = Evidence.objects.visible_to(user).select_related(
        "file",
        "report__task",
        "report__period",
        "contribution__task",
        "contribution__period",
        "contribution__agency",
    )
    return get_object_or_404(found, pk=pk)


def _evidence(request: HttpRequest, place: Place) -> HttpResponse:
    user = reader_of(request)
    if request.method != "POST":
        return _page(request, place, place.panel(user))
    form = EvidenceForm(request.POST, request.FILES, task=place.task)
    if not form.is_valid():
        problems = [str(one) for of_field in form.errors.values() for one in of_field]
        return _problem(request, user, place, form, problems, BAD_REQUEST)
    try:
        added = _added(user, place, form)
    except ValidationError as error:
        problems = [one for of_field in error.message_dict.values() for one in of_field]
        codes = [one.code for of_field in error.error_dict.values() for one in of_field]
        status = CONTENT_TOO_LARGE if TOO_LARGE in codes else BAD_REQUEST
        return _problem(request, user, place, form, problems, status)
    except Conflict as conflict:
        return _problem(request, user, place, form, [str(conflict)], CONFLICT)
    return _done(request, user, place, _("“%(name)s” is attached.") % {"name": added.name})


def _added(user: User, place: Place, form: EvidenceForm) -> Evidence:
    upload: UploadedFile[Any] = form.cleaned_data["file"]
    replaces = None
    if pk := form.cleaned_data["replaces"]:
        replaces = _evidence_found(user, pk)
    return evidence_add(
        task=place.task,
        period=place.period,
        agency=place.agency,
        measure=form.cleaned_data["measure"],
        upload=upload,
        name=upload.name or "",
        by=user,
        now=timezone.now(),
        replaces=replaces,
    )


def _done(request: HttpRequest, user: User, place: Place, sentence: str) -> HttpResponse:
    """The page of the evidence, for the next file; for a script that is still there, the panel."""
    if asks_for_json(request):
        written = place.written()
        panel = render_to_string(
            "components/evidence.html", {"evidence": place.panel(user), "done": sentence}, request
        )
        return JsonResponse({"panel": panel, "version": written.version if written else 0})
    messages.success(request, sentence)
    return redirect(place.evidence_address)


def _problem(
    request: HttpRequest,
    user: User,
    place: Place,
    form: EvidenceForm,
    problems: Sequence[str],
    status: int,
) -> HttpResponse:
    if asks_for_json(request):
        return _refused(" ".join(problems), status)
    # A browser does not send a file twice unasked, so the form begins anew but for its measure.
    anew = EvidenceForm(task=place.task, initial={"measure": form.data.get("measure")})
    panel = place.panel(user, form=anew, problems=problems)
    return _page(request, place, panel, status=status)


def _refused(problem: str, status: int) -> HttpResponse:
    return JsonResponse({"problem": problem}, status=status)


def _page(
    request: HttpRequest, place: Place, panel: EvidencePanel, *, status: int = 200
) -> HttpResponse:
    context = {
        "task": place.task,
        "period": place.period,
        "agency": place.agency,
        "evidence": panel,
        "back": place.form_address if panel.form else place.address,
    }
    return render(request, "progress/evidence.html", context, status=status)

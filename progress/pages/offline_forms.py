"""Offline forms: an agency downloads its own, fills it in, and looks at what it would change."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from agencies.models import User
from agencies.pages import posted, reader_of
from progress.filestore import document
from progress.models import ReportingPeriod, SheetUpload, UploadState
from progress.pages.compared import ShownPlace, places_shown
from progress.pages.reading import PeriodChoice, period_choice
from progress.pages.sheet_uploads import SheetForm
from progress.workbooks import WORKBOOK_TYPE
from progress.workbooks.forms import form_name, form_read, form_workbook
from progress.workbooks.reading import WorkbookRefused
from progress.workflow import Conflict
from progress.workflow.sheets import (
    Comparison,
    ComparisonMoved,
    agency_of,
    comparison_of,
    form_issue,
    sheet_abandon,
    sheet_confirm,
    sheet_upload,
    sheet_waiting_check,
)
from tasks.models import Task

BAD_REQUEST, CONFLICT = 400, 409
# What the name of a group of buttons begins with that asks which text holds.
CHOICE = "choice-"
LATEST = 10


class UploadForm(SheetForm):
    """The filled form."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].label = _("Filled form (.xlsx)")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def offline_form(request: HttpRequest) -> HttpResponse:
    """Where the form is downloaded and comes back. A file that cannot be read says why, cell by
    cell, and leaves nothing behind."""
    user = reader_of(request)
    agency_of(user)
    form = UploadForm(posted(request), request.FILES or None)
    if not form.is_bound:
        return _form_page(request, user, form)
    if not form.is_valid():
        return _form_page(request, user, form, status=BAD_REQUEST)
    sent: UploadedFile[Any] = form.cleaned_data["file"]
    data, name = sent.read(), sent.name or ""
    try:
        answers = form_read(data, name=name)
        if answers.faults:
            return _form_page(
                request, user, form, name=name, faults=answers.faults, status=BAD_REQUEST
            )
        upload = sheet_upload(
            by=user,
            key=answers.key,
            said=answers.said,
            name=name,
            now=timezone.now(),
        )
    except WorkbookRefused as refused:
        form.add_error("file", str(refused))
    except ValidationError as error:
        form.add_error("file", error)
    except Conflict as conflict:
        form.add_error("file", str(conflict))
        return _form_page(request, user, form, status=CONFLICT)
    else:
        return redirect("sheet-upload", upload.pk)
    return _form_page(request, user, form, status=BAD_REQUEST)


def _form_page(
    request: HttpRequest,
    user: User,
    form: UploadForm,
    *,
    name: str = "",
    faults: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    choice = period_choice(request, user)
    uploads = SheetUpload.objects.visible_to(user).select_related("form__period", "by")
    return render(
        request,
        "progress/offline_form.html",
        {
            "form": form,
            "name": name,
            "faults": faults,
            "open_periods": [one for one in choice.periods if one.is_open],
            "chosen": _chosen_period(choice),
            "uploads": uploads[:LATEST],
            "now": timezone.now(),
        },
        status=status,
    )


def _chosen_period(choice: PeriodChoice) -> ReportingPeriod | None:
    return choice.period if choice.period is not None and choice.period.is_open else None


@require_POST
def offline_form_download(request: HttpRequest) -> HttpResponse:
    """The form of the reader's own agency. It is kept what it says, so this is no mere look."""
    user = reader_of(request)
    agency_of(user)
    period = get_object_or_404(
        ReportingPeriod.objects.visible_to(user), code=request.POST.get("period", "")
    )
    now, language = timezone.now(), get_language() or "zh-hans"
    form, lines = form_issue(by=user, period=period, now=now)
    content = form_workbook(form=form, lines=lines, by=user, now=now, language=language)
    name = form_name(form=form, language=language)
    return document(content, name=name, media_type=WORKBOOK_TYPE)


# --- What came back ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Written:
    """A draft that was written from the form, and where it goes on from there."""

    task: Task
    count: int
    address: str


@dataclass(frozen=True, slots=True)
class Unwritten:
    """A text of the file that was not taken over, to be read and copied; `task` is None of one that
    the list has no more."""

    task: Task | None
    cell: str
    text: str


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sheet_upload_page(request: HttpRequest, pk: int) -> HttpResponse:
    """What the file would change, cell by cell; a POST writes it as it was seen, or nothing."""
    user = reader_of(request)
    upload = _upload_found(user, pk)
    if request.method != "POST":
        if upload.waits(now=timezone.now()):
            return _preview(request, upload, comparison_of(upload=upload, by=user))
        return _settled(request, user, upload)
    choices = {
        name.removeprefix(CHOICE): value
        for name, value in request.POST.items()
        if name.startswith(CHOICE) and isinstance(value, str)
    }
    try:
        confirmed = sheet_confirm(
            upload=upload,
            by=user,
            now=timezone.now(),
            choices=choices,
            seen=request.POST.get("seen", ""),
        )
    except ComparisonMoved as moved:
        return _preview(request, upload, moved.comparison, problems=[str(moved)], status=CONFLICT)
    except ValidationError as error:
        comparison = comparison_of(upload=upload, by=user, choices=choices)
        return _preview(request, upload, comparison, problems=error.messages, status=BAD_REQUEST)
    except Conflict as conflict:
        # Settled, expired or closed meanwhile: its page says so, with every text to be copied.
        messages.error(request, str(conflict))
        return _settled(request, user, _upload_found(user, pk), status=CONFLICT)
    count = sum(cells for _number, _agency, cells in confirmed.taken)
    messages.success(
        request,
        ngettext(
            "%(count)d cell is taken over and saved as a draft. It is not handed in yet.",
            "%(count)d cells are taken over and saved as drafts. They are not handed in yet.",
            count,
        )
        % {"count": count},
    )
    return redirect("sheet-upload", pk)


@require_POST
def sheet_upload_abandon(request: HttpRequest, pk: int) -> HttpResponse:
    """Set a file aside; nothing of it is written."""
    user = reader_of(request)
    sheet_abandon(upload=_upload_found(user, pk), by=user, now=timezone.now())
    messages.success(request, _("The file is discarded; nothing of it was written."))
    return redirect("offline-form")


def _upload_found(user: User, pk: int) -> SheetUpload:
    uploads = SheetUpload.objects.visible_to(user)
    return get_object_or_404(
        uploads.select_related("form__period", "form__agency", "by", "settled_by"), pk=pk
    )


def _preview(
    request: HttpRequest,
    upload: SheetUpload,
    comparison: Comparison,
    *,
    problems: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    shown = places_shown(comparison)
    return render(
        request,
        "progress/sheet_upload.html",
        {
            "upload": upload,
            "comparison": comparison,
            "places": [one for one in shown if not one.place.refused and one.new_in_file],
            "refused": [one for one in shown if one.place.refused and one.new_in_file],
            "staying": _staying(shown),
            "count": sum(len(place.new_in_file) for place in comparison.writable),
            "asked": len(comparison.asked),
            "problems": problems,
        },
        status=status,
    )


def _staying(shown: Sequence[ShownPlace]) -> list[ShownPlace]:
    return [one for one in shown if one.staying]


def _settled(
    request: HttpRequest, user: User, upload: SheetUpload, *, status: int = 200
) -> HttpResponse:
    """What became of the file: what was written, and every text of it that was not."""
    lines = upload.form.lines
    was_confirmed = upload.state == UploadState.CONFIRMED
    unwritten = [
        (lines[int(index)]["task"], cell, value, field)
        for index, fields in upload.said.items()
        for field, (value, cell) in fields.items()
        if not was_confirmed
        or int(index) in upload.aside
        or upload.choices.get(f"{index}.{field}") == "stored"
    ]
    numbers = [number for number, _agency, _count in upload.taken]
    tasks = Task.objects.visible_to(user)
    by_number = {one.number: one for one in tasks.filter(number__in=numbers)}
    by_id = tasks.in_bulk({task_id for task_id, *_rest in unwritten})
    problem = ""
    try:
        sheet_waiting_check(upload, now=timezone.now())
    except Conflict as conflict:
        problem = str(conflict)
    return render(
        request,
        "progress/sheet_upload_settled.html",
        {
            "upload": upload,
            "was_confirmed": was_confirmed,
            "problem": problem,
            "written": [
                Written(by_number[number], count, _writing_address(upload, number, agency_id))
                for number, agency_id, count in upload.taken
                if number in by_number
            ],
            "unwritten": [
                Unwritten(by_id.get(task_id), cell, value)
                for task_id, cell, value, field in unwritten
                if field != "status" and value
            ],
        },
        status=status,
    )


def _writing_address(upload: SheetUpload, number: int, agency_id: int | None) -> str:
    code = upload.form.period.code
    if agency_id is None:
        return reverse("report-edit", args=[number, code])
    return reverse("contribution-edit", args=[number, code, agency_id])

"""A revised official list over the register: chosen, looked at as differences, and confirmed."""

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.core import signing
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import Role, User
from progress.differences import Patience, Piece, marked_differences
from progress.filestore import label_of
from progress.pages.reading import register_reader
from progress.pages.sheet_uploads import TEXT, XLSX, SheetForm, faults_shown
from progress.workbooks import WORKBOOK_TYPE
from progress.workbooks.lists import list_name, list_sheet_read, list_workbook
from progress.workbooks.reading import WorkbookRefused, is_plain_text, workbook_read
from tasks.importing import (
    CellChange,
    Fault,
    ImportOutcome,
    ListFaults,
    ListMovedError,
    list_import,
)
from tasks.models import ListImport, Task

CONFIRM = "confirm"
BAD_REQUEST, CONFLICT = 400, 409
SALT = "progress.list_revising"
# A day: what a list would change is looked at and confirmed by one person in one sitting.
LASTS = 24 * 60 * 60
LATEST_IMPORTS = 20
# In bytes; the official list has 160,000.
LARGEST_TEXT = 1_000_000


@dataclass(frozen=True, slots=True)
class Chosen:
    """A list as it came, with what could not be read of its cells, and how faults name places."""

    name: str
    content: bytes
    faults: Sequence[Fault] = ()
    place_of: Callable[[Fault], str] = lambda _fault: ""


@dataclass(frozen=True, slots=True)
class CellShown:
    """A cell of a task that reads differently, the differences marked."""

    label: str
    pieces: Sequence[Piece]


@dataclass(frozen=True, slots=True)
class ChangeShown:
    number: int
    cells: Sequence[CellShown]
    set_aside: str


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def list_revise(request: HttpRequest) -> HttpResponse:
    """The list to be chosen; what it would change, or each of its faults; and the import on a yes.

    Nothing is written before that. A register that changed after the preview is a conflict. For
    coordinators; auditors read which lists were imported.
    """
    user = register_reader(request)
    if not (user.is_coordinator or (user.role == Role.AUDITOR and request.method != "POST")):
        raise PermissionDenied(_("Only a coordinator imports a list."))
    if request.method != "POST":
        return _choice_page(request, SheetForm(endings=(XLSX, TEXT)))
    if request.POST.get("step") == CONFIRM:
        return _confirmed(request, user)
    form = SheetForm(request.POST, request.FILES, endings=(XLSX, TEXT))
    if not form.is_valid():
        return _choice_page(request, form, status=BAD_REQUEST)
    upload = form.cleaned_data["file"]
    try:
        chosen = _read(label_of(upload.name), upload.read())
    except WorkbookRefused as refused:
        form.add_error("file", str(refused))
        return _choice_page(request, form, status=BAD_REQUEST)
    faults = list(chosen.faults)
    try:
        outcome = list_import(
            content=chosen.content, name=chosen.name, by=user, now=timezone.now(), dry_run=True
        )
    except ListFaults as found:
        told = {(fault.line, fault.column) for fault in faults}
        # A cell that cannot be read is one fault, not also the empty cell that it leaves.
        faults += [one for one in found.faults if (one.line, one.column) not in told]
    if faults:
        faults.sort(key=lambda fault: (fault.line or 0, fault.column or 0))
        return _choice_page(request, form, chosen=chosen, faults=faults, status=BAD_REQUEST)
    return _preview_page(request, chosen, outcome)


def _read(name: str, data: bytes) -> Chosen:
    """The list of a workbook or a text file. Raises WorkbookRefused for what is neither."""
    if is_plain_text(data):
        if len(data) > LARGEST_TEXT:
            raise WorkbookRefused(_("The file holds far more than a list does."))
        return Chosen(name, data, (), _line_of)
    sheet = list_sheet_read(workbook_read(data, name=name))
    if len(sheet.content) > LARGEST_TEXT:
        raise WorkbookRefused(_("The file holds far more than a list does."))
    return Chosen(name, sheet.content, sheet.faults, sheet.place_of)


def _line_of(fault: Fault) -> str:
    return "" if fault.line is None else _("line %(line)d") % {"line": fault.line}


def _confirmed(request: HttpRequest, user: User) -> HttpResponse:
    try:
        sent = signing.loads(request.POST.get("list", ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        form = SheetForm({}, endings=(XLSX, TEXT))
        form.errors.clear()
        form.add_error(
            None, _("This preview is too old or is not whole; choose the file once more.")
        )
        return _choice_page(request, form, status=BAD_REQUEST)
    chosen = Chosen(sent["name"], base64.b64decode(sent["content"]))
    try:
        outcome = list_import(
            content=chosen.content,
            name=chosen.name,
            by=user,
            seen=sent["seen"],
            now=timezone.now(),
        )
    except ListMovedError as moved:
        if moved.outcome.changes_nothing:
            messages.info(request, _("The list says this already; nothing was changed once more."))
            return redirect("task-list")
        return _preview_page(request, chosen, moved.outcome, problem=str(moved), status=CONFLICT)
    except ListFaults as found:
        # Somebody began a report on what would be dropped, or an agency has ended meanwhile.
        form = SheetForm(endings=(XLSX, TEXT))
        return _choice_page(request, form, chosen=chosen, faults=found.faults, status=CONFLICT)
    count = outcome.created + outcome.updated + outcome.dropped
    messages.success(
        request,
        ngettext(
            "The list is imported; %(count)d task has changed.",
            "The list is imported; %(count)d tasks have changed.",
            count,
        )
        % {"count": count},
    )
    return redirect("task-list")


def _choice_page(
    request: HttpRequest,
    form: SheetForm,
    *,
    chosen: Chosen | None = None,
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "progress/list_revise.html",
        {
            "form": form,
            "chosen": chosen,
            "count": len(faults),
            "faults": faults_shown(
                [(chosen.place_of(one), one.text) for one in faults] if chosen else []
            ),
            "imports": ListImport.objects.visible_to(register_reader(request)).select_related("by")[
                :LATEST_IMPORTS
            ],
        },
        status=status,
    )


def _preview_page(
    request: HttpRequest,
    chosen: Chosen,
    outcome: ImportOutcome,
    *,
    problem: str = "",
    status: int = 200,
) -> HttpResponse:
    token = signing.dumps(
        {
            "name": chosen.name,
            "content": base64.b64encode(chosen.content).decode(),
            "seen": outcome.digest,
        },
        salt=SALT,
        compress=True,
    )
    patience = Patience()
    return render(
        request,
        "progress/list_preview.html",
        {
            "name": chosen.name,
            "token": token,
            "outcome": outcome,
            "problem": problem,
            "changes": [
                ChangeShown(
                    one.number,
                    [
                        CellShown(
                            _label(cell),
                            marked_differences(cell.before, cell.after, patience=patience),
                        )
                        for cell in one.cells
                    ],
                    one.set_aside,
                )
                for one in outcome.changes
                if not one.only_renumbered
            ],
            "chapters": [
                CellShown(
                    _("Chapter %(number)s") % {"number": one.name.rpartition(" ")[2]},
                    marked_differences(one.before, one.after, patience=patience),
                )
                for one in outcome.chapter_changes
            ],
            "moves": list(_moves(outcome)),
        },
        status=status,
    )


def _label(cell: CellChange) -> str:
    return {
        "number": _("No."),
        "chapter": _("Chapter"),
        "task": _("Pilot task"),
        "measures": _("Measures"),
        "agencies": _("Agencies"),
    }[cell.name]


def _moves(outcome: ImportOutcome) -> Iterator[tuple[str, str]]:
    """Tasks that say the same under another number: which, and which they are then."""
    for first, last, new in outcome.renumbered():
        if first == last:
            yield str(first), str(new)
        else:
            yield f"{first}–{last}", f"{new}–{new + last - first}"


@never_cache
@require_safe
def list_export(request: HttpRequest) -> HttpResponse:
    """The list as the register has it, to be corrected in Excel and imported; for coordinators."""
    user = register_reader(request)
    if not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator imports a list."))
    now = timezone.now()
    content = list_workbook(tasks=Task.objects.visible_to(user), now=now)
    response = HttpResponse(content, content_type=WORKBOOK_TYPE)
    name = list_name(today=timezone.localdate(now))
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response

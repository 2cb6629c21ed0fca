"""Accounts by Excel: a sheet is downloaded, filled in, sent back, looked at and confirmed.

A row that went out holds, hidden, how its account was then. What only the sheet changed is taken,
what only the register changed stays; where both did, the preview says so beside what would change.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.accounts import accounts_visible_to
from agencies.accounts_together import (
    CHANGEABLE,
    MOST_ACCOUNTS,
    AccountSaid,
    AccountsMovedError,
    account_now,
    accounts_faults,
    accounts_write,
)
from agencies.models import Agency, Role, User
from agencies.pages import accounts_narrowed, administrators_only, reader_of
from progress.filestore import label_of
from progress.pages.sheet_uploads import Fault, SheetForm, faults_shown
from progress.workbooks import WORKBOOK_TYPE
from progress.workbooks.accounts import (
    AccountLine,
    account_sheet_name,
    account_sheet_read,
    account_workbook,
)
from progress.workbooks.accounts.columns import CLOSED, HEADINGS, OPEN, packed
from progress.workbooks.reading import WorkbookRefused, workbook_read
from tasks.listing.known_agencies import known_agencies

CONFIRM = "confirm"
SALT = "progress.accounts_sheet"
LASTS = 24 * 60 * 60
BAD_REQUEST, CONFLICT = 400, 409


@dataclass(frozen=True, slots=True)
class Cell:
    """A field of an account as it would be, and as it is where that differs."""

    label: str
    text: str
    now: str
    changes: bool
    # Whether somebody changed it here as well since the sheet went out.
    is_asked: bool = False


@dataclass(frozen=True, slots=True)
class Line:
    """An account as the sheet would have it; `now` is None for one that would be made."""

    row: int
    said: AccountSaid
    now: AccountSaid | None
    was: AccountSaid | None

    @property
    def changes(self) -> bool:
        return self.said != self.now


@never_cache
@require_safe
@administrators_only
def accounts_file(request: HttpRequest) -> HttpResponse:
    """The sheet of the accounts that the same filters show on the page of accounts."""
    found = accounts_narrowed(accounts_visible_to(reader_of(request)), request.GET)
    accounts = list(found[: MOST_ACCOUNTS + 1])
    if len(accounts) > MOST_ACCOUNTS:
        sentence = _("A sheet holds at most %(most)d accounts; narrow the list first.")
        words = {"most": MOST_ACCOUNTS}
        return HttpResponseBadRequest(sentence % words, content_type="text/plain; charset=utf-8")
    now = timezone.now()
    language = get_language() or settings.LANGUAGE_CODE
    content = account_workbook(
        accounts=accounts, agencies=list(Agency.objects.standing()), now=now, language=language
    )
    response = HttpResponse(content, content_type=WORKBOOK_TYPE)
    name = account_sheet_name(today=timezone.localdate(now), language=language)
    response.headers["Content-Disposition"] = content_disposition_header(True, name) or ""
    return response


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@administrators_only
def accounts_sheet(request: HttpRequest) -> HttpResponse:
    """The sheet to download and to send back; what it would change, or its faults by cell; and the
    change on a yes, all or nothing."""
    by = reader_of(request)
    if request.method != "POST":
        return _choice_page(request, SheetForm())
    if request.POST.get("step") == CONFIRM:
        return _confirmed(request, by)
    form = SheetForm(request.POST, request.FILES)
    if not form.is_valid():
        return _choice_page(request, form, status=BAD_REQUEST)
    upload = form.cleaned_data["file"]
    name = label_of(upload.name)
    agencies = list(Agency.objects.all())
    try:
        workbook = workbook_read(upload.read(), name=name)
        sheet = account_sheet_read(workbook, agencies=agencies, names=known_agencies([]).names)
    except WorkbookRefused as refused:
        form.add_error("file", str(refused))
        return _choice_page(request, form, status=BAD_REQUEST)
    if not sheet.lines and not sheet.faults:
        form.add_error("file", _("No row of the sheet was filled in."))
        return _choice_page(request, form, status=BAD_REQUEST)
    stored = {one.username: one for one in accounts_visible_to(by)}
    lines = [_line(one, stored.get(one.said.username)) for one in sheet.lines]
    faults: list[Fault] = list(sheet.faults)
    for index, field, sentence in accounts_faults(
        [line.said for line in lines],
        stored=stored,
        agencies={one.pk: one for one in agencies},
        by=by,
    ):
        faults.append((sheet.lines[index].places[field], sentence))
    if faults:
        return _choice_page(request, form, name=name, faults=faults, status=BAD_REQUEST)
    if not any(line.changes for line in lines):
        form.add_error("file", _("All accounts are as the sheet says already."))
        return _choice_page(request, form, status=BAD_REQUEST)
    unchanged = sum(not line.changes for line in lines)
    return _preview_page(request, name, [one for one in lines if one.changes], unchanged)


def _line(read: AccountLine, account: User | None) -> Line:
    """The row with what only the register changed since it went out left as it is."""
    now = account_now(account) if account else None
    was = read.was if read.was and read.was.username == read.said.username else None
    said = read.said
    if now and was:
        kept = [one for one in CHANGEABLE if getattr(said, one) == getattr(was, one)]
        said = replace(said, **{field: getattr(now, field) for field in kept})
    return Line(read.row, said, now, was)


# --- Confirming --------------------------------------------------------------------------------


def _confirmed(request: HttpRequest, by: User) -> HttpResponse:
    try:
        sent = signing.loads(request.POST.get("sheet", ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        problem = _("This preview is too old or is not whole; choose the file once more.")
        return _choice_page(request, SheetForm(), faults=[("", problem)], status=BAD_REQUEST)
    rows = [(row, AccountSaid(*said), now and AccountSaid(*now)) for row, said, now in sent["rows"]]
    try:
        written = accounts_write(
            said=[said for _row, said, _now in rows],
            seen=[now for _row, _said, now in rows],
            by=by,
            now=timezone.now(),
            language=get_language() or settings.LANGUAGE_CODE,
        )
    except AccountsMovedError as moved:
        return _again(request, by, sent, rows, [str(moved)], CONFLICT)
    except ValidationError as error:
        return _again(request, by, sent, rows, error.messages, BAD_REQUEST)
    return render(
        request,
        "progress/accounts_sheet_done.html",
        {"written": written, "minutes": settings.PASSWORD_RESET_TIMEOUT // 60},
    )


def _again(
    request: HttpRequest,
    by: User,
    sent: dict[str, Any],
    rows: Sequence[tuple[int, AccountSaid, AccountSaid | None]],
    problems: Sequence[str],
    status: int,
) -> HttpResponse:
    """What the sheet would change of the accounts as they are by now."""
    stored = {one.username: one for one in accounts_visible_to(by)}
    lines = []
    for row, said, was in rows:
        account = stored.get(said.username)
        lines.append(Line(row, said, account_now(account) if account else None, was))
    changing = [line for line in lines if line.changes]
    unchanged = sent["unchanged"] + len(lines) - len(changing)
    return _preview_page(
        request, sent["name"], changing, unchanged, problems=problems, status=status
    )


# --- Pages -------------------------------------------------------------------------------------


def _choice_page(
    request: HttpRequest,
    form: SheetForm,
    *,
    name: str = "",
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "progress/accounts_sheet.html",
        {
            "form": form,
            "name": name,
            "count": len(faults),
            "faults": faults_shown(faults),
            "query": request.GET.urlencode(),
            "most": MOST_ACCOUNTS,
        },
        status=status,
    )


def _preview_page(
    request: HttpRequest,
    name: str,
    lines: Sequence[Line],
    unchanged: int,
    *,
    problems: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    rows = [(one.row, packed(one.said), one.now and packed(one.now)) for one in lines]
    token = signing.dumps(
        {"name": name, "unchanged": unchanged, "rows": rows}, salt=SALT, compress=True
    )
    agencies = dict(Agency.objects.values_list("pk", "name"))
    return render(
        request,
        "progress/accounts_sheet_preview.html",
        {
            "name": name,
            "token": token,
            "lines": [(line, _cells(line, agencies)) for line in lines],
            "created": sum(line.now is None for line in lines),
            "changed": sum(line.now is not None for line in lines),
            "unchanged": unchanged,
            "unmailed": sum(
                line.now is None
                and not line.said.email
                and User(role=line.said.role).signs_in_by_password
                for line in lines
            ),
            "problems": problems,
            "query": request.GET.urlencode(),
        },
        status=status,
    )


def _cells(line: Line, agencies: dict[int, str]) -> list[Cell]:
    labels = [str(heading) for field, heading in HEADINGS.items() if field != "username"]
    said = _texts(line.said, agencies)
    if line.now is None:
        return [Cell(*cell, now="", changes=False) for cell in zip(labels, said, strict=True)]
    now, cells = _texts(line.now, agencies), []
    for label, text, is_now, field in zip(labels, said, now, CHANGEABLE, strict=True):
        moved = line.was is not None and getattr(line.was, field) != getattr(line.now, field)
        changes = text != is_now
        cells.append(Cell(label, text, is_now, changes, is_asked=moved and changes))
    return cells


def _texts(said: AccountSaid, agencies: dict[int, str]) -> list[str]:
    return [
        said.name,
        str(Role(said.role).label),
        agencies[said.agency_id] if said.agency_id else "",
        said.email,
        str(OPEN if said.is_active else CLOSED),
    ]

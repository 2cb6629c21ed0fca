"""Deadlines by Excel: a sheet is downloaded, filled in, sent back, looked at and confirmed.

Each row has three days: what held when the sheet went out, what the sheet says, and what holds now.
What only the sheet changed is taken; where both did, the coordinator is asked.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core import signing
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from agencies.models import User
from progress.filestore import document, label_of
from progress.filters import TaskFilter
from progress.pages.deadlines import (
    BAD_REQUEST,
    CONFLICT,
    deadline_setter,
    hold_already,
    is_unchanged,
    reason_field,
)
from progress.pages.deadlines_together import without_period
from progress.pages.sheet_uploads import Fault, SheetForm, faults_shown
from progress.rollups import task_rows
from progress.workbooks import WORKBOOK_TYPE
from progress.workbooks.deadlines import (
    DeadlineLine,
    deadline_sheet_name,
    deadline_sheet_read,
    deadline_workbook,
)
from progress.workbooks.reading import WorkbookRefused, workbook_read
from tasks.deadlines import Deadline, DeadlineMovedError, deadlines_check, deadlines_write
from tasks.models import Measure, Task

CONFIRM = "confirm"
SALT = "progress.deadlines_sheet"
LASTS = 24 * 60 * 60
# What is answered where sheet and register both changed: the sheet's day, or what holds now.
SHEET, NOW = "sheet", "now"


class DeadlinesForm(SheetForm):
    """The sheet, and the reason of the rows that give none of their own."""

    reason = reason_field()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["reason"]
        field.label = gettext_lazy("Reason of the rows that give none")
        field.required = False


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the sheet beside the task or measure it is about; `index` is its place in the sheet.

    `answer` is what the coordinator chose where both sides changed, "" until then.
    """

    index: int
    task: Task
    measure: Measure | None
    said: DeadlineLine
    reason: str
    answer: str = ""

    @property
    def now(self) -> dt.date | None:
        return self.measure.deadline if self.measure else self.task.deadline

    @property
    def holds(self) -> bool:
        """Whether nothing is to be done: the sheet says what holds, or what it went out with."""
        return self.said.day in (self.now, self.said.was)

    @property
    def is_asked(self) -> bool:
        return not self.holds and self.now != self.said.was

    @property
    def is_taken(self) -> bool:
        return not self.holds and (not self.is_asked or self.answer == SHEET)

    @property
    def change(self) -> Deadline:
        return Deadline(self.task, self.measure, self.said.day, self.reason)

    @property
    def seen(self) -> Deadline:
        return Deadline(self.task, self.measure, self.now)


@never_cache
@require_safe
def deadlines_file(request: HttpRequest) -> HttpResponse:
    """The sheet of the tasks that the same filters show on the page of deadlines."""
    user = deadline_setter(request)
    now = timezone.now()
    today = timezone.localdate(now)
    narrowed = TaskFilter(
        without_period(request),
        queryset=Task.objects.visible_to(user),
        request=request,
        today=today,
    )
    if not narrowed.is_valid():
        sentence = _("Some of the filters cannot be read; correct them or clear them.")
        return HttpResponseBadRequest(sentence, content_type="text/plain; charset=utf-8")
    language = get_language() or "zh-hans"
    content = deadline_workbook(
        rows=task_rows(tasks=narrowed.qs, period=narrowed.chosen_period, user=user, today=today),
        tasks=list(narrowed.qs.prefetch_related("measures")),
        now=now,
        language=language,
    )
    name = deadline_sheet_name(today=today, language=language)
    return document(content, name=name, media_type=WORKBOOK_TYPE)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def deadlines_sheet(request: HttpRequest) -> HttpResponse:
    """The sheet to download and to send back; what it would change, or its faults by cell; and the
    change on a yes, all or nothing. For coordinators."""
    user = deadline_setter(request)
    if request.method != "POST":
        return _choice_page(request, DeadlinesForm())
    if request.POST.get("step") == CONFIRM:
        return _confirmed(request, user)
    form = DeadlinesForm(request.POST, request.FILES)
    if not form.is_valid():
        return _choice_page(request, form, status=BAD_REQUEST)
    upload = form.cleaned_data["file"]
    name = label_of(upload.name)
    try:
        sheet = deadline_sheet_read(workbook_read(upload.read(), name=name))
    except WorkbookRefused as refused:
        form.add_error("file", str(refused))
        return _choice_page(request, form, status=BAD_REQUEST)
    faults: list[Fault] = list(sheet.faults)
    lines = _lines(sheet.lines, form.cleaned_data["reason"], {}, faults)
    if not faults and not lines:
        form.add_error("file", _("No row of the sheet was filled in."))
        return _choice_page(request, form, status=BAD_REQUEST)
    if not faults:
        faults = _rule_faults(lines, user)
    if faults:
        return _choice_page(request, form, name=name, faults=faults, status=BAD_REQUEST)
    return _preview_page(request, name, lines)


def _lines(
    said: Sequence[DeadlineLine], reason: str, answers: Mapping[int, str], faults: list[Fault]
) -> list[Line]:
    """The rows with what they are about as it is now: two queries. Adds to the faults."""
    found = _subjects([one.subject for one in said])
    lines = []
    for index, one in enumerate(said):
        if one.subject not in found:
            sentence = _("stands in the row of a task or measure that the list has no more")
            faults.append((one.place, sentence))
            continue
        task, measure = found[one.subject]
        line = Line(index, task, measure, one, one.reason or reason, answers.get(index, ""))
        if not line.holds and not line.reason.strip():
            sentence = _("says no reason; give it there, or one for all rows below the file")
            faults.append((one.reason_place, sentence))
        lines.append(line)
    return lines


def _subjects(subjects: Sequence[str]) -> dict[str, tuple[Task, Measure | None]]:
    ids = {kind: [int(one[1:]) for one in subjects if one[0] == kind] for kind in "tm"}
    tasks = {f"t{one.pk}": (one, None) for one in Task.objects.filter(pk__in=ids["t"])}
    measures = Measure.objects.filter(pk__in=ids["m"]).select_related("task")
    return {**tasks, **{f"m{one.pk}": (one.task, one) for one in measures}}


def _rule_faults(lines: Sequence[Line], user: User) -> list[Fault]:
    """What the rules of deadlines say of the days that would be set, where nothing is asked yet."""
    taken = [line for line in lines if line.is_taken]
    if not taken or any(line.is_asked for line in lines):
        return []
    try:
        deadlines_check(
            changes=[line.change for line in taken], reason="", by=user, now=timezone.now()
        )
    except ValidationError as error:
        return [("", sentence) for sentence in error.messages]
    return []


# --- Confirming --------------------------------------------------------------------------------


def _confirmed(request: HttpRequest, user: User) -> HttpResponse:
    try:
        sent = signing.loads(request.POST.get("sheet", ""), salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        form = DeadlinesForm()
        problem = _("This preview is too old or is not whole; choose the file once more.")
        return _choice_page(request, form, faults=[("", problem)], status=BAD_REQUEST)
    said = [_unpacked(one) for one in sent["lines"]]
    answers = {
        index: answer
        for index in range(len(said))
        for answer in [request.POST.get(f"answer-{index}", "")]
        if answer in (SHEET, NOW)
    }
    faults: list[Fault] = []
    lines = _lines(said, "", answers, faults)
    if faults:
        return _choice_page(
            request, DeadlinesForm(), name=sent["name"], faults=faults, status=CONFLICT
        )
    unanswered = [line for line in lines if line.is_asked and not line.answer]
    if unanswered:
        problem = _("Choose for each deadline that both sides changed.")
        moved = any(_iso(line.now) != sent["now"][line.index] for line in unanswered)
        status = CONFLICT if moved else BAD_REQUEST
        return _preview_page(request, sent["name"], lines, problems=[problem], status=status)
    return _written(request, user, sent["name"], lines, _seen(sent["now"], lines))


def _written(
    request: HttpRequest, user: User, name: str, lines: Sequence[Line], seen: Sequence[Deadline]
) -> HttpResponse:
    address = reverse("deadlines-bulk")
    taken = [line.change for line in lines if line.is_taken]
    if not taken:
        # What the sheet says is so by now, or the coordinator keeps what holds.
        return hold_already(request, address)
    try:
        written = deadlines_write(changes=taken, seen=seen, reason="", by=user, now=timezone.now())
    except DeadlineMovedError as moved:
        again = _lines([line.said for line in lines], "", {}, [])
        return _preview_page(request, name, again, problems=[str(moved)], status=CONFLICT)
    except ValidationError as error:
        if is_unchanged(error):
            return hold_already(request, address)
        return _preview_page(request, name, lines, problems=error.messages, status=BAD_REQUEST)
    messages.success(
        request,
        ngettext("%(count)d deadline is set.", "%(count)d deadlines are set.", len(written))
        % {"count": len(written)},
    )
    return redirect(address)


def _seen(now: Sequence[str], lines: Sequence[Line]) -> list[Deadline]:
    """What held when the coordinator looked at the rows that would be written."""
    return [
        Deadline(line.task, line.measure, _day(now[line.index])) for line in lines if line.is_taken
    ]


def _packed(line: DeadlineLine, reason: str) -> list[str]:
    return [line.subject, line.place, line.reason_place, _iso(line.was), _iso(line.day), reason]


def _unpacked(sent: Sequence[str]) -> DeadlineLine:
    subject, place, reason_place, was, day, reason = sent
    return DeadlineLine(subject, place, reason_place, _day(was), _day(day), reason)


def _iso(day: dt.date | None) -> str:
    return day.isoformat() if day else ""


def _day(written: str) -> dt.date | None:
    return dt.date.fromisoformat(written) if written else None


# --- Pages -------------------------------------------------------------------------------------


def _choice_page(
    request: HttpRequest,
    form: DeadlinesForm,
    *,
    name: str = "",
    faults: Sequence[Fault] = (),
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "progress/deadlines_sheet.html",
        {
            "form": form,
            "name": name,
            "count": len(faults),
            "faults": faults_shown(faults),
            "query": request.GET.urlencode(),
        },
        status=status,
    )


def _preview_page(
    request: HttpRequest,
    name: str,
    lines: Sequence[Line],
    *,
    problems: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    token = signing.dumps(
        {
            "name": name,
            "lines": [_packed(line.said, line.reason) for line in lines],
            "now": [_iso(line.now) for line in lines],
        },
        salt=SALT,
        compress=True,
    )
    asked = [line for line in lines if line.is_asked]
    return render(
        request,
        "progress/deadlines_sheet_preview.html",
        {
            "name": name,
            "token": token,
            # What is asked stands first: without an answer nothing can be confirmed.
            "lines": [*asked, *(line for line in lines if not line.is_asked)],
            "asked": len(asked),
            "count": sum(not line.holds and not line.is_asked for line in lines),
            "problems": problems,
            "query": request.GET.urlencode(),
        },
        status=status,
    )

"""Deadlines of many tasks at once: choose, look at what would change, confirm."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.db.models import TextChoices
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from agencies.models import User
from agencies.pages import posted
from progress.filters import TaskFilter
from progress.pages.chosen import PARAMETER, numbers_chosen
from progress.pages.deadlines import (
    BAD_REQUEST,
    CONFLICT,
    Day,
    SeenDay,
    deadline_setter,
    hold_already,
    is_unchanged,
    reason_field,
)
from progress.pages.lists.controls import (
    CHECKED_FIELDS,
    FURTHER_FIELDS,
    PLAIN_FIELDS,
    made_ready,
)
from progress.pasted_text import pasted_text_cleaned
from progress.rollups import task_rows
from tasks.deadlines import (
    FIRST_YEAR,
    LAST_YEAR,
    Deadline,
    DeadlineMovedError,
    deadlines_check,
    deadlines_write,
)
from tasks.models import Measure, Task, TaskQuerySet

CONFIRM = "confirm"
MOST_DAYS = 3660
# Of a line that the preview sends back: task, measure, the day that was seen, the new one.
COLUMNS = 4


class Scope(TextChoices):
    """Whose deadlines are set."""

    TASKS = "tasks", gettext_lazy("The tasks")
    MEASURES = "measures", gettext_lazy("Their measures")
    BOTH = "both", gettext_lazy("The tasks and their measures")


@dataclass(frozen=True, slots=True)
class Change:
    """A task, or one of its measures, with the deadline that was seen and the one it would get."""

    task: Task
    measure: Measure | None
    seen: dt.date | None
    new: dt.date

    @property
    def changes(self) -> bool:
        return self.seen != self.new

    @property
    def sent(self) -> str:
        """What the preview sends back; `_sent` reads it."""
        seen = self.seen.isoformat() if self.seen else ""
        measure = self.measure.pk if self.measure else ""
        return f"{self.task.number}|{measure}|{seen}|{self.new.isoformat()}"


class ChangeForm(forms.Form):
    """One day for all, or so many days later for each; which tasks is said by the boxes beside."""

    scope = forms.ChoiceField(
        label=gettext_lazy("Whose deadlines"),
        choices=Scope.choices,
        initial=Scope.TASKS,
        required=False,
    )
    day = Day(label=gettext_lazy("Set to this day"), required=False)
    shift = forms.IntegerField(
        label=gettext_lazy("Or move by so many days"),
        help_text=gettext_lazy("Calendar days; a negative number makes it earlier."),
        required=False,
        min_value=-MOST_DAYS,
        max_value=MOST_DAYS,
    )
    reason = reason_field()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        day, shift = cleaned.get("day"), cleaned.get("shift")
        if not self.errors and (day is None) == (not shift):
            raise ValidationError(_("Give either a day or a number of days."))
        return cleaned

    def changes_to(self, task: Task) -> list[Change]:
        """What the task and its measures would get; nothing for what has no deadline to move."""
        scope = self.cleaned_data["scope"] or Scope.TASKS
        subjects: list[tuple[Measure | None, dt.date | None]] = []
        if scope != Scope.MEASURES:
            subjects.append((None, task.deadline))
        if scope != Scope.TASKS:
            subjects += [(measure, measure.deadline) for measure in task.measures.all()]
        return [
            Change(task, measure, present, day)
            for measure, present in subjects
            for day in [self._day_after(present)]
            if day is not None
        ]

    def _day_after(self, present: dt.date | None) -> dt.date | None:
        day = self.cleaned_data["day"]
        if day is not None:
            assert isinstance(day, dt.date)
            return day
        if present is None:
            return None
        try:
            return present + dt.timedelta(days=self.cleaned_data["shift"])
        except OverflowError:
            return dt.date.max


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def deadlines_bulk(request: HttpRequest) -> HttpResponse:
    """Tasks to choose from, narrowed by `TaskFilter`; a preview; and what is done on a yes.

    Nothing is written before that. A deadline that was changed after the preview is a conflict.
    """
    user = deadline_setter(request)
    if request.method == "POST" and request.POST.get("step") == CONFIRM:
        return _confirmed(request, user)
    narrowed = TaskFilter(
        without_period(request),
        queryset=Task.objects.visible_to(user),
        request=request,
        today=timezone.localdate(),
    )
    if PARAMETER in request.GET:
        # Ticked on the list of tasks: these alone stand here.
        narrowed.queryset = narrowed.queryset.filter(
            number__in=numbers_chosen(request.GET.getlist(PARAMETER))
        )
    form = ChangeForm(posted(request), label_suffix="")
    if request.method != "POST":
        return _choice_page(request, user, narrowed, form)
    chosen = _chosen(request, user, narrowed)
    if not form.is_valid() or not chosen:
        if not chosen:
            form.add_error(None, _("Tick at least one task."))
        return _choice_page(request, user, narrowed, form, status=BAD_REQUEST)
    by_task = {task.number: form.changes_to(task) for task in chosen}
    if undated := [str(number) for number, its in by_task.items() if not its]:
        form.add_error(
            "shift",
            _("These have no deadline to move: %(tasks)s. Untick them, or give a day instead.")
            % {"tasks": "、".join(undated)},
        )
        return _choice_page(request, user, narrowed, form, status=BAD_REQUEST)
    changes = [one for its in by_task.values() for one in its]
    reason = form.cleaned_data["reason"]
    try:
        deadlines_check(changes=_new(changes), reason=reason, by=user, now=timezone.now())
    except ValidationError as error:
        for problem in error.messages:
            form.add_error(None, problem)
        return _choice_page(request, user, narrowed, form, status=BAD_REQUEST)
    return _preview_page(request, changes, reason)


def without_period(request: HttpRequest) -> QueryDict:
    """The filters without the period: deadlines are set as of today, so they are shown so."""
    parameters = request.GET.copy()
    parameters.pop("period", None)
    return parameters


def _new(changes: Sequence[Change]) -> list[Deadline]:
    return [Deadline(one.task, one.measure, one.new) for one in changes]


def _chosen(request: HttpRequest, user: User, narrowed: TaskFilter) -> list[Task]:
    """The tasks that are ticked, or all that the filters leave where that was asked for."""
    tasks: TaskQuerySet = Task.objects.visible_to(user)
    if "all" in request.POST:
        tasks = narrowed.qs if narrowed.form.is_valid() else tasks.none()
    else:
        tasks = tasks.filter(number__in=_numbers(request))
    return list(tasks.order_by("number").prefetch_related("measures"))


def _numbers(request: HttpRequest) -> list[int]:
    numbers = request.POST.getlist("task")
    return [int(one) for one in numbers if one.isascii() and one.isdigit() and len(one) < 5]


def _choice_page(
    request: HttpRequest, user: User, narrowed: TaskFilter, form: ChangeForm, *, status: int = 200
) -> HttpResponse:
    filters = made_ready(narrowed.form)
    further = [name for name in FURTHER_FIELDS if name != "period"]
    readable = filters.is_valid()
    rows = []
    if readable:
        rows = task_rows(
            tasks=narrowed.qs,
            period=narrowed.chosen_period,
            user=user,
            today=timezone.localdate(),
        )
    return render(
        request,
        "progress/deadlines_bulk.html",
        {
            "form": form,
            "rows": rows,
            "ticked": _numbers(request),
            # Those that were ticked on the list of tasks are ticked here too.
            "all_ticked": "all" in request.POST
            or (request.method != "POST" and PARAMETER in request.GET),
            "readable": readable,
            "query": without_period(request).urlencode(),
            "plain_fields": [filters[name] for name in PLAIN_FIELDS],
            "checked_fields": [filters[name] for name in CHECKED_FIELDS],
            "further_fields": [filters[name] for name in further],
            "further_in_use": any(request.GET.get(name) for name in (*CHECKED_FIELDS, *further)),
        },
        status=status if readable else BAD_REQUEST,
    )


def _preview_page(
    request: HttpRequest,
    changes: Sequence[Change],
    reason: str,
    *,
    problems: Sequence[str] = (),
    status: int = 200,
) -> HttpResponse:
    return render(
        request,
        "progress/deadlines_preview.html",
        {
            "changes": changes,
            "count": sum(one.changes for one in changes),
            "reason": reason,
            "problems": problems,
            "query": request.GET.urlencode(),
        },
        status=status,
    )


# --- Confirming --------------------------------------------------------------------------------


def _confirmed(request: HttpRequest, user: User) -> HttpResponse:
    reason = pasted_text_cleaned(request.POST.get("reason", ""))
    changes = _sent(request.POST.getlist("change"), user)
    query = request.GET.urlencode()
    address = f"{reverse('deadlines-bulk')}{f'?{query}' if query else ''}"
    try:
        written = deadlines_write(
            changes=_new(changes),
            seen=[Deadline(one.task, one.measure, one.seen) for one in changes],
            reason=reason,
            by=user,
            now=timezone.now(),
        )
    except DeadlineMovedError as moved:
        now = {(one.task, one.measure): one.day for one in moved.moved}
        again = [replace(one, seen=now.get((one.task, one.measure), one.seen)) for one in changes]
        return _preview_page(request, again, reason, problems=[str(moved)], status=CONFLICT)
    except ValidationError as error:
        if changes and is_unchanged(error):
            return hold_already(request, address)
        return _preview_page(request, changes, reason, problems=error.messages, status=BAD_REQUEST)
    messages.success(
        request,
        ngettext("%(count)d deadline is set.", "%(count)d deadlines are set.", len(written))
        % {"count": len(written)},
    )
    return redirect(address)


def _sent(sent: Sequence[str], user: User) -> list[Change]:
    """What the preview showed. What cannot be read is left out: nobody saw it."""
    lines = [line for line in (one.split("|") for one in sent) if len(line) == COLUMNS]
    tasks = {
        str(task.number): task
        for task in Task.objects.visible_to(user).prefetch_related("measures")
    }
    changes: dict[tuple[Task, Measure | None], Change] = {}
    for number, measure_id, seen, new in lines:
        task = tasks.get(number)
        measures = {str(one.pk): one for one in task.measures.all()} if task else {}
        try:
            seen_day, new_day = SeenDay().clean(seen), Day().clean(new)
        except ValidationError:
            continue
        if task is None or (measure_id and measure_id not in measures):
            continue
        measure = measures.get(measure_id)
        if FIRST_YEAR <= new_day.year <= LAST_YEAR:
            changes[task, measure] = Change(task, measure, seen_day, new_day)
    return list(changes.values())

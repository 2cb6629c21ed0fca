"""Deadlines of many tasks at once: choose, look at what would change, confirm."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
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
from progress.pages.deadlines import (
    BAD_REQUEST,
    CONFLICT,
    Day,
    SeenDay,
    deadline_setter,
    reason_field,
)
from progress.pages.tasklist import CHECKED_FIELDS, FURTHER_FIELDS, PLAIN_FIELDS, made_ready
from progress.rollups import task_rows
from tasks.deadlines import (
    FIRST_YEAR,
    LAST_YEAR,
    Deadline,
    DeadlineMovedError,
    deadlines_check,
    deadlines_write,
)
from tasks.models import Task, TaskQuerySet

CONFIRM = "confirm"
MOST_DAYS = 3660


class ChangeForm(forms.Form):
    """One day for all, or so many days later for each; which tasks is said by the boxes beside."""

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

    def day_of(self, task: Task) -> dt.date | None:
        """The deadline that the task would get, None for one that has none to move."""
        day = self.cleaned_data["day"]
        if day is not None:
            assert isinstance(day, dt.date)
            return day
        if task.deadline is None:
            return None
        try:
            moved = task.deadline + dt.timedelta(days=self.cleaned_data["shift"])
        except OverflowError:
            return dt.date.max
        return moved


@dataclass(frozen=True, slots=True)
class Change:
    """A task with the deadline that was seen and the one that it would get."""

    task: Task
    seen: dt.date | None
    new: dt.date

    @property
    def changes(self) -> bool:
        return self.seen != self.new


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def deadlines_bulk(request: HttpRequest) -> HttpResponse:
    """Tasks to choose from, narrowed by `TaskFilter`; a preview; and what is done on a yes.

    Nothing is written before that. A deadline that was changed after the preview is a conflict.
    """
    user = deadline_setter(request)
    today = timezone.localdate()
    narrowed = TaskFilter(
        request.GET, queryset=Task.objects.visible_to(user), request=request, today=today
    )
    if request.method == "POST" and request.POST.get("step") == CONFIRM:
        return _confirmed(request, user)
    form = ChangeForm(posted(request), label_suffix="")
    if request.method != "POST":
        return _choice_page(request, user, narrowed, form)
    chosen = _chosen(request, user, narrowed)
    if not form.is_valid() or not chosen:
        if not chosen:
            form.add_error(None, _("Tick at least one task."))
        return _choice_page(request, user, narrowed, form, status=BAD_REQUEST)
    undated = [task for task in chosen if form.day_of(task) is None]
    if undated:
        form.add_error(
            "shift",
            _("These have no deadline to move: %(tasks)s.")
            % {"tasks": "、".join(str(task.number) for task in undated)},
        )
        return _choice_page(request, user, narrowed, form, status=BAD_REQUEST)
    changes = [
        Change(task, task.deadline, day)
        for task in chosen
        for day in [form.day_of(task)]
        if day is not None
    ]
    reason = form.cleaned_data["reason"]
    try:
        deadlines_check(changes=_new(changes), reason=reason, by=user, now=timezone.now())
    except ValidationError as error:
        for problem in error.messages:
            form.add_error(None, problem)
        return _choice_page(request, user, narrowed, form, status=BAD_REQUEST)
    return _preview_page(request, changes, reason)


def _new(changes: Sequence[Change]) -> list[Deadline]:
    return [Deadline(one.task, None, one.new) for one in changes]


def _chosen(request: HttpRequest, user: User, narrowed: TaskFilter) -> list[Task]:
    """The tasks that are ticked, or all that the filters leave where that was asked for."""
    tasks: TaskQuerySet = Task.objects.visible_to(user)
    if "all" in request.POST:
        tasks = narrowed.qs if narrowed.form.is_valid() else tasks.none()
    else:
        tasks = tasks.filter(number__in=_numbers(request))
    return list(tasks.order_by("number"))


def _numbers(request: HttpRequest) -> list[int]:
    numbers = request.POST.getlist("task")
    return [int(one) for one in numbers if one.isascii() and one.isdigit() and len(one) < 5]


def _choice_page(
    request: HttpRequest, user: User, narrowed: TaskFilter, form: ChangeForm, *, status: int = 200
) -> HttpResponse:
    filters = made_ready(narrowed.form)
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
            "all_ticked": "all" in request.POST,
            "readable": readable,
            "query": request.GET.urlencode(),
            "plain_fields": [filters[name] for name in PLAIN_FIELDS],
            "checked_fields": [filters[name] for name in CHECKED_FIELDS],
            "further_fields": [filters[name] for name in FURTHER_FIELDS],
            "further_in_use": any(
                request.GET.get(name) for name in (*CHECKED_FIELDS, *FURTHER_FIELDS)
            ),
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
    reason = request.POST.get("reason", "")
    tasks = Task.objects.visible_to(user).filter(number__in=_numbers(request)).order_by("number")
    changes = _sent(request.POST, list(tasks))
    try:
        written = deadlines_write(
            changes=_new(changes),
            seen=[Deadline(one.task, None, one.seen) for one in changes],
            reason=reason,
            by=user,
            now=timezone.now(),
        )
    except DeadlineMovedError as moved:
        now = {one.task.pk: one.day for one in moved.moved}
        again = [Change(one.task, now.get(one.task.pk, one.seen), one.new) for one in changes]
        return _preview_page(request, again, reason, problems=[str(moved)], status=CONFLICT)
    except ValidationError as error:
        return _preview_page(request, changes, reason, problems=error.messages, status=BAD_REQUEST)
    messages.success(
        request,
        ngettext("%(count)d deadline is set.", "%(count)d deadlines are set.", len(written))
        % {"count": len(written)},
    )
    query = request.GET.urlencode()
    return redirect(f"{reverse('deadlines-bulk')}{f'?{query}' if query else ''}")


def _sent(sent: Mapping[str, Any], tasks: Sequence[Task]) -> list[Change]:
    """What the preview showed. A day that cannot be read leaves its task out: nobody saw it."""
    changes = []
    for task in tasks:
        try:
            new = Day().clean(sent.get(f"new_{task.number}"))
            seen = SeenDay().clean(sent.get(f"seen_{task.number}"))
        except ValidationError:
            continue
        if FIRST_YEAR <= new.year <= LAST_YEAR:
            changes.append(Change(task, seen, new))
    return changes

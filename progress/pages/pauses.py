"""Paused reminders (暂停催报): begun from an agency, a task or a period, shown there and listed."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.models import Agency, User
from agencies.pages import errors_add, posted, reader_of, status_of
from progress.models import ReminderPause, ReminderPauseQuerySet, ReportingPeriod
from progress.pages.deadlines import Day
from progress.pages.forms import Prose
from progress.statements import WrittenOnce
from progress.workflow import (
    PauseOf,
    pause_check,
    pause_right_check,
    reminder_pause_begin,
    reminder_pause_end,
)
from tasks.models import Task

# Of those that are over, as many as one looks through.
MOST_OVER = 50


class PauseForm(forms.Form):
    """From when to when, and why."""

    reason = Prose(
        label=gettext_lazy("Reason"),
        help_text=gettext_lazy("The agencies concerned read it, as does whoever reads the list."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    from_on = Day(label=gettext_lazy("First day"))
    until = Day(
        label=gettext_lazy("Last day"),
        required=False,
        help_text=gettext_lazy("Empty: until a coordinator lets reminders go on."),
    )


@dataclass(frozen=True, slots=True)
class PauseShown:
    """A pause, the name of what is paused, and the path of its page."""

    pause: ReminderPause
    name: str
    url: str
    is_later: bool


def pauses_shown(*, user: User, today: dt.date, **of: Any) -> Sequence[PauseShown]:
    """The pauses of one thing (`agency`, `task` or `period`) that hold on a day, or will. One
    statement."""
    rows = ReminderPause.objects.visible_to(user).not_over(today).filter(**of)
    return _shown(rows, user, today)


def pauses_read(
    rows: Sequence[ReminderPause], *, user: User, today: dt.date
) -> Sequence[PauseShown]:
    """The same of what `PAUSES_OF_TASK` gave."""
    return _as_shown([one for one in rows if not one.is_over(today)], user, today)


# Those that nobody ended, the last day of some behind.
PAUSES_OF_TASK = WrittenOnce(
    lambda user, task: _with_all(
        ReminderPause.objects.visible_to(user).filter(task=task, ended_at=None)
    )
)


@require_safe
def reminder_pauses(request: HttpRequest) -> HttpResponse:
    """What is paused and what was, as far as one may know."""
    user = reader_of(request)
    if user.is_administrator:
        raise PermissionDenied(_("Administrators have no part in reporting and are not reminded."))
    rows = ReminderPause.objects.visible_to(user).order_by("-from_on", "-pk")
    today = timezone.localdate()
    context = {
        "standing": _shown(rows.not_over(today), user, today),
        "over": _shown(rows.over(today)[:MOST_OVER], user, today),
    }
    return render(request, "progress/reminder_pauses.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def agency_pause(request: HttpRequest, pk: int) -> HttpResponse:
    user = _coordinator_of(request)
    agency = get_object_or_404(Agency.objects.visible_to(user), pk=pk)
    return _begin(request, user, PauseOf(agency=agency))


@require_http_methods(["GET", "HEAD", "POST"])
def task_pause(request: HttpRequest, number: int) -> HttpResponse:
    user = _coordinator_of(request)
    task = get_object_or_404(Task.objects.visible_to(user), number=number)
    return _begin(request, user, PauseOf(task=task))


@require_http_methods(["GET", "HEAD", "POST"])
def period_pause(request: HttpRequest, code: str) -> HttpResponse:
    user = _coordinator_of(request)
    period = get_object_or_404(ReportingPeriod.objects.visible_to(user), code=code)
    return _begin(request, user, PauseOf(period=period))


@require_POST
def reminder_pause_end_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Let reminders go on, and lead back to the page of what was paused."""
    user = _coordinator_of(request)
    rows = ReminderPause.objects.visible_to(user).select_related("agency", "task", "period")
    pause = get_object_or_404(rows, pk=pk)
    reminder_pause_end(pause=pause, by=user, now=timezone.now())
    messages.success(request, _("Reminders of %(name)s go on.") % {"name": _name_of(pause)})
    return redirect(_url_of(pause, user))


def _coordinator_of(request: HttpRequest) -> User:
    user = reader_of(request)
    pause_right_check(user)
    return user


def _begin(request: HttpRequest, user: User, of: PauseOf) -> HttpResponse:
    pause_check(of=of)
    today = timezone.localdate()
    form = PauseForm(posted(request), initial={"from_on": today}, label_suffix="")
    example = ReminderPause(agency=of.agency, task=of.task, period=of.period)
    name, url = _name_of(example), _url_of(example, user)
    if request.method == "POST" and form.is_valid():
        try:
            reminder_pause_begin(of=of, by=user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            errors_add(form, error)
        else:
            messages.success(request, _("Reminders of %(name)s are paused.") % {"name": name})
            return redirect(url)
    return render(
        request,
        "progress/reminder_pause.html",
        {"form": form, "name": name, "url": url, "task": of.task},
        status=status_of(form),
    )


def _shown(rows: ReminderPauseQuerySet, user: User, today: dt.date) -> list[PauseShown]:
    return _as_shown(_with_all(rows), user, today)


def _with_all(rows: ReminderPauseQuerySet) -> ReminderPauseQuerySet:
    return rows.select_related("agency", "task", "period", "by", "ended_by")


def _as_shown(found: Iterable[ReminderPause], user: User, today: dt.date) -> list[PauseShown]:
    return [
        PauseShown(one, _name_of(one), _url_of(one, user), one.from_on > today) for one in found
    ]


def _name_of(pause: ReminderPause) -> str:
    if pause.agency is not None:
        return pause.agency.name
    if pause.task is not None:
        return _("Task %(number)s") % {"number": pause.task.number}
    assert pause.period is not None
    return _("Period %(code)s") % {"code": pause.period.code}


def _url_of(pause: ReminderPause, user: User) -> str:
    if pause.agency is not None:
        return reverse("agency", args=[pause.agency.pk])
    if pause.task is not None:
        return reverse("task", args=[pause.task.number])
    assert pause.period is not None
    if user.is_coordinator:
        return reverse("period", args=[pause.period.code])
    return f"{reverse('overview')}?period={pause.period.code}"

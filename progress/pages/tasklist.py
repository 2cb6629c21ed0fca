"""The list of tasks, narrowed, sorted and counted: where every number of the dashboards leads."""

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from agencies.models import User
from progress.filters import REPORTING_CHOICES, TaskFilter
from progress.lights import Light
from progress.models import ReportingPeriod
from progress.pages.chips import chips_of
from progress.pages.counts import rate_pairs
from progress.pages.reading import TaskLinks, register_reader
from progress.rollups import TaskRow, figures_of, task_rows
from tasks.models import Status, Task

ROWS_ON_A_PAGE = 100

# What a column may be sorted by, None for what always comes last; anything else is a bad request,
# never a name of a column.
SORTS: dict[str, Callable[[TaskRow], Any]] = {
    "number": lambda row: row.number,
    "chapter": lambda row: row.chapter_number,
    "deadline": lambda row: row.deadline,
}
DEFAULT_SORT = "number"
# Shown at first; the others are behind "more filters" until one of them is used.
PLAIN_FIELDS = ("q", "chapter", "agency", "role")
CHECKED_FIELDS = {
    "status": Status.choices,
    "light": Light.choices,
    "reporting": REPORTING_CHOICES,
}
WORDED_FIELDS = (*CHECKED_FIELDS, "role", "division")
FURTHER_FIELDS = ("division", "deadline_after", "deadline_before", "period")


@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    """The tasks that the filters leave. Filters that cannot be read answer 400 and show no rows."""
    user = register_reader(request)
    today = timezone.localdate()
    narrowed = TaskFilter(
        request.GET, queryset=Task.objects.visible_to(user), request=request, today=today
    )
    form = made_ready(narrowed.form)
    sort = request.GET.get("sort", DEFAULT_SORT)
    readable = form.is_valid() and sort.removeprefix("-") in SORTS
    period = narrowed.chosen_period if readable else None
    rows = _rows(narrowed, period, user=user, today=today) if readable else []
    figures = figures_of(rows)
    asked_for_period = bool(request.GET.get("period"))
    page = Paginator(_sorted(rows, sort) if readable else rows, ROWS_ON_A_PAGE).get_page(
        request.GET.get("page")
    )
    return render(
        request,
        "progress/task_list.html",
        {
            "form": form,
            "plain_fields": [form[name] for name in PLAIN_FIELDS],
            "checked_fields": [form[name] for name in CHECKED_FIELDS],
            "further_fields": [form[name] for name in FURTHER_FIELDS],
            "further_in_use": any(request.GET.get(name) for name in FURTHER_FIELDS),
            "sort_is_unknown": sort.removeprefix("-") not in SORTS,
            "readable": readable,
            "chips": list(chips_of(form, request.GET, several=CHECKED_FIELDS, worded=WORDED_FIELDS))
            if readable
            else [],
            "figures": figures,
            "rates": rate_pairs(figures, TaskLinks({})),
            "page_obj": page,
            "sort": sort,
            "period": period,
            "period_query": f"?period={period.code}" if asked_for_period and period else "",
            "query": request.GET.urlencode(),
        },
        status=200 if readable else 400,
    )


def _rows(
    narrowed: TaskFilter, period: ReportingPeriod | None, *, user: User, today: dt.date
) -> list[TaskRow]:
    return task_rows(
        tasks=narrowed.qs,
        period=period,
        user=user,
        today=today,
    )


def _sorted(rows: Sequence[TaskRow], sort: str) -> list[TaskRow]:
    """The rows, which come by number, in this order; those alike stay by number."""
    key = SORTS[sort.removeprefix("-")]
    has_key = [row for row in rows if key(row) is not None]
    return [
        *sorted(has_key, key=key, reverse=sort.startswith("-")),
        *(row for row in rows if key(row) is None),
    ]


def made_ready(form: forms.Form) -> forms.Form:
    """Controls that fit a page: boxes to tick, and fields for dates."""
    for name, choices in CHECKED_FIELDS.items():
        form.fields[name].widget = forms.CheckboxSelectMultiple(choices=choices)
    for name in ("deadline_after", "deadline_before"):
        form.fields[name].widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    form.fields["q"].widget.input_type = "search"
    # What each filter means is for the readers of the API; on a page the labels say it.
    for field in form.fields.values():
        field.help_text = ""
    form.fields["q"].widget.attrs["placeholder"] = _(
        "Words in the task's title, its measures or agencies."
    )
    return form

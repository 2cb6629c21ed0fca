"""The list of tasks: where every number of the dashboards that counts tasks leads."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from progress.filters import MISSING, TaskFilter, reporting_of, rows_in_order
from progress.hits import words_of
from progress.lights import Light
from progress.models import ListPage
from progress.pages.counts import rate_pairs
from progress.pages.lists.controls import made_ready
from progress.pages.lists.found import Place, places_found, places_shown
from progress.pages.lists.frame import asked_of, list_context
from progress.pages.reading import TaskLinks, register_reader
from progress.rollups import TaskRow, figures_of, task_rows
from progress.states import ReportState
from tasks.models import Status, Task

STATUSES, LIGHTS = list(Status.values), list(Light.values)
# What is missing first, then from the first word to the approval.
REPORTS = [MISSING, "", *ReportState.values]


def _report_place(row: TaskRow) -> int | None:
    if not row.reporting_known:
        return None
    return 0 if MISSING in reporting_of(row) else REPORTS.index(row.report_state or "")


# What each order compares, None for what always comes last.
ORDERS: Mapping[str, Callable[[TaskRow], Any]] = {
    "number": lambda row: row.number,
    "chapter": lambda row: row.chapter_number,
    # As agencies are listed everywhere: a name has no order that an office would expect.
    "lead": lambda row: row.leads[0].id if row.leads else None,
    "status": lambda row: STATUSES.index(row.status),
    "measures": lambda row: row.measures_done / row.measures_all if row.measures_all else None,
    "light": lambda row: LIGHTS.index(row.light),
    "deadline": lambda row: row.deadline,
    "report": _report_place,
}

FILTERS = tuple(TaskFilter.base_filters)
MEASURES_APART = ("q", "deadline_after", "deadline_before")


@require_safe
def task_list(request: HttpRequest) -> HttpResponse:
    """The tasks that the filters leave. Filters that cannot be read answer 400 and show no rows."""
    user = register_reader(request)
    today = timezone.localdate()
    narrowed = TaskFilter(
        request.GET, queryset=Task.objects.visible_to(user), request=request, today=today
    )
    asked = asked_of(request, ListPage.TASKS, user)
    # Before anything asks whether it is valid: a form keeps its fields as they were then.
    readable = made_ready(narrowed.form).is_valid() and not asked.problem
    period = narrowed.chosen_period if readable else None
    rows: Sequence[TaskRow] = []
    if readable:
        rows = task_rows(tasks=narrowed.qs, period=period, user=user, today=today)
        rows = rows_in_order(rows, [asked.order], ORDERS.__getitem__)
    figures = figures_of(rows)
    context = list_context(
        request,
        ListPage.TASKS,
        user=user,
        today=today,
        narrowed=narrowed,
        asked=asked,
        rows=rows,
        period=period,
    )
    words = words_of(narrowed.form.cleaned_data["q"]) if readable else ()
    on_page = list(context["page_obj"].object_list)
    found = places_found(on_page, words, narrowed.readable) if words else {}
    return render(
        request,
        "progress/task_list.html",
        {
            **context,
            "figures": figures,
            "rates": rate_pairs(figures, _links(request.GET)),
            # These narrow single measures there, which the numbers here do not.
            "measures_linked": not any(request.GET.get(name) for name in MEASURES_APART),
            "words": words,
            "found": {row.id: _beside(row, found.get(row.id, ()), words) for row in on_page}
            if words
            else {},
        },
        status=200 if readable else 400,
    )


def _links(parameters: QueryDict) -> TaskLinks:
    """Links that keep the filters of this address, and nothing else of it."""
    return TaskLinks({name: parameters.getlist(name) for name in parameters if name in FILTERS})


def _beside(row: TaskRow, places: Sequence[Place], words: Sequence[str]) -> list[Place]:
    names = [one.short_name for one in (*row.leads, *row.cos)]
    return places_shown(places, "\n".join((row.title, *names)), words)

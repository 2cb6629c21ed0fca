"""The list of measures: where every number of the dashboards that counts measures leads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.models import User
from progress.filters import MeasureFilter, rows_in_order
from progress.hits import words_of
from progress.lights import Light
from progress.models import ListPage, ReportingPeriod
from progress.pages.lists.controls import made_ready
from progress.pages.lists.found import Place, places_found, places_shown
from progress.pages.lists.frame import asked_of, list_context
from progress.pages.reading import register_reader
from progress.rollups import MeasureRow, TaskRow, measure_rows, task_rows
from tasks.models import Status, Task

STATUSES, LIGHTS = list(Status.values), list(Light.values)


@dataclass(frozen=True, slots=True)
class MeasureLine:
    """A measure with the row of its task."""

    task: TaskRow
    measure: MeasureRow


# What each order compares, None for what always comes last.
ORDERS: Mapping[str, Callable[[MeasureLine], Any]] = {
    "number": lambda line: (line.task.number, line.measure.ordinal),
    "chapter": lambda line: line.task.chapter_number,
    "lead": lambda line: line.task.leads[0].id if line.task.leads else None,
    "status": lambda line: STATUSES.index(line.measure.status),
    "light": lambda line: LIGHTS.index(line.task.light),
    "deadline": lambda line: line.measure.deadline or line.task.deadline,
}


@require_safe
def measure_list(request: HttpRequest) -> HttpResponse:
    """The measures that the filters leave. What cannot be read answers 400 and shows no rows."""
    user = register_reader(request)
    today = timezone.localdate()
    narrowed = MeasureFilter(
        request.GET, queryset=Task.objects.visible_to(user), request=request, today=today
    )
    asked = asked_of(request, ListPage.MEASURES, user)
    # Before anything asks whether it is valid: a form keeps its fields as they were then.
    readable = made_ready(narrowed.form).is_valid() and not asked.problem
    period = narrowed.chosen_period if readable else None
    lines: Sequence[MeasureLine] = []
    if readable:
        lines = rows_in_order(
            _lines(narrowed, period, user=user), [asked.order], ORDERS.__getitem__
        )
    context = list_context(
        request,
        ListPage.MEASURES,
        user=user,
        today=today,
        narrowed=narrowed,
        asked=asked,
        rows=lines,
        period=period,
    )
    words = words_of(narrowed.form.cleaned_data["q"]) if readable else ()
    on_page = list(context["page_obj"].object_list)
    tasks = list({line.task.id: line.task for line in on_page}.values())
    found = places_found(tasks, words, narrowed.readable) if words else {}
    return render(
        request,
        "progress/measure_list.html",
        {
            **context,
            "count": len(lines),
            "tasks_count": len({line.task.id for line in lines}),
            "words": words,
            "found": {
                line.measure.id: _beside(line, found.get(line.task.id, ()), words)
                for line in on_page
            }
            if words
            else {},
        },
        status=200 if readable else 400,
    )


def _lines(
    narrowed: MeasureFilter, period: ReportingPeriod | None, *, user: User
) -> list[MeasureLine]:
    tasks = narrowed.qs
    rows = task_rows(tasks=tasks, period=period, user=user, today=narrowed.today)
    # What the reports say is not shown here, only where a word was found.
    measures = measure_rows(tasks=tasks, period=period, reports=None)
    return [MeasureLine(task, measure) for task, measure in narrowed.kept(rows, measures)]


def _beside(line: MeasureLine, places: Sequence[Place], words: Sequence[str]) -> list[Place]:
    """Of its task's places those about this measure or about the whole task."""
    own = [
        place
        for place in places
        if place.measure is None or (place.measure == line.measure.id and not place.is_list)
    ]
    names = [lead.short_name for lead in line.task.leads]
    return places_shown(own, "\n".join((line.measure.text, line.task.title, *names)), words)

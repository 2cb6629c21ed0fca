"""One task: what the list says, how far it is, and what was reported."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from progress.models import Report, ReportEvent
from progress.pages.reading import period_choice, register_reader
from progress.rollups import measure_rows, report_texts, task_rows
from progress.states import WAITING_FOR, WRITABLE
from progress.workflow import may_write
from tasks.models import Division, Task, TaskRevision


@require_safe
def task(request: HttpRequest, number: int) -> HttpResponse:
    """A task's page. Raises Http404 for a number that is no task's."""
    user = register_reader(request)
    choice = period_choice(request, user)
    tasks = Task.objects.visible_to(user).filter(number=number)
    rows = task_rows(tasks=tasks, period=choice.period, user=user, today=timezone.localdate())
    if not rows:
        raise Http404(_("There is no task %(number)d.") % {"number": number})
    row = rows[0]
    reports = Report.objects.visible_to(user).filter(task=row.id)
    events = ReportEvent.objects.visible_to(user).filter(report=row.report_id)
    writes = bool(choice.period and choice.period.is_open) and may_write(
        task=Task(pk=row.id), user=user
    )
    neighbours = dict(
        Task.objects.visible_to(user)
        .filter(number__in=[number - 1, number + 1])
        .values_list("number", "title")
    )
    return render(
        request,
        "progress/task.html",
        {
            "task": row,
            "division": Division(row.division).label,
            "choice": choice,
            "measures": measure_rows(tasks=tasks, period=choice.period, reports=reports).get(
                row.id, []
            ),
            "texts": report_texts(tasks=tasks, period=choice.period, reports=reports).get(row.id),
            "writes": writes and (row.report_state is None or row.report_state in WRITABLE),
            "waiting_for": WAITING_FOR[row.report_state] if row.report_state else "",
            "earlier": reports.exclude(period=choice.period)
            .select_related("period")
            .order_by("-period__ends_on"),
            "events": events.select_related("by").order_by("-pk"),
            "revisions": TaskRevision.objects.visible_to(user)
            .filter(task=row.id)
            .order_by("-number"),
            "before": number - 1 if number - 1 in neighbours else None,
            "after": number + 1 if number + 1 in neighbours else None,
        },
    )

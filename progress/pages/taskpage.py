"""One task: what the list says, how far it is, and what was reported."""

from collections.abc import Sequence
from operator import attrgetter

from django.db.models import F
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from progress.models import Completion, Extension, Report, kept_with
from progress.pages.evidence_panel import LATEST_OF_TASK, LATEST_PAST_OF_TASK, evidence_read
from progress.pages.extensions import extension_is_offered
from progress.pages.pauses import PAUSES_OF_TASK, pauses_read
from progress.pages.reading import period_choice, register_reader
from progress.pages.register_panels import RESULTS_OF_TASK, UNCLOSED_OF_TASK, panels_read
from progress.pages.sentences import waiting_for
from progress.rollups import (
    AgencyPart,
    is_counted,
    measure_rows,
    parts_of_task,
    past_read,
    task_rows,
)
from progress.statements import MostlyNothing, WrittenOnce
from progress.states import WRITABLE
from progress.timeline import Cursor, CursorError, timeline_of
from progress.timeline.names import ALL_CHANGES_BESIDE, NamesThen
from progress.workflow import may_write
from tasks.listing.cells import agencies_cell_today
from tasks.models import Division, Task

# So many entries of the history stand on the task's page, and on a page of the history's own.
LAST_ENTRIES, ENTRIES_ON_A_PAGE = 10, 20
# No task has a larger number, and no database takes one that is much larger.
LARGEST = 1_000_000


@require_safe
def task(request: HttpRequest, number: int) -> HttpResponse:
    """A task's page. Raises Http404 for a number that is no task's.

    As of a closed period that the task came into the list after, it says so and shows the task as
    it is today.
    """
    user = register_reader(request)
    choice = period_choice(request, user)
    tasks = Task.objects.visible_to(user).filter(number=number)
    # With its neighbours, as far as there are any.
    around = [] if number > LARGEST else _AROUND.for_reader(user, number - 1, number, number + 1)
    by_number = {one.number: one for one in around}
    found = by_number.get(number)
    if found is None:
        raise Http404(_("There is no task %(number)d.") % {"number": number})
    period = choice.period if is_counted(task_id=found.pk, period=choice.period) else None
    past, today = past_read(tasks=tasks, period=period, only=found.pk), timezone.localdate()
    # Who answers today, and who did when a closed period was closed.
    now = parts_of_task(task=found.pk, period=None)
    is_past = period is not None and period.closed_at is not None
    parts = {found.pk: now} if now and not is_past else None
    [row] = task_rows(tasks=tasks, period=period, user=user, today=today, past=past, parts=parts)
    # Once with each measure of which it says something.
    said = _REPORT.for_reader(user, row.report_id) if row.report_id else []
    report = said[0] if said else None
    if report is not None and period is not None:
        report.period = period
    compiles = may_write(task=found, user=user)
    is_open = period is not None and period.is_open
    others = (*row.leads[1:], *row.cos)
    few = _FEW_HAVE.for_reader(user, found.pk)
    names = NamesThen(few["changes"])
    return render(
        request,
        "progress/task.html",
        {
            "task": row,
            "division": Division(row.division).label,
            "choice": choice,
            "is_later": period != choice.period,
            "measures": measure_rows(
                tasks=tasks,
                period=period,
                reports=None,
                past=past,
                said={measure: text for measure, text in map(_OF_MEASURE, said) if measure}
                if report
                else None,
            ).get(row.id, []),
            "texts": report,
            "writes": compiles
            and is_open
            and (row.report_state is None or row.report_state in WRITABLE),
            "divides": bool(others)
            and (
                user.is_coordinator
                or any(one.id in user.agency_ids for one in (*row.leads, *row.cos))
            ),
            "listed": listed_otherwise(found, now),
            "pauses": pauses_read(few["pauses"], user=user, today=today),
            "sets_deadlines": user.is_coordinator,
            "asks_for_extension": compiles
            and any(one.is_open for one in choice.periods)
            and extension_is_offered(found, user, today=today),
            "extensions": few["extensions"],
            "completions": few["completions"],
            "contributes_as": next((one for one in others if one.id in user.agency_ids), None)
            if is_open
            else None,
            "waiting_for": waiting_for(report) if report else "",
            # All of them by their codes; what they say is behind the links.
            "earlier": [
                (code, state)
                for code, state in _REPORTS.for_reader(user, found.pk)
                if period is None or code != period.code
            ],
            "panels": panels_read(matters=few["matters"], results=few["results"]),
            "evidence": evidence_read(standing=few["evidence"], past=few["evidence_past"]),
            "timeline": timeline_of(task=found, user=user, count=LAST_ENTRIES, names=names),
            "before": number - 1 if number - 1 in by_number else None,
            "after": number + 1 if number + 1 in by_number else None,
        },
    )


_AROUND = WrittenOnce(
    lambda user, *numbers: Task.objects.visible_to(user).filter(number__in=numbers).order_by()
)
_REPORT = WrittenOnce(
    lambda user, report: (
        Report.objects.visible_to(user)
        .filter(pk=report)
        .annotate(of_measure=F("measures__measure"), said=F("measures__text"))
        .order_by()
    )
)
_OF_MEASURE = attrgetter("of_measure", "said")
_REPORTS = WrittenOnce(
    lambda user, task: (
        Report.objects.visible_to(user)
        .filter(task=task)
        .order_by("-period__ends_on")
        .values_list("period__code", "state")
    )
)
_EXTENSIONS = WrittenOnce(
    lambda user, task: (
        Extension.objects.visible_to(user)
        .filter(task=task)
        .select_related("measure")
        .order_by("-requested_at", "-pk")
    )
)
_COMPLETIONS = WrittenOnce(
    lambda user, task: (
        Completion.objects.visible_to(user)
        .filter(task=task)
        .select_related("measure", "report__period")
        .defer(*kept_with("report__period"))
        .order_by("-requested_at", "-pk")
    )
)


_FEW_HAVE = MostlyNothing(
    extensions=_EXTENSIONS,
    completions=_COMPLETIONS,
    matters=UNCLOSED_OF_TASK,
    results=RESULTS_OF_TASK,
    evidence=LATEST_OF_TASK,
    evidence_past=LATEST_PAST_OF_TASK,
    pauses=PAUSES_OF_TASK,
    changes=ALL_CHANGES_BESIDE,
)


def listed_otherwise(task: Task, parts: Sequence[AgencyPart]) -> str:
    """The list's own words for who answers for the task, where today's names read otherwise.
    `parts` are its agencies of today."""
    if task.listed_agencies:
        return task.listed_agencies
    if all(part.written_name == part.agency.name for part in parts):
        return ""
    return agencies_cell_today(task)


@require_safe
def task_history(request: HttpRequest, number: int) -> HttpResponse:
    """All that happened to a task, newest first, page by page.

    `?before=` is where the page before this one ended. Raises Http404 for a number that is no
    task's and for what is no such place.
    """
    user = register_reader(request)
    task = Task.objects.visible_to(user).filter(number=number).first()
    if task is None:
        raise Http404(_("There is no task %(number)d.") % {"number": number})
    asked = request.GET.get("before", "")
    try:
        before = Cursor.read(asked) if asked else None
    except CursorError:
        raise Http404(_("The history has no such page.")) from None
    timeline = timeline_of(task=task, user=user, count=ENTRIES_ON_A_PAGE, before=before)
    return render(
        request,
        "progress/task_history.html",
        {"task": task, "timeline": timeline, "is_first_page": before is None},
    )

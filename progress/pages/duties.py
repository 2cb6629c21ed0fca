"""Whom which measure concerns: the lead says it once, and each agency is asked for no more."""

from dataclasses import dataclass

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from agencies.models import Agency
from agencies.pages import reader_of
from progress.workflow import may_write
from tasks.duties import duties_of, duties_write
from tasks.models import Measure, Task

BAD_REQUEST = 400


@dataclass(frozen=True, slots=True)
class Choice:
    """Whether a measure concerns an agency, as a box to tick."""

    agency: Agency
    name: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class MeasureChoices:
    measure: Measure
    choices: list[Choice]


@require_http_methods(["GET", "HEAD", "POST"])
def task_duties(request: HttpRequest, number: int) -> HttpResponse:
    """The measures of a task against its other agencies: divided by the task's lead, read by the
    other agencies and the coordinators."""
    user = reader_of(request)
    task = get_object_or_404(Task.objects.visible_to(user), number=number)
    divides = may_write(task=task, user=user)
    shares = Task.objects.filter(pk=task.pk).shared_by(user.agency_ids).exists()
    if not divides and (request.method == "POST" or not (user.is_coordinator or shares)):
        raise PermissionDenied(
            _("Only the lead of task %(number)d says which measures concern whom.")
            % {"number": number}
        )
    measures = list(task.measures.order_by("ordinal"))
    agencies = [
        part.agency
        for part in task.responsibilities.filter(position__gt=1)
        .select_related("agency")
        .order_by("position")
    ]
    problems: list[str] = []
    reason = request.POST.get("reason", "")
    if request.method == "POST":
        chosen = {
            agency.pk: {m.pk for m in measures if _name(m, agency) in request.POST}
            for agency in agencies
        }
        problems = [
            _("Choose at least one measure for %(agency)s.") % {"agency": agency.name}
            for agency in agencies
            if not chosen[agency.pk]
        ]
        if not problems:
            try:
                duties_write(task=task, by=user, now=timezone.now(), duties=chosen, reason=reason)
            except ValidationError as error:
                problems = error.messages
            else:
                messages.success(
                    request, _("Each agency is asked for its own measures from now on.")
                )
                return redirect("task", number)
    else:
        everything = {measure.pk for measure in measures}
        said = duties_of(task)
        chosen = {agency.pk: said.get(agency.pk, everything) for agency in agencies}
    return render(
        request,
        "progress/task_duties.html",
        {
            "task": task,
            "agencies": agencies,
            "rows": [
                MeasureChoices(
                    measure,
                    [
                        Choice(agency, _name(measure, agency), measure.pk in chosen[agency.pk])
                        for agency in agencies
                    ],
                )
                for measure in measures
            ],
            "problems": problems,
            "divides": divides,
            "reason": reason,
        },
        status=BAD_REQUEST if problems else 200,
    )


def _name(measure: Measure, agency: Agency) -> str:
    return f"concerns_{measure.pk}_{agency.pk}"

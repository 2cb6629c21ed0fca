"""No change this period: one task from its form, several at once from the list of my tasks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from agencies.models import Agency, User
from agencies.pages import reader_of
from progress.models import ReportingPeriod
from progress.pages.reports import place_of
from progress.pages.sentences import report_moved
from progress.states import Move
from progress.workflow import Conflict, contribution_nothing, may_write, report_unchanged
from tasks.models import Task

T = TypeVar("T")
# Of a task's number; a longer one is none, and no column holds it.
LONGEST_NUMBER = 5


@dataclass(frozen=True, slots=True)
class Stayed:
    """What became of those that were chosen: how many went, and why the others did not."""

    count: int
    refused: Sequence[str]


@require_POST
def report_unchanged_page(request: HttpRequest, number: int, code: str) -> HttpResponse:
    """Hand in what was last approved as it stands, in one click."""
    user = reader_of(request)
    place = place_of(user, number, code)
    if not may_write(task=place.task, user=user):
        raise PermissionDenied(
            _("Only the lead agency of task %(number)d writes this report.") % {"number": number}
        )
    try:
        moved = report_unchanged(task=place.task, period=place.period, by=user, now=timezone.now())
    except ValidationError as error:
        # Others owe it something: the form asks for the reason.
        messages.warning(request, " ".join(error.messages))
        return redirect("report-edit", number, code)
    messages.success(request, report_moved(moved, Move.SUBMIT))
    return redirect("my-tasks")


@require_POST
def unchanged(request: HttpRequest) -> HttpResponse:
    """Several at once: `report` holds numbers of tasks, `contribution` numbers with agency's id.

    Each goes or stays by itself; what could not go is named with what to do about it.
    """
    user = reader_of(request)
    if not user.works_for_an_agency:
        raise PermissionDenied(_("Only people who report for an agency have tasks of their own."))
    periods = {one.code: one for one in ReportingPeriod.objects.visible_to(user).open()}
    period = periods.get(request.POST.get("period", ""))
    if period is None:
        raise Http404
    reports = _reports_stay(user, period, request.POST.getlist("report"))
    contributions = _contributions_stay(user, period, request.POST.getlist("contribution"))
    if reports.count:
        messages.success(
            request,
            ngettext(
                "%(count)d report is handed in without change.",
                "%(count)d reports are handed in without change.",
                reports.count,
            )
            % {"count": reports.count},
        )
    if contributions.count:
        messages.success(
            request,
            ngettext(
                "%(count)d lead is told that there is nothing to add.",
                "%(count)d leads are told that there is nothing to add.",
                contributions.count,
            )
            % {"count": contributions.count},
        )
    for sentence in (*reports.refused, *contributions.refused):
        messages.warning(request, sentence)
    if not (reports.count or contributions.count or reports.refused or contributions.refused):
        messages.warning(request, _("Nothing was chosen; tick the tasks first."))
    return redirect(f"{reverse('my-tasks')}?{urlencode({'period': period.code})}")


def _reports_stay(user: User, period: ReportingPeriod, numbers: Sequence[str]) -> Stayed:
    return _each(
        _tasks_of(user, numbers),
        lambda task: report_unchanged(task=task, period=period, by=user, now=timezone.now()),
        number=lambda task: task.number,
    )


def _contributions_stay(user: User, period: ReportingPeriod, chosen: Sequence[str]) -> Stayed:
    pairs = [one.partition("-")[::2] for one in chosen]
    tasks = {str(task.number): task for task in _tasks_of(user, [number for number, _pk in pairs])}
    agencies = {str(one.pk): one for one in Agency.objects.filter(pk__in=user.agency_ids)}
    if any(number not in tasks or pk not in agencies for number, pk in pairs):
        raise Http404
    # One task can ask two agencies that the same people speak for.
    return _each(
        [(tasks[number], agencies[pk]) for number, pk in pairs],
        lambda pair: contribution_nothing(
            task=pair[0], period=period, agency=pair[1], by=user, now=timezone.now()
        ),
        number=lambda pair: pair[0].number,
    )


def _tasks_of(user: User, numbers: Sequence[str]) -> list[Task]:
    """The tasks of these numbers; raises Http404 for one that this agency has no part in."""
    wanted = {
        int(number)
        for number in numbers
        if number.isascii() and number.isdigit() and len(number) <= LONGEST_NUMBER
    }
    shared = Task.objects.visible_to(user).shared_by(user.agency_ids)
    tasks = list(shared.filter(number__in=wanted).order_by("number"))
    if len(tasks) != len(set(numbers)):
        raise Http404
    return tasks


def _each(
    chosen: Sequence[T], stay: Callable[[T], object], *, number: Callable[[T], int]
) -> Stayed:
    count, refused = 0, []
    for one in chosen:
        try:
            stay(one)
        except (Conflict, PermissionDenied) as error:
            refused.append(_refusal(number(one), str(error)))
        except ValidationError as error:
            refused.append(_refusal(number(one), " ".join(error.messages)))
        else:
            count += 1
    return Stayed(count, refused)


def _refusal(number: int, why: str) -> str:
    return _("Task %(number)d was not handed in: %(why)s") % {"number": number, "why": why}

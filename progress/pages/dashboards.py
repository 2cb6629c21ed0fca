"""The whole list, a chapter, the agencies, an agency: figures with the rows behind them."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies.changes import changes_of
from agencies.contacts import reads_contacts
from agencies.models import Agency, Role, User
from progress.models import Erratum
from progress.pages.counts import (
    Count,
    HandingIn,
    handing_in,
    light_counts,
    rate_pairs,
    status_counts,
)
from progress.pages.reading import PeriodChoice, TaskLinks, period_choice, register_reader
from progress.rollups import (
    NOTHING_DROPPED,
    AgencyFigures,
    Dropped,
    Figures,
    TaskRow,
    agency_figures,
    chapter_figures,
    dropped_since,
    figures_of,
    handing_in_rows,
    period_read,
    task_rows,
)
from tasks.models import Chapter, ResponsibilityRole, Task

HOME_BY_ROLE = {
    Role.REPORTER: "my-tasks",
    Role.APPROVER: "my-tasks",
    Role.COORDINATOR: "overview",
    Role.LEADER: "overview",
    Role.AUDITOR: "overview",
    Role.ADMINISTRATOR: "accounts",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table of figures: of a chapter or of an agency's led tasks."""

    number: int
    title: str
    figures: Figures
    address: str
    statuses: Sequence[Count]
    lights: Sequence[Count]
    handing_in: HandingIn | None


@dataclass(frozen=True, slots=True)
class AgencyLine:
    """A line of the table of agencies; `handing_in` is None where the reader may not know.

    `name` is the agency's as of the period.
    """

    agency: Agency
    name: str
    led: int
    led_address: str
    shared: int
    shared_address: str
    statuses: Sequence[Count]
    handing_in: HandingIn | None


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """To the page on which a person of this role begins."""
    user = request.user
    assert isinstance(user, User)
    return redirect(HOME_BY_ROLE[Role(user.role)])


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The state of the whole list on one page."""
    user = register_reader(request)
    choice = period_choice(request, user)
    rows = task_rows(
        tasks=Task.objects.visible_to(user),
        period=choice.period,
        user=user,
        today=timezone.localdate(),
    )
    links = TaskLinks(choice.parameters)
    dropped = dropped_since(period_read(choice.period))
    figures = figures_of(rows, dropped=dropped)
    return render(
        request,
        "progress/overview.html",
        {
            "choice": choice,
            "figures": figures,
            "dropped": dropped,
            "all_address": links.to(),
            "statuses": status_counts(figures, links),
            "lights": light_counts(figures, links),
            "rates": rate_pairs(figures, links),
            "handing_in": _handing_in(rows, links, user, choice, dropped=dropped),
            "lines": [
                _line(c.number, c.title, c.figures, links.within(chapter=c.number), user, choice)
                for c in chapter_figures(rows)
            ],
            "export_query": request.GET.urlencode(),
            "errata": _errata(user, choice),
        },
    )


def _errata(user: User, choice: PeriodChoice) -> list[Erratum]:
    """What stands beside the figures of a closed period; there is none of an open one."""
    if choice.period is None or choice.period.is_open:
        return []
    errata = Erratum.objects.visible_to(user).filter(period=choice.period)
    return list(errata.select_related("report__task", "period", "measure").order_by("number"))


@require_safe
def chapter(request: HttpRequest, number: int) -> HttpResponse:
    """A chapter's figures and its tasks. Raises Http404 for a number that is no chapter's."""
    user = register_reader(request)
    shown = Chapter.objects.visible_to(user).filter(number=number).first()
    if shown is None:
        raise Http404(_("There is no chapter %(number)d.") % {"number": number})
    choice = period_choice(request, user)
    rows = task_rows(
        tasks=Task.objects.visible_to(user).filter(chapter=shown),
        period=choice.period,
        user=user,
        today=timezone.localdate(),
    )
    links = TaskLinks({"chapter": number, **choice.parameters})
    figures = figures_of(rows)
    return render(
        request,
        "progress/chapter.html",
        {
            "chapter": shown,
            "choice": choice,
            "rows": rows,
            "figures": figures,
            "all_address": links.to(),
            "statuses": status_counts(figures, links),
            "lights": light_counts(figures, links),
            "rates": rate_pairs(figures, links),
            "handing_in": _handing_in(rows, links, user, choice),
        },
    )


@require_safe
def agencies(request: HttpRequest) -> HttpResponse:
    """Every agency with its part in the list, in the list's order: no ranking."""
    user = register_reader(request)
    choice = period_choice(request, user)
    rows = task_rows(
        tasks=Task.objects.visible_to(user),
        period=choice.period,
        user=user,
        today=timezone.localdate(),
    )
    by_id = {agency.pk: agency for agency in Agency.objects.visible_to(user)}
    parts = agency_figures(rows)
    named = {part.agency.id for part in parts}
    lines = [_agency_line(by_id[part.agency.id], part, user, choice) for part in parts]
    return render(
        request,
        "progress/agencies.html",
        {
            "choice": choice,
            "lines": lines,
            "without_tasks": [
                agency for pk, agency in by_id.items() if pk not in named and not agency.has_ended
            ],
            "shows_handing_in": any(line.handing_in for line in lines),
        },
    )


@require_safe
def agency(request: HttpRequest, pk: int) -> HttpResponse:
    """What an agency leads and shares. Raises Http404 for an id that is no agency's."""
    user = register_reader(request)
    agencies_found = Agency.objects.visible_to(user).select_related("acts_through", "successor")
    shown = agencies_found.filter(pk=pk).first()
    if shown is None:
        raise Http404(_("There is no such agency."))
    choice = period_choice(request, user)
    tasks = Task.objects.visible_to(user)
    # Of a closed period the agencies of its closing count, and only its rows know them.
    is_closed = choice.period is not None and not choice.period.is_open
    rows = task_rows(
        tasks=tasks if is_closed else tasks.shared_by([pk]),
        period=choice.period,
        user=user,
        today=timezone.localdate(),
    )
    led = [row for row in rows if any(lead.id == pk for lead in row.leads)]
    shared = [row for row in rows if any(co.id == pk for co in row.cos)]
    links = TaskLinks({"agency": pk, **choice.parameters})
    led_links = links.within(role=ResponsibilityRole.LEAD.value)
    figures = figures_of(led)
    may_know = bool(led) and (user.is_coordinator or pk in user.agency_ids_of_old)
    return render(
        request,
        "progress/agency.html",
        {
            "agency": shown,
            "changes": list(changes_of(shown)),
            "shows_contacts": reads_contacts(user),
            "is_own": shown.pk == user.agency_id,
            "choice": choice,
            "led": led,
            "shared": shared,
            "figures": figures,
            "led_address": led_links.to(),
            "shared_address": links.to(role=ResponsibilityRole.CO.value),
            "statuses": status_counts(figures, led_links),
            "lights": light_counts(figures, led_links),
            "rates": rate_pairs(figures, led_links) if led else [],
            "handing_in": handing_in(figures, led_links, by_task=True)
            if may_know and choice.period
            else None,
        },
    )


def _line(
    number: int,
    title: str,
    figures: Figures,
    links: TaskLinks,
    user: User,
    choice: PeriodChoice,
) -> Line:
    knows = choice.period is not None and user.is_coordinator
    return Line(
        number=number,
        title=title,
        figures=figures,
        address=links.to(),
        statuses=status_counts(figures, links),
        lights=light_counts(figures, links),
        handing_in=handing_in(figures, links, by_task=True) if knows else None,
    )


def _agency_line(
    agency: Agency, part: AgencyFigures, user: User, choice: PeriodChoice
) -> AgencyLine:
    links = TaskLinks({"agency": agency.pk, **choice.parameters})
    led_links = links.within(role=ResponsibilityRole.LEAD.value)
    knows = part.led.due > 0 and (user.is_coordinator or agency.pk in user.agency_ids_of_old)
    return AgencyLine(
        agency=agency,
        name=part.agency.name,
        led=part.led.tasks,
        led_address=led_links.to(),
        shared=part.shared,
        shared_address=links.to(role=ResponsibilityRole.CO.value),
        statuses=status_counts(part.led, led_links),
        handing_in=handing_in(part.led, led_links, by_task=True) if knows else None,
    )


def _handing_in(
    rows: Sequence[TaskRow],
    links: TaskLinks,
    user: User,
    choice: PeriodChoice,
    *,
    dropped: Dropped = NOTHING_DROPPED,
) -> HandingIn | None:
    """Of the rows whose handing-in the reader may add up, linked where they may know each.

    Who adds up all of them counts those too that the list has `dropped` since.
    """
    counted = handing_in_rows(rows, user=user)
    if choice.period is None or not counted:
        return None
    by_task = all(row.reporting_known for row in counted)
    figures = figures_of(counted, dropped=dropped if len(counted) == len(rows) else NOTHING_DROPPED)
    return handing_in(figures, links, by_task=by_task)

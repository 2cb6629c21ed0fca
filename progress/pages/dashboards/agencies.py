"""The agencies and each one's page: what it leads, shares and owes. No ranking."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from agencies.changes import changes_of
from agencies.contacts import reads_contacts
from agencies.models import Agency, AgencyRobot, User
from progress.lights import Light
from progress.pages.counts import (
    Count,
    HandingIn,
    handing_in,
    light_counts,
    rate_pairs,
    status_counts,
)
from progress.pages.dashboards.cards import Card, handing_in_card, light_card, status_card
from progress.pages.dashboards.matrix import MATRIX_ROLES
from progress.pages.dashboards.standing import is_frozen, standing_of, trend_until
from progress.pages.dashboards.trends import timeliness_shown, trend_shown
from progress.pages.known_already import known_while_unchanged
from progress.pages.pauses import pauses_shown
from progress.pages.reading import (
    Parameter,
    PeriodChoice,
    TaskLinks,
    period_choice,
    register_reader,
)
from progress.rollups import (
    AgencyFigures,
    BoardRow,
    Figures,
    TaskRow,
    agency_figures,
    board,
    knows_handing_in,
)
from tasks.models import ResponsibilityRole


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
    red: Count
    yellow: Count
    handing_in: HandingIn | None


@dataclass(frozen=True, slots=True)
class Owing:
    """What an agency still owes for the period, and where the board lists it."""

    row: BoardRow
    reports_address: str
    contributions_address: str
    board_address: str


@require_safe
@known_while_unchanged
def agencies(request: HttpRequest) -> HttpResponse:
    """Every agency with its part in the list, in the list's order: no ranking."""
    user = register_reader(request)
    choice = period_choice(request, user)
    standing = standing_of(choice, user=user, today=timezone.localdate())
    by_id = {agency.pk: agency for agency in Agency.objects.visible_to(user)}
    parts = agency_figures(standing.rows)
    named = {part.agency.id for part in parts}
    lines = [
        _agency_line(
            by_id[part.agency.id],
            part,
            standing.figures.of(agency=part.agency.id),
            user,
            choice,
        )
        for part in parts
    ]
    return render(
        request,
        "progress/agencies.html",
        {
            "choice": choice,
            "is_frozen": is_frozen(choice),
            "lines": lines,
            "without_tasks": [
                agency for pk, agency in by_id.items() if pk not in named and not agency.has_ended
            ],
            "shows_handing_in": any(line.handing_in for line in lines),
            "reads_matrix": user.role in MATRIX_ROLES,
        },
    )


@require_safe
def agency(request: HttpRequest, pk: int) -> HttpResponse:
    """What an agency leads and shares, owes, and how it went. Raises Http404 for what is none."""
    user = register_reader(request)
    agencies_found = Agency.objects.visible_to(user).select_related("acts_through", "successor")
    shown = agencies_found.filter(pk=pk).first()
    if shown is None:
        raise Http404(_("There is no such agency."))
    today = timezone.localdate()
    choice = period_choice(request, user)
    # Of a closed period the agencies of its closing count, and only its rows know them.
    standing = standing_of(choice, user=user, today=today, agency=pk)
    led = [row for row in standing.rows if any(lead.id == pk for lead in row.leads)]
    shared = [row for row in standing.rows if any(co.id == pk for co in row.cos)]
    links = TaskLinks({"agency": pk, **choice.parameters})
    led_links = links.within(role=ResponsibilityRole.LEAD.value)
    figures, before = standing.figures.of(agency=pk), standing.figures_before
    knows = knows_handing_in(user=user, agency=pk)
    reports = (
        handing_in(figures, led_links, by_task=True) if led and knows and choice.period else None
    )
    points = trend_until(choice, standing, user=user, today=today, agency=pk) if led else []
    narrowed: dict[str, Parameter] = {"agency": pk, "role": ResponsibilityRole.LEAD.value}
    return render(
        request,
        "progress/agency.html",
        {
            "agency": shown,
            "changes": list(changes_of(shown)),
            "shows_contacts": reads_contacts(user),
            "robot": AgencyRobot.objects.visible_to(user).filter(agency=shown).first(),
            "is_own": shown.pk == user.agency_id,
            "pauses": pauses_shown(user=user, today=today, agency=shown),
            "choice": choice,
            "is_frozen": is_frozen(choice),
            "led": led,
            "shared": shared,
            "figures": figures,
            "before": standing.before,
            "cards": _cards(figures, before, led_links, reports, choice) if led else [],
            "led_address": led_links.to(),
            "shared_address": links.to(role=ResponsibilityRole.CO.value),
            "statuses": status_counts(figures, led_links),
            "lights": light_counts(figures, led_links),
            "rates": rate_pairs(figures, led_links) if led else [],
            "handing_in": reports,
            "owing": _owing(standing.rows, pk, user, choice) if knows else None,
            # Handing in has a chart of its own here.
            "trend": trend_shown(points, narrowed, by_task=knows, with_handing_in=False),
            "timeliness": timeliness_shown(points, narrowed) if knows else None,
        },
    )


def _cards(
    figures: Figures,
    before: Figures | None,
    links: TaskLinks,
    reports: HandingIn | None,
    choice: PeriodChoice,
) -> list[Card]:
    cards = [
        status_card(status_counts(figures, links), links.to(), figures, before),
        light_card(light_counts(figures, links), links.to(), figures, before),
    ]
    if reports is not None and choice.period is not None:
        cards.append(handing_in_card(reports, before, is_open=choice.period.is_open))
    return cards


def _owing(rows: Sequence[TaskRow], pk: int, user: User, choice: PeriodChoice) -> Owing | None:
    """What the agency owes; None where the period asks nothing of it."""
    if choice.period is None:
        return None
    of_agency = [row for row in rows if any(one.id == pk for one in (*row.leads, *row.cos))]
    found = board(rows=of_agency, period=choice.period, user=user, today=timezone.localdate())
    row = next((one for one in found.rows if one.agency.id == pk), None)
    if row is None:
        return None
    return Owing(
        row,
        reports_address=_board_address(pk, choice, show="reports_missing"),
        contributions_address=_board_address(pk, choice, show="owed"),
        board_address=_board_address(pk, choice),
    )


def _board_address(pk: int, choice: PeriodChoice, **more: str) -> str:
    parameters: dict[str, str | int] = {**choice.parameters, "agency": pk, **more}
    query = urlencode(parameters)
    return f"{reverse('board')}?{query}"


def _agency_line(
    agency: Agency, part: AgencyFigures, led: Figures, user: User, choice: PeriodChoice
) -> AgencyLine:
    links = TaskLinks({"agency": agency.pk, **choice.parameters})
    led_links = links.within(role=ResponsibilityRole.LEAD.value)
    knows = led.due > 0 and knows_handing_in(user=user, agency=agency.pk)
    lights = {count.value: count for count in light_counts(led, led_links)}
    return AgencyLine(
        agency=agency,
        name=part.agency.name,
        led=led.tasks,
        led_address=led_links.to(),
        shared=part.shared,
        shared_address=links.to(role=ResponsibilityRole.CO.value),
        statuses=status_counts(led, led_links),
        red=lights[Light.RED],
        yellow=lights[Light.YELLOW],
        handing_in=handing_in(led, led_links, by_task=True) if knows else None,
    )

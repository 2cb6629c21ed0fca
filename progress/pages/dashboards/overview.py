"""The whole list on one page: the cockpit of coordinators, the overview of everybody else."""

from collections.abc import Sequence

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from agencies.models import Role, User
from progress.models import Erratum
from progress.pages.counts import HandingIn, light_counts, rate_pairs, status_counts
from progress.pages.dashboards.bars import bars_by_light, bars_by_status, chapter_lines
from progress.pages.dashboards.cards import (
    Card,
    handing_in_card,
    light_card,
    matters_card,
    status_card,
)
from progress.pages.dashboards.entries import newest_entries
from progress.pages.dashboards.late import late_tasks, matters_waiting
from progress.pages.dashboards.sentence import sentence
from progress.pages.dashboards.standing import (
    Standing,
    handing_in_shown,
    is_frozen,
    standing_in_groups,
    trend_until,
)
from progress.pages.dashboards.trends import trend_shown
from progress.pages.dashboards.waits import waits_shown
from progress.pages.known_already import known_while_unchanged
from progress.pages.navigation import counted, frame_is_counted
from progress.pages.reading import PeriodChoice, TaskLinks, period_choice, register_reader
from progress.rollups import (
    TaskGroup,
    dropped_since,
    knows_handing_in,
    office_counts,
    period_read,
)

# Which of a chapter's two bars is drawn: `?bars=`.
BY_STATUS, BY_LIGHT = "status", "light"


@require_safe
@known_while_unchanged
def overview(request: HttpRequest) -> HttpResponse:
    """The state of the whole list on one page, as of the current period or the one asked for.

    A constant number of statements, however many tasks have reports and however many periods were
    closed.
    """
    user = register_reader(request)
    now, today = timezone.now(), timezone.localdate()
    choice = period_choice(request, user)
    standing = standing_in_groups(choice, user=user, today=today)
    whole, links = standing.figures.whole, TaskLinks(choice.parameters)
    statuses, lights = status_counts(whole, links), light_counts(whole, links)
    reports = handing_in_shown(standing.rows, whole, links, user=user, choice=choice)
    matters = matters_card(choice, user=user, now=now)
    lines = chapter_lines(standing.rows, standing.figures, user=user, choice=choice)
    by_light = request.GET.get("bars") == BY_LIGHT
    knows = knows_handing_in(user=user)
    counts = office_counts(user=user, counted=counted(request))
    if counts:
        frame_is_counted(request, counts.frame)
    return render(
        request,
        "progress/overview.html",
        {
            "choice": choice,
            "is_frozen": is_frozen(choice),
            "figures": whole,
            "before": standing.before,
            "dropped": dropped_since(period_read(choice.period)),
            "all_address": links.to(),
            "statuses": statuses,
            "lights": lights,
            "sentence": sentence(
                whole,
                all_address=links.to(),
                statuses=statuses,
                lights=lights,
                handing_in=reports if knows else None,
                matters=(matters.total.number, matters.total.address) if matters else None,
            ),
            "cards": _cards(standing, choice, user, reports, matters),
            "rates": rate_pairs(whole, links),
            "handing_in": reports,
            "lines": lines,
            "bars": bars_by_light(lines) if by_light else bars_by_status(lines),
            "bars_by_light": by_light,
            "trend": trend_shown(
                trend_until(choice, standing, user=user, today=today),
                {},
                by_task=user.is_coordinator,
            ),
            "waits": waits_shown(counts.waits) if counts else [],
            "late": late_tasks(standing.rows, user=user, period=choice.period),
            "red_address": links.to(light="red"),
            "matters": matters,
            "matters_waiting": matters_waiting(user=user, today=today)
            if user.role == Role.LEADER
            else [],
            "entries": newest_entries(user) if user.role == Role.AUDITOR else None,
            "export_query": request.GET.urlencode(),
            "errata": _errata(user, choice),
            "undelivered": counts.undelivered if counts else None,
        },
    )


def _cards(
    standing: Standing[TaskGroup],
    choice: PeriodChoice,
    user: User,
    reports: HandingIn | None,
    matters: Card | None,
) -> list[Card]:
    links, before = TaskLinks(choice.parameters), standing.figures_before
    whole = standing.figures.whole
    cards = [
        status_card(status_counts(whole, links), links.to(), whole, before),
        light_card(light_counts(whole, links), links.to(), whole, before),
    ]
    if reports is not None and choice.period is not None:
        is_of_part = not knows_handing_in(user=user)
        cards.append(
            handing_in_card(reports, before, is_open=choice.period.is_open, is_of_part=is_of_part)
        )
    return [*cards, matters] if matters else cards


def _errata(user: User, choice: PeriodChoice) -> Sequence[Erratum]:
    """What stands beside the figures of a closed period; there is none of an open one."""
    if choice.period is None or choice.period.is_open:
        return []
    errata = Erratum.objects.visible_to(user).filter(period=choice.period)
    return list(errata.select_related("report__task", "period", "measure").order_by("number"))

"""A chapter: its figures, how they went over the periods, and its tasks."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from progress.pages.counts import light_counts, rate_pairs, status_counts
from progress.pages.dashboards.cards import handing_in_card, light_card, status_card
from progress.pages.dashboards.standing import handing_in_shown, is_frozen, standing_of, trend_until
from progress.pages.dashboards.trends import trend_shown
from progress.pages.known_already import known_while_unchanged
from progress.pages.reading import TaskLinks, period_choice, register_reader
from progress.rollups import knows_handing_in
from tasks.models import Chapter


@require_safe
@known_while_unchanged
def chapter(request: HttpRequest, number: int) -> HttpResponse:
    """A chapter's figures and its tasks. Raises Http404 for a number that is no chapter's."""
    user = register_reader(request)
    chapters = list(Chapter.objects.visible_to(user).order_by("number"))
    shown = next((one for one in chapters if one.number == number), None)
    if shown is None:
        raise Http404(_("There is no chapter %(number)d.") % {"number": number})
    today = timezone.localdate()
    choice = period_choice(request, user)
    standing = standing_of(choice, user=user, today=today, chapter=number)
    links = TaskLinks({"chapter": number, **choice.parameters})
    figures, before = standing.figures.of(chapter=number), standing.figures_before
    statuses, lights = status_counts(figures, links), light_counts(figures, links)
    rows = [row for row in standing.rows if row.chapter_number == number]
    reports = handing_in_shown(rows, figures, links, user=user, choice=choice)
    cards = [
        status_card(statuses, links.to(), figures, before),
        light_card(lights, links.to(), figures, before),
    ]
    if reports is not None and choice.period is not None:
        is_of_part = not knows_handing_in(user=user)
        cards.append(
            handing_in_card(reports, before, is_open=choice.period.is_open, is_of_part=is_of_part)
        )
    points = trend_until(choice, standing, user=user, today=today, chapter=number)
    return render(
        request,
        "progress/chapter.html",
        {
            "chapter": shown,
            "chapters": chapters,
            "choice": choice,
            "is_frozen": is_frozen(choice),
            "rows": rows,
            "figures": figures,
            "before": standing.before,
            "cards": cards,
            "all_address": links.to(),
            "statuses": statuses,
            "lights": lights,
            "rates": rate_pairs(figures, links),
            "handing_in": reports,
            "trend": trend_shown(points, {"chapter": number}, by_task=user.is_coordinator),
        },
    )

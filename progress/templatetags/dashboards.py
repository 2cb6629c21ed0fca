"""The parts of dashboards as template tags: the figures on top, what is late, the chapters."""

import functools
from collections.abc import Sequence
from dataclasses import dataclass

from django import template
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.text import Truncator
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from progress.pages.counts import Count, HandingIn, RatePair
from progress.pages.dashboards.bars import ChapterLine
from progress.pages.dashboards.cards import Card
from progress.pages.dashboards.late import LateTask
from progress.pages.drawn import drawn
from progress.pages.reading import PeriodChoice, address_of
from progress.rollups import Figures
from progress.templatetags.charts import change
from progress.templatetags.components import agency_link, light_badge, stacked_bar, status_badge

register = template.Library()


@register.simple_tag
def figure_cards(cards: Sequence[Card]) -> SafeString:
    """The figures on top, each number with its change since the period before."""
    return drawn(
        "cards.jinja",
        cards=cards,
        status=status_badge,
        light=light_badge,
        change=change,
        bar=stacked_bar,
    )


@register.simple_tag
def rate_pairs(
    rates: Sequence[RatePair], all_address: str, handing_in: HandingIn | None
) -> SafeString:
    """The rates by task and by measure, and how much was handed in on time where that is told."""
    return drawn(
        "rates.jinja",
        rates=rates,
        all_address=all_address,
        handing_in=handing_in,
        words={
            "by_measure": _("By measure"),
            "formula": _("= %(formula)s"),
            "on_time": _("Handed in on time"),
        },
    )


@register.simple_tag
def period_choice(choice: PeriodChoice) -> SafeString:
    """The form that chooses the period; "" while none was ever opened."""
    if choice.period is None:
        return SafeString("")
    return drawn(
        "period_choice.jinja",
        choice=choice,
        words={
            "label": _("As of period"),
            "open": pgettext("period", "open"),
            "closed": pgettext("period", "closed"),
            "show": _("Show"),
        },
    )


@dataclass(frozen=True, slots=True)
class LateLine:
    """A task that is late, its words cut to what stands on one line, drawn."""

    page: str
    title: str
    light: SafeString
    leads: SafeString
    problems: str
    said_in: str


@register.simple_tag
def late_lines(late: Sequence[LateTask], query: str) -> SafeString:
    """What is late, and why; `query` is what addresses end with."""
    link = functools.partial(agency_link, query=query)
    return drawn(
        "late_rows.jinja",
        lines=[
            LateLine(
                page=address_of("task", one.row.number) + query,
                title=f"{one.row.number} {Truncator(one.row.title).chars(26)}",
                light=light_badge(one.row.light, one.row.light_reason),
                leads=format_html_join("、", "{}", ((link(lead),) for lead in one.row.leads)),
                problems=Truncator(one.problems).chars(48),
                said_in=one.said_in,
            )
            for one in late
        ],
    )


@register.simple_tag
def chapter_table(
    lines: Sequence[ChapterLine],
    figures: Figures,
    statuses: Sequence[Count],
    lights: Sequence[Count],
    all_address: str,
    handing_in: HandingIn | None,
) -> SafeString:
    """The chapters in numbers, each leading to the tasks that it counts, and their sums."""
    return drawn(
        "chapter_table.jinja",
        lines=lines,
        statuses=statuses,
        lights=lights,
        all=figures.tasks,
        all_address=all_address,
        handing_in=handing_in if any(line.handing_in for line in lines) else None,
        badges=[
            *(status_badge(one.value) for one in statuses),
            *(light_badge(one.value) for one in lights),
        ],
        words={
            "chapter": _("Chapter"),
            "tasks": _("Tasks"),
            "status": _("Status"),
            "light": _("Light"),
            "handed_in": _("Handed in"),
            "whole": _("The whole list"),
        },
    )

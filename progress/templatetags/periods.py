"""The lines of the list of periods as a template tag."""

from collections.abc import Sequence
from dataclasses import dataclass

from django import template
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from progress.filters import HANDED_IN
from progress.pages.drawn import drawn
from progress.pages.reading import TaskLinks, address_of
from progress.rollups import PeriodFigures
from progress.states import ReportState

register = template.Library()


@dataclass(frozen=True, slots=True)
class Line:
    """A period's figures, its state in words, and where they lead; `closing` is "" of a closed
    one."""

    figures: PeriodFigures
    state: str
    page: str
    handed_in: str
    approved: str
    closing: str


@register.simple_tag
def period_rows(figures: Sequence[PeriodFigures]) -> SafeString:
    """A line for each period, its numbers leading to the tasks that they count."""
    return drawn(
        "period_rows.jinja",
        lines=[_line(one) for one in figures],
        words={
            "opens": _("Opens"),
            "due": capfirst(_("due")),
            "estimated": _("estimated from weekends"),
            "handed_in": _("Handed in / due"),
            "approved": _("Approved"),
            "state": _("State"),
            "close": _("Close …"),
        },
    )


def _line(figures: PeriodFigures) -> Line:
    period = figures.period
    code, links = period.code, TaskLinks({"period": period.code})
    closed_on = f"{timezone.localtime(period.closed_at):%Y-%m-%d}" if period.closed_at else ""
    return Line(
        figures,
        pgettext("period", "open")
        if period.is_open
        else f"{pgettext('period', 'closed')} {closed_on}",
        page=address_of("period", code),
        handed_in=links.to(reporting=HANDED_IN),
        approved=links.to(reporting=ReportState.APPROVED.value),
        closing=address_of("period-close", code) if period.is_open else "",
    )

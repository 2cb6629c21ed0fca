"""Charts, matrices and figure cards as template tags (templates/components)."""

import functools
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from progress.pages.charts import Lines, Matrix, StackedBars, line_chart
from progress.pages.drawn import drawn
from progress.templatetags.components import icon

register = template.Library()

# Whether more of it is good news: the value of `good` of a change.
GOOD_UP, GOOD_DOWN = "up", "down"
# What has dark figures on it: what is hollow, and amber.
DARK_FIGURES = frozenset({"status-not_started", "light-grey", "light-yellow"})


@register.simple_tag
def stacked_bar_chart(
    chart: StackedBars, name: str, caption: str = "", *, corner: str = "", table: str = ""
) -> SafeString:
    """Stacked bars with their legend and the table behind them.

    `name` is unique on the page and becomes part of identifiers; `caption` says what is counted;
    `corner` names what the rows are. `table` is the address of a table on the page that has the
    same numbers ("#chapters"), where there is one.
    """
    return drawn(
        "stacked_bars.jinja",
        chart=chart,
        name=name,
        caption=caption,
        corner=corner,
        table=table,
        table_icon=icon("table"),
        dark=DARK_FIGURES,
        words={"table": _("The numbers as a table"), "together": _("Together")},
    )


@register.simple_tag
def trend_chart(lines: Lines, name: str, title: str, description: str = "") -> SafeString:
    """Lines over periods with legend, axes, and the table with the formulas behind them.

    `name` is unique on the page; `title` and `description` are what a screen reader says of it.
    """
    return trend_drawn(get_language(), lines, name, title, description)


# Kept, since a trend has hundreds of marks and cells, and only its last period still moves.
@functools.lru_cache(maxsize=128)
def trend_drawn(
    _language: str | None, lines: Lines, name: str, title: str, description: str
) -> SafeString:
    return drawn(
        "trend.jinja",
        chart=line_chart(lines),
        name=name,
        title=title,
        description=description,
        table_icon=icon("table"),
        words={
            "table": _("The numbers as a table"),
            "figure": _("Figure"),
            "formula": _("Formula"),
        },
    )


@register.inclusion_tag("components/matrix.html")
def matrix(matrix: Matrix, name: str) -> dict[str, Any]:
    """Counts by two properties; its head and first column stay in sight while it is scrolled."""
    return {"matrix": matrix, "name": name}


@register.inclusion_tag("components/figure_card.html")
def figure_card(
    number: float | str,
    label: str,
    address: str = "",
    *,
    unit: str = "",
    before: float | None = None,
    good: str = "",
    said: str = "",
    symbol: str = "",
) -> dict[str, Any]:
    """A number with its name, its change since the last period, and the way to what it counts.

    `before` is the number of the last period, None where there is none; `good` says which way is
    good news ("up" or "down"), "" for neither; `said` is a line of small print below.
    """
    return {
        "number": number,
        "label": label,
        "address": address,
        "unit": unit,
        "change": "" if before is None or isinstance(number, str) else change(number, before, good),
        "said": said,
        "symbol": symbol,
    }


@register.simple_tag
def change(now: float, before: float, good: str = "", *, short: bool = False) -> SafeString:
    """What has become of a number since the last period: an arrow and words, "较上期 +3".

    With `short` the amount stands alone, and the words are for screen readers.
    """
    difference = round(now - before, 1)
    if not difference:
        return _unchanged(pgettext("figure", "as last period"), short=short, symbol=icon("steady"))
    rises = difference > 0
    tone = "" if not good else " change-better" if rises == (good == GOOD_UP) else " change-worse"
    # A minus sign as wide as the plus sign, not a hyphen.
    amount = f"{'+' if rises else '−'}{abs(difference):g}"
    words = _("%(amount)s since last period") % {"amount": amount}
    return _changed(
        tone, "" if short else icon("arrow-up" if rises else "arrow-down"), amount, words
    )


# Kept, since dashboards have dozens of changes, most of them small.
@functools.lru_cache(maxsize=64)
def _unchanged(words: str, *, short: bool, symbol: SafeString) -> SafeString:
    if short:
        return format_html('<span class="visually-hidden">{}</span>', words)
    return format_html('<span class="change">{}<span>{}</span></span>', symbol, words)


@functools.lru_cache(maxsize=4096)
def _changed(tone: str, symbol: str, amount: str, words: str) -> SafeString:
    """With a `symbol` in words, without one the amount alone, and the words for screen readers."""
    if symbol:
        return format_html('<span class="change{}">{}<span>{}</span></span>', tone, symbol, words)
    return format_html(
        '<span class="change{}"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span></span>',
        tone,
        amount,
        words,
    )

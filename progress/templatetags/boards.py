"""The lines of the hand-in board as a template tag."""

from collections.abc import Sequence
from html import escape

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from progress.pages.board import Line, Tally
from progress.pages.drawn import drawn

register = template.Library()


ZERO = SafeString('<span class="zero">0</span>')


def tally(one: Tally) -> SafeString:
    """A number of the board, which leads to the rows that it counts."""
    if not one.count:
        return ZERO
    if not one.address:
        return SafeString(one.count)  # nosec B703 - a number
    current = ' aria-current="true"' if one.is_shown else ""
    return SafeString(f'<a href="{escape(one.address)}"{current}>{one.count}</a>')  # nosec B703


@register.simple_tag
def board_rows(lines: Sequence[Line], reminds: bool) -> SafeString:
    """A line for each agency; with `reminds` each can be chosen to be reminded."""
    return drawn(
        "board_rows.jinja",
        lines=lines,
        reminds=reminds,
        tally=tally,
        words={
            "handed_in": _("Reports handed in / due"),
            "missing": pgettext("board", "Not handed in"),
            "since": _("Missing since"),
            "returned": pgettext("board", "Returned"),
            "review": pgettext("board", "Waiting within the agency"),
            "office": pgettext("board", "Waiting at the office"),
            "owed": _("Contributions owed / due"),
            "reminded": _("Last reminder"),
        },
    )

"""The lines of the hand-in board as a template tag."""

from collections.abc import Sequence

from django import template
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from progress.pages.board import Line
from progress.pages.drawn import drawn

register = template.Library()


@register.simple_tag
def board_rows(lines: Sequence[Line], reminds: bool) -> SafeString:
    """A line for each agency; with `reminds` each can be chosen to be reminded."""
    return drawn(
        "board_rows.jinja",
        lines=lines,
        reminds=reminds,
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

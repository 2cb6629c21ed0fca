"""The parts of the registers' pages as template tags."""

import functools

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from progress.models import CompletionState, DecisionState, MatterState
from progress.templatetags.components import icon

register = template.Library()

# What still waits for somebody, what came to a good end, and what did not: an icon for each.
_LOOKS: dict[str, tuple[str, str]] = {
    MatterState.OPEN: ("waiting", "warning"),
    MatterState.ANSWERED: ("answered", "info"),
    MatterState.CLOSED: ("done", "success"),
    DecisionState.REQUESTED: ("waiting", "warning"),
    DecisionState.GRANTED: ("done", "success"),
    DecisionState.REFUSED: ("refused", "close"),
    DecisionState.WITHDRAWN: ("withdrawn", "left"),
    CompletionState.REOPENED: ("refused", "updown"),
}


@register.simple_tag
def entry_state_badge(state: MatterState | DecisionState | CompletionState) -> SafeString:
    """The state of an entry of a register, an icon and a word."""
    return _drawn(state.value, str(state.label))


@functools.cache
def _drawn(state: str, label: str) -> SafeString:
    look, symbol = _LOOKS[state]
    return format_html(
        '<span class="badge-entry entry-{}">{}<span>{}</span></span>', look, icon(symbol), label
    )

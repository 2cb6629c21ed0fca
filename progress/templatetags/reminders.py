"""The parts of the pages of reminders as template tags."""

import functools

from django import template
from django.forms import BoundField
from django.utils.html import format_html
from django.utils.safestring import SafeString

from progress.models import ReminderState
from progress.templatetags.components import icon

register = template.Library()

# What waits, what arrived, what did not, and what was called off: an icon for each.
_OUTCOMES: dict[str, tuple[str, str]] = {
    "sent": ("done", "success"),
    "would-be-sent": ("answered", "inbox"),
    "waits": ("waiting", "clock"),
    "failed": ("refused", "warning"),
    "unreachable": ("refused", "warning"),
    "cancelled": ("withdrawn", "close"),
}
_LOOKS: dict[str, tuple[str, str]] = {
    ReminderState.OWED: ("waiting", "clock"),
    ReminderState.CLAIMED: ("answered", "steady"),
    ReminderState.SENT: ("done", "success"),
    ReminderState.FAILED: ("refused", "warning"),
    ReminderState.CANCELLED: ("withdrawn", "close"),
}


@register.simple_tag
def reminder_badge(state: ReminderState) -> SafeString:
    """The state of a reminder, an icon and a word."""
    return _drawn(*_LOOKS[state], str(state.label))


@register.simple_tag
def outcome_badge(kind: str, label: object) -> SafeString:
    """What became of a message of a day, or would: an icon and a word."""
    return _drawn(*_OUTCOMES[kind], str(label))


@register.simple_tag
def day_field(field: BoundField) -> SafeString:
    """The control of a day alone, for a form in one line."""
    attrs: dict[str, str | bool] = {"class": "form-control"}
    if field.errors:
        attrs |= {
            "class": "form-control is-invalid",
            "aria-invalid": "true",
            "aria-describedby": f"{field.auto_id}_error",
        }
    return field.as_widget(attrs=attrs)


@functools.cache
def _drawn(look: str, symbol: str, label: str) -> SafeString:
    return format_html(
        '<span class="badge-entry entry-{}">{}<span>{}</span></span>', look, icon(symbol), label
    )

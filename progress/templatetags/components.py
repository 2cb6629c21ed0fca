"""The parts of pages as template tags: badges, links, rates, form fields (templates/components)."""

import datetime as dt
import functools
import re
from collections.abc import Sequence
from typing import Any

from django import template
from django.core.files.storage import Storage, storages
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect, Select
from django.templatetags.static import static
from django.urls import get_script_prefix
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from markupsafe import escape as escape_as_jinja

from agencies.models import Agency, User
from agencies.telephones import telephone_for
from progress.differences import Kind, Piece
from progress.lights import Light
from progress.pages.counts import Count
from progress.pages.drawn import drawn
from progress.pages.reading import address_of, address_with
from progress.rollups import AgencyRef, Rate
from progress.states import ReportState
from progress.timeline.names import NamesThen
from tasks.listing import chinese_numeral
from tasks.models import Status

register = template.Library()

REPORT_NOT_BEGUN = "none"
A_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})")


@register.simple_tag
def icon(name: str) -> SafeString:
    """A symbol of static/icons.svg. It is decoration: the word always stands beside it."""
    return _icon(_sprite(), name)


def _sprite() -> str:
    return _sprite_at(get_script_prefix(), storages["staticfiles"])


@functools.lru_cache(maxsize=8)
def _sprite_at(_prefix: str, _storage: Storage) -> str:
    """Kept, since a page has dozens of icons and each would look up the same file."""
    return static("icons.svg")


@functools.cache
def _icon(sprite: str, name: str) -> SafeString:
    return format_html(
        '<svg class="icon" aria-hidden="true" focusable="false"><use href="{}#{}"></use></svg>',
        sprite,
        name,
    )


def _badge(kind: str, value: str, label: str) -> SafeString:
    return _drawn_badge(_sprite(), kind, value, label)


@functools.cache
def _drawn_badge(sprite: str, kind: str, value: str, label: str) -> SafeString:
    """Kept, since a page has hundreds of badges of some fifteen kinds in two languages."""
    return format_html(
        '<span class="badge-{} {}-{}">{}<span>{}</span></span>',
        kind,
        kind,
        value,
        _icon(sprite, f"{kind}-{value}"),
        label,
    )


@register.simple_tag
def status_badge(status: str) -> SafeString:
    """The status of a task or measure, an icon and a word."""
    return _badge("status", status, str(Status(status).label))


@register.simple_tag
def light_badge(light: str, reason: str = "") -> SafeString:
    """A light, an icon and a word; with `reason` the sentence that says why beside it."""
    badge = _badge("light", light, str(Light(light).label))
    if not reason:
        return badge
    return format_html('{} <span class="reason">{}</span>', badge, _days_unbroken(reason))


def _days_unbroken(sentence: str) -> SafeString:
    """The sentence, with no line ending within one of its days."""
    # Escaping leaves days as they are.
    return SafeString(A_DAY.sub(r'<span class="day">\1</span>', escape(sentence)))  # nosec B703


@register.simple_tag
def report_state_badge(state: str | None) -> SafeString:
    """The state of a report, an icon and a word; None or "" reads "not begun"."""
    if not state:
        return _badge("report", REPORT_NOT_BEGUN, _("Not begun"))
    return _badge("report", state, str(ReportState(state).label))


@register.simple_tag
def agency_link(agency: Agency | AgencyRef, query: str = "") -> SafeString:
    """A link to the agency's page, named as tables name it, its full name where that is longer.

    `query` is what the address ends with: "" or "?period=2026-10".
    """
    address = address_of("agency", agency.id) + query
    if agency.name == agency.short_name:
        return format_html('<a href="{}">{}</a>', address, agency.name)
    return format_html('<a href="{}" title="{}">{}</a>', address, agency.name, agency.short_name)


@register.simple_tag
def telephone(agency: Agency, person: User) -> str:
    """The agency's telephone as this person may read it."""
    return telephone_for(agency, person) or "—"


@register.simple_tag
def agency_then(names: NamesThen, person: User, at: dt.datetime) -> str:
    """The short name, at that moment, of the agency for which the person acted; "" for none."""
    return names.of_person(person, at)


@register.simple_tag
def rate(rate: Rate, label: str, address: str = "", whole_address: str = "") -> SafeString:
    """A rate with its formula beside it; `address` leads to the rows that its part counts."""
    return drawn(
        "rate.jinja",
        rate=rate,
        label=label,
        formula=_("= %(formula)s") % {"formula": rate.formula},
        address=address,
        whole_address=whole_address,
    )


@register.inclusion_tag("components/field.html")
def field(field: BoundField) -> dict[str, Any]:
    """One form field: label, control, help and errors, tied together for screen readers."""
    widget = field.field.widget
    is_group = isinstance(widget, (CheckboxSelectMultiple, RadioSelect))
    is_checkbox = isinstance(widget, CheckboxInput)
    attrs: dict[str, str | bool] = {}
    # Django gives the class of a group to its boxes and to the element around them alike.
    if not is_group:
        css_class = "form-select" if isinstance(widget, Select) else "form-control"
        attrs["class"] = "form-check-input" if is_checkbox else css_class
    if field.errors:
        attrs["aria-invalid"] = "true"
        if not is_group:
            attrs["class"] = f"{attrs['class']} is-invalid"
    described_by = " ".join(
        f"{field.auto_id}_{part}"
        for part, is_there in (("helptext", field.help_text), ("error", field.errors))
        if is_there
    )
    if described_by and not is_group:
        attrs["aria-describedby"] = described_by
    return {
        "field": field,
        "control": field.as_widget(attrs=attrs),
        "is_group": is_group,
        "is_checkbox": is_checkbox,
        "described_by": described_by,
    }


@register.simple_tag(takes_context=True)
def query_with(context: template.Context, **changes: object) -> str:
    """The query string of this page with parameters set, or left out where the value is ""."""
    parameters = context["request"].GET.copy()
    return address_with(parameters, **changes)


@register.simple_tag
def stacked_bar(counts: Sequence[Count], kind: str, label: str) -> SafeString:
    """The counts as one bar in an inline SVG, said in words too; `kind` is "status" or "light".

    The numbers themselves stand in the table beside it, so the bar is a picture of them, no more.
    """
    labels = dict(Status.choices if kind == "status" else Light.choices)
    shares, left = [], 0.0
    for count in counts:
        if count.count:
            shares.append((round(left, 2), count.percent, f"fill-{kind}-{count.value}"))
            left += count.percent
    words = ", ".join(f"{labels[count.value]} {count.count}" for count in counts if count.count)
    return format_html(
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" '
        'aria-label="{}: {}">{}</svg>',
        label,
        words,
        format_html_join(
            "", '<rect x="{}" y="0" width="{}" height="10" class="{}"></rect>', shares
        ),
    )


_MARKS = {
    Kind.SAME: ("", ""),
    Kind.REMOVED: ("<del>", "</del>"),
    Kind.ADDED: ("<ins>", "</ins>"),
}


@register.simple_tag
def marked(pieces: Sequence[Piece]) -> SafeString:
    """A text with what was taken out of it and what was put into it marked as such."""
    drawn = []
    for piece in pieces:
        begins, ends = _MARKS[piece.kind]
        drawn += [begins, escape_as_jinja(piece.text), ends]
    # Put together as text: markup that is joined would be looked through once more each time.
    return SafeString("".join(drawn))  # nosec B703


@register.simple_tag
def status_change(before: str, now: str) -> SafeString:
    """The status now, after the one before it where that was another ("" where it was not)."""
    if not before:
        return status_badge(now)
    return format_html(
        '{} <span class="became" aria-hidden="true">→</span>'
        '<span class="visually-hidden">{}</span> {}',
        status_badge(before),
        _("became"),
        status_badge(now),
    )


@register.simple_tag
def deadline(day: dt.date | None, original: dt.date | None) -> SafeString:
    """A deadline, the first one beside it where another has taken its place; "" for none."""
    shown = day.isoformat() if day else ""
    if original is None or original == day:
        return format_html("{}", shown)
    return format_html(
        '{} <span class="reason nowrap">{}</span>',
        shown or _("Not set"),
        _("originally %(day)s") % {"day": original.isoformat()},
    )


@register.filter
def numeral(number: int) -> str:
    """A chapter's number as the list writes it: 一, 十四."""
    return chinese_numeral(number)

"""Words that were searched for, marked in what a list shows."""

from collections.abc import Sequence

from django import template
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from agencies.models import Agency
from progress.hits import Snippet, Stretch, marked_hits
from progress.pages.lists.found import Place
from progress.rollups import AgencyRef
from progress.templatetags.components import agency_link
from tasks.models import Division

register = template.Library()


def _drawn(stretches: Sequence[Stretch]) -> SafeString:
    return format_html_join(
        "",
        "{}",
        ((format_html("<mark>{}</mark>" if one.is_hit else "{}", one.text),) for one in stretches),
    )


@register.simple_tag
def with_hits(text: str, words: Sequence[str] | str) -> SafeString:
    """The text, the words in it marked; without words as it is."""
    return _drawn(marked_hits(text, words)) if words else format_html("{}", text)


@register.simple_tag
def snippet(shown: Snippet) -> SafeString:
    """A part of a text with the words marked, and … where text was left off."""
    return format_html(
        "{}{}{}",
        "…" if shown.cut_before else "",
        _drawn(shown.stretches),
        "…" if shown.cut_after else "",
    )


@register.simple_tag
def agency_with_hits(
    agency: Agency | AgencyRef, words: Sequence[str] | str, query: str = ""
) -> SafeString:
    """As `agency_link`, the words in the short name marked."""
    if not words:
        return agency_link(agency, query)
    return format_html(
        '<a href="{}" title="{}">{}</a>',
        reverse("agency", args=[agency.id]) + query,
        agency.name,
        with_hits(agency.short_name, words),
    )


@register.filter
def of_row(found: dict[int, Sequence[Place]] | str, pk: int) -> Sequence[Place]:
    """The places found beside the row with this id."""
    return found.get(pk, ()) if isinstance(found, dict) else ()


@register.filter
def division_words(division: str) -> str:
    """How the agencies of a task share it, in words."""
    return str(Division(division).label)

"""Words that were searched for, marked in what a list shows."""

from collections.abc import Sequence

from django import template
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString

from agencies.models import Agency
from progress.hits import Snippet, Stretch, marked_hits
from progress.pages.drawn import drawn
from progress.pages.lists.found import Place
from progress.pages.reading import address_of
from progress.rollups import AgencyRef
from progress.templatetags.components import agency_link
from tasks.models import Division

register = template.Library()


def _drawn(stretches: Sequence[Stretch]) -> SafeString:
    escaped = ((conditional_escape(one.text), one.is_hit) for one in stretches)
    # A page has hundreds of them, and what is put together here is escaped.
    return SafeString(  # nosec B703
        "".join([f"<mark>{text}</mark>" if is_hit else text for text, is_hit in escaped])
    )


@register.simple_tag
def with_hits(text: str, words: Sequence[str] | str) -> SafeString:
    """The text, the words in it marked; without words as it is."""
    return _drawn(marked_hits(text, words)) if words else format_html("{}", text)


@register.simple_tag
def snippet(shown: Snippet) -> SafeString:
    """A part of a text with the words marked, and … where text was left off."""
    before, after = "…" if shown.cut_before else "", "…" if shown.cut_after else ""
    return SafeString(f"{before}{_drawn(shown.stretches)}{after}")  # nosec B703


@register.simple_tag
def places_drawn(places: Sequence[Place]) -> SafeString:
    """Where else the words stand, each with the way there."""
    return drawn("places_found.jinja", places=places, snippet=snippet)


@register.simple_tag
def agency_with_hits(
    agency: Agency | AgencyRef, words: Sequence[str] | str, query: str = ""
) -> SafeString:
    """As `agency_link`, the words in the short name marked."""
    if not words:
        return agency_link(agency, query)
    return format_html(
        '<a href="{}" title="{}">{}</a>',
        address_of("agency", agency.id) + query,
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

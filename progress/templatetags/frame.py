"""The parts of the frame that every page has around it, as template tags."""

from django import template
from django.template.context import Context
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from progress.pages.drawn import drawn
from progress.pages.reading import address_of
from progress.templatetags.components import icon

register = template.Library()


@register.simple_tag(takes_context=True)
def site_header(context: Context) -> SafeString:
    """The bar on top: the product, the search, the reader's own places and how much waits there."""
    reader, request = context.get("reader"), context.get("request")
    return drawn(
        "site_header.jinja",
        reader=reader,
        navigation=context.get("navigation"),
        searches=reader is not None and not reader.is_administrator,
        language=None if context.get("held") else get_language(),
        next=context.get("language_back") or (request.get_full_path() if request else ""),
        csrf=_key_of_forms(context),
        icon=icon,
        waiting=_waiting,
        addresses={
            "home": address_of("home"),
            "tasks": address_of("task-list"),
            "language": address_of("set-language"),
            "sign_out": address_of("sign-out"),
        },
        words={
            "name": _("Tianjin pilot tasks for opening up the service sector"),
            "search_all": _("Search all tasks"),
            "search": _("Search"),
            "sign_out": _("Sign out"),
            "navigation": _("Main navigation"),
        },
    )


@register.simple_tag(takes_context=True)
def session_end_told(context: Context) -> SafeString:
    """What tells somebody that their session ends; "" of nobody who is signed in."""
    ends = context.get("session_ends")
    if not ends:
        return SafeString("")
    return drawn(
        "session_ends.jinja",
        ends=ends,
        csrf=_key_of_forms(context),
        addresses={"left": address_of("session-left"), "sign_in": address_of("sign-in")},
        words={
            "soon": _("You will be signed out soon"),
            "over": _("You are signed out"),
            "idle": _(
                "Nothing was opened, sent or typed for a while. Without an answer you will be "
                "signed out at:"
            ),
            "last": _(
                "This session has lasted as long as one may. Save what you have typed and sign in "
                "anew before:"
            ),
            "kept": _(
                "What is typed on this page is still here: sign in in a new tab, come back, and "
                "then go on."
            ),
            "stay": _("Stay signed in"),
            "sign_in": _("Sign in in a new tab"),
            "close": _("Close"),
        },
    )


def _waiting(count: int) -> str:
    return ngettext("%(count)s waiting", "%(count)s waiting", count) % {"count": count}


def _key_of_forms(context: Context) -> SafeString:
    """As Django's own tag of the token writes it."""
    key = context.get("csrf_token")
    if not key or key == "NOTPROVIDED":
        return SafeString("")
    return format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', key)

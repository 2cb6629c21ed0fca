"""One's own sessions, each to be ended; those of others by administrators."""

import datetime as dt
from dataclasses import dataclass

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from agencies.accounts import accounts_visible_to
from agencies.models import Session
from agencies.pages import administrators_only, reader_of
from agencies.sessions import (
    browser_of,
    digest_of,
    no_sign_of_life,
    other_sessions_end,
    session_end,
    sessions_end,
    sessions_of,
)
from agencies.sessions.store import SessionStore


@dataclass(frozen=True, slots=True)
class SessionShown:
    """A session, its browser in two words, and whether it is the one that asks."""

    session: Session
    browser: str
    is_this_one: bool


# So long people have to answer before they are signed out, or half of a shorter time without them.
WARNED_BEFORE = dt.timedelta(minutes=5)


def session_ends(request: HttpRequest) -> dict[str, object]:
    """For every page of somebody who is signed in: in how many seconds to ask how long the session
    still has, and how many seconds before its end they are told."""
    session, user = getattr(request, "session", None), getattr(request, "user", None)
    if not isinstance(session, SessionStore) or user is None or not user.is_authenticated:
        return {}
    left, _lasts = session.left(now=timezone.now())
    idle = settings.SESSION_IDLE
    warned = min(WARNED_BEFORE, idle / 2) if idle else WARNED_BEFORE
    asks_in = max(0, int((left - warned).total_seconds()))
    return {"session_ends": {"asks_in": asks_in, "warns": int(warned.total_seconds())}}


@no_sign_of_life
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def session_left(request: HttpRequest) -> JsonResponse:
    """How long the session still has, for the script that warns of its end; being asked keeps it
    open for no longer. A POST is somebody's answer that they are there."""
    session, now = request.session, timezone.now()
    assert isinstance(session, SessionStore)
    if request.method == "POST":
        session.seen(now=now, every=dt.timedelta(0))
    left, lasts = session.left(now=now)
    seconds = max(0, int(left.total_seconds()))
    return JsonResponse({"seconds": seconds, "lasts": lasts, "key": get_token(request)})


@never_cache
@require_safe
def sessions(request: HttpRequest) -> HttpResponse:
    """Where one is signed in: since when, last seen, from which address and with which browser."""
    mine, this_one = sessions_of(reader_of(request), now=timezone.now()), digest_of(request)
    shown = [SessionShown(one, browser_of(one.browser), one.digest == this_one) for one in mine]
    return render(request, "agencies/sessions.html", {"sessions": shown})


@require_POST
def session_end_page(request: HttpRequest, pk: int) -> HttpResponse:
    """End one of one's own sessions; anybody else's is not found."""
    user, now = reader_of(request), timezone.now()
    session = get_object_or_404(Session.objects.visible_to(user), pk=pk)
    session_end(session=session, by=user, now=now)
    if session.digest == digest_of(request):
        return redirect("sign-in")
    messages.success(request, _("The session has ended."))
    return redirect("sessions")


@require_POST
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    """End all of one's own sessions but the one that asks."""
    count = other_sessions_end(user=reader_of(request), but=digest_of(request), now=timezone.now())
    _said(request, count)
    return redirect("sessions")


@require_POST
@administrators_only
def account_sessions_end(request: HttpRequest, pk: int) -> HttpResponse:
    """End all sessions of somebody else; one's own have a page of their own."""
    by = reader_of(request)
    account = get_object_or_404(accounts_visible_to(by).exclude(pk=by.pk), pk=pk)
    _said(request, sessions_end(account=account, by=by, now=timezone.now()))
    return redirect("account-edit", pk)


def _said(request: HttpRequest, count: int) -> None:
    sentence = ngettext("%(count)d session has ended.", "%(count)d sessions have ended.", count)
    messages.success(request, sentence % {"count": count})

"""Ending sessions, and noting that somebody is there. The only writers beside Django's own."""

import datetime as dt
from collections.abc import Callable, Iterable
from typing import TypeVar

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.administering import administrator_check
from agencies.audit import audit_event
from agencies.models import Session, User
from agencies.sessions.store import SessionStore

View = TypeVar("View", bound=Callable[..., HttpResponseBase])

# In the order in which they are looked for: each browser names those before it too.
BROWSERS = (
    ("360SE", "360"),
    ("QIHU", "360"),
    ("Edg/", "Edge"),
    ("OPR/", "Opera"),
    ("UBrowser", "UC"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Windows", "Windows"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Mac OS X", "macOS"),
    ("UOS", "UOS"),
    ("Kylin", "Kylin"),
    ("Linux", "Linux"),
)


def digest_of(request: HttpRequest) -> str:
    """By which the session that asks is known."""
    assert isinstance(request.session, SessionStore)
    return request.session.digest


def sessions_of(user: User, *, now: dt.datetime) -> QuerySet[Session]:
    """The sessions in which this person is signed in, the one last used first."""
    return Session.objects.visible_to(user).alive(now=now)


def session_end(*, session: Session, by: User, now: dt.datetime) -> None:
    """End one of one's own sessions. Raises PermissionDenied for anybody else's."""
    if session.user_id != by.pk:
        raise PermissionDenied(_("Only the person whose session this is may end it."))
    _ended(Session.objects.filter(pk=session.pk), of=by, by=by, now=now)


def other_sessions_end(*, user: User, but: str, now: dt.datetime) -> int:
    """End all of one's own sessions but the one of this digest ("": all); returns how many."""
    return _ended(Session.objects.visible_to(user).exclude(digest=but), of=user, by=user, now=now)


def sessions_end(*, account: User, by: User, now: dt.datetime) -> int:
    """End all sessions of somebody, by an administrator; returns how many.

    Raises PermissionDenied for anybody else. Tokens go on: who must go is made inactive.
    """
    administrator_check(by)
    return _ended(Session.objects.visible_to(account), of=account, by=by, now=now)


def sessions_drop(user_ids: Iterable[int], *, but: str = "") -> None:
    """End the sessions of accounts of which an act says why they end; not the one of the digest
    `but`."""
    Session.objects.filter(user__in=user_ids).exclude(digest=but).delete()


def sessions_sweep() -> None:
    """Remove what is left of sessions that are over: it says who was where."""
    SessionStore.clear_expired()


def _ended(sessions: QuerySet[Session], *, of: User, by: User, now: dt.datetime) -> int:
    with transaction.atomic():
        count, _models = sessions.delete()
        if count:
            audit_event("user.sessions_end", of, by=by, now=now, count=count)
    return count


def browser_of(written: str) -> str:
    """What a browser says of itself, in two words, such as "Chrome, Windows"; as much of what it
    says as fits where it is none that is known."""
    names = [
        next((name for sign, name in signs if sign in written), "") for signs in (BROWSERS, SYSTEMS)
    ]
    return ", ".join(filter(None, names)) or written[:40]


class SeenMiddleware:
    """Notes that the person of a session is there: whatever they open, send or type.

    A draft saves itself only after somebody has typed, so that is a sign of life as well. What a
    page asks on its own, again and again, is none (`no_sign_of_life`): it would keep a session
    open in front of an empty chair.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: object, kwargs: object
    ) -> None:
        if getattr(view, "is_sign_of_life", True) and request.user.is_authenticated:
            assert isinstance(request.session, SessionStore)
            request.session.seen(now=timezone.now())


def no_sign_of_life(view: View) -> View:
    """Mark a page that asks again by itself, so that it keeps no session open."""
    view.is_sign_of_life = False  # type: ignore[attr-defined]
    return view

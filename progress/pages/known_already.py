"""Pages that a browser may hold and ask about: 304 as long as nothing that they show has changed.

What a page shows follows from business data, the day and the reader, as an answer of the API does,
and nothing of business data changes without an entry in the audit trail. What leaves no entry there
goes into the tag by its value: unread messages, reminders that were sent or did not arrive, what
the settings offer, the key of the forms on the page. A page that tells what was just done is shown
once and not held.
"""

import functools
import hashlib
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from django.contrib.messages import get_messages
from django.contrib.staticfiles.storage import staticfiles_storage
from django.http import HttpRequest, HttpResponse, HttpResponseNotModified
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.utils.http import parse_etags
from django.utils.translation import get_language

from agencies.models import User
from progress.closings import release
from progress.pages.navigation import is_counted
from progress.rollups import StateShown, state_shown

View = Callable[..., HttpResponse]
OK = 200
# Held by the reader's own browser, which asks each time; of another session it holds nothing.
HELD = "private, no-cache"
VARIES = ("Accept-Language", "Cookie")


def known_while_unchanged(view: View) -> View:
    """Answer 304 to whoever holds the page that the view would make again."""

    @functools.wraps(view)
    def answered(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        user = request.user
        if not isinstance(user, User) or _tells_something_once(request):
            return view(request, *args, **kwargs)
        # Before the view reads anything: an act meanwhile makes the tag too old, never too new.
        state = state_shown(user=user)
        shown = _shown(request, user, state)
        known = parse_etags(request.headers.get("If-None-Match", ""))
        if _key_of_forms(request) and (tag := _tag(shown, request)) in known:
            return _held(HttpResponseNotModified(), tag)
        is_counted(request, state.counted)
        response = view(request, *args, **kwargs)
        if response.status_code != OK or _tells_something_once(request):
            return response
        return _held(response, _tag(shown, request))

    return answered


def _tells_something_once(request: HttpRequest) -> bool:
    """Whether a sentence about what was done waits to be shown; to ask takes it from nobody."""
    return bool(get_messages(request))


def _key_of_forms(request: HttpRequest) -> str | None:
    """What the tokens of the forms on a page are made of: signing in makes another. None before a
    browser was given one, which the first page with a form does."""
    key: str | None = request.META.get("CSRF_COOKIE")
    return key


def _held(response: HttpResponse, tag: str) -> HttpResponse:
    response["ETag"] = tag
    response["Cache-Control"] = HELD
    patch_vary_headers(response, VARIES)
    return response


def _shown(request: HttpRequest, user: User, state: StateShown) -> tuple[object, ...]:
    """All that decides what the page shows, but for the key of its forms."""
    return (
        *state.numbers,
        timezone.localdate().isoformat(),
        release(),
        _templates(),
        bool(settings.WEBHOOK_HOSTS),
        user.signs_in_by_password,
        user.pk,
        get_language(),
        request.get_host(),
        request.is_secure(),
        request.get_full_path(),
    )


def _tag(shown: tuple[object, ...], request: HttpRequest) -> str:
    said = repr((*shown, _key_of_forms(request)))
    return f'W/"{hashlib.blake2b(said.encode(), digest_size=16).hexdigest()}"'


def _templates() -> str:
    """Stands for what pages are made of beside the code, which `release` stands for: templates, and
    the names of the files that they ask for. With DEBUG a template may be changed meanwhile."""
    if settings.DEBUG:
        return str(max(path.stat().st_mtime_ns for path in _template_files()))
    return _templates_read()


@functools.cache
def _templates_read() -> str:
    digest = hashlib.blake2b(digest_size=16)
    for path in _template_files():
        digest.update(path.read_bytes())
    return f"{digest.hexdigest()} {getattr(staticfiles_storage, 'manifest_hash', '')}"


def _template_files() -> list[Path]:
    return sorted(one for one in (settings.BASE_DIR / "templates").rglob("*.*") if one.is_file())

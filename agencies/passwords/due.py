"""A password that has to be changed before anything else: its page is the only one there is."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.held_posts import asks_for_json, post_hold
from agencies.models import User
from agencies.origin import API_PREFIX
from agencies.passwords.keeping import days_until_due, password_stands_in_the_way
from agencies.passwords.pages import password_page

FORBIDDEN = 403
TOLD_DAYS_BEFORE = 7
# What can be done all the same.
OPEN = frozenset({"password", "session-left", "sign-out"})


def due_told(*, request: HttpRequest, user: User, **_told: Any) -> None:
    """Tell whoever signs in in how many days their password has to be changed, a week before."""
    days = days_until_due(user, now=timezone.now()) if user.signs_in_by_password else None
    if days is not None and 0 < days <= TOLD_DAYS_BEFORE:
        told = ngettext(
            "Your password has to be changed within %(days)d day.",
            "Your password has to be changed within %(days)d days.",
            days,
        )
        messages.warning(request, told % {"days": days}, fail_silently=True)


class PasswordDueMiddleware:
    """Leads whoever has such a password to the page where they change it, and loses nothing of what
    they sent. The API answers sessions of this kind itself (agencies/authentication.py); tokens go
    on, since no password opens them."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., object], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        if request.path.startswith(API_PREFIX) or not getattr(view, "login_required", True):
            return None
        match, user = request.resolver_match, request.user
        if not isinstance(user, User) or (match and match.view_name in OPEN):
            return None
        if not password_stands_in_the_way(request, user, now=timezone.now()):
            return None
        if asks_for_json(request):
            # As when signed out: a form that saves itself goes on keeping what is typed.
            problem = _("Change your password first.")
            return JsonResponse({"kind": "signed_out", "problem": problem}, status=FORBIDDEN)
        if request.method == "POST" and (held := post_hold(request)):
            return password_page(request, held=held)
        wanted = {"next": request.get_full_path()} if request.method == "GET" else {}
        return redirect(f"{reverse('password')}?{urlencode(wanted)}" if wanted else "password")

"""What somebody typed while they were signed out without knowing: held until they sign in again.

The sign-in page carries it, signed, in one hidden field; after signing in, one click sends it to
where it was going. Nothing of it is kept on the server, and nothing is sent unasked: the target
checks the rights of whoever signed in as it checks everybody's.
"""

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.middleware import LoginRequiredMiddleware
from django.core import signing
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render, resolve_url
from django.utils.translation import gettext as _
from django.views.csrf import csrf_failure

SALT = "agencies.held_posts"
# In characters: more than any form of ours takes.
LARGEST = 300_000
# Over the longest holiday: a page that was left open is come back to after it.
LASTS = dt.timedelta(days=10)
FORBIDDEN = 403


@dataclass(frozen=True, slots=True)
class HeldPost:
    """The address that a form was sent to, and its fields in their order.

    What is too old is not sent any more, because what it was meant for has gone on; it is shown.
    """

    address: str
    fields: Sequence[tuple[str, str]]
    is_too_old: bool

    def words(self) -> list[str]:
        """Those of the values that a person has typed, rather than chosen, to be shown."""
        return [value for _name, value in self.fields if not value.isascii() or " " in value]


def post_hold(request: HttpRequest) -> str:
    """The fields of a request that passed the check of its origin, as one signed text.

    "" for what is not to be held: passwords, files, what is too long, and a form without any field
    of its own.
    """
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken"
    ]
    if (
        not fields
        or request.FILES
        or any("password" in name for name, _value in fields)
        or sum(len(name) + len(value) for name, value in fields) > LARGEST
    ):
        return ""
    content = {"address": request.get_full_path(), "fields": fields}
    return signing.dumps(content, salt=SALT, compress=True)


def post_held(text: str) -> HeldPost | None:
    """What `post_hold` made the text of; None where it is another's work."""
    try:
        content = signing.loads(text, salt=SALT, max_age=LASTS)
        is_too_old = False
    except signing.SignatureExpired:
        content = signing.loads(text, salt=SALT)
        is_too_old = True
    except signing.BadSignature:
        return None
    fields = [(name, value) for name, value in content["fields"]]
    return HeldPost(content["address"], fields, is_too_old)


def asks_for_json(request: HttpRequest) -> bool:
    """Whether a script asks, which can do nothing with a page."""
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


class HoldingLoginMiddleware(LoginRequiredMiddleware):
    """Lets nobody in who has not signed in, and loses nothing of what they sent.

    It comes after the check of the origin (CsrfViewMiddleware), so what it holds was sent from a
    page of ours.
    """

    def handle_no_permission(  # type: ignore[override]  # the middleware's own answer is narrower
        self, request: HttpRequest, view_func: Callable[..., Any]
    ) -> HttpResponseBase:
        if asks_for_json(request):
            problem = _("You are signed out.")
            return JsonResponse({"kind": "signed_out", "problem": problem}, status=FORBIDDEN)
        if request.method == "POST" and (held := post_hold(request)):
            return sign_in_page(request, held)
        return super().handle_no_permission(request, view_func)


def key_refused(request: HttpRequest, reason: str = "") -> HttpResponseBase:
    """The answer to a form without the key of its session (CSRF_FAILURE_VIEW).

    Signing in gives a new key, so a page that was open before has an old one. Where the browser
    says that the form came from a page of ours, what was typed comes back, to be sent with the new
    key by one click; a form of another site gets nothing but the refusal. The sign-in page itself
    can be such a page, and what it holds is of more worth than the name and the password in it.
    """
    came_from = request.headers.get("Origin")
    if came_from == f"{request.scheme}://{request.get_host()}" and not asks_for_json(request):
        carried = request.POST.get("held", "")
        held = carried if post_held(carried) else post_hold(request)
        if held and request.user.is_authenticated:
            context = {"held": post_held(held)}
            return render(request, "agencies/held_post.html", context, status=FORBIDDEN)
        if held:
            return sign_in_page(request, held)
    return csrf_failure(request, reason)


def sign_in_page(request: HttpRequest, held: str) -> HttpResponse:
    """The page that carries what is held; signing in there leads back to it."""
    context = {
        "form": AuthenticationForm(request),
        "held": held,
        "sign_in": resolve_url(settings.LOGIN_URL),
    }
    return render(request, "agencies/sign_in.html", context, status=FORBIDDEN)

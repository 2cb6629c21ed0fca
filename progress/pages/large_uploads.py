"""What is larger than the rules allow is answered before any of it is read.

The check of a form's origin reads the form, and with it every file, before a page is asked: so this
comes before it.
"""

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from agencies.held_posts import asks_for_json
from progress.filestore import MEGABYTE, FileTooLarge
from progress.models import Policy

FORBIDDEN, CONTENT_TOO_LARGE = 403, 413
# In bytes: room for what a form carries beside its file, and all that a stranger may send of one.
BESIDE_THE_FILE = 1_000_000


class LargeUploadsMiddleware:
    """Refuses forms with files by the length that they say they have: 413, with the limit.

    A web server passes no more of a request on than the length it says. Whoever is not signed in
    brings no file at all, and is sent to sign in.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object
    ) -> HttpResponse | None:
        # The endpoints of the API have no such check, and bound what they read themselves.
        if request.content_type != "multipart/form-data" or getattr(view, "csrf_exempt", False):
            return None
        length = _length_of(request)
        if length <= BESIDE_THE_FILE:
            return None
        if not request.user.is_authenticated:
            if asks_for_json(request):
                return _told("signed_out", _("You are signed out."), FORBIDDEN)
            return redirect_to_login(request.get_full_path())
        megabytes = Policy.current().evidence_megabytes
        if length <= megabytes * MEGABYTE + BESIDE_THE_FILE:
            return None
        sentence = str(FileTooLarge(megabytes=megabytes))
        if asks_for_json(request):
            return _told("too_large", sentence, CONTENT_TOO_LARGE)
        return render(request, "413.html", {"message": sentence}, status=CONTENT_TOO_LARGE)


def _length_of(request: HttpRequest) -> int:
    said = request.headers.get("Content-Length", "")
    return int(said) if said.isdecimal() else 0


def _told(kind: str, problem: str, status: int) -> HttpResponse:
    return JsonResponse({"kind": kind, "problem": problem}, status=status)

"""How often pages may be asked for what costs much: searches, documents, and tries to sign in.

The API counts for itself (progress/api/throttles.py), in the same store.
"""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils import timezone

from agencies.language import API_PREFIX
from agencies.limits import Limit, counted
from agencies.origin import address_of
from tianjin_pilot.faults import too_many_requests

SEARCH = "q"
# Each of these may call the city's sign-on, and anybody may ask for them.
CITY = ("city-begin", "city-callback")
# Parts of the names of addresses that make or give a document.
DOCUMENTS = ("export", "file", "brief", "offline-form-download")


class AskedOftenMiddleware:
    """Answers 429 with how long to wait. It stands behind whatever says who is asking."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., Any], args: object, kwargs: object
    ) -> HttpResponseBase | None:
        found = request.resolver_match
        if found is None or request.path.startswith(API_PREFIX):
            return None
        name = found.url_name or ""
        if name in CITY or (name == "sign-in" and request.method == "POST"):
            limit, who = "sign-in", address_of(request) or ""
        elif request.user.is_authenticated and _is_heavy(name, request):
            limit, who = "page", str(request.user.pk)
        else:
            return None
        standing = counted(
            limit=Limit(limit, settings.PAGE_LIMITS[limit]), who=who, now=timezone.now()
        )
        if standing is None or not standing.is_over:
            return None
        return too_many_requests(request, standing.resets_in)


def _is_heavy(name: str, request: HttpRequest) -> bool:
    return bool(request.GET.get(SEARCH)) or any(one in name for one in DOCUMENTS)

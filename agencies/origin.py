"""From where an act comes: what the audit trail holds of it besides who did it."""

import ipaddress
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from agencies.models import Via

API_PREFIX = "/api/"


@dataclass(frozen=True, slots=True)
class Origin:
    """By which way, and from which network address; None on the server itself."""

    via: Via = Via.SERVER
    address: str | None = None


THE_SERVER = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=THE_SERVER)


def origin_now() -> Origin:
    """That of the request which is being answered; the server's own where there is none."""
    return _origin.get()


class OriginMiddleware:
    """Keeps from where the request comes as long as it is answered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        via = Via.API if request.path.startswith(API_PREFIX) else Via.PAGE
        kept = _origin.set(Origin(via, address_of(request)))
        try:
            return self.get_response(request)
        finally:
            _origin.reset(kept)


def address_of(request: HttpRequest) -> str | None:
    """The network address of who asks, as the outermost of our own proxies saw it.

    REVERSE_PROXIES says how many these are. What a client writes into X-Forwarded-For itself stands
    further to the left and is not believed.
    """
    found = request.META.get("REMOTE_ADDR", "")
    if settings.PROXIES:
        named = request.headers.get("X-Forwarded-For", "").split(",")
        found = named[-settings.PROXIES] if len(named) >= settings.PROXIES else ""
    try:
        return str(ipaddress.ip_address(found.strip()))
    except ValueError:
        return None

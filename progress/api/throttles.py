"""How often the API may be asked: by each person, and from each address.

Every answer says how much is left, in the fields of draft-ietf-httpapi-ratelimit-headers
(`RateLimit-Policy`, `RateLimit`); the older three fields, X-RateLimit-…, cannot name two limits at
once. 429 also carries `Retry-After`, which every client library reads.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from django.conf import settings
from django.http import HttpResponseBase
from django.utils import timezone
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from agencies.limits import Limit, Standing, counted
from agencies.models import User

if TYPE_CHECKING:
    # REST framework's views read the settings that name this module.
    from rest_framework.views import APIView

READ, WRITE, HEAVY, ADDRESS = "read", "write", "heavy", "address"
# What a search is asked by: it reads far more rows than it gives.
SEARCHES = frozenset({"q", "search"})


class Throttle(BaseThrottle):
    """Counts a request for the person who asks, by what it costs, and for the address it is from.

    An address is often that of a whole office, so it may ask more.
    """

    def __init__(self) -> None:
        self._over: list[Standing] = []

    def allow_request(self, request: Request, view: "APIView") -> bool:
        assert isinstance(request.user, User)
        now, scope = timezone.now(), scope_of(request, view)
        found = [
            counted(limit=limit_of(scope), who=str(request.user.pk), now=now),
            counted(limit=limit_of(ADDRESS), who=self.get_ident(request) or "", now=now),
        ]
        standings = [one for one in found if one is not None]
        request._request.rate_standings = standings  # type: ignore[attr-defined]
        self._over = [one for one in standings if one.is_over]
        return not self._over

    def wait(self) -> float | None:
        return max((one.seconds for one in self._over), default=None)


def limit_of(scope: str) -> Limit:
    return Limit(scope, settings.API_LIMITS[scope])


def scope_of(request: Request, view: "APIView") -> str:
    """Which limit a request counts towards: methods in `heavy` of its view, and searches, have one
    of their own."""
    if request.method in getattr(view, "heavy", ()) or SEARCHES & set(request.query_params):
        return HEAVY
    return READ if request.method in SAFE_METHODS else WRITE


def standings_tell(response: HttpResponseBase, request: Request) -> None:
    """Write into the answer how much is left of what was counted for it."""
    standings: Sequence[Standing] = getattr(request._request, "rate_standings", ())
    if not standings:
        return
    response["RateLimit-Policy"] = ", ".join(
        f'"{one.limit.name}";q={one.limit.quota};w={int(one.limit.window.total_seconds())}'
        for one in standings
    )
    response["RateLimit"] = ", ".join(
        f'"{one.limit.name}";r={one.left};t={one.seconds}' for one in standings
    )

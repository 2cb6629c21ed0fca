"""Who calls the API: a person with a token, or one who is signed in to the pages."""

import datetime as dt
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied, Throttled
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from agencies.limits import Limit, counted
from agencies.models import ApiToken, TokenAccess, User
from agencies.passwords import password_stands_in_the_way

if TYPE_CHECKING:
    # REST framework's views read the settings that name this module.
    from rest_framework.views import APIView

KEYWORD = "Bearer"
# "Last used" is for spotting forgotten tokens; to the minute it would cost a write per request.
USE_RECORDED_EVERY = dt.timedelta(minutes=5)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer tpt_…`. A key that opens nothing gets one answer, whatever the cause.

    To say which of unknown, revoked, expired and left the office it is would tell a guesser that
    the key was once good.
    """

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        """The person and the token, None without such a header; raises AuthenticationFailed."""
        keyword, _space, key = get_authorization_header(request).partition(b" ")
        if keyword.lower() != KEYWORD.lower().encode():
            return None
        now = timezone.now()
        # Whatever bytes arrive have a digest; those that are no text have one that is not kept.
        digest = ApiToken.digest_of(key.strip().decode(errors="replace"))
        token = (
            ApiToken.objects.usable(now=now)
            .filter(digest=digest)
            .select_related("user", "user__agency")
            .first()
        )
        if token is None:
            _refused_count(request, now=now)
            raise AuthenticationFailed(_("This token is unknown or no longer valid."))
        _use_record(token=token, now=now)
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return KEYWORD


def _refused_count(request: Request, *, now: dt.datetime) -> None:
    """Count a key that opens nothing; raises Throttled from an address with too many of them.

    A good key from there goes on working: behind one address may be a whole office.
    """
    limit = Limit("refused", settings.API_LIMITS["refused"])
    standing = counted(limit=limit, who=BaseThrottle().get_ident(request) or "", now=now)
    if standing is not None and standing.is_over:
        raise Throttled(standing.seconds)


def _use_record(*, token: ApiToken, now: dt.datetime) -> None:
    """Note the use unless one was noted lately. Two at once write once: the condition is in SQL."""
    due = now - USE_RECORDED_EVERY
    if token.last_used_at is None or token.last_used_at <= due:
        ApiToken.objects.filter(pk=token.pk).filter(
            Q(last_used_at=None) | Q(last_used_at__lte=due)
        ).update(last_used_at=now)


class SignedInWithinAccess(BasePermission):
    """Signed-in people, and with a read-only token only what reads."""

    def has_permission(self, request: Request, view: "APIView") -> bool:
        if not isinstance(request.user, User) or not request.user.is_active:
            return False
        if (
            isinstance(request.auth, ApiToken)
            and request.auth.access != TokenAccess.READ_WRITE
            and request.method not in SAFE_METHODS
        ):
            raise PermissionDenied(
                _("This token may only read; make one that may also write for this.")
            )
        # Whoever asks from a page has signed in with it; no password opens a token.
        if request.auth is None and password_stands_in_the_way(
            request._request, request.user, now=timezone.now()
        ):
            raise PermissionDenied(_("Change your password first, on the page “Change password”."))
        return True


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema names our tokens."""

    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": str(_("A token made on the page “API tokens”; it begins with tpt_.")),
        }

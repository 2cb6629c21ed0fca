"""Writing API tokens: only a signed-in person makes one, on a page; no token makes another."""

import datetime as dt

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from agencies.audit import audited
from agencies.models import ApiToken, User


def token_create(
    *, user: User, name: str, access: str, expires_at: dt.datetime | None, now: dt.datetime
) -> tuple[ApiToken, str]:
    """Make a token and return it with its key, which is kept nowhere and can never be shown again.

    `access` is one of `TokenAccess`; `expires_at` None is as long as a token may last, which is
    API_TOKEN_DAYS_AT_MOST days (0: until it is revoked). Raises PermissionDenied for a person who
    may not sign in, and ValidationError, keyed by field, for a name that is missing or too long, an
    unknown access, or an end that is not in the future or lies beyond that.
    """
    if not user.is_active:
        raise PermissionDenied(_("This account may not sign in."))
    days = settings.API_TOKEN_DAYS_AT_MOST
    last = now + dt.timedelta(days=days) if days else None
    expires_at = expires_at or last
    if expires_at is not None and expires_at <= now:
        raise ValidationError({"expires_at": [_("Choose a moment in the future.")]})
    if last is not None and (expires_at is None or expires_at > last):
        raise ValidationError(
            {"expires_at": [_("A key is valid for at most %(days)d days.") % {"days": days}]}
        )
    key = ApiToken.new_key()
    token = ApiToken(
        user=user,
        name=name.strip(),
        digest=ApiToken.digest_of(key),
        access=access,
        created_at=now,
        expires_at=expires_at,
    )
    token.full_clean(exclude=["user", "digest"])
    with transaction.atomic(), audited("token.create", token, by=user, now=now):
        token.save()
    return token, key


def token_revoke(*, token: ApiToken, by: User, now: dt.datetime) -> ApiToken:
    """End a token for good, by the person it belongs to; one that has ended keeps its moment.

    Raises PermissionDenied for anybody else: who must go is made inactive, which ends every token.
    """
    if token.user_id != by.pk:
        raise PermissionDenied(_("Only the person whose token this is may revoke it."))
    return token_end(token, by=by, now=now)


def token_end(token: ApiToken, *, by: User | None, now: dt.datetime) -> ApiToken:
    """End a token, by its person, or with its account: whether one may has been asked before."""
    if token.revoked_at is None:
        with transaction.atomic(), audited("token.revoke", token, by=by, now=now):
            token.revoked_at = now
            token.save(update_fields=["revoked_at"])
    return token

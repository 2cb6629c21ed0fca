"""Accounts that are locked after too many wrong passwords, counted by django-axes in the database.

Counted by user name alone: whoever guesses from many addresses is stopped, and a whole office
behind one address is not. Names that nobody has are locked as well, so that the lock tells no one
which there are. It is kept by a digest of the name, because people in haste type their password
where the name belongs.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max, Sum
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from agencies.administering import administrator_check
from agencies.audit import audit_event
from agencies.models import User


def name_hidden(_request: HttpRequest | None, credentials: Mapping[str, Any] | None) -> str:
    """By what attempts under a user name are counted (AXES_USERNAME_CALLABLE)."""
    return _hidden(str((credentials or {}).get("username", "")))


def is_locked_out(request: HttpRequest) -> bool:
    """Whether the attempt to sign in that was just refused met a lock, or brought it about."""
    return bool(getattr(request, "axes_locked_out", False))


def locked_until(account: User, *, now: dt.datetime) -> dt.datetime | None:
    """When the account can sign in again by itself; None where it is not locked."""
    since = now - settings.AXES_COOLOFF_TIME
    attempts = AccessAttempt.objects.filter(
        username=_hidden(account.username), attempt_time__gte=since
    )
    found = attempts.aggregate(count=Sum("failures_since_start"), last=Max("attempt_time"))
    if (found["count"] or 0) < settings.AXES_FAILURE_LIMIT:
        return None
    last: dt.datetime = found["last"]
    return last + settings.AXES_COOLOFF_TIME


def account_unlock(*, account: User, by: User, now: dt.datetime) -> None:
    """Let somebody try again at once, by an administrator; raises PermissionDenied for others."""
    administrator_check(by)
    if lock_lift(account):
        audit_event("user.unlock", account, by=by, now=now)


def lock_lift(account: User) -> bool:
    """Forget the wrong passwords that were tried; says whether there were any."""
    count, _models = AccessAttempt.objects.filter(username=_hidden(account.username)).delete()
    return bool(count)


def _hidden(username: str) -> str:
    return salted_hmac("agencies.locking_out", username, algorithm="sha256").hexdigest()

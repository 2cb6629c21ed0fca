"""What Django and django-axes tell of signing in, noted in the audit trail."""

from typing import Any

from axes.signals import user_locked_out
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.http import HttpRequest
from django.utils import timezone

from agencies.audit import audit_event
from agencies.models import User
from agencies.origin import address_of
from agencies.passwords.due import due_told
from agencies.sessions.store import FROM

# As long as a user name may be.
LONGEST_NAME = 150
LONGEST_BROWSER = 200


def signed_in(*, user: User, request: HttpRequest, **_told: Any) -> None:
    request.session[FROM] = {
        "address": address_of(request),
        "browser": _sayable(request.headers.get("User-Agent", "")),
    }
    audit_event("user.sign_in", user, by=user, now=timezone.now())


def signed_out(*, user: User | None, **_told: Any) -> None:
    if user is not None:
        audit_event("user.sign_out", user, by=user, now=timezone.now())


def refused(*, credentials: dict[str, Any], **_told: Any) -> None:
    """A wrong password, or a user name that nobody has: that is not kept, since people who are in
    haste type their password there."""
    account = _account_of(str(credentials.get("username", "")))
    audit_event("user.sign_in_refused", account or User(), by=account, now=timezone.now())


def locked(*, request: HttpRequest, **_told: Any) -> None:
    """Too many wrong passwords under one name: told once, when the last of them was tried."""
    if getattr(request, "axes_failures_since_start", None) is None:
        return
    typed = str((request.axes_credentials or {}).get("username", ""))  # type: ignore[attr-defined]
    account = _account_of(typed)
    audit_event("user.lock", account or User(), by=account, now=timezone.now())


def _account_of(typed: str) -> User | None:
    name = typed[:LONGEST_NAME]
    return User.objects.filter(username=name).first() if "\0" not in name else None


def _sayable(written: str) -> str:
    """What a browser says of itself, as far as it is kept and can be printed."""
    return "".join(one for one in written if one.isprintable())[:LONGEST_BROWSER]


def listen() -> None:
    """Let Django tell us; called once the apps are ready."""
    user_logged_in.connect(signed_in, dispatch_uid="audit.signed_in")
    user_logged_in.connect(due_told, dispatch_uid="passwords.due_told")
    user_logged_out.connect(signed_out, dispatch_uid="audit.signed_out")
    user_login_failed.connect(refused, dispatch_uid="audit.refused")
    user_locked_out.connect(locked, dispatch_uid="audit.locked")

"""Signing in, which ends only after the second step.

Between the steps nobody is signed in: the session holds whose password was right, for ten minutes,
and no page, endpoint or session of the API knows of it but the second step itself.
"""

import datetime as dt
from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest

from agencies.audit import audit_event
from agencies.factors.keeping import Need, need_of
from agencies.models import User

KEY = "signing_in"
LASTS = dt.timedelta(minutes=10)


def step_begun(
    request: HttpRequest, user: User, *, backend: str, now: dt.datetime, **keeps: Any
) -> bool:
    """Whether a second step is to come; if so it has begun, and else nothing was done.

    The session holds what it `keeps` once the step is passed, and not before.

    What the session of before held goes on, under another key: one that somebody else has planted
    opens nothing.
    """
    if need_of(user) == Need.NOTHING:
        return False
    request.session.cycle_key()
    request.session[KEY] = {
        "user": user.pk,
        "password": user.get_session_auth_hash(),
        "backend": backend,
        "until": (now + LASTS).timestamp(),
        "keeps": keeps,
    }
    return True


def step_of(request: HttpRequest, *, now: dt.datetime) -> User | None:
    """Whose second step it is; None where none has begun, it took too long, the account was closed
    or its password changed meanwhile."""
    kept = _kept(request)
    if kept is None or now.timestamp() > kept["until"]:
        return None
    user = User.objects.select_related("agency").filter(pk=kept["user"], is_active=True).first()
    if user is None or user.get_session_auth_hash() != kept["password"]:
        return None
    return user


def step_pass(request: HttpRequest, user: User, *, proof: str, now: dt.datetime) -> None:
    """Sign in whose second step it is, under a new key of the session."""
    kept = _kept(request)
    assert kept is not None
    del request.session[KEY]
    audit_event("user.second_factor_passed", user, by=user, now=now, proof=proof)
    login(request, user, backend=kept["backend"])
    for name, value in kept["keeps"].items():
        request.session[name] = value


def _kept(request: HttpRequest) -> dict[str, Any] | None:
    kept = request.session.get(KEY)
    return kept if isinstance(kept, dict) else None

"""Asking somebody who is signed in for the password they have.

A session that was left open is anybody's. So wrong ones count as they do at signing in, and lock
the name as they do there: else whoever sits down at it could try for as long as it lasts.
"""

import datetime as dt

from django.conf import settings
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.locking_out import is_locked_out
from agencies.models import User


def own_password_check(request: HttpRequest, password: str, *, user: User) -> None:
    """Raise ValidationError where this is not the password of who is signed in, or too many were
    tried: then whether it is right is not even looked at."""
    if authenticate(request, username=user.username, password=password) == user:
        return
    if is_locked_out(request):
        raise ValidationError(locked_sentence(), code="locked_out")
    raise ValidationError(_("This is not your password."), code="password_incorrect")


def locked_sentence() -> str:
    """What somebody is told who has tried too often, or at whose session somebody else has."""
    minutes = settings.AXES_COOLOFF_TIME // dt.timedelta(minutes=1)
    return ngettext(
        "Too many wrong passwords. For %(minutes)d minute none is looked at, here or where one "
        "signs in; your administrator can open it earlier.",
        "Too many wrong passwords. For %(minutes)d minutes none is looked at, here or where one "
        "signs in; your administrator can open it earlier.",
        minutes,
    ) % {"minutes": minutes}

"""Passwords as they are set, remembered, and found to be too old."""

import datetime as dt

from django.conf import settings
from django.contrib.auth.hashers import is_password_usable
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction
from django.http import HttpRequest

from agencies.audit import Note, audit_notes
from agencies.models import PasswordKept, User
from agencies.sessions import sessions_drop
from agencies.sessions.store import CAME_BY

# All that the audit trail holds of a password.
PASSWORD_SET = {"password": "set"}
# How many are remembered: as many as the rule of the settings may ask for.
MOST_KEPT = 10


def password_take(account: User, password: str, *, is_given: bool, now: dt.datetime) -> None:
    """Set the password on the account, which is not saved here.

    `is_given`: another person chose it, so that it is changed at the next sign-in. Raises
    ValidationError, keyed "password", for one that the rules do not allow.
    """
    try:
        validate_password(password, user=account)
    except ValidationError as error:
        raise ValidationError({"password": error.error_list}) from error
    _set(account, password, is_given=is_given, now=now)


def password_remember(account: User, *, had: str, now: dt.datetime) -> None:
    """Keep the hash of the password that the account has now been saved with, and of the one that
    it `had`, where that is older than the memory of passwords; "" where it had none."""
    is_password = bool(had) and is_password_usable(had)
    if is_password and not PasswordKept.objects.filter(user=account).exists():
        PasswordKept.objects.create(user=account, password=had, at=account.created_at)
    PasswordKept.objects.create(user=account, password=account.password, at=now)
    last = PasswordKept.objects.filter(user=account).values("pk")[:MOST_KEPT]
    kept = list(last.values_list("pk", flat=True))
    PasswordKept.objects.filter(user=account).exclude(pk__in=kept).delete()


def own_password_set(
    *, account: User, password: str, session: str = "", now: dt.datetime, act: str = "user.password"
) -> None:
    """Somebody's own choice, which its form has found to be within the rules.

    All other sessions of the account end but the one of this digest ("": none stays).
    """
    with transaction.atomic():
        had = account.password
        _set(account, password, is_given=False, now=now)
        account.save(update_fields=["password", "password_set_at", "password_is_given"])
        password_remember(account, had=had, now=now)
        sessions_drop([account.pk], but=session)
        audit_notes([Note(act, account, after=dict(PASSWORD_SET))], by=account, now=now)


def password_is_due(account: User, *, now: dt.datetime) -> bool:
    """Whether the password has to be changed before anything else: another person chose it, or it
    is older than the rules allow. One that lets nobody in may stay."""
    if not account.signs_in_by_password:
        return False
    left = days_until_due(account, now=now)
    return account.password_is_given or (left is not None and left <= 0)


def password_stands_in_the_way(request: HttpRequest, account: User, *, now: dt.datetime) -> bool:
    """Whether this session is of such a password. Who came by the city's sign-on used none, and may
    know none."""
    return password_is_due(account, now=now) and CAME_BY not in request.session


def days_until_due(account: User, *, now: dt.datetime) -> int | None:
    """In how many days the password has to be changed, 0 or less where it has to be now; None where
    passwords do not grow old here (PASSWORD_DAYS)."""
    if not settings.PASSWORD_DAYS:
        return None
    since = account.password_set_at or account.created_at
    return int(settings.PASSWORD_DAYS) - (now - since).days


def _set(account: User, password: str, *, is_given: bool, now: dt.datetime) -> None:
    account.set_password(password)
    account.password_set_at, account.password_is_given = now, is_given

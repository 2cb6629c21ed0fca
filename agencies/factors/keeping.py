"""The only writers of second factors, of recovery codes, and of the rule who must have one."""

import base64
import binascii
import datetime as dt
from collections.abc import Iterable
from enum import StrEnum

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_otp.oath import TOTP

from agencies.administering import administrator_check
from agencies.audit import Note, audit_event, audit_notes
from agencies.factors.secrets import (
    RECOVERY_CODES,
    app_code_in,
    recovery_code_new,
    recovery_digest,
)
from agencies.limits import TooManyRequests
from agencies.models import RecoveryCode, Role, SecondFactor, SecondFactorRule, User
from agencies.sealing import SealBrokenError, opened, sealed
from agencies.sessions import sessions_drop

PURPOSE = "agencies.factors"
# In steps of 30 seconds: an app whose clock is wrong by no more is understood.
TOLERANCE = 1
# After each wrong code the next one waits twice as long, up to this. Whoever has the password can
# try 72 a day, of a million; and cannot keep the person themselves out for longer.
LONGEST_WAIT = dt.timedelta(minutes=20)


class Need(StrEnum):
    """What signing in still asks of somebody after the password."""

    NOTHING = "nothing"
    CODE = "code"
    SET_UP = "set_up"


class Proof(StrEnum):
    """By what the second step was passed."""

    APP = "app"
    RECOVERY_CODE = "recovery_code"


def roles_requiring() -> frozenset[Role]:
    """The roles of which a second factor is required: as administrators have set it, until then as
    the settings say."""
    rule = SecondFactorRule.objects.filter(pk=1).first()
    return frozenset(map(Role, settings.SECOND_FACTOR_ROLES if rule is None else rule.roles))


def need_of(user: User) -> Need:
    """Whoever has a factor is asked for it, whether or not it is required of them."""
    if SecondFactor.objects.filter(user=user).exists():
        return Need.CODE
    return Need.SET_UP if user.role in roles_requiring() else Need.NOTHING


def factor_set_up(*, user: User, secret: str, code: str, now: dt.datetime) -> list[str]:
    """Give the account its app, once a code shows that the app has the secret; returns the recovery
    codes, which can never be shown again.

    Raises ValidationError, keyed "code", for a wrong code, and where the account has one by now.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if SecondFactor.objects.filter(user=user).exists():
            raise ValidationError({"code": [_("This account has a second factor already.")]})
        factor = SecondFactor(user=user, set_up_at=now)
        if not _is_of_the_app(factor, secret, code, now=now):
            raise ValidationError({"code": [wrong_sentence()]})
        factor.sealed = sealed({"secret": secret}, purpose=PURPOSE)
        factor.save()
        codes = _codes_replace(user)
        audit_notes(
            [Note("user.second_factor_set_up", user, after=_values(codes=len(codes)))],
            by=user,
            now=now,
        )
    return codes


def proof_of(*, user: User, code: str, now: dt.datetime) -> Proof | None:
    """What the typed code proves of this person, None where it is wrong: told and counted.

    A code is good for once; of two that come at once the second is wrong. Raises TooManyRequests
    while wrong ones before it make the next one wait: it is then not even looked at. To be called
    outside of a transaction that might be undone.
    """
    with transaction.atomic():
        factor = SecondFactor.objects.select_for_update().filter(user=user).first()
        if factor is None:
            return None
        wait = _wait(factor, now=now)
        if wait > dt.timedelta(0):
            raise TooManyRequests(wait)
        proof = _proof(factor, user, code, now=now)
        if proof is None:
            factor.failures, factor.failed_at = factor.failures + 1, now
            audit_event("user.second_factor_refused", user, by=user, now=now)
        else:
            factor.failures, factor.failed_at = 0, None
        factor.save()
    return proof


def recovery_codes_renew(*, user: User, code: str, now: dt.datetime) -> list[str]:
    """New recovery codes for whoever types a code; the old ones end. Raises as `proof_of` does, and
    ValidationError, keyed "code", for a wrong one."""
    _proof_ask(user, code, now=now)
    with transaction.atomic():
        before = codes_left(user)
        codes = _codes_replace(user)
        audit_event(
            "user.recovery_codes_renewed", user, by=user, now=now, left=before, made=len(codes)
        )
    return codes


def factor_remove(*, user: User, code: str, now: dt.datetime) -> None:
    """Give up one's own second factor, with a code.

    Raises PermissionDenied where one's role requires it, and as `recovery_codes_renew` does.
    """
    if user.role in roles_requiring():
        raise PermissionDenied(_("Your role requires a second factor."))
    _proof_ask(user, code, now=now)
    with transaction.atomic():
        _forget("user.second_factor_removed", user, by=user, now=now)


def factor_reset(*, account: User, by: User, now: dt.datetime) -> bool:
    """Take away somebody's second factor, for an administrator whom they have asked: it is set up
    anew at the next sign-in. Their sessions end. False where there is none.

    Raises PermissionDenied for anybody but administrators, and for an administrator's own.
    """
    administrator_check(by)
    if account.pk == by.pk:
        raise PermissionDenied(_("Another administrator has to reset your second factor."))
    with transaction.atomic():
        was_there = _forget("user.second_factor_reset", account, by=by, now=now)
        if was_there:
            sessions_drop([account.pk])
    return was_there


def rule_set(*, roles: Iterable[str], by: User, now: dt.datetime) -> None:
    """Say of which roles a second factor is required, by an administrator.

    Of whom it is required newly and who has none, the sessions end: the next sign-in sets it up.
    The administrator's own goes on, since they would lose the page they are on; it is asked of them
    when they sign in next. Raises PermissionDenied for anybody else, ValueError for unknown roles.
    """
    administrator_check(by)
    wanted = {Role(role) for role in roles}
    with transaction.atomic():
        SecondFactorRule.objects.get_or_create(
            pk=1, defaults={"roles": sorted(settings.SECOND_FACTOR_ROLES)}
        )
        rule = SecondFactorRule.objects.select_for_update().get(pk=1)
        before = sorted(rule.roles)
        rule.roles = sorted(wanted)
        rule.save()
        audit_notes(
            [
                Note(
                    "secondfactorrule.change",
                    rule,
                    before={"roles": before},
                    after={"roles": rule.roles},
                )
            ],
            by=by,
            now=now,
        )
        without = User.objects.filter(role__in=wanted - set(before), second_factor=None)
        sessions_drop(list(without.exclude(pk=by.pk).values_list("pk", flat=True)))


def codes_left(user: User) -> int:
    """How many recovery codes the account has not used yet."""
    return RecoveryCode.objects.filter(user=user, used_at=None).count()


def wrong_sentence() -> str:
    """Why a code was refused, whatever was wrong with it."""
    return _("This code is wrong or was used already. Wait for the next one, and try again.")


def _proof_ask(user: User, code: str, *, now: dt.datetime) -> None:
    if proof_of(user=user, code=code, now=now) is None:
        raise ValidationError({"code": [wrong_sentence()]})


def _wait(factor: SecondFactor, *, now: dt.datetime) -> dt.timedelta:
    if not factor.failures or factor.failed_at is None:
        return dt.timedelta(0)
    # Past ten doublings it is more than the longest wait, and later more than a number may be.
    seconds = 2 ** min(factor.failures - 1, 11)
    return factor.failed_at + min(dt.timedelta(seconds=seconds), LONGEST_WAIT) - now


def _proof(factor: SecondFactor, user: User, code: str, *, now: dt.datetime) -> Proof | None:
    if app_code_in(code) is None:
        # The condition is in the statement, so that a code is used once whoever else tries it.
        unused = RecoveryCode.objects.filter(
            user=user, used_at=None, digest=recovery_digest(code)
        ).update(used_at=now)
        if not unused:
            return None
        audit_event("user.recovery_code_used", user, by=user, now=now, left=codes_left(user))
        return Proof.RECOVERY_CODE
    try:
        secret = opened(factor.sealed, purpose=PURPOSE)["secret"]
    except SealBrokenError:
        # Sealed under a key that is gone: recovery codes still work, and an administrator's reset.
        return None
    return Proof.APP if _is_of_the_app(factor, secret, code, now=now) else None


def _is_of_the_app(factor: SecondFactor, secret: str, code: str, *, now: dt.datetime) -> bool:
    """Whether the code is the app's of about now, and none that was accepted before."""
    digits = app_code_in(code)
    try:
        key = base64.b32decode(secret)
    except binascii.Error:
        return False
    if digits is None:
        return False
    app = TOTP(key, drift=factor.drift)
    app.time = now.timestamp()
    if not app.verify(digits, TOLERANCE, factor.last_step + 1):
        return False
    factor.last_step, factor.drift = app.t(), app.drift
    return True


def _codes_replace(user: User) -> list[str]:
    codes = [recovery_code_new() for _one in range(RECOVERY_CODES)]
    RecoveryCode.objects.filter(user=user).delete()
    RecoveryCode.objects.bulk_create(
        RecoveryCode(user=user, digest=recovery_digest(code)) for code in codes
    )
    return codes


def _forget(act: str, account: User, *, by: User, now: dt.datetime) -> bool:
    factor = SecondFactor.objects.select_for_update().filter(user=account).first()
    if factor is None:
        return False
    before = _values(codes=codes_left(account))
    RecoveryCode.objects.filter(user=account).delete()
    factor.delete()
    audit_notes([Note(act, account, before=before)], by=by, now=now)
    return True


def _values(*, codes: int) -> dict[str, object]:
    """What the audit trail of the account holds of its second factor."""
    return {"second_factor": "app", "recovery_codes": codes}

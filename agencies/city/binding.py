"""The only writer of bindings: which account a subject of the city's sign-on signs in to.

An e-mail address binds nothing: providers let people change it, and give a leaver's to somebody
else. A binding is made by the person, signed in with their password and over there at once, or by
an administrator who types the subject.
"""

import datetime as dt

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agencies.administering import administrator_check
from agencies.audit import Note, audit_notes
from agencies.city.installed import Provider
from agencies.city.provider import LONGEST_SUBJECT
from agencies.models import CityBinding, User
from agencies.passwords.whose import own_password_is_of_use
from agencies.sessions import sessions_drop


def provider_set() -> Provider | None:
    """The provider of this installation; None where the city's sign-on is switched off."""
    return settings.OIDC


def bound_to(subject: str, *, provider: Provider) -> User | None:
    """Whose account the subject signs in to; None where it is bound to none, or to one that may
    not sign in."""
    found = (
        CityBinding.objects.filter(issuer=provider.issuer, subject=subject, user__is_active=True)
        .select_related("user__agency")
        .first()
    )
    return found.user if found else None


def binding_of(user: User) -> CityBinding | None:
    """The account's binding at the provider of this installation."""
    provider = provider_set()
    if provider is None:
        return None
    return CityBinding.objects.filter(user=user, issuer=provider.issuer).first()


def own_binding_set(*, user: User, subject: str, now: dt.datetime) -> CityBinding:
    """Bind one's own account to the subject that has just signed in over there. Whoever calls has
    checked both. Raises ValidationError for a subject that is bound to another account."""
    return _set(account=user, subject=subject, by=user, now=now)


def binding_set(*, account: User, subject: str, by: User, now: dt.datetime) -> CityBinding:
    """Bind somebody's account, by an administrator who types the subject; another person's sessions
    end, since whoever came in by the subject of before may be somebody else.

    Raises PermissionDenied for anybody but administrators, and ValidationError, keyed "subject",
    for one that is missing, too long, or bound to another account.
    """
    administrator_check(by)
    subject = subject.strip()
    if not subject or len(subject) > LONGEST_SUBJECT or not subject.isprintable():
        raise ValidationError({"subject": [_("Type the subject as the city's sign-on has it.")]})
    return _set(account=account, subject=subject, by=by, now=now)


def binding_remove(*, account: User, by: User, now: dt.datetime) -> bool:
    """Take a binding away, by the person or an administrator, who ends the person's sessions with
    it; False where there is none.

    Raises PermissionDenied for anybody else, and for a person whom no password lets in.
    """
    if account.pk != by.pk:
        administrator_check(by)
    else:
        own_password_is_of_use(by)
    with transaction.atomic():
        binding = CityBinding.objects.select_for_update().filter(user=account).first()
        if binding is None:
            return False
        before = _values(binding)
        binding.delete()
        _sessions_end(account, by=by)
        audit_notes([Note("user.city_unbind", account, before=before)], by=by, now=now)
    return True


def _set(*, account: User, subject: str, by: User, now: dt.datetime) -> CityBinding:
    provider = provider_set()
    if provider is None:
        raise PermissionDenied(_("The city's sign-on is switched off."))
    with transaction.atomic():
        # Two who bind one account wait for each other; of two accounts the database refuses one.
        account = User.objects.select_for_update().get(pk=account.pk)
        binding = CityBinding.objects.filter(user=account).first()
        if binding and (binding.issuer, binding.subject) == (provider.issuer, subject):
            return binding
        before = _values(binding) if binding else {}
        binding = binding or CityBinding(user=account)
        binding.issuer, binding.subject = provider.issuer, subject
        binding.bound_at, binding.bound_by = now, by
        try:
            with transaction.atomic():
                binding.save()
        except IntegrityError as error:
            raise ValidationError(
                {"subject": [_("This subject is bound to another account.")]}
            ) from error
        _sessions_end(account, by=by)
        note = Note("user.city_bind", account, before=before, after=_values(binding))
        audit_notes([note], by=by, now=now)
    return binding


def _sessions_end(account: User, *, by: User) -> None:
    """What an administrator changes about somebody's way in holds at once. Whoever changes their
    own has shown who they are, and would lose the page they are on."""
    if account.pk != by.pk:
        sessions_drop([account.pk])


def _values(binding: CityBinding) -> dict[str, object]:
    """What the audit trail of the account holds of its binding."""
    return {"city_issuer": binding.issuer, "city_subject": binding.subject}

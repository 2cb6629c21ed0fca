"""The only writers of accounts and agencies, each right checked here.

Administrators keep both; through which agency a collective body acts is the coordinators' to say.
"""

import datetime as dt
from collections.abc import Iterable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from agencies.locking import agencies_lock
from agencies.models import Agency, AgencyAlias, AgencyKind, Role, User

# Without the letters and digits that are mistaken for one another when read out or copied by hand.
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679"  # noqa: S105 - an alphabet
GENERATED_LENGTH = 14


def accounts_visible_to(user: User) -> QuerySet[User]:
    """The accounts this person may look at one by one: all for administrators, else none."""
    if not user.is_active or not user.is_administrator:
        return User.objects.none()
    return User.objects.select_related("agency")


def password_generated() -> str:
    """A new password of 14 characters that nobody has seen, about 78 bits of chance."""
    return get_random_string(GENERATED_LENGTH, PASSWORD_ALPHABET)


def administrator_create(*, username: str, name: str, email: str, password: str) -> User:
    """Make an administrator without being asked by one: for the command line of the server alone.

    Raises ValidationError, keyed by field, for a name that is taken or malformed or for a weak
    password.
    """
    return _account_write(
        User(username=User.normalize_username(username), name=name, email=email),
        role=Role.ADMINISTRATOR,
        agency=None,
        password=password,
    )


def account_create(
    *,
    by: User,
    username: str,
    name: str,
    role: str,
    agency: Agency | None,
    email: str,
    password: str,
) -> User:
    """Make an account that can sign in at once.

    Raises PermissionDenied for anybody but administrators, and ValidationError, keyed by field, for
    a user name that is taken, an agency that does not go with the role, or a weak password.
    """
    administrator_check(by)
    with transaction.atomic():
        return _account_write(
            User(username=User.normalize_username(username), name=name, email=email),
            role=role,
            agency=_as_stored(agency),
            password=password,
        )


def account_change(
    *,
    account: User,
    by: User,
    name: str,
    role: str,
    agency: Agency | None,
    email: str,
    is_active: bool,
) -> User:
    """Change who an account belongs to, what it may do, and whether it may sign in.

    Nobody changes their own role or shuts themselves out, so at least one administrator is left.
    Raises PermissionDenied for anybody but administrators, and ValidationError keyed by field.
    """
    with transaction.atomic():
        agency = _as_stored(agency)
        # Both rows are locked: of two administrators who shut each other out, the later one fails.
        locked = {
            user.pk: user
            for user in User.objects.select_for_update()
            .filter(pk__in=[account.pk, by.pk])
            .order_by("pk")
        }
        account, by = locked[account.pk], locked[by.pk]
        administrator_check(by)
        if account.pk == by.pk and role != account.role:
            raise ValidationError({"role": [_("Another administrator has to change your role.")]})
        if account.pk == by.pk and not is_active:
            raise ValidationError(
                {"is_active": [_("Another administrator has to close your account.")]}
            )
        account.name, account.email, account.is_active = name, email, is_active
        return _account_write(account, role=role, agency=agency)


def account_password_set(*, account: User, by: User, password: str) -> User:
    """Give somebody a new password; their sessions end, since each is tied to the password.

    Raises PermissionDenied for anybody but administrators, and for an administrator's own account
    (one's own password asks for the old one first), and ValidationError keyed "password".
    """
    administrator_check(by)
    if account.pk == by.pk:
        raise PermissionDenied(_("Change your own password on its own page."))
    with transaction.atomic():
        # As it is stored: its agency may have been merged since the page was opened.
        account = User.objects.select_for_update().get(pk=account.pk)
        return _account_write(account, role=account.role, agency=account.agency, password=password)


def agency_create(
    *,
    by: User,
    name: str,
    short_name: str,
    kind: str,
    contact_email: str,
    aliases: Iterable[str],
    valid_from: dt.date | None = None,
) -> Agency:
    """Add an agency that a revised list will name, with other spellings of it.

    `valid_from` is the day on which it was set up; None where that is not known.

    Raises PermissionDenied for anybody but administrators, and ValidationError, keyed by field, for
    a name or spelling that an agency has already.
    """
    administrator_check(by)
    agency = Agency(
        name=name,
        short_name=short_name,
        kind=AgencyKind(kind),
        contact_email=contact_email,
        valid_from=valid_from,
    )
    with transaction.atomic():
        if AgencyAlias.objects.filter(name=name).exists():
            raise ValidationError({"name": [taken_sentence(name)]})
        agency.full_clean()
        agency.save()
        _aliases_add(agency, aliases)
    return agency


def agency_change(
    *, agency: Agency, by: User, short_name: str, contact_email: str, aliases: Iterable[str]
) -> Agency:
    """Change an agency's short name and contact address, and add the spellings that are new.

    Spellings are never taken away: what was once imported by one is found again by it. An agency
    that has ended stays as it was. Raises as `agency_create` does, and ValidationError for an
    agency that has ended.
    """
    administrator_check(by)
    with transaction.atomic():
        agency = agencies_lock([agency.pk])[agency.pk]
        if agency.has_ended:
            raise ValidationError(unchangeable_sentence(agency))
        agency.short_name, agency.contact_email = short_name, contact_email
        agency.full_clean()
        agency.save(update_fields=["short_name", "contact_email"])
        _aliases_add(agency, aliases)
    return agency


def agency_acts_through_set(*, agency: Agency, through: Agency, by: User) -> Agency:
    """Say through which agency a collective body acts, by a coordinator; returns the body.

    From then on that agency's people write for the body, and nobody else. Raises PermissionDenied
    for anybody but coordinators, and ValidationError keyed "agency" where it is no body of members,
    or "through" where the other one is a body of members itself.
    """
    if not by.is_active or not by.is_coordinator:
        raise PermissionDenied(_("Only a coordinator says through whom a collective body acts."))
    with transaction.atomic():
        locked = agencies_lock([agency.pk, through.pk])
        agency, through = locked[agency.pk], locked[through.pk]
        if agency.kind != AgencyKind.COLLECTIVE:
            raise ValidationError(
                {
                    "agency": [
                        _("%(agency)s is no collective body; it acts itself.") % {"agency": agency}
                    ]
                }
            )
        if through.kind == AgencyKind.COLLECTIVE:
            raise ValidationError(
                {"through": [_("Choose an agency with people of its own, not a collective body.")]}
            )
        if through.has_ended:
            raise ValidationError({"through": [ended_sentence(through)]})
        agency.acts_through = through
        agency.save(update_fields=["acts_through"])
    return agency


def administrator_check(user: User) -> None:
    """Raise PermissionDenied for anybody but an administrator."""
    if not user.is_active or not user.is_administrator:
        raise PermissionDenied(_("Only administrators keep accounts and agencies."))


def ended_sentence(agency: Agency) -> str:
    """Why an agency that has ended is not chosen for anything new."""
    return _("%(agency)s has ended; choose its successor.") % {"agency": agency.name}


def unchangeable_sentence(agency: Agency) -> str:
    """Why nothing of an agency that has ended is changed."""
    return _("%(agency)s has ended; nothing of it is changed any more.") % {"agency": agency.name}


def _as_stored(agency: Agency | None) -> Agency | None:
    """The agency locked, so that it does not end before somebody works for it."""
    return None if agency is None else agencies_lock([agency.pk])[agency.pk]


def _account_write(
    account: User, *, role: str, agency: Agency | None, password: str | None = None
) -> User:
    if agency is not None and agency.has_ended and agency.pk != account.agency_id:
        raise ValidationError({"agency": [ended_sentence(agency)]})
    account.role, account.agency = role, agency
    if password is not None:
        try:
            validate_password(password, user=account)
        except ValidationError as error:
            raise ValidationError({"password": error.error_list}) from error
        account.set_password(password)
    account.full_clean()
    account.save()
    return account


def _aliases_add(agency: Agency, names: Iterable[str]) -> None:
    known = set(agency.aliases.values_list("name", flat=True)) | {agency.name}
    for name in dict.fromkeys(names):
        if name in known:
            continue
        taken = (
            Agency.objects.filter(name=name).exists()
            or AgencyAlias.objects.filter(name=name).exists()
        )
        if taken:
            raise ValidationError({"aliases": [taken_sentence(name)]})
        alias = AgencyAlias(agency=agency, name=name)
        try:
            alias.full_clean(exclude=["agency"])
        except ValidationError as error:
            raise ValidationError({"aliases": error.messages}) from error
        alias.save()


def taken_sentence(name: str) -> str:
    """Why a name or spelling cannot be given to an agency."""
    return _("“%(name)s” already names another agency.") % {"name": name}

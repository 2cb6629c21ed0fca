"""The only writers of accounts and agencies, each right checked here.

Administrators keep both; through which agency a collective body acts is the coordinators' to say.
"""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from agencies.account_rules import account_faults, ended_sentence, usernames_spelled
from agencies.administering import administers, administrator_check
from agencies.audit import audited, values_of
from agencies.locking import agencies_lock
from agencies.models import Agency, AgencyAlias, AgencyKind, ApiToken, Role, User
from agencies.passwords.keeping import PASSWORD_SET, password_remember, password_take
from agencies.passwords.rules import classes_of
from agencies.passwords.whose import password_is_of_use
from agencies.sessions import sessions_drop
from agencies.tokens import token_end

# Without the letters and digits that are mistaken for one another when read out or copied by hand.
PASSWORD_ALPHABET = "abcdefghjkmnpqrstuvwxyzACDEFGHJKLMNPQRTUVWXY34679"  # noqa: S105 - an alphabet
GENERATED_LENGTH, CLASSES_GENERATED = 14, 3


def accounts_visible_to(user: User) -> QuerySet[User]:
    """The accounts this person may look at one by one: all for administrators, else none."""
    if not administers(user):
        return User.objects.none()
    return User.objects.select_related("agency")


def password_generated() -> str:
    """A new password of 14 characters that nobody has seen, more than 75 bits of chance, with
    small letters, capital letters and digits."""
    while True:
        made = get_random_string(GENERATED_LENGTH, PASSWORD_ALPHABET)
        if len(classes_of(made)) == CLASSES_GENERATED:
            return made


def administrator_create(
    *, username: str, name: str, email: str, password: str, now: dt.datetime
) -> User:
    """Make an administrator without being asked by one: for the command line of the server alone.

    Raises ValidationError, keyed by field, for a name that is taken or malformed or for a weak
    password.
    """
    with transaction.atomic():
        return _account_write(
            "user.create",
            User(username=User.normalize_username(username), name=name, email=email),
            role=Role.ADMINISTRATOR,
            agency=None,
            password=password,
            by=None,
            now=now,
        )


def account_create(
    *,
    by: User,
    now: dt.datetime,
    username: str,
    name: str,
    role: str,
    agency: Agency | None,
    email: str,
    password: str,
) -> User:
    """Make an account that can sign in at once. Whom no password lets in has none, whatever is
    said: an administrator binds the account to the city's sign-on.

    Raises PermissionDenied for anybody but administrators, and ValidationError, keyed by field, for
    a user name that is taken, an agency that does not go with the role, or a weak password.
    """
    administrator_check(by)
    with transaction.atomic():
        return _account_write(
            "user.create",
            User(username=User.normalize_username(username), name=name, email=email),
            role=role,
            agency=_as_stored(agency),
            password=password,
            by=by,
            now=now,
        )


def account_change(
    *,
    account: User,
    by: User,
    now: dt.datetime,
    name: str,
    role: str,
    agency: Agency | None,
    email: str,
    is_active: bool,
) -> User:
    """Change who an account belongs to, what it may do, and whether it may sign in.

    Another role, and the end of an account, end its sessions; its end revokes its tokens too.
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
        return _account_write(
            "user.change",
            account,
            said={"name": name, "email": email, "is_active": is_active},
            role=role,
            agency=agency,
            by=by,
            now=now,
        )


def account_password_set(*, account: User, by: User, password: str, now: dt.datetime) -> User:
    """Give somebody a new password, which they change at their next sign-in; their sessions end.

    Raises PermissionDenied for anybody but administrators, and for an administrator's own account
    (one's own password asks for the old one first), and ValidationError keyed "password".
    """
    administrator_check(by)
    if account.pk == by.pk:
        raise PermissionDenied(_("Change your own password on its own page."))
    password_is_of_use(account)
    with transaction.atomic():
        # As it is stored: its agency may have been merged since the page was opened.
        account = User.objects.select_for_update().get(pk=account.pk)
        return _account_write(
            "user.password",
            account,
            role=account.role,
            agency=account.agency,
            password=password,
            by=by,
            now=now,
        )


def agency_create(
    *,
    by: User,
    now: dt.datetime,
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
        with audited("agency.create", agency, by=by, now=now) as note:
            agency.save()
            note.after["aliases"] = _aliases_add(agency, aliases)
    return agency


def agency_change(
    *,
    agency: Agency,
    by: User,
    now: dt.datetime,
    short_name: str,
    contact_email: str,
    aliases: Iterable[str],
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
        with audited("agency.change", agency, by=by, now=now) as note:
            agency.short_name, agency.contact_email = short_name, contact_email
            agency.full_clean()
            agency.save(update_fields=["short_name", "contact_email"])
            note.after["aliases"] = _aliases_add(agency, aliases)
    return agency


def agency_acts_through_set(
    *, agency: Agency, through: Agency, by: User, now: dt.datetime
) -> Agency:
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
        with audited("agency.acts_through", agency, by=by, now=now):
            agency.acts_through = through
            agency.save(update_fields=["acts_through"])
    return agency


def unchangeable_sentence(agency: Agency) -> str:
    """Why nothing of an agency that has ended is changed."""
    return _("%(agency)s has ended; nothing of it is changed any more.") % {"agency": agency.name}


def _as_stored(agency: Agency | None) -> Agency | None:
    """The agency locked, so that it does not end before somebody works for it."""
    return None if agency is None else agencies_lock([agency.pk])[agency.pk]


def _account_write(
    act: str,
    account: User,
    *,
    role: str,
    agency: Agency | None,
    by: User | None,
    now: dt.datetime,
    said: Mapping[str, Any] | None = None,
    password: str | None = None,
) -> User:
    _rules_check(account, role=role, agency=agency, said=said or {}, by=by)
    had, had_password = (account.role, account.is_active), account.password
    with audited(act, account, by=by, now=now) as note:
        account.role, account.agency = role, agency
        for name, value in (said or {}).items():
            setattr(account, name, value)
        if password is not None and not account.signs_in_by_password:
            account.set_unusable_password()
        elif password is not None:
            # Who makes an administrator on the server itself is that person.
            password_take(account, password, is_given=by is not None, now=now)
            note.after |= PASSWORD_SET
        account.full_clean()
        # What is as it was leaves no entry, and is not written either.
        if password is not None or values_of(account) != note.before:
            account.save()
    if password is not None and account.has_usable_password():
        password_remember(account, had=had_password, now=now)
    if password is not None or (account.role, account.is_active) != had:
        # Another role may require a second factor, which is asked for when signing in.
        sessions_drop([account.pk])
    if not account.is_active:
        # For good: an account that is opened again has none that works.
        for token in ApiToken.objects.filter(user=account, revoked_at=None):
            token_end(token, by=by, now=now)
    return account


def _rules_check(
    account: User,
    *,
    role: str,
    agency: Agency | None,
    said: Mapping[str, Any],
    by: User | None,
) -> None:
    """Raise ValidationError, keyed by field, for what the rules of accounts do not allow."""
    is_new = account.pk is None
    usernames = User.objects.values_list("username", flat=True) if is_new else ()
    found: dict[str, list[str]] = {}
    for field, sentence in account_faults(
        None if is_new else account,
        username=account.username,
        role=role,
        agency=agency,
        is_active=said.get("is_active", account.is_active),
        by=by,
        spelled=usernames_spelled(usernames),
    ):
        found.setdefault(field, []).append(sentence)
    if found:
        raise ValidationError(found)


def _aliases_add(agency: Agency, names: Iterable[str]) -> list[str]:
    """Add the spellings that are new; returns them."""
    added = []
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
        added.append(name)
    return added


def taken_sentence(name: str) -> str:
    """Why a name or spelling cannot be given to an agency."""
    return _("“%(name)s” already names another agency.") % {"name": name}

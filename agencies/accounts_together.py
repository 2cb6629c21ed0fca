"""Many accounts at once, as a sheet says them: checked together, and all written or none.

Nobody is given a password here: to hash hundreds would hold up the request, and a sheet is no place
for them. A new account has none until its person sets one by a mailed link, or an administrator
gives one.
"""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from agencies.account_rules import account_faults, usernames_spelled
from agencies.administering import administrator_check
from agencies.audit import Note, audit_notes, values_of
from agencies.locking import agencies_lock
from agencies.models import Agency, ApiToken, User
from agencies.passwords.links import links_ask
from agencies.sessions import sessions_drop
from agencies.tokens import token_end

MOST_ACCOUNTS = 500
CHANGEABLE = ("name", "role", "agency_id", "email", "is_active")

# What is wrong: with which of the rows, counted from 0, and with which of its fields.
AccountFault: TypeAlias = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class AccountSaid:
    """An account as it shall be; the user name says which one, and is never changed."""

    username: str
    name: str
    role: str
    agency_id: int | None
    email: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class AccountsWritten:
    """What was made and changed; of those made, who is mailed a link, and who has no address."""

    created: Sequence[User]
    changed: Sequence[User]

    @property
    def mailed(self) -> Sequence[User]:
        return [one for one in self.created if one.email and one.signs_in_by_password]

    @property
    def unmailed(self) -> Sequence[User]:
        return [one for one in self.created if not one.email and one.signs_in_by_password]

    @property
    def unbound(self) -> Sequence[User]:
        """Whom no password lets in: an administrator binds them to the city's sign-on."""
        return [one for one in self.created if not one.signs_in_by_password]


class AccountsMovedError(Exception):
    """Some accounts have been changed since the person saw them; nothing was written."""

    def __init__(self, usernames: Sequence[str]) -> None:
        super().__init__(
            _("Accounts changed meanwhile, so nothing has been written: %(names)s. Look again.")
            % {"names": "、".join(usernames)}
        )


def account_now(account: User) -> AccountSaid:
    """The account as it is."""
    values: dict[str, Any] = {field: getattr(account, field) for field in CHANGEABLE}
    return AccountSaid(account.username, **values)


def accounts_faults(
    said: Sequence[AccountSaid],
    *,
    stored: Mapping[str, User],
    agencies: Mapping[int, Agency],
    by: User,
) -> list[AccountFault]:
    """All that keeps these from being written, in the order of the rows. Asks no database.

    `stored` are all accounts by user name, and `agencies` those that are said by id.
    """
    spelled = usernames_spelled(stored)
    seen: set[str] = set()
    faults: list[AccountFault] = []
    for index, one in enumerate(said):
        account, folded = stored.get(one.username), one.username.casefold()
        if folded in seen:
            sentence = _("“%(name)s” stands in several rows; leave one of them")
            faults.append((index, "username", sentence % {"name": one.username}))
        seen.add(folded)
        agency = None if one.agency_id is None else agencies[one.agency_id]
        faults += [(index, *fault) for fault in _faults_of(one, account)]
        faults += [
            (index, *fault)
            for fault in account_faults(
                account,
                username=one.username,
                role=one.role,
                agency=agency,
                is_active=one.is_active,
                by=by,
                spelled=spelled,
            )
        ]
    return faults


def accounts_write(
    *,
    said: Sequence[AccountSaid],
    seen: Sequence[AccountSaid | None],
    by: User,
    now: dt.datetime,
    language: str,
) -> AccountsWritten:
    """Make and change these accounts, all or none; `seen` is how each was when `by` looked, None
    where there was none. Who is new and has an address is mailed a link, in this language.

    Raises PermissionDenied for anybody but administrators, AccountsMovedError where one is no
    longer as it was seen, and ValidationError with all faults.
    """
    administrator_check(by)
    try:
        with transaction.atomic():
            return _written(said, seen, by, now, language)
    except IntegrityError as error:
        # Of two administrators who make the same account, the later one finds it there.
        made = [one.username for one, was in zip(said, seen, strict=True) if was is None]
        raise AccountsMovedError(made) from error


def _faults_of(one: AccountSaid, account: User | None) -> Iterator[tuple[str, str]]:
    """What its fields may not hold, and what only a sheet can ask for."""
    made = User(username=one.username, name=one.name, role=one.role, email=one.email)
    try:
        made.clean_fields(exclude=["password", "agency"])
    except ValidationError as error:
        for field, sentences in error.message_dict.items():
            yield from ((field, sentence) for sentence in sentences)
    if account is None and not one.is_active:
        yield "is_active", _("nobody has this user name, so there is no account to close")


def _written(
    said: Sequence[AccountSaid],
    seen: Sequence[AccountSaid | None],
    by: User,
    now: dt.datetime,
    language: str,
) -> AccountsWritten:
    # Agencies before accounts, in the order of a merger, which moves an agency's accounts.
    agencies = agencies_lock(one.agency_id for one in said)
    of_them = Q(username__in=[one.username for one in said]) | Q(pk=by.pk)
    list(User.objects.select_for_update().filter(of_them).order_by("pk").values_list("pk"))
    stored = {one.username: one for one in User.objects.all()}
    # Of two administrators who shut each other out, the later one fails.
    by = stored[by.username]
    administrator_check(by)
    pairs = [(one, stored.get(one.username)) for one in said]
    moved = [
        one.username
        for (one, account), was in zip(pairs, seen, strict=True)
        if (account_now(account) if account else None) != was
    ]
    if moved:
        raise AccountsMovedError(moved)
    faults = accounts_faults(said, stored=stored, agencies=agencies, by=by)
    if faults:
        raise ValidationError([f"{said[index].username}: {text}" for index, _field, text in faults])
    created = [_made(one) for one, account in pairs if account is None]
    changes = [(one, account) for one, account in pairs if account and account_now(account) != one]
    User.objects.bulk_create(created)
    notes = [Note("user.create", one, after=values_of(one)) for one in created]
    notes += [_changed(account, one) for one, account in changes]
    changed = [account for _one, account in changes]
    User.objects.bulk_update(changed, CHANGEABLE)
    audit_notes(notes, by=by, now=now)
    # As when they are changed one by one: another role, and the end of an account, end sessions.
    sessions_drop(
        note.on.pk
        for note in notes
        if any(note.before.get(field) != note.after[field] for field in ("role", "is_active"))
    )
    closed = [one.pk for one in changed if not one.is_active]
    for token in ApiToken.objects.filter(user__in=closed, revoked_at=None):
        token_end(token, by=by, now=now)
    written = AccountsWritten(created, changed)
    links_ask(emails=[one.email for one in written.mailed], language=language, now=now)
    return written


def _made(one: AccountSaid) -> User:
    account = User(
        username=one.username,
        name=one.name,
        role=one.role,
        agency_id=one.agency_id,
        email=one.email,
    )
    account.set_unusable_password()
    return account


def _changed(account: User, one: AccountSaid) -> Note:
    """The account as it shall be, not saved yet."""
    before = values_of(account)
    for field in CHANGEABLE:
        setattr(account, field, getattr(one, field))
    return Note("user.change", account, before=before, after=values_of(account))

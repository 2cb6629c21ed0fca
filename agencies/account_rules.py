"""What an account may be, beside what each of its fields may hold: one set of rules, for those that
are written one by one and for a sheet of them."""

from collections.abc import Iterable, Iterator, Mapping

from django.utils.translation import gettext as _

from agencies.models import AGENCY_ROLES, WITH_AGENCY_SENTENCE, Agency, User


def account_faults(
    stored: User | None,
    *,
    username: str,
    role: str,
    agency: Agency | None,
    is_active: bool,
    by: User | None,
    spelled: Mapping[str, str],
) -> Iterator[tuple[str, str]]:
    """What keeps an account from being so: the field, and the sentence. Asks no database.

    `stored` is the account as it is, None for one that is to be made; `by` is who writes it, None
    on the server itself; `spelled` are the user names there are, by how they read folded.
    """
    there = spelled.get(username.casefold(), username)
    if stored is None and there != username:
        # Two people whose names are read out alike would sign in as one another by mistake.
        sentence = _("differs from the user name “%(name)s” in capital letters alone")
        yield "username", sentence % {"name": there}
    if role and not is_with_agency_as_its_role_is(role, agency):
        yield "agency", str(WITH_AGENCY_SENTENCE)
    if agency and agency.has_ended and not (stored and stored.agency_id == agency.pk):
        yield "agency", ended_sentence(agency)
    # So at least one administrator is left: the one who writes this.
    if stored and by and stored.pk == by.pk:
        if role != stored.role:
            yield "role", _("Another administrator has to change your role.")
        if not is_active:
            yield "is_active", _("Another administrator has to close your account.")


def is_with_agency_as_its_role_is(role: str, agency: Agency | None) -> bool:
    """Whether an agency is said where the role has one, and none where it has none."""
    return (role in AGENCY_ROLES) == (agency is not None)


def usernames_spelled(usernames: Iterable[str]) -> dict[str, str]:
    """User names by how they read folded."""
    return {name.casefold(): name for name in usernames}


def ended_sentence(agency: Agency) -> str:
    """Why an agency that has ended is not chosen for anything new."""
    return _("%(agency)s has ended; choose its successor.") % {"agency": agency.name}

"""The demonstration's accounts: one person of each role, reporters for 24 lead agencies."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth.hashers import make_password

from agencies.audit import Note, audit_notes, values_of
from agencies.contacts import agency_contacts_write
from agencies.models import Agency, Role, User

PEOPLE_FILE = settings.BASE_DIR / "fixtures" / "demonstration_people.json"
# No secret: it opens accounts that exist only where DEBUG is on, and the start banner prints it.
PASSWORD = "Demo-2026-tianjin"  # noqa: S105
OFFICES = {
    Role.COORDINATOR: "示例·统筹协调人员",
    Role.LEADER: "示例·市领导",
    Role.AUDITOR: "示例·审计员",
    Role.ADMINISTRATOR: "示例·系统管理员",
}


@dataclass(frozen=True, slots=True)
class Reporting:
    """Who reports for one agency, and the ministry its texts speak of."""

    agency_id: int
    agency: str
    ministry: str
    reporter: User
    approver: User | None


@dataclass(frozen=True, slots=True)
class People:
    """Everybody of the demonstration; `reporting` goes by the agency's id."""

    coordinator: User
    reporting: Mapping[int, Reporting]
    count: int


def sign_ins() -> list[tuple[str, str, str]]:
    """Role in the active language, user name and password: one account of each role."""
    return [(str(role.label), role.value, PASSWORD) for role in Role]


def absent_agencies() -> list[str]:
    """The names of agencies that the demonstration needs and the register does not have."""
    names = [entry["agency"] for entry in _entries()]
    present = set(Agency.objects.filter(name__in=names).values_list("name", flat=True))
    return [name for name in names if name not in present]


def taken_usernames() -> list[str]:
    """The user names of the demonstration that somebody has already."""
    wanted = [str(role.value) for role in OFFICES]
    for entry in _entries():
        wanted += [entry[part] for part in ("reporter", "approver") if part in entry]
    taken = User.objects.filter(username__in=wanted).order_by("username")
    return list(taken.values_list("username", flat=True))


def people_create(*, now: dt.datetime) -> People:
    """Make every account, all with the one password; none of their user names may be taken."""
    offices = {role: _account(role.value, name, role) for role, name in OFFICES.items()}
    reporting: dict[int, Reporting] = {}
    made = list(offices.values())
    for entry in _entries():
        agency = Agency.objects.get(name=entry["agency"])
        reporter = _account(
            entry["reporter"], f"示例·{agency.short_name}填报人", Role.REPORTER, agency
        )
        approver = None
        if "approver" in entry:
            approver = _account(
                entry["approver"], f"示例·{agency.short_name}审核人", Role.APPROVER, agency
            )
            made.append(approver)
        made.append(reporter)
        _contacts_write(agency, by=approver or reporter, now=now)
        reporting[agency.pk] = Reporting(
            agency.pk, agency.name, entry["ministry"], reporter, approver
        )
    # Hashing is slow on purpose: once for all of them instead of half a second each.
    User.objects.filter(pk__in=[user.pk for user in made]).update(password=make_password(PASSWORD))
    created = [Note("user.create", user, after=values_of(user)) for user in made]
    audit_notes(created, by=None, now=now)
    return People(offices[Role.COORDINATOR], reporting, len(made))


def _contacts_write(agency: Agency, *, by: User, now: dt.datetime) -> None:
    """As the agency keeps them itself; nobody is called, and nothing found, by these."""
    agency_contacts_write(
        agency=agency,
        by=by,
        now=now,
        leader=f"示例·{agency.short_name}分管负责人",
        leader_email=f"{by.username}.leader@example.org",
        office="示例·综合处",
        office_address="示例地址",
        telephone="022-00000000",
    )


def _account(username: str, name: str, role: Role, agency: Agency | None = None) -> User:
    return User.objects.create_user(
        username, name=name, role=role, agency=agency, email=f"{username}@example.org"
    )


def _entries() -> list[dict[str, str]]:
    entries: list[dict[str, str]] = json.loads(PEOPLE_FILE.read_text(encoding="utf-8"))
    return entries

"""The agencies and spellings that an import knows: those of the database, and of the fixture.

The fixture only starts a register off. An agency in it that the database does not have is created
by an import; from then on the database rules, and nothing of the fixture overwrites it.
"""

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings

from agencies.audit import Note, audit_notes, values_of
from agencies.models import Agency, AgencyAlias, AgencyKind, User
from tasks.listing.faults import Fault, ListFaults
from tasks.listing.names import AgencyNames

AGENCIES_FILE = Path(settings.BASE_DIR) / "fixtures" / "agencies.json"
FORM = '{"name": "…", "short_name": "…", "kind": "…", "aliases": ["…"]}'
KEYS = {"name", "short_name", "kind", "aliases"}


@dataclass(frozen=True, slots=True)
class FixtureAgency:
    name: str
    short_name: str
    kind: str
    aliases: tuple[str, ...]

    @property
    def spellings(self) -> tuple[str, ...]:
        return (self.name, *self.aliases)


def fixture_agencies(path: Path = AGENCIES_FILE) -> list[FixtureAgency]:
    """The agencies of the fixture. Raises ListFaults that name every fault of the file."""
    try:
        entries = json.loads(path.read_bytes())
    except OSError as error:
        raise ListFaults([Fault(None, f"{path} cannot be read: {error.strerror}")]) from error
    except UnicodeDecodeError as error:
        raise ListFaults([Fault(None, f"{path} is not UTF-8: {error}")]) from error
    except json.JSONDecodeError as error:
        where = f"{path}, line {error.lineno}"
        raise ListFaults([Fault(None, f"{where}: not valid JSON: {error.msg}")]) from error
    if not isinstance(entries, list):
        raise ListFaults([Fault(None, f"{path} holds no list of agencies; each reads {FORM}")])
    problems = [
        f"agency {position}: {problem}"
        for position, entry in enumerate(entries, start=1)
        for problem in _entry_problems(entry)
    ]
    if not problems:
        problems = _repeated(entries)
    if problems:
        raise ListFaults(Fault(None, f"{path}, {problem}") for problem in problems)
    return [
        FixtureAgency(one["name"], one["short_name"], one["kind"], tuple(one["aliases"]))
        for one in entries
    ]


def _entry_problems(entry: Any) -> list[str]:
    if not isinstance(entry, dict) or set(entry) != KEYS:
        return [f"an agency reads {FORM}"]
    problems = [
        f"{key} is not text of 1 to {longest} characters"
        for key, longest in (("name", 100), ("short_name", 30))
        if not _is_text(entry[key], longest)
    ]
    if entry["kind"] not in AgencyKind.values:
        problems.append(f'kind "{entry["kind"]}" is none of {", ".join(AgencyKind.values)}')
    aliases = entry["aliases"]
    if not isinstance(aliases, list) or not all(_is_text(alias, 100) for alias in aliases):
        problems.append("aliases is not a list of texts of 1 to 100 characters")
    return problems


def _is_text(value: Any, longest: int) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) == len(value) <= longest


def _repeated(entries: list[dict[str, Any]]) -> list[str]:
    seen: set[str] = set()
    problems: list[str] = []
    for position, entry in enumerate(entries, start=1):
        for spelling in (entry["name"], *entry["aliases"]):
            if spelling in seen:
                problems.append(f'agency {position}: the spelling "{spelling}" stands twice')
            seen.add(spelling)
    return problems


@dataclass(frozen=True, slots=True)
class KnownAgencies:
    """`names` to read a list by, and `absent`: agencies of the fixture that are to be created."""

    names: AgencyNames
    absent: tuple[FixtureAgency, ...]


def known_agencies(fixture: list[FixtureAgency]) -> KnownAgencies:
    """What the database and the fixture know together. Two queries; writes nothing.

    An agency of the fixture is absent when the database has none of its spellings: one that an
    administrator renamed or merged into another is not created a second time.
    """
    stored = list(Agency.objects.values_list("name", "short_name"))
    spellings = dict(AgencyAlias.objects.values_list("name", "agency__name"))
    spellings |= {name: name for name, _short_name in stored}
    short_names = {short_name: name for name, short_name in stored if short_name}
    absent = tuple(
        agency for agency in fixture if not any(one in spellings for one in agency.spellings)
    )
    for agency in absent:
        spellings |= dict.fromkeys(agency.spellings, agency.name)
        short_names.setdefault(agency.short_name, agency.name)
    return KnownAgencies(AgencyNames(spellings, short_names), absent)


def agencies_create(
    *, absent: tuple[FixtureAgency, ...], by: User | None, now: dt.datetime
) -> None:
    """Create agencies of the fixture with their spellings, in three statements."""
    created = Agency.objects.bulk_create(
        Agency(name=one.name, short_name=one.short_name, kind=one.kind) for one in absent
    )
    AgencyAlias.objects.bulk_create(
        AgencyAlias(agency=agency, name=alias)
        for agency, one in zip(created, absent, strict=True)
        for alias in one.aliases
    )
    audit_notes(
        [Note("agency.create", agency, after=values_of(agency)) for agency in created],
        by=by,
        now=now,
    )

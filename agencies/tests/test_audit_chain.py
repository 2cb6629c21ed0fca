"""The audit trail holds: it is only added to, and what was altered or taken out is found."""

import datetime as dt
import importlib
from io import StringIO
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.test import Client
from pytest_django.fixtures import Settings

from agencies.audit import audit_event, audit_note, entries_seal, state_of_the_trail, trail_faults
from agencies.audit.guarding import guard_drop, guard_set
from agencies.models import AuditEntry, User
from conftest import NOW, PASSWORD, Cast

TABLE = "agencies_auditentry"


def executed(statement: str, *values: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


@pytest.fixture
def trail(cast: Cast) -> list[AuditEntry]:
    """Three entries of people, sealed, behind those of the list."""
    for person in (cast.reporter, cast.approver, cast.leader):
        audit_note("user.create", person, by=cast.administrator, now=NOW)
    entries_seal()
    return list(AuditEntry.objects.order_by("-position")[:3][::-1])


@pytest.fixture
def guarded(trail: list[AuditEntry]) -> list[AuditEntry]:
    """The same with the database's own guard, as in service."""
    guard_set(connection)
    return trail


# --- The chain -----------------------------------------------------------------------------------


def test_a_trail_that_nobody_touched_holds(trail: list[AuditEntry]) -> None:
    found = trail_faults()
    assert not found
    assert found.checked == AuditEntry.objects.count()
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert f"{found.checked} entries hold." in said.getvalue()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("act", "user.change"),
        ("thing", 1),
        ("by_id", None),
        ("via", "api"),
        ("address", "192.0.2.1"),
        ("at", NOW - dt.timedelta(days=1)),
        ("is_change", False),
        ("changes", "{}"),
    ],
)
def test_an_entry_that_says_something_else_is_found(
    column: str, value: object, trail: list[AuditEntry]
) -> None:
    executed(f"UPDATE {TABLE} SET {column} = %s WHERE id = %s", value, trail[1].pk)  # noqa: S608
    found = trail_faults()
    assert found.altered == [trail[1].position]
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=said)
    assert f"altered, or sealed with another key: {trail[1].position}\n" in said.getvalue()


def test_an_entry_that_was_taken_out_is_found(trail: list[AuditEntry]) -> None:
    executed(f"DELETE FROM {TABLE} WHERE id = %s", trail[1].pk)  # noqa: S608
    assert trail_faults().missing == [trail[1].position]


def test_a_gap_that_is_closed_by_renumbering_is_found(trail: list[AuditEntry]) -> None:
    executed(f"DELETE FROM {TABLE} WHERE id = %s", trail[1].pk)  # noqa: S608
    executed(
        f"UPDATE {TABLE} SET position = %s WHERE id = %s",  # noqa: S608
        trail[1].position,
        trail[2].pk,
    )
    found = trail_faults()
    assert found.altered == [trail[1].position]
    assert found.end_is_cut


def test_an_end_that_was_cut_off_is_found(trail: list[AuditEntry]) -> None:
    executed(f"DELETE FROM {TABLE} WHERE id = %s", trail[2].pk)  # noqa: S608
    found = trail_faults()
    assert (found.missing, found.altered, found.end_is_cut) == ([], [], True)


def test_a_key_of_before_still_opens_what_it_sealed(
    trail: list[AuditEntry], settings: Settings
) -> None:
    settings.AUDIT_KEYS = ["another key", *settings.AUDIT_KEYS]
    audit_note("user.create", User.objects.get(username="auditor"), by=None, now=NOW)
    assert not trail_faults()
    settings.AUDIT_KEYS = ["another key"]
    assert trail[0].position in trail_faults().altered


# --- The guard -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE agencies_auditentry SET act = 'user.other'",
        "UPDATE agencies_auditentry SET position = position + 1000",
        "UPDATE agencies_auditentry SET seal = ''",
        "UPDATE agencies_auditentry SET position = NULL",
        "DELETE FROM agencies_auditentry",
    ],
)
def test_the_database_itself_refuses_to_alter_or_remove(
    statement: str, guarded: list[AuditEntry]
) -> None:
    before = list(AuditEntry.objects.order_by("pk").values())
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
        executed(statement)
    assert list(AuditEntry.objects.order_by("pk").values()) == before


def test_the_table_is_not_emptied_at_one_stroke(guarded: list[AuditEntry]) -> None:
    if connection.vendor == "postgresql":
        executed("SET CONSTRAINTS ALL IMMEDIATE")
        with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
            executed("TRUNCATE agencies_auditentry CASCADE")
    assert AuditEntry.objects.exists()


def test_a_database_that_was_migrated_has_the_guard(guarded: list[AuditEntry]) -> None:
    """The migration sets the very guard that these tests put on."""
    migration = importlib.import_module("agencies.migrations.0008_audit_trail_shortened")
    guard_drop(connection)
    operation = migration.Migration.operations[-1]
    operation.code(None, SimpleNamespace(connection=connection))
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
        executed("DELETE FROM agencies_auditentry")


def test_the_guard_lets_entries_be_added_and_sealed_once(
    cast: Cast, guarded: list[AuditEntry]
) -> None:
    audit_note("user.create", cast.auditor, by=None, now=NOW)
    entry = AuditEntry.objects.latest("pk")
    with pytest.raises(DatabaseError), transaction.atomic():
        executed(f"UPDATE {TABLE} SET position = 9999, act = 'a.b' WHERE id = %s", entry.pk)  # noqa: S608
    entries_seal()
    assert not trail_faults()


# --- Signing in, and from where ------------------------------------------------------------------


def acts() -> list[tuple[str, str | None, str, str | None]]:
    found = AuditEntry.objects.filter(is_change=False).order_by("pk").select_related("by")
    return [(one.act, one.by.username if one.by else None, one.via, one.address) for one in found]


def test_signing_in_and_out_and_failing_to_are_told_with_their_origin(cast: Cast) -> None:
    client = Client(REMOTE_ADDR="192.0.2.7")
    with time_machine.travel(NOW, tick=False):
        client.post("/sign-in/", {"username": "reporter", "password": "falsch-geraten"})
        client.post("/sign-in/", {"username": "wer-ist-das", "password": PASSWORD})
        client.post("/sign-in/", {"username": "reporter", "password": PASSWORD})
        client.post("/sign-out/")
    assert acts() == [
        ("user.sign_in_refused", "reporter", "page", "192.0.2.7"),
        ("user.sign_in_refused", None, "page", "192.0.2.7"),
        ("user.sign_in", "reporter", "page", "192.0.2.7"),
        ("user.sign_out", "reporter", "page", "192.0.2.7"),
    ]
    everything = str(list(AuditEntry.objects.values()))
    for secret in ("falsch-geraten", PASSWORD, "wer-ist-das"):
        assert secret not in everything


@pytest.mark.parametrize(
    ("proxies", "named", "address"),
    [
        (0, "203.0.113.9", "192.0.2.7"),
        (1, "203.0.113.9", "203.0.113.9"),
        # What stands to the left the client may have written itself.
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9", "198.51.100.1"),
        (1, "nonsense", None),
        (1, "", None),
    ],
)
def test_an_address_is_believed_to_our_own_proxies_alone(
    proxies: int, named: str, address: str | None, cast: Cast, settings: Settings
) -> None:
    settings.PROXIES = proxies
    client = Client(REMOTE_ADDR="192.0.2.7", headers={"X-Forwarded-For": named})
    client.post("/sign-in/", {"username": "reporter", "password": PASSWORD})
    assert acts()[-1][3] == address


def test_what_changes_nothing_leaves_answers_as_they_are(cast: Cast) -> None:
    entries_seal()
    before = state_of_the_trail()
    audit_event("user.sign_in", cast.reporter, by=cast.reporter, now=NOW)
    assert state_of_the_trail() == before
    entries_seal()
    assert state_of_the_trail() == before

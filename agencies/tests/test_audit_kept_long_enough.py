"""The audit trail is kept as long as it has to be, and what is removed then leaves no gap."""

import datetime as dt
from io import StringIO

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from pytest_django.fixtures import Settings

from agencies.audit import (
    NoLongerKeptError,
    TrailBrokenError,
    audit_note,
    changed_after,
    changed_from,
    entries_remove,
    entries_seal,
    trail_faults,
)
from agencies.audit.guarding import guard_drop, guard_set
from agencies.models import AuditEntry, AuditRemoval, User
from conftest import Cast
from tianjin_pilot.environment import days_at_least

DAYS = 400
# The database's own clock says what is old, so these are moments of today.
NOW = dt.datetime.now(dt.UTC)


def executed(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def noted(person: User, days_ago: int) -> None:
    audit_note("user.create", person, by=None, now=NOW - dt.timedelta(days=days_ago))


@pytest.fixture
def trail(cast: Cast, settings: Settings) -> list[int]:
    """Entries of 500, 401, 200 and 190 days ago and of today, sealed, under the database's guard;
    their positions. Nothing else is in the trail."""
    settings.AUDIT_DAYS = DAYS
    for table in ("agencies_auditentry", "agencies_audithead"):
        executed(f"DELETE FROM {table}")  # noqa: S608
    for days_ago in (500, 401, 200, 190, 0):
        noted(cast.reporter, days_ago)
    entries_seal()
    guard_set(connection)
    return [one.position or 0 for one in AuditEntry.objects.order_by("position")]


def test_what_was_kept_long_enough_is_removed_and_the_rest_still_proves_itself(
    trail: list[int],
) -> None:
    assert entries_remove(now=NOW) == 2
    entries_seal()
    left = AuditEntry.objects.order_by("position")
    assert list(left.values_list("position", flat=True)) == [3, 4, 5, 6]
    # That it was removed stands in the trail, too.
    told = left.last()
    assert told is not None
    assert (told.act, told.changes) == (
        "auditremoval.make",
        {"first": [None, 1], "until": [None, 2]},
    )
    assert not trail_faults()
    said = StringIO()
    call_command("verify_audit", stdout=said)
    assert f"entries are kept for {DAYS} days" in said.getvalue()
    assert said.getvalue().startswith("1 to 2, of ")
    assert "4 entries hold." in said.getvalue()
    # Once a day has gone by, the next removal goes on from this one.
    assert entries_remove(now=NOW) == 0
    assert entries_remove(now=NOW + dt.timedelta(days=201)) == 1
    assert not trail_faults()


def test_an_entry_that_tells_of_long_ago_is_kept_as_long_as_those_before_it(
    cast: Cast, trail: list[int]
) -> None:
    noted(cast.reporter, 450)
    assert entries_remove(now=NOW) == 2
    assert AuditEntry.objects.filter(position=trail[-1] + 1).exists()


def test_a_start_that_was_tampered_with_is_not_cleared_away(trail: list[int]) -> None:

    guard_drop(connection)
    executed("UPDATE agencies_auditentry SET act = 'user.other' WHERE position = 1")
    with pytest.raises(TrailBrokenError):
        entries_remove(now=NOW)
    assert trail_faults().altered == [1]


ON_RECORD = (
    "INSERT INTO agencies_auditremoval (first, until, first_at, last_at, kept_days, removed_at, "
    "last_seal, seal) SELECT {}, {}, MIN(at), MAX(at), 183, MAX(at), MAX(seal), 'forged' "
    "FROM agencies_auditentry"
)


@pytest.mark.parametrize(
    "statement",
    [
        # Old enough, and not on record as removed; and too young.
        "DELETE FROM agencies_auditentry WHERE position = 1",
        "DELETE FROM agencies_auditentry WHERE position = 5",
        # Something younger lies before its end; and not from the start.
        ON_RECORD.format(1, 5),
        ON_RECORD.format(2, 2),
    ],
)
def test_the_database_itself_removes_nothing_else(statement: str, trail: list[int]) -> None:
    with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
        executed(statement)
    assert AuditEntry.objects.count() == len(trail)


def test_a_removal_on_record_stays_as_it_is(trail: list[int]) -> None:
    entries_remove(now=NOW)
    for statement in (
        "DELETE FROM agencies_auditremoval",
        "UPDATE agencies_auditremoval SET kept_days = 183",
    ):
        with pytest.raises(DatabaseError, match="only added to"), transaction.atomic():
            executed(statement)
    assert AuditRemoval.objects.get().kept_days == DAYS


def test_a_removal_that_somebody_wrote_without_the_key_is_found(trail: list[int]) -> None:
    executed(ON_RECORD.format(1, 3))
    executed("DELETE FROM agencies_auditentry WHERE position <= 3")
    assert trail_faults().removals == [3]
    said = StringIO()
    with pytest.raises(CommandError):
        call_command("verify_audit", stdout=said)
    assert "removals that we did not make, up to: 3\n" in said.getvalue()


def test_who_asks_for_what_is_no_longer_kept_is_told_so(trail: list[int]) -> None:
    entries_remove(now=NOW)
    for position in (0, 1):
        with pytest.raises(NoLongerKeptError):
            changed_after(User, position)
    assert changed_after(User, 2).count() == 3
    with pytest.raises(NoLongerKeptError):
        changed_from(User, NOW - dt.timedelta(days=401, seconds=1))
    assert changed_from(User, NOW - dt.timedelta(days=400)).count() == 3


def test_less_than_half_a_year_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUDIT_DAYS", "182")
    with pytest.raises(ImproperlyConfigured, match="Set it to 183 days or more"):
        days_at_least("AUDIT_DAYS", default=DAYS, least=183)

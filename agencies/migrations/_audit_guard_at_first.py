"""The guard of the audit trail as 0006 put it on. Published: nothing of it is changed any more.

Entries are added and sealed once, nothing else.

Triggers, so that not even a statement written by hand under the application's account alters or
removes an entry; they let go of those older than half a year, which a clean-up may remove.
"""

from collections.abc import Sequence

from django.db.backends.base.base import BaseDatabaseWrapper

# Six months at the least (GB/T 22239-2019, 8.1.4.3).
KEPT_DAYS = 183
SAID = ("id", "at", "by_id", "via", "address", "act", "kind", "thing", "changes", "is_change")
REFUSAL = "the audit trail is only added to"

_SAME_IN_POSTGRESQL = " AND ".join(f"NEW.{one} IS NOT DISTINCT FROM OLD.{one}" for one in SAID)
_SAME_IN_SQLITE = " AND ".join(f"NEW.{one} IS OLD.{one}" for one in SAID)
_IS_SEALING = "OLD.position IS NULL AND NEW.position IS NOT NULL"

ON_POSTGRESQL: Sequence[str] = (
    f"""CREATE OR REPLACE FUNCTION agencies_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF {_IS_SEALING} AND {_SAME_IN_POSTGRESQL} THEN
                RETURN NEW;
            END IF;
        ELSIF TG_OP = 'DELETE' THEN
            IF OLD.at < now() - interval '{KEPT_DAYS} days' THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION '{REFUSAL}';
    END $$""",
    """CREATE TRIGGER agencies_audit_rows BEFORE UPDATE OR DELETE ON agencies_auditentry
    FOR EACH ROW EXECUTE FUNCTION agencies_audit_guard()""",
    """CREATE TRIGGER agencies_audit_table BEFORE TRUNCATE ON agencies_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION agencies_audit_guard()""",
)
ON_SQLITE: Sequence[str] = (
    f"""CREATE TRIGGER agencies_audit_update BEFORE UPDATE ON agencies_auditentry
    WHEN NOT ({_IS_SEALING} AND {_SAME_IN_SQLITE})
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    f"""CREATE TRIGGER agencies_audit_delete BEFORE DELETE ON agencies_auditentry
    WHEN OLD.at >= datetime('now', '-{KEPT_DAYS} days')
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
)
OFF_POSTGRESQL: Sequence[str] = (
    "DROP TRIGGER IF EXISTS agencies_audit_rows ON agencies_auditentry",
    "DROP TRIGGER IF EXISTS agencies_audit_table ON agencies_auditentry",
)
OFF_SQLITE: Sequence[str] = (
    "DROP TRIGGER IF EXISTS agencies_audit_update",
    "DROP TRIGGER IF EXISTS agencies_audit_delete",
)


def guard_set(connection: BaseDatabaseWrapper) -> None:
    """Put the guard on, by a migration."""
    _run(connection, ON_POSTGRESQL, ON_SQLITE)


def guard_drop(connection: BaseDatabaseWrapper) -> None:
    """Take the guard off, for a migration that makes the table anew, and for tests."""
    _run(connection, OFF_POSTGRESQL, OFF_SQLITE)


def _run(
    connection: BaseDatabaseWrapper, on_postgresql: Sequence[str], on_sqlite: Sequence[str]
) -> None:
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for statement in on_postgresql if is_postgresql else on_sqlite:
            cursor.execute(statement)

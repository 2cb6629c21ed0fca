"""The guard of the audit trail since what is old enough is removed from its start: the statements.

Entries are added and sealed once. They are removed where the database's own clock says that they
are older than half a year, and a removal is on record that reaches to them; and a removal is put on
record where nothing up to its end is younger. Removals are never altered or removed themselves.
Published with its migration: a later guard is another module.
"""

from collections.abc import Sequence

# Six months at the least (GB/T 22239-2019, 8.1.4.3).
KEPT_DAYS = 183
SAID = ("id", "at", "by_id", "via", "address", "act", "kind", "thing", "changes", "is_change")
REFUSAL = "the audit trail is only added to"

_SAME_IN_POSTGRESQL = " AND ".join(f"NEW.{one} IS NOT DISTINCT FROM OLD.{one}" for one in SAID)
_SAME_IN_SQLITE = " AND ".join(f"NEW.{one} IS OLD.{one}" for one in SAID)
_IS_SEALING = "OLD.position IS NULL AND NEW.position IS NOT NULL"
_IS_ON_RECORD = (
    "OLD.position IS NOT NULL "
    "AND EXISTS (SELECT 1 FROM agencies_auditremoval WHERE until >= OLD.position)"
)
# Another removal begins behind the one before.
_GOES_ON = "NEW.first = 1 + (SELECT COALESCE(MAX(until), 0) FROM agencies_auditremoval)"
_POSTGRESQL_LIMIT = f"now() - interval '{KEPT_DAYS} days'"
_SQLITE_LIMIT = f"datetime('now', '-{KEPT_DAYS} days')"
_IS_YOUNG = "EXISTS (SELECT 1 FROM agencies_auditentry WHERE position <= NEW.until AND at >= {})"

ON_POSTGRESQL: Sequence[str] = (
    f"""CREATE OR REPLACE FUNCTION agencies_audit_guard() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            IF {_IS_SEALING} AND {_SAME_IN_POSTGRESQL} THEN
                RETURN NEW;
            END IF;
        ELSIF TG_OP = 'DELETE' THEN
            IF OLD.at < {_POSTGRESQL_LIMIT} AND {_IS_ON_RECORD} THEN
                RETURN OLD;
            END IF;
        END IF;
        RAISE EXCEPTION '{REFUSAL}';
    END $$""",
    f"""CREATE OR REPLACE FUNCTION agencies_audit_removal_guard() RETURNS trigger
    LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF {_GOES_ON} AND NOT {_IS_YOUNG.format(_POSTGRESQL_LIMIT)} THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '{REFUSAL}';
    END $$""",
    """CREATE TRIGGER agencies_audit_rows BEFORE UPDATE OR DELETE ON agencies_auditentry
    FOR EACH ROW EXECUTE FUNCTION agencies_audit_guard()""",
    """CREATE TRIGGER agencies_audit_table BEFORE TRUNCATE ON agencies_auditentry
    FOR EACH STATEMENT EXECUTE FUNCTION agencies_audit_guard()""",
    """CREATE TRIGGER agencies_audit_removal_rows
    BEFORE INSERT OR UPDATE OR DELETE ON agencies_auditremoval
    FOR EACH ROW EXECUTE FUNCTION agencies_audit_removal_guard()""",
    """CREATE TRIGGER agencies_audit_removal_table BEFORE TRUNCATE ON agencies_auditremoval
    FOR EACH STATEMENT EXECUTE FUNCTION agencies_audit_removal_guard()""",
)
ON_SQLITE: Sequence[str] = (
    f"""CREATE TRIGGER agencies_audit_update BEFORE UPDATE ON agencies_auditentry
    WHEN NOT ({_IS_SEALING} AND {_SAME_IN_SQLITE})
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    f"""CREATE TRIGGER agencies_audit_delete BEFORE DELETE ON agencies_auditentry
    WHEN OLD.at >= {_SQLITE_LIMIT} OR NOT ({_IS_ON_RECORD})
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    f"""CREATE TRIGGER agencies_audit_removal_insert BEFORE INSERT ON agencies_auditremoval
    WHEN NOT ({_GOES_ON}) OR {_IS_YOUNG.format(_SQLITE_LIMIT)}
    BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END""",
    *(
        f"""CREATE TRIGGER agencies_audit_removal_{one.lower()}
        BEFORE {one} ON agencies_auditremoval
        BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"""
        for one in ("UPDATE", "DELETE")
    ),
)
OFF_POSTGRESQL: Sequence[str] = (
    "DROP TRIGGER IF EXISTS agencies_audit_rows ON agencies_auditentry",
    "DROP TRIGGER IF EXISTS agencies_audit_table ON agencies_auditentry",
    "DROP TRIGGER IF EXISTS agencies_audit_removal_rows ON agencies_auditremoval",
    "DROP TRIGGER IF EXISTS agencies_audit_removal_table ON agencies_auditremoval",
)
OFF_SQLITE: Sequence[str] = (
    "DROP TRIGGER IF EXISTS agencies_audit_update",
    "DROP TRIGGER IF EXISTS agencies_audit_delete",
    "DROP TRIGGER IF EXISTS agencies_audit_removal_insert",
    "DROP TRIGGER IF EXISTS agencies_audit_removal_update",
    "DROP TRIGGER IF EXISTS agencies_audit_removal_delete",
)

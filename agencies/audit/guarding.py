"""The database's own guard of the audit trail: entries are added and sealed once, and removed from
the start once they are old, nothing else.

Triggers, so that not even a statement written by hand under the application's account alters an
entry, or removes a younger one. What they say stands with the migration that put them on.
"""

from django.db.backends.base.base import BaseDatabaseWrapper

from agencies.migrations import _audit_guard_with_removals as guard


def guard_set(connection: BaseDatabaseWrapper) -> None:
    """Put the guard on, by a migration, and after a database was restored."""
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for statement in guard.ON_POSTGRESQL if is_postgresql else guard.ON_SQLITE:
            cursor.execute(statement)


def guard_drop(connection: BaseDatabaseWrapper) -> None:
    """Take the guard off, for a migration that makes the table anew, and for tests."""
    is_postgresql = connection.vendor == "postgresql"
    with connection.cursor() as cursor:
        for statement in guard.OFF_POSTGRESQL if is_postgresql else guard.OFF_SQLITE:
            cursor.execute(statement)

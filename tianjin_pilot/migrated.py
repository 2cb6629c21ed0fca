"""Which migrations this release has, and which of them the database has.

After a roll back the database has some of a later release as well. This one works with its tables
as they are and knows nothing of those, so they count nowhere. A migration that stands for others is
not counted beside them: Django notes them too where it was taken in their place.
"""

import functools

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

# An app and the name of one of its migrations.
Migration = tuple[str, str]


@functools.cache
def migrations_of_this_release() -> frozenset[Migration]:
    on_disk = MigrationLoader(None, ignore_no_migrations=True).disk_migrations
    return frozenset(key for key, migration in on_disk.items() if not migration.replaces)


def migrations_applied() -> frozenset[Migration]:
    """Those of this release that the database has."""
    applied = MigrationRecorder(connection).applied_migrations().keys()
    return migrations_of_this_release() & applied


def migrations_missing() -> frozenset[Migration]:
    """Those of this release that the database has not."""
    return migrations_of_this_release() - migrations_applied()

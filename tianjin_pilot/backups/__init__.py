"""A whole installation in one file, and back: the database, and the files that its rows name.

archive (tables as lines of JSON, files, a manifest) <- making, restoring <- the two commands.
"""

from tianjin_pilot.backups.archive import Manifest, archive_opened, archive_verify
from tianjin_pilot.backups.keeping import archives_in, backup_into, older_remove
from tianjin_pilot.backups.making import backup_write
from tianjin_pilot.backups.refusal import BackupRefused
from tianjin_pilot.backups.restoring import Restored, backup_restore

__all__ = [
    "BackupRefused",
    "Manifest",
    "Restored",
    "archive_opened",
    "archive_verify",
    "archives_in",
    "backup_into",
    "backup_restore",
    "backup_write",
    "older_remove",
]

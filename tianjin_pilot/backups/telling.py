"""What the audit trail is told of backups: who holds a copy of everything is worth knowing."""

import datetime as dt
import hashlib
import os
import pwd

from agencies.audit import audit_event
from agencies.models import AuditHead
from tianjin_pilot.backups.archive import Manifest


def backup_tell(manifest: Manifest, *, archive: str, now: dt.datetime) -> None:
    """Note that a backup was made, and which one by the digest of its manifest."""
    audit_event(
        "installation.backup",
        AuditHead(pk=1),
        by=None,
        now=now,
        account=account_here(),
        archive=archive,
        manifest_sha256=hashlib.sha256(manifest.written()).hexdigest(),
        faults=len(manifest.faults),
    )


def account_here() -> str:
    """The account of this machine under which the command runs, as the system itself knows it: what
    the environment says of it, anybody sets who starts the command."""
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"

"""Asking for an export and calling it off: the rows of `ExportJob`.

What was asked for is kept as JSON whose digest tells the same from another; what it means, and who
may ask for it, is said by `reports` and `trail`.
"""

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from agencies.audit import Note, audit_note, audit_notes
from agencies.models import User
from progress.models import UNDER_WAY, ExportJob, ExportState, ExportSubject
from progress.workers import job_ask
from progress.workflow import Conflict

# By name: what runs it stands above what asks for it.
EXPORT_JOB = "progress.jobs.make_exports"
Clock = Callable[[], dt.datetime]
# Told how much is written, and how much there is.
OnProgress = Callable[[int, int], None]


def digest_of(options: Mapping[str, Any]) -> str:
    """Tells whether the same was asked for."""
    return hashlib.sha256(json.dumps(options, sort_keys=True).encode()).hexdigest()


def export_keep(
    *,
    subject: ExportSubject,
    options: dict[str, Any],
    digest: str,
    name: str,
    period_id: int | None,
    by: User,
    now: dt.datetime,
    asks_worker: bool = True,
) -> ExportJob:
    """Put an export on record and ask a worker for it. The same asked for again while it is under
    way is the same export.

    Where no worker can be asked now, the next run of the schedule makes it.
    """
    check_may(by, subject)
    same = ExportJob.objects.filter(by=by, digest=digest, state__in=UNDER_WAY)
    if (found := same.first()) is not None:
        return found
    try:
        with transaction.atomic():
            export = ExportJob.objects.create(
                by=by,
                subject=subject,
                period_id=period_id,
                options=options,
                digest=digest,
                name=name,
                asked_at=now,
            )
            audit_note("exportjob.request", export, by=by, now=now)
            if asks_worker:
                transaction.on_commit(lambda: job_ask(EXPORT_JOB))
    except IntegrityError:
        # Two clicks at once: the other one's row stands.
        return same.get()
    return export


def export_cancel(*, export: ExportJob, by: User, now: dt.datetime) -> None:
    """Call one's own export off. Raises Conflict where it has ended already."""
    check_own(export, by)
    with transaction.atomic():
        called_off = ExportJob.objects.filter(pk=export.pk, state__in=UNDER_WAY).update(
            state=ExportState.CANCELLED, claimed_until=None, finished_at=now
        )
        if not called_off:
            raise Conflict(_("This export has ended already."))
        cancelled = {"state": str(ExportState.CANCELLED)}
        audit_notes([Note("exportjob.cancel", export, after=cancelled)], by=by, now=now)


def check_may(user: User, subject: str) -> None:
    """Raises PermissionDenied for whoever has no such export: of reports coordinators have, of the
    audit trail auditors."""
    if subject == ExportSubject.TRAIL:
        if not user.is_active or not user.is_auditor:
            raise PermissionDenied(_("Only auditors read the audit trail."))
    elif not user.is_active or not user.is_coordinator:
        raise PermissionDenied(_("Only coordinators export the progress report."))


def check_own(export: ExportJob, user: User) -> None:
    check_may(user, export.subject)
    if export.by_id != user.pk:
        raise PermissionDenied(_("This is somebody else's export."))

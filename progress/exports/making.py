"""Making what was asked for, telling who asked, and removing it when its time has come."""

import datetime as dt
import logging
from collections.abc import Callable, Mapping

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import Q
from django.utils import translation
from django.utils.translation import gettext as _

from agencies.models import User
from progress.exports.keeping import Clock, check_may, check_own, export_keep
from progress.exports.reports import report_made
from progress.exports.trail import TrailOptions, trail_made
from progress.filestore import bytes_keep, file_drop, orphans_remove
from progress.models import UNDER_WAY, ExportJob, ExportState, ExportSubject, FileKind
from progress.workflow.notices import export_end_tell

logger = logging.getLogger(__name__)

# Whoever says nothing for so long does not work on it any more.
CLAIM = dt.timedelta(minutes=2)
SAYS_SO_EVERY = dt.timedelta(seconds=1)
MOST_ATTEMPTS = 3
FILES_KEPT = dt.timedelta(days=7)
ROWS_KEPT = dt.timedelta(days=90)

MAKERS: Mapping[str, Callable[..., bytes]] = {
    ExportSubject.REPORT: report_made,
    ExportSubject.TRAIL: trail_made,
}


class _TakenAway(Exception):  # noqa: N818 - said of the export
    """It was cancelled, or somebody else makes it now."""


def export_again(*, export: ExportJob, by: User, now: dt.datetime) -> ExportJob:
    """Ask once more for what one's own export was asked for."""
    check_own(export, by)
    subject = ExportSubject(export.subject)
    is_of_the_trail = subject == ExportSubject.TRAIL
    return export_keep(
        subject=subject,
        options=export.options,
        digest=export.digest,
        # It says as of which day, which is another one now.
        name=TrailOptions.from_json(export.options).name(now=now)
        if is_of_the_trail
        else export.name,
        period_id=export.period_id,
        by=by,
        now=now,
    )


def exports_make(*, clock: Clock) -> int:
    """Make what is waiting, and what somebody began and let go of; returns how many ended.

    Several may run at once: each row is one maker's.
    """
    ended = 0
    while (export := _claimed(clock())) is not None:
        ended += 1
        _make(export, clock)
    return ended


def exports_sweep(*, now: dt.datetime) -> int:
    """Remove the files whose time has come, and long after that the rows; returns how many files.

    With them go the files that nothing names, such as a closing that was interrupted leaves.
    """
    removed = 0
    due = ExportJob.objects.filter(state=ExportState.DONE, expires_at__lte=now)
    for pk in list(due.values_list("pk", flat=True)):
        with transaction.atomic():
            export = ExportJob.objects.select_for_update().get(pk=pk)
            file = export.file
            if file is None:
                continue
            export.state, export.file = ExportState.EXPIRED, None
            export.save(update_fields=["state", "file"])
            file_drop(file)
            removed += 1
    ended = ExportJob.objects.exclude(state__in=[*UNDER_WAY, ExportState.DONE])
    ended.filter(finished_at__lte=now - ROWS_KEPT).delete()
    orphans_remove(now=now)
    return removed


def _claimed(now: dt.datetime) -> ExportJob | None:
    """The next export, in this maker's hands; None where nothing waits."""
    free = Q(state=ExportState.WAITING) | Q(state=ExportState.RUNNING, claimed_until__lte=now)
    while True:
        with transaction.atomic():
            export = (
                ExportJob.objects.select_for_update(skip_locked=True, of=("self",))
                .filter(free)
                .order_by("asked_at", "pk")
                .first()
            )
            if export is None:
                return None
            if export.attempts < MOST_ATTEMPTS:
                export.state = ExportState.RUNNING
                export.attempts += 1
                export.claimed_until = now + CLAIM
                export.done = export.total = 0
                export.save()
                return export
            with translation.override(settings.LANGUAGE_CODE):
                fault = _(
                    "It was begun %(count)d times and interrupted each time. Narrow it to a "
                    "chapter, or tell whoever runs the service."
                ) % {"count": export.attempts}
            _fail(export, fault, now=now)


def _make(export: ExportJob, clock: Clock) -> None:
    try:
        data = _workbook(export, clock)
        _finish(export, data, now=clock())
    except _TakenAway:
        logger.info("export %d was taken away while it was made", export.pk)
    except PermissionDenied as refused:
        _fail(export, str(refused), now=clock())
    except (OperationalError, InterfaceError):
        # The database has gone, or ended the connection: that ends this run and not the export,
        # which the next one takes over as that of a killed worker.
        raise
    except Exception:
        logger.exception("export %d cannot be made", export.pk)
        with translation.override(settings.LANGUAGE_CODE):
            fault = _("It could not be made. Try again; whoever runs the service finds the reason.")
        _fail(export, fault, now=clock())


def _workbook(export: ExportJob, clock: Clock) -> bytes:
    by = User.objects.get(pk=export.by_id)
    with translation.override(settings.LANGUAGE_CODE):
        check_may(by, export.subject)
    said_at = export.asked_at

    def on_progress(done: int, total: int) -> None:
        nonlocal said_at
        now = clock()
        if done < total and now < said_at + SAYS_SO_EVERY:
            return
        said_at = now
        held = ExportJob.objects.filter(
            pk=export.pk, state=ExportState.RUNNING, attempts=export.attempts
        ).update(done=done, total=total, claimed_until=now + CLAIM)
        if not held:
            raise _TakenAway

    return MAKERS[export.subject](export, by=by, now=clock(), on_progress=on_progress)


def _finish(export: ExportJob, data: bytes, *, now: dt.datetime) -> None:
    with transaction.atomic():
        held = _held(export)
        held.file = bytes_keep(data, kind=FileKind.XLSX, now=now)
        held.state = ExportState.DONE
        held.claimed_until = None
        held.finished_at = now
        held.expires_at = now + FILES_KEPT
        held.save()
        export_end_tell(export=held, now=now)


def _fail(export: ExportJob, fault: str, *, now: dt.datetime) -> None:
    with transaction.atomic():
        try:
            held = _held(export)
        except _TakenAway:
            return
        held.state = ExportState.FAILED
        held.claimed_until = None
        held.finished_at = now
        held.fault = fault
        held.save()
        export_end_tell(export=held, now=now)


def _held(export: ExportJob) -> ExportJob:
    """The row, locked, while it is in this maker's hands."""
    held = (
        ExportJob.objects.select_for_update(of=("self",))
        .filter(pk=export.pk, state=ExportState.RUNNING, attempts=export.attempts)
        .first()
    )
    if held is None:
        raise _TakenAway
    return held

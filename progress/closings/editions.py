"""Closing a period, and correcting a closed one, with the documents that stay of it.

What leaves the building of a closed period is made once, stored, and from then on only read.
"""

import datetime as dt
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from agencies.models import Role, User
from progress.closings.manifest import manifest_json
from progress.closings.release import release
from progress.filestore import bytes_keep
from progress.models import (
    CLOSING_EDITION,
    Edition,
    EditionKind,
    EditionPart,
    Erratum,
    FileKind,
    Report,
    ReportingPeriod,
)
from progress.workbooks import progress_workbook
from progress.workflow import Conflict, erratum_create, figures_keep, period_close
from tasks.models import Measure, Task

logger = logging.getLogger(__name__)


class NotStored(Conflict):
    """The disk takes no workbook, so that nothing is closed or corrected."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "The workbook of the period could not be stored, so nothing was changed. Tell "
                "whoever runs the service that the disk of EVIDENCE_DIR is full or cannot be "
                "written to, and try again then."
            )
        )


def period_close_with_edition(
    *, period: ReportingPeriod, by: User, now: dt.datetime
) -> ReportingPeriod:
    """Close the period, by a coordinator, with its first edition: all of it or nothing.

    Raises as `period_close`, and NotStored where the workbooks cannot be written.
    """
    with _stored(), transaction.atomic():
        period = period_close(period=period, by=by, now=now)
        _absent_editions_write(period, by=by, now=now)
    return period


def erratum_create_with_edition(
    *,
    report: Report,
    field: str,
    new: str,
    reason: str,
    by: User,
    now: dt.datetime,
    measure: Measure | None = None,
    old: str | None = None,
) -> Erratum:
    """Correct one thing in a closed period, with the edition that says so: all of it or nothing.

    Raises as `erratum_create`, and NotStored where the workbooks cannot be written.
    """
    with _stored(), transaction.atomic():
        erratum = erratum_create(
            report=report,
            field=field,
            measure=measure,
            old=old,
            new=new,
            reason=reason,
            by=by,
            now=now,
        )
        period = ReportingPeriod.objects.get(pk=erratum.period_id)
        _absent_editions_write(period, by=by, now=now)
    return erratum


def editions_keep_absent(*, now: dt.datetime) -> list[Edition]:
    """Make the editions that closed periods lack, the oldest first, and return them.

    A period that an earlier release closed has none. Each period in a transaction of its own;
    called any number of times, also twice at once, it makes each edition once.
    """
    made = []
    closed = ReportingPeriod.objects.exclude(closed_at=None).order_by("ends_on")
    for period_id in list(closed.values_list("pk", flat=True)):
        with _stored(), transaction.atomic():
            period = ReportingPeriod.objects.select_for_update().get(pk=period_id)
            if not _absent_numbers(period):
                continue
            figures_keep(period=period)
            made += _absent_editions_write(period, by=None, now=now)
    for edition in made:
        logger.info("edition %d of period %s is made", edition.number, edition.period)
    return made


def edition_workbook(
    *, period: ReportingPeriod, kind: EditionKind, erratum: Erratum | None
) -> bytes:
    """The workbook of an edition from the frozen figures: the same release makes the same bytes.

    As of the moment of the closing or of the erratum, in the installation's language, as the
    coordinating office sees it.
    """
    moment = erratum.at if erratum else period.closed_at
    assert moment is not None
    return progress_workbook(
        period=period,
        # Nobody's account: the office itself, which reads what a coordinator reads.
        user=User(role=Role.COORDINATOR),
        today=timezone.localdate(moment),
        now=moment,
        tasks=Task.objects.all(),
        language=settings.LANGUAGE_CODE,
        edition=kind,
        errata=erratum.number if erratum else 0,
    )


def _absent_numbers(period: ReportingPeriod) -> set[int]:
    """The numbers of the editions that the period should have and has not."""
    owed = {CLOSING_EDITION}
    owed |= {number + CLOSING_EDITION for number in period.errata.values_list("number", flat=True)}
    return owed - set(period.editions.values_list("number", flat=True))


def _absent_editions_write(
    period: ReportingPeriod, *, by: User | None, now: dt.datetime
) -> list[Edition]:
    """Make what the period lacks, in order. Its row is locked."""
    absent = _absent_numbers(period)
    errata = period.errata.select_related("report__task", "measure").order_by("number")
    numbered: dict[int, Erratum | None] = {CLOSING_EDITION: None}
    numbered |= {one.number + CLOSING_EDITION: one for one in errata}
    return [
        _edition_write(period, number, erratum, by=by, now=now)
        for number, erratum in numbered.items()
        if number in absent
    ]


def _edition_write(
    period: ReportingPeriod,
    number: int,
    erratum: Erratum | None,
    *,
    by: User | None,
    now: dt.datetime,
) -> Edition:
    files = {
        EditionPart(kind.value): bytes_keep(
            edition_workbook(period=period, kind=kind, erratum=erratum),
            kind=FileKind.XLSX,
            now=now,
        )
        for kind in EditionKind
    }
    before = period.editions.filter(number__lt=number).order_by("-number").first()
    return Edition.objects.create(
        period=period,
        number=number,
        erratum=erratum,
        internal=files[EditionPart.INTERNAL],
        public=files[EditionPart.PUBLIC],
        manifest=manifest_json(
            period=period, number=number, erratum=erratum, before=before, files=files, now=now
        ),
        release=release(),
        made_at=now,
        made_by=by,
    )


@contextmanager
def _stored() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        logger.exception("a closing pack cannot be stored")
        raise NotStored from error

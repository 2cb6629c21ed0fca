"""Exports of the audit trail, by auditors, of more entries than somebody waits for."""

import datetime as dt
from dataclasses import asdict, dataclass
from typing import Any

from django.http import QueryDict
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from agencies.models import User
from progress.exports.keeping import OnProgress, check_may, digest_of, export_keep
from progress.models import ExportJob, ExportSubject
from progress.trail import COLUMNS, trail_narrowed, trail_rows
from progress.workbooks import list_workbook_name, long_list_workbook

# What a workbook is made of while its reader waits.
MOST_AT_ONCE = 10_000
# What a job has time for, which takes half a millisecond of an idle processor for each entry.
MOST_IN_A_WORKBOOK = 200_000
SAYS_SO_EVERY = 1_000


@dataclass(frozen=True, slots=True)
class TrailOptions:
    """What was asked for: the parameters of the page, how they are sorted, in words what narrows
    them, and the last position that there was."""

    parameters: str
    sort: str
    language: str
    narrowed_by: tuple[str, ...]
    until: int

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def digest(self) -> str:
        """Asking is an entry of its own, so what was asked for a moment later is the same."""
        return digest_of({**self.as_json(), "until": None})

    @classmethod
    def from_json(cls, kept: dict[str, Any]) -> "TrailOptions":
        return cls(**{**kept, "narrowed_by": tuple(kept["narrowed_by"])})

    def name(self, *, now: dt.datetime) -> str:
        """The file's name."""
        with translation.override(self.language):
            name = _("Audit trail")
        return list_workbook_name(
            name=name,
            today=timezone.localdate(now),
            narrowed=bool(self.narrowed_by),
            language=self.language,
        )


def trail_export_request(*, options: TrailOptions, by: User, now: dt.datetime) -> ExportJob:
    """Ask for the entries that these options leave, by an auditor (`export_keep`)."""
    check_may(by, ExportSubject.TRAIL)
    return export_keep(
        subject=ExportSubject.TRAIL,
        options=options.as_json(),
        digest=options.digest,
        name=options.name(now=now),
        period_id=None,
        by=by,
        now=now,
    )


def trail_made(export: ExportJob, *, by: User, now: dt.datetime, on_progress: OnProgress) -> bytes:
    """The workbook that was asked for, of what its asker may see now."""
    options = TrailOptions.from_json(export.options)
    narrowed = trail_narrowed(QueryDict(options.parameters), user=by)
    entries = narrowed.qs.filter(position__lte=options.until).order_by(options.sort)
    with translation.override(options.language):
        total = entries.count()

        def written(done: int) -> None:
            if done % SAYS_SO_EVERY == 0 or done == total:
                on_progress(done, total)

        return long_list_workbook(
            name=_("Audit trail"),
            columns=[column for column, _said in COLUMNS],
            rows=trail_rows(entries),
            count=total,
            filters=options.narrowed_by,
            today=timezone.localdate(now),
            now=now,
            on_row=written,
        )

"""The audit trail as rows of a workbook, however many there are."""

import itertools
from collections.abc import Callable, Iterator, Sequence

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext_lazy, pgettext_lazy

from agencies.models import AuditEntry, User
from progress.filters import AuditFilter
from progress.trail.words import EntryRow, entry_rows
from progress.workbooks import Column

# Entries that are read and put into words at once: a statement or two for each kind of thing.
AT_ONCE = 1_000
COLUMNS: Sequence[tuple[Column, Callable[[EntryRow], str]]] = (
    (Column(pgettext_lazy("audit", "Position"), 9), lambda row: str(row.entry.position or "")),
    (
        Column(pgettext_lazy("audit", "Moment"), 18),
        lambda row: f"{timezone.localtime(row.entry.at):%Y-%m-%d %H:%M:%S}",
    ),
    (
        Column(pgettext_lazy("audit", "Person"), 14),
        lambda row: row.entry.by.name if row.entry.by else "",
    ),
    (
        Column(gettext_lazy("User name"), 14),
        lambda row: row.entry.by.username if row.entry.by else "",
    ),
    (Column(pgettext_lazy("audit", "Act"), 24), lambda row: row.act),
    (Column(pgettext_lazy("audit", "Kind of thing"), 14), lambda row: row.kind),
    (Column(pgettext_lazy("audit", "Thing"), 24), lambda row: row.thing),
    (Column(pgettext_lazy("audit", "Way"), 8), lambda row: row.entry.get_via_display()),
    (Column(pgettext_lazy("audit", "Network address"), 16), lambda row: row.entry.address or ""),
    (
        Column(pgettext_lazy("audit", "What changed"), 60, is_centred=False),
        lambda row: "\n".join(f"{one.field}: {one.before} → {one.after}" for one in row.changes),
    ),
)


def trail_narrowed(parameters: QueryDict, *, user: User) -> AuditFilter:
    """The entries that the person may read and the parameters of the page leave."""
    entries = AuditEntry.objects.visible_to(user).select_related("by")
    return AuditFilter(parameters, queryset=entries)


def trail_rows(entries: QuerySet[AuditEntry]) -> Iterator[list[str]]:
    """What each entry says in each of COLUMNS; memory does not grow with their number."""
    found = entries.iterator(chunk_size=AT_ONCE)
    while some := list(itertools.islice(found, AT_ONCE)):
        for row in entry_rows(some):
            yield [said(row) for _column, said in COLUMNS]

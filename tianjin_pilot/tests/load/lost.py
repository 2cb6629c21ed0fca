"""What people were told is saved, and is not there: looked for in the database and in the files."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from agencies.models import AuditEntry
from progress.filestore import DamagedFile, file_opened
from progress.models import (
    Contribution,
    ContributionEvent,
    Evidence,
    ExportJob,
    ExportState,
    Report,
    ReportEvent,
)
from progress.pages import contribution_form
from progress.pages.forms import fields_of
from progress.workflow import content_of, contribution_content_of
from tianjin_pilot.tests.load.told import Attached, Item, Moved, Saved, Told

Written = Report | Contribution
WRITTEN_BY = {"report": "report.save", "contribution": "contribution.save"}


class Standing:
    """What is stored of the items that somebody was told about, read once."""

    def __init__(self, period: str) -> None:
        self.written: dict[Item, Written] = {}
        for report in Report.objects.filter(period__code=period).select_related("task"):
            self.written[Item(report.task.number, period, None)] = report
        contributions = Contribution.objects.filter(period__code=period).select_related("task")
        for one in contributions:
            self.written[Item(one.task.number, period, one.agency_id)] = one
        self.item_of = {(kind_of(one), one.pk): item for item, one in self.written.items()}

    def by_item(self, kind: str, pk: int) -> Item | None:
        return self.item_of.get((kind, pk))


def lost(told: Told, *, period: str) -> list[str]:
    """A sentence for each act that was answered as done and is not, or not as it was sent."""
    standing = Standing(period)
    return [
        *_saves_lost(told.saved, standing),
        *_texts_lost(told, standing),
        *_moves_lost(told.moved, standing),
        *_files_lost(told.attached, standing),
        *_exports_lost(told.exports),
    ]


def _saves_lost(saved: Sequence[Saved], standing: Standing) -> Iterator[str]:
    """Each save, also one that a later one replaced, is in the trail by who made it; and no two
    people were told of the same version."""
    trail = set()
    entries = AuditEntry.objects.filter(act__in=WRITTEN_BY.values(), changes__has_key="version")
    for kind, thing, by, changes in entries.values_list("kind", "thing", "by", "changes"):
        if item := standing.by_item(kind, thing):
            trail.add((item, changes["version"][1], by))
    for one in saved:
        if (one.item, one.version, one.by) not in trail:
            yield f"version {one.version} of {one.item.address}, saved by {one.by}"
    for (item, version), count in Counter((one.item, one.version) for one in saved).items():
        if count > 1:
            yield f"all but one of {count} saves told to be version {version} of {item.address}"


def _texts_lost(told: Told, standing: Standing) -> Iterator[str]:
    """What was saved last is what stands there, also where it was kept of a submission that was
    refused."""
    kept = [
        one
        for one in told.not_submitted
        if (written := standing.written.get(one.item)) and written.version == one.version
    ]
    last: dict[Item, Saved] = {}
    for one in (*told.saved, *kept):
        if one.item not in last or last[one.item].version < one.version:
            last[one.item] = one
    for item, one in last.items():
        stands = _fields(standing.written.get(item))
        for name, value in one.fields.items():
            if stands.get(name, "") != value:
                yield f"{name} of version {one.version} of {item.address}: {value[:40]}"


def _moves_lost(moved: Sequence[Moved], standing: Standing) -> Iterator[str]:
    """Each move is in the history, a submission with its text, and the state is the last one's."""
    events: dict[tuple[Item, int, str], list[Mapping[str, str]]] = defaultdict(list)
    ended: dict[Item, str] = {}
    history: tuple[tuple[str, Any], ...] = (
        ("report", ReportEvent.objects.order_by("pk")),
        ("contribution", ContributionEvent.objects.order_by("pk")),
    )
    for kind, rows in history:
        values = rows.values_list(f"{kind}_id", "by_id", "move", "to_state", "content")
        for thing, by, move, state, content in values:
            if item := standing.by_item(kind, thing):
                events[item, by, move].append(_texts_in(content))
                ended[item] = state
    told = Counter((one.item, one.by, one.move) for one in moved)
    for (item, by, move), count in told.items():
        if (kept := len(events[item, by, move])) < count:
            yield f"{count - kept} of {count} times {move} of {item.address} by {by}"
    for one in moved:
        texts = {k: v for k, v in (one.fields or {}).items() if k.startswith("text_")}
        kept_texts = events[one.item, one.by, one.move]
        if texts and not any(texts.items() <= kept.items() for kept in kept_texts):
            yield f"the text with which {one.by} submitted {one.item.address}"
    for item in {one.item for one in moved}:
        written = standing.written.get(item)
        if written is None or written.state != ended.get(item):
            yield f"the state of {item.address}, last moved to {ended.get(item)}"


def _files_lost(attached: Sequence[Attached], standing: Standing) -> Iterator[str]:
    """Each file stands with what it was attached to, once, and its bytes are those that came."""
    found: dict[Attached, list[Evidence]] = defaultdict(list)
    for row in Evidence.objects.standing().select_related("file"):
        kind, thing = ("report", row.report_id) if row.report_id else ("", row.contribution_id)
        if thing and (item := standing.by_item(kind or "contribution", thing)):
            found[Attached(item, row.added_by_id, row.file.sha256)].append(row)
    for one in attached:
        rows = found[one]
        if len(rows) != 1 or not all(_is_whole(row) for row in rows):
            yield f"the file {one.sha256[:12]} that {one.by} attached to {one.item.address}"


def _exports_lost(exports: set[int]) -> Iterator[str]:
    made = set(ExportJob.objects.filter(state=ExportState.DONE).values_list("pk", flat=True))
    for pk in sorted(exports - made):
        yield f"export {pk}, which was asked for"


def _is_whole(row: Evidence) -> bool:
    try:
        with file_opened(row.file) as opened:
            return hashlib.sha256(opened.read()).hexdigest() == row.file.sha256
    except (DamagedFile, OSError):
        return False


def kind_of(written: Written) -> str:
    return "report" if isinstance(written, Report) else "contribution"


def _fields(written: Written | None) -> Mapping[str, str]:
    """What stands there, by the names of the form's fields."""
    if isinstance(written, Report):
        return fields_of(content_of(written))
    if isinstance(written, Contribution):
        return contribution_form.fields_of(contribution_content_of(written))
    return {}


def _texts_in(content: Mapping[str, Any]) -> Mapping[str, str]:
    return {f"text_{one['measure']}": one["text"] for one in content["measures"]}

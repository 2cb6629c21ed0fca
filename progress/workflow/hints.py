"""What is worth a second look in a report under review. Hints never stand in anybody's way."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from progress.differences import nearly_the_same
from progress.workflow.content import MeasureContent, ReportContent
from progress.workflow.evidence import is_shown
from tasks.models import Status

# Fewer characters can hardly say what was done.
VERY_SHORT = 10

# How far along each status is; what is completed and what goes on for good are equally far.
_RANK = {
    Status.NOT_STARTED: 0,
    Status.IN_PROGRESS: 1,
    Status.COMPLETED: 2,
    Status.ONGOING: 2,
}


class HintKind(StrEnum):
    COMPLETED_WITHOUT_EVIDENCE = "completed_without_evidence"
    COMPLETED_SAYING_NOTHING_NEW = "completed_saying_nothing_new"
    STATUS_CHANGED_TEXT_SAME = "status_changed_text_same"
    TEXT_NEARLY_SAME = "text_nearly_same"
    STATUS_JUMPS = "status_jumps"
    STATUS_GOES_BACK = "status_goes_back"
    TEXT_VERY_SHORT = "text_very_short"


_SENTENCES: dict[HintKind, str | Promise] = {
    HintKind.COMPLETED_WITHOUT_EVIDENCE: _("It is to be completed, and no evidence is attached."),
    HintKind.COMPLETED_SAYING_NOTHING_NEW: _(
        "It is to be completed, and the text says nothing new."
    ),
    HintKind.STATUS_CHANGED_TEXT_SAME: _("The status has changed, the text has not."),
    HintKind.TEXT_NEARLY_SAME: _("The text is nearly the same as last time."),
    HintKind.STATUS_JUMPS: _("The status jumps: “not started” last time, “%(status)s” now."),
    HintKind.STATUS_GOES_BACK: _("The status goes back: “%(before)s” last time, “%(status)s” now."),
    HintKind.TEXT_VERY_SHORT: _("The text is very short."),
}


@dataclass(frozen=True, slots=True)
class Hint:
    """One thing worth a second look, of the measure with this ordinal."""

    kind: HintKind
    ordinal: int
    before: str
    now: str

    @property
    def sentence(self) -> str:
        """What it says to who reviews, the statuses in words."""
        labels = {
            "before": Status(self.before).label if self.before else "",
            "status": Status(self.now).label,
        }
        return str(_SENTENCES[self.kind]) % labels


def hints_of(
    now: ReportContent,
    before: ReportContent | None,
    attached: Collection[int | None] | None = None,
) -> tuple[Hint, ...]:
    """The hints of a report beside the last approved one (None: none was), measure by measure.

    A measure declared unchanged, in status and text alike, has none but that its text is short; of
    a first report nothing is compared. `attached` are the measures that evidence is attached of, as
    `evidence_by_report` gives them; None where nobody has looked.
    """
    said_before = {m.measure_id: m for m in before.measures} if before else {}
    return tuple(
        Hint(kind, measure.ordinal, earlier.status if earlier else "", measure.status)
        for measure in now.measures
        for earlier in [said_before.get(measure.measure_id)]
        for kind in _kinds(measure, earlier, attached)
    )


def completions_asked_for(now: ReportContent, before: ReportContent | None) -> tuple[int, ...]:
    """The ordinals of the measures that the report asks to count as completed (办结申请)."""
    done = {
        m.measure_id for m in (before.measures if before else ()) if m.status == Status.COMPLETED
    }
    return tuple(
        m.ordinal for m in now.measures if m.status == Status.COMPLETED and m.measure_id not in done
    )


def _kinds(
    now: MeasureContent, before: MeasureContent | None, attached: Collection[int | None] | None
) -> Iterator[HintKind]:
    asks = now.status == Status.COMPLETED and (before is None or before.status != now.status)
    if asks and attached is not None and not is_shown(now.measure_id, attached):
        yield HintKind.COMPLETED_WITHOUT_EVIDENCE
    if before is not None:
        yield from _compared(now, before)
    if now.status != Status.NOT_STARTED and len(now.text.strip()) < VERY_SHORT:
        yield HintKind.TEXT_VERY_SHORT


def _compared(now: MeasureContent, before: MeasureContent) -> Iterator[HintKind]:
    status_changed, text_changed = now.status != before.status, now.text != before.text
    rank_now, rank_before = _RANK[Status(now.status)], _RANK[Status(before.status)]
    if status_changed and not text_changed and now.text.strip():
        yield (
            HintKind.COMPLETED_SAYING_NOTHING_NEW
            if now.status == Status.COMPLETED
            else HintKind.STATUS_CHANGED_TEXT_SAME
        )
    if text_changed and nearly_the_same(before.text, now.text):
        yield HintKind.TEXT_NEARLY_SAME
    if rank_now - rank_before > 1:
        yield HintKind.STATUS_JUMPS
    if rank_now < rank_before:
        yield HintKind.STATUS_GOES_BACK

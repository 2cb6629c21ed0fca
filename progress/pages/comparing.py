"""What a report says, beside what was approved before it, with the differences marked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from progress.differences import Patience, Piece, marked_differences
from progress.models import Report
from progress.pages.forms import PROSE
from progress.workflow import (
    Hint,
    MeasureContent,
    ReportContent,
    approved_before,
    content_of,
    content_with_errata,
    hints_of,
    measures_of,
)
from tasks.models import Measure


@dataclass(frozen=True, slots=True)
class MeasureShown:
    """A measure's official text, what the report says of it, and what the one before said.

    `pieces` are the words with the differences marked; None where nothing is compared.
    """

    measure: Measure
    now: MeasureContent | None
    before: MeasureContent | None
    pieces: Sequence[Piece] | None
    hints: Sequence[Hint]

    @property
    def is_unchanged(self) -> bool:
        return (
            self.now is not None
            and self.before is not None
            and (self.now.status, self.now.text) == (self.before.status, self.before.text)
        )

    @property
    def status_before(self) -> str:
        """What the status was before it changed, "" if it did not."""
        if self.now is None or self.before is None or self.now.status == self.before.status:
            return ""
        return self.before.status


@dataclass(frozen=True, slots=True)
class ProseShown:
    """One of the texts about the whole report, now and in the report before."""

    label: str
    now: str
    before: str | None
    pieces: Sequence[Piece] | None

    @property
    def is_unchanged(self) -> bool:
        return self.before is not None and self.now == self.before


@dataclass(frozen=True, slots=True)
class ReportShown:
    """What a report says; `earlier` is the approved report beside it, None where none is shown."""

    content: ReportContent
    earlier: Report | None
    measures: Sequence[MeasureShown]
    prose: Sequence[ProseShown]

    @property
    def hints(self) -> int:
        return sum(len(one.hints) for one in self.measures)


def report_shown(
    report: Report, *, compared: bool, attached: Collection[int | None]
) -> ReportShown:
    """The report's texts; where `compared`, beside what holds of the last approved one. `attached`
    are the measures that its standing evidence is of, None among them for the task as a whole."""
    content = content_of(report)
    said = {m.measure_id: m for m in content.measures}
    earlier = approved_before(task=report.task, period=report.period) if compared else None
    before = content_with_errata(earlier) if earlier else None
    said_before = {m.measure_id: m for m in before.measures} if before else {}
    hints: Sequence[Hint] = ()
    if compared:
        hints = hints_of(content, before, attached)
    patience = Patience()
    return ReportShown(
        content,
        earlier,
        [
            _measure_shown(
                measure,
                said.get(measure.pk),
                said_before.get(measure.pk),
                [hint for hint in hints if hint.ordinal == measure.ordinal],
                patience,
            )
            for measure in measures_of(report.task)
        ],
        [
            _prose_shown(
                str(label),
                getattr(content, name),
                getattr(before, name) if before else None,
                patience,
            )
            for name, label in PROSE.items()
        ],
    )


def _measure_shown(
    measure: Measure,
    now: MeasureContent | None,
    before: MeasureContent | None,
    hints: Sequence[Hint],
    patience: Patience,
) -> MeasureShown:
    pieces = None
    if now is not None and before is not None:
        pieces = marked_differences(before.text, now.text, patience=patience)
    return MeasureShown(measure, now, before, pieces, hints)


def _prose_shown(label: str, now: str, before: str | None, patience: Patience) -> ProseShown:
    pieces = None if before is None else marked_differences(before, now, patience=patience)
    return ProseShown(label, now, before, pieces)

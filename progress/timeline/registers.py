"""Matters to coordinate and results of a task, as entries of a timeline."""

from collections.abc import Mapping, Sequence

from django.db.models import Exists, Model, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from progress.models import Matter, MatterEvent, MatterMove, Report, Result, ResultKind, kept_with
from progress.timeline.entries import Compare, Entry, Wording, said_of
from progress.timeline.sources import Source

DONE: Mapping[str, str | Promise] = {
    MatterMove.RAISE: gettext_lazy("Matter to coordinate raised"),
    MatterMove.REWORD: gettext_lazy("Matter to coordinate reworded"),
    MatterMove.ANSWER: gettext_lazy("Matter to coordinate answered"),
    MatterMove.CLOSE: gettext_lazy("Matter to coordinate closed"),
    MatterMove.REOPEN: gettext_lazy("Matter to coordinate reopened"),
}


class Matters(Source[MatterEvent]):
    """What was done with the task's matters, for those who read the matter."""

    rank = 12

    def visible(self) -> QuerySet[MatterEvent]:
        matters = Matter.objects.visible_to(self.user).filter(task=self.task)
        worded = MatterEvent.objects.filter(
            matter=OuterRef("matter"),
            move__in=[MatterMove.RAISE, MatterMove.REWORD],
            pk__lt=OuterRef("pk"),
        )
        return (
            MatterEvent.objects.filter(matter__in=matters.values("pk"))
            .select_related("by__agency", "matter__report__period")
            .defer(*kept_with("matter__report__period"))
            .annotate(
                reads_report=_reads(self, "matter__report"),
                text_before=Subquery(worded.order_by("-pk").values("text")[:1]),
            )
        )

    def entries(self, rows: Sequence[MatterEvent], compare: Compare) -> list[Entry]:
        return [self._entry(row, compare) for row in rows]

    def _entry(self, row: MatterEvent, compare: Compare) -> Entry:
        is_addressed, is_reworded = row.move == MatterMove.ADDRESS, row.move == MatterMove.REWORD
        before = getattr(row, "text_before", None)
        label = _("Matter to coordinate")
        return Entry(
            self.cursor(row),
            _("Matter to coordinate addressed to %(agency)s") % {"agency": row.text}
            if is_addressed
            else str(DONE[row.move]),
            by=row.by,
            address=reverse("matter", args=[row.matter_id]),
            code=row.matter.report.period.code if _is_read(row) else "",
            reason="" if is_addressed or is_reworded else row.text,
            said=said_of(
                {"": Wording(label, row.text)},
                {"": Wording(label, before)} if before else None,
                compare,
            )
            if is_reworded
            else (),
            compared_with=_("Compared with its wording until then.")
            if is_reworded and before
            else "",
        )


class Entered(Source[Result]):
    """Results that were entered, for those who read them; struck out since or not."""

    rank = 13
    moment = "added_at"

    def visible(self) -> QuerySet[Result]:
        return (
            Result.objects.visible_to(self.user)
            .filter(task=self.task)
            .select_related("added_by__agency", "struck_by__agency", "measure", "report__period")
            .defer(*kept_with("report__period"))
            .annotate(reads_report=_reads(self, "report"))
        )

    def entries(self, rows: Sequence[Result], compare: Compare) -> list[Entry]:
        return [
            Entry(
                self.cursor(row),
                _("Result entered: “%(title)s”") % {"title": row.title},
                by=row.added_by,
                address=reverse("result", args=[row.pk]),
                code=row.report.period.code if _is_read(row) else "",
                reason="\n".join(filter(None, [_facts(row), row.note])),
            )
            for row in rows
        ]


class Struck(Entered):
    """Results that were struck out, with the reason."""

    rank = 14
    moment = "struck_at"

    def visible(self) -> QuerySet[Result]:
        return super().visible().exclude(struck_at=None)

    def entries(self, rows: Sequence[Result], compare: Compare) -> list[Entry]:
        return [
            Entry(
                self.cursor(row),
                _("Result struck out: “%(title)s”") % {"title": row.title},
                by=row.struck_by,
                address=reverse("result", args=[row.pk]),
                code=row.report.period.code if _is_read(row) else "",
                reason=row.struck_reason,
            )
            for row in rows
        ]


def _reads(source: Source[MatterEvent] | Source[Result], report: str) -> Exists:
    """Whether the reader may open the report too: who is asked by a matter reads that alone."""
    return Exists(Report.objects.visible_to(source.user).filter(pk=OuterRef(report)))


def _is_read(row: Model) -> bool:
    return bool(getattr(row, "reads_report", False))


def _facts(row: Result) -> str:
    about = (
        _("Measure %(ordinal)d") % {"ordinal": row.measure.ordinal}
        if row.measure
        else _("The task as a whole")
    )
    kind = str(ResultKind(row.kind).label)
    return " · ".join(filter(None, [kind, row.document, row.came_on.isoformat(), about]))

"""What was decided about deadlines and completions, as entries of a timeline."""

from collections.abc import Sequence

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from progress.models import Completion, CompletionState, Extension, kept_with
from progress.timeline.entries import Compare, Entry
from progress.timeline.sources import Source
from tasks.models import DeadlineChange, Measure


class DeadlineChanges(Source[DeadlineChange]):
    """Deadlines that were set, moved or taken away, for everybody who reads the register."""

    rank = 4

    def visible(self) -> QuerySet[DeadlineChange]:
        return (
            DeadlineChange.objects.visible_to(self.user)
            .filter(task=self.task)
            .select_related("by__agency", "measure")
        )

    def entries(self, rows: Sequence[DeadlineChange], compare: Compare) -> list[Entry]:
        return [
            Entry(
                self.cursor(row),
                _("%(of)s: %(old)s → %(new)s")
                % {
                    "of": _deadline_of(row.measure),
                    "old": row.old.isoformat() if row.old else _("Not set"),
                    "new": row.new.isoformat() if row.new else _("Not set"),
                },
                by=row.by,
                reason=row.reason,
            )
            for row in rows
        ]


class Extensions(Source[Extension]):
    """Requests for a later deadline, with what has become of each."""

    rank = 5
    moment = "requested_at"

    def visible(self) -> QuerySet[Extension]:
        return (
            Extension.objects.visible_to(self.user)
            .filter(task=self.task)
            .select_related("requested_by__agency", "measure", "report__period")
            .defer(*kept_with("report__period"))
        )

    def entries(self, rows: Sequence[Extension], compare: Compare) -> list[Entry]:
        return [
            Entry(
                self.cursor(row),
                _("Extension requested, %(of)s: %(old)s → %(new)s (%(state)s)")
                % {
                    "of": _deadline_of(row.measure),
                    "old": row.deadline.isoformat(),
                    "new": row.new_deadline.isoformat(),
                    "state": row.get_state_display(),
                },
                by=row.requested_by,
                code=row.report.period.code,
                reason="\n".join(filter(None, [row.reason, row.decision_reason])),
            )
            for row in rows
        ]


class RefusedCompletions(Source[Completion]):
    """Completions that a coordinator refused with the approval of their report."""

    rank = 6
    moment = "decided_at"
    state = CompletionState.REFUSED

    def visible(self) -> QuerySet[Completion]:
        return (
            Completion.objects.visible_to(self.user)
            .filter(task=self.task, state=self.state)
            .select_related(
                "decided_by__agency", "reopened_by__agency", "measure", "report__period"
            )
            .defer(*kept_with("report__period"))
        )

    def entries(self, rows: Sequence[Completion], compare: Compare) -> list[Entry]:
        return [
            Entry(
                self.cursor(row),
                _("Completion of measure %(ordinal)d refused") % {"ordinal": row.measure.ordinal},
                by=row.decided_by,
                code=row.report.period.code,
                reason=row.decision_reason,
            )
            for row in rows
        ]


class ReopenedCompletions(RefusedCompletions):
    """Completions that were granted and count as in progress again."""

    rank = 7
    moment = "reopened_at"
    state = CompletionState.REOPENED

    def entries(self, rows: Sequence[Completion], compare: Compare) -> list[Entry]:
        return [
            Entry(
                self.cursor(row),
                _("Completion of measure %(ordinal)d reopened") % {"ordinal": row.measure.ordinal},
                by=row.reopened_by,
                code=row.report.period.code,
                reason=row.reopening_reason,
            )
            for row in rows
        ]


def _deadline_of(measure: Measure | None) -> str:
    if measure is None:
        return _("Deadline of the task")
    return _("Deadline of measure %(ordinal)d") % {"ordinal": measure.ordinal}

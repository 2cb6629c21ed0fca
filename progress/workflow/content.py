"""What a report says, apart from the rows it is stored in."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from agencies.audit import text_seen
from progress.differences import nearly_the_same
from progress.models import (
    Completion,
    CompletionState,
    Erratum,
    ErratumField,
    MatterState,
    MeasureProgress,
    Report,
    ReportingPeriod,
    kept_with,
)
from progress.rollups.corrections import (
    NotCompleted,
    StatusErratum,
    corrected_statuses,
    not_completed,
)
from progress.statements import WrittenOnce
from progress.states import ReportState
from tasks.models import Measure, Status, Task

# About ten pages of one measure's text; Excel cuts a cell at 32,767 characters.
LONGEST_TEXT = 10_000


@dataclass(frozen=True, slots=True)
class MeasureContent:
    """One measure's status and text."""

    measure_id: int
    ordinal: int
    status: str
    text: str


@dataclass(frozen=True, slots=True)
class ReportContent:
    """A report's texts, its measures in the order of their ordinals."""

    measures: tuple[MeasureContent, ...]
    problems: str = ""
    next_steps: str = ""
    coordination: str = ""

    @property
    def has_completed(self) -> bool:
        """Whether it calls any measure completed; most reports do not."""
        return any(one.status == Status.COMPLETED for one in self.measures)

    def as_json(self) -> dict[str, Any]:
        """The shape in which `ReportEvent.content` keeps it.

        A measure is kept by its id: its ordinal is another once a revised list puts one before it.
        """
        content = self.by_ordinal()
        for kept, measure in zip(content["measures"], self.measures, strict=True):
            kept["measure"] = measure.measure_id
        return content

    def measures_seen(self) -> dict[str, Any]:
        """What the audit trail holds of the measures, which stand in rows of their own."""
        seen: dict[str, Any] = {}
        for measure in self.measures:
            seen[f"measure {measure.measure_id} status"] = str(measure.status)
            seen[f"measure {measure.measure_id} text"] = text_seen(measure.text)
        return seen

    def by_ordinal(self) -> dict[str, Any]:
        """The same as other programs read and send it, who know a measure by its place."""
        return {
            "measures": [
                {"ordinal": m.ordinal, "status": m.status, "text": m.text} for m in self.measures
            ],
            "problems": self.problems,
            "next_steps": self.next_steps,
            "coordination": self.coordination,
        }


def measures_of(task: Task) -> list[Measure]:
    """The measures of the task in their order: one query."""
    return _MEASURES.of(task.pk)


_MEASURES = WrittenOnce(lambda task: Measure.objects.filter(task=task).order_by("ordinal"))


def content_of(report: Report) -> ReportContent:
    """What the report says now: one query."""
    return ReportContent(
        measures=tuple(MeasureContent(*row) for row in _SAID.of(report.pk)),
        problems=report.problems,
        next_steps=report.next_steps,
        coordination=report.coordination,
    )


def content_with_errata(report: Report) -> ReportContent:
    """What holds of the report: what it says, corrections put in its place; three queries, of one
    that `approved_before` gave one and one for each kind of correction that there is.

    The report itself keeps what was approved; errata stand beside it (DESIGN section 4, "Period"),
    as do completions that were refused or reopened, whose measures count as in progress; two to
    four more queries where the task has any.
    """
    has_errata = getattr(report, "has_errata", True)
    has_undone = getattr(report, "has_undone", None)
    if has_undone is None:
        has_undone = bool(_UNDONE.of(report.task_id))
    return content_corrected(
        content_of(report),
        _ERRATA.of(report.pk) if has_errata else [],
        not_completed(Report.objects.filter(pk=report.pk)) if has_undone else [],
    )


_SAID = WrittenOnce(
    lambda report: (
        MeasureProgress.objects.filter(report=report)
        .order_by("measure__ordinal")
        .values_list("measure_id", "measure__ordinal", "status", "text")
    )
)
_ERRATA = WrittenOnce(
    lambda report: (
        Erratum.objects.filter(report=report)
        .order_by("number")
        .values_list("report_id", "field", "measure_id", "new", "at")
    )
)


def undone_completions(task: int | OuterRef) -> QuerySet[Completion]:
    """The task's completions that are none: refused, or reopened."""
    return Completion.objects.filter(
        task=task, state__in=[CompletionState.REFUSED, CompletionState.REOPENED]
    )


# One is enough to look for what rests on it.
_UNDONE = WrittenOnce(lambda task: undone_completions(task).values_list("pk")[:1])


def content_corrected(
    content: ReportContent,
    errata: Iterable[tuple[int, str, int | None, str, dt.datetime]],
    completions: Iterable[NotCompleted],
) -> ReportContent:
    """The content of one report with its errata and its refused or reopened completions.

    `errata` are report, field, measure, new value and moment, in the order of their numbers.
    """
    statuses: list[StatusErratum] = []
    for report_id, field, measure_id, new, at in errata:
        if field == ErratumField.STATUS and measure_id is not None:
            statuses.append((report_id, measure_id, new, at))
        else:
            content = corrected(content, field=field, measure_id=measure_id, new=new)
    for by_measure in corrected_statuses(statuses, completions).values():
        for measure_id, status in by_measure.items():
            content = corrected(
                content, field=ErratumField.STATUS, measure_id=measure_id, new=status
            )
    return content


def corrected(
    content: ReportContent, *, field: str, measure_id: int | None, new: str
) -> ReportContent:
    """The content with one thing in it put right; `measure_id` where it is said of a measure."""
    change: dict[str, Any] = {ErratumField(field).value: new}
    if measure_id is None:
        return replace(content, **change)
    return replace(
        content,
        measures=tuple(
            replace(one, **change) if one.measure_id == measure_id else one
            for one in content.measures
        ),
    )


def approved_before(*, task: Task, period: ReportingPeriod) -> Report | None:
    """The last approved report of the task before this period, or None: one query, which tells too
    whether anything corrects it; mostly nothing does."""
    return next(iter(_APPROVED_BEFORE.of(task.pk, period.ends_on)), None)


def approved_earlier(task: int | OuterRef, day: dt.date | OuterRef) -> QuerySet[Report]:
    """The last approved report of the task of a period that ends before this day; of two that end
    on one day the longer one's."""
    earlier = Report.objects.filter(task=task, state=ReportState.APPROVED, period__ends_on__lt=day)
    return earlier.order_by("-period__ends_on", "period__starts_on")[:1]


_APPROVED_BEFORE = WrittenOnce(
    lambda task, day: (
        approved_earlier(task, day)
        .select_related("period")
        .defer(*kept_with("period"))
        .annotate(
            has_errata=Exists(Erratum.objects.filter(report=OuterRef("pk"))),
            has_undone=Exists(undone_completions(OuterRef("task"))),
        )
    )
)


def content_to_start_from(*, task: Task, period: ReportingPeriod) -> ReportContent:
    """What a report that nobody has begun starts from: the last approved one before its period.

    It starts from what holds, so with that report's errata: nobody corrects the same thing twice,
    and a measure whose completion was refused or reopened is in progress again. What it asked of
    others and a coordinator has closed since is left away. A measure that report does not know, or
    the whole task when none is approved yet, starts as not started and empty.
    """
    before = approved_before(task=task, period=period)
    return content_started(
        content_with_errata(before) if before else ReportContent(measures=()),
        measures=task.measures.order_by("ordinal"),
        matters=task.matters.values_list("text", "state"),
    )


def content_started(
    said: ReportContent, *, measures: Iterable[Measure], matters: Iterable[tuple[str, str]]
) -> ReportContent:
    """What a report starts from where the one before `said` this; `matters` are text and state of
    all that the task has asked of others, read only where the one before asked for something."""
    is_settled = _is_settled(said.coordination, matters)
    return replace(
        with_measures(said, measures), coordination="" if is_settled else said.coordination
    )


def with_measures(content: ReportContent, measures: Iterable[Measure]) -> ReportContent:
    """The content with just these measures: one of which it says nothing is not started."""
    by_measure = {m.measure_id: m for m in content.measures}
    return replace(
        content,
        measures=tuple(
            by_measure.get(
                measure.pk, MeasureContent(measure.pk, measure.ordinal, Status.NOT_STARTED, "")
            )
            for measure in measures
        ),
    )


def _is_settled(coordination: str, matters: Iterable[tuple[str, str]]) -> bool:
    """Whether all that was followed of this text has been closed: nobody says it again unasked."""
    if not coordination.strip():
        return False
    states = [state for text, state in matters if nearly_the_same(text, coordination.strip())]
    return bool(states) and set(states) == {MatterState.CLOSED}


def content_check(*, task: Task, content: ReportContent) -> None:
    """Raise ValidationError unless the content fits the task: every measure once, nothing too long.

    The errors are keyed by field: "problems", "next_steps", "coordination", or "measures"; of the
    last, each that concerns one measure names its "ordinal" in its params.
    """
    errors: dict[str, list[str | ValidationError]] = {}
    expected = list(task.measures.order_by("ordinal").values_list("pk", flat=True))
    if [m.measure_id for m in content.measures] != expected:
        errors["measures"] = [
            _("The measures are not those of task %(number)d; load the page again.")
            % {"number": task.number}
        ]
    for measure in content.measures:
        if measure.status not in Status.values:
            errors.setdefault("measures", []).append(
                ValidationError(
                    _("Measure %(ordinal)d: choose one of the statuses."),
                    params={"ordinal": measure.ordinal},
                )
            )
    measures = {measure.ordinal: measure.text for measure in content.measures}
    texts = {name: getattr(content, name) for name in ("problems", "next_steps", "coordination")}
    for name, problems in too_long(measures, texts).items():
        errors.setdefault(name, []).extend(problems)
    if errors:
        raise ValidationError(errors)


def too_long(
    measures: Mapping[int, str], texts: Mapping[str, str]
) -> dict[str, list[str | ValidationError]]:
    """What is wrong with the lengths of texts: of measures by ordinal, keyed "measures", and others
    by the name of their field."""
    errors: dict[str, list[str | ValidationError]] = {}
    for ordinal, text in measures.items():
        if len(text) > LONGEST_TEXT:
            errors.setdefault("measures", []).append(
                ValidationError(
                    _(
                        "Measure %(ordinal)d: the text has %(length)d characters; "
                        "%(limit)d are allowed."
                    ),
                    params={"ordinal": ordinal, "length": len(text), "limit": LONGEST_TEXT},
                )
            )
    for name, text in texts.items():
        if len(text) > LONGEST_TEXT:
            errors[name] = [
                _("The text has %(length)d characters; %(limit)d are allowed.")
                % {"length": len(text), "limit": LONGEST_TEXT}
            ]
    return errors


def content_check_complete(content: ReportContent) -> None:
    """Raise ValidationError, keyed "measures", naming each begun measure that has no text.

    Each of the errors names its measure's "ordinal" in its params.
    """
    silent = [m for m in content.measures if m.status != Status.NOT_STARTED and not m.text.strip()]
    if silent:
        raise ValidationError(
            {
                "measures": [
                    ValidationError(
                        _("Measure %(ordinal)d: say what has been done; it is not “not started”."),
                        params={"ordinal": measure.ordinal},
                    )
                    for measure in silent
                ]
            }
        )

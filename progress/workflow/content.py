"""What a report says, apart from the rows it is stored in."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from progress.differences import nearly_the_same
from progress.models import (
    Erratum,
    ErratumField,
    MatterState,
    MeasureProgress,
    Report,
    ReportingPeriod,
)
from progress.rollups.corrections import (
    NotCompleted,
    StatusErratum,
    corrected_statuses,
    not_completed,
)
from progress.states import ReportState
from tasks.models import Status, Task

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

    def as_json(self) -> dict[str, Any]:
        """The shape in which `ReportEvent.content` keeps it.

        A measure is kept by its id: its ordinal is another once a revised list puts one before it.
        """
        content = self.by_ordinal()
        for kept, measure in zip(content["measures"], self.measures, strict=True):
            kept["measure"] = measure.measure_id
        return content

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


def content_of(report: Report) -> ReportContent:
    """What the report says now: one query."""
    rows = MeasureProgress.objects.filter(report=report).select_related("measure")
    return ReportContent(
        measures=tuple(
            MeasureContent(row.measure_id, row.measure.ordinal, row.status, row.text)
            for row in rows.order_by("measure__ordinal")
        ),
        problems=report.problems,
        next_steps=report.next_steps,
        coordination=report.coordination,
    )


def content_with_errata(report: Report) -> ReportContent:
    """What holds of the report: what it says, corrections put in its place; four queries.

    The report itself keeps what was approved; errata stand beside it (DESIGN section 4, "Period"),
    as do completions that were refused or reopened, whose measures count as in progress; two more
    queries where the task has one that was reopened.
    """
    content = content_of(report)
    errata = Erratum.objects.filter(report=report).order_by("number")
    return content_corrected(
        content,
        list(errata.values_list("report_id", "field", "measure_id", "new", "at")),
        not_completed(Report.objects.filter(pk=report.pk)),
    )


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
    """The last approved report of the task before this period, or None: one query."""
    return (
        Report.objects.filter(
            task=task, state=ReportState.APPROVED, period__ends_on__lt=period.ends_on
        )
        .select_related("period")
        .order_by("-period__ends_on")
        .first()
    )


def content_to_start_from(*, task: Task, period: ReportingPeriod) -> ReportContent:
    """What a report that nobody has begun starts from: the last approved one before its period.

    It starts from what holds, so with that report's errata: nobody corrects the same thing twice,
    and a measure whose completion was refused or reopened is in progress again. What it asked of
    others and a coordinator has closed since is left away. A measure that report does not know, or
    the whole task when none is approved yet, starts as not started and empty.
    """
    before = approved_before(task=task, period=period)
    said = content_with_errata(before) if before else ReportContent(measures=())
    by_measure = {m.measure_id: m for m in said.measures}
    return ReportContent(
        measures=tuple(
            by_measure.get(
                measure.pk, MeasureContent(measure.pk, measure.ordinal, Status.NOT_STARTED, "")
            )
            for measure in task.measures.order_by("ordinal")
        ),
        problems=said.problems,
        next_steps=said.next_steps,
        coordination="" if _is_settled(task, said.coordination) else said.coordination,
    )


def _is_settled(task: Task, coordination: str) -> bool:
    """Whether all that was followed of this text has been closed: nobody says it again unasked."""
    if not coordination.strip():
        return False
    states = [
        state
        for text, state in task.matters.values_list("text", "state")
        if nearly_the_same(text, coordination.strip())
    ]
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

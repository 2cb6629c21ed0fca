"""The rows of the registers, computed here alone: page, endpoint and workbook take the same ones.

What of a register a person may read is `visible_to(user)` of its entries; every function here is
given such a queryset, or the person.
"""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from agencies.models import Agency, User
from progress.models import (
    Completion,
    CompletionState,
    DecisionState,
    Extension,
    Matter,
    MatterEvent,
    MatterMove,
    MatterState,
    Result,
    ResultKind,
    kept_with,
)
from progress.rollups.answering import AgencyRef
from progress.rollups.registers.entries import Register
from progress.rollups.registers.raised import raised_by
from progress.workdays import WorkCalendar
from tasks.models import Responsibility, Task


@dataclass(frozen=True, slots=True)
class Subject:
    """What every entry is about: a task, the agency that compiles its report, and the period."""

    task_id: int
    task_number: int
    task_title: str
    chapter_number: int
    chapter_title: str
    lead: AgencyRef | None
    period_code: str


@dataclass(frozen=True, slots=True)
class MatterRow:
    """A matter to coordinate. `raised_by` is who compiled the report that raised it, named as it
    was then. `days` and `working_days` count from its raising to its closing, or to the day of
    reading; `answer` is the last one, "" before the first."""

    id: int
    about: Subject
    text: str
    state: MatterState
    raised_by: AgencyRef | None
    raised_on: dt.date
    days: int
    working_days: int
    addressed_to: AgencyRef | None
    addressed_on: dt.date | None
    answer: str
    answered_on: dt.date | None
    closed_on: dt.date | None
    closed_by: str
    closing_note: str
    version: int


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    """A request for a later deadline. `measure_ordinal` is None where it is about the whole task;
    `original_deadline` is the first deadline that task or measure had, None if it never moved."""

    id: int
    about: Subject
    measure_ordinal: int | None
    measure_text: str
    original_deadline: dt.date | None
    deadline: dt.date
    new_deadline: dt.date
    reason: str
    state: DecisionState
    requested_on: dt.date
    requested_by: str
    decided_on: dt.date | None
    decided_by: str
    decision_reason: str


@dataclass(frozen=True, slots=True)
class CompletionRow:
    """A report's word that a measure is completed, and what became of it."""

    id: int
    about: Subject
    measure_ordinal: int
    measure_text: str
    state: CompletionState
    requested_on: dt.date
    requested_by: str
    decided_on: dt.date | None
    decided_by: str
    decision_reason: str
    reopened_on: dt.date | None
    reopened_by: str
    reopening_reason: str


@dataclass(frozen=True, slots=True)
class ResultRow:
    """A result. `measure_ordinal` is None where it is the whole task's; `struck_on` is None unless
    it was struck out."""

    id: int
    about: Subject
    measure_ordinal: int | None
    kind: ResultKind
    title: str
    document: str
    came_on: dt.date
    note: str
    added_on: dt.date
    added_by: str
    struck_on: dt.date | None
    struck_by: str
    struck_reason: str


RegisterRow = MatterRow | ExtensionRow | CompletionRow | ResultRow


def register_rows(
    register: Register, entries: QuerySet[Any], *, today: dt.date
) -> list[RegisterRow]:
    """The rows of these entries in their order, in a constant number of statements."""
    rows: Mapping[Register, Callable[[], list[Any]]] = {
        Register.MATTERS: lambda: matter_rows(matters=entries, today=today),
        Register.EXTENSIONS: lambda: extension_rows(extensions=entries),
        Register.COMPLETIONS: lambda: completion_rows(completions=entries),
        Register.RESULTS: lambda: result_rows(results=entries),
    }
    return rows[register]()


# Of a row's period: what its closing kept.
_NOT_SHOWN = kept_with("report__period")


def matter_rows(*, matters: QuerySet[Matter], today: dt.date) -> list[MatterRow]:
    """The matters as of `today`, in their order: six statements, one where there are none."""
    return matter_rows_read(list(matters_with_all(matters)), today=today)


def matters_with_all(matters: QuerySet[Matter]) -> QuerySet[Matter]:
    """The matters with all that `matter_rows_read` says of each."""
    return matters.select_related(
        "task__chapter", "report__period", "addressed_to", "closed_by"
    ).defer(*_NOT_SHOWN)


def matter_rows_read(found: Sequence[Matter], *, today: dt.date) -> list[MatterRow]:
    """The rows of these `matters_with_all`: five statements, none where there are none."""
    if not found:
        return []
    leads, calendar = _leads_of(found), WorkCalendar.load()
    last: dict[str, dict[int, MatterEvent]] = {
        MatterMove.RAISE: {},
        MatterMove.ANSWER: {},
        MatterMove.CLOSE: {},
    }
    for event in (
        MatterEvent.objects.filter(matter__in=[one.pk for one in found], move__in=list(last))
        .select_related("matter")
        .order_by("pk")
    ):
        last[event.move][event.matter_id] = event
    answers, closings = last[MatterMove.ANSWER], last[MatterMove.CLOSE]
    raisers = raised_by(raisings=last[MatterMove.RAISE], leads=leads)
    rows = []
    for one in found:
        closed_on = timezone.localdate(one.closed_at) if one.closed_at else None
        until = closed_on or max(today, one.raised_on)
        answer, closing = answers.get(one.pk), closings.get(one.pk)
        rows.append(
            MatterRow(
                id=one.pk,
                about=_subject(one, leads),
                text=one.text,
                state=MatterState(one.state),
                raised_by=raisers.get(one.pk, leads.get(one.task_id)),
                raised_on=one.raised_on,
                days=(until - one.raised_on).days,
                working_days=calendar.between(one.raised_on, until),
                addressed_to=_ref(one.addressed_to),
                addressed_on=one.addressed_on,
                answer=answer.text if answer else "",
                answered_on=timezone.localdate(answer.at) if answer else None,
                closed_on=closed_on,
                closed_by=str(one.closed_by or ""),
                closing_note=closing.text if closing and closed_on else "",
                version=one.version,
            )
        )
    return rows


def matters_to_answer(*, user: User) -> QuerySet[Matter]:
    """The matters that the person's agency has to answer and has not, the longest wait first."""
    if not user.is_active or not user.agency_ids:
        return Matter.objects.none()
    return Matter.objects.filter(addressed_to__in=user.agency_ids, state=MatterState.OPEN).order_by(
        "addressed_on", "pk"
    )


def matters_to_address(*, user: User) -> QuerySet[Matter]:
    """The open matters that nobody is asked to answer, of those that the person may read."""
    return Matter.objects.visible_to(user).filter(state=MatterState.OPEN, addressed_to=None)


def extension_rows(*, extensions: QuerySet[Extension]) -> list[ExtensionRow]:
    """The extension requests in their order: two statements."""
    found = list(
        extensions.select_related(
            "task__chapter", "report__period", "measure", "requested_by", "decided_by"
        ).defer(*_NOT_SHOWN)
    )
    leads = _leads_of(found)
    return [
        ExtensionRow(
            id=one.pk,
            about=_subject(one, leads),
            measure_ordinal=one.measure.ordinal if one.measure else None,
            measure_text=one.measure.text if one.measure else "",
            original_deadline=(one.measure or one.task).original_deadline,
            deadline=one.deadline,
            new_deadline=one.new_deadline,
            reason=one.reason,
            state=DecisionState(one.state),
            requested_on=timezone.localdate(one.requested_at),
            requested_by=str(one.requested_by),
            decided_on=_day(one.decided_at),
            decided_by=str(one.decided_by or ""),
            decision_reason=one.decision_reason,
        )
        for one in found
    ]


def completion_rows(*, completions: QuerySet[Completion]) -> list[CompletionRow]:
    """The completion requests in their order: two statements."""
    found = list(
        completions.select_related(
            "task__chapter",
            "report__period",
            "measure",
            "requested_by",
            "decided_by",
            "reopened_by",
        ).defer(*_NOT_SHOWN)
    )
    leads = _leads_of(found)
    return [
        CompletionRow(
            id=one.pk,
            about=_subject(one, leads),
            measure_ordinal=one.measure.ordinal,
            measure_text=one.measure.text,
            state=CompletionState(one.state),
            requested_on=timezone.localdate(one.requested_at),
            requested_by=str(one.requested_by),
            decided_on=_day(one.decided_at),
            decided_by=str(one.decided_by or ""),
            decision_reason=one.decision_reason,
            reopened_on=_day(one.reopened_at),
            reopened_by=str(one.reopened_by or ""),
            reopening_reason=one.reopening_reason,
        )
        for one in found
    ]


def result_rows(*, results: QuerySet[Result]) -> list[ResultRow]:
    """The results in their order, struck out or not: two statements."""
    return result_rows_read(list(results_with_all(results)))


def results_with_all(results: QuerySet[Result]) -> QuerySet[Result]:
    """The results with all that `result_rows_read` says of each."""
    return results.select_related(
        "task__chapter", "report__period", "measure", "added_by", "struck_by"
    ).defer(*_NOT_SHOWN)


def result_rows_read(found: Sequence[Result]) -> list[ResultRow]:
    """The rows of these `results_with_all`: one statement, none where there are none."""
    if not found:
        return []
    leads = _leads_of(found)
    return [
        ResultRow(
            id=one.pk,
            about=_subject(one, leads),
            measure_ordinal=one.measure.ordinal if one.measure else None,
            kind=ResultKind(one.kind),
            title=one.title,
            document=one.document,
            came_on=one.came_on,
            note=one.note,
            added_on=timezone.localdate(one.added_at),
            added_by=str(one.added_by),
            struck_on=_day(one.struck_at),
            struck_by=str(one.struck_by or ""),
            struck_reason=one.struck_reason,
        )
        for one in found
    ]


_Entry = Matter | Extension | Completion | Result


def _leads_of(entries: Iterable[_Entry]) -> dict[int, AgencyRef]:
    """Who compiles the report of each task, by the task's id: one statement."""
    compiling = Responsibility.objects.compiling().filter(
        task__in={entry.task_id for entry in entries}
    )
    return {
        task_id: AgencyRef(pk, name, short_name)
        for task_id, pk, name, short_name in compiling.values_list(
            "task_id", "agency_id", "agency__name", "agency__short_name"
        )
    }


def _subject(entry: _Entry, leads: Mapping[int, AgencyRef]) -> Subject:
    task: Task = entry.task
    return Subject(
        task_id=task.pk,
        task_number=task.number,
        task_title=task.title,
        chapter_number=task.chapter.number,
        chapter_title=task.chapter.title,
        lead=leads.get(task.pk),
        period_code=entry.report.period.code,
    )


def _ref(agency: Agency | None) -> AgencyRef | None:
    return AgencyRef(agency.pk, agency.name, agency.short_name) if agency else None


def _day(moment: dt.datetime | None) -> dt.date | None:
    return timezone.localdate(moment) if moment else None

"""Registers full of entries, recounted by hand, and what page, endpoint and workbook show."""

import datetime as dt
import random
from io import BytesIO
from typing import Any

from django.test import Client
from django.utils.http import urlencode
from openpyxl import load_workbook

from agencies.models import Agency, User
from conftest import NOW, TODAY, Cast
from progress.models import (
    Completion,
    CompletionState,
    DecisionState,
    Extension,
    Matter,
    MatterEvent,
    MatterMove,
    MatterState,
    Report,
    ReportingPeriod,
    Result,
    ResultKind,
)
from progress.rollups import Register
from progress.states import ReportState
from progress.workbooks.flat_sheet import HEADER_ROW
from tasks.models import Responsibility, Task

READERS = ("reporter", "co_reporter", "stranger", "coordinator", "leader")
_WORDS = ("用地", "算力", "开放", "牌照", "，", "数据")


def registers_fill(cast: Cast, period: ReportingPeriod) -> None:
    """Fill the registers with random entries, in every state, on reports in every state."""
    rng = random.Random("registers")  # noqa: S311 - nothing is secret here
    agencies = list(Agency.objects.all())
    for task in Task.objects.order_by("number")[:24].prefetch_related("measures"):
        state = rng.choice(list(ReportState))
        handed_in = state in (ReportState.SUBMITTED, ReportState.APPROVED)
        report = Report.objects.create(
            task=task,
            period=period,
            state=state,
            handed_in_on=TODAY if handed_in else None,
            approved_at=NOW if state == ReportState.APPROVED else None,
            created_at=NOW,
            updated_at=NOW,
            updated_by=cast.reporter,
        )
        measures = list(task.measures.all())
        _matters(rng, report, agencies, cast)
        _requests(rng, report, measures, cast)
        for place in range(rng.randint(0, 3)):
            struck = rng.random() < 0.25
            Result.objects.create(
                task=task,
                report=report,
                measure=rng.choice([None, *measures]),
                kind=rng.choice(ResultKind.values),
                title=f"{_words(rng)}{place}",
                document=rng.choice(["", "津政办发〔2026〕8号"]),
                came_on=_day(rng),
                note="=SUM(A1:A9)",
                added_at=NOW,
                added_by=cast.reporter,
                struck_at=NOW if struck else None,
                struck_by=cast.coordinator if struck else None,
                struck_reason="重复" if struck else "",
            )


def _words(rng: random.Random) -> str:
    return "".join(rng.sample(_WORDS, 3))


def _day(rng: random.Random) -> dt.date:
    return TODAY - dt.timedelta(days=rng.randint(0, 60))


def _moment(rng: random.Random) -> dt.datetime:
    return NOW - dt.timedelta(hours=rng.randint(0, 1200))


def _matters(rng: random.Random, report: Report, agencies: list[Agency], cast: Cast) -> None:
    # At most one that is not closed.
    states = [MatterState.CLOSED] * rng.randint(0, 2)
    states += rng.choice([[], [MatterState.OPEN], [MatterState.ANSWERED]])
    for state in states:
        closed = state == MatterState.CLOSED
        matter = Matter.objects.create(
            task=report.task,
            report=report,
            text=f"=请协调{_words(rng)}",
            raised_on=_day(rng),
            addressed_to=rng.choice([None, *agencies[:5]]),
            state=state,
            closed_at=NOW if closed else None,
            closed_by=cast.coordinator if closed else None,
        )
        if state == MatterState.ANSWERED:
            MatterEvent.objects.create(
                matter=matter, move=MatterMove.ANSWER, text="已复", at=NOW, by=cast.coordinator
            )


def _requests(rng: random.Random, report: Report, measures: list[Any], cast: Cast) -> None:
    for measure in rng.sample(measures, k=rng.randint(0, len(measures))):
        state = rng.choice(list(CompletionState))
        decided = state != CompletionState.REQUESTED
        reopened = state == CompletionState.REOPENED
        Completion.objects.create(
            task=report.task,
            report=report,
            measure=measure,
            state=state,
            requested_at=_moment(rng),
            requested_by=cast.reporter,
            decided_at=_moment(rng) if decided else None,
            decided_by=cast.coordinator if decided else None,
            decision_reason="佐证不足" if decided else "",
            reopened_at=NOW if reopened else None,
            reopened_by=cast.coordinator if reopened else None,
            reopening_reason="出现反复" if reopened else "",
        )
    for measure in rng.choice([[], [None], measures[:1]]):
        decision = rng.choice(list(DecisionState))
        decided = decision != DecisionState.REQUESTED
        deadline = _day(rng)
        Extension.objects.create(
            task=report.task,
            report=report,
            measure=measure,
            deadline=deadline,
            new_deadline=deadline + dt.timedelta(days=30),
            reason=_words(rng),
            state=decision,
            requested_at=_moment(rng),
            requested_by=cast.reporter,
            decided_at=_moment(rng) if decided else None,
            decided_by=cast.coordinator if decided else None,
        )


# --- recounted by hand --------------------------------------------------------------------------


def may_read(entry: Any, user: User) -> bool:
    """Once more in plain words: who may read an entry of a register."""
    parts = Responsibility.objects.filter(task=entry.task).values_list("agency", flat=True)
    if user.role == "coordinator":
        handed_in = entry.report.state in ("submitted", "approved") or entry.report.handed_in_on
        return isinstance(entry, Extension | Matter) or bool(handed_in)
    if user.role == "leader":
        return bool(entry.report.state == "approved")
    if user.agency_id is None:
        return False
    asked = isinstance(entry, Matter) and entry.addressed_to_id == user.agency_id
    return asked or user.agency_id in parts


MODELS: dict[Register, Any] = {
    Register.MATTERS: Matter,
    Register.EXTENSIONS: Extension,
    Register.COMPLETIONS: Completion,
    Register.RESULTS: Result,
}


def readable(register: Register, user: User) -> list[Any]:
    entries = MODELS[register].objects.select_related("task", "report")
    return [entry for entry in entries if may_read(entry, user)]


def on_page(client: Client, register: Register, **parameters: Any) -> list[int]:
    """The ids that the list shows on all its pages."""
    found: list[int] = []
    page = 1
    while True:
        answer = client.get(f"/registers/{register}/", {**parameters, "page": page})
        assert answer.status_code == 200
        found += [row.id for row in answer.context["rows"]]
        if not answer.context["page_obj"].has_next():
            assert answer.context["page_obj"].paginator.count == len(found)
            return found
        page += 1


def in_api(client: Client, register: Register, **parameters: Any) -> list[int]:
    answer = client.get(f"/api/v1/registers/{register}/", {**parameters, "page_size": 200})
    assert answer.status_code == 200, answer.content
    document = answer.json()
    assert document["count"] == len(document["results"])
    return [entry["id"] for entry in document["results"]]


# --- the workbook -------------------------------------------------------------------------------


def exported(client: Client, register: Register, **parameters: Any) -> Any:
    address = f"/registers/{register}.xlsx?{urlencode(parameters, doseq=True)}"
    answer = client.get(address)
    assert answer.status_code == 200
    return load_workbook(BytesIO(answer.content)).worksheets[0]


def rows_of(sheet: Any) -> list[list[str]]:
    rows = sheet.iter_rows(min_row=HEADER_ROW + 1, values_only=True)
    return [[str(cell or "") for cell in row] for row in rows]

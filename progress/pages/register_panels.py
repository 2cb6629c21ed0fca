"""What the registers hold of one report or task, for the pages of these."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from agencies.models import User
from progress.models import Matter, MatterState, Report, Result
from progress.rollups import (
    MatterRow,
    ResultRow,
    matter_rows,
    matter_rows_read,
    matters_to_answer,
    matters_with_all,
    result_rows_read,
    results_with_all,
)
from progress.statements import WrittenOnce


@dataclass(frozen=True, slots=True)
class RegisterPanels:
    """Matters and results that the reader may see; those struck out are among the results of a
    report, where it says so, and not among a task's."""

    matters: Sequence[MatterRow]
    results: Sequence[ResultRow]

    def __bool__(self) -> bool:
        return bool(self.matters or self.results)


def panels_of_report(report: Report, *, user: User) -> RegisterPanels:
    """What was raised and entered with this report."""
    today = timezone.localdate()
    return RegisterPanels(
        matter_rows_read(_MATTERS_OF_REPORT.for_reader(user, report.pk), today=today),
        result_rows_read(_RESULTS_OF_REPORT.for_reader(user, report.pk)),
    )


def panels_read(*, matters: Sequence[Matter], results: Sequence[Result]) -> RegisterPanels:
    """The task's matters that are not closed, and all its results, the latest first: what
    `UNCLOSED_OF_TASK` and `RESULTS_OF_TASK` gave."""
    return RegisterPanels(
        matter_rows_read(matters, today=timezone.localdate()), result_rows_read(results)
    )


_MATTERS_OF_REPORT = WrittenOnce(
    lambda user, report: matters_with_all(
        Matter.objects.visible_to(user).filter(report=report).order_by("-pk")
    )
)
# Named each: of one that is excluded SQLite asks itself each time anew whether the index of those
# that are not closed fits, which takes it longer than the answer.
_UNCLOSED = [state for state in MatterState if state != MatterState.CLOSED]
UNCLOSED_OF_TASK = WrittenOnce(
    lambda user, task: matters_with_all(
        Matter.objects.visible_to(user).filter(task=task, state__in=_UNCLOSED)
    )
)
_RESULTS_OF_REPORT = WrittenOnce(
    lambda user, report: results_with_all(Result.objects.visible_to(user).filter(report=report))
)
RESULTS_OF_TASK = WrittenOnce(
    lambda user, task: results_with_all(
        Result.objects.visible_to(user)
        .filter(task=task, struck_at=None)
        .order_by("-came_on", "-pk")
    )
)


def answers_owed(*, user: User) -> list[MatterRow]:
    """The matters that wait for an answer of the person's agency."""
    return matter_rows(matters=matters_to_answer(user=user), today=timezone.localdate())

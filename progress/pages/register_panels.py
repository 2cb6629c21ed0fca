"""What the registers hold of one report or task, for the pages of these."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone

from agencies.models import User
from progress.models import Matter, MatterState, Result
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


def panels_read(*, matters: Sequence[Matter], results: Sequence[Result]) -> RegisterPanels:
    """What was raised and entered with a report: what `MATTERS_OF_REPORT` and `RESULTS_OF_REPORT`
    gave; or a task's matters that are not closed, and all its results, the latest first: what
    `UNCLOSED_OF_TASK` and `RESULTS_OF_TASK` gave."""
    return RegisterPanels(
        matter_rows_read(matters, today=timezone.localdate()), result_rows_read(results)
    )


MATTERS_OF_REPORT = WrittenOnce(
    lambda user, task, period: matters_with_all(
        Matter.objects.visible_to(user)
        .filter(report__task=task, report__period=period)
        .order_by("-pk")
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
RESULTS_OF_REPORT = WrittenOnce(
    lambda user, task, period: results_with_all(
        Result.objects.visible_to(user).filter(report__task=task, report__period=period)
    )
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

"""What a period still lacks, or lacked when it was closed: for coordinators, who read all of it."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from progress.models import Contribution, Report, ReportingPeriod
from progress.rollups.answering import AgencyPart, AgencyRef, parts_answering
from progress.rollups.counted import dropped_since, register_kept
from progress.states import ReportState
from tasks.models import Division, Task


@dataclass(frozen=True, slots=True)
class UnfinishedReport:
    """A task whose report of the period is not approved, and how far it got.

    `state` is None where nobody has begun. `handed_in_on` is the day it first reached the
    coordinating office, None if it never did: figures count it as missing then.
    """

    number: int
    title: str
    chapter_number: int
    chapter_title: str
    lead: AgencyRef
    state: str | None
    handed_in_on: dt.date | None


@dataclass(frozen=True, slots=True)
class OwedContributions:
    """A task divided by duties, and the agencies of it that have not answered, in order."""

    number: int
    title: str
    agencies: tuple[AgencyRef, ...]


@dataclass(frozen=True, slots=True)
class PeriodMissing:
    """All of it in the list's order: `not_handed_in` is what figures call missing, `undecided` has
    reached the coordinating office and is not approved. `dropped` is how many tasks a closed period
    still misses that have left the list since, so that they cannot be named."""

    not_handed_in: tuple[UnfinishedReport, ...]
    undecided: tuple[UnfinishedReport, ...]
    contributions: tuple[OwedContributions, ...]
    dropped: int = 0

    @property
    def is_nothing(self) -> bool:
        return not (self.not_handed_in or self.undecided or self.contributions or self.dropped)

    @property
    def contributions_count(self) -> int:
        return sum(len(owed.agencies) for owed in self.contributions)

    @property
    def waiting_for_review(self) -> int:
        """How many of the undecided ones a coordinator could still decide on."""
        return sum(one.state == ReportState.SUBMITTED for one in self.undecided)


def period_missing(*, period: ReportingPeriod) -> PeriodMissing:
    """What the period lacks: seven statements at most, however many tasks and reports there are.

    A closed one lacks nothing of a task that came into the list afterwards, and who owed what are
    the agencies that answered for the tasks then.
    """
    register = register_kept(period)
    reports = {
        task_id: (state, handed_in_on)
        for task_id, state, handed_in_on in Report.objects.filter(period=period).values_list(
            "task_id", "state", "handed_in_on"
        )
    }
    unfinished = []
    answering = parts_answering(tasks=Task.objects.all(), period=period)
    tasks = [
        task
        for task in Task.objects.select_related("chapter").order_by("number")
        if task.pk in answering and (register is None or task.pk in register)
    ]
    for task in tasks:
        state, handed_in_on = reports.get(task.pk, (None, None))
        if state != ReportState.APPROVED:
            unfinished.append(
                UnfinishedReport(
                    number=task.number,
                    title=task.title,
                    chapter_number=task.chapter.number,
                    chapter_title=task.chapter.title,
                    lead=answering[task.pk][0].agency,
                    state=state,
                    handed_in_on=handed_in_on,
                )
            )
    return PeriodMissing(
        not_handed_in=tuple(one for one in unfinished if one.handed_in_on is None),
        undecided=tuple(one for one in unfinished if one.handed_in_on is not None),
        contributions=_owed_contributions(period, tasks, answering),
        dropped=dropped_since(period).tasks,
    )


def _owed_contributions(
    period: ReportingPeriod,
    tasks: Sequence[Task],
    answering: Mapping[int, Sequence[AgencyPart]],
) -> tuple[OwedContributions, ...]:
    answered = set(
        Contribution.objects.filter(period=period, state=ReportState.SUBMITTED).values_list(
            "task_id", "agency_id"
        )
    )
    owed = []
    for task in tasks:
        agencies = tuple(
            part.agency
            for part in answering[task.pk]
            if part.position > 1
            and part.division == Division.BY_DUTY
            and (task.pk, part.agency.id) not in answered
        )
        if agencies:
            owed.append(OwedContributions(task.number, task.title, agencies))
    return tuple(owed)

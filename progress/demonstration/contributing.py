"""What the other agencies add where duties are divided: most answer early, a few do not."""

from collections.abc import Sequence

from django.utils import timezone

from agencies.models import Agency
from progress.demonstration.chance import chance
from progress.demonstration.moments import OfficeHours
from progress.demonstration.people import People, Reporting
from progress.demonstration.wording import Setting, measure_sentence
from progress.models import ReportingPeriod
from progress.states import Move, ReportState
from progress.workdays import ONE_DAY
from progress.workflow import (
    NOT_BEGUN,
    ContributionContent,
    MeasureText,
    contribution_move,
    contribution_save,
)
from tasks.models import Division, Status, Task

# Shares of those that could answer.
SILENT, NOTHING_TO_ADD = 0.1, 0.15
# They answer within the first twelfth of the hours in time: no report has been submitted by then.
EARLIEST, LATEST = 0.01, 0.08


def contributions_play(
    period: ReportingPeriod, tasks: Sequence[Task], *, people: People, hours: OfficeHours
) -> set[int]:
    """Let the agencies contribute; returns the ids of the tasks that some of them leave waiting."""
    left_waiting: set[int] = set()
    for task in tasks:
        if task.division != Division.BY_DUTY:
            continue
        for part in task.responsibilities.all():
            if part.position == 1:
                continue
            rng = chance("contribution", period.code, task.number, part.position)
            author = people.reporting.get(part.agency_id)
            if author is None or rng.random() < SILENT:
                left_waiting.add(task.pk)
                continue
            content = _content(task, part.agency, author, period, nothing=rng.random())
            moment = hours.moment(rng.uniform(EARLIEST, LATEST))
            saved = contribution_save(
                task=task,
                period=period,
                agency=part.agency,
                by=author.reporter,
                now=moment,
                content=content,
                version=NOT_BEGUN,
            )
            moved = contribution_move(
                contribution=saved, move=Move.SUBMIT, by=author.reporter, now=moment
            )
            if moved.state == ReportState.AGENCY_REVIEW and author.approver is not None:
                contribution_move(
                    contribution=moved, move=Move.ENDORSE, by=author.approver, now=moment
                )
    return left_waiting


def _content(
    task: Task, agency: Agency, author: Reporting, period: ReportingPeriod, *, nothing: float
) -> ContributionContent:
    """A sentence on one of the measures, as an agency that has a part in it would write it."""
    measures = list(task.measures.all())
    if nothing < NOTHING_TO_ADD:
        return ContributionContent(
            tuple(MeasureText(one.pk, one.ordinal, "") for one in measures), nothing_to_add=True
        )
    rng = chance("contribution text", period.code, task.number, agency.name)
    chosen = rng.choice(measures)
    day = timezone.localdate(period.opened_at) - rng.randint(2, 15) * ONE_DAY
    about = Setting(
        clause="",
        ministry=author.ministry,
        partners=(),
        day=f"{day.month}月{day.day}日",
        next_month="下月",
        stage=rng.randint(1, 2),
        rate=rng.randint(3, 12),
    )
    _clause, text = measure_sentence(
        chosen.text, task.title, Status.IN_PROGRESS, about, key=(task.number, agency.name)
    )
    return ContributionContent(
        tuple(MeasureText(one.pk, one.ordinal, text if one == chosen else "") for one in measures)
    )

"""What stands now wherever an agency writes: its reports and its contributions of a period."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Prefetch
from django.utils.translation import gettext as _

from agencies.models import Agency, User
from progress.models import Contribution, Report, ReportingPeriod
from progress.states import ReportState
from progress.workflow.conflicts import Conflict
from progress.workflow.content import ReportContent, with_measures
from progress.workflow.contents import contents_of, contents_to_start_from
from progress.workflow.contributions import (
    ContributionContent,
    contribution_writable_check,
    contributions_standing,
)
from progress.workflow.drafts import NOT_BEGUN, writable_check
from tasks.models import Division, Measure, Responsibility, ResponsibilityRole, Task


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is written: a task's report, or what an agency contributes to it."""

    task_id: int
    agency_id: int | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands at a place now: what is written, else what the writing starts from.

    `agency` is whose contribution it is, None of a report; `refused` says why it cannot be written
    now, "" where it can; `owed` whether the agency has to write it.
    """

    task: Task
    agency: Agency | None
    written: Report | Contribution | None
    content: ReportContent | ContributionContent
    refused: str
    owed: bool

    @property
    def place(self) -> Place:
        return Place(self.task.pk, self.agency.pk if self.agency else None)

    @property
    def version(self) -> int:
        return self.written.version if self.written else NOT_BEGUN

    @property
    def state(self) -> str:
        """The state of what is written; "" where nobody has begun."""
        return ReportState(self.written.state) if self.written else ""

    def measures(self) -> list[Measure]:
        """The measures that are written of, in order."""
        written_of = {one.measure_id for one in self.content.measures}
        return [one for one in self.task.measures.all() if one.pk in written_of]

    def values(self, measure_id: int | None) -> dict[str, str]:
        """What is said of one measure, or with None of the task as a whole, by field."""
        content = self.content
        if measure_id is None:
            if isinstance(content, ContributionContent):
                return {"remarks": content.remarks}
            return {name: getattr(content, name) for name in OF_A_TASK}
        if isinstance(content, ContributionContent):
            return {m.measure_id: {"text": m.text} for m in content.measures}.get(measure_id, {})
        return {
            m.measure_id: {"status": str(m.status), "text": m.text} for m in content.measures
        }.get(measure_id, {})


OF_A_TASK = ("problems", "next_steps", "coordination")


def standings_of(*, user: User, period: ReportingPeriod) -> dict[Place, Standing]:
    """Everything that this person may write in the period: reports, then contributions, each in
    the order of the list.

    A task that two lead and one compiles is answered with yes or no, so that its other lead has
    nothing to fill in. A constant number of queries.
    """
    measures = Prefetch("measures", Measure.objects.order_by("ordinal"))
    led = list(
        Task.objects.visible_to(user)
        .led_by(user.agency_ids)
        .order_by("number")
        .prefetch_related(measures)
    )
    parts = [
        (part.task, part.agency)
        for part in Responsibility.objects.filter(agency__in=user.agency_ids, position__gt=1)
        .order_by("task__number", "position")
        .select_related("task", "agency")
        .prefetch_related(Prefetch("task__measures", Measure.objects.order_by("ordinal")))
        if part.role != ResponsibilityRole.LEAD or part.task.division == Division.BY_DUTY
    ]
    found = [
        *_reports_standing(led, period),
        *(
            Standing(
                task,
                agency,
                one,
                content,
                _refusal_of_contribution(one, period),
                owed=task.division == Division.BY_DUTY,
            )
            for (task, agency), (one, content) in zip(
                parts, contributions_standing(parts=parts, period=period).values(), strict=True
            )
        ),
    ]
    return {one.place: one for one in found}


def _reports_standing(tasks: Sequence[Task], period: ReportingPeriod) -> list[Standing]:
    reports = {
        one.task_id: one
        for one in Report.objects.filter(task__in=tasks, period=period).select_related("updated_by")
    }
    said = contents_of(reports.values())
    started = contents_to_start_from(
        tasks=[task for task in tasks if task.pk not in reports], period=period
    )
    found = []
    for task in tasks:
        report = reports.get(task.pk)
        content = started[task.pk] if report is None else said[report.pk]
        found.append(
            Standing(
                task,
                None,
                report,
                with_measures(content, task.measures.all()),
                _refusal_of_report(report, period),
                owed=True,
            )
        )
    return found


def _refusal_of_report(report: Report | None, period: ReportingPeriod) -> str:
    try:
        writable_check(report=report, period=period)
    except Conflict as conflict:
        return str(conflict)
    return ""


def _refusal_of_contribution(one: Contribution | None, period: ReportingPeriod) -> str:
    try:
        contribution_writable_check(contribution=one, period=period)
    except Conflict as conflict:
        return str(conflict)
    return ""


def place_gone(agency_id: int | None) -> str:
    """Why nothing can be written at a place that is this person's no more."""
    if agency_id is None:
        return _("Your agency does not compile the report of this task any more.")
    return _("Your agency has no part in this task any more.")

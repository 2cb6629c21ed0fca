"""Laying the demonstration out: periods are opened, reports written, moved and closed, in time."""

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from django.conf import settings
from django.db import transaction

from progress.cadence import Span, due_on
from progress.closings import period_close_with_edition
from progress.demonstration.contributing import contributions_play
from progress.demonstration.correcting import erratum_play
from progress.demonstration.course import closed_fates, completed_now, open_fates, profiles_of
from progress.demonstration.deadlines import deadlines_play, extensions_play
from progress.demonstration.evidence import evidence_play
from progress.demonstration.exporting import export_play
from progress.demonstration.moments import (
    FEWEST_MONTHS,
    MONTHS,
    OFFICE_SHUTS,
    OfficeHours,
    at,
    closing_of,
    months_until,
    opening_of,
)
from progress.demonstration.offline import form_bring_back, form_take_along
from progress.demonstration.pausing import pauses_play
from progress.demonstration.people import (
    People,
    Reporting,
    absent_agencies,
    people_create,
    taken_usernames,
)
from progress.demonstration.registering import matters_play, result_play
from progress.demonstration.scripts import Act, Hours, Scripts
from progress.models import (
    ListPage,
    OfflineForm,
    PeriodKind,
    Policy,
    Report,
    ReportingPeriod,
)
from progress.states import Move
from progress.workdays import WorkCalendar
from progress.workflow import (
    NOT_BEGUN,
    ReportContent,
    period_open,
    report_move,
    report_save,
    saved_list_create,
)
from tasks.models import Division, Responsibility, ResponsibilityRole, Task

# In the months before these, what the others wrote still came on paper.
MONTHS_WITH_CONTRIBUTIONS = 2
ON_PAPER = "配合单位本期以书面形式反馈，内容已并入本报告。"
STILL_WAITING = "个别责任单位尚未反馈，已电话催办，收到后在下期报告中补充。"
# The task that README's tour writes: in time in every month, not begun in the open one.
TOUR_TASK = 4
# What the office looks at every morning, saved under a name and shared with colleagues.
RED_TASKS = "红灯任务"
# Still of the day on which the period was closed.
ERRATUM_AFTER = dt.timedelta(hours=3)


class DemonstrationRefusedError(Exception):
    """Why no demonstration is laid out here, as a sentence with its remedy."""


@dataclass(frozen=True, slots=True)
class SeedOutcome:
    """What was laid out; all empty and `laid_out` False where there were periods already."""

    laid_out: bool
    periods: tuple[str, ...] = ()
    accounts: int = 0
    reports: int = 0


def demonstration_seed(*, today: dt.date, months: int = MONTHS) -> SeedOutcome:
    """Lay the demonstration out as it would stand on the morning of `today`, or change nothing.

    `months` is how many it shows, FEWEST_MONTHS where fewer are asked for. A database that has any
    period is left as it is. Everything is one transaction. Raises DemonstrationRefusedError without
    DEBUG, without the list, or where accounts or the reporting rules are in the way.
    """
    if not settings.DEBUG:
        raise DemonstrationRefusedError(
            "the demonstration makes accounts whose password everybody knows, so it is only laid "
            "out with DEBUG on: set DEBUG=1, and never in service"
        )
    if ReportingPeriod.objects.exists():
        return SeedOutcome(laid_out=False)
    _refuse_what_is_in_the_way()
    with transaction.atomic():
        spans = months_until(today, months=max(months, FEWEST_MONTHS))
        people = people_create(now=at(spans[0].starts_on, dt.time()))
        stage = _Stage(people=people, today=today, spans=spans)
        for place, span in enumerate(stage.spans):
            stage.period_play(place, span)
        stage.deadlines_play()
        stage.pauses_play()
        stage.periods_close()
        matters_play(people=people, until=at(today, dt.time()))
        form_bring_back(people=people, form=stage.form, now=at(today, dt.time()))
        export_play(
            period=ReportingPeriod.objects.get(code=stage.spans[-1].code),
            coordinator=people.coordinator,
            now=at(today, dt.time()),
        )
        saved_list_create(
            page=ListPage.TASKS,
            name=RED_TASKS,
            query="light=red",
            is_shared=True,
            by=people.coordinator,
            now=at(today, dt.time()),
        )
    return SeedOutcome(
        laid_out=True,
        periods=tuple(span.code for span in stage.spans),
        accounts=people.count,
        reports=Report.objects.count(),
    )


def _refuse_what_is_in_the_way() -> None:
    if not Task.objects.exists():
        raise DemonstrationRefusedError(
            "there are no tasks to report on; run `manage.py import_tasks` first"
        )
    if absent := absent_agencies():
        raise DemonstrationRefusedError(
            f"these agencies are not in the register: {'、'.join(absent)}; "
            "run `manage.py import_tasks` first"
        )
    if taken := taken_usernames():
        raise DemonstrationRefusedError(
            f"these user names are taken: {', '.join(taken)}; use another database (DATABASE_URL)"
        )
    if Policy.current().cadence != PeriodKind.MONTH:
        raise DemonstrationRefusedError(
            "the demonstration reports by the month, and the reporting rules say otherwise"
        )


class _Stage:
    """Everything that is the same for all months, and what was approved so far."""

    def __init__(self, *, people: People, today: dt.date, spans: Sequence[Span]) -> None:
        self.people, self.today = people, today
        self.calendar, self.policy = WorkCalendar.load(), Policy.current()
        self.spans = spans
        self.leads: dict[int, Reporting] = {}
        for task_id, agency_id in Responsibility.objects.compiling().values_list(
            "task_id", "agency_id"
        ):
            if agency_id in people.reporting:
                self.leads[task_id] = people.reporting[agency_id]
        self.tasks: Sequence[Task] = list(
            Task.objects.filter(pk__in=self.leads)
            .order_by("number")
            .prefetch_related("measures__task", "responsibilities__agency")
        )
        self.profiles = profiles_of(self.tasks, kept_steady=TOUR_TASK)
        self.approved: dict[int, ReportContent] = {}
        self.form: OfflineForm

    def period_play(self, place: int, span: Span) -> None:
        """Open a month and let everybody act in the order of time."""
        coordinator = self.people.coordinator
        newest = place == len(self.spans) - 1
        due = due_on(span, self.policy, self.calendar)
        opening = opening_of(span, calendar=self.calendar, today=self.today)
        due_end = at(due, OFFICE_SHUTS)
        end = at(self.today, dt.time()) if newest else closing_of(span, self.calendar)
        period = period_open(code=span.code, by=coordinator, now=opening)
        if newest:
            self.form = form_take_along(people=self.people, period=period, now=opening)
        completed = None
        if newest:
            fates = open_fates(self.tasks, self.leads, overdue=self.today > due)
            completed = completed_now(
                self.tasks, self.profiles, fates, month=place, months=len(self.spans)
            )
        else:
            fates = closed_fates(
                self.tasks,
                month=place,
                kept=TOUR_TASK,
                last=place == len(self.spans) - 2,
            )
        scripts = Scripts(
            month=place,
            months=len(self.spans),
            span=span,
            coordinator=coordinator,
            hours=Hours(
                in_time=OfficeHours(opening, min(due_end, end), self.calendar),
                late=OfficeHours(at(due + dt.timedelta(days=1), dt.time()), end, self.calendar),
                end=end,
            ),
            approved=self.approved,
            completed=completed,
        )
        acts: list[Act] = []
        for task in self.tasks:
            lead, profile = self.leads[task.pk], self.profiles[task.pk]
            acts += scripts.acts_of(task, lead, profile, fates[task.pk])
        waiting, reason = None, ON_PAPER
        if place >= len(self.spans) - MONTHS_WITH_CONTRIBUTIONS:
            waiting, reason = (
                contributions_play(
                    period, self.tasks, people=self.people, hours=scripts.hours.in_time
                ),
                STILL_WAITING,
            )
        acts = [self._reasoned(act, waiting, reason) for act in acts]
        self.acts_play(period, sorted(acts, key=lambda act: (act.at, act.task.number)))

    def periods_close(self) -> None:
        """Close all months but the newest, each at its time, and correct the last of them.

        Only now: the deadlines that were set as the first one opened are known at the end alone,
        and the figures that a closing keeps rest on them.
        """
        for span in self.spans[:-1]:
            closed = period_close_with_edition(
                period=ReportingPeriod.objects.get(code=span.code),
                by=self.people.coordinator,
                now=closing_of(span, self.calendar),
            )
        erratum_play(
            period=closed,
            without_task=TOUR_TASK,
            coordinator=self.people.coordinator,
            now=closing_of(self.spans[-2], self.calendar) + ERRATUM_AFTER,
        )

    def deadlines_play(self) -> None:
        """Deadlines as they follow from how the tasks fared, and requests for later ones."""
        first, newest = self.spans[0], self.spans[-1]
        deadlines_play(
            tasks=list(Task.objects.all()),
            profiles=self.profiles,
            today=self.today,
            people=self.people,
            opened=opening_of(first, calendar=self.calendar, today=self.today),
        )
        extensions_play(
            period=ReportingPeriod.objects.get(code=newest.code),
            leads=self.leads,
            people=self.people,
            now=self.hours_of_newest().moment(0.9),
        )

    def pauses_play(self) -> None:
        """The last two of the list are left in peace for a while, one of them still."""
        ended, holding = self.tasks[-2:]
        pauses_play(
            ended=ended,
            holding=holding,
            coordinator=self.people.coordinator,
            hours=self.hours_of_newest(),
            today=self.today,
        )

    def hours_of_newest(self) -> OfficeHours:
        """Since the newest month was opened."""
        opened = opening_of(self.spans[-1], calendar=self.calendar, today=self.today)
        return OfficeHours(opened, at(self.today, dt.time()), self.calendar)

    @staticmethod
    def _reasoned(act: Act, waiting: Collection[int] | None, reason: str) -> Act:
        """A report that goes without what others owe it says why; if `waiting` is None, always."""
        if act.move != Move.SUBMIT or act.task.division != Division.BY_DUTY:
            return act
        if waiting is None or act.task.pk in waiting:
            return replace(act, reason=reason)
        return act

    def acts_play(self, period: ReportingPeriod, acts: Sequence[Act]) -> None:
        """Do what the acts say through the workflow, and remember what was approved."""
        reports: dict[int, Report] = {}
        said: dict[int, ReportContent] = {}
        for act in acts:
            task = act.task
            if act.move is not None:
                if act.move == Move.SUBMIT and task.division == Division.CO_LEAD:
                    self._agreement_play(reports[task.pk], act)
                reports[task.pk] = report_move(
                    report=reports[task.pk],
                    move=act.move,
                    by=act.by,
                    now=act.at,
                    reason=act.reason,
                )
            elif act.content is not None:
                begun = reports.get(task.pk)
                reports[task.pk] = report_save(
                    task=task,
                    period=period,
                    by=act.by,
                    now=act.at,
                    content=act.content,
                    version=begun.version if begun else NOT_BEGUN,
                )
                said[task.pk] = act.content
                if begun is None:
                    lead = self.leads[task.pk]
                    result_play(task, period, act.content, lead=lead, now=act.at)
                    evidence_play(task, period, act.content, lead=lead, now=act.at)
        for task_id, report in reports.items():
            if report.approved_at is not None:
                self.approved[task_id] = said[task_id]

    def _agreement_play(self, report: Report, act: Act) -> None:
        """The other leads agree to what is about to be handed in, at once."""
        report_move(report=report, move=Move.ASK, by=act.by, now=act.at)
        for part in act.task.responsibilities.all():
            if part.position > 1 and part.role == ResponsibilityRole.LEAD:
                other = self.people.reporting[part.agency_id]
                speaker = other.approver or other.reporter
                report_move(report=report, move=Move.AGREE, by=speaker, now=act.at)

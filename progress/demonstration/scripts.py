"""The script of each report of a month: who does what when, and what the report says."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from random import Random

from django.utils import timezone

from agencies.models import User
from progress.cadence import Span
from progress.demonstration.chance import chance
from progress.demonstration.course import Course, Fate, Profile, course_of
from progress.demonstration.moments import OfficeHours
from progress.demonstration.people import Reporting
from progress.demonstration.wording import Setting, measure_sentence, sentence, texts
from progress.states import Move
from progress.workdays import ONE_DAY
from progress.workflow import MeasureContent, ReportContent
from tasks.models import Measure, Status, Task

# Of a task that goes on as before, how often its agency says that nothing has changed.
UNCHANGED_SHARE = 0.06


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that somebody does with a task's report: a move, or else saving the content."""

    task: Task
    at: dt.datetime
    by: User
    move: Move | None = None
    reason: str = ""
    content: ReportContent | None = None


@dataclass(frozen=True, slots=True)
class Hours:
    """The office hours of a month's reporting up to the due date and after it, and its end."""

    in_time: OfficeHours
    late: OfficeHours
    end: dt.datetime

    def review(self, since: dt.datetime) -> OfficeHours:
        return OfficeHours(since, self.end, self.in_time.calendar)


@dataclass(frozen=True, slots=True)
class Scripts:
    """Writes the scripts of one month; `approved` is what each task's last approved report said.

    `completed` is called completed whatever its course says.
    """

    month: int
    months: int
    span: Span
    coordinator: User
    hours: Hours
    approved: Mapping[int, ReportContent]
    completed: Measure | None = None

    def acts_of(self, task: Task, lead: Reporting, profile: Profile, fate: Fate) -> list[Act]:
        """The acts of one report in the order of time; none where nobody begins it."""
        if fate == Fate.NOT_BEGUN:
            return []
        rng = chance("script", self.month, task.number)
        content = self.content(task, lead, profile)
        hours = self.hours.late if fate == Fate.LATE else self.hours.in_time
        begun = 0.6 * rng.random()
        acts = [Act(task, hours.moment(begun), lead.reporter, content=content)]
        if fate == Fate.DRAFT:
            return acts
        handing_in = self._handing_in(task, lead, hours, begun, rng)
        if fate == Fate.AGENCY_REVIEW:
            return acts + handing_in[:1]
        acts += handing_in
        review = self.hours.review(acts[-1].at)
        if fate == Fate.SUBMITTED:
            if rng.random() < 0.25:
                acts.append(Act(task, review.moment(0.5), self.coordinator, Move.TAKE_UP))
            return acts
        if fate == Fate.RETURNED:
            return [*acts, self._return(task, lead, review.moment(rng.uniform(0.2, 0.9)), rng)]
        if fate == Fate.CORRECTED:
            acts.append(self._return(task, lead, review.moment(rng.uniform(0.05, 0.3)), rng))
            acts += self._correction(task, lead, content, review, 0.3, rng)
            return [*acts, Act(task, review.moment(0.8), self.coordinator, Move.APPROVE)]
        if fate == Fate.REOPENED:
            acts.append(Act(task, review.moment(0.2), self.coordinator, Move.APPROVE))
            reason = texts().reopening
            acts.append(Act(task, review.moment(0.3), self.coordinator, Move.REOPEN, reason))
            acts += self._correction(task, lead, content, review, 0.35, rng)
            return [*acts, Act(task, review.moment(0.9), self.coordinator, Move.APPROVE)]
        if rng.random() < 0.3:
            acts.append(Act(task, review.moment(0.05), self.coordinator, Move.TAKE_UP))
        decided = review.moment(rng.uniform(0.1, 0.7))
        return [*acts, Act(task, decided, self.coordinator, Move.APPROVE)]

    def _handing_in(
        self, task: Task, lead: Reporting, hours: OfficeHours, begun: float, rng: Random
    ) -> list[Act]:
        """Submitting, after some 5 % a return within the agency, and the approver's word."""
        left = 1 - begun
        submitted = begun + left * rng.uniform(0.1, 0.4)
        acts = [Act(task, hours.moment(submitted), lead.reporter, Move.SUBMIT)]
        if lead.approver is not None:
            if rng.random() < 0.05:
                reason = self._reason(texts().agency_returns, task, lead, rng)
                returned, again = begun + left * 0.5, begun + left * 0.6
                acts = [
                    *acts,
                    Act(task, hours.moment(returned), lead.approver, Move.RETURN, reason),
                    Act(task, hours.moment(again), lead.reporter, Move.SUBMIT),
                ]
            endorsed = hours.moment(begun + left * rng.uniform(0.7, 0.95))
            acts.append(Act(task, endorsed, lead.approver, Move.ENDORSE))
        return acts

    def _return(self, task: Task, lead: Reporting, moment: dt.datetime, rng: Random) -> Act:
        reason = self._reason(texts().returns, task, lead, rng)
        return Act(task, moment, self.coordinator, Move.RETURN, reason)

    def _reason(self, choices: Sequence[str], task: Task, lead: Reporting, rng: Random) -> str:
        return sentence(choices, self._setting(lead, _partners(task), rng), rng)

    def _correction(
        self,
        task: Task,
        lead: Reporting,
        content: ReportContent,
        review: OfficeHours,
        since: float,
        rng: Random,
    ) -> list[Act]:
        """The report is corrected and handed in again, within a tenth of the hours of review."""
        about = self._setting(lead, (), rng)
        addition = sentence(texts().corrections, about, rng)
        first, *others = content.measures
        if first.text:
            first = replace(first, text=first.text + addition)
        corrected = replace(content, measures=(first, *others))
        saved, submitted, endorsed = (review.moment(since + step) for step in (0, 0.05, 0.1))
        acts = [
            Act(task, saved, lead.reporter, content=corrected),
            Act(task, submitted, lead.reporter, Move.SUBMIT),
        ]
        if lead.approver is not None:
            acts.append(Act(task, endorsed, lead.approver, Move.ENDORSE))
        return acts

    def content(self, task: Task, lead: Reporting, profile: Profile) -> ReportContent:
        """What the task's report says this month; what is completed keeps its last words."""
        before = self.approved.get(task.pk)
        rng = chance("content", self.month, task.number)
        measures = list(task.measures.all())
        courses = [course_of(measure, profile, months=self.months) for measure in measures]
        statuses = [
            Status.COMPLETED if measure == self.completed else course.status(self.month)
            for measure, course in zip(measures, courses, strict=True)
        ]
        if before and _is_unchanged(before, statuses, rng):
            return before
        partners = _partners(task)
        written: list[MeasureContent] = []
        clauses: list[str] = []
        for place, (measure, course) in enumerate(zip(measures, courses, strict=True)):
            last = before.measures[place] if before else None
            if last and last.status == statuses[place] == Status.COMPLETED:
                written.append(last)
                continue
            clause, text = measure_sentence(
                measure.text,
                task.title,
                statuses[place],
                self._setting(lead, partners, rng, course=course, key=(task.number, place)),
                key=(task.number, measure.ordinal),
            )
            written.append(MeasureContent(measure.pk, measure.ordinal, statuses[place], text))
            if clause and statuses[place] == Status.IN_PROGRESS:
                clauses.append(clause)
        return ReportContent(tuple(written), **self._remarks(profile, clauses, lead, partners, rng))

    def _remarks(
        self,
        profile: Profile,
        clauses: Sequence[str],
        lead: Reporting,
        partners: Sequence[str],
        rng: Random,
    ) -> dict[str, str]:
        """Problems, next steps and matters to coordinate, about a measure that is under way."""
        if not clauses:
            return {}
        about = replace(self._setting(lead, partners, rng), clause=clauses[0])
        waiting = profile == Profile.WAITING
        remarks = {}
        if waiting:
            remarks["problems"] = sentence(texts().problems["waiting"], about, rng)
        elif rng.random() < 0.25:
            remarks["problems"] = sentence(texts().problems["ordinary"], about, rng)
        if rng.random() < 0.9:
            about = replace(about, clause=rng.choice(clauses))
            remarks["next_steps"] = sentence(texts().next_steps, about, rng)
        if rng.random() < (0.5 if waiting else 0.05):
            remarks["coordination"] = sentence(texts().coordination, about, rng)
        return remarks

    def _setting(
        self,
        lead: Reporting,
        partners: Sequence[str],
        rng: Random,
        *,
        course: Course | None = None,
        key: object = None,
    ) -> Setting:
        opened = timezone.localdate(self.hours.in_time.start)
        calendar = self.hours.in_time.calendar
        day = calendar.roll(opened - rng.randint(2, 18) * ONE_DAY, "earlier")
        month_after = self.span.ends_on + ONE_DAY
        return Setting(
            clause="",
            ministry=lead.ministry,
            partners=partners,
            day=f"{day.month}月{day.day}日",
            next_month=f"{month_after.month}月",
            stage=course.stage(self.month) if course else 0,
            rate=chance("rate", key).randint(6, 34),
        )


def _is_unchanged(before: ReportContent, statuses: Sequence[Status], rng: Random) -> bool:
    if [measure.status for measure in before.measures] != list(statuses):
        return False
    over = all(status == Status.COMPLETED for status in statuses)
    return over or rng.random() < UNCHANGED_SHARE


def _partners(task: Task) -> list[str]:
    """The other agencies of the task, bodies of members apart: those have no staff to meet."""
    others = [one.agency for one in task.responsibilities.all() if one.position > 1]
    return [agency.name for agency in others if agency.kind != "collective"]

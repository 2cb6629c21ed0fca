"""A year of reminders, day by day: runs that are missed at random, holidays and make-up days,
addresses and robots that fail, people who hand in, return, approve, ask, answer, pause and leave.
What was sent is compared with a model written from the words of the rules."""

import contextlib
import datetime as dt
import os
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import EmailMessage
from random import Random

import pytest
from pytest_django.fixtures import Settings

from agencies.models import Agency, Role, User
from agencies.robots import robot_remove, robot_save
from agencies.tests.robots import WECOM_PATH, Product, product
from conftest import SHANGHAI, Cast, _person
from progress.models import (
    Agreement,
    Contribution,
    Extension,
    Matter,
    Reminder,
    ReminderItem,
    ReminderPause,
    Report,
    ReportingPeriod,
)
from progress.reminders import reminders_run
from progress.states import Move
from progress.tests.acts import saved, task_numbered
from progress.tests.naive_reminders import ROBOTS, TASKS, Model, Thing, Who, state_of
from progress.workflow import (
    Conflict,
    ContributionContent,
    PauseOf,
    contribution_move,
    contribution_save,
    extension_decide,
    extension_request,
    matter_address,
    matter_answer,
    matter_close,
    matter_reopen,
    period_close,
    period_open,
    reminder_pause_begin,
    report_move,
)
from tasks.deadlines import Deadline, deadlines_write
from tasks.models import Division, Responsibility, ResponsibilityRole, Task
from tianjin_pilot.environment import mail_from
from tianjin_pilot.tests import services
from tianjin_pilot.tests.services import Trouble

LONG = bool(os.environ.get("LONG"))
# With the National Day and its make-up days before and after; or all of it.
STRETCHES = (
    [(seed, dt.date(2026, 1, 1), dt.date(2026, 12, 31)) for seed in range(4)]
    if LONG
    else [(3, dt.date(2026, 9, 18), dt.date(2026, 10, 12))]
)
ONE_DAY = dt.timedelta(days=1)
MORNING = dt.time(8, 5)
# The run of a day, and those at which what failed in it is tried again.
RUNS = [dt.time(8, 30), dt.time(8, 40), dt.time(9, 10), dt.time(11, 10), dt.time(19, 10)]
WORDS = ("请协调跨境数据通道带宽", "建议明确口岸联合查验分工", "需国家主管部门批复试点方案")


@dataclass
class Office:
    """The people of the simulation, who do something or nothing on a day."""

    cast: Cast
    commerce: User
    chance: Random
    model: Model
    troubles: dict[str, Trouble]
    robot: Product

    def day(self, day: dt.date) -> None:
        now = dt.datetime.combine(day, MORNING, SHANGHAI)
        self.periods(day, now)
        for period in ReportingPeriod.objects.filter(closed_at=None):
            for number in TASKS:
                with self.matters_watched(day):
                    self.report(task_numbered(number), period, now)
            self.contribution(task_numbered(11), period, now)
        with self.matters_watched(day):
            self.matters(now)
        self.deadlines(task_numbered(4), now)
        for person, goes in (
            (self.cast.colleague, self.happens(0.1)),
            # Their agency has nobody else, so its contact address is told for ten days.
            (self.commerce, day.day in (24, 4)),
        ):
            if goes:
                person.is_active = not person.is_active
                person.save()
        self.addresses(now)
        if self.happens(0.05):
            self.pause(day, now)

    def happens(self, often: float) -> bool:
        return self.chance.random() < often

    def addresses(self, now: dt.datetime) -> None:
        """What comes and goes beside the people: a contact address, a robot, a server's refusal."""
        agency = Agency.objects.get(name="市商务局")
        if self.happens(0.06):
            agency.contact_email = "" if agency.contact_email else f"office-{now:%j}@example.org"
            agency.save()
        for one in (agency, self.cast.reporter.agency):
            if one is None or not self.happens(0.04):
                continue
            if not robot_remove(agency=one, by=self.cast.administrator, now=now):
                robot_save(
                    agency=one,
                    by=self.cast.administrator,
                    now=now,
                    name="工作群",
                    address=self.robot.origin + WECOM_PATH,
                    secret="",
                )
        addresses = [self.cast.reporter.email, self.commerce.email, "leader@example.org"]
        for address in filter(None, [*addresses, agency.contact_email, ROBOTS]):
            if self.happens(0.2 if address in self.model.refused else 0.03):
                self.model.refused ^= {address}
        self.troubles.clear()
        self.troubles |= dict.fromkeys(self.model.refused, Trouble.REFUSES)
        self.robot.status = 500 if ROBOTS in self.model.refused else 200
        if self.happens(0.02):
            self.cast.reporter.email = f"reporter-{now:%j}@example.org"
            self.cast.reporter.save()

    @contextlib.contextmanager
    def matters_watched(self, day: dt.date) -> Iterator[None]:
        """What is asked of somebody else or anew counts from this day."""
        before = {one.pk: (one.state, one.addressed_to_id) for one in Matter.objects.all()}
        yield
        for one in Matter.objects.filter(state="open"):
            if before.get(one.pk) != (one.state, one.addressed_to_id):
                self.model.asked[one.pk] = day

    def matters(self, now: dt.datetime) -> None:
        by = self.cast.coordinator
        offices = [self.commerce.agency, self.cast.reporter.agency, self.cast.stranger.agency]
        for one in Matter.objects.all():
            to = self.chance.choice(offices)
            throw, version = self.chance.random(), one.version
            if one.state == "open" and throw < 0.1 and to is not None:
                if to.pk != one.addressed_to_id:
                    matter_address(matter=one, to=to, by=by, now=now, version=version)
            elif one.state == "open" and throw < 0.15:
                matter_answer(matter=one, text="已列入议题", by=by, now=now, version=version)
            elif one.state == "answered" and throw < 0.1:
                matter_close(matter=one, by=by, now=now, version=version)
            elif one.state == "closed" and throw < 0.02:
                # Its words may have been raised again since.
                with contextlib.suppress(Conflict):
                    matter_reopen(matter=one, reason="尚未落实", by=by, now=now, version=version)

    def deadlines(self, task: Task, now: dt.datetime) -> None:
        """A later one is asked for and decided on; one that has passed is set anew."""
        by, today = self.cast.coordinator, now.date()
        period = ReportingPeriod.objects.filter(closed_at=None).first()
        undecided = Extension.objects.filter(task=task, state="requested").first()
        assert task.deadline is not None
        if undecided is not None:
            if self.happens(0.1):
                granted = self.happens(0.5)
                reason = "" if granted else "时限不宜再延"
                extension_decide(
                    extension=undecided, granted=granted, by=by, now=now, reason=reason
                )
        elif today > task.deadline and self.happens(0.05):
            later = Deadline(task, None, today + 20 * ONE_DAY)
            deadlines_write(changes=[later], reason="总体安排", by=by, now=now)
        elif period is not None and today <= task.deadline and self.happens(0.06):
            extension_request(
                task=task,
                period=period,
                new_deadline=task.deadline + self.chance.randint(5, 30) * ONE_DAY,
                reason="上级平台推迟",
                by=self.cast.approver,
                now=now,
            )

    def periods(self, day: dt.date, now: dt.datetime) -> None:
        code = f"{day:%Y-%m}"
        if day.day >= 20 and not ReportingPeriod.objects.filter(code=code).exists():
            period_open(code=code, by=self.cast.coordinator, now=now)
        for period in ReportingPeriod.objects.filter(closed_at=None, due_on__lt=day - 12 * ONE_DAY):
            if self.chance.random() < 0.1:
                period_close(period=period, by=self.cast.coordinator, now=now)

    def report(self, task: Task, period: ReportingPeriod, now: dt.datetime) -> None:
        cast, today = self.cast, now.date()
        writer = self.commerce if task.number == 11 else cast.reporter
        lead = writer.agency
        assert lead is not None
        report = Report.objects.filter(task=task, period=period).first()
        state = report.state if report else ""
        if not writer.is_active:
            return
        throw = self.chance.random()
        key = (task.number, period.code)
        if report is not None and key in self.model.put:
            self.agreement(report, now)
        elif state in ("", "draft", "returned") and throw < 0.1:
            self.hand_in(task, period, writer, now)
        elif report is None:
            return
        elif state == "agency_review" and throw < 0.4:
            report_move(report=report, move=Move.ENDORSE, by=cast.approver, now=now)
        elif state == "agency_review" and throw < 0.6:
            report_move(report=report, move=Move.RETURN, by=cast.approver, now=now, reason="请核实")
            self.model.back[lead.name, task.number, period.code] = today
        elif state == "submitted" and throw < 0.1:
            report_move(report=report, move=Move.APPROVE, by=cast.coordinator, now=now)
        elif state == "submitted" and throw < 0.17:
            report_move(
                report=report, move=Move.RETURN, by=cast.coordinator, now=now, reason="请补充数据"
            )
            self.model.back[lead.name, task.number, period.code] = today
        if Report.objects.get(task=task, period=period).state == "submitted" != state:
            self.model.reached[task.number, period.code] = today

    def hand_in(self, task: Task, period: ReportingPeriod, by: User, now: dt.datetime) -> None:
        """Or, where there is another lead, ask it to agree first."""
        words = self.chance.choice(WORDS) if self.happens(0.4) else ""
        report = saved(task, period, by, now=now, coordination=words)
        if task.division == Division.CO_LEAD:
            report_move(report=report, move=Move.ASK, by=by, now=now)
            self.model.put[task.number, period.code] = now.date()
        else:
            reason = "其他责任单位尚未反馈" if task.number == 11 else ""
            report_move(report=report, move=Move.SUBMIT, by=by, now=now, reason=reason)

    def agreement(self, report: Report, now: dt.datetime) -> None:
        """What the other lead was asked, it answers, or a new text makes it ask in vain; what was
        answered goes, over an objection with a reason."""
        writer, key = self.cast.reporter, (report.task.number, report.period.code)
        answer = Agreement.objects.filter(report=report).first()
        if answer is not None and self.happens(0.5):
            reason = "" if answer.agrees else "以国家统计口径为准"
            report_move(report=report, move=Move.SUBMIT, by=writer, now=now, reason=reason)
            del self.model.put[key]
        elif answer is None and self.commerce.is_active and self.happens(0.08):
            report_move(report=report, move=Move.AGREE, by=self.commerce, now=now)
        elif answer is None and self.commerce.is_active and self.happens(0.05):
            report_move(
                report=report, move=Move.OBJECT, by=self.commerce, now=now, reason="口径不一致"
            )
        elif answer is None and self.happens(0.04):
            saved(report.task, report.period, writer, now=now, coordination=f"{now:%j}日补充")
            del self.model.put[key]

    def contribution(self, task: Task, period: ReportingPeriod, now: dt.datetime) -> None:
        agency = self.cast.reporter.agency
        assert agency is not None
        one = Contribution.objects.filter(task=task, period=period, agency=agency).first()
        report = state_of(Report.objects.filter(task=task, period=period))
        if report not in ("", "draft", "returned"):
            return
        if one is None and self.chance.random() < 0.1:
            one = contribution_save(
                task=task,
                period=period,
                agency=agency,
                by=self.cast.reporter,
                now=now,
                content=ContributionContent(measures=(), nothing_to_add=True),
                version=0,
            )
            contribution_move(contribution=one, move=Move.SUBMIT, by=self.cast.reporter, now=now)
        elif one is not None and one.state == "agency_review" and self.chance.random() < 0.3:
            contribution_move(contribution=one, move=Move.ENDORSE, by=self.cast.approver, now=now)

    def pause(self, day: dt.date, now: dt.datetime) -> None:
        last = day + self.chance.randint(1, 8) * ONE_DAY
        agencies = [self.cast.reporter.agency, self.commerce.agency]
        of = self.chance.choice(
            [
                PauseOf(task=task_numbered(self.chance.choice(TASKS))),
                PauseOf(agency=self.chance.choice(agencies)),
                PauseOf(period=ReportingPeriod.objects.filter(closed_at=None).first()),
            ]
        )
        if of == PauseOf() or of.pauses().not_over(day).exists():
            return
        reminder_pause_begin(
            of=of,
            reason="等待国家层面文件",
            from_on=day,
            until=last,
            by=self.cast.coordinator,
            now=now,
        )
        names = {
            "task": of.task and of.task.number,
            "agency": of.agency and of.agency.name,
            "period": of.period and of.period.code,
        }
        [(kind, name)] = [(kind, name) for kind, name in names.items() if name is not None]
        self.model.pauses.append((kind, name, day, last))


@pytest.fixture
def office(cast: Cast, settings: Settings) -> Iterator[Office]:
    Task.objects.exclude(number__in=TASKS).delete()
    for agency in Agency.objects.all():
        agency.contact_email = f"office-{agency.pk}@example.org"
        agency.save()
    assert cast.reporter.agency is not None
    cast.reporter.agency.leader_email = "leader@example.org"
    cast.reporter.agency.save()
    cast.approver.is_active = True
    cast.approver.save()
    commerce = _person("commerce", "商报", Role.REPORTER, "市商务局")
    Task.objects.filter(number=5).update(division=Division.CO_LEAD)
    Responsibility.objects.filter(task__number=5, position=2).update(
        agency=commerce.agency, role=ResponsibilityRole.LEAD
    )
    with product() as robot:
        settings.ROBOT_HOSTS = frozenset({robot.origin})
        chance = Random()  # noqa: S311 - a walk that can be repeated
        yield Office(cast, commerce, chance, Model(set()), {}, robot)


@pytest.mark.services
@pytest.mark.django_db
@pytest.mark.once
# A whole year takes minutes on a machine that has nothing else to do.
@pytest.mark.timeout(3600 if LONG else 600)
@pytest.mark.parametrize(("seed", "first", "last"), STRETCHES)
def test_a_year_of_reminders_is_what_the_rules_say(
    seed: int, first: dt.date, last: dt.date, office: Office, settings: Settings
) -> None:
    chance, model = office.chance, office.model
    chance.seed(seed)
    Task.objects.filter(number=4).update(deadline=first + 6 * ONE_DAY)
    with services.mail_server(troubles=office.troubles) as (url, mails):
        for name, value in mail_from(url).items():
            setattr(settings, name, value)
        days = [first + ONE_DAY * n for n in range((last - first).days + 1)]
        runs = [day for day in days if _day_passed(day, office, mails)]
    assert not differing(model, first)
    sent = [one for one in model.messages if one.state == "sent"]
    assert len(mails) == sum(one.channel == "mail" for one in sent)
    # A walk that comes to nothing is no proof.
    assert len(runs) > 12
    assert len(sent) > 40
    rules = {thing[0] for one in sent for thing in one.things}
    assert rules >= {"report", "returned", "agency_review", "contribution", "deadline", "review"}
    assert {one.state for one in model.messages} >= {"sent", "cancelled"}
    assert {one.who[0] for one in sent} >= {"user", "agency", "leader"}
    if LONG:
        assert rules >= {"matter", "address", "extension", "unreachable", "undelivered"}
        assert "agreement" in rules
        assert {one.who[0] for one in sent} >= {"group"}
        kinds = ReminderPause.objects.values_list("agency", "task", "period")
        assert {[bool(pk) for pk in one].index(True) for one in kinds} == {0, 1, 2}


def _day_passed(day: dt.date, office: Office, mails: list[EmailMessage]) -> bool:
    """People act, and the run takes place or is missed; whether it did."""
    chance, model = office.chance, office.model
    office.day(day)
    if chance.random() >= 0.7:
        return False
    since = day - 20 * ONE_DAY
    retried = any(one.try_after for one in model.messages) and chance.random() < 0.6
    for time in RUNS if retried else RUNS[:1]:
        now = dt.datetime.combine(day, time, SHANGHAI)
        lost = model.undelivered(day)
        reminders_run(now=now)
        model.run(now)
        assert not differing(model, since), now
    # What the run gave up is news to the next one; else that one has nothing to do.
    if chance.random() < 0.3 and lost == model.undelivered(day):
        before = len(mails)
        assert reminders_run(now=now).recorded == 0
        assert len(mails) == before
        assert not differing(model, since), now
    return True


Row = tuple[dt.date, Who, str, str, frozenset[tuple[Thing, int]]]


def differing(model: Model, since: dt.date) -> list[tuple[str, Row]]:
    """What was sent and should not have been, and what should have been and was not."""
    sent, wanted = ledger(since), expected(model, since)
    named = [("sent", row) for row in sent - wanted] + [("wanted", row) for row in wanted - sent]
    return sorted(named, key=lambda one: (one[1][:4], one[0]))


def expected(model: Model, since: dt.date) -> set[Row]:
    return {
        (one.day, one.who, one.channel, one.state, frozenset(one.things.items()))
        for one in model.messages
        if one.day >= since and one.state != "cancelled"
    } | {
        (one.day, one.who, one.channel, one.state, frozenset())
        for one in model.messages
        if one.day >= since and one.state == "cancelled"
    }


def ledger(since: dt.date) -> set[Row]:
    """What the product has recorded; of what was cancelled, that it was."""
    rows = Reminder.objects.filter(day__gte=since).select_related("user", "agency")
    items = ("agency", "task", "period", "undelivered__user", "undelivered__agency")
    return {
        (
            one.day,
            who_of(one),
            one.channel,
            one.state,
            frozenset()
            if one.state == "cancelled"
            else frozenset((thing_of(item), item.step) for item in one.items.all()),
        )
        for one in rows.prefetch_related(*(f"items__{name}" for name in items))
    }


def thing_of(item: ReminderItem) -> Thing:
    lost = item.undelivered
    owing = item.agency.name if item.agency else ""
    return (
        item.rule,
        f"{lost.day} {who_of(lost)} {lost.channel}" if lost else owing,
        item.task.number if item.task else 0,
        item.period.code if item.period else str(item.matter_id or ""),
        item.due_on,
    )


def who_of(one: Reminder) -> Who:
    if one.user is not None:
        return ("user", one.user.username)
    assert one.agency is not None
    return ("group" if one.channel == "robot" else one.audience, one.agency.name)

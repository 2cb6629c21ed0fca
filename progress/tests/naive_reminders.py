"""What the rules of reminding say, written from their words, slowly and without the product's code:
it asks the library for each day, keeps what it sent in a list, and reads how far a report is from
its row."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from chinese_calendar import is_workday
from django.db.models import QuerySet

from agencies.models import Agency, AgencyRobot, User
from progress.models import Agreement, Contribution, Extension, Matter, Report, ReportingPeriod
from tasks.models import Responsibility, Task

ONE_DAY = dt.timedelta(days=1)

# Two tasks that 市数据局 leads, the second of them with 市商务局 as its other lead, and one that
# 市商务局 leads and whose duties are divided.
TASKS = (4, 5, 11)

# Not begun, or in its writers' hands.
WITH_ITS_LEAD = ("", "draft", "returned")

OFFICE = ("user", "coordinator")
# After each attempt that failed, so long until the next; after the fifth there is none.
DELAYS = tuple(dt.timedelta(minutes=minutes) for minutes in (10, 30, 120, 480))

ROBOTS = "robots"

# A recipient: ("user", user name), ("agency", name) at its contact address, ("leader", name), or
# ("group", name) by its robot.
Who = tuple[str, str]
# What is owed: the rule, the agency that owes it ("" the office; of a message that was given up,
# whose it was), task, period or number of the matter, and by when.
Thing = tuple[str, str, int, str, dt.date]
# A thing, who has to do it, and for how many working days it has been late.
Owing = tuple[Thing, list[Who], int]


def works(day: dt.date) -> bool:
    """Whether the office is open; of a year without a notice yet, whether it is no weekend."""
    try:
        return bool(is_workday(day))
    except NotImplementedError:
        return day.weekday() < 5


def distance(due: dt.date, day: dt.date) -> int:
    """Working days from the due date to the day: negative before it."""
    sign, first, last = (1, due, day) if due <= day else (-1, day, due)
    days = (first + ONE_DAY * n for n in range(1, (last - first).days + 1))
    return sign * sum(works(one) for one in days)


def after(day: dt.date, count: int) -> dt.date:
    """The day so many working days after."""
    while count:
        day += ONE_DAY
        count -= works(day)
    return day


def is_crossed(reached: int, told: int | None) -> bool:
    """5 and 2 before, on the day, 1, 3 and 5 after, then weekly: crossed, not hit."""
    steps = [-5, -2, 0, 1, 3, 5, *range(10, 400, 5)]
    return any(step <= reached and (told is None or told < step) for step in steps)


@dataclass
class Sent:
    """One message of the model: what it holds, each with how far it was when it was told."""

    at: dt.datetime
    who: Who
    channel: str
    things: dict[Thing, int]
    # "" where nobody can be reached.
    address: str
    state: str = "owed"
    attempts: int = 0
    try_after: dt.datetime | None = None

    @property
    def day(self) -> dt.date:
        return self.at.date()

    @property
    def name(self) -> str:
        """As what was given up is called in a thing."""
        return f"{self.day} {self.who} {self.channel}"

    def is_to(self, other: "Sent") -> bool:
        return (self.who, self.channel) == (other.who, other.channel)


@dataclass
class Model:
    """What the rules say, and what by them has been sent so far."""

    # Addresses that the mail server refuses, and ROBOTS where their product answers with an error.
    refused: set[str]
    messages: list[Sent] = field(default_factory=list, repr=False)
    # When a report last reached the office, and when what is owed was last given back.
    reached: dict[tuple[int, str], dt.date] = field(default_factory=dict)
    back: dict[tuple[str, int, str], dt.date] = field(default_factory=dict)
    # When the other lead was last asked to agree, where that still stands.
    put: dict[tuple[int, str], dt.date] = field(default_factory=dict)
    # When an open matter was last raised, addressed, or asked anew.
    asked: dict[int, dt.date] = field(default_factory=dict)
    # Kind, name of what is paused, first and last day.
    pauses: list[tuple[str, object, dt.date, dt.date]] = field(default_factory=list)

    # --- a run --------------------------------------------------------------------------------

    def run(self, now: dt.datetime) -> None:
        day = now.date()
        found = list(self.owed(day))
        told = self.told_of(day, found)
        for who in sorted(told, key=lambda who: who != OFFICE):
            for channel in {"user": ("inbox", "mail"), "group": ("robot",)}.get(who[0], ("mail",)):
                self.record(Sent(now, who, channel, dict(told[who]), address_of(who, channel)))
        owed = {thing for thing, _who, _late in found}
        for channel in ("inbox", "mail", "robot"):
            waiting = [one for one in self.messages if one.channel == channel]
            for one in sorted(waiting, key=lambda one: one.day):
                is_time = one.try_after is None or one.try_after <= now
                if one.state == "owed" and is_time and (channel == "inbox" or works(day)):
                    self.send(one, now, owed)

    def told_of(self, day: dt.date, owed: list[Owing]) -> dict[Who, dict[Thing, int]]:
        """What everybody is to know by now, each with how far it is."""
        found: dict[Who, dict[Thing, int]] = {}
        for thing, directly, late in owed:
            reached = distance(thing[4], day)
            if reached >= -5:
                groups = [("group", thing[1])] if thing[1] and has_robot(thing[1]) else []
                above = self.escalated(thing[1], late, directly)
                for who in [*directly, *groups, *above]:
                    found.setdefault(who, {})[thing] = reached
        for thing in [*self.unreachable(day, owed), *self.undelivered(day)]:
            found.setdefault(OFFICE, {})[thing] = distance(thing[4], day)
        return found

    def record(self, new: Sent) -> None:
        """Only if for something in it a step was crossed since it was told; then it takes the place
        of what still waits. One a day, which takes up what is new while it waits."""
        theirs = [one for one in self.messages if one.is_to(new)]
        told: dict[Thing, int] = {}
        for one in theirs:
            # Whom nobody could reach was told nothing.
            was_told = one.address or not address_of(one.who, one.channel)
            if one.day != new.day and one.state != "cancelled" and was_told:
                for thing, reached in one.things.items():
                    told[thing] = max(reached, told.get(thing, reached))
        if not any(is_crossed(reached, told.get(thing)) for thing, reached in new.things.items()):
            return
        todays = [one for one in theirs if one.day == new.day]
        for one in todays:
            if one.state == "owed":
                one.things = new.things | one.things
        if not todays:
            for one in theirs:
                if one.state == "owed":
                    one.state = "cancelled"
            new.state = "owed" if new.address else "failed"
            self.messages.append(new)

    def send(self, one: Sent, now: dt.datetime, owed: set[Thing]) -> None:
        """What is still owed of it goes out, as near its due date as it is by now."""
        day = now.date()
        stands = set(owed)
        if any(thing[0] in ("unreachable", "undelivered") for thing in one.things):
            stands |= set(self.undelivered(day)) | self.still_unreachable(day, one.things)
        left = {thing: distance(thing[4], day) for thing in one.things if thing in stands}
        has_left = one.who[0] == "user" and not User.objects.get(username=one.who[1]).is_active
        is_gone = one.who[0] == "group" and not has_robot(one.who[1])
        if has_left or is_gone or not left:
            one.state = "cancelled"
            return
        one.things = left
        if one.channel == "mail":
            one.address = address_of(one.who, one.channel) or one.address
        one.attempts += 1
        if (ROBOTS if one.channel == "robot" else one.address) in self.refused:
            one.state = "owed" if one.attempts <= len(DELAYS) else "failed"
            one.try_after = now + DELAYS[one.attempts - 1] if one.state == "owed" else None
        else:
            one.state = "sent"

    # --- what is owed -------------------------------------------------------------------------

    def owed(self, day: dt.date) -> Iterator[Owing]:
        """Everything that is owed and not paused, who has to do it, and how late it is."""
        for thing, who in self.everything():
            rule, agency, number, code, due = thing
            if self.is_paused(day, agency=agency, task=number, period=code):
                continue
            late = distance(due, day)
            if rule == "agreement":
                late = min(late, distance(self.put[number, code], day))
            elif since := self.back.get((agency, number, code)):
                late = min(late, distance(since, day))
            yield thing, who, late

    def is_paused(self, day: dt.date, **names: object) -> bool:
        return any(
            first <= day <= last and names.get(kind) == name
            for kind, name, first, last in self.pauses
        )

    def everything(self) -> Iterator[tuple[Thing, list[Who]]]:
        for task in Task.objects.filter(number__in=TASKS):
            parts = Responsibility.objects.filter(task=task).order_by("position")
            later = Extension.objects.filter(task=task, state="requested").first()
            if later is not None:
                day = after(later.requested_at.date(), 3)
                yield ("extension", "", task.number, "", day), [OFFICE]
            elif task.deadline is not None and task.status != "completed":
                for part in parts.filter(role="lead"):
                    name = part.agency.name
                    yield ("deadline", name, task.number, "", task.deadline), writers(name)
            lead, *others = [part.agency.name for part in parts]
            for period in ReportingPeriod.objects.filter(closed_at=None):
                report = state_of(Report.objects.filter(task=task, period=period))
                yield from self.of_report(task, period, lead, report)
                yield from self.of_agreement(task, period, report)
                if task.division == "by_duty" and report in WITH_ITS_LEAD:
                    for name in others:
                        yield from self.of_contribution(task, period, name)
        for matter in Matter.objects.filter(state="open").select_related("task", "addressed_to"):
            number, code, asked = matter.task.number, str(matter.pk), self.asked[matter.pk]
            if matter.addressed_to is None:
                yield ("address", "", number, code, after(asked, 3)), [OFFICE]
            else:
                name = matter.addressed_to.name
                yield ("matter", name, number, code, after(asked, 5)), approvers(name)

    def of_report(
        self, task: Task, period: ReportingPeriod, lead: str, state: str
    ) -> Iterator[tuple[Thing, list[Who]]]:
        number, code, due = task.number, period.code, period.due_on
        if state in ("", "draft"):
            yield ("report", lead, number, code, due), writers(lead)
        elif state == "returned":
            yield ("returned", lead, number, code, due), writers(lead)
        elif state == "agency_review":
            yield ("agency_review", lead, number, code, due), approvers(lead)
        elif state == "submitted":
            on = after(self.reached[number, code], 3)
            yield ("review", "", number, code, on), [OFFICE]

    def of_agreement(
        self, task: Task, period: ReportingPeriod, report: str
    ) -> Iterator[tuple[Thing, list[Who]]]:
        is_asked = (task.number, period.code) in self.put and report in WITH_ITS_LEAD
        if (
            is_asked
            and not Agreement.objects.filter(report__task=task, report__period=period).exists()
        ):
            name = Responsibility.objects.get(task=task, position=2).agency.name
            yield ("agreement", name, task.number, period.code, period.due_on), approvers(name)

    def of_contribution(
        self, task: Task, period: ReportingPeriod, name: str
    ) -> Iterator[tuple[Thing, list[Who]]]:
        rows = Contribution.objects.filter(task=task, period=period, agency__name=name)
        state, where = state_of(rows), (name, task.number, period.code, period.due_on)
        if state in WITH_ITS_LEAD:
            yield ("contribution", *where), writers(name)
        elif state == "agency_review":
            yield ("contribution_review", *where), approvers(name)

    def escalated(self, agency: str, late: int, directly: list[Who]) -> list[Who]:
        """Its approver from one working day late on, its leader from three, the office from 5."""
        if not agency:
            return []
        found: list[Who] = []
        if late >= 1:
            found += people(agency, "approver")
        if late >= 3 and Agency.objects.get(name=agency).leader_email:
            found.append(("leader", agency))
        if late >= 5:
            found.append(OFFICE)
        return [who for who in found if who not in directly]

    # --- what the office alone can mend ---------------------------------------------------------

    def unreachable(self, day: dt.date, owed: list[Owing]) -> list[Thing]:
        """The agencies of which nobody can be reached, by the first of what they owe."""
        first: dict[str, dt.date] = {}
        for thing, directly, _late in owed:
            _rule, name, _number, _code, due = thing
            if (
                directly == [("agency", name)]
                and distance(due, day) >= -5
                and is_out_of_reach(name)
            ):
                first[name] = min(due, first.get(name, due))
        return [("unreachable", name, 0, "", due) for name, due in first.items()]

    def still_unreachable(self, day: dt.date, told: Iterable[Thing]) -> set[Thing]:
        """Of what is told already what stands, whatever has come to be the first owed."""
        return {
            one
            for one in told
            if one[0] == "unreachable"
            and is_out_of_reach(one[1])
            and not self.is_paused(day, agency=one[1])
        }

    def undelivered(self, day: dt.date) -> list[Thing]:
        """What was given up, and nothing has set right: no later message, no other address."""
        return [
            ("undelivered", one.name, 0, "", one.day)
            for one in self.messages
            if one.state == "failed" and one.address
            if one.address == address_of(one.who, one.channel)
            if not any(
                later.is_to(one) and later.day > one.day and later.state in ("sent", "failed")
                for later in self.messages
            )
            if not (one.who[0] == "user" and not User.objects.get(username=one.who[1]).is_active)
            if not self.is_paused(day, agency=agency_of(one.who))
        ]


# --- who there is ---------------------------------------------------------------------------------


def state_of(rows: QuerySet[Any]) -> str:
    """How far a report or contribution is; "" where it has not been begun."""
    row = rows.first()
    return row.state if row else ""


def people(agency: str, role: str) -> list[Who]:
    users = User.objects.filter(agency__name=agency, role=role, is_active=True).order_by("pk")
    return [("user", user.username) for user in users]


def writers(agency: str) -> list[Who]:
    return people(agency, "reporter") or people(agency, "approver") or [("agency", agency)]


def approvers(agency: str) -> list[Who]:
    return people(agency, "approver") or people(agency, "reporter") or [("agency", agency)]


def has_robot(agency: str) -> bool:
    return AgencyRobot.objects.filter(agency__name=agency).exists()


def is_out_of_reach(agency: str) -> bool:
    """No account, no address, no group."""
    return writers(agency) == [("agency", agency)] and not (
        Agency.objects.get(name=agency).contact_email or has_robot(agency)
    )


def agency_of(who: Who) -> str:
    if who[0] != "user":
        return who[1]
    agency = User.objects.get(username=who[1]).agency
    return agency.name if agency else ""


def address_of(who: Who, channel: str) -> str:
    """Where it goes; "" where there is no such place."""
    kind, name = who
    if kind == "user":
        return "inbox" if channel == "inbox" else User.objects.get(username=name).email
    if kind == "group":
        robot = AgencyRobot.objects.filter(agency__name=name).first()
        return f"robot of {robot.set_at}" if robot else ""
    agency = Agency.objects.get(name=name)
    return agency.contact_email if kind == "agency" else agency.leader_email

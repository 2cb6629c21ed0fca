"""What is owed, and who is told of it, as rows that know no database.

Named tuples: a day may have many thousands of them, and a frozen dataclass takes twice as long
to make.
"""

import datetime as dt
from typing import NamedTuple

from django.db.models import QuerySet
from django.utils.translation import gettext, ngettext

from agencies.models import Agency
from progress.models import Audience, Reminder, ReminderItem, Rule
from progress.workdays import WorkCalendar

# What the column of a step holds; a period that nobody closes is late without end.
LONGEST_STEP = 32_767


def items_named() -> QuerySet[ReminderItem]:
    """The items of the outbox with what `owed_item_of` reads of them, in the order of messages."""
    named = ReminderItem.objects.select_related(
        "task", "period", "agency", "undelivered__user", "undelivered__agency"
    )
    return named.order_by("due_on", "task__number")


class Recipient(NamedTuple):
    """Who is told: a person with an account, or (`user_id` None) an agency at its contact address
    or at that of its leader. Coordinators have no agency.

    Without an account and without an address nobody can be reached.
    """

    agency_id: int | None
    agency_name: str
    user_id: int | None = None
    name: str = ""
    address: str = ""
    audience: Audience = Audience.AGENCY

    @property
    def is_reachable(self) -> bool:
        return self.user_id is not None or bool(self.address)


class OwedItem(NamedTuple):
    """One thing owed: whose, of what, by which rule, how near its due date.

    `agency_id` is the agency that owes it, None for the coordinating office: a body without staff
    is told through another. What a rule says nothing of (`progress.models.SUBJECTS`) is None or "".
    `step` counts working days from the due date: -3 is three before, 0 the day itself, 2 two after.
    `escalated`: told because it is late, to somebody who does not have to do it. `detail` says of a
    message that was given up what the server answered.
    """

    rule: Rule
    agency_id: int | None
    task_id: int | None
    task_number: int | None
    task_title: str
    period_id: int | None
    period_code: str
    due_on: dt.date
    step: int
    agency_name: str = ""
    matter_id: int | None = None
    undelivered_id: int | None = None
    escalated: bool = False
    detail: str = ""

    @property
    def key(self) -> tuple[str, int, int, int, int, int]:
        """What is unique within a message."""
        return (
            self.rule,
            self.agency_id or 0,
            self.task_id or 0,
            self.period_id or 0,
            self.matter_id or 0,
            self.undelivered_id or 0,
        )

    @property
    def name(self) -> str:
        """What it is about, in the active language: task 4, period 2026-10."""
        if self.task_number is None:
            return self.agency_name or str(Audience.OFFICE.label)
        values = {"number": self.task_number, "code": self.period_code}
        if self.period_code:
            return gettext("Task %(number)s, period %(code)s") % values
        return gettext("Task %(number)s") % values

    def reason(self, *, today: dt.date) -> str:
        """Why it is asked for now, in the active language: due 2026-10-23, 1 working day left."""
        if self.rule == Rule.UNDELIVERED:
            return gettext("given up on %(day)s") % {"day": self.due_on.isoformat()}
        sentence = due_sentence(due_on=self.due_on, step=self.step, today=today)
        if self.rule == Rule.UNREACHABLE:
            return gettext("the first of what it owes is %(due)s") % {"due": sentence}
        return sentence


class Owed(NamedTuple):
    """One thing owed, one of the people who are told of it, and the agency that owes it, if one
    does."""

    recipient: Recipient
    item: OwedItem
    agency: Agency | None


def owed_item_of(item: ReminderItem) -> OwedItem:
    """A recorded item as messages and lists name it; read by `items_named`."""
    task, period, lost = item.task, item.period, item.undelivered
    agency = item.agency or (lost.agency if lost else None)
    return OwedItem(
        rule=Rule(item.rule),
        agency_id=item.agency_id,
        task_id=item.task_id,
        task_number=task.number if task else None,
        task_title=task.title if task else "",
        period_id=item.period_id,
        period_code=period.code if period else "",
        due_on=item.due_on,
        step=item.step,
        agency_name=agency.name if agency else "",
        matter_id=item.matter_id,
        undelivered_id=item.undelivered_id,
        escalated=item.escalated,
        detail=detail_of(lost) if lost else "",
    )


def detail_of(lost: Reminder) -> str:
    """To whom a message was given up, and what was answered."""
    name = lost.user.name if lost.user else str(lost.agency)
    answer = answer_shown(lost.answer)
    return f"{name} <{lost.address}>: {answer}" if lost.address else f"{name}: {answer}"


def answer_shown(answer: str) -> str:
    """What the ledger keeps of an attempt, in the active language where it is a sentence of ours;
    what a server said stays as it was said, in brackets behind it."""
    sentence, bracket, said = answer.partition(" (")
    shown = gettext(sentence) if sentence else ""
    if shown == sentence:
        return answer
    return f"{shown}（{said.removesuffix(')')}）" if bracket else shown


def step_on(due_on: dt.date, *, today: dt.date, calendar: WorkCalendar) -> int:
    """How many working days `today` lies from the due date: negative before it."""
    return min(calendar.between(due_on, today), LONGEST_STEP)


def due_sentence(*, due_on: dt.date, step: int, today: dt.date) -> str:
    """How near the due date is, in working days, in the active language."""
    values = {"day": due_on.isoformat(), "days": abs(step)}
    if today == due_on:
        return gettext("due %(day)s, that is today") % values
    if today < due_on:
        return (
            ngettext(
                "due %(day)s, %(days)d working day left",
                "due %(day)s, %(days)d working days left",
                abs(step),
            )
            % values
        )
    if step == 0:
        return gettext("due %(day)s, late, no working day since") % values
    return (
        ngettext(
            "due %(day)s, %(days)d working day late",
            "due %(day)s, %(days)d working days late",
            step,
        )
        % values
    )

"""Who gets what on a day and why: what the outbox keeps of it, and what is foretold.

A day that has passed is what was recorded and really sent. Today is that and what the next run
would do. A later day is foretold from what is owed now, as if nothing changed and every run before
it took place.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import models
from django.db.models import Min, Prefetch, Q
from django.utils import timezone

from progress.models import (
    UNREACHABLE,
    Audience,
    Channel,
    Policy,
    Reminder,
    ReminderPause,
    ReminderState,
)
from progress.reminders.messages import (
    Key,
    Message,
    Told,
    key_of,
    messages_due,
    messages_of,
    steps_told,
    steps_told_before,
)
from progress.reminders.outbox import NO_LONGER_OWED
from progress.reminders.owed import OwedItem, Recipient, items_named, owed_item_of, owed_on
from progress.steps import Steps, steps_of
from progress.workdays import WorkCalendar

ONE_DAY = dt.timedelta(days=1)
WAITING = (ReminderState.OWED, ReminderState.CLAIMED)


class Result(models.TextChoices):
    """What became of one message, or would; for a log, so English and not translated."""

    WOULD_BE_SENT = "would be sent"
    SENT = "sent"
    ALREADY_SENT = "sent before"
    WAITS = "waits"
    FAILED = "failed"
    UNREACHABLE = "unreachable"
    CANCELLED = "cancelled"


class Tense(models.TextChoices):
    """Whether a day's lines are kept, kept and foretold, or foretold alone."""

    PAST = "past"
    TODAY = "today"
    AHEAD = "ahead"


@dataclass(frozen=True, slots=True)
class Line:
    """One recipient, one channel: what they are owed to be told, and what became of it.

    `steps` stands beside `items`: the step of the rules that lies behind each and of which this
    recipient had not been told by this channel; None for what is only listed along. `at` is when it
    was sent, or until when it waits; `asked_by` who asked for it by hand. `reminder_id` is its row,
    and `day` that row's, None for what is foretold.
    """

    recipient: Recipient
    channel: Channel
    items: tuple[OwedItem, ...]
    result: Result
    answer: str = ""
    steps: tuple[int | None, ...] = ()
    at: dt.datetime | None = None
    asked_by: str = ""
    reminder_id: int | None = None
    day: dt.date | None = None

    @property
    def key(self) -> Key:
        return Message(self.recipient, self.channel, self.items).key


@dataclass(frozen=True, slots=True)
class DayLines:
    """The lines of a day. `waits_until` is None where mail may go out now, or the day has passed;
    `first_day` is the first that the outbox knows of, None while it is empty."""

    day: dt.date
    tense: Tense
    lines: Sequence[Line]
    waits_until: dt.datetime | None
    first_day: dt.date | None

    def count(self, result: Result) -> int:
        return sum(line.result == result for line in self.lines)


def sending_waits_until(
    *, now: dt.datetime, policy: Policy, calendar: WorkCalendar
) -> dt.datetime | None:
    """When mail may go out again; None if it may now: on working days, within Policy's hours."""
    local = timezone.localtime(now)
    day, time = local.date(), local.time()
    if calendar.is_working(day):
        if policy.send_from <= time < policy.send_until:
            return None
        if time < policy.send_from:
            return timezone.make_aware(dt.datetime.combine(day, policy.send_from))
    return timezone.make_aware(dt.datetime.combine(calendar.add(day, 1), policy.send_from))


def row_waits_until(
    row: Reminder, *, now: dt.datetime, sending_waits: dt.datetime | None
) -> dt.datetime | None:
    """Until when a row that is owed waits, for the hours of sending (`sending_waits`, of which the
    inbox knows none) or after an attempt that failed; None where the next run takes it."""
    waits = None if row.channel == Channel.INBOX else sending_waits
    ahead = [one for one in (waits, row.try_after) if one is not None and one > now]
    return max(ahead, default=None)


def lines_on(*, day: dt.date, now: dt.datetime) -> DayLines:
    """Who got, gets or would get what on `day`, as it stands at `now`; nothing is written.

    By agency and recipient, of the whole ledger: for coordinators. A constant number of statements,
    however many messages there are, and again as many for each later day on which a pause ends.
    """
    outlook = _Outlook(now)
    if day < outlook.today:
        tense, lines = Tense.PAST, outlook.kept_on(day)
    elif day == outlook.today:
        tense, lines = Tense.TODAY, outlook.today_lines()
    else:
        tense, lines = Tense.AHEAD, outlook.ahead(day)
    return DayLines(
        day=day,
        tense=tense,
        lines=sorted(lines, key=_order),
        waits_until=None if tense == Tense.PAST else outlook.waits_until,
        first_day=Reminder.objects.aggregate(first=Min("day"))["first"],
    )


class _Outlook:
    """What lines are made from, at one moment."""

    def __init__(self, now: dt.datetime) -> None:
        self.now, self.today = now, timezone.localdate(now)
        self.policy, self.calendar = Policy.current(), WorkCalendar.load()
        self.steps = steps_of(self.policy)
        self.waits_until = sending_waits_until(now=now, policy=self.policy, calendar=self.calendar)

    # --- what is kept -------------------------------------------------------------------------

    def kept_on(self, day: dt.date) -> list[Line]:
        """What was recorded for the day, and what of an earlier one went out on it."""
        start = timezone.make_aware(dt.datetime.combine(day, dt.time()))
        sent = Q(sent_at__gte=start, sent_at__lt=start + ONE_DAY)
        return self._kept(Q(day=day) | sent, told_before=day)

    def _kept(self, which: Q, *, told_before: dt.date) -> list[Line]:
        rows = list(
            Reminder.objects.filter(which)
            .select_related("user", "agency", "asked_by")
            .prefetch_related(Prefetch("items", items_named()))
            .order_by("day", "pk")
        )
        told = steps_told_before(told_before, of=[row.pk for row in rows])
        return [self._of_row(row, told) for row in rows]

    def _of_row(self, row: Reminder, told: Told) -> Line:
        items = tuple(map(owed_item_of, row.items.all()))
        result, at = self._result_of(row)
        return Line(
            recipient=recipient_of(row),
            channel=Channel(row.channel),
            items=items,
            result=result,
            answer=row.answer,
            steps=_crossed(items, key_of_row(row), told, self.steps),
            at=at,
            asked_by=row.asked_by.name if row.asked_by else "",
            reminder_id=row.pk,
            day=row.day,
        )

    def _result_of(self, row: Reminder) -> tuple[Result, dt.datetime | None]:
        result = result_of(row.state, row.answer)
        if result != Result.WAITS:
            return result, row.sent_at
        until = row_waits_until(row, now=self.now, sending_waits=self.waits_until)
        if until is not None:
            return Result.WAITS, until
        # In a sender's hands it waits for that one's record.
        is_held = row.state == ReminderState.CLAIMED
        return (Result.WAITS if is_held else Result.WOULD_BE_SENT), None

    # --- what is foretold ---------------------------------------------------------------------

    def today_lines(self) -> list[Line]:
        """What was recorded and sent today, what waits, and what the next run would do."""
        start = timezone.make_aware(dt.datetime.combine(self.today, dt.time()))
        sent = Q(sent_at__gte=start, sent_at__lt=start + ONE_DAY)
        waiting = Q(day__lt=self.today, state__in=WAITING)
        kept = self._kept(Q(day=self.today) | sent | waiting, told_before=self.today)
        owed = self._messages(self.today)
        told = steps_told(today=self.today)
        due = {one.key: one for one in messages_due(owed.values(), told=told, steps=self.steps)}
        of_today = {line.key for line in kept if line.day == self.today}
        lines = []
        for line in kept:
            if line.result not in (Result.WAITS, Result.WOULD_BE_SENT):
                lines.append(line)
            elif line.day == self.today or line.key not in due:
                lines.append(self._looked_at_again(line, owed.get(line.key), line.key in due, told))
            # Else the run of today takes up what waits of an earlier day.
        lines += [
            self._foretold(message, told, self.today)
            for key, message in due.items()
            if key not in of_today
        ]
        return lines

    def ahead(self, day: dt.date) -> list[Line]:
        """What the run of a later day would do, and what waits until then."""
        owed, told = self._messages(day), self._told_until(day)
        due = messages_due(owed.values(), told=told, steps=self.steps)
        lines = {message.key: self._foretold(message, told, day) for message in due}
        asked = self._kept(Q(day=day), told_before=day)
        waiting = [
            line
            for line in (*self.today_lines(), *asked)
            if line.at is not None
            and line.result == Result.WAITS
            and timezone.localdate(line.at) == day
        ]
        for line in waiting:
            if line.key in lines:
                lines[line.key] = replace(lines[line.key], asked_by=line.asked_by)
            elif line.key in owed:
                again = self._looked_at_again(line, owed[line.key], False, told)
                lines[line.key] = replace(again, result=Result.WOULD_BE_SENT)
        return list(lines.values())

    def _told_until(self, day: dt.date) -> Told:
        """What recipients will have been told of before `day`: the runs until then tell of
        everything whose step they find behind. What is paused on the day before was told by earlier
        ones, the last of which is that of the day before the pause."""
        paused = ReminderPause.objects.holding_on(day - ONE_DAY).filter(from_on__gt=self.today)
        days = {day, *paused.order_by().values_list("from_on", flat=True)}
        told = dict(steps_told(today=day))
        for each in sorted(days):
            for key, message in self._messages(each - ONE_DAY).items():
                told |= {(key, item.key, item.due_on): item.step for item in message.items}
        return told

    def _messages(self, day: dt.date) -> Mapping[Key, Message]:
        owed = owed_on(today=day, policy=self.policy, calendar=self.calendar)
        return {message.key: message for message in messages_of(owed)}

    def _looked_at_again(
        self, line: Line, message: Message | None, is_due: bool, told: Told
    ) -> Line:
        """A line that waits, with what will be owed of it, as a sender looks at it again; one that
        is due takes up what has come to be owed since."""
        keys = {item.key for item in line.items}
        items = tuple(
            item for item in (message.items if message else ()) if is_due or item.key in keys
        )
        if not items:
            return replace(line, result=Result.CANCELLED, answer=NO_LONGER_OWED, at=None)
        return replace(line, items=items, steps=_crossed(items, line.key, told, self.steps))

    def _foretold(self, message: Message, told: Told, day: dt.date) -> Line:
        result, at = Result.WOULD_BE_SENT, None
        if not message.recipient.is_reachable:
            result = Result.UNREACHABLE
        elif message.channel != Channel.INBOX:
            until = self.waits_until
            if day != self.today:
                midnight = timezone.make_aware(dt.datetime.combine(day, dt.time()))
                until = sending_waits_until(
                    now=midnight, policy=self.policy, calendar=self.calendar
                )
            if until is not None:
                at = until
                if day == self.today or timezone.localdate(until) != day:
                    result = Result.WAITS
        return Line(
            recipient=message.recipient,
            channel=message.channel,
            items=message.items,
            result=result,
            answer=UNREACHABLE if result == Result.UNREACHABLE else "",
            steps=_crossed(message.items, message.key, told, self.steps),
            at=at,
        )


def result_of(state: str, answer: str) -> Result:
    """What became of a row. One that waits may have the answer of an attempt that failed; it has
    failed only after the last."""
    match ReminderState(state):
        case ReminderState.SENT:
            return Result.SENT
        case ReminderState.CANCELLED:
            return Result.CANCELLED
        case ReminderState.FAILED:
            return Result.UNREACHABLE if answer == UNREACHABLE else Result.FAILED
        case _:
            return Result.WAITS


def recipient_of(row: Reminder) -> Recipient:
    """Who a recorded reminder is to; reads its user and agency."""
    return Recipient(
        row.agency_id,
        row.agency.name if row.agency else str(Audience.OFFICE.label),
        row.user_id,
        row.user.name if row.user else "",
        row.address,
        Audience(row.audience),
    )


def key_of_row(row: Reminder) -> Key:
    return key_of(row.channel, row.user_id, row.agency_id, row.audience)


def _crossed(
    items: Iterable[OwedItem], key: Key, told: Told, steps: Steps
) -> tuple[int | None, ...]:
    return tuple(
        steps.reached(item.step)
        if steps.is_crossed(item.step, told=told.get((key, item.key, item.due_on)))
        else None
        for item in items
    )


def _order(line: Line) -> tuple[int, int, str, int]:
    recipient = line.recipient
    return recipient.agency_id or 0, recipient.user_id or 0, line.channel, line.reminder_id or 0

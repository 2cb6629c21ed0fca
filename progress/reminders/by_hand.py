"""Reminding by hand: a coordinator looks at who would be told what, and asks for it.

What is written are rows of the outbox like those of the daily run, so that nobody gets two messages
a day by one channel, whoever asked for them. Mail that may not go out now is a row of the day on
which it may: that day's run finds it there and adds to it what has come to be owed since.
"""

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agencies.audit import Note, audit_notes, text_seen
from agencies.models import Agency, User
from progress.models import (
    Audience,
    Channel,
    Policy,
    Reminder,
    ReminderPause,
    ReminderState,
    ReportingPeriod,
)
from progress.reminders.lines import sending_waits_until
from progress.reminders.messages import Key, Message, key_of, key_to, messages_of
from progress.reminders.outbox import MOST_ATTEMPTS, reminders_write, superseded_cancel
from progress.reminders.owed import Owed, OwedItem, Recipient, owed_of, pauses_among
from progress.workdays import WorkCalendar
from progress.workflow import Conflict
from tasks.models import Task

LONGEST_NOTE = 500


class Outlook(models.TextChoices):
    """What would become of a message if it were asked for now; for pages to put into words."""

    NOW = "now"
    LATER = "later"  # mail, outside of working days or hours
    REMINDED = "reminded"
    ASKED = "asked"  # a colleague has asked for it; it waits to be sent
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class MessageAhead:
    """One recipient and channel. `since` is when it was sent or asked for, where it was; `until`
    when it can be sent, where it has to wait; `asked_by` the name of who asked, else ""."""

    recipient: Recipient
    channel: Channel
    outlook: Outlook
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    asked_by: str = ""

    @property
    def goes(self) -> bool:
        return self.outlook in (Outlook.NOW, Outlook.LATER)

    @property
    def sign(self) -> str:
        """What tells it from the others of a preview, in a form."""
        person = self.recipient.user_id
        return f"{self.channel}-{f'u{person}' if person else f'a{self.recipient.agency_id}'}"


@dataclass(frozen=True, slots=True)
class AgencyAhead:
    """What one agency owes, and by which messages it would be told; its own people's come first.

    A person who is told for two agencies stands with both and gets one message.
    """

    agency: Agency
    items: Sequence[OwedItem]
    messages: Sequence[MessageAhead]

    @property
    def goes(self) -> bool:
        return any(one.goes for one in self.messages)

    @property
    def cannot_be_reached(self) -> bool:
        return all(one.outlook == Outlook.UNREACHABLE for one in self.messages)


@dataclass(frozen=True, slots=True)
class Asking:
    """Who would be told what, by agency in the list's order. `waits_until` is None where mail may
    go out now; `nothing_owed` are those chosen that owe nothing; `pauses` keep back the rest."""

    period: ReportingPeriod
    agencies: Sequence[AgencyAhead]
    nothing_owed: Sequence[Agency]
    waits_until: dt.datetime | None
    sending: Sequence[Message]
    pauses: Sequence[ReminderPause]

    @property
    def messages(self) -> list[MessageAhead]:
        """Each once, though it stands with several agencies."""
        return list({one.sign: one for line in self.agencies for one in line.messages}.values())

    @property
    def going(self) -> list[MessageAhead]:
        return [one for one in self.messages if one.goes]

    @property
    def unreachable(self) -> list[Agency]:
        return [line.agency for line in self.agencies if line.cannot_be_reached]

    @property
    def people(self) -> int:
        """How many recipients would get something."""
        return len({(one.recipient.user_id, one.recipient.agency_id) for one in self.going})

    @property
    def seen(self) -> "Seen":
        items = frozenset(
            f"{item.task_number}-{item.rule.value}" for line in self.agencies for item in line.items
        )
        return Seen(items, frozenset(one.sign for one in self.going))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a preview showed: what was owed ("4-report") and which messages would go
    ("mail-u12")."""

    items: frozenset[str]
    messages: frozenset[str]


@dataclass(frozen=True, slots=True)
class Asked:
    """What was recorded: how many messages, and until when mail waits (None: it goes now)."""

    messages: int
    people: int
    waits_until: dt.datetime | None
    is_repeated: bool = False


class AskingChanged(Conflict):
    """What would be sent is not what the preview showed; `asking` is how it stands now."""

    def __init__(self, asking: Asking, changes: Sequence[str]) -> None:
        super().__init__(" ".join(changes))
        self.asking = asking
        self.changes = changes


def asking_ahead(
    *,
    period: ReportingPeriod,
    by: User,
    now: dt.datetime,
    agencies: Collection[int] | None = None,
    tasks: Collection[int] | None = None,
) -> Asking:
    """Who would be told what now; nothing is written. A constant number of statements.

    `agencies` (ids) and `tasks` (numbers) narrow it, None: all. Raises PermissionDenied for anybody
    but a coordinator, and Conflict for a closed period, of which nothing is owed any more.
    """
    _check_coordinator(by)
    if not period.is_open:
        raise Conflict(
            _("Period %(code)s is closed; nothing can be asked for any more.")
            % {"code": period.code}
        )
    today, policy, calendar = timezone.localdate(now), Policy.current(), WorkCalendar.load()
    waits_until = sending_waits_until(now=now, policy=policy, calendar=calendar)
    chosen = Task.objects.visible_to(by)
    if tasks is not None:
        chosen = chosen.filter(number__in=tasks)
    owed, kept_back = owed_of(
        period=period, tasks=chosen, today=today, policy=policy, calendar=calendar
    )
    if agencies is not None:
        owed = [one for one in owed if one.item.agency_id in agencies]
    messages = messages_of(owed)
    stored = _stored(today, waits_until)
    ahead = {message.key: _ahead(message, stored, waits_until, now) for message in messages}
    lines = _lines(owed, ahead)
    owing = {line.agency.pk for line in lines}
    pauses = pauses_among(by=by, today=today, period=period, agencies=agencies, tasks=chosen)
    nothing = Agency.objects.filter(pk__in=set(agencies) - owing - kept_back) if agencies else ()
    return Asking(
        period=period,
        agencies=lines,
        nothing_owed=list(nothing),
        waits_until=waits_until,
        sending=[message for message in messages if ahead[message.key].goes],
        pauses=pauses,
    )


def reminders_ask(
    *,
    period: ReportingPeriod,
    by: User,
    now: dt.datetime,
    note: str,
    seen: Seen,
    agencies: Collection[int] | None = None,
    tasks: Collection[int] | None = None,
) -> Asked:
    """Record what `asking_ahead` shows with the office's `note`; sending is asked for afterwards.

    `seen` is what the person looked at. Raises AskingChanged where it is not so any more, and what
    `asking_ahead` raises; ValidationError keyed "note" for one that is too long. The same asked for
    twice by the same person is asked for once.
    """
    _check_coordinator(by)
    note = note.strip()
    if len(note) > LONGEST_NOTE:
        raise ValidationError(
            {"note": [_("At most %(most)d characters.") % {"most": LONGEST_NOTE}]}
        )
    with transaction.atomic():
        # Two coordinators at once: the second waits here and then sees what the first one did, for
        # another open period too, since each recipient gets one message a day.
        list(ReportingPeriod.objects.select_for_update().open().order_by("pk"))
        period = ReportingPeriod.objects.get(pk=period.pk)
        asking = asking_ahead(period=period, by=by, now=now, agencies=agencies, tasks=tasks)
        if seen.messages and seen.messages <= _own_signs(by, note, now, asking.waits_until):
            people = len({sign.partition("-")[2] for sign in seen.messages})
            return Asked(len(seen.messages), people, asking.waits_until, is_repeated=True)
        changes = _changes(seen, asking)
        if changes:
            raise AskingChanged(asking, changes)
        _record(asking, by=by, note=note, now=now)
        asked = {"messages": len(asking.sending), "note": text_seen(note)}
        audit_notes([Note("period.remind", period, after=asked)], by=by, now=now)
    return Asked(len(asking.sending), asking.people, asking.waits_until)


def _check_coordinator(user: User) -> None:
    if not user.is_active or not user.is_coordinator:
        raise PermissionDenied(_("Only a coordinator reminds agencies."))


def _day_of(channel: str, now: dt.datetime, waits_until: dt.datetime | None) -> dt.date:
    """The day whose row a message is: mail that waits belongs to the day on which it goes."""
    waits = channel != Channel.INBOX and waits_until is not None
    return timezone.localdate(waits_until if waits else now)


def _stored(today: dt.date, waits_until: dt.datetime | None) -> Mapping[Key, Sequence[Reminder]]:
    """The rows of today, and of the day for which mail waits, by what is unique within a day."""
    days = {today} if waits_until is None else {today, timezone.localdate(waits_until)}
    rows = Reminder.objects.filter(day__in=days).select_related("asked_by").order_by("day", "pk")
    found: dict[Key, list[Reminder]] = {}
    for row in rows:
        key = key_of(row.channel, row.user_id, row.agency_id, row.audience)
        found.setdefault(key, []).append(row)
    return found


def _ahead(
    message: Message,
    stored: Mapping[Key, Sequence[Reminder]],
    waits_until: dt.datetime | None,
    now: dt.datetime,
) -> MessageAhead:
    recipient, channel = message.recipient, message.channel
    rows = stored.get(message.key, ())
    until = None if channel == Channel.INBOX else waits_until
    if not recipient.is_reachable:
        return MessageAhead(recipient, channel, Outlook.UNREACHABLE)
    for row in rows:
        asked_by = str(row.asked_by) if row.asked_by else ""
        if row.state == ReminderState.SENT:
            return MessageAhead(
                recipient, channel, Outlook.REMINDED, since=row.sent_at, asked_by=asked_by
            )
        in_hands = row.state == ReminderState.CLAIMED
        if in_hands or (row.asked_by_id and row.state == ReminderState.OWED):
            return MessageAhead(
                recipient,
                channel,
                Outlook.ASKED,
                since=row.recorded_at,
                until=until,
                asked_by=asked_by,
            )
        given_up = row.state == ReminderState.FAILED and row.attempts >= MOST_ATTEMPTS
        if given_up and row.day == _day_of(channel, now, waits_until):
            return MessageAhead(recipient, channel, Outlook.UNREACHABLE)
    outlook = Outlook.NOW if until is None else Outlook.LATER
    return MessageAhead(recipient, channel, outlook, until=until)


def _lines(owed: Iterable[Owed], ahead: Mapping[Key, MessageAhead]) -> list[AgencyAhead]:
    agencies_owing: dict[int, Agency] = {}
    items: dict[int, dict[tuple[int, str], OwedItem]] = {}
    told: dict[int, dict[str, MessageAhead]] = {}
    for one in owed:
        assert one.agency is not None, "the office is reminded by nobody"
        pk = one.agency.pk
        agencies_owing[pk] = one.agency
        items.setdefault(pk, {})[one.item.task_number or 0, one.item.rule] = one.item
        for channel in Channel:
            message = ahead.get(key_to(channel, one.recipient))
            if message is not None:
                told.setdefault(pk, {})[message.sign] = message
    lines = [
        AgencyAhead(
            agency,
            [items[pk][place] for place in sorted(items[pk])],
            list(told.get(pk, {}).values()),
        )
        for pk, agency in agencies_owing.items()
    ]
    return sorted(lines, key=lambda line: line.items[0].task_number or 0)


# --- Confirming ---------------------------------------------------------------------------------


def _record(asking: Asking, *, by: User, note: str, now: dt.datetime) -> None:
    for channel in Channel:
        messages = [one for one in asking.sending if one.channel == channel]
        day = _day_of(channel, now, asking.waits_until)
        people = [one.recipient.user_id for one in messages if one.recipient.user_id]
        offices = [one.recipient.agency_id for one in messages if not one.recipient.user_id]
        rows = Reminder.objects.filter(
            Q(user__in=people) | Q(user=None, agency__in=offices, audience=Audience.AGENCY),
            day=day,
            channel=channel,
        )
        # What was called off earlier in the day, since nothing was owed then, is owed again; what
        # failed for want of an address may have one now.
        addresses = {one.recipient.agency_id: one.recipient.address for one in messages}
        again = rows.filter(state__in=[ReminderState.CANCELLED, ReminderState.FAILED])
        for row in again.filter(user=None):
            assert row.agency_id is not None
            row.address = addresses[row.agency_id]
            row.save(update_fields=["address"])
        again.update(state=ReminderState.OWED, attempts=0, answer="")
        reminders_write(messages=messages, day=day, now=now)
        rows.filter(state=ReminderState.OWED).update(asked_by=by, note=note, try_after=None)
    superseded_cancel()


def _own_signs(
    by: User, note: str, now: dt.datetime, waits_until: dt.datetime | None
) -> frozenset[str]:
    """The signs of the messages that this person asked for today in these words, and that went out
    or still wait: what was called off or failed since would be asked for anew."""
    days = {_day_of(channel, now, waits_until) for channel in Channel}
    standing = [ReminderState.OWED, ReminderState.CLAIMED, ReminderState.SENT]
    rows = Reminder.objects.filter(day__in=days, asked_by=by, note=note, state__in=standing)
    return frozenset(
        f"{channel}-{f'u{user_id}' if user_id else f'a{agency_id}'}"
        for channel, user_id, agency_id in rows.values_list("channel", "user_id", "agency_id")
    )


def _changes(seen: Seen, asking: Asking) -> list[str]:
    """In sentences, what is not as it was shown; empty where it is."""
    current = asking.seen
    changes = []
    settled = sorted({int(sign.partition("-")[0]) for sign in seen.items - current.items})
    if settled:
        changes.append(
            ngettext(
                "Since you looked, task %(tasks)s has moved on.",
                "Since you looked, tasks %(tasks)s have moved on.",
                len(settled),
            )
            % {"tasks": "、".join(map(str, settled))}
        )
    added = sorted(
        {int(sign.partition("-")[0]) for sign in current.items - seen.items} - set(settled)
    )
    if added:
        changes.append(
            ngettext(
                "Since you looked, task %(tasks)s has come to be owed.",
                "Since you looked, tasks %(tasks)s have come to be owed.",
                len(added),
            )
            % {"tasks": "、".join(map(str, added))}
        )
    signs = {one.sign: one for one in asking.messages}
    reminded = [signs[sign] for sign in sorted(seen.messages - current.messages) if sign in signs]
    if reminded:
        names = dict.fromkeys(one.recipient.name or one.recipient.agency_name for one in reminded)
        changes.append(_("Meanwhile %(names)s have been reminded.") % {"names": "、".join(names)})
    if not changes and seen.messages != current.messages:
        changes.append(_("Who is told of it has changed since you looked."))
    return changes

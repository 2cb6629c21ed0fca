"""What waits for an agency that is merged into another: told to its successor, and nobody twice."""

from collections.abc import Sequence

from django.db.models import Exists, OuterRef, Q

from agencies.models import Agency, AgencyRobot, User
from progress.models import (
    SUBJECT_COLUMNS,
    Audience,
    Channel,
    Reminder,
    ReminderItem,
    ReminderQuerySet,
    ReminderState,
)
from progress.reminders.outbox import PASSED_ON


def reminders_waiting_for(agency: Agency) -> ReminderQuerySet:
    """The rows that are still to be sent to the agency or its people."""
    return Reminder.objects.filter(agency=agency, state=ReminderState.OWED)


def reminders_pass_on(*, agency: Agency, successor: Agency) -> None:
    """Let what waits for a merged agency go to its successor; nobody is told twice.

    Its people keep what is theirs. A message to its contact address goes to the successor's, unless
    that one has people, whom the day's next run tells, or a message of the day already, which takes
    up what was in this one; one to its group to the successor's, if it has one. Its leader is told
    no more; what is as late escalates to the other.
    """
    waiting = reminders_waiting_for(agency).select_for_update(of=("self",))
    rows = list(waiting.order_by("pk"))
    _items_pass_on(rows, agency=agency, successor=successor)
    Reminder.objects.filter(pk__in=[one.pk for one in rows if one.user_id]).update(agency=successor)
    has_people = User.objects.active_at(successor).exists()
    robot = AgencyRobot.objects.filter(agency=successor).first()
    for row in (one for one in rows if one.user_id is None):
        own = Reminder.objects.filter(
            day=row.day, channel=row.channel, user=None, agency=successor, audience=row.audience
        ).first()
        if row.channel == Channel.ROBOT:
            address = robot.name if robot else ""
        elif has_people or row.audience == Audience.LEADER:
            address = ""
        else:
            address = successor.contact_email or row.address
        if address and own is None:
            row.agency, row.address = successor, address
            row.save(update_fields=["agency", "address"])
            continue
        if own is not None and own.state == ReminderState.OWED:
            subject = ("rule", *(f"{name}_id" for name in SUBJECT_COLUMNS))
            told = set(own.items.values_list(*subject))
            for item in row.items.all():
                if tuple(getattr(item, name) for name in subject) not in told:
                    item.reminder = own
                    item.save(update_fields=["reminder"])
        row.state, row.answer, row.try_after = ReminderState.CANCELLED, PASSED_ON, None
        row.save(update_fields=["state", "answer", "try_after"])


def _items_pass_on(rows: Sequence[Reminder], *, agency: Agency, successor: Agency) -> None:
    """What the one owed is owed by the other, once."""
    items = ReminderItem.objects.filter(reminder__in=[row.pk for row in rows])
    own = items.filter(reminder=OuterRef("reminder"), rule=OuterRef("rule"), agency=successor)
    for name in SUBJECT_COLUMNS:
        if name != "agency":
            # Two empty values are the same here, which they are not to a database.
            own = own.filter(Q(**{name: OuterRef(name)}) | Q(**{f"{name}__isnull": True}))
    items.filter(Exists(own), agency=agency).delete()
    items.filter(agency=agency).update(agency=successor)

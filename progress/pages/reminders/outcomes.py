"""What became of a message, in words."""

import datetime as dt
from collections.abc import Mapping

from django.utils import timezone
from django.utils.translation import gettext as _

from progress.models import UNREACHABLE, Audience, Channel, Reminder, ReminderState
from progress.reminders import MOST_ATTEMPTS, Recipient, answer_shown, row_waits_until


def recipient_words(recipient: Recipient, channel: Channel) -> str:
    """Who it is: a person's name, else whose address."""
    if channel == Channel.ROBOT:
        return _("Work group")
    if recipient.user_id is not None:
        return recipient.name
    if recipient.audience == Audience.LEADER:
        return _("Leader in charge")
    return _("Contact address") if recipient.address else ""


def outcome_words(
    reminder: Reminder, *, now: dt.datetime, sending_waits: dt.datetime | None
) -> str:
    """When it was sent, what it waits for, or why it will not be sent.

    `sending_waits` is when mail may go out again, None where it may now.
    """
    answer = answer_shown(reminder.answer)
    if reminder.state == ReminderState.SENT:
        return moment_words(reminder.sent_at)
    if reminder.state == ReminderState.FAILED:
        if reminder.answer == UNREACHABLE:
            return answer
        return _("Given up after %(count)d attempts: %(answer)s") % {
            "count": reminder.attempts,
            "answer": answer,
        }
    if reminder.state == ReminderState.OWED:
        until = row_waits_until(reminder, now=now, sending_waits=sending_waits)
        return _waiting_words(reminder, answer, until)
    return answer


def _waiting_words(reminder: Reminder, answer: str, until: dt.datetime | None) -> str:
    parts = [
        _("waits until %(moment)s") % {"moment": moment_words(until)}
        if until is not None
        else _("goes out with the next run")
    ]
    if reminder.attempts:
        about: Mapping[str, object] = {"done": reminder.attempts, "most": MOST_ATTEMPTS}
        parts.append(_("attempt %(done)d of %(most)d failed") % about)
    if answer:
        parts.append(answer)
    return _("; ").join(parts)


def moment_words(moment: dt.datetime | None) -> str:
    """A moment to the minute, in the product's time zone; "" for none."""
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else ""

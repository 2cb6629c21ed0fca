"""The group robot as a channel: what an agency's work group is told, and the telling.

The group gets one message a day of what the agency's people are told, each thing once. It stands in
a chat, so it is short: names of tasks and dates, the first few in full, a link to the rest.
"""

import datetime as dt

from django.conf import settings
from django.core.exceptions import ValidationError
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from agencies.models import AgencyRobot
from agencies.outgoing import CallError
from agencies.robots import LONGEST_TEXT, robot_address, robot_tell
from progress.reminders.channels import item_shown
from progress.reminders.outbox import Claim
from progress.reminders.sections import page_of

# More of them nobody reads in a chat.
MOST_IN_FULL = 8
UNUSABLE = gettext_noop("The robot's address cannot be used any more; enter it again.")


def group_tell(claim: Claim, *, now: dt.datetime) -> None:
    """Tell the agency's group what is claimed. Raises CallError where it did not arrive."""
    try:
        address = robot_address(AgencyRobot.objects.get(agency=claim.reminder.agency_id))
    except (AgencyRobot.DoesNotExist, ValidationError):
        # Removed, or allowed no more, since it was claimed or stored.
        raise CallError(UNUSABLE) from None
    title, text = group_message(claim)
    robot_tell(address=address, title=title, text=text, now=now)


def group_message(claim: Claim) -> tuple[str, str]:
    """Title and text, in Chinese as mails are, together within what every product takes."""
    with translation.override(settings.LANGUAGE_CODE):
        # 试点任务, the keyword by which a robot may be told to know our messages, stands in it.
        title = _("Pilot tasks: reminder for %(agency)s") % {"agency": claim.reminder.agency}
        room = LONGEST_TEXT - len(title.encode()) - 1
        for most in range(min(len(claim.items), MOST_IN_FULL), -1, -1):
            text = _text(claim, most)
            if len(text.encode()) <= room:
                break
    return title, text.encode()[:room].decode(errors="ignore")


def _text(claim: Claim, most: int) -> str:
    context = {
        "note": claim.reminder.note,
        "count": len(claim.items),
        "first_due": min(item.due_on for item in claim.items),
        "items": [item_shown(item, claim, path=page_of(item)) for item in claim.items[:most]],
        "left_out": len(claim.items) - most,
        "all": settings.SITE_URL + reverse("my-tasks"),
    }
    return render_to_string("mail/reminder/group.txt", context).strip()

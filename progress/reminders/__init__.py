"""Reminders (催报): what is owed to whom -> rows of the outbox -> channels.

What is owed is recorded as rows on any day and at any hour; only sending may wait. A job that is
lost, or a mail server that is down, therefore loses nothing: the next run finds the rows.
"""

from progress.reminders.by_hand import (
    LONGEST_NOTE,
    AgencyAhead,
    Asked,
    Asking,
    AskingChanged,
    MessageAhead,
    Outlook,
    Seen,
    asking_ahead,
    reminders_ask,
)
from progress.reminders.delivery import DELIVERY_JOB, delivery_ask
from progress.reminders.lines import (
    DayLines,
    Line,
    Result,
    Tense,
    lines_on,
    recipient_of,
    row_waits_until,
    sending_waits_until,
)
from progress.reminders.outbox import MOST_ATTEMPTS, reminder_read
from progress.reminders.owed import (
    Owed,
    OwedItem,
    Recipient,
    answer_shown,
    items_named,
    owed_item_of,
    owed_on,
)
from progress.reminders.passing_on import reminders_pass_on, reminders_waiting_for
from progress.reminders.run import (
    RunOutcome,
    moment_on,
    reminders_deliver,
    reminders_run,
)
from progress.reminders.sections import Divided, Section, divided, page_of

__all__ = [
    "DELIVERY_JOB",
    "LONGEST_NOTE",
    "MOST_ATTEMPTS",
    "AgencyAhead",
    "Asked",
    "Asking",
    "AskingChanged",
    "DayLines",
    "Divided",
    "Line",
    "MessageAhead",
    "Outlook",
    "Owed",
    "OwedItem",
    "Recipient",
    "Result",
    "RunOutcome",
    "Section",
    "Seen",
    "Tense",
    "answer_shown",
    "asking_ahead",
    "delivery_ask",
    "divided",
    "items_named",
    "lines_on",
    "moment_on",
    "owed_item_of",
    "owed_on",
    "page_of",
    "recipient_of",
    "reminder_read",
    "reminders_ask",
    "reminders_deliver",
    "reminders_pass_on",
    "reminders_run",
    "reminders_waiting_for",
    "row_waits_until",
    "sending_waits_until",
]

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
from progress.reminders.outbox import reminder_read, reminders_pass_on, reminders_waiting_for
from progress.reminders.owed import Owed, OwedItem, Recipient, reports_owed
from progress.reminders.run import (
    Line,
    Result,
    RunOutcome,
    moment_on,
    reminders_deliver,
    reminders_run,
)

__all__ = [
    "DELIVERY_JOB",
    "LONGEST_NOTE",
    "AgencyAhead",
    "Asked",
    "Asking",
    "AskingChanged",
    "Line",
    "MessageAhead",
    "Outlook",
    "Owed",
    "OwedItem",
    "Recipient",
    "Result",
    "RunOutcome",
    "Seen",
    "asking_ahead",
    "delivery_ask",
    "moment_on",
    "reminder_read",
    "reminders_ask",
    "reminders_deliver",
    "reminders_pass_on",
    "reminders_run",
    "reminders_waiting_for",
    "reports_owed",
]

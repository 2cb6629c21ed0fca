"""What is owed, and who is to be told.

`rules` say by when something is owed and to whom it escalates, and know no database; `facts` and
`finding` read what they need in a few statements; `people` know who is told, `pauses` what is kept
back; `standing` looks at what was recorded again before it is sent. Nothing is written here.
"""

from progress.reminders.owed.facts import Day
from progress.reminders.owed.finding import owed_of, owed_on
from progress.reminders.owed.items import (
    Owed,
    OwedItem,
    Recipient,
    answer_shown,
    due_sentence,
    items_named,
    owed_item_of,
    step_on,
)
from progress.reminders.owed.pauses import pauses_among
from progress.reminders.owed.rules import CONTRIBUTIONS, REVIEWS
from progress.reminders.owed.standing import standing_of_items

__all__ = [
    "CONTRIBUTIONS",
    "REVIEWS",
    "Day",
    "Owed",
    "OwedItem",
    "Recipient",
    "answer_shown",
    "due_sentence",
    "items_named",
    "owed_item_of",
    "owed_of",
    "owed_on",
    "pauses_among",
    "standing_of_items",
    "step_on",
]

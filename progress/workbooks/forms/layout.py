"""How an agency's form is laid out: its sheets, the cells to fill, and how a row is known again."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

Words = str | Promise

SHORT = 18

# The hidden column, and the hidden row with the form's key and the codes of the columns to fill.
KEY_COLUMN, CODE_ROW = 1, 1
TITLE_ROW, NOTICE_ROW, HEADER_ROW = 2, 3, 4
FIRST_ROW = HEADER_ROW + 1
# What stands in the hidden column beside the headings, so that nobody takes them for an answer.
HEADINGS = "headings"
CODE = "fill:"

KEY = re.compile(r"[A-Z2-9]{16}")
# The form's key, the number of the line in it, and "r" where the line is about the whole task.
IDENTITY = re.compile(rf"({KEY.pattern})-(\d{{1,5}})(r?)")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a sheet; `field` is what is filled in there, "" in one that is only read."""

    heading: Words
    width: int
    field: str = ""

    @property
    def is_short(self) -> bool:
        """Whether what stands here is a word or a number, and stands in the middle."""
        return self.width <= SHORT


@dataclass(frozen=True, slots=True)
class FormSheet:
    title: Words
    columns: Sequence[Column]


NUMBER = Column(_("No."), 6)
TASK = Column(_("Pilot task"), 28)
STATE = Column(_("Where it stands"), 18)
MEASURES = FormSheet(
    _("Progress of measures"),
    (
        NUMBER,
        TASK,
        Column(pgettext_lazy("column", "Measure"), 40),
        Column(_("Status"), 12, "status"),
        Column(_("Progress so far"), 70, "text"),
        STATE,
    ),
)
WHOLE = FormSheet(
    _("Problems and next steps"),
    (
        NUMBER,
        TASK,
        Column(_("Problems"), 42, "problems"),
        Column(_("Next steps"), 42, "next_steps"),
        Column(_("Matters to coordinate"), 42, "coordination"),
        STATE,
    ),
)
CONTRIBUTIONS = FormSheet(
    _("Contributions"),
    (
        NUMBER,
        TASK,
        Column(_("Lead"), 14),
        Column(_("What it is about"), 40),
        Column(_("What your agency did"), 70, "text"),
        STATE,
    ),
)

"""What a message asks for, as pages and the workbook of the ledger say it."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from progress.models import Rule
from progress.reminders import OwedItem, page_of


@dataclass(frozen=True, slots=True)
class Subject:
    """What something is owed of: a task by its number, else in words; and the path of the page that
    tells how it stands."""

    words: str
    title: str
    address: str


@dataclass(frozen=True, slots=True)
class Asked:
    """What is owed by the same rule, of the same period and by the same day.

    `late_agency` is whose it is where it is told because it is late, else "". `reason` says how
    near that day is, `why` why it is said on this very day ("" where the page does not know).
    """

    rule: str | Promise
    period_code: str
    late_agency: str
    reason: str
    why: str
    subjects: list[Subject] = field(default_factory=list)

    @property
    def words(self) -> str:
        """In a line, for a cell of the workbook."""
        listed = pgettext("list of numbers", ", ").join(one.words for one in self.subjects)
        about = pgettext("before a list", ": ").join([str(self.rule), listed])
        return _("; ").join(
            part for part in (self.late_agency, self.period_code, about, self.reason) if part
        )


# What the link of such an item leads to is no page of the task.
_OF_A_REGISTER = frozenset({Rule.MATTER, Rule.ADDRESS, Rule.EXTENSION})


def _named(item: OwedItem) -> str:
    if item.task_number is None:
        return item.detail or item.agency_name
    if item.rule in _OF_A_REGISTER:
        return _("of task %(number)s") % {"number": item.task_number}
    return str(item.task_number)


def asked_for(
    items: Iterable[OwedItem], *, today: dt.date, why: Callable[[OwedItem], str] = lambda _: ""
) -> Sequence[Asked]:
    """These items, those alike together and in their order; `today` is the day they were said."""
    found: dict[tuple[object, ...], Asked] = {}
    for item in items:
        late_agency = item.agency_name if item.escalated else ""
        key = (item.rule, item.period_code, item.due_on, item.step, late_agency, why(item))
        if key not in found:
            found[key] = Asked(
                rule=item.rule.label,
                period_code=item.period_code,
                late_agency=late_agency,
                reason=item.reason(today=today),
                why=why(item),
            )
        subject = Subject(_named(item), item.task_title, page_of(item))
        # Owed by two agencies that one office speaks for, it is still one task.
        if subject not in found[key].subjects:
            found[key].subjects.append(subject)
    return list(found.values())

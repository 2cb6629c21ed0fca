"""How a message is divided: what is to be done, what is late elsewhere, and what went wrong."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from progress.models import Audience, Rule, Undelivered
from progress.reminders.owed import CONTRIBUTIONS, REVIEWS, OwedItem


class Section(models.TextChoices):
    """In the order in which a message says them."""

    TO_DO = "to_do", _("To be dealt with by you")
    TO_DECIDE = "to_decide", _("To be decided by the coordinating office")
    LATE = "late", _("Late, and therefore told to you as well")
    UNREACHABLE = "unreachable", _("Agencies where nobody can be reached")
    UNDELIVERED = "undelivered", _("Messages that could not be delivered")


_OF_THE_OFFICE = {
    Rule.REVIEW: Section.TO_DECIDE,
    Rule.EXTENSION: Section.TO_DECIDE,
    Rule.ADDRESS: Section.TO_DECIDE,
    Rule.UNREACHABLE: Section.UNREACHABLE,
    Rule.UNDELIVERED: Section.UNDELIVERED,
}


@dataclass(frozen=True, slots=True)
class Divided:
    """A section of a message, never empty."""

    section: Section
    items: Sequence[OwedItem]


def section_of(item: OwedItem) -> Section:
    if item.escalated:
        return Section.LATE
    return _OF_THE_OFFICE.get(item.rule, Section.TO_DO)


def divided(items: Iterable[OwedItem]) -> list[Divided]:
    """The items by section; what is late elsewhere by agency, else as they come."""
    found: dict[Section, list[OwedItem]] = {}
    for item in items:
        found.setdefault(section_of(item), []).append(item)
    found.get(Section.LATE, []).sort(key=lambda item: item.agency_id or 0)
    return [Divided(section, found[section]) for section in Section if section in found]


def place_of(item: OwedItem) -> str:
    """The path of the page where what is owed is done: the form, for whoever fills it in."""
    if item.escalated or item.rule in REVIEWS or item.rule not in _FORMS:
        return page_of(item)
    return reverse(_FORMS[item.rule], args=_where(item))


_FORMS = {
    Rule.REPORT: "report-edit",
    Rule.RETURNED: "report-edit",
    Rule.CONTRIBUTION: "contribution-edit",
}


def page_of(item: OwedItem) -> str:
    """The path of its page, which also tells how it stands once it is done."""
    match item.rule:
        case Rule.MATTER | Rule.ADDRESS:
            return reverse("matter", args=[item.matter_id])
        case Rule.DEADLINE:
            return reverse("task", args=[item.task_number])
        case Rule.EXTENSION:
            return f"{reverse('register-extensions')}?task={item.task_number}"
        case Rule.UNREACHABLE:
            return reverse("agency", args=[item.agency_id])
        case Rule.UNDELIVERED:
            return f"{reverse('reminder-ledger')}?undelivered={Undelivered.GIVEN_UP.value}"
        case _:
            name = "contribution" if item.rule in CONTRIBUTIONS else "report"
            return reverse(name, args=_where(item))


def _where(item: OwedItem) -> list[int | str | None]:
    report: list[int | str | None] = [item.task_number, item.period_code]
    return [*report, item.agency_id] if item.rule in CONTRIBUTIONS else report


def opening_of(audience: str) -> str:
    """The sentence with which a message begins, in the active language."""
    return str(_OPENINGS[Audience(audience)])


_OPENINGS = {
    Audience.AGENCY: _("the following is owed:"),
    Audience.LEADER: _(
        "your agency is late with the following; whoever has to do it has been reminded as well:"
    ),
    Audience.OFFICE: _("this waits for the coordinating office, or has been late for long:"),
}

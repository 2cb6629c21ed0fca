"""Lights (亮灯): the state of a task against its time, computed for a day and never stored.

The rules are DESIGN.md section 4; the first that holds wins. Each light carries its reason.
"""

import datetime as dt
from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext, ngettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from progress.models import Policy
from progress.workdays import WorkCalendar
from tasks.models import Status


class Light(models.TextChoices):
    """In the order in which an office looks at them."""

    RED = "red", pgettext_lazy("light", "Red")
    YELLOW = "yellow", pgettext_lazy("light", "Yellow")
    GREEN = "green", pgettext_lazy("light", "Green")
    BLUE = "blue", pgettext_lazy("light", "Blue")
    LATE_BLUE = "late_blue", _("Completed late")
    GREY = "grey", _("No deadline")


@dataclass(frozen=True, slots=True)
class ReportDue:
    """This period's report: when it is due, and the day it was handed in, if it was.

    Once the period `is_closed` what is missing stays so, whatever the day.
    """

    due_on: dt.date
    handed_in_on: dt.date | None
    is_closed: bool = False

    def is_missing(self, today: dt.date) -> bool:
        return self.handed_in_on is None and (self.is_closed or today > self.due_on)


@dataclass(frozen=True, slots=True)
class LightReading:
    """A light and the sentence that says why, in the language active when it was computed."""

    light: Light
    reason: str


def light_of(
    *,
    status: str,
    deadline: dt.date | None,
    completed_on: dt.date | None,
    report: ReportDue | None,
    today: dt.date,
    policy: Policy,
    calendar: WorkCalendar,
) -> LightReading:
    """The light of a task on `today`; `report` is None while no period is open."""
    if status == Status.COMPLETED:
        return _light_of_completed(deadline, completed_on)
    if deadline and today > deadline:
        days = calendar.between(deadline, today)
        return LightReading(
            Light.RED,
            ngettext(
                "Was due %(day)s, %(days)d working day ago.",
                "Was due %(day)s, %(days)d working days ago.",
                days,
            )
            % {"day": deadline.isoformat(), "days": days},
        )
    days_left = calendar.between(today, deadline) if deadline else None
    if days_left is not None and days_left <= policy.yellow_working_days:
        return LightReading(Light.YELLOW, _days_left(deadline, days_left))
    if policy.yellow_for_missing_report and report is not None and report.is_missing(today):
        sentence = (
            gettext("This period's report was due %(day)s and is missing.")
            if today > report.due_on
            else gettext("The period was closed without this report, due %(day)s.")
        )
        return LightReading(Light.YELLOW, sentence % {"day": report.due_on.isoformat()})
    if days_left is not None:
        return LightReading(Light.GREEN, _days_left(deadline, days_left))
    if status == Status.ONGOING:
        return LightReading(Light.GREEN, gettext("Ongoing, without a deadline."))
    return LightReading(Light.GREY, gettext("No deadline is set."))


def _light_of_completed(deadline: dt.date | None, completed_on: dt.date | None) -> LightReading:
    day = completed_on.isoformat() if completed_on else ""
    if deadline and completed_on and completed_on > deadline:
        return LightReading(
            Light.LATE_BLUE,
            gettext("Completed %(day)s, after its deadline %(deadline)s.")
            % {"day": day, "deadline": deadline.isoformat()},
        )
    return LightReading(Light.BLUE, gettext("Completed %(day)s.") % {"day": day})


def _days_left(deadline: dt.date | None, days_left: int) -> str:
    return ngettext(
        "Due %(day)s, %(days)d working day left.",
        "Due %(day)s, %(days)d working days left.",
        days_left,
    ) % {"day": deadline.isoformat() if deadline else "", "days": days_left}
